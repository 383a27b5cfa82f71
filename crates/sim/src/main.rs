//! Runs scenarios: `epione-sim --seeds 0..8 [--scenario NAME] [--list]`.
#![expect(clippy::print_stdout, reason = "a command line answers on the standard output")]

use anyhow::{Context as _, Result, bail};
use epione_sim::{
    run,
    scenarios::{self, Scenario},
};
use std::{env, ops::Range, process::ExitCode, time::Instant};

const USAGE: &str = "\
usage: epione-sim --seeds A..B [--scenario NAME] | --list

Runs every scenario, or one, with each seed from A up to but not B. RUST_LOG shows what the nodes log.";

struct Options {
    seeds: Range<u64>,
    scenarios: Vec<&'static Scenario>,
}

fn main() -> Result<ExitCode> {
    let args: Vec<String> = env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--list") {
        for scenario in scenarios::ALL {
            println!("{:<14} {}", scenario.name, scenario.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let options = options(&args)?;
    let mut failures = 0_u64;
    for scenario in options.scenarios {
        for seed in options.seeds.clone() {
            failures += u64::from(!report(scenario, seed));
        }
    }
    Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs a scenario and prints a line; whether it held.
fn report(scenario: &'static Scenario, seed: u64) -> bool {
    let begin = Instant::now();
    let result = run(scenario, seed);
    let (name, wall) = (scenario.name, begin.elapsed().as_secs_f64());
    match result {
        Ok(summary) => {
            let (latency, simulated) = (summary.latency, summary.simulated.0 / 1_000);
            println!(
                "ok   {name:<14} seed {seed:<4} height {:<5} views {:<5} empty {:<4} txs {:<5} orphaned {:<3} crashes {:<3} \
                 final after {}/{}/{} ms  {simulated} s simulated  {wall:.1} s wall  {}",
                summary.height,
                summary.views,
                summary.empty_blocks,
                summary.txs,
                summary.orphaned,
                summary.crashes,
                latency.median.0,
                latency.p90.0,
                latency.max.0,
                &summary.chain_digest.to_string()[..8],
            );
            let refused = summary.refusals.values().sum::<u64>();
            let (proposals, votes) = (summary.double_proposals, summary.double_votes);
            if refused > 0 || proposals + votes > 0 {
                let forged = summary.forgeries;
                println!(
                    "     {proposals} double proposals, {votes} double votes, forged {forged:?}, {refused} refusals"
                );
            }
            true
        }
        Err(failure) => {
            println!("FAIL {name:<14} seed {seed:<4} after {wall:.1} s wall: {failure}");
            println!("     again: cargo xtask sim --seeds {seed}..{} --scenario {name}", seed + 1);
            false
        }
    }
}

fn options(args: &[String]) -> Result<Options> {
    let (mut seeds, mut chosen) = (None, Vec::new());
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match (arg, args.next()) {
            ("--seeds", Some(range)) => {
                let (from, to) = range.split_once("..").context("seeds are given as `A..B`")?;
                seeds = Some(from.parse()?..to.parse()?);
            }
            ("--scenario", Some(name)) => {
                chosen.push(scenarios::named(name).with_context(|| format!("there is no scenario `{name}`"))?);
            }
            _ => bail!("`{arg}` is not understood\n\n{USAGE}"),
        }
    }
    let seeds = seeds.context(USAGE)?;
    let scenarios = if chosen.is_empty() { scenarios::ALL.iter().collect() } else { chosen };
    Ok(Options { seeds, scenarios })
}
