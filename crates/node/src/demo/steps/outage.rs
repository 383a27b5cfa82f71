//! A node dies as by a power cut; the others go on without it, and it comes back.

use super::{
    Memory,
    documents::{self, Sealed},
    members::short,
};
use crate::demo::stage::{CLINIC, HOSPITAL, LABORATORY, PATIENTS, Stage, state_root};
use anyhow::{Context as _, Result, ensure};
use epione_cli::Output;
use std::time::Instant;

/// Entries that are made while the node is down.
const ENTRIES: usize = 3;

/// What the killed node missed.
#[derive(Clone, Debug)]
pub(super) struct Missed {
    last: Sealed,
}

/// The node of the patient association is killed; the others notarize.
pub(super) async fn kill(stage: &mut Stage<'_>, memory: &mut Memory) -> Result<String> {
    stage.nodes.get_mut(PATIENTS)?.kill().await?;
    ensure!(stage.client(PATIENTS)?.status().await.is_err(), "the killed node still answers");
    let begun = Instant::now();
    let mut last = None;
    for entry in 1..=ENTRIES {
        let sealed = documents::commit(stage, HOSPITAL, "report", &format!("Report {entry}")).await?;
        documents::sees(stage, LABORATORY, &sealed).await?;
        last = Some(sealed);
    }
    let last = last.context("no entry was made")?;
    let (place, height) = (stage.place(LABORATORY)?, last.height);
    memory.missed = Some(Missed { last });
    Ok(format!(
        "{ENTRIES} entries in {} ms with three of four nodes; {place} stands at height {height}",
        begun.elapsed().as_millis()
    ))
}

/// The node starts again, and stands where the others stand.
pub(super) async fn come_back(stage: &mut Stage<'_>, memory: &Memory, out: &mut Output) -> Result<String> {
    let missed = memory.missed.clone().context("no entry was made without the node")?;
    let begun = Instant::now();
    let node = stage.nodes.get_mut(PATIENTS)?;
    node.start()?;
    node.until_ready(begun, out).await?;
    documents::sees(stage, PATIENTS, &missed.last).await?;
    let caught_up = begun.elapsed();

    let height = missed.last.height;
    let expected = state_root(stage.client(CLINIC)?, height).await?;
    let found = state_root(stage.client(PATIENTS)?, height).await?;
    ensure!(found == expected, "at height {height} it has the state root {found}, the clinic has {expected}");
    let (agreed, root) = stage.agreement().await?;
    Ok(format!(
        "caught up in {} ms: it shows the entries it missed, and at height {agreed} all four have the state root {}…",
        caught_up.as_millis(),
        short(&root)
    ))
}
