//! Golden vectors: `vectors/archive.json`, so that other programs can be held to the same bytes.
//!
//! With `EPIONE_VECTORS=write` in the environment the file is written; a changed file is a changed format.

use super::good;
use crate::archive::Content;
use serde_json::{Value, json};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/archive.json");

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may ask whether to write the file anew, and reads it")]
fn archives_are_those_of_the_golden_vectors() {
    let (chain, _, archive) = good();
    let known = chain.anchor();
    let proved = archive.verify(&known).unwrap();
    let altered = |(segment, byte): (usize, usize)| {
        let mut other = archive.clone();
        other.segments[segment][byte] ^= 1;
        other.manifest.segments[segment].content = Content::of(&other.segments[segment]);
        let damage = other.verify(&known).unwrap_err();
        json!({
            "segment": segment,
            "byte": byte,
            "fault": damage.number(),
            "height": damage.height,
            "text": damage.to_string(),
        })
    };
    let middle = archive.segments[1].len() / 2;
    let flipped = [(0, 0), (0, 7), (0, 8), (1, middle), (2, 300)].map(altered);
    let files = archive.manifest.segments.iter().zip(&archive.segments);
    let expected = json!({
        "about": "An archive: the text of its manifest, its segments, and what it proves to who knows the anchor. The \
         genesis file is not one of a real chain.",
        "anchor": { "chain": known.chain, "epoch_blocks": known.epoch_blocks, "validators": known.committee.keys },
        "manifest": archive.manifest.text(),
        "genesis": String::from_utf8_lossy(&archive.genesis),
        "segments": files.map(|(file, bytes)| json!({ "name": file.name(), "hex": hex::encode(bytes) })).collect::<Vec<_>>(),
        "proved": {
            "height": proved.height,
            "time": proved.time,
            "head": proved.head,
            "txs": proved.txs,
            "events": proved.events,
            "certificates": proved.certificates,
            "changes": proved.changes.iter().map(|change| change.height).collect::<Vec<_>>(),
            "words": proved.words(),
        },
        "lowest_bit_flipped_and_the_sum_adapted": flipped,
    });
    if std::env::var("EPIONE_VECTORS").is_ok_and(|value| value == "write") {
        std::fs::write(PATH, format!("{expected:#}\n")).unwrap();
    }
    let found = std::fs::read_to_string(PATH).unwrap_or_default();
    let found: Value = serde_json::from_str(&found).unwrap_or_default();
    assert!(found == expected, "vectors/archive.json differs from what the code makes: is the format meant to change?");
}
