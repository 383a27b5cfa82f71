//! The ledger as the engine sees it: proposes blocks, verifies them, and takes note of what became final.

mod verify;

use crate::{
    EngineBlock, Eras, Final, Head, ReadRules, Rules, Voting,
    block::BlockContext,
    driver::{self, After, Runner},
    engine::{committees::Committees, epochs::Border},
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
    Block, Genesis, Header, List, PublicKey, SignedTx, UnixMs,
    limits::{BLOCK_BYTES_MAX, BLOCK_TXS_MAX},
};
use futures::StreamExt as _;
use rand_core::CryptoRng;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, UNIX_EPOCH},
};
use tokio::sync::watch;
use tracing::{debug, error, warn};

/// How far a block's time may lie ahead of this node's clock before the node waits with its vote.
const CLOCK_TOLERANCE_MS: u64 = 2_000;

/// What all clones of the application share.
pub(crate) struct Shared<E: StorageContext> {
    pub(crate) genesis: Genesis,
    /// The formats in which the chain has kept its state.
    pub(crate) eras: Eras,
    pub(crate) genesis_block: EngineBlock,
    pub(crate) modules: Modules,
    pub(crate) read_rules: ReadRules,
    /// Who votes in which epoch.
    pub(crate) committees: Committees,
    /// The epoch that the last final block began, once one did.
    pub(crate) border: watch::Sender<Option<Border>>,
    /// Whether this node votes.
    pub(crate) voting: watch::Sender<Voting>,
    /// The rules for the first block.
    pub(crate) founders: Arc<Rules>,
    pub(crate) pool: Arc<Mempool>,
    /// Outcomes of candidates that may become final, by block hash.
    pub(crate) outcomes: Mutex<HashMap<Digest, (u64, Arc<Ran>)>>,
    /// None while an append is under way.
    pub(crate) log: tokio::sync::RwLock<Option<EventLog<E>>>,
    pub(crate) log_size: watch::Sender<u64>,
    pub(crate) head: watch::Sender<Head>,
    /// The rules that follow from the last final block.
    pub(crate) rules: Mutex<Arc<Rules>>,
}

