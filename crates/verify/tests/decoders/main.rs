//! The readers of receipts and archives meet what others send: random bytes, and good ones with some damage. The
//! properties are those that are fuzzed (see `fuzz/README.md`).

mod good;
mod properties;

use epione_verify::testing::mutant;
use proptest::prelude::*;

/// The property with this name.
fn property(name: &str) -> fn(&[u8]) -> bool {
    match name {
        "receipt" => properties::receipt,
        "archive_manifest" => properties::manifest,
        "archive_segment" => properties::segment,
        other => panic!("there is no property {other}"),
    }
}

#[test]
fn good_files_prove_something() {
    for (name, bytes) in good::good() {
        let property = property(name);
        assert!(property(&bytes), "{name}");
        assert!(!property(&[bytes.as_slice(), &[0]].concat()), "{name}");
        assert!(!property(&bytes[..bytes.len() - 1]), "{name}");
    }
}

proptest! {
    #[test]
    fn damaged_files_keep_the_property(damage in any::<u32>()) {
        for (name, bytes) in good::good() {
            if let Some(damaged) = mutant(&bytes, damage as usize) {
                prop_assert!(!property(name)(&damaged), "{}", name);
            }
        }
    }

    #[test]
    fn random_bytes_keep_the_property(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(!properties::receipt(&bytes));
        prop_assert!(!properties::receipt(&[&b"epioneR\x01"[..], &bytes].concat()));
        prop_assert!(!properties::manifest(&[&b"epione archive 1\n"[..], &bytes].concat()));
        prop_assert!(!properties::segment(&[&b"epioneA\x01"[..], &bytes].concat()));
    }
}
