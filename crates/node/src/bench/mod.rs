//! `epione bench`. `ledger`: what four nodes on this machine do, with the conditions beside every figure; `members`: what a change of
//! the validators and a lost disk cost them.
//!
//! The load comes over HTTP like any client's: individually signed transactions of about 230 bytes, checked by every validator,
//! final only after the durability barrier of the node that is asked. The same machine runs the nodes and the load.

mod join;

mod load;

pub(crate) mod members;

mod process;

pub(crate) mod receipts;

mod report;

use crate::demo::{After, Consortium, DemoOptions, Nodes, Place};
use anyhow::{Context as _, Result};
use epione_cli::{Modules, Output};
use load::{Load, Signed};
use process::Usage;
use report::{Conditions, Report, percentile};
use std::time::{Duration, Instant};

/// Transactions that are submitted alone, one after another, on the idle network.
const IDLE_TXS: usize = 30;
/// Pause before each of them: the network is idle again.
const IDLE_PAUSE: Duration = Duration::from_millis(400);
/// How long everything submitted may take to become final.
const SETTLE: Duration = Duration::from_secs(120);

/// What was asked of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BenchOptions {
    /// Transactions of the throughput measurement.
    pub(crate) txs: usize,
    /// Transactions of one POST.
    pub(crate) batch: usize,
    /// Connections that post at once.
    pub(crate) connections: usize,
    /// Seconds of the latency measurement.
    pub(crate) seconds: usize,
}

/// Runs the measurement in a temporary folder.
///
/// # Errors
/// If the nodes cannot run, or something submitted does not become final.
pub(crate) async fn run(modules: Modules, options: &BenchOptions, out: &mut Output) -> Result<()> {
    let place = Place::open(&DemoOptions { dir: None, after: After::End, base_port: None })?;
    let consortium = Consortium::prepare(modules, &place, None, out).await?;
    let mut nodes = Nodes::new(&consortium)?;
    nodes.start(out).await?;
    let measured = measure(&consortium, &mut nodes, options, out).await;
    nodes.stop(out).await?;
    let report = match measured {
        Ok(report) => report,
        Err(error) => {
            place.close(false, out)?;
            return Err(error);
        }
    };
    place.close(true, out)?;
    Ok(out.result(&serde_json::to_value(&report)?)?)
}

async fn measure(
    consortium: &Consortium,
    nodes: &mut Nodes,
    options: &BenchOptions,
    out: &mut Output,
) -> Result<Report> {
    let urls: Vec<String> = consortium.nodes.iter().map(|node| node.url.clone()).collect();
    let mut signed = Signed::new(consortium)?;
    let load = Load::new(urls)?;

    out.progress("Single transactions on the idle network")?;
    let mut idle = Vec::with_capacity(IDLE_TXS);
    for tx in signed.txs(IDLE_TXS) {
        tokio::time::sleep(IDLE_PAUSE).await;
        idle.push(load.until_final(0, tx).await?);
    }
    let resident = Usage::of(nodes)?;

    out.progress(format_args!("Throughput: {} transactions, {} per POST", options.txs, options.batch))?;
    let txs = signed.txs(options.txs);
    let bytes = txs.first().map_or(0, Vec::len);
    let before = Usage::of(nodes)?;
    let begun = Instant::now();
    load.post_all(txs, options.batch, options.connections).await?;
    load.settled(SETTLE).await?;
    let elapsed = begun.elapsed();
    let lag = load.rows_caught_up(SETTLE).await?;
    let after = Usage::of(nodes)?;

    let tx_per_s = seconds_of(options.txs, elapsed);
    let rate = tx_per_s / 10.0;
    out.progress(format_args!("Latency at {rate:.0} transactions per second"))?;
    let count = whole(rate * f64::from(u32::try_from(options.seconds)?)).max(1);
    let latencies = load.paced(signed.txs(count), Duration::from_secs_f64(1.0 / rate)).await?;
    load.settled(SETTLE).await?;
    let total = options.txs + count + IDLE_TXS;
    let disk = Usage::of(nodes)?;
    out.progress(format_args!("A node without its data takes the chain of {total} transactions from the others"))?;
    let joined = join::join(nodes, &load, out).await?;
    let total = u64::try_from(total).context("too many transactions")?;
    Ok(Report {
        tx_per_s,
        submit_to_final_ms: report::Percentiles { p50: percentile(&latencies, 50), p99: percentile(&latencies, 99) },
        idle_submit_to_final_ms: report::Median { p50: percentile(&idle, 50) },
        rss_mb_per_node: resident.resident_mb_max,
        rss_mb_per_node_after_load: after.resident_mb_max,
        disk_bytes_per_tx: disk.disk_bytes() / total,
        disk_bytes_per_tx_by_store: disk.disk_bytes.iter().map(|(store, bytes)| (*store, bytes / total)).collect(),
        cpu_us_per_tx: (after.cpu - before.cpu).as_secs_f64() * 1e6 / count_of(options.txs),
        join_tx_per_s: seconds_of(usize::try_from(total).unwrap_or(0), joined),
        projection_lag_ms: lag.as_secs_f64() * 1e3,
        conditions: Conditions::of(options, bytes, rate),
    })
}

#[expect(clippy::cast_precision_loss, reason = "a figure of a report; counts are far below 2^52")]
fn count_of(count: usize) -> f64 {
    count as f64
}

fn seconds_of(count: usize, elapsed: Duration) -> f64 {
    count_of(count) / elapsed.as_secs_f64()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive count")]
fn whole(value: f64) -> usize {
    value as usize
}
