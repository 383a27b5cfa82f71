//! Runs the chain of a node again, from its genesis, and compares all that the node keeps with what follows from it.
//!
//! The node must not run. Its block store is one side, and is only believed: what it says is run on a state of its own in
//! a scratch directory, by the same code that verifies the blocks of a proposer. Each side has a runtime of its own,
//! because a runtime has one directory.

mod kept;

mod replay;

pub(crate) use kept::{PARTITION, Stores};

use crate::engine::{EngineConfig, StartError};
use commonware_runtime::{Runner as _, tokio as runtime};
use epione_kernel::Law;
use epione_store::{LogError, Logged, StateError};
use std::{
    path::{Path, PathBuf},
    sync::mpsc::sync_channel,
    thread,
};

/// Heights that are read ahead.
const AHEAD: usize = 32;

/// What is audited.
#[derive(Clone, Debug)]
pub struct Audit {
    /// Directory of the ledger's files.
    pub directory: PathBuf,
    /// An empty directory, for the state that the blocks lead to.
    pub scratch: PathBuf,
    /// The chain, and how it is run.
    pub engine: EngineConfig,
}

/// A block that was run again and found as it should be.
#[derive(Debug)]
pub struct Step<'a> {
    /// Its height.
    pub height: u64,
    /// Height of the last block that the node keeps.
    pub last: u64,
    /// Position of its first event.
    pub position: u64,
    /// Its events, as they follow from the block.
    pub events: &'a [Logged],
}

/// What was found to be as it should.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audited {
    /// Height of the last block.
    pub height: u64,
    /// Blocks with a certificate of their own; the others are final by a later one.
    pub certified: u64,
    /// Height of the last of these. Later blocks have none yet: a node that was killed fetches it when it starts.
    pub certified_to: u64,
    /// Transactions; each has a good signature.
    pub txs: u64,
    /// Events that follow from the blocks.
    pub events: u64,
    /// Events in the node's log. A node that was killed runs the last blocks again when it starts.
    pub logged: u64,
    /// Height of the block whose state the node keeps.
    pub state_height: u64,
    /// Names of the laws that hold at the end; they were checked on the way, too.
    pub laws: Vec<&'static str>,
}

/// What is not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A store of the node, or of the audit, cannot be opened.
    #[error(transparent)]
    Open(#[from] StartError),
    /// A store cannot be read or written.
    #[error("a store failed: {0}")]
    Store(String),
    /// The node keeps no certified block.
    #[error("the node keeps no final block")]
    Empty,
    /// A block is missing although later ones are there.
    #[error("block {0} is missing, and there are later ones")]
    Missing(u64),
    /// What is kept of a height is damaged.
    #[error("what is kept of block {height} cannot be read: {why}")]
    Damaged {
        /// The height.
        height: u64,
        /// What the store says.
        why: String,
    },
    /// A block breaks a rule of the chain, or its header says something else than follows from it.
    #[error("block {height}: {why}")]
    Block {
        /// The height.
        height: u64,
        /// The rule, or the field of the header.
        why: String,
    },
    /// A certificate is not one of the committee for the block.
    #[error("block {0}: the certificate is not one of the committee for this block")]
    Certificate(u64),
    /// The passage into another format of the state was not as it should be.
    #[error("the passage into another format of the state after block {height}: {why}")]
    Passage {
        /// Height of the last block of the old format.
        height: u64,
        /// What is wrong.
        why: String,
    },
    /// The last blocks are not certified, and are more than a crash explains.
    #[error("the blocks after {0} have no certificate, nor has any after them")]
    Uncertified(u64),
    /// An event of the log is another one than follows from the block.
    #[error("block {height}: event {position} of the log is not the one that follows from the block")]
    Event {
        /// Height of its block.
        height: u64,
        /// Its position.
        position: u64,
    },
    /// The log has events that follow from no block, or lacks some that the state contains.
    #[error("the event log has {found} events: {why}")]
    Log {
        /// How many it has.
        found: u64,
        /// Why this is not right.
        why: String,
    },
    /// The state that the node keeps is that of no block.
    #[error("the state that the node keeps, with root {0}, is that of no block of its chain")]
    State(epione_types::Hash),
    /// A law does not hold.
    #[error("after block {height} the law {law} does not hold: {why}")]
    Law {
        /// Height of the block.
        height: u64,
        /// Name of the law.
        law: &'static str,
        /// What contradicts it.
        why: String,
    },
    /// What watches the audit found something.
    #[error("{0}")]
    Watcher(String),
}

impl From<StateError> for AuditError {
    fn from(error: StateError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<LogError> for AuditError {
    fn from(error: LogError) -> Self {
        Self::Store(error.to_string())
    }
}

/// Runs all blocks that the node in `audit.directory` keeps, and tells `watch` of each; what it refuses ends the audit.
///
/// # Errors
/// The first thing that is not as it should be.
pub fn audit(audit: &Audit, watch: &mut dyn FnMut(&Step<'_>) -> Result<(), String>) -> Result<Audited, AuditError> {
    let (sender, receiver) = sync_channel(AHEAD);
    thread::scope(|scope| {
        let kept = scope.spawn(move || {
            runner(&audit.directory).start(|context| async move { kept::read(&context, &audit.engine, &sender).await })
        });
        let replayed = runner(&audit.scratch)
            .start(|context| async move { replay::run(context, &audit.engine, receiver, watch).await });
        // What cannot be read comes first: the other side then only sees that nothing more comes.
        match kept.join() {
            Ok(Ok(())) => replayed,
            Ok(Err(error)) => Err(error),
            Err(_panic) => Err(AuditError::Store("the reading of the node's stores ended with a panic".to_owned())),
        }
    })
}

/// A runtime for the files in a directory.
pub(crate) fn runner(directory: &Path) -> runtime::Runner {
    runtime::Runner::new(runtime::Config::new().with_storage_directory(directory.to_owned()).with_worker_threads(1))
}

/// All laws of the chain's modules.
fn laws(engine: &EngineConfig) -> impl Iterator<Item = &'static Law> {
    engine.modules.iter().flat_map(|module| module.laws())
}
