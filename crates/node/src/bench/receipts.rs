//! `epione bench receipts`: how large receipts are, what they cost, and whether any altered one is accepted; and what
//! it costs to verify an archive.
//!
//! The chain is invented: four validators, events that are results of transactions of two calls. Everything runs on one
//! thread, so elapsed time is processor time.

use super::{count_of, report::percentile};
use anyhow::{Context as _, Result, ensure};
use epione_cli::Output;
use epione_types::Hash;
use epione_verify::{
    PATH_MAX,
    archive::testing::{InMemory, Invented},
    testing::{self, Tree, Validators, anchor, entry, mutant},
    verify,
};
use serde_json::{Value, json};
use std::{
    panic::catch_unwind,
    time::{Duration, Instant},
};

/// Verifications that are timed.
const VERIFICATIONS: usize = 1_000;
/// The number of events whose path is computed only.
const COMPUTED_EVENTS: u64 = 1_000_000_000;

/// Transactions of each block of the archive.
const TXS_PER_BLOCK: u64 = 100;
/// Blocks of a segment of the archive.
const BLOCKS_PER_SEGMENT: usize = 200;

/// What was asked of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReceiptOptions {
    /// Events of the tree.
    pub(crate) events: usize,
    /// Altered receipts.
    pub(crate) mutants: usize,
    /// Blocks of the archive.
    pub(crate) blocks: usize,
}

/// Runs the measurement.
///
/// # Errors
/// If a good receipt is refused, or an altered one is accepted.
pub(crate) fn run(options: ReceiptOptions, out: &mut Output) -> Result<()> {
    let events = u64::try_from(options.events)?;
    out.progress(format_args!("A tree of {events} events"))?;
    let leaves: Vec<Hash> = (0..events).map(|number| entry(number).leaf()).collect();
    let mut tree = Tree::default();
    let begun = Instant::now();
    leaves.iter().for_each(|leaf| tree.append(*leaf));
    let append = begun.elapsed();
    let begun = Instant::now();
    let proved = tree.path(events / 3)?;
    let prove = begun.elapsed();

    let (founders, others) = (Validators::of(1..=4), Validators::of(5..=8));
    let made = |height, validators: &Validators, links| {
        testing::receipt((events / 3, height), &tree, validators, links).context("no receipt could be made")
    };
    let receipt = made(70, &founders, Vec::new())?;
    ensure!(*receipt.path == *proved, "two paths of one event differ");
    let bytes = receipt.to_bytes();
    let link = testing::link(0, &founders, &others).context("no change could be made")?;
    let changed = made(2_000, &others, vec![link])?.to_bytes();
    let known = anchor(&founders);
    let mut times = Vec::with_capacity(VERIFICATIONS);
    for _ in 0..VERIFICATIONS {
        let begun = Instant::now();
        verify(&bytes, &known)?;
        times.push(begun.elapsed());
    }
    verify(&changed, &known)?;
    out.progress(format_args!("{} altered receipts", options.mutants))?;
    let (accepted, panicked) = alter(&[&bytes, &changed], options.mutants, |bytes| verify(bytes, &known).is_ok());
    let archive = archive(u64::try_from(options.blocks)?, out)?;
    let computed = bytes.len() - 32 * receipt.path.len() + 32 * levels(COMPUTED_EVENTS);
    out.result(&json!({
        "receipt_bytes": bytes.len(),
        "receipt_bytes_at_1e9_events_computed": computed,
        "bytes_per_change": changed.len() - bytes.len(),
        "verify_ms": { "p50": percentile(&times, 50), "p99": percentile(&times, 99), "max": percentile(&times, 100) },
        "append_us_per_event": micros(append) / count_of(options.events),
        "path_us": micros(prove),
        "archive": archive,
        "mutants": { "tried": options.mutants, "accepted": accepted, "panicked": panicked },
        "conditions": {
            "events": events,
            "validators": 4,
            "signatures_per_certificate": receipt.certificate.votes.len(),
            "profile": if cfg!(debug_assertions) { "dev" } else { "release" },
            "version": env!("CARGO_PKG_VERSION"),
            "event": "the result of a transaction of two calls; append is from leaf hash to kept hashes, in memory; \
             the archive is verified from memory, its transactions, of 50 signers, have 226 bytes or, each third, \
             250",
        },
    }))?;
    ensure!(accepted == 0 && panicked == 0, "{accepted} altered receipts were accepted, {panicked} caused a panic");
    Ok(())
}

/// What it costs to verify an archive of so many blocks.
fn archive(blocks: u64, out: &mut Output) -> Result<Value> {
    out.progress(format_args!("An archive of {blocks} blocks"))?;
    let chain = Invented { blocks, txs: TXS_PER_BLOCK, validators: vec![Validators::of(1..=4)], certified_every: 1 };
    let (archive, anchor) = (InMemory::of(&chain.records(), BLOCKS_PER_SEGMENT), chain.anchor());
    let begun = Instant::now();
    let proved = archive.verify(&anchor)?;
    let elapsed = begun.elapsed();
    let (txs, bytes) = (count_of(usize::try_from(proved.txs)?), archive.segments.iter().map(Vec::len).sum());
    Ok(json!({
        "tx_per_s": txs / elapsed.as_secs_f64(),
        "us_per_tx": micros(elapsed) / txs,
        "bytes_per_tx": count_of(bytes) / txs,
        "blocks": blocks,
        "txs": proved.txs,
        "events": proved.events,
        "certificates": proved.certificates,
    }))
}

/// How many of so many altered receipts are accepted, and how many cause a panic.
fn alter(receipts: &[&[u8]], count: usize, accepts: impl Fn(&[u8]) -> bool + std::panic::RefUnwindSafe) -> (u64, u64) {
    let altered = |bytes: &[u8], share: usize| -> Vec<Vec<u8>> {
        (0..).filter_map(|number| mutant(bytes, number)).take(share).collect()
    };
    let (mut accepted, mut panicked) = (0, 0);
    for bytes in receipts {
        for mutant in altered(bytes, count.div_ceil(receipts.len())) {
            match catch_unwind(|| accepts(&mutant)) {
                Ok(is_accepted) => accepted += u64::from(is_accepted),
                Err(_panic) => panicked += 1,
            }
        }
    }
    (accepted, panicked)
}

/// Most hashes of a path in a tree of so many events.
fn levels(events: u64) -> usize {
    usize::try_from(events.next_power_of_two().trailing_zeros()).unwrap_or(PATH_MAX)
}

fn micros(elapsed: Duration) -> f64 {
    elapsed.as_secs_f64() * 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use epione_cli::Format;

    #[test]
    fn a_small_measurement_passes() {
        let mut out = Output::new(Format::Json, Box::new(Vec::new()), Box::new(Vec::new()));
        run(ReceiptOptions { events: 1_000, mutants: 500, blocks: 3 }, &mut out).unwrap();
        assert_eq!((levels(1), levels(1_000_000), levels(COMPUTED_EVENTS)), (0, 20, 30));
    }

    #[test]
    fn what_is_accepted_or_panics_is_counted() {
        assert_eq!(alter(&[b"receipt"], 10, |_| true), (10, 0));
        assert_eq!(alter(&[b"receipt", b"other"], 10, |bytes| bytes.len() == 5), (5, 0));
        assert_eq!(alter(&[b"receipt"], 3, |_| panic!("as it is told")), (0, 3));
    }
}
