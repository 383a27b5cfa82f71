//! The ledger as the engine sees it: proposes blocks, verifies them, and takes note of what became final.

mod verify;

use crate::{
    EngineBlock, Final, Head, ReadRules, Rules,
    block::BlockContext,
    driver::{self, After, Runner},
    mempool::Mempool,
};
use commonware_consensus::{marshal::ancestry::Ancestry, simplex::scheme::ed25519::Scheme};
use commonware_cryptography::{Digestible as _, sha256::Digest};
use commonware_glue::stateful::{Application, Finality, Input, Proposed, db::DatabaseSet};
use commonware_runtime::{Clock, Spawner};
use commonware_storage::{Context as StorageContext, qmdb::sync::Target};
use epione_exec::{BlockInfo, Modules, Outcome};
use epione_store::{Batch, EventLog, Logged, Merkleized, StateError, States};
use epione_types::{
    Block, DurationMs, Genesis, Hash, Header, List, PublicKey, SignedTx, UnixMs,
    limits::{BLOCK_BYTES_MAX, BLOCK_TXS_MAX},
};
use futures::StreamExt as _;
use rand_core::CryptoRng;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};
use tokio::sync::watch;
use tracing::{debug, warn};

/// How far a block's time may lie ahead of this node's clock before the node waits with its vote.
const CLOCK_TOLERANCE_MS: u64 = 2_000;

/// What all clones of the application share.
pub(crate) struct Shared<E: StorageContext> {
    pub(crate) genesis: Genesis,
    pub(crate) genesis_block: EngineBlock,
    pub(crate) modules: Modules,
    pub(crate) read_rules: ReadRules,
    pub(crate) committee_hash: Hash,
    pub(crate) pool: Arc<Mempool>,
    /// Outcomes of candidates that may become final, by block hash.
    pub(crate) outcomes: Mutex<HashMap<Digest, (u64, Arc<Outcome>)>>,
    /// None while an append is under way.
    pub(crate) log: tokio::sync::RwLock<Option<EventLog<E>>>,
    pub(crate) log_size: watch::Sender<u64>,
    pub(crate) head: watch::Sender<Head>,
    /// The heartbeat last read from the state, in milliseconds.
    pub(crate) heartbeat_ms: AtomicU64,
    /// The last height last read from the state; the largest number if there is none.
    pub(crate) halt_at: AtomicU64,
}

/// The application, as it is handed to the engine.
pub struct App<E: StorageContext> {
    pub(crate) shared: Arc<Shared<E>>,
}

impl<E: StorageContext> std::fmt::Debug for App<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

impl<E: StorageContext> Clone for App<E> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

/// Whether a block without transactions may be proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Empty {
    /// Nothing is due: better no block than an empty one.
    Decline,
    /// A heartbeat, the first block, or scheduled work is due.
    Propose,
}

