//! Wires the engine: block store, broadcast, authenticated state, consensus, gossip.
//!
//! Generic over runtime and network, so that the simulator runs the very same code; see [`crate::run`] for the real ones.

mod config;

pub(crate) mod committees;

pub(crate) mod epochs;

pub(crate) mod oath;

mod parts;

pub(crate) mod recall;

pub(crate) mod stores;

mod vote;

pub use crate::app::App;
pub use config::{Config, EngineConfig, StartError, Tuning};

use crate::{
    BlockContext, EngineBlock, Eras, LedgerOn,
    app::Shared,
    engine::{
        committees::Committees,
        epochs::Epochs,
        oath::{Oath, Stand},
        parts::{broadcast_config, marshal_config, requests_config, state_config},
        recall::{Answer, Memory, Recall, Tap},
    },
    gossip::{self, Offered, Offers},
    idle::{Idle, Pace},
    ledger::Databases,
};
use commonware_broadcast::buffered;
use commonware_codec::FixedSize as _;
use commonware_consensus::{
    CertifiableAutomaton, Relay, Reporter,
    marshal::{
        self, Update,
        core::{Actor as MarshalActor, Mailbox as MarshalMailbox},
        resolver::p2p as marshal_resolver,
        standard::{Deferred, Standard},
    },
    simplex::{self, Plan, scheme::ed25519::Scheme, types::Activity},
    types::FixedEpocher,
};
use commonware_cryptography::{Digested, Digestible as _, Signer as _, ed25519, sha256::Digest};
use commonware_glue::stateful::{
    Config as StatefulConfig, Mailbox as StatefulMailbox, Stateful, SyncPlan,
    db::{SyncEngineConfig, p2p as state_resolver},
};
use commonware_p2p::{Blocker, Provider, Receiver, Sender, max_message_size, utils::mux};
use commonware_parallel::Sequential;
use commonware_runtime::{Clock, Handle, Metrics, Spawner, Storage, Supervisor, buffer::paged::CacheRef};
use commonware_storage::{Context as StorageContext, mmr, qmdb::any::ordered::fixed::Operation};
use commonware_utils::{NZU16, NZU64, NZUsize};
use epione_store::{Db, Slot};
use epione_types::{DurationMs, limits::COMMITTEE_MAX};
use futures::future::FutureExt as _;
use rand_core::CryptoRng;
use std::{
    num::{NonZeroU16, NonZeroU64, NonZeroUsize},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::mpsc;

/// Channels that the network must offer, in order: votes, certificates, certificate requests, block requests, block
/// broadcast, state sync, transactions, questions about votes.
pub const CHANNELS: u64 = 8;

/// The channel of transactions.
pub(crate) const TRANSACTIONS: u64 = 6;

pub(crate) const PAGE_BYTES: NonZeroU16 = NZU16!(4096);
const SYNC_BATCH: NonZeroU64 = NZU64!(512);
const SYNC: SyncEngineConfig = SyncEngineConfig {
    fetch_batch_size: SYNC_BATCH,
    apply_batch_size: NZU64!(4096),
    max_outstanding_requests: NZUsize!(8),
};
const MAILBOX: NonZeroUsize = NZUsize!(1024);
/// How often the mempool is cleared of what can never stand in a block again.
const DISCARD_EVERY: Duration = Duration::from_secs(1);
const FETCH_TIMEOUT: Duration = Duration::from_secs(2);
const FETCH_AGAIN: Duration = Duration::from_millis(100);

/// What the engine asks of a runtime.
pub trait Runtime: Clock + CryptoRng + Spawner + Storage + Metrics + Supervisor + Sync {}
impl<T: Clock + CryptoRng + Spawner + Storage + Metrics + Supervisor + Sync> Runtime for T {}

/// Largest message between nodes, in bytes: enough for the largest committee there may ever be.
#[must_use]
pub fn message_bytes_max(eras: &Eras) -> u32 {
    let validators = u32::try_from(COMMITTEE_MAX).unwrap_or(u32::MAX);
    let engine = max_message_size(&[
        mux::prefixed(simplex::max_payload_size::<Scheme, Digest>(validators)),
        marshal::max_payload_size::<Standard<EngineBlock>, Scheme>(validators, eras),
        state_resolver::max_payload_size::<mmr::Family, Digest>(
            SYNC_BATCH,
            Operation::<mmr::Family, Digest, Slot>::SIZE,
        ),
    ]);
    engine.max(u32::try_from(gossip::MESSAGE_BYTES_MAX).unwrap_or(u32::MAX))
}

/// A started engine.
pub struct Started<E: Runtime + StorageContext> {
    /// The handle for the rest of the node.
    pub ledger: LedgerOn<E>,
    /// Ends when the engine stops.
    pub engine: Handle<()>,
}

impl<E: Runtime + StorageContext> std::fmt::Debug for Started<E> {
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

/// The channels by their use.
///
/// # Panics
/// If the network offers another number of channels.
fn channels<T>(channels: Vec<T>) -> [T; 8] {
    channels.try_into().unwrap_or_else(|_other: Vec<T>| epione_kernel::broken("the network offers other channels"))
}

/// The epochs of the chain.
fn epochs_of(config: &EngineConfig) -> FixedEpocher {
    FixedEpocher::new(NonZeroU64::new(config.genesis.epoch_blocks).unwrap_or(NonZeroU64::MAX))
}

fn pace(tuning: &Tuning) -> Pace {
    let interval = DurationMs(u64::try_from(tuning.block_interval.as_millis()).unwrap_or(u64::MAX));
    Pace { hold: tuning.hold, interval }
}

/// What keeps final blocks and delivers them in order.
type Marshal<E> = MarshalActor<
    E,
    Standard<EngineBlock>,
    Committees,
    stores::Finalizations<E>,
    stores::Blocks<E>,
    FixedEpocher,
    Sequential,
>;

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
    E: Runtime + StorageContext,
    P: Provider<PublicKey = ed25519::PublicKey>,
    B: Blocker<PublicKey = ed25519::PublicKey>,
    S: Sender<PublicKey = ed25519::PublicKey>,
    R: Receiver<PublicKey = ed25519::PublicKey>,
    W: Reporter<Activity = Update<EngineBlock>>,
{
    let tuning = config.engine.tuning;
    let cache = CacheRef::new(PAGE_BYTES, tuning.cache_pages);
    let genesis = stores::genesis_block::<E>(&config.engine)?;
    let shared =
        stores::shared(&context, partition, &config.engine, (genesis.clone(), &config.vote_key), &cache).await?;
    let shared = Arc::new(shared);
    let Network { peers, blocker, channels } = network;
    let [votes, certificates, requests, backfill, broadcast, state_sync, transactions, questions] =
        self::channels(channels);

    let requested = requests_config(&config, peers.clone(), blocker.clone());
    let resolver = marshal_resolver::init(context.child("block_requests"), requested, backfill);
    let spread = broadcast_config(&config, peers.clone());
    let (broadcast_engine, buffer) = buffered::Engine::new(context.child("broadcast"), spread);
    broadcast_engine.start(broadcast);

    let (finalizations, blocks) = stores::archives(&context, partition, &config.engine, &cache).await?;
    let plan = SyncPlan::init(context.child("sync_plan"), partition.to_owned()).await;
    let begin = plan.marshal_start(Digested::precomputed(genesis.clone(), genesis.digest()));
    let delivery = marshal_config((partition, &config.engine), shared.committees.clone(), begin, &cache);
    let marshal_context = context.child("marshal");
    let (marshal_actor, marshal, floor) = Marshal::init(marshal_context, finalizations, blocks, delivery).await;
    let served = state_config(&config, peers, blocker.clone());
    let (state_actor, states) = state_resolver::Actor::<_, ed25519::PublicKey, _, _, mmr::Family, Db<E>>::new(
        context.child("state_requests"),
        served,
    );
    state_actor.start(state_sync);

    let (stateful_actor, stateful) = Stateful::new(
        context.child("state"),
        StatefulConfig {
            application: App { shared: Arc::clone(&shared) },
            db_config: stores::state_config((partition, config.engine.eras.past().len()), &cache, &tuning),
            provider: (),
            marshal: (marshal.clone(), floor),
            mailbox_size: MAILBOX,
            plan,
            resolvers: states,
            sync_config: SYNC,
            prune_config: None,
            strategy: Sequential,
        },
    );
    let idle = Idle { inner: stateful.clone(), shared: Arc::clone(&shared), pace: pace(&tuning) };
    let deferred = Deferred::new(context.child("deferred"), idle, marshal.clone(), epochs_of(&config.engine));
    let subscriber = stateful.clone();
    let databases = async move { subscriber.subscribe_databases().await }.boxed().shared();
    // The first thing that the engine is asked.
    let _opened_later = databases.clone().now_or_never();
    marshal_actor.start(report(stateful), buffer, resolver);
    stateful_actor.start();

    let ledger = ledger(&context, shared, (marshal, databases), transactions, blocker.clone());
    let channels = [votes, certificates, requests, questions];
    let parts = (ledger.clone(), deferred);
    let engine = consensus(&context, (partition, &config), parts, channels, (blocker, cache));
    Ok(Started { ledger, engine })
}

/// Starts consensus, epoch after epoch. A node that does not vote runs it, too: so it learns what the others certify.
fn consensus<E, A, S, R, B>(
    context: &E,
    (partition, config): (&str, &Config),
    (ledger, application): (LedgerOn<E>, A),
    [votes, certificates, requests, questions]: [(S, R); 4],
    (blocker, cache): (B, CacheRef),
) -> Handle<()>
where
    E: Runtime + StorageContext,
    A: CertifiableAutomaton<Context = BlockContext, Digest = Digest>
        + Relay<Digest = Digest, PublicKey = ed25519::PublicKey, Plan = Plan<ed25519::PublicKey>>
        + Reporter<Activity = Activity<Scheme, Digest>>,
    S: Sender<PublicKey = ed25519::PublicKey>,
    R: Receiver<PublicKey = ed25519::PublicKey>,
    B: Blocker<PublicKey = ed25519::PublicKey>,
{
    let (memory, (asking, answers)) = recall(context, questions, blocker.clone());
    let (vote_sender, vote_receiver) = votes;
    let votes = (vote_sender, Tap { inner: vote_receiver, memory: memory.clone() });
    let oath = Oath {
        context: context.child("oath"),
        key: config.vote_key.as_ref().map(|key| key.public_key()),
        namespace: committees::namespace(&ledger.chain()),
        stand: if config.trusts_log { Stand::Trusts } else { Stand::ToAsk },
        memory,
        partition: partition.to_owned(),
        cache,
        tuning: config.engine.tuning,
    };
    let epochs = Epochs {
        context: context.child("epochs"),
        ledger,
        read_tenures: config.engine.read_tenures,
        oath,
        asking,
        answers,
        application,
        votes: Some(votes),
        certificates: Some(certificates),
        requests: Some(requests),
        blocker,
    };
    context.child("consensus").spawn(|_| epochs.run())
}

/// Starts what answers others about their votes; the memory it answers from, how to ask them, and what they answer.
fn recall<E, S, R, B>(
    context: &E,
    (sender, receiver): (S, R),
    blocker: B,
) -> (Memory, (S, mpsc::UnboundedReceiver<Answer>))
where
    E: Runtime,
    S: Sender<PublicKey = ed25519::PublicKey>,
    R: Receiver<PublicKey = ed25519::PublicKey>,
    B: Blocker<PublicKey = ed25519::PublicKey>,
{
    let memory = Memory::default();
    let (answers, answered) = mpsc::unbounded_channel();
    let recall = Recall { memory: memory.clone(), sender: sender.clone(), receiver, blocker, answers };
    context.child("recall").spawn(|_| recall.run());
    (memory, (sender, answered))
}

/// Makes the handle for the rest of the node, and starts what keeps the mempool.
fn ledger<E, S, R, B>(
    context: &E,
    shared: Arc<Shared<E>>,
    (marshal, databases): (MarshalMailbox<Scheme, Standard<EngineBlock>>, Databases<E>),
    (sender, receiver): (S, R),
    blocker: B,
) -> LedgerOn<E>
where
    E: Runtime + StorageContext,
    S: Sender<PublicKey = ed25519::PublicKey>,
    R: Receiver<PublicKey = ed25519::PublicKey>,
    B: Blocker<PublicKey = ed25519::PublicKey>,
{
    let (accepted, queue) = mpsc::unbounded_channel();
    let offers =
        Offers { context: context.child("gossip_clock"), shared: Arc::clone(&shared), sender, accepted: queue };
    context.child("offers").spawn(|_| offers.run());
    let ledger = LedgerOn {
        rng: Arc::new(Mutex::new(context.child("verify"))),
        context: Arc::new(context.child("ledger")),
        shared,
        accepted,
        marshal,
        databases,
    };
    let offered = Offered { ledger: ledger.clone(), receiver, blocker };
    context.child("offered").spawn(|_| offered.run());
    let pool = ledger.clone();
    context.child("discard").spawn(|clock| async move {
        loop {
            clock.sleep(DISCARD_EVERY).await;
            pool.discard_lost().await;
        }
    });
    ledger
}
