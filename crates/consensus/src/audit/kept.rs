//! What the node keeps: read in order of height, and not believed.

use crate::{
    EngineBlock,
    audit::AuditError,
    engine::{EngineConfig, PAGE_BYTES, Runtime, stores},
};
use commonware_consensus::simplex::{scheme::ed25519::Scheme, types::Finalization};
use commonware_cryptography::sha256::Digest;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::{
    Context as StorageContext,
    archive::{Archive as _, Identifier},
};
use epione_store::{Db, EventLog, Logged};
use epione_types::Hash;
use std::sync::{Arc, mpsc::SyncSender};

/// Prefix of the names of a node's files.
pub(crate) const PARTITION: &str = "ledger";

/// What the other side is sent.
pub(super) enum Kept {
    /// First: what there is.
    All(Extent),
    /// Then height by height.
    Height(Box<Height>),
}

/// How much a node keeps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// Height of the last block before the first gap.
    pub(super) last: u64,
    /// The first height that is missing although later ones are there.
    pub(super) gap: Option<u64>,
    /// Number of events in the log.
    pub(super) logged: u64,
    /// Root of the state.
    pub(super) state_root: Hash,
}

/// What is kept of a height.
pub(super) struct Height {
    pub(super) block: Arc<EngineBlock>,
    pub(super) finalization: Option<Finalization<Scheme, Digest>>,
    /// As many events as the block's header says that it has, or fewer at the end of the log.
    pub(super) events: Vec<Logged>,
}

/// Sends all that is kept; ends early if nobody listens any more.
pub(super) async fn read<E: Runtime + StorageContext>(
    context: &E,
    engine: &EngineConfig,
    listener: &SyncSender<Kept>,
) -> Result<(), AuditError> {
    let cache = CacheRef::new(PAGE_BYTES, engine.tuning.cache_pages);
    let (finalizations, blocks) = stores::archives(context, PARTITION, engine, &cache).await?;
    let log = stores::event_log(context, PARTITION, &cache, &engine.tuning).await?;
    let state_config = stores::state_config((PARTITION, engine.eras.past().len()), &cache, &engine.tuning);
    let state = Db::<E>::init(context.child("state"), state_config, None).await;
    let state = state.map_err(|error| AuditError::Store(error.to_string()))?;
    // Blocks are fetched from the last one backward: a node that was stopped meanwhile has a gap.
    let (last, gap) = match blocks.next_gap(1) {
        (Some(last), next) => (last, next.map(|_| last + 1)),
        (None, Some(_)) => return Err(AuditError::Missing(1)),
        (None, None) => return Err(AuditError::Empty),
    };
    let extent = Extent { last, gap, logged: log.size(), state_root: Hash(state.root().0) };
    if listener.send(Kept::All(extent)).is_err() {
        return Ok(());
    }
    let mut position = 0;
    for height in 1..=last {
        let damaged =
            |error: commonware_storage::archive::Error| AuditError::Damaged { height, why: error.to_string() };
        let block = blocks.get(Identifier::Index(height)).await.map_err(damaged)?;
        let block = block.ok_or(AuditError::Missing(height))?;
        let finalization = finalizations.get(Identifier::Index(height)).await.map_err(damaged)?;
        let end = block.header().event_size;
        let events = events(&log, position, end).await?;
        position = end;
        if listener.send(Kept::Height(Box::new(Height { block, finalization, events }))).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// The events from `begin` to `end`, as far as the log has them.
async fn events<E: StorageContext>(log: &EventLog<E>, begin: u64, end: u64) -> Result<Vec<Logged>, AuditError> {
    let count = end.min(log.size()).saturating_sub(begin);
    Ok(log.read(begin, usize::try_from(count).unwrap_or(usize::MAX)).await?)
}
