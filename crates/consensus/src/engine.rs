//! Wires the engine: block store, broadcast, authenticated state, consensus, gossip.
//!
//! Generic over runtime and network, so that the simulator runs the very same code; see [`crate::run`] for the real ones.

pub use crate::app::App;

use crate::{
    EngineBlock, Head, LedgerOn, MempoolLimits, ReadRules,
    app::Shared,
    block::engine_key,
    gossip::{self, Gossip},
    idle::{Idle, Pace},
    mempool::Mempool,
};
use commonware_broadcast::buffered;
use commonware_codec::FixedSize as _;
use commonware_consensus::{
    Reporter,
    marshal::{
        self, Update,
        core::Actor as MarshalActor,
        resolver::p2p as marshal_resolver,
        standard::{Deferred, Standard},
    },
    simplex::{
        self, SkipBudget,
        config::{Floor, ForwardPolicy, SkipPolicy},
        elector::RoundRobin,
        scheme::ed25519::Scheme,
    },
    types::{Epoch, FixedEpocher, ViewDelta},
};
use commonware_cryptography::{
    Digested, Digestible as _, Sha256,
    certificate::{ConstantProvider, Verifier as _},
    ed25519,
    sha256::Digest,
};
use commonware_glue::stateful::{
    Config as StatefulConfig, Mailbox as StatefulMailbox, Stateful, SyncPlan,
    db::{DatabaseSet, SyncEngineConfig, p2p as state_resolver},
};
use commonware_p2p::{Blocker, Provider, Receiver, Sender, max_message_size};
use commonware_parallel::Sequential;
use commonware_runtime::{Clock, Handle, Metrics, Spawner, Storage, Supervisor, buffer::paged::CacheRef};
use commonware_storage::{
    archive::immutable,
    journal::contiguous::fixed::Config as FixedLogConfig,
    mmr::{self, full::Config as MmrJournalConfig},
    qmdb::{any::ordered::fixed::Operation, current::FixedConfig},
    translator::EightCap,
};
use commonware_utils::{NZDuration, NZU16, NZU64, NZUsize, ordered::Set};
use epione_exec::Modules;
use epione_store::{Db, EventLog, LogConfig, Slot, States};
use epione_types::{Block, Committee, DurationMs, Genesis, Hash, Header, OpsRange, PublicKey, UnixMs, domain};
use rand_core::CryptoRng;
use std::{
    collections::HashMap,
    num::{NonZeroU16, NonZeroU64, NonZeroUsize},
    sync::{Arc, Mutex, atomic::AtomicU64},
    time::Duration,
};
use tokio::sync::{mpsc, watch};

/// Channels that the network must offer, in order: votes, certificates, certificate requests, block requests, block
/// broadcast, state sync, transactions.
pub const CHANNELS: u64 = 7;

const PAGE_BYTES: NonZeroU16 = NZU16!(4096);
const SYNC_BATCH: NonZeroU64 = NZU64!(512);
const MAILBOX: NonZeroUsize = NZUsize!(1024);
/// How many turns may be given away in a row before the ordinary timeouts apply: more than an idle minute takes.
const SKIP_BUDGET: NonZeroU64 = NZU64!(128);

/// What the engine asks of a runtime.
pub trait Runtime: Clock + CryptoRng + Spawner + Storage + Metrics + Supervisor + Sync {}
impl<T: Clock + CryptoRng + Spawner + Storage + Metrics + Supervisor + Sync> Runtime for T {}

/// What the engine needs besides runtime and network.
#[derive(Clone, Debug)]
pub struct Config {
    /// The genesis of the chain.
    pub genesis: Genesis,
    /// The modules, in order of execution.
    pub modules: Modules,
    /// Reads the consortium's parameters from the state.
    pub read_rules: ReadRules,
    /// The validators.
    pub committee: Committee,
    /// This node's vote key as the engine knows it; none for an observer.
    pub vote_key: Option<ed25519::PrivateKey>,
    /// This node's key on the network between nodes.
    pub peer_key: ed25519::PublicKey,
    /// How much the mempool holds.
    pub mempool: MempoolLimits,
    /// Timing and memory.
    pub tuning: Tuning,
}

