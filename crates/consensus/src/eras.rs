//! In which format the chain keeps its state, and since when.

use epione_types::{Genesis, Hash, OpsRange, Upgrade};
use std::sync::Arc;

/// A passage of the chain into another format of its state, and what this node's state was right after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Era {
    /// The passage.
    pub upgrade: Upgrade,
    /// Root of the storage engine's operation log with the rows in the new format, before the first block of it.
    pub ops_root: Hash,
    /// The operations of that log.
    pub ops_range: OpsRange,
}

/// The format of the genesis, and all passages into another one since, in order. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eras {
    first: u16,
    past: Arc<[Era]>,
}

impl Eras {
    /// Those of a chain whose genesis names the format `first`, and that went through `past`.
    #[must_use]
    pub fn new(first: u16, past: Vec<Era>) -> Self {
        Self { first, past: past.into() }
    }

    /// The passages, in order.
    #[must_use]
    pub fn past(&self) -> &[Era] {
        &self.past
    }

    /// The format after the last passage.
    #[must_use]
    pub fn present(&self) -> u16 {
        self.past.last().map_or(self.first, |era| era.upgrade.new_format)
    }

    /// The last passage before the block at `height`.
    pub(crate) fn before(&self, height: u64) -> Option<&Upgrade> {
        self.past.iter().rev().map(|era| &era.upgrade).find(|upgrade| upgrade.height < height)
    }

    /// The format in the header of the block at `height`.
    pub(crate) fn format_at(&self, height: u64) -> u16 {
        self.before(height).map_or(self.first, |upgrade| upgrade.new_format)
    }

    /// The passage after the block at `height`.
    pub(crate) fn after(&self, height: u64) -> Option<&Era> {
        self.past.iter().find(|era| era.upgrade.height == height)
    }

    /// The passage after the block with this hash.
    pub(crate) fn after_block(&self, hash: &Hash) -> Option<&Era> {
        self.past.iter().find(|era| era.upgrade.block == *hash)
    }

    /// The last height of the present format, if the members agreed on one: `agreed` is what stands in the state, also once
    /// the chain has passed it. It is the last one of an epoch: only that block is proposed again until it is final, where
    /// another one needs descendants.
    pub(crate) fn end(&self, genesis: &Genesis, agreed: Option<u64>) -> Option<u64> {
        let end = genesis.last_of_epoch(genesis.epoch(agreed?));
        self.past.last().is_none_or(|era| era.upgrade.height < end).then_some(end)
    }
}

/// Name of the files of the state after so many passages.
pub(crate) fn state_partition(partition: &str, passages: usize) -> String {
    if passages == 0 { format!("{partition}-state") } else { format!("{partition}-state-{passages}") }
}
