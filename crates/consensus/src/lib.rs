//! The ledger on a BFT engine: propose, verify, mempool, gossip, finality.
//!
//! The engine is generic over runtime, network and signature scheme; all of that is instantiated here, once. The public
//! face is concrete: a [`Config`], [`run`], and the [`Ledger`] that it hands out. The simulator instantiates the same
//! [`engine`] under the deterministic runtime.

mod block;

mod mempool;

mod driver;

mod app;

mod idle;

mod admission;

mod gossip;

mod ledger;

mod receipts;

pub mod engine;

mod runtime;

pub mod audit;

#[cfg(test)]
mod tests;

pub use block::{BlockContext, EngineBlock};
pub use engine::EngineConfig;
pub use ledger::{Certified, Final, Head, LedgerOn, SubmitError, Unavailable};
pub use mempool::MempoolLimits;
pub use receipts::{ProofError, ReadTenures, Receipts, ReceiptsOn, receipts};
pub use runtime::{Config, Ledger, Peer, RunError, is_global, run};

/// What of the consortium's parameters the engine itself obeys; read from the state, never from configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How far a block's time may lie ahead of its parent's (design §4, Δ), in milliseconds.
    pub block_time_ahead_ms: u64,
    /// After how long without a block an empty one is proposed, in milliseconds.
    pub heartbeat_ms: u64,
    /// The last height of the chain in this format; none if no upgrade is agreed.
    pub halt_at: Option<u64>,
}

/// Reads the rules in force at a height.
pub type ReadRules = fn(epione_kernel::View<'_>, u64) -> Result<Rules, epione_kernel::Missing>;
