//! The figures and their conditions.

use crate::bench::BenchOptions;
use serde::Serialize;
use std::{collections::BTreeMap, fs, time::Duration};

/// What was measured.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Finalized transactions per second, from the first POST until the last transaction is final.
    pub(super) tx_per_s: f64,
    /// From the begin of a POST of one transaction until the answer that it is final, at a tenth of that load.
    pub(super) submit_to_final_ms: Percentiles,
    /// The same for single transactions on the idle network.
    pub(super) idle_submit_to_final_ms: Median,
    /// Resident memory of the largest node before the load, in MB.
    pub(super) rss_mb_per_node: u64,
    /// The same after the load.
    pub(super) rss_mb_per_node_after_load: u64,
    /// Bytes on disk per transaction and node: blocks, state, events, rows.
    pub(super) disk_bytes_per_tx: u64,
    /// The same by what is kept; fixed sizes of the files are in it, so short runs show more.
    pub(super) disk_bytes_per_tx_by_store: BTreeMap<&'static str, u64>,
    /// Processor time of all four nodes together per transaction, in microseconds.
    pub(super) cpu_us_per_tx: f64,
    /// From the last transaction being final until its rows can be queried on every node.
    pub(super) projection_lag_ms: f64,
    /// Transactions per second of a node that keeps nothing and takes the whole chain from the others: from its start until
    /// it holds blocks, state, events and rows.
    pub(super) join_tx_per_s: f64,
    /// Under which conditions.
    pub(super) conditions: Conditions,
}

/// Two percentiles of a duration, in milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Percentiles {
    pub(super) p50: f64,
    pub(super) p99: f64,
}

/// The median of a duration, in milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Median {
    pub(super) p50: f64,
}

/// Under which conditions the figures hold.
#[derive(Debug, Serialize)]
pub(super) struct Conditions {
    nodes: u32,
    #[serde(flatten)]
    machine: Machine,
    tx_bytes: usize,
    txs: usize,
    txs_per_post: usize,
    connections: usize,
    latency_rate_per_s: f64,
    latency_seconds: usize,
    load: &'static str,
}

/// Machine and build of a measurement.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    processors: usize,
    processor: String,
    memory_mb: u64,
    profile: &'static str,
    version: &'static str,
}

impl Machine {
    /// This machine and this program.
    pub(super) fn here() -> Self {
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        Self {
            processors: std::thread::available_parallelism().map_or(0, usize::from),
            processor: field(&cpu, "model name").to_owned(),
            memory_mb: field(&memory, "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0) / 1024,
            profile: if cfg!(debug_assertions) { "dev" } else { "release" },
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

impl Conditions {
    pub(super) fn of(options: &BenchOptions, tx_bytes: usize, rate: f64) -> Self {
        Self {
            nodes: 4,
            machine: Machine::here(),
            tx_bytes,
            txs: options.txs,
            txs_per_post: options.batch,
            connections: options.connections,
            latency_rate_per_s: rate,
            latency_seconds: options.seconds,
            load: "notary commits, each signed by one of four organizations; the load runs on the same machine",
        }
    }
}

fn field<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_once(':')).map_or("", |(_, value)| value.trim())
}

/// The value below which `percent` of the durations lie, in milliseconds; zero if there are none.
pub(super) fn percentile(durations: &[Duration], percent: usize) -> f64 {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len().saturating_sub(1)) * percent / 100;
    sorted.get(at).map_or(0.0, |duration| duration.as_secs_f64() * 1e3)
}
