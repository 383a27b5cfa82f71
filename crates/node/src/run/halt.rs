//! The end of a format: once the chain has reached the height at which the members agreed to upgrade, all live rows are
//! written into a file for the next release. The node stays up: others may still need blocks from it, and clients answers.

use crate::upgrades::{self, About};
use anyhow::{Context as _, Result, bail};
use epione_consensus::Ledger;
use epione_gateway::ports::Halted;
use epione_modules::network;
use epione_types::{Hash, Upgrade};
use std::path::Path;
use tokio::sync::watch;

/// Waits for the end and writes the rows; then never ends.
///
/// # Errors
/// If the state cannot be read or the file not be written.
pub(super) async fn keep(ledger: Ledger, data: &Path, halted: &watch::Sender<Option<Halted>>) -> Result<()> {
    let mut head = ledger.head();
    while !ledger.has_ended() {
        head.changed().await?;
    }
    let (halt, _) = ledger.read(&|view| network::halt(&view)).await?;
    let halt = halt.context("the chain has ended, but the state names no height for it")?;
    let Some(block) = head.borrow().block.clone() else { bail!("the chain has ended without a block") };
    let header = block.header();
    let told = |rows| Halted {
        height: header.height,
        release: halt.release.to_string(),
        state_format: halt.state_format,
        rows,
    };
    halted.send_replace(Some(told(None)));
    let upgrade = Upgrade {
        height: header.height,
        block: block.hash(),
        old_format: header.state_format,
        new_format: halt.state_format,
        old_root: header.state_root,
        rows_root: Hash::default(),
    };
    let path = upgrades::rows_path(data, header.height);
    let about = About { chain: ledger.chain(), upgrade, release: halt.release.clone() };
    let mut file = upgrades::write(&path, about).with_context(|| path.display().to_string())?;
    ledger.rows(|rows| file.page(rows).map_err(|error| format!("{error:#}"))).await?;
    let upgrade = file.end(&path).with_context(|| path.display().to_string())?;
    halted.send_replace(Some(told(Some(upgrade.rows_root))));
    tracing::warn!(
        height = upgrade.height,
        release = %halt.release,
        state_format = halt.state_format,
        rows = %path.display(),
        "the chain has reached the height at which the members agreed to upgrade: once all nodes show it, stop them, install \
         that release and start it"
    );
    std::future::pending().await
}
