//! What the engine is told: chain, keys, timing, memory.

use crate::{Eras, MempoolLimits, ReadRules, ReadTenures};
use commonware_cryptography::ed25519;
use commonware_utils::NZUsize;
use epione_exec::Modules;
use epione_types::{Committee, Genesis, PublicKey};
use std::{num::NonZeroUsize, time::Duration};

/// The chain, and how this node runs it: the same for a node, a simulated one and an audit.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The genesis of the chain.
    pub genesis: Genesis,
    /// The modules, in order of execution.
    pub modules: Modules,
    /// Reads the consortium's parameters from the state.
    pub read_rules: ReadRules,
    /// Reads all committees since the genesis from the state.
    pub read_tenures: ReadTenures,
    /// The validators of the genesis.
    pub founders: Committee,
    /// The formats in which the chain has kept its state.
    pub eras: Eras,
    /// How much the mempool holds.
    pub mempool: MempoolLimits,
    /// Timing and memory.
    pub tuning: Tuning,
}

/// What the engine needs besides runtime and network.
#[derive(Clone, Debug)]
pub struct Config {
    /// The chain, and how this node runs it.
    pub engine: EngineConfig,
    /// This node's vote key as the engine knows it: it votes in every epoch whose committee has it. None for one that never
    /// votes.
    pub vote_key: Option<ed25519::PrivateKey>,
    /// Whether the node votes without asking the others which votes of its key they have seen. Only for nodes that are to
    /// contradict themselves.
    pub trusts_log: bool,
    /// This node's key on the network between nodes.
    pub peer_key: ed25519::PublicKey,
}

/// Timing and memory of a node; none of it is part of consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// How long a leader holds its turn while there is nothing to propose; below `leader_timeout`.
    pub hold: Duration,
    /// How long the others wait for a leader's proposal.
    pub leader_timeout: Duration,
    /// Least time between two blocks.
    pub block_interval: Duration,
    /// Pages of 4 KiB that are cached in memory.
    pub cache_pages: NonZeroUsize,
    /// Bytes buffered per file before they are written.
    pub write_buffer: NonZeroUsize,
    /// Buckets of the block store's hash table; fixed for the life of a data directory.
    pub archive_buckets: u32,
}

impl Tuning {
    /// For a node on a real network.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            hold: Duration::from_millis(1_300),
            leader_timeout: Duration::from_millis(1_500),
            block_interval: Duration::from_millis(10),
            cache_pages: NZUsize!(4096),
            write_buffer: NZUsize!(1 << 17),
            archive_buckets: 1 << 16,
        }
    }
}

/// The engine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The committee names a key that is not a point of the curve.
    #[error("vote key {0} of the committee is not an Ed25519 key")]
    Committee(PublicKey),
    /// The committee names a key twice, or none.
    #[error("the committee is empty or names a vote key twice")]
    Duplicate,
    /// The event log cannot be opened.
    #[error(transparent)]
    Log(#[from] epione_store::LogError),
    /// The store of final blocks cannot be opened.
    #[error("the block store cannot be opened: {0}")]
    Blocks(String),
}
