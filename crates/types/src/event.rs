//! Events: the transparency log of the consortium.

use crate::{
    Bytes, Hash, List, ModuleId, TxId, codec, leaf_hash,
    limits::{CALLS_PER_TX_MAX, EVENT_BODY_BYTES_MAX},
};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// What an event came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Origin {
    /// The genesis of the chain.
    Genesis,
    /// A transaction as a whole.
    Tx {
        /// The transaction.
        id: TxId,
    },
    /// One call of a transaction.
    Call {
        /// The transaction.
        id: TxId,
        /// Position of the call in it.
        index: u16,
    },
    /// Work that fell due.
    Due {
        /// Height of the block that did it.
        height: u64,
    },
}

/// One event, as it stands in the log. Its canonical bytes are a leaf of the tree behind
/// [`crate::Header::event_root`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Entry {
    /// Version of this form: 1.
    pub version: u8,
    /// Bytes that an outsider cannot guess, so that the tree's hashes confirm nothing.
    pub salt: [u8; 16],
    /// What it came from.
    pub origin: Origin,
    /// The module that emitted it.
    pub module: ModuleId,
    /// The event's number within the module.
    pub number: u16,
    /// Canonical bytes of the event's fields.
    pub body: Bytes<EVENT_BODY_BYTES_MAX>,
}

impl Entry {
    /// The version of this form.
    pub const VERSION: u8 = 1;

    /// Hash of the event as a leaf of the event tree (RFC 6962 §2.1).
    #[must_use]
    pub fn leaf(&self) -> Hash {
        leaf_hash(&codec::encode(self))
    }
}

/// The first event of every transaction: a code for each of its calls.
///
/// Module 0, event 1. The transaction itself stands in [`Origin::Tx`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct TxResult {
    /// Per call 0 for success, else `module << 16 | reject number`.
    pub codes: List<u32, CALLS_PER_TX_MAX>,
}

impl TxResult {
    /// Number of this event in module 0.
    pub const NUMBER: u16 = 1;
}
