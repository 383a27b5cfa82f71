//! The nodes of a simulated consortium, as the engine's simulator starts, crashes and restarts them.

use crate::{
    amnesia::forget,
    client::{Client, Workload},
    forger::{Forger, Forgery},
    record::Record,
    skewed::Skewed,
    squatter::{Squatter, TXS},
    witness::{BLOCKS, VOTES, Witness},
    world::{self, Founder},
};
use commonware_cryptography::ed25519;
use commonware_glue::simulate::{
    engine::{ChannelPair, EngineDefinition, InitContext},
    processed::ProcessedHeight,
    reporter::MonitorReporter,
    tracker::FinalizationUpdate,
};
use commonware_macros::select;
use commonware_p2p::{
    Recipients,
    simulated::{Control, Link, Manager, Receiver, SplitForwarder, SplitOrigin, SplitSender, SplitTarget},
};
use commonware_runtime::{Handle, IoBuf, Quota, Spawner as _, Supervisor as _, deterministic};
use commonware_utils::{NZU32, NZUsize, Probability, channel::mpsc};
use epione_consensus::{
    LedgerOn, MempoolLimits,
    engine::{self, Network, Started, Tuning},
};
use epione_kernel::Dice;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::oneshot;

/// The ledger of a simulated node.
pub type Ledger = LedgerOn<Skewed>;

type Key = ed25519::PublicKey;

/// A consortium.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Number of founders, each with a node.
    pub nodes: u32,
    /// Number of nodes whose organizations are no founders; they follow the chain from the beginning.
    pub joiners: u32,
    /// Blocks per epoch.
    pub epoch_blocks: u64,
    /// Longest time without a block.
    pub heartbeat_ms: u64,
    /// What the clients do.
    pub workload: Workload,
    /// How far each node's clock is ahead, in milliseconds; beyond the end they are right.
    pub clocks: &'static [i64],
    /// Founders that run two nodes with one key, each of which talks to a part of the others.
    pub twins: &'static [u32],
    /// Founders whose nodes do not obey the rule on block times.
    pub lawless: &'static [u32],
    /// Founders whose blocks are forged.
    pub forgers: &'static [u32],
    /// Founders whose nodes offer transactions in the name of others.
    pub squatters: &'static [u32],
    /// Founders whose nodes lose their vote logs with each crash.
    pub forgetful: &'static [u32],
    /// What is wrong with forged blocks, in turn.
    pub forgeries: &'static [Forgery],
    /// Founders beside whose nodes there is no client.
    pub without_client: &'static [u32],
    /// From which the clients' choices follow.
    pub seed: u64,
    /// What is promised to clients.
    pub record: Record,
    /// What honest nodes hear.
    pub witness: Witness,
}

/// Timing and memory of a simulated node: that of a real one, with small buffers.
#[must_use]
pub fn tuning() -> Tuning {
    Tuning { cache_pages: NZUsize!(256), write_buffer: NZUsize!(4096), archive_buckets: 64, ..Tuning::standard() }
}

/// How far the clocks of twins are apart: their blocks have the same transactions, and would be the same otherwise.
const TWINS_APART: Duration = Duration::from_millis(7);

/// A running node, as properties see it.
#[derive(Debug)]
pub struct Node {
    /// Its number.
    pub founder: Founder,
    /// The right time, whatever the node's clock shows.
    pub clock: Skewed,
    /// Whether it follows the protocol.
    pub honest: bool,
    ledger: Slot,
}

/// Where a living node's ledger is found. The simulator keeps what it knows of a crashed node, but the node's files must
/// be closed before it can be started again.
type Slot = Arc<Mutex<Option<Ledger>>>;

/// Empties the slot when the node's task ends or is aborted.
struct Life(Slot);

impl Drop for Life {
    fn drop(&mut self) {
        drop(lock(&self.0).take());
    }
}

