//! `epione audit`: runs the chain of a stopped node again and compares everything that the node keeps with what follows.

mod rows;

#[cfg(test)]
mod tests;

use crate::{config::Config, genesis::GenesisFile, run::hold, start, upgrades};
use anyhow::{Context as _, Result, ensure};
use epione_cli::{Failure, Format, Modules, Output};
use epione_consensus::audit::{Audit, Audited, audit};
use rows::RowsAgain;
use serde_json::json;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

/// How often it is told how far the audit is.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// What `epione audit` was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuditOptions {
    /// The configuration of the node.
    pub(crate) config: PathBuf,
    /// Where the state that the blocks lead to is kept meanwhile; a temporary folder unless named.
    pub(crate) scratch: Option<PathBuf>,
}

/// Audits the node.
///
/// # Errors
/// If the node runs, has no blocks, or something is not as it should be.
pub(crate) fn run(modules: Modules, options: &AuditOptions, out: &mut Output) -> Result<()> {
    let begun = Instant::now();
    let config = Config::load(&options.config)?;
    let checked = GenesisFile::load(modules, &config.genesis)?;
    let chain = checked.file.chain;
    let directory = config.data_dir.join("ledger");
    ensure!(
        directory.is_dir(),
        "{} is no directory: the node has never run, there is nothing to audit",
        directory.display()
    );
    let _held = hold(&config.data_dir, chain)?;
    let scratch = scratch(options)?;
    let mut rows = RowsAgain::new(modules, &config.data_dir, scratch.path())?;
    out.progress(format_args!("Auditing {} of {chain}", config.data_dir.display()))?;

    let engine = start::engine(&config, checked)?;
    upgrades::ensure_own(&engine.eras)?;
    let what = Audit { directory, scratch: scratch.path().join("ledger"), engine };
    let mut told = Instant::now();
    let found = audit(&what, &mut |step| {
        if told.elapsed() > TELL_EVERY {
            told = Instant::now();
            // Nobody may be left to tell; the audit goes on.
            let _ = out.progress(format_args!("  block {} of {}", step.height, step.last));
        }
        rows.take(step).map_err(|error| format!("{error:#}"))
    });
    let found = found.map_err(|error| Failure::Refused(error.to_string()))?;
    let rows = rows.compare().map_err(|error| Failure::Refused(format!("{error:#}")))?;
    tell(&found, rows, begun.elapsed(), out)
}

/// The folder for the audit's own state; removed in the end.
fn scratch(options: &AuditOptions) -> Result<tempfile::TempDir> {
    let builder = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix("epione-audit-");
        builder
    };
    match &options.scratch {
        Some(dir) => builder().tempdir_in(dir).with_context(|| format!("--scratch {}", dir.display())),
        None => builder().tempdir().context("the folder for temporary files; name another with --scratch"),
    }
}

fn tell(found: &Audited, rows: u64, elapsed: Duration, out: &mut Output) -> Result<()> {
    let Audited { height, certified, certified_to, txs, events, logged, state_height, laws } = found;
    if out.format() == Format::Json {
        let ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        return Ok(out.result(&json!({
            "ok": true, "height": height, "certified": certified, "certified_to": certified_to, "txs": txs, "events": events, "events_logged": logged,
            "events_in_rows": rows, "state_height": state_height, "laws": laws, "ms": ms,
        }))?);
    }
    out.progress(format_args!("ok  blocks        1 to {height}: every root is what the transactions lead to"))?;
    out.progress(format_args!(
        "ok  certificates  {certified}, each of the committee; a block without one is an ancestor of one with"
    ))?;
    if certified_to < height {
        let from = certified_to + 1;
        out.progress(format_args!("    from block {from} on it has none yet and fetches them when it starts"))?;
    }
    out.progress(format_args!("ok  transactions  {txs}: each signature is good"))?;
    out.progress(format_args!("ok  event log     {logged} of {events} events, each as it follows from its block"))?;
    out.progress(format_args!("ok  rows          of {rows} events, each as it follows from these"))?;
    out.progress(format_args!("ok  state         that of block {state_height}"))?;
    out.progress(format_args!("ok  laws          {} hold: {}", laws.len(), laws.join(", ")))?;
    out.progress(format_args!("Nothing is wrong ({:.1} s).", elapsed.as_secs_f64()))?;
    Ok(())
}
