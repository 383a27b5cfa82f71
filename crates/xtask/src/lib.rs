//! Development tasks of the workspace, started with `cargo xtask <task>`.
//!
//! The tasks are a library so that `cargo test --workspace` runs the same code as the command line.

use std::path::{Path, PathBuf};

pub mod sim;

pub mod tidy;

mod generated;

pub use generated::write as write_docs;

/// The top folder of this checkout.
#[must_use]
pub fn workspace_root() -> PathBuf {
    let manifest_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest_dir.ancestors().nth(2).unwrap_or(manifest_dir).to_path_buf()
}
