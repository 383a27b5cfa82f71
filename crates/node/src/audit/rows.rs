//! The rows of the query database, made once more.

use anyhow::{Context as _, Result, ensure};
use epione_cli::Modules;
use epione_consensus::audit::Step;
use epione_kernel::EventAt;
use epione_projection::Projection;
use epione_types::Entry;
use std::path::Path;

/// Events that become rows in one transaction of the database.
const EVENTS_MAX: usize = 4_096;

/// Rows made of the events of the audit, as far as the node has made its own.
pub(super) struct RowsAgain {
    kept: Projection,
    again: Projection,
    waiting: Vec<(EventAt, Entry)>,
}

impl RowsAgain {
    /// Opens the node's rows, and makes room for others.
    pub(super) fn new(modules: Modules, data: &Path, scratch: &Path) -> Result<Self> {
        let kept = data.join("rows.sqlite");
        let kept = Projection::open(&kept, modules).with_context(|| kept.display().to_string())?;
        let again = Projection::open(&scratch.join("rows.sqlite"), modules).context("the scratch directory")?;
        Ok(Self { kept, again, waiting: Vec::new() })
    }

    /// Takes the events of a block.
    pub(super) fn take(&mut self, step: &Step<'_>) -> Result<()> {
        for (position, event) in (step.position..self.kept.cursor()).zip(step.events) {
            let at = EventAt { position, height: event.height, time: event.time, origin: event.entry.origin };
            self.waiting.push((at, event.entry.clone()));
        }
        if self.waiting.len() >= EVENTS_MAX {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.again.apply(&std::mem::take(&mut self.waiting)).context("the scratch directory")
    }

    /// Compares all rows; of how many events they are.
    pub(super) fn compare(mut self) -> Result<u64> {
        self.flush()?;
        let (kept, again) = (self.kept.cursor(), self.again.cursor());
        ensure!(kept == again, "the rows contain {kept} events, but only {again} follow from the blocks");
        let same = self.kept.digest().context("the rows")? == self.again.digest().context("the scratch directory")?;
        ensure!(
            same,
            "the rows are not those that follow from the events; remove rows.sqlite, and the node makes them again"
        );
        Ok(kept)
    }
}
