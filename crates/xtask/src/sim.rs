//! `cargo xtask sim`: runs the simulator, which is a program of its own because it contains the whole engine.

use anyhow::{Context as _, Result};
use std::{
    path::Path,
    process::{Command, ExitCode},
};

/// Runs `epione-sim` with `args`; its success or failure.
///
/// # Errors
/// If cargo cannot be started.
pub fn run(root: &Path, args: &[&str]) -> Result<ExitCode> {
    // Cargo sets this for the programs that it runs.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(root)
        .args(["run", "--quiet", "--package", "epione-sim", "--bin", "epione-sim", "--"])
        .args(args)
        .status()
        .context("cannot start cargo to run the simulator")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
