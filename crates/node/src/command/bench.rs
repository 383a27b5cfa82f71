//! The command line of `epione bench`.

use crate::bench::{BenchOptions, members::MemberOptions, receipts::ReceiptOptions};
use anyhow::Result;
use clap::{Arg, ArgMatches, Command, value_parser};
use epione_cli::{
    Failure,
    verbs::{group, verb},
};

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bench {
    /// Four nodes.
    Ledger(BenchOptions),
    /// Receipts.
    Receipts(ReceiptOptions),
    /// Members that come, and a disk that goes.
    Members(MemberOptions),
}

fn number(name: &'static str, default: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name("N").value_parser(value_parser!(usize)).default_value(default).help(help)
}

pub(super) fn command() -> Command {
    let ledger = verb(
        "ledger",
        "Four nodes, real sockets, signatures checked, fsync before final",
        &["epione bench ledger --json"],
    )
    .long_about(
        "Founds a consortium of four nodes in a temporary folder, measures single transactions on the idle network, \
             then the throughput of many, then the latency at a tenth of that load, and tells what each node used.",
    )
    .arg(number("txs", "80000", "Transactions of the throughput measurement"))
    .arg(number("batch", "100", "Transactions of one POST, 1 to 1000"))
    .arg(number("connections", "8", "Connections that post at once"))
    .arg(number("seconds", "10", "Length of the latency measurement"));
    let members = verb(
        "members",
        "What a change of the validators costs the chain, and how soon a node without its disk votes again",
        &["epione bench members --json"],
    )
    .long_about(
        "Founds a consortium of four validators and an observer, each with a node; measures the throughput before, while and after the \
             observer becomes a validator; then removes the data of a node, replaces its vote key, and tells how long it takes until it \
             votes again.",
    )
    .arg(number("txs", "50000", "Transactions of each of the three loads"))
    .arg(number("batch", "100", "Transactions of one POST, 1 to 1000"))
    .arg(number("connections", "8", "Connections that post at once"));
    let receipts = verb(
        "receipts",
        "Size and cost of receipts; no altered one is accepted. Cost of verifying archives",
        &["epione bench receipts --json"],
    )
    .long_about(
        "Makes receipts of an invented chain with four validators: tells their size, the cost of verifying them and of \
             appending to the tree of events, and tries altered receipts, none of which may be accepted. Then it makes an archive of \
         blocks with 100 transactions each and verifies it. All on one thread.",
    )
    .arg(number("events", "1000000", "Events of the tree"))
    .arg(number("mutants", "100000", "Altered receipts"))
    .arg(number("blocks", "500", "Blocks of the archive"));
    group(
        "bench",
        "Measures this program on this machine",
        &["epione bench ledger --json", "epione bench receipts --json", "epione bench members --json"],
    )
    .subcommand(ledger)
    .subcommand(receipts)
    .subcommand(members)
}

/// What `epione bench` was asked.
///
/// # Errors
/// If a number is zero or too large.
pub(crate) fn bench(matches: &ArgMatches) -> Result<Bench> {
    let Some((name, matches)) = matches.subcommand() else {
        return Err(Failure::Usage("say what to measure: `epione bench ledger`".to_owned()).into());
    };
    let number = |name: &str, max: usize| {
        let value = matches.get_one::<usize>(name).copied().unwrap_or_default();
        if (1..=max).contains(&value) {
            Ok(value)
        } else {
            Err(Failure::Usage(format!("--{name} {value} is not between 1 and {max}")))
        }
    };
    if name == "receipts" {
        return Ok(Bench::Receipts(ReceiptOptions {
            events: number("events", 100_000_000)?,
            mutants: number("mutants", 100_000_000)?,
            blocks: number("blocks", 10_000)?,
        }));
    }
    let (txs, batch, connections) = (number("txs", 10_000_000)?, number("batch", 1000)?, number("connections", 256)?);
    if name == "members" {
        return Ok(Bench::Members(MemberOptions { txs, batch, connections }));
    }
    Ok(Bench::Ledger(BenchOptions { txs, batch, connections, seconds: number("seconds", 3600)? }))
}
