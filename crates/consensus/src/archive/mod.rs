//! Archives of a node's history: read from the stores of one that is stopped, and written into those of one that never
//! ran.
//!
//! The form of the files, and whether they are true, is a matter of `epione_verify::archive`; here is what a node
//! keeps.

mod export;

mod import;

pub use export::{Exported, export};
pub use import::import;

use crate::{audit::AuditError, engine::StartError};
use epione_store::StateError;

/// Why no archive can be made, or none be taken in.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// What the node keeps cannot be read.
    #[error(transparent)]
    Kept(#[from] AuditError),
    /// A store of a node that never ran cannot be made.
    #[error(transparent)]
    Open(#[from] StartError),
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// No block with its events has a certificate of its own.
    #[error("the node keeps no block with certificate and events yet; start it, let it catch up and stop it")]
    Uncertified,
    /// A certificate that is not one of the committee.
    #[error("block {0}: the certificate is not one of the committee for this block; `epione audit` tells more")]
    Certificate(u64),
    /// Validators that stand in a header, and not in the state.
    #[error(
        "block {0} names validators that the state of the node does not have yet; start it, let it catch up and stop it"
    )]
    Successors(u64),
    /// A block that the engine does not take.
    #[error("block {height} is none for the engine: {why}")]
    Block {
        /// Its height.
        height: u64,
        /// Why.
        why: String,
    },
    /// A store cannot be written.
    #[error("a store cannot be written: {0}")]
    Write(String),
    /// What takes the records, or gives them, failed.
    #[error("{0}")]
    Other(String),
}
