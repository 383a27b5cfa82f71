//! Reads an archive and verifies it on the way.

use super::{TELL_EVERY, files, proves_nothing};
use crate::genesis;
use anyhow::Result;
use epione_cli::{Modules, Output};
use epione_types::ChainId;
use epione_verify::{
    Anchor,
    archive::{Damage, Fault, Manifest, Record, SEGMENT_BYTES_MAX, Segment, Verified, Verifier},
};
use std::{path::Path, time::Instant};

/// The manifest of the archive in `dir`.
///
/// # Errors
/// The first thing that is wrong.
pub(super) fn manifest(dir: &Path) -> Result<Manifest> {
    let bytes = files::read(dir, Manifest::NAME, Manifest::BYTES_MAX)?;
    let parsed = bytes.and_then(|bytes| Manifest::parse(&bytes));
    Ok(parsed.map_err(|damage| proves_nothing(dir, &damage))?)
}

/// What the genesis of the archive in `dir` says of its chain. The file is one of the manifest, but nobody says that the chain is
/// that of the consortium.
///
/// # Errors
/// The first thing that is wrong.
pub(super) fn anchor(modules: Modules, dir: &Path, manifest: &Manifest) -> Result<Anchor> {
    let damage = |fault| proves_nothing(dir, &Damage::of(Manifest::GENESIS, fault));
    let names = files::names(dir)?;
    let others = names.iter().map(String::as_str).filter(|name| *name != Manifest::NAME);
    manifest.check_names(others).map_err(|damage| proves_nothing(dir, &damage))?;
    let most = usize::try_from(manifest.genesis.bytes).unwrap_or(usize::MAX).min(SEGMENT_BYTES_MAX);
    let bytes = files::read(dir, Manifest::GENESIS, most)?.map_err(|damage| proves_nothing(dir, &damage))?;
    manifest.genesis.check(&bytes).map_err(damage)?;
    let anchor = genesis::anchor(modules, &dir.join(Manifest::GENESIS))?;
    ensure_chain(dir, anchor.chain, manifest.chain)?;
    Ok(anchor)
}

/// Refuses the genesis of another chain.
///
/// # Errors
/// If `found` is not `expected`.
pub(super) fn ensure_chain(dir: &Path, found: ChainId, expected: ChainId) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    let damage = Damage::of(Manifest::GENESIS, Fault::Chain { found, expected });
    Err(proves_nothing(dir, &damage).into())
}

/// An archive that is being read.
pub(super) struct Reading<'a> {
    dir: &'a Path,
    left: std::slice::Iter<'a, Segment>,
    last: u64,
    verifier: Verifier<'a>,
    told: Instant,
}

impl<'a> Reading<'a> {
    /// Begins to read the archive in `dir`.
    ///
    /// # Errors
    /// If it is one of another chain.
    pub(super) fn begin(dir: &'a Path, manifest: &'a Manifest, anchor: &'a Anchor) -> Result<Self> {
        let verifier = Verifier::new(anchor, manifest).map_err(|damage| proves_nothing(dir, &damage))?;
        Ok(Self { dir, left: manifest.segments.iter(), last: manifest.height, verifier, told: Instant::now() })
    }

    /// The records of the next segment, verified; none after the last.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(super) fn next(&mut self, out: &mut Output) -> Result<Option<Vec<Record>>> {
        let Some(segment) = self.left.next() else { return Ok(None) };
        if self.told.elapsed() > TELL_EVERY {
            self.told = Instant::now();
            // Nobody may be left to tell; the work goes on.
            let _ = out.progress(format_args!("  block {} of {}", segment.first, self.last));
        }
        let most = usize::try_from(segment.content.bytes).unwrap_or(usize::MAX).min(SEGMENT_BYTES_MAX);
        let bytes = files::read(self.dir, &segment.name(), most)?;
        let records = bytes.and_then(|bytes| self.verifier.segment(segment, &bytes));
        Ok(Some(records.map_err(|damage| proves_nothing(self.dir, &damage))?))
    }

    /// What all of it proves, once there is no next segment.
    ///
    /// # Errors
    /// If the end is not that of the manifest, or has no certificate.
    pub(super) fn finish(self) -> Result<Verified> {
        Ok(self.verifier.finish().map_err(|damage| proves_nothing(self.dir, &damage))?)
    }

    /// Reads to the end.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(super) fn read_to_end(mut self, out: &mut Output) -> Result<Verified> {
        while self.next(out)?.is_some() {}
        self.finish()
    }
}
