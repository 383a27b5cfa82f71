//! Which full subtrees a proof is made of.
//!
//! # Source
//! RFC 9162 §2.1.3.1 (inclusion), §2.1.4.1 (consistency).

use crate::{
    Hash,
    tree::{TreeError, node_hash, tiles},
};

/// A full subtree: the leaves from `index · 2^level` to `(index + 1) · 2^level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// Height of the subtree: 0 for a leaf, at most 63.
    pub level: u8,
    /// Its place among the subtrees of this height.
    pub index: u64,
}

/// A proof before its hashes are read: each of them is the tree hash of some full subtrees, left to right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    hashes: Vec<Vec<Node>>,
}

impl Plan {
    /// The proof that leaf `index` stands in a tree of `size` leaves.
    ///
    /// # Errors
    /// [`TreeError::Outside`].
    pub fn inclusion(index: u64, size: u64) -> Result<Self, TreeError> {
        if index >= size {
            return Err(TreeError::Outside { index, size });
        }
        let (mut begin, mut end, mut hashes) = (0, size, Vec::new());
        while let Some(middle) = split(begin, end) {
            if index < middle {
                hashes.push(subtrees(middle, end));
                end = middle;
            } else {
                hashes.push(subtrees(begin, middle));
                begin = middle;
            }
        }
        hashes.reverse();
        Ok(Self { hashes })
    }

    /// The proof that a tree of `to` leaves begins with those of the tree of `from` leaves. Empty if `from` is zero or `to`.
    ///
    /// # Errors
    /// [`TreeError::Shrinks`].
    pub fn consistency(from: u64, to: u64) -> Result<Self, TreeError> {
        if from > to {
            return Err(TreeError::Shrinks { from, to });
        }
        if from == 0 {
            return Ok(Self::default());
        }
        let (mut begin, mut end, mut hashes) = (0, to, Vec::new());
        while from != end {
            let Some(middle) = split(begin, end) else { break };
            if from <= middle {
                hashes.push(subtrees(middle, end));
                end = middle;
            } else {
                hashes.push(subtrees(begin, middle));
                begin = middle;
            }
        }
        // The verifier has the root of the earlier tree; what else the way ends in, it must be told.
        if begin != 0 {
            hashes.push(subtrees(begin, end));
        }
        hashes.reverse();
        Ok(Self { hashes })
    }

    /// Number of hashes of the proof.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether the proof needs no hashes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Where the hashes that it is made of are kept (see [`crate::Tile`]), in the order in which [`Plan::assemble`] takes them.
    #[must_use]
    pub fn positions(&self) -> Vec<u64> {
        self.hashes.iter().flatten().flat_map(|node| tiles::kept(*node)).collect()
    }

    /// The proof, from the hashes kept at [`Plan::positions`].
    ///
    /// # Errors
    /// [`TreeError::Length`] if they are more or fewer.
    pub fn assemble(&self, kept: &[Hash]) -> Result<Vec<Hash>, TreeError> {
        let (mut rest, mut proof) = (kept, Vec::with_capacity(self.hashes.len()));
        for nodes in &self.hashes {
            let mut roots = Vec::with_capacity(nodes.len());
            for node in nodes {
                let count = usize::try_from(tiles::kept_count(*node)).map_err(|_large| TreeError::Length)?;
                let (hashes, after) = rest.split_at_checked(count).ok_or(TreeError::Length)?;
                roots.push(tiles::full_root(hashes).ok_or(TreeError::Length)?);
                rest = after;
            }
            let root = roots.into_iter().rev().reduce(|right, left| node_hash(&left, &right));
            proof.push(root.ok_or(TreeError::Length)?);
        }
        if rest.is_empty() { Ok(proof) } else { Err(TreeError::Length) }
    }
}

/// Where RFC 6962 divides the leaves from `begin` to `end`: the left part has the largest power of two below their number.
/// None if there are fewer than two.
fn split(begin: u64, end: u64) -> Option<u64> {
    let last = end.checked_sub(begin)?.checked_sub(1)?;
    let left = 1_u64.checked_shl(last.checked_ilog2()?)?;
    begin.checked_add(left)
}

/// The full subtrees whose hashes make the tree hash of the leaves from `begin` to `end`, left to right.
fn subtrees(begin: u64, end: u64) -> Vec<Node> {
    let count = end.saturating_sub(begin);
    let mut at = begin;
    let levels = (0..64_u8).rev().filter(|level| count >> level & 1 == 1);
    levels
        .map(|level| {
            let node = Node { level, index: at >> level };
            at = at.saturating_add(1 << level);
            node
        })
        .collect()
}
