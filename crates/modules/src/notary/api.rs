//! The whole surface of the notary. Numbers are append-only and never reused.

use crate::notary::types::Kind;
use borsh::{BorshDeserialize, BorshSerialize};
use epione_kernel::{Example, numbered, rejects};
use epione_types::{Hash, NoteId, SignerId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

numbered! {
    /// What can be asked of the notary.
    pub enum Call {
        1 => Commit "commit",
        2 => Reveal "reveal",
        3 => Supersede "supersede",
        4 => Withdraw "withdraw",
    }
}

numbered! {
    /// What happened.
    pub enum Event {
        1 => Committed "committed",
        2 => Revealed "revealed",
        3 => Superseded "superseded",
        4 => Withdrawn "withdrawn",
    }
}

numbered! {
    /// What can be read.
    pub enum Query {
        1 => Get "get",
        2 => List "list",
    }
}

rejects! {
    /// Why the notary refuses a call, in order of precedence.
    pub enum Reject {
        1 => NotFound "not-found": "there is no such entry",
        2 => NotOwner "not-owner": "only the owner of the entry may do this",
        3 => Withdrawn "withdrawn": "the entry was withdrawn",
        4 => Superseded "superseded": "a later entry takes its place; act on that one",
        5 => AlreadyRevealed "already-revealed": "the entry was revealed before",
        6 => CommitmentMismatch "commitment-mismatch": "key and document do not lead to the commitment; check both, and that the owner is the one who committed",
    }
}

/// Commits to a document without showing it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// HMAC-SHA-256 over owner and document hash under a random key that the owner keeps.
    pub commitment: Hash,
    /// What kind of document it is.
    pub kind: Kind,
}

/// Shows hash and key of a committed document, so that everybody can check the claim.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reveal {
    /// The entry.
    pub id: NoteId,
    /// The key of the commitment.
    pub key: Hash,
    /// SHA-256 of the document.
    pub document: Hash,
}

/// Commits to a new version that takes the place of an entry.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Supersede {
    /// The entry whose place is taken.
    pub id: NoteId,
    /// Commitment to the new version.
    pub commitment: Hash,
}

/// Declares that the owner no longer stands by an entry. The entry itself remains.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// The entry.
    pub id: NoteId,
}

/// A document was committed to.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Committed {
    /// The new entry.
    pub id: NoteId,
    /// Its owner.
    pub owner: SignerId,
    /// What kind of document it is.
    pub kind: Kind,
    /// The commitment.
    pub commitment: Hash,
}

/// A committed document was revealed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Revealed {
    /// The entry.
    pub id: NoteId,
    /// The key of the commitment.
    pub key: Hash,
    /// SHA-256 of the document.
    pub document: Hash,
}

/// A new version took the place of an entry.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Superseded {
    /// The new entry.
    pub id: NoteId,
    /// The entry whose place it takes.
    pub supersedes: NoteId,
    /// Owner of both.
    pub owner: SignerId,
    /// Kind of both.
    pub kind: Kind,
    /// Commitment to the new version.
    pub commitment: Hash,
}

/// An entry was withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Withdrawn {
    /// The entry.
    pub id: NoteId,
}

/// One entry, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// The entry.
    pub id: NoteId,
}

/// Entries in the order in which they were made, of one owner or of all.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Only entries of this owner.
    pub owner: Option<SignerId>,
    /// Only entries after this position: the `next` of the page before.
    pub after: Option<u64>,
    /// At most this many entries, 1 to 100; 50 if absent.
    pub limit: Option<u32>,
}

const ID: NoteId = NoteId([1; 16]);

impl Example for Commit {
    fn example() -> Self {
        Self { commitment: Hash([0xab; 32]), kind: Kind::Protocol }
    }
}
impl Example for Reveal {
    fn example() -> Self {
        Self { id: ID, key: Hash([0x11; 32]), document: Hash([0x22; 32]) }
    }
}
impl Example for Supersede {
    fn example() -> Self {
        Self { id: ID, commitment: Hash([0xcd; 32]) }
    }
}
impl Example for Withdraw {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for Committed {
    fn example() -> Self {
        let owner = SignerId::Organization(epione_types::OrgId([2; 16]));
        Self { id: ID, owner, kind: Kind::Protocol, commitment: Hash([0xab; 32]) }
    }
}
impl Example for Revealed {
    fn example() -> Self {
        Self { id: ID, key: Hash([0x11; 32]), document: Hash([0x22; 32]) }
    }
}
impl Example for Superseded {
    fn example() -> Self {
        let owner = SignerId::Organization(epione_types::OrgId([2; 16]));
        let (id, supersedes) = (NoteId([3; 16]), ID);
        Self { id, supersedes, owner, kind: Kind::Protocol, commitment: Hash([0xcd; 32]) }
    }
}
impl Example for Withdrawn {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for Get {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for List {
    fn example() -> Self {
        Self { owner: None, after: None, limit: Some(10) }
    }
}
