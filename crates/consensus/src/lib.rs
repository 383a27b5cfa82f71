//! The ledger on a BFT engine: propose, verify, mempool, gossip, finality.
//!
//! The engine is generic over runtime, network and signature scheme; all of that is instantiated here, once. The public
//! face is concrete: a [`Config`], [`run`], and the [`Ledger`] that it hands out. The simulator instantiates the same
//! [`engine`] under the deterministic runtime.

mod block;

mod eras;

mod mempool;

mod driver;

mod app;

mod idle;

mod admission;

mod gossip;

mod ledger;

mod certificate;

mod receipts;

pub mod engine;

mod runtime;

pub mod audit;

pub mod archive;

mod passage;

#[cfg(test)]
mod tests;

pub use block::{BlockContext, EngineBlock};
pub use engine::EngineConfig;
pub use eras::{Era, Eras};
pub use ledger::{Certified, Final, Head, LedgerOn, SubmitError, Unavailable};
pub use mempool::MempoolLimits;
pub use passage::{PassageError, pass, pass_again};
pub use receipts::{ProofError, Receipts, ReceiptsOn, receipts};
pub use runtime::{Config, Ledger, Peer, PeerBook, RunError, is_global, run};

use epione_kernel::{Missing, View};
use epione_types::{Committee, Tenure};

/// What of the consortium's decisions the engine itself obeys; read from the state, never from configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How far a block's time may lie ahead of its parent's (design §4, Δ), in milliseconds.
    pub block_time_ahead_ms: u64,
    /// After how long without a block an empty one is proposed, in milliseconds.
    pub heartbeat_ms: u64,
    /// The height with whose epoch the chain ends in this format; none if no upgrade is agreed.
    pub halt_at: Option<u64>,
    /// The committee of the block that follows.
    pub committee: Committee,
    /// Whether another committee takes office with the next epoch.
    pub committee_changes: bool,
}

impl Rules {
    /// Those for the first block, which nothing was written before.
    pub(crate) fn of_genesis(founders: &Committee) -> Self {
        Self {
            block_time_ahead_ms: u64::MAX,
            heartbeat_ms: 0,
            halt_at: None,
            committee: founders.clone(),
            committee_changes: false,
        }
    }
}

/// Whether a node votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voting {
    /// Its key has no seat in the committee: it follows.
    Follows,
    /// It has a seat, and asks the others which votes of its key they have seen.
    Asks,
    /// It votes.
    Votes,
    /// Votes of its key exist that it does not remember: it follows until it has another key.
    Forgot,
}

impl Voting {
    /// Name in answers and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Follows => "follows",
            Self::Asks => "asks",
            Self::Votes => "votes",
            Self::Forgot => "forgot",
        }
    }
}

/// Reads the rules that follow from the state after the block at a height.
pub type ReadRules = fn(View<'_>, u64) -> Result<Rules, Missing>;

/// Reads committees in the order in which they took office, some at a time: up to the one that did with the given epoch, or to
/// that of now; and with which epoch the one before them did.
pub type ReadTenures = fn(View<'_>, Option<u64>) -> Result<(Vec<Tenure>, Option<u64>), Missing>;
