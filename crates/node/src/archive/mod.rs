//! `epione export`, `verify-archive` and `import`: a member's history as files, without the node.

mod export;

pub(crate) mod files;

mod import;

mod reading;

mod verify;

#[cfg(test)]
mod tests;

pub(crate) use export::{ExportOptions, export};
pub(crate) use import::{ImportOptions, import};
pub(crate) use verify::{VerifyOptions, verify};

use epione_cli::Failure;
use epione_verify::archive::{Damage, Verified};
use serde_json::{Value, json};
use std::{path::Path, time::Duration};

/// How often it is told how far the work is.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// The failure that an archive with a fault is.
fn proves_nothing(dir: &Path, damage: &Damage) -> Failure {
    let number = damage.number();
    Failure::Refused(format!("the archive {} proves nothing (fault {number}): {damage}", dir.display()))
}

/// What an archive proves, for programs.
fn shown(proved: &Verified) -> Value {
    let changes: Vec<Value> = proved
        .changes
        .iter()
        .map(|change| {
            json!({ "height": change.height, "voters": change.signed.voters, "validators": change.committee.keys })
        })
        .collect();
    json!({
        "chain": proved.chain,
        "height": proved.height,
        "time": proved.time,
        "head": proved.head,
        "txs": proved.txs,
        "events": proved.events,
        "certificates": proved.certificates,
        "voters": proved.signed.voters,
        "validators": proved.signed.validators,
        "changes": changes,
        "words": proved.words(),
        "assumption": proved.assumption(),
        "unchecked": proved.unchecked(),
    })
}

/// Milliseconds, for programs.
fn ms(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