/// Timing and memory of a node; none of it is part of consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// How long a leader holds its turn while there is nothing to propose; below `leader_timeout`.
    pub hold: Duration,
    /// How long the others wait for a leader's proposal.
    pub leader_timeout: Duration,
    /// Least time between two blocks.
    pub block_interval: Duration,
    /// Pages of 4 KiB that are cached in memory.
    pub cache_pages: NonZeroUsize,
    /// Bytes buffered per file before they are written.
    pub write_buffer: NonZeroUsize,
    /// Buckets of the block store's hash table; fixed for the life of a data directory.
    pub archive_buckets: u32,
}

impl Tuning {
    /// For a node on a real network.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            hold: Duration::from_millis(1_300),
            leader_timeout: Duration::from_millis(1_500),
            block_interval: Duration::from_millis(10),
            cache_pages: NZUsize!(4096),
            write_buffer: NZUsize!(1 << 17),
            archive_buckets: 1 << 16,
        }
    }
}

/// The engine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The committee names a key that is not a point of the curve.
    #[error("vote key {0} of the committee is not an Ed25519 key")]
    Committee(PublicKey),
    /// The committee names a key twice, or none.
    #[error("the committee is empty or names a vote key twice")]
    Duplicate,
    /// This node has a vote key that is not in the committee.
    #[error("this node's vote key is not in the committee")]
    NotInCommittee,
    /// The event log cannot be opened.
    #[error(transparent)]
    Log(#[from] epione_store::LogError),
}

/// Largest message between nodes, in bytes.
///
/// # Errors
/// [`StartError::Duplicate`] if the committee is larger than the network can count.
pub fn message_bytes_max(committee: usize) -> u32 {
    let validators = u32::try_from(committee).unwrap_or(u32::MAX);
    let engine = max_message_size(&[
        simplex::max_payload_size::<Scheme, Digest>(validators),
        marshal::max_payload_size::<Standard<EngineBlock>, Scheme>(validators, &()),
        state_resolver::max_payload_size::<mmr::Family, Digest>(
            SYNC_BATCH,
            Operation::<mmr::Family, Digest, Slot>::SIZE,
        ),
    ]);
    engine.max(u32::try_from(gossip::MESSAGE_BYTES_MAX).unwrap_or(u32::MAX))
}

/// A started engine.
pub struct Started<E: Runtime + commonware_storage::Context> {
    /// The handle for the rest of the node.
    pub ledger: LedgerOn<E>,
    /// Ends when the engine stops; none for an observer.
    pub engine: Option<Handle<()>>,
}

impl<E: Runtime + commonware_storage::Context> std::fmt::Debug for Started<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Started").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}

/// The network between nodes, as the engine uses it.
pub struct Network<P, B, S, R> {
    /// Tells who the peers are.
    pub peers: P,
    /// Blocks peers that misbehave.
    pub blocker: B,
    /// The [`CHANNELS`] in order.
    pub channels: Vec<(S, R)>,
}

impl<P, B, S, R> std::fmt::Debug for Network<P, B, S, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").field("channels", &self.channels.len()).finish_non_exhaustive()
    }
}

/// The scheme of a committee, and the namespace under which a chain's validators sign.
pub(crate) fn scheme(config: &Config) -> Result<Scheme, StartError> {
    let mut keys = Vec::with_capacity(config.committee.keys.len());
    for key in config.committee.keys.iter() {
        keys.push(engine_key(key).ok_or(StartError::Committee(*key))?);
    }
    let keys: Set<ed25519::PublicKey> = keys.try_into().map_err(|_duplicate| StartError::Duplicate)?;
    let namespace = [domain::CONSENSUS, &config.genesis.chain().0].concat();
    match &config.vote_key {
        Some(key) => Scheme::signer(&namespace, keys, key.clone()).ok_or(StartError::NotInCommittee),
        None => Ok(Scheme::verifier(&namespace, keys)),
    }
}

