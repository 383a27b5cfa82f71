//! Passages of the chain into another format of its state, as this node went through them.
//!
//! A release that finds the chain at its agreed last height writes all live rows into a file. The next release reads that
//! file, keeps the rows in its own format, and goes on. What it went through stands in `upgrades.json` in the data directory.

mod file;

#[cfg(test)]
mod tests;

pub(crate) use file::{About, RowsFile, write};

use crate::{archive::files, release};
use anyhow::{Context as _, Result, bail, ensure};
use epione_consensus::{EngineConfig, Era, Eras};
use epione_types::{Genesis, Hash, OpsRange, Upgrade};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The file with the passages, in the data directory.
const LIST: &str = "upgrades.json";
/// Version of its form.
const VERSION: u8 = 1;

/// The passages as they stand in the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u8,
    upgrades: Vec<WrittenEra>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEra {
    upgrade: Upgrade,
    ops_root: Hash,
    ops_range: OpsRange,
}

/// The formats in which the chain has kept its state, as far as the node with this data directory went.
///
/// # Errors
/// If `upgrades.json` cannot be read or is not of this chain.
pub(crate) fn load(data: &Path, genesis: &Genesis) -> Result<Eras> {
    let path = data.join(LIST);
    if !path.exists() {
        return Ok(Eras::new(genesis.state_format, Vec::new()));
    }
    let at = || path.display().to_string();
    let written: Written = serde_json::from_slice(&fs::read(&path).with_context(at)?).with_context(at)?;
    ensure!(written.version == VERSION, "{}: version {} is unknown", at(), written.version);
    let mut past: Vec<Era> = Vec::with_capacity(written.upgrades.len());
    for WrittenEra { upgrade, ops_root, ops_range } in written.upgrades {
        let before = past.last().map_or((0, genesis.state_format), |era| (era.upgrade.height, era.upgrade.new_format));
        let follows = upgrade.height > before.0 && upgrade.old_format == before.1 && upgrade.new_format > before.1;
        ensure!(follows, "{}: the upgrade at height {} does not follow the one before it", at(), upgrade.height);
        past.push(Era { upgrade, ops_root, ops_range });
    }
    Ok(Eras::new(genesis.state_format, past))
}

/// Notes that the node went through one more passage.
fn note(data: &Path, eras: &Eras) -> Result<()> {
    let upgrades = eras.past().iter().map(|era| WrittenEra {
        upgrade: era.upgrade,
        ops_root: era.ops_root,
        ops_range: era.ops_range,
    });
    let written = Written { version: VERSION, upgrades: upgrades.collect() };
    let text = format!("{}\n", serde_json::to_string_pretty(&written)?);
    // What a crash left of it.
    let _none = fs::remove_file(data.join(format!("{LIST}.part")));
    files::write(data, LIST, text.as_bytes())
}

/// Where the rows of the block at `height` are written.
pub(crate) fn rows_path(data: &Path, height: u64) -> PathBuf {
    data.join(format!("rows-{height}.epione"))
}

/// Goes over into the format of this release if the rows for it lie ready. The data directory must be held.
///
/// # Errors
/// If this release keeps the state in another format than the chain, and nothing leads from one to the other.
pub(crate) fn go_over(data: &Path, engine: &mut EngineConfig) -> Result<()> {
    let (own, present) = (release::state_format(), engine.eras.present());
    if own == present {
        return forget_rows(data, engine);
    }
    ensure!(
        own > present,
        "this release keeps the state in format {own}, the chain in format {present}: install the release of that format"
    );
    let Some(path) = ready(data, engine)? else {
        bail!(
            "this release keeps the state in format {own}, the chain of this node in format {present}: install the release \
             of that format and let it run until `epione status` shows that the chain has halted and its rows are written; \
             a node without data begins with `epione import`"
        )
    };
    let mut rows = RowsFile::open(&path)?;
    let About { chain, upgrade, .. } = *rows.about();
    let at = path.display();
    ensure!(chain == engine.genesis.chain(), "{at} belongs to another chain, {chain}");
    ensure!(upgrade.old_format == present, "{at} leads on from format {}, not {present}", upgrade.old_format);
    ensure!(
        upgrade.new_format == own,
        "the members agreed to go on in format {}; this release keeps the state in format {own}: install release {}",
        upgrade.new_format,
        rows.about().release
    );
    tracing::info!(height = upgrade.height, old = present, new = own, "the state goes over into another format");
    let pages = std::iter::from_fn(|| rows.next_page().map_err(|error| format!("{error:#}")).transpose());
    let era = epione_consensus::pass(&data.join("ledger"), engine, upgrade, pages).with_context(|| at.to_string())?;
    let past = [engine.eras.past(), &[era]].concat();
    engine.eras = Eras::new(engine.genesis.state_format, past);
    note(data, &engine.eras)?;
    tracing::info!(height = upgrade.height, format = own, "the state went over into another format");
    Ok(())
}

/// Refuses a state in another format than this release keeps it in: it would be read as what it is not.
///
/// # Errors
/// If it is.
pub(crate) fn ensure_own(eras: &Eras) -> Result<()> {
    let (own, present) = (release::state_format(), eras.present());
    ensure!(
        own == present,
        "this release keeps the state in format {own}, this node in format {present}: use the release of that format"
    );
    Ok(())
}

/// Takes a node that has the blocks of an archive, and no state, through the passages of its chain; after it the present format
/// must be that of this release. `ledger` is where the blocks are.
///
/// # Errors
/// If the blocks lead to something else than they say, or to another format than this release keeps the state in.
pub(crate) fn go_over_again(data: &Path, ledger: &Path, engine: &EngineConfig) -> Result<()> {
    let eras = epione_consensus::pass_again(ledger, engine).context("the passages of the chain into other formats")?;
    let eras = Eras::new(engine.genesis.state_format, eras);
    let (own, present) = (release::state_format(), eras.present());
    ensure!(
        own == present,
        "this release keeps the state in format {own}, the chain at the end of the archive in format {present}: import it \
         with the release of that format, or a longer archive"
    );
    if eras.past().is_empty() { Ok(()) } else { note(data, &eras) }
}

/// The file with the rows after the last block of the present format.
fn ready(data: &Path, engine: &EngineConfig) -> Result<Option<PathBuf>> {
    let last = written_rows(data)?.into_iter().max();
    Ok(last.filter(|height| *height > since(engine)).map(|height| rows_path(data, height)))
}

/// Removes files of rows that were taken over at an earlier start.
fn forget_rows(data: &Path, engine: &EngineConfig) -> Result<()> {
    for height in written_rows(data)?.into_iter().filter(|height| *height <= since(engine)) {
        let path = rows_path(data, height);
        fs::remove_file(&path).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Height of the last block before the present format.
fn since(engine: &EngineConfig) -> u64 {
    engine.eras.past().last().map_or(0, |era| era.upgrade.height)
}

/// The heights of all files of rows.
fn written_rows(data: &Path) -> Result<Vec<u64>> {
    let mut heights = Vec::new();
    for entry in fs::read_dir(data).with_context(|| data.display().to_string())? {
        let name = entry?.file_name();
        let height: Option<u64> =
            name.to_str().and_then(|name| name.strip_prefix("rows-")?.strip_suffix(".epione")?.parse().ok());
        heights.extend(height);
    }
    Ok(heights)
}
