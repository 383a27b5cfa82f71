//! What receipts prove.

use super::{changed, founders, plain, successors};
use crate::{
    Receipt,
    proved::utc,
    testing::{self, Tree, Validators, anchor},
    verify,
};
use epione_types::UnixMs;

#[test]
fn a_receipt_proves_an_event_and_says_so() {
    let proved = verify(&plain().to_bytes(), &anchor(&founders())).unwrap();
    assert_eq!((proved.position, proved.event_size, proved.height), (5, 11, 70));
    assert_eq!(proved.codes, Some(vec![0, 196_609]));
    assert_eq!((proved.signed.voters.len(), proved.signed.validators), (3, 4));
    let words = proved.words().join("\n");
    for part in [
        "is final: call 1 succeeded, call 2 was refused with code 196609.",
        "It is event 5 (counted from 0) of the 11 that chain1",
        "with block 70, so it happened by 2027-01-15T08:01:10Z of block time.",
        "Block 70 was certified by 3 of 4 validators: edk1",
        "keys of former validators, back to the founders",
        "other changes of the validators or none. Where that matters, compare the hash of block 70 with that of a node you trust: ",
    ] {
        assert!(words.contains(part), "{part}\n{words}");
    }
    assert!(words.ends_with(&format!("{}.", proved.block)), "{words}");
}

#[test]
fn a_receipt_goes_through_every_change_of_the_validators() {
    let proved = verify(&changed().to_bytes(), &anchor(&founders())).unwrap();
    let heights: Vec<u64> = proved.changes.iter().map(|change| change.height).collect();
    assert_eq!(heights, [999, 4_999]);
    assert_eq!(proved.changes[0].committee, successors().committee());
    let words = proved.words().join("\n");
    for part in ["After block 999 (", "After block 4999 (", "keys of former validators, back to the founders"] {
        assert!(words.contains(part), "{part}\n{words}");
    }
}

#[test]
fn more_changes_than_a_thousand_can_be_gone_through() {
    let committees = [founders(), successors()];
    let link = |epoch: u64| {
        let at = usize::try_from(epoch % 2).unwrap();
        testing::link(epoch, &committees[at], &committees[1 - at]).unwrap()
    };
    let links = (0..1_500).map(link).collect();
    let receipt = testing::receipt((5, 1_500_070), &Tree::of(11), &founders(), links).unwrap();
    let proved = verify(&receipt.to_bytes(), &anchor(&founders())).unwrap();
    assert_eq!(proved.changes.len(), 1_500);
}

#[test]
fn every_committee_that_has_a_quorum_can_prove() {
    for count in 1..=13 {
        let validators = Validators::of(1..=count);
        let receipt = testing::receipt((0, 3), &Tree::of(1), &validators, Vec::new()).unwrap();
        assert!(verify(&receipt.to_bytes(), &anchor(&validators)).is_ok(), "{count}");
    }
}

#[test]
fn every_event_of_a_tree_can_be_proved() {
    let tree = Tree::of(300);
    for position in 0..300 {
        let receipt = testing::receipt((position, 8), &tree, &founders(), Vec::new()).unwrap();
        assert_eq!(verify(&receipt.to_bytes(), &anchor(&founders())).map(|proved| proved.position), Ok(position));
    }
}

/// The figures of the issue: 2 kB with 10⁶ events, 3 kB with 10⁹, 700 bytes per change, four validators.
#[test]
fn receipts_are_compact() {
    let bytes = plain().to_bytes().len();
    let levels = 4; // Of a tree of 11.
    assert!(bytes + (20 - levels) * 32 <= 2_000, "{bytes}");
    assert!(bytes + (30 - levels) * 32 <= 3_000, "{bytes}");
    let with_changes = changed().to_bytes().len();
    let without = Receipt { links: Default::default(), ..changed() }.to_bytes().len();
    assert!(with_changes - without <= 2 * 700, "{}", with_changes - without);
}

#[test]
fn moments_are_those_of_the_calendar() {
    for (ms, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_399_999, "2000-02-28T23:59:59Z"),
        (951_782_400_000, "2000-02-29T00:00:00Z"),
        (1_772_323_200_000, "2026-03-01T00:00:00Z"),
        (4_102_444_799_000, "2099-12-31T23:59:59Z"),
    ] {
        assert_eq!(utc(UnixMs(ms)), text);
    }
    assert!(utc(UnixMs(u64::MAX)).ends_with('Z'));
}