/// The block of height 0: it carries the chain's identifier and the empty state.
fn genesis_block<E: Runtime + commonware_storage::Context>(config: &Config) -> Result<EngineBlock, StartError> {
    let targets = <States<E> as DatabaseSet<E>>::initial_sync_targets();
    let proposer = config.committee.keys.first().copied().ok_or(StartError::Duplicate)?;
    let header = Header {
        version: Header::VERSION,
        state_format: config.genesis.state_format,
        chain: config.genesis.chain(),
        epoch: 0,
        view: 0,
        parent_view: 0,
        proposer,
        height: 0,
        time: config.genesis.time,
        parent: Hash::default(),
        committee_hash: config.committee.hash(),
        next_committee_hash: None,
        tx_root: Block::tx_root(&[]),
        event_root: Hash::sha256(&[]),
        event_size: 0,
        state_root: Hash::default(),
        ops_root: Hash(targets.root.0),
        ops_range: OpsRange { start: *targets.range.start(), end: *targets.range.end() },
    };
    let block = Block { header, txs: epione_types::List::default() };
    EngineBlock::new(block).map_err(|_proposer| StartError::Committee(proposer))
}

fn archive<C>(name: &str, cache: &CacheRef, tuning: &Tuning, codec: C) -> immutable::Config<C> {
    immutable::Config {
        metadata_partition: format!("{name}-metadata"),
        freezer_table_partition: format!("{name}-table"),
        freezer_table_initial_size: tuning.archive_buckets,
        freezer_table_resize_frequency: 4,
        freezer_table_resize_chunk_size: 16_384,
        freezer_key_partition: format!("{name}-keys"),
        freezer_key_page_cache: cache.clone(),
        freezer_value_partition: format!("{name}-values"),
        freezer_value_target_size: 1 << 30,
        freezer_value_compression: None,
        ordinal_partition: format!("{name}-ordinal"),
        items_per_section: NZU64!(1 << 16),
        codec_config: codec,
        replay_buffer: tuning.write_buffer,
        freezer_key_write_buffer: tuning.write_buffer,
        freezer_value_write_buffer: tuning.write_buffer,
        ordinal_write_buffer: tuning.write_buffer,
    }
}

fn state_config(partition: &str, cache: &CacheRef, tuning: &Tuning) -> FixedConfig<EightCap, Sequential> {
    FixedConfig {
        merkle_config: MmrJournalConfig {
            // The journal keeps metadata of its own under its name with `-metadata`: the two must not meet.
            journal_partition: format!("{partition}-state-mmr-journal"),
            metadata_partition: format!("{partition}-state-mmr-metadata"),
            items_per_blob: NZU64!(1 << 18),
            write_buffer: tuning.write_buffer,
            replay_buffer: tuning.write_buffer,
            strategy: Sequential,
            page_cache: cache.clone(),
        },
        journal_config: FixedLogConfig {
            partition: format!("{partition}-state-log"),
            items_per_blob: NZU64!(1 << 18),
            page_cache: cache.clone(),
            write_buffer: tuning.write_buffer,
            replay_buffer: tuning.write_buffer,
        },
        grafted_metadata_partition: format!("{partition}-state-grafted"),
        translator: EightCap,
        init_cache: Some(NZUsize!(1 << 16)),
        init_buffer: tuning.write_buffer,
        init_concurrency: (),
    }
}

/// The channels by their use.
///
/// # Panics
/// If the network offers another number of channels.
fn channels<T>(channels: Vec<T>) -> [T; 7] {
    channels.try_into().unwrap_or_else(|_other: Vec<T>| epione_kernel::broken("the network offers other channels"))
}

/// Epochs of the chain. One epoch without an end for now; committees change at borders once they can (ADR 0006).
fn epochs() -> FixedEpocher {
    FixedEpocher::new(NZU64!(u64::MAX))
}

fn pace(tuning: &Tuning) -> Pace {
    let interval = DurationMs(u64::try_from(tuning.block_interval.as_millis()).unwrap_or(u64::MAX));
    Pace { hold: tuning.hold, interval }
}

type Archives<E> = (
    immutable::Archive<E, Digest, simplex::types::Finalization<Scheme, Digest>>,
    immutable::Archive<E, Digest, Arc<EngineBlock>>,
);

/// Opens the stores of finalizations and blocks.
///
/// # Panics
/// If they cannot be opened: the engine's stores are not optional.
async fn archives<E: Runtime + commonware_storage::Context>(
    context: &E,
    partition: &str,
    cache: &CacheRef,
    tuning: &Tuning,
) -> Archives<E> {
    let codec = Scheme::certificate_codec_config_unbounded();
    let config = archive(&format!("{partition}-finalizations"), cache, tuning, codec);
    let finalizations = immutable::Archive::init(context.child("finalizations"), config).await;
    let config = archive(&format!("{partition}-blocks"), cache, tuning, ());
    let blocks = immutable::Archive::init(context.child("blocks"), config).await;
    match (finalizations, blocks) {
        (Ok(finalizations), Ok(blocks)) => (finalizations, blocks),
        (Err(error), _) | (_, Err(error)) => {
            epione_kernel::broken(&format!("the block store cannot be opened: {error}"))
        }
    }
}

