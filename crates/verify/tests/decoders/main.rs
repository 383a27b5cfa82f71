//! The reader of receipts meets what others send: random bytes, and good ones with some damage. The property is the one that is
//! fuzzed (see `fuzz/README.md`).

mod good;
mod properties;

use epione_verify::testing::mutant;
use proptest::prelude::*;

#[test]
fn good_receipts_prove_something() {
    for (_, bytes) in good::good() {
        assert!(properties::receipt(&bytes));
        assert!(!properties::receipt(&[bytes.as_slice(), &[0]].concat()));
        assert!(!properties::receipt(&bytes[..bytes.len() - 1]));
    }
}

proptest! {
    #[test]
    fn damaged_receipts_keep_the_property(damage in any::<u32>()) {
        for (_, bytes) in good::good() {
            if let Some(damaged) = mutant(&bytes, damage as usize) {
                prop_assert!(!properties::receipt(&damaged));
            }
        }
    }

    #[test]
    fn random_bytes_keep_the_property(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(!properties::receipt(&bytes));
        prop_assert!(!properties::receipt(&[&b"epioneR\x01"[..], &bytes].concat()));
    }
}
