//! Streams of blocks made from bytes. The property is the one that is fuzzed (see `fuzz/README.md`).

mod properties;

use proptest::prelude::*;

#[test]
fn no_bytes_are_no_blocks() {
    assert_eq!(properties::stream(&[]), properties::Seen::default());
}

#[test]
fn streams_reach_calls_that_succeed_and_transactions_that_do_not_fit() {
    // One block of one transaction of the first founder's operations key, with one call of the notary as in its example.
    let bytes = [10, 1, 0, 0xf2, 0, 1, 1, 1, 2, 0xa0, 0, 0, 0, 0, 0, 0, 0, 0];
    let seen = properties::stream(&bytes);
    assert_eq!((seen.executed, seen.done, seen.faulty), (1, 1, 0));
    // By a key that is not the signer's.
    let mut wrong = bytes;
    wrong[3] = 0x02;
    let seen = properties::stream(&wrong);
    assert_eq!((seen.executed, seen.done, seen.faulty), (0, 0, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_stream_has_one_outcome(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
        properties::stream(&bytes);
    }
}

#[test]
fn random_streams_do_something() {
    let mut dice = epione_kernel::Dice::new(1);
    let mut seen = properties::Seen::default();
    for _ in 0..40 {
        let bytes: Vec<u8> = (0..20).flat_map(|_| dice.bytes32()).collect();
        let one = properties::stream(&bytes);
        seen.executed += one.executed;
        seen.done += one.done;
        seen.faulty += one.faulty;
    }
    assert!(seen.executed > 40 && seen.done > 40 && seen.faulty > 5, "{seen:?}");
}