fn lock(slot: &Slot) -> MutexGuard<'_, Option<Ledger>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Node {
    /// Its ledger; none if it could not start, has crashed, or is not honest.
    #[must_use]
    pub fn ledger(&self) -> Option<Ledger> {
        lock(&self.ledger).clone()
    }

    /// Height of its last final block.
    #[must_use]
    pub fn height(&self) -> u64 {
        let head = self.ledger().map(|ledger| ledger.head().borrow().clone());
        head.and_then(|head| head.block).map_or(0, |block| block.header().height)
    }
}

impl ProcessedHeight for Node {
    async fn processed_height(&self) -> u64 {
        self.height()
    }
}

/// Who one of the twins talks to; all, if it is no twin.
type Audience = Option<Arc<Vec<Key>>>;

/// Keeps the messages of a twin within its audience, has those of a forger replaced and a squatter's added. The first
/// audience is the first twin's.
fn forward(
    channel: usize,
    audiences: [Audience; 2],
    (forger, squatter): (Option<Forger>, Option<Squatter>),
) -> impl SplitForwarder<Key> {
    move |origin, recipients: &Recipients<Key>, message: &IoBuf| {
        if let Some(squatter) = &squatter {
            squatter.heard(channel, recipients);
        }
        if forger.as_ref().is_some_and(|forger| forger.replaces(channel, recipients, message)) {
            return None;
        }
        let [first, second] = &audiences;
        let audience = match origin {
            SplitOrigin::Primary => first,
            SplitOrigin::Secondary => second,
        };
        let Some(audience) = audience else { return Some(recipients.clone()) };
        let heard: Vec<Key> = match recipients {
            Recipients::All => audience.to_vec(),
            Recipients::Some(some) => some.iter().filter(|key| audience.contains(key)).cloned().collect(),
            Recipients::One(one) => audience.iter().filter(|key| *key == one).cloned().collect(),
        };
        (!heard.is_empty()).then_some(Recipients::Some(heard))
    }
}

/// What a node, or one of two twins, is started with.
struct Start<S> {
    context: Skewed,
    partition: String,
    config: engine::Config,
    peers: Manager<Key, deterministic::Context>,
    blocker: Control<Key, deterministic::Context>,
    channels: Vec<(S, Receiver<Key>)>,
    monitor: mpsc::UnboundedSender<FinalizationUpdate<Key>>,
    clock: Skewed,
}

impl Cluster {
    fn config(&self, founder: Founder) -> engine::Config {
        let engine = engine::EngineConfig {
            eras: world::eras(),
            genesis: world::genesis(self.nodes, self.heartbeat_ms, self.epoch_blocks),
            modules: world::modules(),
            read_rules: if self.lawless.contains(&founder.0) { world::no_rules } else { world::read_rules },
            read_tenures: world::read_tenures,
            founders: world::committee(self.nodes),
            mempool: MempoolLimits { txs: 10_000, bytes: 16 << 20, txs_per_org: 1_000, bytes_per_org: 8 << 20 },
            tuning: tuning(),
        };
        let trusts_log = self.twins.contains(&founder.0);
        engine::Config { engine, vote_key: Some(founder.vote()), trusts_log, peer_key: founder.peer() }
    }

    fn founder(&self, key: &Key) -> Founder {
        world::founders(self.nodes + self.joiners)
            .find(|founder| founder.peer() == *key)
            .unwrap_or_else(|| epione_kernel::broken("a node that is no founder"))
    }

    /// The two halves of the others, between which twins tell them apart.
    fn audiences(&self, twin: Founder) -> [Audience; 2] {
        let others: Vec<Key> = world::founders(self.nodes).filter(|one| *one != twin).map(Founder::peer).collect();
        let (first, second) = others.split_at(others.len() / 2);
        [Some(Arc::new(first.to_vec())), Some(Arc::new(second.to_vec()))]
    }

