//! Organizations as they are named on the command line.

use anyhow::{Result, anyhow, bail};
use epione_cli::Failure;
use std::{net::SocketAddr, str::FromStr};

/// An organization to be founded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spec {
    /// Its legal name.
    pub(crate) name: String,
    /// What it is, as the module `network` names it.
    pub(crate) kind: String,
    /// Where it is established.
    pub(crate) jurisdiction: String,
    /// What it does in the network.
    pub(crate) role: String,
    /// Whether it runs a node: one that votes if it is a validator, else one that follows.
    pub(crate) has_node: bool,
    /// Where its node is reached by the others, if not on this machine.
    pub(crate) consensus: Option<SocketAddr>,
    /// Where its node is reached by other organizations over secure links, if not at the next port.
    pub(crate) peer: Option<SocketAddr>,
    /// The URL of its interface, if not on this machine.
    pub(crate) api: Option<String>,
}

impl Spec {
    /// The folder of the organization: its name in lower case, with dashes.
    pub(crate) fn folder(&self) -> String {
        let letters = self.name.to_lowercase();
        let words = letters.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("-")
    }

    /// Whether an address of a node is named.
    fn has_address(&self) -> bool {
        self.consensus.is_some() || self.peer.is_some() || self.api.is_some()
    }

    /// Of an organization that enters alone: it says where its node is reached, or that it has none.
    ///
    /// # Errors
    /// [`Failure::Usage`] with what is missing or does not fit.
    pub(crate) fn fit_node(&self) -> Result<(), Failure> {
        let wrong = match self.consensus {
            None if self.has_node => {
                "--consensus IP:PORT is missing: where the other nodes reach this one; --no-node if there is none"
            }
            _ if self.has_node => return Ok(()),
            _ if self.role == "validator" => "--no-node does not fit: a validator has a node",
            _ if self.has_address() => "--no-node does not fit: only a node has addresses",
            _ => return Ok(()),
        };
        Err(Failure::Usage(wrong.to_owned()))
    }
}

impl FromStr for Spec {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (mut name, mut kind, mut jurisdiction, mut role) = (None, None, None, None);
        let (mut node, mut consensus, mut peer, mut api) = (None, None, None, None);
        for part in text.split(',') {
            let (key, value) = part.split_once('=').ok_or_else(|| {
                anyhow!("`{part}` is not `key=value`; a name with a comma is given in the genesis file")
            })?;
            let value = value.trim();
            let place = match key.trim() {
                "name" => &mut name,
                "kind" => &mut kind,
                "jurisdiction" => &mut jurisdiction,
                "role" => &mut role,
                "node" => &mut node,
                "consensus" => &mut consensus,
                "peer" => &mut peer,
                "api" => &mut api,
                unknown => bail!("`{unknown}` is none of name, kind, jurisdiction, role, node, consensus, peer, api"),
            };
            if place.replace(value.to_owned()).is_some() {
                bail!("`{key}` is given twice");
            }
        }
        let required = |value: Option<String>, key| value.ok_or_else(|| anyhow!("`{key}=…` is missing"));
        let address = |value: Option<String>, key| {
            let parsed = value
                .map(|text| text.parse().map_err(|_address| anyhow!("`{key}={text}` is not an IP address with port")));
            parsed.transpose()
        };
        let spec = Self {
            name: required(name, "name")?,
            kind: required(kind, "kind")?,
            jurisdiction: required(jurisdiction, "jurisdiction")?,
            role: required(role, "role")?,
            has_node: match node.as_deref() {
                None | Some("yes") => true,
                Some("no") => false,
                Some(other) => bail!("`node={other}` is neither yes nor no"),
            },
            consensus: address(consensus, "consensus")?,
            peer: address(peer, "peer")?,
            api,
        };
        if spec.folder().is_empty() {
            bail!("`name={}` has no letter or digit to name a folder after", spec.name);
        }
        if !spec.has_node && (spec.role == "validator" || spec.has_address()) {
            bail!("`node=no` does not fit: a validator has a node, and only a node has addresses");
        }
        if spec.peer.is_some() && spec.consensus.is_none() {
            bail!("`peer=…` does not fit without `consensus=…`: the node is on this machine, where its ports follow");
        }
        Ok(spec)
    }
}

/// The organizations of the demonstration: four with a node, and one that acts through the nodes of others.
pub(crate) fn demo() -> Vec<Spec> {
    let organization = |name: &str, kind: &str, role: &str| Spec {
        name: name.to_owned(),
        kind: kind.to_owned(),
        jurisdiction: "CH".to_owned(),
        role: role.to_owned(),
        has_node: role == "validator",
        consensus: None,
        peer: None,
        api: None,
    };
    vec![
        organization("Lakeside Hospital", "hospital", "validator"),
        organization("Hillside Clinic", "clinic", "validator"),
        organization("Central Laboratory", "laboratory", "validator"),
        organization("Patient Association", "patient-association", "validator"),
        organization("Old Town Pharmacy", "pharmacy", "member"),
    ]
}
