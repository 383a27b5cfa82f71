//! Runs the blocks on a state of the audit's own, and compares.

use crate::{
    EngineBlock, Era,
    app::Shared,
    audit::{
        AuditError, Audited, Step,
        kept::{Extent, Height, Kept},
        laws,
    },
    engine::{EngineConfig, PAGE_BYTES, Runtime, stores},
    passage::{fill, rows_of},
};
use commonware_consensus::CertifiableBlock as _;
use commonware_cryptography::Digestible as _;
use commonware_glue::stateful::db::DatabaseSet as _;
use commonware_parallel::Sequential;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::Context as StorageContext;
use epione_exec::Outcome;
use epione_kernel::MemoryState;
use epione_store::{Logged, States};
use epione_types::{Hash, Header};
use std::sync::mpsc::Receiver;

/// Blocks between two barriers of the audit's own state: it may be lost, but must not grow in memory.
const BARRIER_EVERY: u64 = 64;

/// Blocks at the end that may lack a certificate: so many the engine hands on before the first of them is known to be on
/// disk with its certificate. A node that was killed fetches the certificates again when it starts.
const UNCERTIFIED_MAX: u64 = 16;

/// Prefix of the names of the audit's own files.
const OWN: &str = "audit";

/// A chain as far as it has been run.
struct Replay<'a, E: Runtime + StorageContext> {
    context: E,
    engine: &'a EngineConfig,
    cache: CacheRef,
    shared: Shared<E>,
    states: States<E>,
    /// Passages into another format of the state so far.
    passages: usize,
    extent: Extent,
    parent: EngineBlock,
    /// The same state once more, as laws read it.
    memory: MemoryState,
    /// Height at which the laws are checked next: each time the chain has doubled, because a check reads the whole state.
    laws_at: u64,
    /// Height of the last block that is certified, itself or by a later one.
    certified_to: u64,
    /// Height of the block whose state the node keeps; none as long as it was not seen.
    state: Option<(u64, u64)>,
    audited: Audited,
}

