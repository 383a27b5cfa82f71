//! Rows from finalized events, in SQLite.
//!
//! The event log is the truth; the rows are derived from it and can be made again at any time. [`Projection`] is the
//! single writer: it takes events without a gap, each batch in one SQLite transaction together with the position of the
//! next event, so that after a crash it continues where the database stands. [`Reader`]s read beside it, from as many
//! threads as like.
//!
//! # Tables
//! * `{module}_{table}` for each table of each module: `place INTEGER PRIMARY KEY AUTOINCREMENT`, then its columns. Places
//!   are handed out in the order of the events and never again, so they are the same on every node.
//! * `ledger_txs`: height, index in the block, time and codes of each finalized transaction.
//! * `cursor`: one row with the next position and the fingerprint of all tables.
//!
//! When the program's tables differ from those of the file, everything is dropped and made again from the first event. A
//! change in what a module projects *into the same tables* is not noticed: call [`Projection::rebuild`].

mod error;
mod schema;

mod projection;
mod write;

mod reader;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use projection::{Applied, Projection};
pub use reader::{Reader, Snapshot, TxRow};

/// The modules of a chain.
pub type Modules = &'static [&'static dyn epione_kernel::Module];