/// A block that was run.
#[derive(Debug)]
pub struct Ran {
    pub(crate) outcome: Outcome,
    /// The rules for the block that follows.
    pub(crate) rules: Arc<Rules>,
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
        let chain = self.genesis_block.header().chain;
        BlockInfo::of(&self.genesis, chain, (height, time), self.eras.before(height))
    }

    fn block(&self, info: BlockInfo) -> driver::Block<'_> {
        driver::Block { modules: self.modules, genesis: &self.genesis, info }
    }

    /// The rules for the block after `parent`.
    async fn rules(&self, batch: &Batch<E>, parent: &EngineBlock) -> Result<Arc<Rules>, StateError> {
        if parent.header().height == 0 {
            // Nothing is written before the first block; the genesis follows there.
            return Ok(Arc::clone(&self.founders));
        }
        if let Some(ran) = self.ran(&parent.digest()) {
            return Ok(Arc::clone(&ran.rules));
        }
        let read_rules = self.read_rules;
        let rules = driver::read::<E, _>(batch, |view| read_rules(view, parent.header().height)).await?;
        Ok(Arc::new(rules))
    }

    /// The rules that follow from the last final block.
    pub(crate) fn final_rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes note of the rules that follow from the last final block.
    pub(crate) fn set_final_rules(&self, rules: Arc<Rules>) {
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    /// A block that was run lately.
    pub(crate) fn ran(&self, hash: &Digest) -> Option<Arc<Ran>> {
        let outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.get(hash).map(|(_, ran)| Arc::clone(ran))
    }

    /// Takes back what is kept of a block that was run.
    pub(crate) fn forget(&self, hash: &Digest) -> Option<Arc<Ran>> {
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.remove(hash).map(|(_, ran)| ran)
    }

    /// Waits for ever if a final block has a format of the state that this release does not know: nothing more can be done
    /// here, but all that was final before can still be asked for.
    async fn wait_for_release(&self, header: &Header) {
        let Header { height, state_format, .. } = *header;
        if state_format != self.eras.format_at(height) {
            error!(
                height,
                state_format,
                "the members went on with a release that keeps the state in another format; this node follows no further: \
                 stop it, install that release and start it again"
            );
            std::future::pending::<()>().await;
        }
    }

    fn keep(&self, block: &EngineBlock, ran: Ran, now: UnixMs) {
        let height = block.header().height;
        self.pool.include(ran.outcome.txs.iter().map(|tx| &tx.id), height, now);
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.insert(block.digest(), (height, Arc::new(ran)));
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
        let rules = self.rules(&batch, parent).await?;
        if self.eras.end(&self.genesis, rules.halt_at).is_some_and(|last| parent_header.height >= last) {
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
        let after = runner.finish(self.read_rules).await?;
        let block = self.seal((context, parent), &rules, (time, txs), &after);
        self.keep(&block, after.ran, now);
        Ok(Some((block, after.merkleized)))
    }

    /// Puts header and transactions together.
    fn seal(
        &self,
        (context, parent): (&BlockContext, &EngineBlock),
        rules: &Rules,
        (time, txs): (UnixMs, Vec<SignedTx>),
        after: &After<E>,
    ) -> EngineBlock {
        let height = parent.header().height + 1;
        let (outcome, next) = (&after.ran.outcome, &after.ran.rules);
        let header = Header {
            version: Header::VERSION,
            state_format: self.eras.format_at(height),
            chain: parent.header().chain,
            epoch: context.round.epoch().get(),
            view: context.round.view().get(),
            parent_view: context.parent.0.get(),
            proposer: PublicKey::Ed25519(key_bytes(&context.leader)),
            height,
            time,
            parent: parent.hash(),
            committee_hash: rules.committee.hash(),
            next_committee_hash: self.genesis.ends_epoch(height).then(|| next.committee.hash()),
            tx_root: Block::tx_root(&txs),
            event_root: outcome.event_root,
            event_size: outcome.event_size,
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
    fn announce(&self, block: &EngineBlock, ran: &Ran, now: UnixMs) {
        let (header, outcome) = (block.header(), &ran.outcome);
        let finals = block.block().txs.iter().zip(&outcome.txs).zip(0_u32..).map(|((signed, tx), index)| {
            let (id, codes) = (tx.id, tx.codes.clone());
            (signed, Final { id, height: header.height, index, time: header.time, codes })
        });
        let expired = self.pool.settle(finals, header.height, header.time);
        if !expired.is_empty() {
            debug!(count = expired.len(), "transactions expired before a block took them");
        }
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        // This block's own is kept: the rules for the next one follow from it.
        outcomes.retain(|_, (height, _)| *height >= header.height);
        drop(outcomes);
        self.set_final_rules(Arc::clone(&ran.rules));
        if self.genesis.ends_epoch(header.height) {
            self.end_epoch(header.epoch.saturating_add(1), block, &ran.rules);
        }
        self.head.send_replace(Head { block: Some(block.clone()), next_due: outcome.next_due, seen_at: now });
    }
}

impl<E: StorageContext> Shared<E> {
    /// Has consensus go on in epoch `next`.
    fn end_epoch(&self, next: u64, block: &EngineBlock, rules: &Rules) {
        if let Err(error) = self.committees.seat(next, &rules.committee) {
            // INVARIANT: no key is registered that is not a point of the curve.
            epione_kernel::broken(&format!("the committee of epoch {next} is none: {error}"));
        }
        self.border.send_replace(Some(Border { epoch: next, last_block: block.digest() }));
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
    type Captured = Arc<Ran>;
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
        if finality == Finality::Finalized {
            self.shared.wait_for_release(block.header()).await;
        }
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
    ) -> Arc<Ran> {
        let Some(ran) = self.shared.ran(&block.digest()) else {
            epione_kernel::broken("a block became final that was not run")
        };
        self.shared.log(block, &ran.outcome).await;
        ran
    }

    async fn finalized(
        &mut self,
        (context, _): (E, BlockContext),
        block: &EngineBlock,
        ran: Arc<Ran>,
        _readers: <States<E> as DatabaseSet<E>>::Readers,
    ) {
        self.shared.announce(block, &ran, now(&context));
    }

    fn sync_targets(block: &EngineBlock) -> <States<E> as DatabaseSet<E>>::SyncTargets {
        Target::new(block.ops_root(), block.ops_range())
    }
}
