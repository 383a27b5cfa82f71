//! What execution knows of a block, and where a state stands.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_kernel::{Missing, RowKey, View, broken};
use epione_types::{ChainId, Genesis, ModuleId, UnixMs, Upgrade, decode, limits::ROW_BYTES_MAX};

const HEAD: u8 = 5;

/// The block after which a state is: a row that every block writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Head {
    /// Height of the block.
    pub height: u64,
    /// Time of the block.
    pub time: UnixMs,
}

impl Head {
    /// Address of the row.
    #[must_use]
    pub fn row() -> RowKey {
        RowKey { module: ModuleId::SYSTEM, table: HEAD, key: Vec::new() }
    }

    /// The block after which `view` is; none before the first block.
    ///
    /// # Errors
    /// [`Missing`] if the row is not loaded.
    pub fn of(view: View<'_>) -> Result<Option<Self>, Missing> {
        Ok(view.row(&Self::row())?.map(|bytes| {
            decode(bytes, ROW_BYTES_MAX).unwrap_or_else(|_error| broken("the head of the chain does not decode"))
        }))
    }
}

/// What execution needs to know of a block besides its transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockInfo {
    /// The chain.
    pub chain: ChainId,
    /// The block's height; the first block after genesis has 1.
    pub height: u64,
    /// Block time.
    pub time: UnixMs,
    /// Whether the genesis permits shortened periods.
    pub demo: bool,
    /// The epoch that follows, in the last block of one.
    pub next_epoch: Option<u64>,
    /// Format of the authenticated state.
    pub state_format: u16,
    /// The passage into that format, in the first block of it.
    pub upgrade: Option<Upgrade>,
}

impl BlockInfo {
    /// The block at `height` and `time` of the chain with this genesis; `last` is the last passage into another format before
    /// it, if there was any.
    #[must_use]
    pub fn of(genesis: &Genesis, chain: ChainId, (height, time): (u64, UnixMs), last: Option<&Upgrade>) -> Self {
        let next_epoch = genesis.ends_epoch(height).then(|| genesis.epoch(height).saturating_add(1));
        let upgrade = last.filter(|last| last.height.saturating_add(1) == height).copied();
        let state_format = last.map_or(genesis.state_format, |last| last.new_format);
        Self { chain, height, time, demo: genesis.demo, next_epoch, state_format, upgrade }
    }
}
