//! Nonce lanes against a naive model: the set of all numbers that were used.

use super::{key, toy};
use crate::Lane;
use epione_types::{Nonce, TxFault, limits::NONCE_WINDOW};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// What a lane must say to `seq`, given all that was used: unused numbers of the window above the highest less 512.
fn model(used: &BTreeSet<u64>, seq: u64) -> Result<(), &'static str> {
    let high = used.last().copied().unwrap_or(0);
    if seq == 0 || used.contains(&seq) || seq + NONCE_WINDOW <= high {
        Err("nonce-used")
    } else if seq > high + NONCE_WINDOW {
        Err("nonce-ahead")
    } else {
        Ok(())
    }
}

/// The lowest number that a lane still accepts.
fn next(used: &BTreeSet<u64>) -> u64 {
    (1..).find(|seq| model(used, *seq).is_ok()).unwrap()
}

proptest! {
    #[test]
    fn a_lane_is_a_set_of_used_numbers(steps in prop::collection::vec((0_u64..4, 0_u64..700), 1..200)) {
        let (mut lane, mut used) = (Lane::default(), BTreeSet::new());
        for (kind, step) in steps {
            let seq = match kind {
                0 => lane.high() + step,
                1 => (lane.high() + 1).saturating_sub(step),
                2 => lane.high() + NONCE_WINDOW - 1 + step % 4,
                _ => (lane.high() + 2).saturating_sub(NONCE_WINDOW) + step % 4,
            };
            let nonce = Nonce { lane: 0, seq };
            match (lane.with(nonce), model(&used, seq)) {
                (Ok(after), Ok(())) => {
                    used.insert(seq);
                    lane = after;
                }
                (Err(fault), Err(name)) => {
                    prop_assert_eq!(fault.name(), name);
                    if let TxFault::NonceAhead { next: found, .. } = fault {
                        prop_assert_eq!(found, next(&used));
                    }
                }
                (found, expected) => prop_assert!(false, "{seq}: {found:?}, not {expected:?}"),
            }
            // Of what cannot be used now only what lies at most a second window ahead may wait.
            for far in [lane.high() + 2 * NONCE_WINDOW, lane.high() + 2 * NONCE_WINDOW + 1 + step, u64::MAX] {
                let waits = lane.may_wait(Nonce { lane: 0, seq: far });
                prop_assert_eq!(waits.is_ok(), far <= lane.high() + 2 * NONCE_WINDOW);
                prop_assert_eq!(waits.err().map_or("nonce-ahead", |fault| fault.name()), "nonce-ahead");
            }
            let fits = lane.with(nonce).map(drop);
            prop_assert_eq!(lane.may_wait(nonce).is_ok(), fits.is_ok() || model(&used, seq) == Err("nonce-ahead"));
            prop_assert_eq!(lane.next_unused(), next(&used));
            prop_assert_eq!(lane.high(), used.last().copied().unwrap_or(0));
        }
    }
}

#[test]
fn the_largest_number_does_not_overflow() {
    let lane = Lane::default();
    let ahead = lane.with(Nonce { lane: 0, seq: u64::MAX });
    assert_eq!(ahead, Err(TxFault::NonceAhead { nonce: Nonce { lane: 0, seq: u64::MAX }, next: 1 }));
}

#[test]
fn lanes_and_signers_are_independent() {
    let mut chain = toy::chain();
    chain.block(1, &[]).unwrap();
    let tx = |chain: &super::Chain, lane, seq| {
        chain.tx(toy::ALICE, &key("alice"), Nonce { lane, seq }, vec![toy::put::<7>(5, seq)])
    };
    let bob = chain.tx(toy::BOB, &key("bob"), Nonce { lane: 0, seq: 2 }, vec![toy::put::<8>(5, 5)]);
    let txs = [tx(&chain, 0, 2), tx(&chain, 1, 2), tx(&chain, 0, 1), tx(&chain, 255, 512), bob];
    chain.block(1, &txs).unwrap();
    for used in txs {
        assert_eq!(chain.block(1, std::slice::from_ref(&used)).unwrap_err(), TxFault::NonceUsed(used.tx.nonce));
    }
    let ahead = tx(&chain, 0, 515);
    assert_eq!(chain.block(1, &[ahead]).unwrap_err().name(), "nonce-ahead");
    // The same number twice in one block.
    let (one, two) = (tx(&chain, 0, 3), tx(&chain, 0, 3));
    assert_eq!(chain.block(1, &[one, two]).unwrap_err().name(), "nonce-used");
}