async fn shared<E: Runtime + commonware_storage::Context>(
    context: &E,
    partition: &str,
    config: &Config,
    genesis_block: EngineBlock,
    cache: &CacheRef,
) -> Result<Shared<E>, StartError> {
    let log = LogConfig {
        partition: format!("{partition}-events"),
        events_per_file: NZU64!(1 << 16),
        page_cache: cache.clone(),
        buffer: config.tuning.write_buffer,
    };
    let log = EventLog::open(context.child("events"), log).await?;
    let candidate_ms = u64::try_from((config.tuning.leader_timeout * 2).as_millis()).unwrap_or(u64::MAX);
    Ok(Shared {
        genesis: config.genesis.clone(),
        genesis_block,
        modules: config.modules,
        read_rules: config.read_rules,
        committee_hash: config.committee.hash(),
        pool: Arc::new(Mempool::new(config.mempool, candidate_ms)),
        outcomes: Mutex::new(HashMap::new()),
        log_size: watch::Sender::new(log.size()),
        log: tokio::sync::Mutex::new(Some(log)),
        head: watch::Sender::new(Head { block: None, next_due: None, seen_at: UnixMs(0) }),
        heartbeat_ms: AtomicU64::new(60_000),
    })
}

/// Starts the engine.
///
/// `partition` is the prefix of all its files; `report` may wrap the receiver of final blocks, as the simulator does.
///
/// # Errors
/// [`StartError`].
pub async fn start<E, P, B, S, R, W>(
    context: E,
    partition: &str,
    config: Config,
    network: Network<P, B, S, R>,
    report: impl FnOnce(StatefulMailbox<E, App<E>>) -> W,
) -> Result<Started<E>, StartError>
where
    E: Runtime + commonware_storage::Context,
    P: Provider<PublicKey = ed25519::PublicKey>,
    B: Blocker<PublicKey = ed25519::PublicKey>,
    S: Sender<PublicKey = ed25519::PublicKey>,
    R: Receiver<PublicKey = ed25519::PublicKey>,
    W: Reporter<Activity = Update<EngineBlock>>,
{
    let tuning = config.tuning;
    let cache = CacheRef::new(PAGE_BYTES, tuning.cache_pages);
    let scheme = scheme(&config)?;
    let genesis = genesis_block::<E>(&config)?;
    let provider = ConstantProvider::new(scheme.clone());
    let [votes, certificates, requests, backfill, broadcast, state_sync, transactions] = channels(network.channels);

    let resolver = marshal_resolver::init(
        context.child("block_requests"),
        marshal_resolver::Config {
            public_key: config.peer_key.clone(),
            peer_provider: network.peers.clone(),
            blocker: network.blocker.clone(),
            mailbox_size: MAILBOX,
            fetch_timeout: NZDuration!(Duration::from_secs(2)),
            fetch_retry_delay: Duration::from_millis(100),
            priority_requests: false,
            priority_responses: false,
        },
        backfill,
    );
    let (broadcast_engine, buffer) = buffered::Engine::new(
        context.child("broadcast"),
        buffered::Config {
            public_key: config.peer_key.clone(),
            mailbox_size: MAILBOX,
            deque_size: 10,
            priority: true,
            codec_config: (),
            peer_provider: network.peers.clone(),
            strategy: Sequential,
        },
    );
    broadcast_engine.start(broadcast);

    let (finalizations, blocks) = archives(&context, partition, &cache, &tuning).await;
    let plan = SyncPlan::init(context.child("sync_plan"), partition.to_owned()).await;
    let genesis_hash = genesis.digest();
    let (marshal_actor, marshal_mailbox, floor) = MarshalActor::<_, Standard<EngineBlock>, _, _, _, _, _>::init(
        context.child("marshal"),
        finalizations,
        blocks,
        marshal::Config {
            provider,
            epocher: epochs(),
            start: plan.marshal_start(Digested::precomputed(genesis.clone(), genesis_hash)),
            partition_prefix: partition.to_owned(),
            mailbox_size: MAILBOX,
            view_retention: ViewDelta::new(256),
            prunable_items_per_section: NZU64!(4096),
            page_cache: cache.clone(),
            replay_buffer: tuning.write_buffer,
            key_write_buffer: tuning.write_buffer,
            value_write_buffer: tuning.write_buffer,
            block_codec_config: (),
            max_repair: NZUsize!(20),
            max_pending_acks: NZUsize!(16),
            strategy: Sequential,
        },
    )
    .await;
    let (state_actor, state_source) = state_resolver::Actor::<_, ed25519::PublicKey, _, _, mmr::Family, Db<E>>::new(
        context.child("state_requests"),
        state_resolver::Config {
            peer_provider: network.peers,
            blocker: network.blocker.clone(),
            database: None,
            mailbox_size: NZUsize!(128),
            me: Some(config.peer_key.clone()),
            fetch_timeout: NZDuration!(Duration::from_secs(2)),
            fetch_retry_delay: Duration::from_millis(100),
            max_serve_ops: SYNC_BATCH,
            priority_requests: false,
            priority_responses: false,
        },
    );
    state_actor.start(state_sync);

    let shared = Arc::new(shared(&context, partition, &config, genesis, &cache).await?);
    let (stateful_actor, stateful) = Stateful::new(
        context.child("state"),
        StatefulConfig {
            application: App { shared: Arc::clone(&shared) },
            db_config: state_config(partition, &cache, &tuning),
            provider: (),
            marshal: (marshal_mailbox.clone(), floor),
            mailbox_size: MAILBOX,
            plan,
            resolvers: state_source,
            sync_config: SyncEngineConfig {
                fetch_batch_size: SYNC_BATCH,
                apply_batch_size: NZU64!(4096),
                max_outstanding_requests: NZUsize!(8),
            },
            prune_config: None,
            strategy: Sequential,
        },
    );
    let deferred = Deferred::new(
        context.child("deferred"),
        Idle { inner: stateful.clone(), shared: Arc::clone(&shared), pace: pace(&tuning) },
        marshal_mailbox.clone(),
        epochs(),
    );
    marshal_actor.start(report(stateful.clone()), buffer, resolver);
    stateful_actor.start();

    let engine = config.vote_key.is_some().then(|| {
        let engine = simplex::Engine::new(
            context.child("simplex"),
            simplex::Config {
                scheme,
                elector: RoundRobin::<Sha256>::default(),
                blocker: network.blocker,
                automaton: deferred.clone(),
                relay: deferred.clone(),
                reporter: deferred,
                strategy: Sequential,
                partition: format!("{partition}-votes-0"),
                mailbox_size: MAILBOX,
                epoch: Epoch::zero(),
                floor: Floor::Genesis(genesis_hash),
                replay_buffer: tuning.write_buffer,
                write_buffer: tuning.write_buffer,
                page_cache: cache,
                leader_timeout: tuning.leader_timeout,
                certification_timeout: tuning.leader_timeout * 2,
                timeout_retry: Duration::from_secs(2),
                view_retention: ViewDelta::new(256),
                skip: SkipPolicy::Enabled {
                    timeout: tuning.leader_timeout * 5,
                    budget: SkipBudget::Fixed(SKIP_BUDGET),
                },
                fetch_timeout: NZDuration!(Duration::from_secs(2)),
                fetch_retry_delay: Duration::from_secs(1),
                forward: ForwardPolicy::Disabled,
                track_historical_votes: false,
            },
        );
        engine.start(votes, certificates, requests)
    });

    let (accepted, queue) = mpsc::unbounded_channel();
    let (sender, receiver) = transactions;
    let gossip = context.child("gossip");
    let task = Gossip {
        context: context.child("gossip_clock"),
        shared: Arc::clone(&shared),
        sender,
        receiver,
        accepted: queue,
    };
    gossip.spawn(|_| task.run());
    let ledger = LedgerOn {
        rng: Arc::new(Mutex::new(context.child("verify"))),
        context: Arc::new(context.child("ledger")),
        shared,
        accepted,
        marshal: marshal_mailbox,
        stateful,
    };
    Ok(Started { ledger, engine })
}
