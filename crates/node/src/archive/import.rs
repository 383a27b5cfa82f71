//! `epione import`: a data directory made of an archive. The node that starts on it runs the blocks itself.

use super::{
    files, ms,
    reading::{Reading, anchor, ensure_chain, manifest},
    shown,
};
use crate::{config::Config, genesis::GenesisFile, run::hold, start, upgrades};
use anyhow::{Context as _, Result};
use epione_cli::{Failure, Format, Modules, Output};
use epione_consensus::archive;
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

/// What `epione import` was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImportOptions {
    /// The configuration of the node that is to be.
    pub(crate) config: PathBuf,
    /// The folder of the archive.
    pub(crate) from: PathBuf,
}

/// Verifies the archive and makes the data directory, in a folder beside it that takes its place when all of it is on
/// disk: what was interrupted is never taken for a data directory.
///
/// # Errors
/// If the archive has a fault or is that of another chain than the configuration's; if the data directory is not empty.
pub(crate) fn import(modules: Modules, options: &ImportOptions, out: &mut Output) -> Result<()> {
    let begun = Instant::now();
    let (config, dir) = (Config::load(&options.config)?, options.from.as_path());
    let data = &config.data_dir;
    let checked = GenesisFile::load(modules, &config.genesis)?;
    let chain = checked.file.chain;
    files::ensure_empty("data directory", data)?;
    let manifest = manifest(dir)?;
    let anchor = anchor(modules, dir, &manifest)?;
    ensure_chain(dir, anchor.chain, chain)?;
    out.progress(format_args!("Importing blocks 1 to {} of {chain} into {}", manifest.height, data.display()))?;

    let beside = parent(data);
    fs::create_dir_all(beside).with_context(|| beside.display().to_string())?;
    files::ensure_one_disk(data, beside)?;
    let made = tempfile::Builder::new().prefix(".epione-import-").tempdir_in(beside);
    let made = made.with_context(|| beside.display().to_string())?;
    let held = hold(made.path(), chain)?;
    let mut reading = Reading::begin(dir, &manifest, &anchor)?;
    let mut stopped = None;
    let (ledger, engine) = (made.path().join("ledger"), start::engine(&config, checked)?);
    let written = archive::import(&ledger, &engine, &mut || {
        reading.next(out).map_err(|error| {
            let told = format!("{error:#}");
            stopped = Some(error);
            told
        })
    });
    if let Some(error) = stopped {
        return Err(error);
    }
    written.map_err(|error| Failure::Refused(error.to_string()))?;
    let proved = reading.finish()?;
    upgrades::go_over_again(made.path(), &ledger, &engine)?;
    let place = || {
        files::sync_all(made.path())?;
        fs::rename(made.path(), data)?;
        files::sync(beside)
    };
    place().with_context(|| format!("data directory {}", data.display()))?;
    // It stands elsewhere now: there is nothing to remove.
    let _ = made.keep();
    drop(held);
    if out.format() == Format::Json {
        let mut shown = shown(&proved);
        shown["ok"] = json!(true);
        shown["data_dir"] = json!(data.display().to_string());
        shown["ms"] = json!(ms(begun.elapsed()));
        return Ok(out.result(&shown)?);
    }
    out.text(&format!("{}\n", proved.words().join("\n")))?;
    let named = options.config.display();
    out.progress(format_args!(
        "Blocks and certificates are in {} ({:.1} s).",
        data.display(),
        begun.elapsed().as_secs_f64()
    ))?;
    out.progress(format_args!(
        "Next: `epione audit --config {named}` runs them again and compares every root; `epione node --config {named}` \
         goes on."
    ))?;
    out.progress(
        "An archive contains no vote log: a key that has voted before does not vote again; the node says so, and needs \
         a new vote key.",
    )?;
    Ok(())
}

/// The folder that contains the data directory.
fn parent(data: &Path) -> &Path {
    match data.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}
