//! What this crate asks of the ledger.

use epione_types::{Hash, OrgId};
use serde::{Deserialize, Serialize};

/// Where an organization stands that may have links at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// In good standing.
    Active,
    /// Suspended: it still does what it owes to patients and others.
    Suspended,
}

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The organization.
    pub org: OrgId,
    /// Where it stands.
    pub status: Status,
}

/// The TLS keys of the organizations, as the final state of the ledger names them now. Asked in every handshake and for every
/// request, so it answers from memory.
pub trait Registry: Send + Sync + std::fmt::Debug {
    /// Whose key has this SHA-256 of its `SubjectPublicKeyInfo`; none if it is no key in force of one that has not left.
    fn by_key(&self, key: &Hash) -> Option<Standing>;

    /// The key of `org`; none if it has registered none, or has left.
    fn key_of(&self, org: &OrgId) -> Option<Hash>;
}