/// Runs all blocks that come.
pub(super) async fn run<E: Runtime + StorageContext>(
    context: E,
    engine: &EngineConfig,
    kept: Receiver<Kept>,
    watch: &mut dyn FnMut(&Step<'_>) -> Result<(), String>,
) -> Result<Audited, AuditError> {
    let Ok(Kept::All(extent)) = kept.recv() else { return Err(AuditError::Empty) };
    let mut replay = Replay::new(context, engine, extent).await?;
    for next in kept {
        let Kept::Height(height) = next else { continue };
        let (position, events) = replay.take(*height).await?;
        let height = replay.parent.header().height;
        let step = Step { height, last: extent.last, position, events: &events };
        watch(&step).map_err(AuditError::Watcher)?;
    }
    replay.end()
}

impl<'a, E: Runtime + StorageContext> Replay<'a, E> {
    async fn new(context: E, engine: &'a EngineConfig, extent: Extent) -> Result<Self, AuditError> {
        let cache = CacheRef::new(PAGE_BYTES, engine.tuning.cache_pages);
        let parent = stores::genesis_block::<E>(engine)?;
        let shared = stores::shared(&context, OWN, engine, (parent.clone(), &None), &cache).await?;
        let config = stores::state_config((OWN, 0), &cache, &engine.tuning);
        let states = States::<E>::init(context.child("state"), config, None).await;
        let empty = Hash(states.read().await.root().0);
        Ok(Self {
            context,
            engine,
            cache,
            shared,
            states,
            passages: 0,
            extent,
            parent,
            memory: MemoryState::default(),
            laws_at: 1,
            certified_to: 0,
            state: (extent.state_root == empty).then_some((0, 0)),
            audited: Audited { logged: extent.logged, ..Audited::default() },
        })
    }

    /// Runs a block and compares all that is kept of it; position of its first event, and its events.
    async fn take(&mut self, kept: Height) -> Result<(u64, Vec<Logged>), AuditError> {
        let header = kept.block.header();
        let height = header.height;
        let batch = self.states.new_batches().await;
        let processed = self.shared.process(&mut self.context, &kept.block, Some(&self.parent), batch).await?;
        let merkleized = processed.map_err(|invalid| AuditError::Block { height, why: invalid.to_string() })?;
        self.check_certificate(&kept)?;
        let Some(ran) = self.shared.forget(&kept.block.digest()) else {
            epione_kernel::broken("a block was run and has no outcome")
        };
        if self.engine.genesis.ends_epoch(height) {
            self.shared.committees.seat(header.epoch.saturating_add(1), &ran.rules.committee)?;
        }
        let (position, outcome) = (self.audited.events, &ran.outcome);
        let events = self.check_events(&kept, outcome)?;

        self.states.apply(merkleized).await;
        if height.is_multiple_of(BARRIER_EVERY) && !self.states.finalize().await.durable().await {
            return Err(AuditError::Store("the scratch directory cannot be written".to_owned()));
        }
        self.memory.apply(&outcome.writes);
        if header.state_root == self.extent.state_root {
            self.state = Some((height, header.event_size));
        }
        if let Some(era) = self.engine.eras.after(height) {
            self.pass(era, header).await?;
        }
        self.audited.height = height;
        self.audited.txs += u64::try_from(kept.block.block().txs.len()).unwrap_or(u64::MAX);
        self.audited.events = header.event_size;
        self.parent = (*kept.block).clone();
        if height == self.laws_at {
            self.laws_at = height.saturating_mul(2);
            self.check_laws()?;
        }
        Ok((position, events))
    }

    /// Goes over into the next format of the state, as every node did.
    async fn pass(&mut self, era: &Era, last: &Header) -> Result<(), AuditError> {
        let height = last.height;
        let wrong = |why: &str| Err(AuditError::Passage { height, why: why.to_owned() });
        if era.upgrade.block != last.hash() || era.upgrade.old_root != last.state_root {
            return wrong("the block is another one");
        }
        let (rows, rows_root) = rows_of(&self.memory);
        if era.upgrade.rows_root != rows_root {
            return wrong("the rows are others than those that follow from the blocks");
        }
        self.passages += 1;
        let config = stores::state_config((OWN, self.passages), &self.cache, &self.engine.tuning);
        self.states = States::<E>::init(self.context.child("passed"), config, None).await;
        // How a format that is past began is a matter of the release that kept it.
        let is_present = era.upgrade.new_format == self.engine.eras.present();
        let began = fill(&self.states, &rows).await?;
        if is_present && began != (era.ops_root, era.ops_range) {
            return wrong("the node's state in the new format began otherwise");
        }
        if self.states.read().await.root().0 == self.extent.state_root.0 {
            self.state = Some((height, last.event_size));
        }
        Ok(())
    }

    /// A certificate must be one for just this block. A block may have none: then a later one must.
    fn check_certificate(&mut self, kept: &Height) -> Result<(), AuditError> {
        let height = kept.block.header().height;
        let Some(finalization) = &kept.finalization else { return Ok(()) };
        let (proposal, context) = (&finalization.proposal, kept.block.context());
        let as_proposed = proposal.round == context.round && proposal.parent == context.parent.0;
        // The last block of an epoch is proposed again until it is final.
        let again = self.engine.genesis.ends_epoch(height)
            && proposal.round.epoch() == context.round.epoch()
            && proposal.round.view() > context.round.view();
        let is_of_block = proposal.payload == kept.block.digest() && (as_proposed || again);
        let scheme = self.shared.committees.of(context.round.epoch().get());
        let is_signed = |context| scheme.is_some_and(|scheme| finalization.verify(context, &*scheme, &Sequential));
        if !is_of_block || !is_signed(&mut self.context) {
            return Err(AuditError::Certificate(height));
        }
        self.certified_to = height;
        self.audited.certified += 1;
        Ok(())
    }

    /// The events that follow from the block; those in the log must be the same.
    fn check_events(&self, kept: &Height, outcome: &Outcome) -> Result<Vec<Logged>, AuditError> {
        let (height, time) = (kept.block.header().height, kept.block.header().time);
        let events: Vec<Logged> =
            outcome.entries.iter().map(|entry| Logged { height, time, entry: entry.clone() }).collect();
        let differs = (self.audited.events..).zip(events.iter().zip(&kept.events)).find(|(_, (own, kept))| own != kept);
        match differs {
            Some((position, _)) => Err(AuditError::Event { height, position }),
            None => Ok(events),
        }
    }

    fn check_laws(&self) -> Result<(), AuditError> {
        let height = self.audited.height;
        for law in laws(self.engine) {
            (law.holds)(&self.memory).map_err(|why| AuditError::Law { height, law: law.id, why })?;
        }
        Ok(())
    }

    /// What can be said only when all blocks were run.
    fn end(mut self) -> Result<Audited, AuditError> {
        self.audited.certified_to = self.certified_to;
        if self.audited.height - self.certified_to > UNCERTIFIED_MAX {
            return Err(AuditError::Uncertified(self.certified_to));
        }
        let (state_height, state_events) = match (self.state, self.extent.gap) {
            (Some(state), _) => state,
            (None, Some(gap)) => return Err(AuditError::Missing(gap)),
            (None, None) => return Err(AuditError::State(self.extent.state_root)),
        };
        let found = self.extent.logged;
        if found > self.audited.events {
            let why = format!("only {} follow from the blocks", self.audited.events);
            return Err(AuditError::Log { found, why });
        }
        if found < state_events {
            let why = format!("the state that the node keeps, of block {state_height}, contains {state_events}");
            return Err(AuditError::Log { found, why });
        }
        self.check_laws()?;
        self.audited.state_height = state_height;
        self.audited.laws = laws(self.engine).map(|law| law.id).collect();
        Ok(self.audited)
    }
}
