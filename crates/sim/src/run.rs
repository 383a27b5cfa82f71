//! Runs a scenario with a seed.

use crate::{
    checks::nothing_is_refused,
    cluster::{Cluster, Node, link},
    forger::Forgery,
    properties::Everything,
    record::{Fate, Record},
    refusals::Refusals,
    scenarios::Scenario,
    skewed::BEGIN_MS,
    witness::Witness,
    world::{self, Founder},
};
use commonware_cryptography::ed25519;
use commonware_glue::simulate::{
    exit::ExitCondition,
    plan::{PlanBuilder, PlanResult},
    tracker::ProgressTracker,
};
use epione_kernel::Dice;
use epione_types::{DurationMs, Hash, UnixMs};
use std::{
    any::Any,
    collections::BTreeMap,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    time::Duration,
};

/// From acceptance to finality, in simulated time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// Half are quicker.
    pub median: DurationMs,
    /// Nine of ten are quicker.
    pub p90: DurationMs,
    /// All are at least as quick.
    pub max: DurationMs,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Height of the chain.
    pub height: u64,
    /// View of the last block.
    pub views: u64,
    /// Epoch of the last block.
    pub epoch: u64,
    /// The founders and joiners of each committee, by the epoch with which it took office.
    pub committees: Vec<(u64, Vec<u32>)>,
    /// Blocks without transactions.
    pub empty_blocks: u64,
    /// Longest time between two blocks, by their own times.
    pub longest_gap: DurationMs,
    /// Blocks by each founder.
    pub blocks_by: BTreeMap<u32, usize>,
    /// Transactions in the chain.
    pub txs: usize,
    /// Events in the chain.
    pub events: usize,
    /// Accepted transactions whose node crashed before it answered.
    pub orphaned: usize,
    /// Accepted transactions that expired.
    pub expired: usize,
    /// Crashes of nodes.
    pub crashes: u64,
    /// Simulated time.
    pub simulated: DurationMs,
    /// How far the last block's time is ahead of the right clock, in milliseconds.
    pub time_ahead_ms: u64,
    /// From acceptance to finality.
    pub latency: Latency,
    /// Turns in which a proposer sent two blocks.
    pub double_proposals: usize,
    /// Times that a validator voted for two blocks in a view.
    pub double_votes: usize,
    /// How many forged blocks of each kind honest nodes heard.
    pub forgeries: BTreeMap<Forgery, u64>,
    /// Transactions that were offered in the name of others.
    pub squatted: usize,
    /// Why nodes refused blocks, and how often.
    pub refusals: BTreeMap<String, u64>,
    /// Digest of head and events.
    pub chain_digest: Hash,
    /// Digest of everything that happened in the runtime.
    pub runtime_digest: String,
}

/// When a run is over: all clients have their answers and all nodes are at the same height.
#[derive(Clone, Debug)]
struct Settled {
    scenario: &'static Scenario,
    cluster: Cluster,
}

impl Settled {
    fn reached(&self, nodes: &[&Node]) -> Result<bool, String> {
        let record = &self.cluster.record;
        if let Some(failure) = record.failure() {
            return Err(failure);
        }
        if let Some(node) = nodes.first() {
            record.at(node.clock.shows());
        }
        let now = record.now().since(UnixMs(BEGIN_MS));
        if now > DurationMs::from_secs(self.scenario.limit_secs) {
            return Err(format!("not over after {now}: {}", self.status(nodes)));
        }
        let all = self.cluster.nodes + self.cluster.joiners;
        let expected = usize::try_from(all).unwrap_or(usize::MAX) - self.scenario.down.len();
        let busy = now < DurationMs::from_secs(self.scenario.least_secs)
            || nodes.len() != expected
            || record.owed() > 0
            || self.cluster.clients().any(|client| !record.is_done(client.0, self.cluster.workload.txs));
        if busy {
            return Ok(false);
        }
        let mut heights = nodes.iter().filter(|node| node.honest).map(|node| node.height());
        let first = heights.next().unwrap_or(0);
        Ok(heights.all(|height| height == first))
    }

    fn status(&self, nodes: &[&Node]) -> String {
        let record = &self.cluster.record;
        let heights: Vec<(u32, u64)> = nodes.iter().map(|node| (node.founder.0, node.height())).collect();
        let accepted: Vec<u32> = world::founders(self.cluster.nodes).map(|one| record.accepted_by(one.0)).collect();
        format!(
            "heights {heights:?}, accepted {accepted:?}, told {}, owed {}, refused {:?}",
            record.told(),
            record.owed(),
            record.refusals()
        )
    }
}