    /// What replaces the messages of a founder that forges blocks.
    fn forger(&self, founder: Founder, channels: &[ChannelPair<Key>]) -> Option<Forger> {
        if !self.forgers.contains(&founder.0) {
            return None;
        }
        let heard = (self.record.clone(), self.witness.clone());
        let links = (channels.get(VOTES)?.0.clone(), channels.get(BLOCKS)?.0.clone());
        Forger::new((founder, self.nodes), self.forgeries, heard, links)
    }

    /// What adds to the messages of a founder that squats.
    fn squatter(&self, founder: Founder, channels: &[ChannelPair<Key>]) -> Option<Squatter> {
        let link = || Some(channels.get(TXS)?.0.clone());
        self.squatters
            .contains(&founder.0)
            .then(link)?
            .map(|link| Squatter::new((founder, self.nodes), self.record.clone(), link))
    }

    fn has_client(&self, founder: Founder) -> bool {
        !self.twins.contains(&founder.0) && !self.without_client.contains(&founder.0)
    }

    /// The founders and joiners beside whose nodes there is a client.
    pub fn clients(&self) -> impl Iterator<Item = Founder> {
        world::founders(self.nodes + self.joiners).filter(|founder| self.has_client(*founder))
    }

    /// Runs an honest node, and its client; tells the ledger once there is one.
    async fn live<S>(self, founder: Founder, start: Start<S>, (slot, opened): (Slot, oneshot::Sender<()>))
    where
        S: commonware_p2p::Sender<PublicKey = Key>,
    {
        let life_guard = Life(slot);
        let life = self.record.begin_life(founder.0);
        let (context, clock) = (start.context.child("clients"), start.clock.child("client"));
        if self.forgetful.contains(&founder.0) && life > 1 {
            forget(&context, &start.partition, founder).await;
        }
        let started = run(start).await;
        let ledger = started.ledger;
        lock(&life_guard.0).replace(ledger.clone());
        // The simulator waits for it.
        let _ = opened.send(());
        let client = self.has_client(founder).then(|| Client {
            clock,
            ledger: ledger.clone(),
            founder,
            life,
            dice: Dice::new(self.seed ^ (u64::from(founder.0) << 32) ^ (u64::from(life) << 48)),
            record: self.record,
            workload: self.workload,
            voted: 0,
        });
        let clients = context.spawn(move |_| async move {
            if let Err(error) = ledger.open().await {
                epione_kernel::broken(&error.to_string());
            }
            if let Some(client) = client {
                client.run().await;
            }
        });
        // It ends only when it fails.
        let ended = started.engine.await;
        drop(clients);
        epione_kernel::broken(&format!("the consensus engine ended: {ended:?}"));
    }
}

async fn run<S: commonware_p2p::Sender<PublicKey = Key>>(start: Start<S>) -> Started<Skewed> {
    let (key, monitor) = (start.config.peer_key.clone(), start.monitor);
    let network = Network { peers: start.peers, blocker: start.blocker, channels: start.channels };
    let report = |inner| MonitorReporter::new(key, monitor, inner);
    match engine::start(start.context, &start.partition, start.config, network, report).await {
        Ok(started) => started,
        Err(error) => epione_kernel::broken(&error.to_string()),
    }
}

impl EngineDefinition for Cluster {
    type PublicKey = Key;
    type Engine = Handle<()>;
    type State = Node;

    fn participants(&self) -> Vec<Key> {
        world::founders(self.nodes + self.joiners).map(Founder::peer).collect()
    }

    fn channels(&self) -> Vec<(u64, Quota)> {
        (0..engine::CHANNELS).map(|channel| (channel, Quota::per_second(NZU32!(4096)))).collect()
    }

    fn max_message_size(&self) -> u32 {
        engine::message_bytes_max(&world::eras())
    }

