//! How fast the notary's events become rows: prints microseconds per row for a growing database.
//!
//! `cargo run --release -p epione-projection --example rate [batches]`
#![expect(clippy::print_stdout, reason = "an example that measures tells what it measured")]

use epione_kernel::EventAt;
use epione_projection::Projection;
use epione_types::{Bytes, Entry, Hash, List, ModuleId, Origin, TxId, TxResult, UnixMs, encode};
use std::{error::Error, time::Instant};

const TXS_PER_BATCH: u64 = 4_000;

fn main() -> Result<(), Box<dyn Error>> {
    let batches: u64 = std::env::args().nth(1).map_or(Ok(50), |batches| batches.parse())?;
    let dir = tempfile::tempdir()?;
    let mut projection = Projection::open(&dir.path().join("rows.sqlite"), epione_modules::ALL)?;
    for height in 1..=batches {
        let events = block(height)?;
        let start = Instant::now();
        projection.apply(&events)?;
        let rows = u32::try_from(events.len())?;
        if height % 10 == 0 {
            println!("{} rows: {:?} per row", projection.cursor(), start.elapsed() / rows);
        }
    }
    Ok(())
}

/// A block full of commitments: a result and an event for each transaction.
fn block(height: u64) -> Result<Vec<(EventAt, Entry)>, Box<dyn Error>> {
    let mut events = Vec::new();
    for tx in 0..TXS_PER_BATCH {
        let id = Hash::sha256(&[&height.to_le_bytes(), &tx.to_le_bytes()]);
        let codes = List::new(vec![0]).map_err(|_codes| "one code is not too many")?;
        let owner = epione_types::SignerId::Organization(epione_types::OrgId([u8::try_from(tx % 4)?; 16]));
        let note = (epione_types::NoteId(id.truncated()), owner, epione_modules::notary::Kind::Report, id);
        let result = (Origin::Tx { id: TxId(id.0) }, ModuleId::SYSTEM, encode(&TxResult { codes }));
        let committed = (Origin::Call { id: TxId(id.0), index: 0 }, ModuleId(3), encode(&note));
        for (origin, module, body) in [result, committed] {
            let body = Bytes::new(body).map_err(|_body| "the body is not too long")?;
            let offset = u64::try_from(events.len())?;
            let position = (height - 1) * TXS_PER_BATCH * 2 + offset;
            let at = EventAt { position, height, time: UnixMs(height), origin };
            events.push((at, Entry { version: 1, salt: [0; 16], origin, module, number: 1, body }));
        }
    }
    Ok(events)
}
