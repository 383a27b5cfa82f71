//! Golden vectors: `vectors/receipt.json`, so that other programs can be held to the same bytes.
//!
//! With `EPIONE_VECTORS=write` in the environment the file is written; a changed file is a changed format.

use super::{changed, founders, plain};
use crate::{Receipt, testing::anchor, verify};
use serde_json::{Value, json};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/receipt.json");

fn vector((name, receipt): (&str, Receipt)) -> Value {
    let bytes = receipt.to_bytes();
    let proved = verify(&bytes, &anchor(&founders())).unwrap();
    let altered = |at: usize| {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        let fault = verify(&altered, &anchor(&founders())).unwrap_err();
        json!({ "byte": at, "fault": fault.number(), "text": fault.to_string() })
    };
    let flipped = [0, 7, 8, bytes.len() / 2, bytes.len() - 1].map(altered);
    json!({
        "name": name,
        "hex": hex::encode(&bytes),
        "proved": {
            "position": proved.position,
            "event_size": proved.event_size,
            "codes": proved.codes,
            "block": proved.block,
            "height": proved.height,
            "time": proved.time,
            "voters": proved.signed.voters,
            "changes": proved.changes.iter().map(|change| change.height).collect::<Vec<_>>(),
            "words": proved.words(),
        },
        "lowest_bit_flipped": flipped,
    })
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may ask whether to write the file anew, and reads it")]
fn receipts_are_those_of_the_golden_vectors() {
    let known = anchor(&founders());
    let receipts = [("before any change of the validators", plain()), ("after two changes", changed())];
    let expected = json!({
        "about": "Receipts: hex is the file, proved is what it proves to who knows the anchor.",
        "anchor": { "chain": known.chain, "epoch_blocks": known.epoch_blocks, "validators": known.committee.keys },
        "vectors": receipts.map(vector),
    });
    if std::env::var("EPIONE_VECTORS").is_ok_and(|value| value == "write") {
        std::fs::write(PATH, format!("{expected:#}\n")).unwrap();
    }
    let found = std::fs::read_to_string(PATH).unwrap_or_default();
    let found: Value = serde_json::from_str(&found).unwrap_or_default();
    assert!(found == expected, "vectors/receipt.json differs from what the code makes: is the format meant to change?");
}
