//! Genesis: what the members agreed before the first block.

use crate::{Bytes, Text};
use crate::{ChainId, List, ModuleId, UnixMs, codec, domain, hash, limits::GENESIS_BYTES_MAX};
use borsh::{BorshDeserialize, BorshSerialize};

/// The genesis of a chain. Its hash is the chain's identifier.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Genesis {
    /// Version of this form: 1.
    pub version: u8,
    /// Format of the authenticated state that the chain begins with.
    pub state_format: u16,
    /// Name of the consortium.
    pub name: Text<128>,
    /// The chain's beginning; every block is later.
    pub time: UnixMs,
    /// Random bytes that blind the events of the genesis.
    pub salt: [u8; 16],
    /// Whether periods and quotas may be shortened for demonstration.
    pub demo: bool,
    /// Blocks per epoch; the committee changes only at its borders.
    pub epoch_blocks: u64,
    /// What each module begins with, in the order of the modules.
    pub modules: List<GenesisModule, 64>,
}

/// What one module begins with.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GenesisModule {
    /// The module.
    pub module: ModuleId,
    /// Canonical bytes of the module's genesis.
    pub body: Bytes<GENESIS_BYTES_MAX>,
}

impl Genesis {
    /// The version of this form.
    pub const VERSION: u8 = 1;

    /// Fewest blocks of an epoch.
    pub const EPOCH_BLOCKS_MIN: u64 = 8;

    /// The epoch of the block at `height`: the block of height 0 begins epoch 0.
    #[must_use]
    pub const fn epoch(&self, height: u64) -> u64 {
        match height.checked_div(self.epoch_blocks) {
            Some(epoch) => epoch,
            None => 0,
        }
    }

    /// Height of the last block of an epoch; the largest number if it is never reached.
    #[must_use]
    pub const fn last_of_epoch(&self, epoch: u64) -> u64 {
        epoch.saturating_add(1).saturating_mul(self.epoch_blocks).saturating_sub(1)
    }

    /// Whether the block at `height` is the last one of its epoch.
    #[must_use]
    pub const fn ends_epoch(&self, height: u64) -> bool {
        height == self.last_of_epoch(self.epoch(height))
    }

    /// The chain's identifier: hash of the canonical bytes.
    #[must_use]
    pub fn chain(&self) -> ChainId {
        ChainId(hash(domain::CHAIN, &[&codec::encode(self)]).0)
    }
}
