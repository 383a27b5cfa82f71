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

/// A block, and its certificate if it has one of its own.
pub(crate) type CertifiedBlock = (Arc<EngineBlock>, Option<Finalization<Scheme, Digest>>);

/// What is kept of a height.
pub(crate) struct Height {
    pub(crate) block: Arc<EngineBlock>,
    pub(crate) finalization: Option<Finalization<Scheme, Digest>>,
    /// As many events as the block's header says that it has, or fewer at the end of the log.
    pub(crate) events: Vec<Logged>,
}

/// The stores of final blocks, of their certificates and of events.
pub(crate) struct Stores<E: Runtime + StorageContext> {
    finalizations: stores::Finalizations<E>,
    blocks: stores::Blocks<E>,
    log: EventLog<E>,
}

impl<E: Runtime + StorageContext> Stores<E> {
    /// Opens them.
    pub(crate) async fn open(context: &E, engine: &EngineConfig, cache: &CacheRef) -> Result<Self, AuditError> {
        let (finalizations, blocks) = stores::archives(context, PARTITION, engine, cache).await?;
        let log = stores::event_log(context, PARTITION, cache, &engine.tuning).await?;
        Ok(Self { finalizations, blocks, log })
    }

    /// Height of the last block before the first gap; and the first height that is missing although later ones are
    /// there.
    pub(crate) fn last(&self) -> Result<(u64, Option<u64>), AuditError> {
        // Blocks are fetched from the last one backward: a node that was stopped meanwhile has a gap.
        match self.blocks.next_gap(1) {
            (Some(last), next) => Ok((last, next.map(|_| last + 1))),
            (None, Some(_)) => Err(AuditError::Missing(1)),
            (None, None) => Err(AuditError::Empty),
        }
    }

    /// Number of events in the log.
    pub(crate) fn logged(&self) -> u64 {
        self.log.size()
    }

    /// The block at a height and its certificate.
    pub(crate) async fn block(&self, height: u64) -> Result<CertifiedBlock, AuditError> {
        let damaged =
            |error: commonware_storage::archive::Error| AuditError::Damaged { height, why: error.to_string() };
        let block = self.blocks.get(Identifier::Index(height)).await.map_err(damaged)?;
        let block = block.ok_or(AuditError::Missing(height))?;
        let finalization = self.finalizations.get(Identifier::Index(height)).await.map_err(damaged)?;
        Ok((block, finalization))
    }

    /// What is kept of a height, whose first event has position `position`.
    pub(crate) async fn height(&self, height: u64, position: u64) -> Result<Height, AuditError> {
        let (block, finalization) = self.block(height).await?;
        let events = events(&self.log, position, block.header().event_size).await?;
        Ok(Height { block, finalization, events })
    }
}

/// Sends all that is kept; ends early if nobody listens any more.
pub(super) async fn read<E: Runtime + StorageContext>(
    context: &E,
    engine: &EngineConfig,
    listener: &SyncSender<Kept>,
) -> Result<(), AuditError> {
    let cache = CacheRef::new(PAGE_BYTES, engine.tuning.cache_pages);
    let stores = Stores::open(context, engine, &cache).await?;
    let state_config = stores::state_config((PARTITION, engine.eras.past().len()), &cache, &engine.tuning);
    let state = Db::<E>::init(context.child("state"), state_config, None).await;
    let state = state.map_err(|error| AuditError::Store(error.to_string()))?;
    let (last, gap) = stores.last()?;
    let extent = Extent { last, gap, logged: stores.logged(), state_root: Hash(state.root().0) };
    if listener.send(Kept::All(extent)).is_err() {
        return Ok(());
    }
    let mut position = 0;
    for height in 1..=last {
        let kept = stores.height(height, position).await?;
        position = kept.block.header().event_size;
        if listener.send(Kept::Height(Box::new(kept))).is_err() {
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
