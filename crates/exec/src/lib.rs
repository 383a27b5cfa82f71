//! Deterministic execution of a block over a view of the state.
//!
//! The one place where calls are run: proposing, verifying, auditing and simulating all go through [`Execution`]. It knows
//! modules only by the list it is given. The crate is pure: rows that are not loaded are asked for, never fetched.
#![deny(
    clippy::wildcard_enum_match_arm,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap
)]

mod block;
mod check;
mod nonce;

mod execution;
mod outcome;

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test that overflows fails, as it should"
)]
mod tests;

pub use block::{BlockInfo, Head};
pub use check::{CheckedTx, check_tx, module};
pub use execution::{Execution, TxStop, block_reads, execute, tx_reads};
pub use nonce::Lane;
pub use outcome::{Outcome, SYSTEM_REJECTS, SystemReject, TxOutcome};

/// The modules of a chain, in order of execution.
pub type Modules = &'static [&'static dyn epione_kernel::Module];