impl ExitCondition<ed25519::PublicKey, Node> for Settled {
    fn name(&self) -> &'static str {
        "settled"
    }

    fn requires_polling(&self) -> bool {
        true
    }

    fn reached<'a>(
        &'a self,
        _tracker: &'a ProgressTracker<ed25519::PublicKey>,
        nodes: &'a [&'a Node],
        _count: usize,
    ) -> Pin<Box<dyn Future<Output = Result<bool, String>> + Send + 'a>> {
        Box::pin(async move { self.reached(nodes) })
    }
}

/// Runs `scenario` with `seed`; the same seed gives the same run.
///
/// # Errors
/// The property that did not hold, or the panic of a node.
pub fn run(scenario: &'static Scenario, seed: u64) -> Result<Summary, String> {
    let record = Record::new(world::genesis(scenario.nodes, scenario.heartbeat_ms, scenario.epoch_blocks));
    let (witness, refusals) = (Witness::default(), Refusals::default());
    let cluster = Cluster {
        nodes: scenario.nodes,
        joiners: scenario.joiners,
        epoch_blocks: scenario.epoch_blocks,
        heartbeat_ms: scenario.heartbeat_ms,
        workload: scenario.workload,
        clocks: scenario.clocks,
        twins: scenario.twins,
        lawless: scenario.lawless,
        without_client: scenario.without_client,
        forgers: scenario.forgers,
        forgeries: scenario.forgeries,
        squatters: scenario.squatters,
        forgetful: scenario.forgetful,
        seed,
        record: record.clone(),
        witness: witness.clone(),
    };
    let forgetful = scenario.forgetful.iter().copied().map(Founder).collect();
    let faulty = scenario.twins.iter().chain(scenario.forgers).copied().map(Founder).collect();
    let (latency, jitter, arrives) = scenario.link;
    let mut plan = PlanBuilder::new(cluster.clone())
        .seed(seed)
        .link(link(latency, jitter, arrives))
        .timeout(Duration::from_secs(scenario.limit_secs + 60))
        .exit_condition(Settled { scenario, cluster })
        .property(Everything { record: record.clone(), witness: witness.clone(), faulty, forgetful });
    for fault in (scenario.faults)(scenario, &mut Dice::new(seed)) {
        plan = plan.crash(fault);
    }
    // The nodes run in this thread.
    let mut results = tracing::subscriber::with_default(refusals.subscriber(), || {
        catch_unwind(AssertUnwindSafe(|| plan.run())).unwrap_or_else(|panic| Err(message(panic.as_ref())))
    })?;
    let result = results.pop().ok_or("the run has no result")?;
    let summary = summary(&record, (&witness, &refusals), &result);
    if scenario.forgers.is_empty() && scenario.lawless.is_empty() {
        nothing_is_refused(&summary)?;
    }
    (scenario.check)(&summary)?;
    Ok(summary)
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panic: {}", text.unwrap_or("without a message"))
}

fn summary(record: &Record, (witness, refusals): (&Witness, &Refusals), result: &PlanResult<Cluster>) -> Summary {
    let count = |wanted: fn(&Fate) -> bool| {
        record.submissions().iter().filter(|(_, submission)| wanted(&submission.fate)).count()
    };
    let latencies = record.latencies();
    let percentile = |percent: usize| {
        let at = (latencies.len() * percent).div_ceil(100).max(1) - 1;
        latencies.get(at).copied().unwrap_or_default()
    };
    // The record is locked while the replica is read.
    let (orphaned, expired) = (count(|fate| *fate == Fate::Orphaned), count(|fate| matches!(fate, Fate::Dropped(_))));
    let (now, squatted) = (record.now(), record.squatted().len());
    record.replica(|replica| {
        let head = replica.header(replica.height());
        Summary {
            height: replica.height(),
            views: head.map_or(0, |head| head.view),
            epoch: head.map_or(0, |head| head.epoch),
            committees: replica.committees(),
            empty_blocks: replica.empty_blocks(),
            longest_gap: replica.longest_gap(),
            blocks_by: replica.blocks_by(),
            txs: replica.tx_count(),
            events: replica.events().len(),
            orphaned,
            expired,
            crashes: result.crashes,
            simulated: now.since(UnixMs(BEGIN_MS)),
            time_ahead_ms: head.map_or(0, |head| head.time.since(now).0),
            latency: Latency { median: percentile(50), p90: percentile(90), max: percentile(100) },
            double_proposals: witness.double_proposals(),
            double_votes: witness.double_votes(),
            forgeries: witness.forgeries(),
            squatted,
            refusals: refusals.counts(),
            chain_digest: replica.digest(),
            runtime_digest: result.state.clone(),
        }
    })
}
