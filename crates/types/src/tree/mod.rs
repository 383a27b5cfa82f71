//! The RFC 6962 Merkle tree: its frontier, the check of proofs, which hashes a proof is made of, and how they are kept.
//!
//! # Source
//! RFC 6962 §2.1 (tree hash), RFC 9162 §2.1.3.2 (verifying inclusion), §2.1.4.2 (verifying consistency).

mod plan;

mod tiles;

pub use plan::{Node, Plan};
pub use tiles::{Edge, TILE_WIDTH, Tile, kept_len, kept_size};

use crate::Hash;
use borsh::{BorshDeserialize, BorshSerialize};

/// Hash of a leaf: `SHA-256(0x00 ‖ bytes)`.
#[must_use]
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Hash::sha256(&[&[0], bytes])
}

/// Hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)`.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash::sha256(&[&[1], &left.0, &right.0])
}

/// Why a proof shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The leaf's position is not below the size of the tree.
    #[error("leaf {index} is outside a tree of {size}")]
    Outside {
        /// Position of the leaf.
        index: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The path has too few or too many hashes.
    #[error("the path has the wrong length")]
    Length,
    /// A tree does not grow into a smaller one.
    #[error("a tree of {from} leaves cannot have grown into one of {to}")]
    Shrinks {
        /// Leaves of the earlier tree.
        from: u64,
        /// Leaves of the later tree.
        to: u64,
    },
    /// The path does not lead to the root of the earlier tree.
    #[error("the path does not lead to the root of the earlier tree")]
    Earlier,
    /// The path does not lead to the root of the later tree.
    #[error("the path does not lead to the root of the later tree")]
    Later,
}

/// The roots of the full subtrees of a growing tree, left to right: all that appending needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf. A tree of 2⁶⁴ − 1 leaves is never reached.
    pub fn append(&mut self, leaf: Hash) {
        let mut node = leaf;
        // One full subtree of the same size stands to the left for every trailing one-bit of the size.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.peaks.push(node);
        self.size = self.size.saturating_add(1);
    }

    /// The tree hash; for an empty tree SHA-256 of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        peaks.next().map_or_else(|| Hash::sha256(&[]), |last| peaks.fold(*last, |right, left| node_hash(left, &right)))
    }
}

/// The root that `path` leads to from the leaf with hash `leaf` at `index` in a tree of `size` leaves.
///
/// # Errors
/// [`TreeError`] if the position or the length of the path does not fit the size.
pub fn inclusion_root(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Result<Hash, TreeError> {
    if index >= size {
        return Err(TreeError::Outside { index, size });
    }
    let (mut at, mut last, mut node) = (index, size.saturating_sub(1), leaf);
    for sibling in path {
        if last == 0 {
            return Err(TreeError::Length);
        }
        if at & 1 == 1 || at == last {
            node = node_hash(sibling, &node);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            node = node_hash(&node, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    if last == 0 { Ok(node) } else { Err(TreeError::Length) }
}

/// A tree by its size and root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// Number of leaves.
    pub size: u64,
    /// The tree hash.
    pub root: Hash,
}

/// Whether `path` shows that the tree `to` begins with all the leaves of the tree `from`.
///
/// # Errors
/// [`TreeError`] if it does not.
pub fn check_consistency(from: TreeHead, to: TreeHead, path: &[Hash]) -> Result<(), TreeError> {
    if from.size > to.size {
        return Err(TreeError::Shrinks { from: from.size, to: to.size });
    }
    if from.size == 0 || from.size == to.size {
        let root = if from.size == 0 { Hash::sha256(&[]) } else { to.root };
        return match path {
            [] if from.root == root => Ok(()),
            [] => Err(TreeError::Earlier),
            _ => Err(TreeError::Length),
        };
    }
    // The earlier tree is a full subtree of the later one: the path does not repeat its root.
    let is_full = from.size.is_power_of_two();
    let (first, rest) = if is_full { (&from.root, path) } else { path.split_first().ok_or(TreeError::Length)? };
    let odd = from.size.saturating_sub(1).trailing_ones();
    let mut at = from.size.saturating_sub(1).checked_shr(odd).unwrap_or(0);
    let mut last = to.size.saturating_sub(1).checked_shr(odd).unwrap_or(0);
    let (mut earlier, mut later) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return Err(TreeError::Length);
        }
        if at & 1 == 1 || at == last {
            earlier = node_hash(sibling, &earlier);
            later = node_hash(sibling, &later);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            later = node_hash(&later, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    match (last == 0, earlier == from.root, later == to.root) {
        (false, ..) => Err(TreeError::Length),
        (true, false, _) => Err(TreeError::Earlier),
        (true, true, false) => Err(TreeError::Later),
        (true, true, true) => Ok(()),
    }
}
