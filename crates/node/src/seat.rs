//! Which seat a vote key has in the committee, which is that of the genesis in this release (ADR 0006).

use crate::genesis::{self, Checked};
use anyhow::Result;
use epione_cli::keys::KeyInfo;
use epione_types::{OrgId, PublicKey, SignerId};
use serde_json::Value;

/// The seat of a vote key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seat {
    /// It votes.
    Votes,
    /// It belongs to a member of the genesis that has no vote: the node follows.
    Follows,
    /// The organization has a seat, but with another key.
    Lost {
        /// Name of the organization.
        organization: String,
        /// The key with which it votes.
        key: PublicKey,
    },
    /// No member of the genesis has this key: its organization entered later or replaced its key.
    Unknown,
}

impl Seat {
    /// The seat of the key of which a file says `info`. A file that names no owner is taken for one of the member with the name of the node.
    ///
    /// # Errors
    /// If the genesis has no committee, or a member without a root key.
    pub(crate) fn of(checked: &Checked, info: &KeyInfo, node: &str) -> Result<Self> {
        let (key, committee) = (info.public, genesis::committee(checked)?);
        if committee.keys.contains(&key) {
            return Ok(Self::Votes);
        }
        for member in genesis::members(checked) {
            let text = |pointer: &str| member.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let is_owner = match info.signer {
                Some(SignerId::Organization(owner)) => OrgId::from_root(&text("/keys/root").parse()?) == owner,
                Some(SignerId::Identity(_)) => false,
                None => text("/name") == node,
            };
            if is_owner && text("/role") == "validator" {
                return Ok(Self::Lost { organization: text("/name").to_owned(), key: text("/keys/vote").parse()? });
            }
        }
        let is_node = genesis::nodes(checked)?.iter().any(|(known, _)| *known == key);
        Ok(if is_node { Self::Follows } else { Self::Unknown })
    }

    /// Says in the log if the node does not vote: nothing else would show it.
    pub(crate) fn tell(&self, key: &PublicKey) {
        match self {
            Self::Votes => {}
            Self::Follows => tracing::info!("this node follows without voting: its organization is no validator"),
            Self::Lost { organization, key: votes } => tracing::warn!(
                organization,
                key = %key,
                "this node follows without voting: the committee has another vote key of its organization, {votes}; put \
                 the file of that key back into `keys.vote`"
            ),
            Self::Unknown => tracing::warn!(
                key = %key,
                "this node follows without voting: its vote key is not in the committee of the genesis, and the committee \
                 does not change in this release"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        genesis::Terms,
        init::{self, Founded, Plan},
    };
    use epione_cli::{
        keys::{KeyFile, Protection, Purpose},
        signer::Signer as _,
    };
    use epione_modules::ALL;
    use epione_types::Text;

    fn found(folder: &std::path::Path) -> (Checked, Vec<Founded>) {
        let terms = Terms { name: Text::new("Test").unwrap(), time: init::now(), demo: true, epoch_blocks: 100 };
        let mut organizations = init::demo();
        organizations.push("name=Regulator,kind=regulator,jurisdiction=CH,role=observer".parse().unwrap());
        init::found(
            ALL,
            &Plan { dir: folder.join("new"), terms, organizations, base_port: 7400, protection: Protection::None },
        )
        .unwrap()
    }

    #[test]
    fn a_key_votes_follows_or_has_lost_its_seat() {
        let folder = tempfile::tempdir().unwrap();
        let (checked, founded) = found(folder.path());
        let file = |at: usize| KeyInfo::read(&founded[at].folder.join("keys/vote.key")).unwrap().0;
        let seat = |info: &KeyInfo, node: &str| Seat::of(&checked, info, node).unwrap();
        assert_eq!(seat(&file(0), "any"), Seat::Votes);
        assert_eq!(seat(&file(5), "any"), Seat::Follows);
        let replaced = |signer| KeyInfo { signer, ..KeyFile::generate(Purpose::Vote).unwrap().info() };
        let lost = Seat::Lost { organization: "Hillside Clinic".to_owned(), key: file(1).public };
        let clinic = Some(SignerId::Organization(founded[1].id));
        assert_eq!(seat(&replaced(clinic), "any"), lost);
        assert_eq!(seat(&replaced(None), "Hillside Clinic"), lost);
        assert_eq!(seat(&replaced(None), "any"), Seat::Unknown);
        assert_eq!(seat(&replaced(Some(SignerId::Organization(founded[5].id))), "any"), Seat::Unknown);
    }
}
