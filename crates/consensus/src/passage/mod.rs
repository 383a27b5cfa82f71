//! The passage of a stopped node's state into the format of another release.

mod again;

pub use again::pass_again;

use crate::{
    EngineBlock, EngineConfig, Era,
    audit::PARTITION,
    engine::{PAGE_BYTES, Runtime, StartError, stores},
};
use commonware_codec::varint::UInt;
use commonware_glue::stateful::db::DatabaseSet as _;
use commonware_runtime::{Runner as _, buffer::paged::CacheRef, tokio as runtime};
use commonware_storage::{
    Context as StorageContext,
    archive::{Archive as _, Identifier},
    metadata::{self, Metadata},
};
use commonware_utils::sequence::U64;
use epione_kernel::MemoryState;
use epione_store::{Address, AddressedRow, Db, LogError, ROWS_AT_ONCE, StateError, States, write_rows};
use epione_types::{Hash, OpsRange, RowsRoot, Upgrade};
use std::{collections::BTreeMap, path::Path};

/// Under which the engine's block store keeps the height up to which its blocks were run.
const PROCESSED: U64 = U64::new(0xff);

/// Why the state could not go over.
#[derive(Debug, thiserror::Error)]
pub enum PassageError {
    /// A store of the node cannot be opened.
    #[error(transparent)]
    Open(#[from] StartError),
    /// A store cannot be read or written.
    #[error("a store failed: {0}")]
    Store(String),
    /// The rows belong to another block than the node's.
    #[error("block {0} of this node is not the one that the rows are of")]
    Block(u64),
    /// A block cannot be run, or leads to other events than its header says.
    #[error("block {height}: {why}")]
    Run {
        /// The height.
        height: u64,
        /// Why.
        why: String,
    },
    /// The node has not run the last block of the old format, or others after it.
    #[error(
        "the node has {found} events, but {expected} with the last block of the old format: start the release before once \
         more, until `epione status` shows `rows`"
    )]
    Events {
        /// How many events it has.
        found: u64,
        /// How many there are with that block.
        expected: u64,
    },
    /// The rows cannot be read.
    #[error("{0}")]
    Rows(String),
    /// The rows are not those that were written.
    #[error("the rows have the root {found} instead of {expected}: they were changed")]
    Root {
        /// Root of the rows that were read.
        found: Hash,
        /// The root that was noted when they were written.
        expected: Hash,
    },
}

