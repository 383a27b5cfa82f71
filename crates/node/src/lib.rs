//! The program `epione`: a node of the ledger, its client, and a demonstration of both.

mod command;

mod release;
mod upgrades;

mod config;
mod disk;
mod genesis;
mod memory;

mod init;

mod start;

mod run;

mod doctor;

mod audit;

mod archive;

mod demo;

mod bench;

use anyhow::{Context as _, Result};
use clap::ArgMatches;
use epione_cli::{Failure, Format, Output, completions, verbs};
use epione_modules::ALL;
use std::process::ExitCode;

pub use epione_store::STATE_FORMAT;

/// Runs the program with the arguments of the process, as a release that keeps the state in a format.
#[must_use]
pub fn main(state_format: u16) -> ExitCode {
    release::keeps(state_format);
    let matches = command::tree(ALL).get_matches();
    let format = if matches.get_flag("json") { Format::Json } else { Format::Human };
    let mut out = Output::of_process(format);
    // Before anything secret is read.
    let kept = memory::keep().context("core dumps cannot be forbidden");
    match kept.and_then(|()| run(&matches, &mut out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ended(&error, &mut out),
    }
}

/// Runs the command that was given.
fn run(matches: &ArgMatches, out: &mut Output) -> Result<()> {
    let Some((name, matches)) = matches.subcommand() else {
        return Err(Failure::Usage("a command is missing; see `epione --help`".to_owned()).into());
    };
    match name {
        "node" => start::node(&command::NodeOptions::of(matches)?),
        "init" => init::run(ALL, &command::plan(matches)?, out),
        "org" => init::enter(ALL, &command::entry(matches)?, out),
        "genesis" => genesis::show(ALL, &command::genesis_file(matches)?, out),
        "config" => Ok(out.text(config::EXAMPLE)?),
        "doctor" => client(doctor::run(ALL, &command::doctor(matches)?, out)),
        "audit" => audit::run(ALL, &command::audit(matches)?, out),
        "export" => archive::export(ALL, &command::export(matches)?, out),
        "verify-archive" => archive::verify(ALL, &command::verify_archive(matches)?, out),
        "import" => archive::import(ALL, &command::import(matches)?, out),
        "bench" => match command::bench(matches)? {
            command::Bench::Ledger(options) => client(bench::run(ALL, &options, out)),
            command::Bench::Receipts(options) => bench::receipts::run(options, out),
            command::Bench::Members(options) => client(bench::members::run(ALL, options, out)),
        },
        "demo" => client(demo::run(ALL, command::demo(matches), out)),
        "completions" => Ok(out.text(&completions(command::shell(matches)?, &mut command::tree(ALL)))?),
        "receipt" if verbs::to_verify(matches).is_some() => receipt(matches, out),
        verb => client(async { Ok(verbs::run(ALL, verb, matches, out).await?) }),
    }
}

/// Verifies a receipt from the genesis alone.
fn receipt(matches: &ArgMatches, out: &mut Output) -> Result<()> {
    let Some((file, genesis)) = verbs::to_verify(matches) else {
        return Err(Failure::Usage("a receipt and --genesis are needed".to_owned()).into());
    };
    let anchor = genesis::anchor(ALL, genesis)?;
    Ok(verbs::verify_file(ALL, file, &anchor, out)?)
}

/// Runs what a client does; a node has a runtime of its own.
fn client(work: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(work)
}

/// Tells why the command failed, and gives the exit code that says so.
fn ended(error: &anyhow::Error, out: &mut Output) -> ExitCode {
    let (code, is_told) = match error.downcast_ref::<Failure>() {
        Some(failure) => (failure.exit_code(), failure.is_closed_pipe()),
        None => (1, false),
    };
    if is_told {
        return ExitCode::SUCCESS;
    }
    // Nobody is left to tell if the standard error is closed, too.
    let _ = out.failure(&format!("{error:#}"), code);
    ExitCode::from(code)
}
