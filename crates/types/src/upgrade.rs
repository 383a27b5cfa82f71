//! The passage of a chain into another format of its authenticated state.

use crate::{Frontier, Hash, leaf_hash};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The passage of a chain into another format of its state: the block at `height` is the last one of the old format, the
/// next block the first of the new. What the rows contain is the same before and after; how they are kept, and the roots
/// over them, is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upgrade {
    /// Height of the last block of the old format.
    pub height: u64,
    /// Hash of that block.
    pub block: Hash,
    /// The format until then.
    pub old_format: u16,
    /// The format from then on, above the old one.
    pub new_format: u16,
    /// `state_root` of that block.
    pub old_root: Hash,
    /// Root of all live rows, whatever the format: [`RowsRoot`].
    pub rows_root: Hash,
}

/// The RFC 6962 tree hash over all live rows of a state in ascending order of their addresses, a leaf per row: the address,
/// 32 bytes, and the row. It does not depend on the format of the state, so every release can compute it.
#[derive(Clone, Debug, Default)]
pub struct RowsRoot(Frontier);

impl RowsRoot {
    /// Takes the next row.
    pub fn append(&mut self, address: &[u8; 32], row: &[u8]) {
        self.0.append(leaf_hash(&[address.as_slice(), row].concat()));
    }

    /// The root of the rows so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.0.root()
    }
}
