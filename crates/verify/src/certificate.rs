//! Certificates in their compact form: as many votes as are needed, and not one more.

use crate::{At, Fault};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Committee, Header, List, PublicKey, Signature, finalize_message, limits::COMMITTEE_MAX};

/// The votes that made a block final.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Certificate {
    /// The round of the votes, if it is not that of the header: the last block of an epoch may be proposed again.
    pub round: Option<Round>,
    /// The votes: exactly a quorum, ascending by validator.
    pub votes: List<Vote, COMMITTEE_MAX>,
}

/// In which view validators voted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Round {
    /// The view.
    pub view: u64,
    /// The view of the parent.
    pub parent_view: u64,
}

/// One validator's vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Vote {
    /// Place of its key in the committee.
    pub validator: u8,
    /// Its Ed25519 signature of the finalize message.
    pub signature: [u8; 64],
}

impl Round {
    const fn of(header: &Header) -> Self {
        Self { view: header.view, parent_view: header.parent_view }
    }
}

impl Certificate {
    /// The compact form of a certificate: the first votes, as many as a quorum has. None if they are too few.
    #[must_use]
    pub fn of(header: &Header, round: Round, committee: &Committee, mut votes: Vec<Vote>) -> Option<Self> {
        votes.sort_unstable_by_key(|vote| vote.validator);
        votes.truncate(committee.quorum());
        if votes.len() < committee.quorum() {
            return None;
        }
        let round = (round != Round::of(header)).then_some(round);
        Some(Self { round, votes: List::new(votes).ok()? })
    }

    /// Who voted for the block with this header.
    ///
    /// # Errors
    /// [`Fault::Round`], [`Fault::Quorum`], [`Fault::Voters`], [`Fault::Signature`].
    pub(crate) fn check(&self, at: At, header: &Header, committee: &Committee) -> Result<Vec<PublicKey>, Fault> {
        let own = Round::of(header);
        if self.round == Some(own) {
            return Err(Fault::Round(at));
        }
        let (found, needed) = (self.votes.len(), committee.quorum());
        if found != needed {
            return Err(Fault::Quorum { at, found, needed });
        }
        if !self.votes.is_sorted_by(|left, right| left.validator < right.validator) {
            return Err(Fault::Voters(at));
        }
        let round = self.round.unwrap_or(own);
        let message = finalize_message(&header.chain, header.epoch, round.view, round.parent_view, &header.hash());
        let mut voters = Vec::with_capacity(found);
        for vote in self.votes.iter() {
            let voter = *committee.keys.get(usize::from(vote.validator)).ok_or(Fault::Voters(at))?;
            let PublicKey::Ed25519(key) = voter else { return Err(Fault::Signature { at, voter }) };
            let signature = Signature::Ed25519 { key, bytes: vote.signature };
            signature.verify(&message).map_err(|_wrong| Fault::Signature { at, voter })?;
            voters.push(voter);
        }
        Ok(voters)
    }
}
