//! How the hashes of a growing tree are kept: tiles of 256, in one file that only grows.
//!
//! A tile of level `l` holds the roots of full subtrees of `256^l` leaves: level 0 the leaf hashes, level 1 the root of each
//! full tile of level 0, and so on. What lies between is computed when it is needed. All levels share one sequence: after each
//! leaf follow the roots of the tiles that it filled, lowest first. So the sequence only grows, each hash has a place that
//! follows from level and index, and it takes 1/255 more than the leaf hashes alone.
//!
//! # Source
//! C2SP tlog-tiles (<https://c2sp.org/tlog-tiles>): tiles of height 8, partial tiles at the right edge.

use crate::{
    Hash,
    tree::{Node, node_hash},
};

/// Hashes of a full tile.
pub const TILE_WIDTH: u64 = 256;
/// The binary logarithm of [`TILE_WIDTH`].
const TILE_BITS: u8 = 8;
/// Levels that 2⁶⁴ leaves fill.
const LEVELS: u8 = 8;

/// A tile, full or partial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// Its hashes are roots of subtrees of `256^level` leaves; at most 7.
    pub level: u8,
    /// Its place among the tiles of this level.
    pub index: u64,
    /// Number of its hashes, from the left; 1 to 256.
    pub width: u16,
}

impl Tile {
    /// Where its hashes are kept; none if a tree of `size` leaves does not have them all, or no tree does.
    #[must_use]
    pub fn positions(&self, size: u64) -> Option<Vec<u64>> {
        if self.level >= LEVELS || !(1..=TILE_WIDTH).contains(&u64::from(self.width)) {
            return None;
        }
        let first = self.index.checked_mul(TILE_WIDTH)?;
        let end = first.checked_add(u64::from(self.width))?;
        if end > size >> bits(self.level) {
            return None;
        }
        (first..end).map(|index| position(self.level, index)).collect()
    }
}

/// Number of hashes kept of a tree of `size` leaves.
#[must_use]
pub fn kept_len(size: u64) -> u64 {
    (0..LEVELS).fold(0, |sum: u64, level| sum.saturating_add(size >> bits(level)))
}

/// Leaves of the largest tree of which at most `len` hashes are kept.
#[must_use]
pub fn kept_size(len: u64) -> u64 {
    // The leaves are never more than the hashes kept, and at most 1/128 fewer.
    let (mut low, mut high) = (len.saturating_sub(len / 128).saturating_sub(1), len);
    while low < high {
        let middle = high.saturating_sub(high.saturating_sub(low) / 2);
        if kept_len(middle) <= len {
            low = middle;
        } else {
            high = middle.saturating_sub(1);
        }
    }
    low
}

fn bits(level: u8) -> u32 {
    u32::from(level).saturating_mul(u32::from(TILE_BITS))
}

/// Where the hash of a level is kept: behind all that the leaves before its last one brought, and behind lower levels.
fn position(level: u8, index: u64) -> Option<u64> {
    let leaves = index.checked_add(1)?.checked_mul(1_u64.checked_shl(bits(level))?)?;
    kept_len(leaves.checked_sub(1)?).checked_add(u64::from(level))
}

/// Of how many kept hashes a subtree's root is made.
pub(super) fn kept_count(node: Node) -> u64 {
    1_u64.checked_shl(u32::from(node.level % TILE_BITS)).unwrap_or(1)
}

/// Where the hashes are kept that make a subtree's root.
pub(super) fn kept(node: Node) -> impl Iterator<Item = u64> {
    let level = node.level / TILE_BITS;
    let first = node.index.saturating_mul(kept_count(node));
    (first..first.saturating_add(kept_count(node))).filter_map(move |index| position(level, index))
}

/// The root of a full subtree whose lowest hashes are `hashes`; none if their number is no power of two.
pub(super) fn full_root(hashes: &[Hash]) -> Option<Hash> {
    match hashes {
        [] => None,
        [hash] => Some(*hash),
        [left, right] => Some(node_hash(left, right)),
        _ => {
            let (left, right) = hashes.split_at(hashes.len() / 2);
            if left.len() == right.len() { Some(node_hash(&full_root(left)?, &full_root(right)?)) } else { None }
        }
    }
}

/// The partial tiles at the right edge of a tree: what appending and the root need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// Per level the hashes that do not fill a tile yet.
    tiles: Vec<Vec<Hash>>,
}

impl Edge {
    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Where the hashes are kept that [`Edge::load`] takes, in its order.
    #[must_use]
    pub fn positions(size: u64) -> Vec<u64> {
        let level = |level: u8| {
            let (full, end) = ((size >> bits(level)) / TILE_WIDTH, size >> bits(level));
            (full.saturating_mul(TILE_WIDTH)..end).filter_map(move |index| position(level, index))
        };
        (0..LEVELS).flat_map(level).collect()
    }

    /// The edge of a tree of `size` leaves, from the hashes kept at [`Edge::positions`]; none if they are more or fewer.
    #[must_use]
    pub fn load(size: u64, kept: &[Hash]) -> Option<Self> {
        let (mut rest, mut tiles) = (kept, Vec::new());
        for level in 0..LEVELS {
            let count = usize::try_from((size >> bits(level)) % TILE_WIDTH).ok()?;
            let (hashes, after) = rest.split_at_checked(count)?;
            tiles.push(hashes.to_vec());
            rest = after;
        }
        rest.is_empty().then_some(Self { size, tiles })
    }

    /// Appends a leaf, and to `kept` the hashes to keep: the leaf's, and the roots of the tiles that it filled.
    pub fn append(&mut self, leaf: Hash, kept: &mut Vec<Hash>) {
        let mut hash = leaf;
        for level in 0..usize::from(LEVELS) {
            kept.push(hash);
            if self.tiles.len() <= level {
                self.tiles.push(Vec::with_capacity(usize::try_from(TILE_WIDTH).unwrap_or(0)));
            }
            let Some(tile) = self.tiles.get_mut(level) else { break };
            tile.push(hash);
            if tile.len() < usize::try_from(TILE_WIDTH).unwrap_or(usize::MAX) {
                break;
            }
            let Some(root) = full_root(tile) else { break };
            tile.clear();
            hash = root;
        }
        self.size = self.size.saturating_add(1);
    }

    /// The tree hash; for an empty tree SHA-256 of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut root = None;
        for tile in &self.tiles {
            let mut rest = tile.as_slice();
            // From the right: the smallest full subtree stands last.
            while !rest.is_empty() {
                let smallest = 1_usize.checked_shl(rest.len().trailing_zeros()).unwrap_or(0);
                let (before, subtree) = rest.split_at(rest.len().saturating_sub(smallest));
                let Some(left) = full_root(subtree) else { break };
                root = Some(root.map_or(left, |right| node_hash(&left, &right)));
                rest = before;
            }
        }
        root.unwrap_or_else(|| Hash::sha256(&[]))
    }
}
