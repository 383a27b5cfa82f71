//! The passages of a chain whose blocks a node has, but not the states: it runs them once more up to the last passage.

use super::{PassageError, empty_state, fill, processed, rows_of};
use crate::{
    EngineConfig, Era,
    audit::PARTITION,
    engine::{PAGE_BYTES, Runtime, stores},
};
use commonware_runtime::{Runner as _, buffer::paged::CacheRef, tokio as runtime};
use commonware_storage::{
    Context as StorageContext,
    archive::{Archive as _, Identifier},
};
use epione_exec::{BlockInfo, Outcome, check_tx, execute};
use epione_kernel::MemoryState;
use epione_store::{EventLog, Logged};
use epione_types::{Block, Upgrade};
use std::path::Path;

/// Events that are made durable at once.
const EVENTS_AT_ONCE: usize = 4_096;

/// Runs the blocks in `directory`, whose certificates were checked, again up to the last one before the present format: writes
/// their events into the log and the rows after that block into a state, and has the engine go on from there. The passages
/// that the chain went through; none if it is in the format of its genesis. The directory must have neither log nor state.
///
/// # Errors
/// [`PassageError`].
pub fn pass_again(directory: &Path, engine: &EngineConfig) -> Result<Vec<Era>, PassageError> {
    let config = runtime::Config::new().with_storage_directory(directory.to_owned()).with_worker_threads(1);
    runtime::Runner::new(config).start(|context| async move {
        let cache = CacheRef::new(PAGE_BYTES, engine.tuning.cache_pages);
        let (_finalizations, blocks) = stores::archives(&context, PARTITION, engine, &cache).await?;
        let log = stores::event_log(&context, PARTITION, &cache, &engine.tuning).await?;
        let mut again =
            Again { engine, state: MemoryState::default(), eras: Vec::new(), log: Some(log), waiting: Vec::new() };
        again.run(&context, &blocks).await?;
        Ok(again.eras)
    })
}

/// A chain as far as it has been run again.
struct Again<'a, E: Runtime + StorageContext> {
    engine: &'a EngineConfig,
    state: MemoryState,
    eras: Vec<Era>,
    /// None only while events are appended.
    log: Option<EventLog<E>>,
    waiting: Vec<Logged>,
}

impl<E: Runtime + StorageContext> Again<'_, E> {
    async fn run(&mut self, context: &E, blocks: &stores::Blocks<E>) -> Result<(), PassageError> {
        let Some(last) = last_passage(blocks, self.engine.genesis.state_format).await? else { return Ok(()) };
        let mut next = block(blocks, 1).await?;
        for height in 1..=last {
            let present = next;
            next = block(blocks, height + 1).await?;
            self.take(&present).await?;
            if next.header.state_format != present.header.state_format {
                self.pass(context, &present, next.header.state_format).await?;
            }
        }
        self.flush().await?;
        processed(context, last).await
    }

    /// Runs a block; its events must be those of its header.
    async fn take(&mut self, block: &Block) -> Result<(), PassageError> {
        let header = &block.header;
        let outcome = self.outcome(block).map_err(|why| PassageError::Run { height: header.height, why })?;
        self.state.apply(&outcome.writes);
        let logged = |entry| Logged { height: header.height, time: header.time, entry };
        self.waiting.extend(outcome.entries.into_iter().map(logged));
        if self.waiting.len() >= EVENTS_AT_ONCE { self.flush().await } else { Ok(()) }
    }

    fn outcome(&self, block: &Block) -> Result<Outcome, String> {
        let (header, genesis, modules) = (&block.header, &self.engine.genesis, self.engine.modules);
        let last = self.eras.last().map(|era| &era.upgrade);
        let info = BlockInfo::of(genesis, header.chain, (header.height, header.time), last);
        let checked = block.txs.iter().map(|tx| check_tx(modules, &header.chain, tx.clone()));
        let txs = checked.collect::<Result<Vec<_>, _>>().map_err(|fault| fault.to_string())?;
        let outcome = execute(modules, info, genesis, &self.state, &txs).map_err(|fault| fault.to_string())?;
        let is_same = outcome.event_root == header.event_root && outcome.event_size == header.event_size;
        if is_same { Ok(outcome) } else { Err("its events are others than its header says".to_owned()) }
    }

    async fn flush(&mut self) -> Result<(), PassageError> {
        let Some(log) = self.log.take() else { epione_kernel::broken("an append to the event log was cancelled") };
        let (begin, events) = (log.size(), std::mem::take(&mut self.waiting));
        self.log = Some(log.append(begin, events).await?);
        Ok(())
    }

    /// Keeps the rows after the last block of a format as the state of the next one began.
    async fn pass(&mut self, context: &E, last: &Block, new_format: u16) -> Result<(), PassageError> {
        let header = &last.header;
        let (rows, rows_root) = rows_of(&self.state);
        let upgrade = Upgrade {
            height: header.height,
            block: header.hash(),
            old_format: header.state_format,
            new_format,
            old_root: header.state_root,
            rows_root,
        };
        let states = empty_state(context, self.engine, self.eras.len() + 1).await?;
        let (ops_root, ops_range) = fill(&states, &rows).await?;
        self.eras.push(Era { upgrade, ops_root, ops_range });
        Ok(())
    }
}

/// Height of the last block after which the chain passed into another format.
async fn last_passage<E: Runtime + StorageContext>(
    blocks: &stores::Blocks<E>,
    first: u16,
) -> Result<Option<u64>, PassageError> {
    let (Some(end), _) = blocks.next_gap(1) else { return Ok(None) };
    if block(blocks, end).await?.header.state_format == first {
        return Ok(None);
    }
    // Formats only ascend: the last block of an earlier one lies before all of the present one.
    let present = block(blocks, end).await?.header.state_format;
    let (mut before, mut since) = (0, end);
    while since - before > 1 {
        let middle = before + (since - before) / 2;
        if block(blocks, middle).await?.header.state_format == present { since = middle } else { before = middle }
    }
    Ok(Some(before))
}

async fn block<E: Runtime + StorageContext>(blocks: &stores::Blocks<E>, height: u64) -> Result<Block, PassageError> {
    let found = blocks.get(Identifier::Index(height)).await.map_err(|error| PassageError::Store(error.to_string()))?;
    found.map(|block| Block::clone(block.block())).ok_or(PassageError::Block(height))
}
