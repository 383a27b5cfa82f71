//! How long a node that keeps nothing takes to hold everything.

use crate::{bench::load::Load, demo::Nodes};
use anyhow::{Context as _, Result};
use epione_cli::Output;
use std::{
    fs,
    time::{Duration, Instant},
};

/// How long it may take.
const LIMIT: Duration = Duration::from_secs(600);

/// Kills the last node, removes all that it keeps but its votes, starts it, and waits until it holds the whole chain and all
/// its rows. The votes stay because a validator that forgot them might contradict itself.
pub(super) async fn join(nodes: &mut Nodes, load: &Load, out: &mut Output) -> Result<Duration> {
    let last = nodes.iter().count() - 1;
    let node = nodes.get_mut(last)?;
    node.kill().await?;
    let data = node.files.config.parent().context("a configuration has no folder")?.join("data");
    for entry in fs::read_dir(data.join("ledger"))? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("ledger-votes") {
            continue;
        }
        if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
    }
    for file in ["rows.sqlite", "rows.sqlite-wal", "rows.sqlite-shm"] {
        if data.join(file).exists() {
            fs::remove_file(data.join(file))?;
        }
    }
    let target = load.height(0).await?;
    let begun = Instant::now();
    node.start()?;
    node.until_ready(begun, out).await?;
    load.caught_up(last, target, LIMIT).await?;
    Ok(begun.elapsed())
}