impl From<StateError> for PassageError {
    fn from(error: StateError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<LogError> for PassageError {
    fn from(error: LogError) -> Self {
        Self::Store(error.to_string())
    }
}

/// All rows of a whole state in ascending order of their addresses, and their root.
pub(crate) fn rows_of(state: &MemoryState) -> (Vec<AddressedRow>, Hash) {
    let rows: BTreeMap<Address, Vec<u8>> = state.iter().map(|(key, row)| (Address::of(key), row.to_vec())).collect();
    let rows: Vec<AddressedRow> = rows.into_iter().collect();
    let mut root = RowsRoot::default();
    rows.iter().for_each(|(address, row)| root.append(address.bytes(), row));
    (rows, root.root())
}

/// Writes all rows into an empty state; root and range of its operation log.
pub(crate) async fn fill<E: Runtime + StorageContext>(
    states: &States<E>,
    rows: &[AddressedRow],
) -> Result<(Hash, OpsRange), StateError> {
    for page in rows.chunks(ROWS_AT_ONCE) {
        write_rows::<E>(states, page).await?;
    }
    Ok(ops(states).await)
}

/// Root and range of the operation log of a state.
async fn ops<E: Runtime + StorageContext>(states: &States<E>) -> (Hash, OpsRange) {
    let target = states.committed_targets().await;
    (Hash(target.root.0), OpsRange { start: *target.range.start(), end: *target.range.end() })
}

/// Writes the rows into a state of the next format, beside the present one, and has the engine go on from there. The node in
/// `directory` must be stopped. May be repeated: what an earlier attempt left is removed first.
///
/// # Errors
/// [`PassageError`].
pub fn pass(
    directory: &Path,
    engine: &EngineConfig,
    upgrade: Upgrade,
    rows: impl Iterator<Item = Result<Vec<AddressedRow>, String>> + Send,
) -> Result<Era, PassageError> {
    let config = runtime::Config::new().with_storage_directory(directory.to_owned()).with_worker_threads(1);
    runtime::Runner::new(config).start(|context| async move { go_over(&context, engine, upgrade, rows).await })
}

async fn go_over<E: Runtime + StorageContext>(
    context: &E,
    engine: &EngineConfig,
    upgrade: Upgrade,
    rows: impl Iterator<Item = Result<Vec<AddressedRow>, String>>,
) -> Result<Era, PassageError> {
    check_block(context, engine, &upgrade).await?;
    let states = empty_state(context, engine, engine.eras.past().len() + 1).await?;
    let mut root = RowsRoot::default();
    let (mut last, mut is_over) = (None, false);
    for page in rows {
        let page = page.map_err(PassageError::Rows)?;
        // How rows are written decides how the state begins.
        let ascends = page.is_sorted_by(|(left, _), (right, _)| left < right);
        let follows = page.first().is_none_or(|(first, _)| last.is_none_or(|last| last < *first));
        if !ascends || !follows || is_over {
            return Err(PassageError::Rows("the rows are not in the order in which they were written".to_owned()));
        }
        (last, is_over) = (page.last().map(|(last, _)| *last).or(last), page.len() < ROWS_AT_ONCE);
        page.iter().for_each(|(address, row)| root.append(address.bytes(), row));
        write_rows::<E>(&states, &page).await?;
    }
    let (found, expected) = (root.root(), upgrade.rows_root);
    if found != expected {
        return Err(PassageError::Root { found, expected });
    }
    let (ops_root, ops_range) = ops(&states).await;
    processed(context, upgrade.height).await?;
    Ok(Era { upgrade, ops_root, ops_range })
}

/// Whether the rows are of a block that is final on this node.
async fn check_block<E: Runtime + StorageContext>(
    context: &E,
    engine: &EngineConfig,
    upgrade: &Upgrade,
) -> Result<(), PassageError> {
    let cache = CacheRef::new(PAGE_BYTES, engine.tuning.cache_pages);
    let (_finalizations, blocks) = stores::archives(context, PARTITION, engine, &cache).await?;
    let block = blocks.get(Identifier::Index(upgrade.height)).await;
    let block = block.map_err(|error| PassageError::Store(error.to_string()))?;
    let is_it = |block: &EngineBlock| {
        block.hash() == upgrade.block
            && block.header().state_root == upgrade.old_root
            && block.header().state_format == upgrade.old_format
    };
    let block = block.filter(|block| is_it(block)).ok_or(PassageError::Block(upgrade.height))?;
    let log = stores::event_log(context, PARTITION, &cache, &engine.tuning).await?;
    let (found, expected) = (log.size(), block.header().event_size);
    if found == expected { Ok(()) } else { Err(PassageError::Events { found, expected }) }
}

/// A state without rows, for the time after so many passages.
async fn empty_state<E: Runtime + StorageContext>(
    context: &E,
    engine: &EngineConfig,
    passages: usize,
) -> Result<States<E>, PassageError> {
    let cache = CacheRef::new(PAGE_BYTES, engine.tuning.cache_pages);
    let config = stores::state_config((PARTITION, passages), &cache, &engine.tuning);
    let failed = |error: &dyn std::fmt::Display| PassageError::Store(error.to_string());
    // What an attempt left that was interrupted.
    let left = Db::<E>::init(context.child("left"), config.clone(), None).await.map_err(|error| failed(&error))?;
    left.destroy().await.map_err(|error| failed(&error))?;
    Ok(States::<E>::init(context.child("passed"), config, None).await)
}

/// Notes for the engine that the blocks up to `height` were run.
async fn processed<E: Runtime + StorageContext>(context: &E, height: u64) -> Result<(), PassageError> {
    let failed = |error: metadata::Error| PassageError::Store(error.to_string());
    let config = metadata::Config { partition: format!("{PARTITION}-application-metadata"), codec_config: () };
    let noted: Metadata<E, U64, UInt<u64>> = Metadata::init(context.child("noted"), config).await.map_err(failed)?;
    if noted.get(&PROCESSED).is_none_or(|noted| noted.0 < height) {
        noted.put_sync(PROCESSED, UInt(height)).await.map_err(failed)?;
    }
    Ok(())
}
