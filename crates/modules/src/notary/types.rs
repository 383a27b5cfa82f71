//! Nouns of the notary.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Hash, NoteId, SignerId, UnixMs, domain, encode};
use hmac::{Hmac, KeyInit as _, Mac as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// What a document is, coarsely: all that the ledger learns of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Kind {
    /// Anything else.
    Document = 0,
    /// A study protocol or an analysis plan.
    Protocol = 1,
    /// A data set.
    Dataset = 2,
    /// An invention or discovery.
    Invention = 3,
    /// A policy, agreement or contract.
    Agreement = 4,
    /// A report or result.
    Report = 5,
}

/// Where an entry stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Status {
    /// The document is committed to and not shown.
    Committed = 0,
    /// Hash and key of the document are public.
    Revealed = 1,
    /// A later entry of the same owner takes its place.
    Superseded = 2,
    /// The owner no longer stands by it.
    Withdrawn = 3,
}

/// An entry of the notary.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// Who committed, and may reveal, supersede and withdraw.
    pub owner: SignerId,
    /// What kind of document it is.
    pub kind: Kind,
    /// The keyed commitment.
    pub commitment: Hash,
    /// Block time of the commitment.
    pub committed_at: UnixMs,
    /// Where it stands in its life.
    pub status: Status,
    /// The entry that this one supersedes.
    pub supersedes: Option<NoteId>,
    /// The entry that supersedes this one.
    pub superseded_by: Option<NoteId>,
}

/// The notary begins empty.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct NoGenesis {}

/// The commitment of `owner` to the document with SHA-256 `document` under `key`.
///
/// `HMAC-SHA-256(key, "epione/notary/1" ‖ canonical bytes of owner ‖ document)`.
///
/// # Source
/// RFC 2104; FIPS 198-1.
#[must_use]
pub fn commitment(owner: &SignerId, key: &Hash, document: &Hash) -> Hash {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key.0) else {
        epione_kernel::broken("HMAC takes a key of any length");
    };
    mac.update(domain::NOTARY);
    mac.update(&encode(owner));
    mac.update(&document.0);
    Hash(mac.finalize().into_bytes().into())
}
