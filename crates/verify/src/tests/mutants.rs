//! Altered receipts, in great numbers.

use super::{changed, founders, plain};
use crate::{
    Receipt,
    testing::{anchor, mutant},
    verify,
};
use proptest::prelude::*;

/// How many of each kind of receipt.
const COUNT: usize = 50_000;

/// Every bit flipped, every truncation, bytes appended, fields swapped and copied over others: 100,000 in all.
#[test]
fn no_altered_receipt_proves_anything() {
    let known = anchor(&founders());
    for receipt in [plain(), changed()] {
        let bytes = receipt.to_bytes();
        assert!(verify(&bytes, &known).is_ok());
        let mutants = (0..).filter_map(|number| Some((number, mutant(&bytes, number)?)));
        let (mut last, mut count) = (0, 0);
        for (number, mutant) in mutants.take(COUNT) {
            assert!(verify(&mutant, &known).is_err(), "mutant {number} is accepted");
            (last, count) = (number, count + 1);
        }
        // All bits, all truncations and more.
        assert!(count == COUNT && last > bytes.len() * 9 + 256, "{last}");
    }
}

proptest! {
    /// Whatever decodes has no other encoding.
    #[test]
    fn a_receipt_has_one_encoding(at in any::<prop::sample::Index>(), byte: u8, other in any::<prop::sample::Index>()) {
        let mut bytes = changed().to_bytes();
        let (at, other) = (at.index(bytes.len()), other.index(bytes.len()));
        bytes[at] = byte;
        bytes.swap(at, other);
        if let Ok(receipt) = Receipt::from_bytes(&bytes) {
            prop_assert_eq!(receipt.to_bytes(), bytes);
        }
    }
}