    async fn init(&self, init: InitContext<'_, Key>) -> (Handle<()>, Node) {
        let founder = self.founder(init.public_key);
        let ahead = usize::try_from(founder.0).ok().and_then(|at| self.clocks.get(at)).copied().unwrap_or(0);
        let twin = self.twins.contains(&founder.0);
        let (audiences, target) = match twin {
            true => (self.audiences(founder), SplitTarget::Both),
            false => ([None, None], SplitTarget::Primary),
        };
        let forger = self.forger(founder, &init.channels);
        let witness = (!twin && forger.is_none()).then(|| self.witness.clone());
        let squatter = self.squatter(founder, &init.channels);
        let forward = |channel| forward(channel, audiences.clone(), (forger.clone(), squatter.clone()));
        let (first, second) = split(&init.context, init.channels, forward, (witness, target));
        let (peers, blocker) = (init.oracle.manager(), init.oracle.control(init.public_key.clone()));
        let monitor = if twin { mpsc::unbounded_channel().0 } else { init.monitor.clone() };
        let (clock, _) = Skewed::new(init.context.child("clock"), 0);
        let start = |context: Skewed, name: &str, channels| Start {
            context,
            partition: format!("{name}-{}", founder.0),
            config: self.config(founder),
            peers: peers.clone(),
            blocker: blocker.clone(),
            channels,
            monitor: monitor.clone(),
            clock: clock.child("node"),
        };
        let (context, panicked) = Skewed::new(init.context, ahead);
        if twin {
            let other = context.child("second").ahead(TWINS_APART);
            let starts = [start(context.child("first"), "first", first), start(other, "second", second)];
            let handle = context.spawn(|_| async move {
                let [first, second] = starts;
                let (_first, _second) = (Box::pin(run(first)).await, Box::pin(run(second)).await);
                drop(panicked.await);
            });
            return (handle, Node { founder, clock, honest: false, ledger: Slot::default() });
        }
        let start = start(context.child("node"), "node", first);
        let (opened, is_open) = oneshot::channel();
        let ledger = Slot::default();
        let handle = context.spawn({
            let (cluster, ledger) = (self.clone(), Arc::clone(&ledger));
            move |_| async move {
                select! {
                    () = cluster.live(founder, start, (ledger, opened)) => {},
                    // Ends the task, and with it all others of the node.
                    _ = panicked => {},
                }
            }
        });
        // An error says that it could not start.
        drop(is_open.await);
        (handle, Node { founder, clock, honest: true, ledger })
    }

    fn start(engine: Handle<()>) -> Handle<()> {
        engine
    }
}

type Channels<F> = Vec<(SplitSender<Key, deterministic::Context, F>, Receiver<Key>)>;

/// Splits channels for two twins, who both hear everything; without twins the first gets all. A witness hears it, too.
fn split<F: SplitForwarder<Key>>(
    context: &deterministic::Context,
    channels: Vec<ChannelPair<Key>>,
    forward: impl Fn(usize) -> F,
    (witness, target): (Option<Witness>, SplitTarget),
) -> (Channels<F>, Channels<F>) {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for (channel, (sender, receiver)) in channels.into_iter().enumerate() {
        let witness = witness.clone();
        let route = move |message: &(Key, IoBuf)| {
            if let Some(witness) = &witness {
                witness.hear(channel, message);
            }
            target
        };
        let senders = sender.split_with(forward(channel));
        let receivers = receiver.split_with(context.child("split"), route);
        first.push((senders.0, receivers.0));
        second.push((senders.1, receivers.1));
    }
    (first, second)
}

/// How long a message takes, and how likely it arrives.
#[must_use]
pub fn link(latency_ms: u64, jitter_ms: u64, arrives: f64) -> Link {
    let success_rate = Probability::try_from(arrives).unwrap_or_else(|_error| epione_kernel::broken("a probability"));
    let (latency, jitter) = (Duration::from_millis(latency_ms), Duration::from_millis(jitter_ms));
    Link { latency, jitter, success_rate }
}