/// This node's clock.
pub(crate) fn now(clock: &impl Clock) -> UnixMs {
    let since = clock.current().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMs(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

impl<E: StorageContext + Spawner + CryptoRng> Shared<E> {
    fn info(&self, height: u64, time: UnixMs) -> BlockInfo {
        BlockInfo::of(&self.genesis, self.genesis_block.header().chain, height, time)
    }

    fn block(&self, info: BlockInfo) -> driver::Block<'_> {
        driver::Block { modules: self.modules, genesis: &self.genesis, info }
    }

    async fn rules(&self, batch: &Batch<E>, parent: &Header) -> Result<Rules, StateError> {
        if parent.height == 0 {
            // Nothing is written before the first block; the genesis follows there.
            return Ok(Rules { block_time_ahead_ms: u64::MAX, heartbeat_ms: 0, halt_at: None });
        }
        let read_rules = self.read_rules;
        let rules = driver::read::<E, _>(batch, |view| read_rules(view, parent.height)).await?;
        self.heartbeat_ms.store(rules.heartbeat_ms, Ordering::Relaxed);
        self.halt_at.store(rules.halt_at.unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(rules)
    }

    /// After how long without a block an empty one is proposed.
    pub(crate) fn heartbeat(&self) -> DurationMs {
        DurationMs(self.heartbeat_ms.load(Ordering::Relaxed))
    }

    /// Whether the members agreed that the chain ends at or before `height`.
    pub(crate) fn ends_at(&self, height: u64) -> bool {
        height >= self.halt_at.load(Ordering::Relaxed)
    }

    pub(crate) fn outcome(&self, hash: &Digest) -> Option<Arc<Outcome>> {
        let outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.get(hash).map(|(_, outcome)| Arc::clone(outcome))
    }

    /// Takes back the outcome of a block that was run.
    pub(crate) fn forget(&self, hash: &Digest) -> Option<Arc<Outcome>> {
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.remove(hash).map(|(_, outcome)| outcome)
    }

    fn keep(&self, block: &EngineBlock, outcome: Outcome, now: UnixMs) {
        let height = block.header().height;
        self.pool.include(outcome.txs.iter().map(|tx| &tx.id), height, now);
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.insert(block.digest(), (height, Arc::new(outcome)));
    }

    /// Builds a block on `parent`.
    pub(crate) async fn propose(
        &self,
        now: UnixMs,
        (context, parent): (&BlockContext, &EngineBlock),
        batch: Batch<E>,
        empty: Empty,
    ) -> Result<Option<(EngineBlock, Merkleized<E>)>, StateError> {
        let parent_header = parent.header();
        let rules = self.rules(&batch, parent_header).await?;
        if rules.halt_at.is_some_and(|last| parent_header.height >= last) {
            return Ok(None);
        }
        let earliest = parent_header.time.0 + 1;
        let time = UnixMs(now.0.clamp(earliest, parent_header.time.0.saturating_add(rules.block_time_ahead_ms)));
        let height = parent_header.height + 1;
        let mut runner = Runner::<E>::begin(&self.block(self.info(height, time)), batch).await?;
        let candidates = self.pool.candidates(now, BLOCK_TXS_MAX, BLOCK_BYTES_MAX);
        runner.prefetch(&candidates).await?;
        let (mut txs, mut faulty) = (Vec::with_capacity(candidates.len()), Vec::new());
        for tx in &candidates {
            match runner.tx(tx).await? {
                Ok(()) => txs.push(tx.tx.clone()),
                Err(fault) => {
                    debug!(fault = fault.name(), "a waiting transaction does not fit this block");
                    faulty.push(tx.id);
                }
            }
        }
        self.pool.pass_over(faulty.iter());
        if txs.is_empty() && empty == Empty::Decline {
            return Ok(None);
        }
        let after = runner.finish().await?;
        let block = self.seal((context, parent), time, txs, &after);
        self.keep(&block, after.outcome, now);
        Ok(Some((block, after.merkleized)))
    }

    /// Puts header and transactions together.
    fn seal(
        &self,
        (context, parent): (&BlockContext, &EngineBlock),
        time: UnixMs,
        txs: Vec<SignedTx>,
        after: &After<E>,
    ) -> EngineBlock {
        let header = Header {
            version: Header::VERSION,
            state_format: self.genesis.state_format,
            chain: parent.header().chain,
            epoch: context.round.epoch().get(),
            view: context.round.view().get(),
            parent_view: context.parent.0.get(),
            proposer: PublicKey::Ed25519(key_bytes(&context.leader)),
            height: parent.header().height + 1,
            time,
            parent: parent.hash(),
            committee_hash: self.committee_hash,
            next_committee_hash: None,
            tx_root: Block::tx_root(&txs),
            event_root: after.outcome.event_root,
            event_size: after.outcome.event_size,
            state_root: after.state_root,
            ops_root: after.ops_root,
            ops_range: after.ops_range,
        };
        let txs = List::new(txs).unwrap_or_else(|_more| epione_kernel::broken("a block of more transactions than fit"));
        EngineBlock::new(Block { header, txs })
            .unwrap_or_else(|_error| epione_kernel::broken("a sealed block is no block"))
    }

    /// Makes the events of a final block durable: only after this is anybody told that it is final.
    async fn log(&self, block: &EngineBlock, outcome: &Outcome) {
        let (height, time) = (block.header().height, block.header().time);
        let begin = outcome.event_size - u64::try_from(outcome.entries.len()).unwrap_or(u64::MAX);
        let events = outcome.entries.iter().map(|entry| Logged { height, time, entry: entry.clone() }).collect();
        let mut guard = self.log.write().await;
        let Some(log) = guard.take() else { epione_kernel::broken("an append to the event log was cancelled") };
        match log.append(begin, events).await {
            Ok(log) => {
                self.log_size.send_replace(log.size());
                *guard = Some(log);
            }
            Err(error) => epione_kernel::broken(&format!("final events cannot be made durable: {error}")),
        }
    }

    /// Tells everybody concerned that a block is final.
    fn announce(&self, block: &EngineBlock, outcome: &Outcome, now: UnixMs) {
        let header = block.header();
        let finals = block.block().txs.iter().zip(&outcome.txs).zip(0_u32..).map(|((signed, tx), index)| {
            let (id, codes) = (tx.id, tx.codes.clone());
            (signed, Final { id, height: header.height, index, time: header.time, codes })
        });
        let expired = self.pool.settle(finals, header.height, header.time);
        if !expired.is_empty() {
            debug!(count = expired.len(), "transactions expired before a block took them");
        }
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.retain(|_, (height, _)| *height > header.height);
        drop(outcomes);
        self.head.send_replace(Head { block: Some(block.clone()), next_due: outcome.next_due, seen_at: now });
    }
}

/// The engine's key as bytes.
fn key_bytes(key: &commonware_cryptography::ed25519::PublicKey) -> [u8; 32] {
    key.as_ref().try_into().unwrap_or_else(|_length| epione_kernel::broken("an Ed25519 key is 32 bytes"))
}

/// A failed store cannot be carried on with: the process ends and recovers at its next start.
fn stored<T>(result: Result<T, StateError>) -> T {
    result.unwrap_or_else(|error| epione_kernel::broken(&error.to_string()))
}

impl<E> Application<E> for App<E>
where
    E: Spawner + StorageContext + CryptoRng + Clock,
{
    type SigningScheme = Scheme;
    type Context = BlockContext;
    type Block = EngineBlock;
    type Databases = States<E>;
    type Captured = Arc<Outcome>;
    type Provider = ();
    type Input = Empty;

    async fn genesis(&mut self) -> EngineBlock {
        self.shared.genesis_block.clone()
    }

    async fn propose(
        &mut self,
        (context, block_context): (E, BlockContext),
        ancestry: impl Ancestry<EngineBlock>,
        batches: Batch<E>,
        input: Input<Empty, ()>,
    ) -> Option<Proposed<Self, E>> {
        let mut ancestry = Box::pin(ancestry);
        let parent = ancestry.next().await?;
        let proposed =
            self.shared.propose(now(&context), (&block_context, parent.inner()), batches, input.upstream).await;
        stored(proposed).map(|(block, merkleized)| Proposed { block, merkleized })
    }

    async fn process(
        &mut self,
        (mut context, _): (E, BlockContext),
        ancestry: impl Ancestry<EngineBlock>,
        batches: Batch<E>,
        finality: Finality,
    ) -> Option<Merkleized<E>> {
        let mut ancestry = Box::pin(ancestry);
        let block = ancestry.next().await?;
        let block = block.inner();
        let parent = match finality {
            Finality::Candidate => Some(ancestry.next().await?),
            Finality::Finalized => None,
        };
        let processed =
            self.shared.process(&mut context, block, parent.as_ref().map(|parent| parent.inner()), batches).await;
        match stored(processed) {
            Ok(merkleized) => {
                // A header ahead of this node's clock waits; it is not invalid.
                let (time, now) = (block.header().time.0, now(&context).0);
                if finality == Finality::Candidate && time > now.saturating_add(CLOCK_TOLERANCE_MS) {
                    context.sleep(Duration::from_millis(time - now - CLOCK_TOLERANCE_MS)).await;
                }
                Some(merkleized)
            }
            Err(invalid) => {
                let Header { height, proposer, .. } = block.header();
                warn!(height, %proposer, reason = %invalid, "refused an invalid block");
                None
            }
        }
    }

    async fn capture(
        &mut self,
        _context: (E, BlockContext),
        block: &EngineBlock,
        _batches: &Merkleized<E>,
        _readers: <States<E> as DatabaseSet<E>>::Readers,
    ) -> Arc<Outcome> {
        let Some(outcome) = self.shared.outcome(&block.digest()) else {
            epione_kernel::broken("a block became final that was not run")
        };
        self.shared.log(block, &outcome).await;
        outcome
    }

    async fn finalized(
        &mut self,
        (context, _): (E, BlockContext),
        block: &EngineBlock,
        outcome: Arc<Outcome>,
        _readers: <States<E> as DatabaseSet<E>>::Readers,
    ) {
        self.shared.announce(block, &outcome, now(&context));
    }

    fn sync_targets(block: &EngineBlock) -> <States<E> as DatabaseSet<E>>::SyncTargets {
        Target::new(Digest::from(block.header().ops_root.0), block.ops_range())
    }
}
