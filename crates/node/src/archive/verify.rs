//! `epione verify-archive`: what an archive proves, without a node.

use super::{
    ms,
    reading::{Reading, anchor, ensure_chain, manifest},
    shown,
};
use crate::genesis;
use anyhow::Result;
use epione_cli::{Format, Modules, Output};
use serde_json::json;
use std::{path::PathBuf, time::Instant};

/// What `epione verify-archive` was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VerifyOptions {
    /// The folder of the archive.
    pub(crate) dir: PathBuf,
    /// The genesis that the verifier knows by itself.
    pub(crate) genesis: Option<PathBuf>,
}

/// Verifies the archive and says what it proves.
///
/// # Errors
/// The first thing that is wrong: in which file, and in which block.
pub(crate) fn verify(modules: Modules, options: &VerifyOptions, out: &mut Output) -> Result<()> {
    let begun = Instant::now();
    let dir = &options.dir;
    let manifest = manifest(dir)?;
    let anchor = anchor(modules, dir, &manifest)?;
    if let Some(known) = &options.genesis {
        ensure_chain(dir, anchor.chain, genesis::anchor(modules, known)?.chain)?;
    }
    out.progress(format_args!("Verifying blocks 1 to {} of {}", manifest.height, anchor.chain))?;
    let proved = Reading::begin(dir, &manifest, &anchor)?.read_to_end(out)?;
    let elapsed = begun.elapsed();
    match out.format() {
        Format::Json => {
            let mut shown = shown(&proved);
            shown["ok"] = json!(true);
            shown["genesis"] = json!(if options.genesis.is_some() { "given" } else { "of the archive" });
            shown["ms"] = json!(ms(elapsed));
            Ok(out.result(&shown)?)
        }
        Format::Human => {
            let mut text = proved.words().join("\n");
            if options.genesis.is_none() {
                text = format!(
                    "TAKE CARE: the genesis is the archive's own. What follows is worth something only if {} is the \
                     chain of the consortium: compare it with what you have from elsewhere, or name your genesis file \
                     with --genesis.\n{text}",
                    proved.chain
                );
            }
            Ok(out.text(&format!("{text}\nNothing is wrong ({:.1} s).\n", elapsed.as_secs_f64()))?)
        }
    }
}
