//! `epione export`: the history that a stopped node keeps, as an archive.

use super::{
    TELL_EVERY, files, ms,
    reading::{Reading, anchor},
};
use crate::{config::Config, genesis::GenesisFile, run::hold, start, upgrades};
use anyhow::{Context as _, Result, anyhow, ensure};
use epione_cli::{Failure, Format, Modules, Output};
use epione_consensus::archive::{self, Exported};
use epione_types::{ChainId, Hash};
use epione_verify::archive::{Content, Manifest, Record, Segment, Verified, begin_segment};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Most blocks of a segment.
const BLOCKS_MAX: u64 = 4_096;
/// Bytes after which a segment ends.
const BYTES_ENOUGH: usize = 16 * 1024 * 1024;

/// What `epione export` was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExportOptions {
    /// The configuration of the node.
    pub(crate) config: PathBuf,
    /// The folder of the archive.
    pub(crate) to: PathBuf,
}

/// Writes the archive, verifies what was written, and only then writes the manifest.
///
/// # Errors
/// If the node runs, has no history, or keeps something that is not as it should be; or if the folder is not empty.
pub(crate) fn export(modules: Modules, options: &ExportOptions, out: &mut Output) -> Result<()> {
    let begun = Instant::now();
    let (config, dir) = (Config::load(&options.config)?, options.to.as_path());
    let checked = GenesisFile::load(modules, &config.genesis)?;
    let chain = checked.file.chain;
    let directory = config.data_dir.join("ledger");
    ensure!(
        directory.is_dir(),
        "{} is no directory: the node has never run, there is nothing to export",
        directory.display()
    );
    let _held = hold(&config.data_dir, chain)?;
    files::ensure_empty("--to", dir)?;
    fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    out.progress(format_args!("Exporting {} of {chain}", config.data_dir.display()))?;

    let mut writer = Writer::new(dir);
    let mut told = Instant::now();
    let engine = start::engine(&config, checked)?;
    upgrades::ensure_own(&engine.eras)?;
    let exported = archive::export(&directory, &engine, &mut |record| {
        if told.elapsed() > TELL_EVERY {
            told = Instant::now();
            // Nobody may be left to tell; the export goes on.
            let _ = out.progress(format_args!("  block {}", record.block.header.height));
        }
        writer.take(&record).map_err(|error| format!("{error:#}"))
    });
    let exported = exported.map_err(|error| Failure::Refused(error.to_string()))?;
    let bytes = fs::read(&config.genesis).with_context(|| config.genesis.display().to_string())?;
    files::write(dir, Manifest::GENESIS, &bytes)?;
    let manifest = writer.end(chain, Content::of(&bytes))?;
    out.progress("Verifying what was written")?;
    let anchor = anchor(modules, dir, &manifest)?;
    let proved = Reading::begin(dir, &manifest, &anchor)?.read_to_end(out)?;
    files::write(dir, Manifest::NAME, manifest.text().as_bytes())?;
    tell((dir, &manifest), (&proved, exported), begun.elapsed(), out)
}

fn tell(
    (dir, manifest): (&Path, &Manifest),
    (proved, exported): (&Verified, Exported),
    elapsed: Duration,
    out: &mut Output,
) -> Result<()> {
    let Verified { chain, height, txs, events, certificates, head, .. } = proved;
    let files = manifest.segments.len() + 1;
    let bytes: u64 = manifest.segments.iter().map(|segment| segment.content.bytes).sum();
    let left_out = exported.left_out;
    if out.format() == Format::Json {
        return Ok(out.result(&json!({
            "ok": true, "dir": dir.display().to_string(), "chain": chain, "height": height, "head": head, "txs": txs, "events": events,
            "certificates": certificates, "left_out": left_out, "files": files, "bytes": bytes, "ms": ms(elapsed),
        }))?);
    }
    out.progress(format_args!("ok  blocks        1 to {height}, {certificates} with a certificate of their own"))?;
    if left_out > 0 {
        out.progress(format_args!("    {left_out} later ones have no certificate or events yet and are left out"))?;
    }
    out.progress(format_args!("ok  transactions  {txs}"))?;
    out.progress(format_args!("ok  events        {events}"))?;
    out.progress(format_args!("ok  files         {files} and the manifest, {bytes} bytes, in {}", dir.display()))?;
    out.progress(format_args!("Note the hash of block {height}, apart from the archive: {head}"))?;
    out.progress(format_args!("The archive is whole and verified ({:.1} s).", elapsed.as_secs_f64()))?;
    Ok(())
}

/// Cuts records into segments and writes them.
struct Writer<'a> {
    dir: &'a Path,
    written: Vec<Segment>,
    /// The segment that is being filled, and how many blocks it has.
    bytes: Vec<u8>,
    blocks: u64,
    height: u64,
    head: Hash,
    events: u64,
}

impl<'a> Writer<'a> {
    fn new(dir: &'a Path) -> Self {
        let (written, bytes) = (Vec::new(), begin_segment());
        Self { dir, written, bytes, blocks: 0, height: 0, head: Hash::default(), events: 0 }
    }

    fn take(&mut self, record: &Record) -> Result<()> {
        if self.blocks >= BLOCKS_MAX || self.bytes.len() >= BYTES_ENOUGH {
            self.flush()?;
        }
        let header = &record.block.header;
        record.append(&mut self.bytes).ok_or_else(|| anyhow!("block {} is too long for an archive", header.height))?;
        self.blocks += 1;
        (self.height, self.head, self.events) = (header.height, header.hash(), header.event_size);
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let bytes = std::mem::replace(&mut self.bytes, begin_segment());
        let first = self.height.saturating_sub(self.blocks).saturating_add(1);
        let segment = Segment { first, last: self.height, content: Content::of(&bytes) };
        files::write(self.dir, &segment.name(), &bytes)?;
        self.written.push(segment);
        self.blocks = 0;
        Ok(())
    }

    /// Writes what is left; the manifest of all, which is not written yet.
    fn end(mut self, chain: ChainId, genesis: Content) -> Result<Manifest> {
        if self.blocks > 0 {
            self.flush()?;
        }
        let Self { written, height, head, events, .. } = self;
        Ok(Manifest { chain, height, head, events, genesis, segments: written })
    }
}
