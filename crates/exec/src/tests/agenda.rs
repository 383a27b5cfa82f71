//! Scheduled work against a naive model: a list, sorted by time and then by order of scheduling.

use super::{key, toy};
use epione_types::{DurationMs, Nonce, Origin, UnixMs, limits::DUE_PER_BLOCK_MAX};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn work_is_done_in_order(blocks in prop::collection::vec((1_u64..400, prop::collection::vec(0_u64..1500, 0..60)), 1..25)) {
        let mut chain = toy::chain();
        chain.block(1, &[]).unwrap();
        let mut waiting: Vec<(UnixMs, u64)> = Vec::new();
        let mut label = 0;
        for (number, (later, delays)) in (1..).zip(blocks) {
            let time = chain.next(later).time;
            let calls: Vec<_> = delays
                .iter()
                .map(|delay| {
                    label += 1;
                    let at = time.after(DurationMs(*delay));
                    waiting.push((at, label));
                    if label % 2 == 0 { toy::plan::<7>(at, label) } else { toy::plan::<8>(at, label) }
                })
                .collect();
            // What is scheduled in this block falls due in a later one at the earliest.
            waiting.sort_unstable();
            let before = u64::try_from(calls.len()).unwrap();
            let first_new = label - before;
            let due: Vec<u64> = waiting
                .iter()
                .filter(|(at, label)| *at <= time && *label <= first_new)
                .map(|(_, label)| *label)
                .take(DUE_PER_BLOCK_MAX)
                .collect();
            let txs: Vec<_> = if calls.is_empty() {
                Vec::new()
            } else {
                vec![chain.tx(toy::ALICE, &key("alice"), Nonce { lane: 0, seq: number }, calls)]
            };
            let outcome = chain.block(later, &txs).unwrap();
            prop_assert_eq!(toy::fired(&outcome), due.clone());
            waiting.retain(|(_, label)| !due.contains(label));
            prop_assert_eq!(outcome.next_due, waiting.first().map(|(at, _)| *at));
        }
    }
}

#[test]
fn work_that_schedules_work_is_done_in_the_same_block() {
    let mut chain = toy::chain();
    chain.block(1, &[]).unwrap();
    let at = chain.next(500).time;
    let calls = vec![toy::plan::<7>(at, toy::AGAIN + 5), toy::plan::<8>(at, 6)];
    let tx = chain.tx(toy::ALICE, &key("alice"), Nonce { lane: 0, seq: 1 }, calls);
    assert_eq!(chain.block(1, &[tx]).unwrap().next_due, Some(at));
    assert_eq!(toy::fired(&chain.block(498, &[]).unwrap()), [0; 0]);
    let outcome = chain.block(1, &[]).unwrap();
    assert_eq!(toy::fired(&outcome), [toy::AGAIN + 5, 6, 5]);
    assert_eq!(outcome.entries[0].origin, Origin::Due { height: chain.height });
    assert_eq!(outcome.next_due, None);
    assert_eq!(toy::value::<8>(&chain.state, 6), Some(chain.height));
}

#[test]
fn a_block_does_a_bounded_amount() {
    let mut chain = toy::chain();
    chain.block(1, &[]).unwrap();
    let at = chain.time;
    for seq in 1..=3 {
        let calls = (0..60).map(|label| toy::plan::<7>(at, seq * 100 + label)).collect();
        let tx = chain.tx(toy::ALICE, &key("alice"), Nonce { lane: 0, seq }, calls);
        // These blocks do no work: their first step is left out.
        let mut execution = crate::Execution::new(chain.modules, chain.next(0));
        for checked in chain.checked(&[tx]).unwrap() {
            execution.tx(&chain.state, &checked).unwrap();
        }
        assert_eq!(execution.tx_count(), 1);
        let outcome = execution.finish(&chain.state).unwrap();
        chain.commit(0, &outcome);
    }
    let counts: Vec<usize> = (0..4).map(|_| toy::fired(&chain.block(1, &[]).unwrap()).len()).collect();
    assert_eq!(counts, [64, 64, 52, 0]);
}

#[test]
fn refused_calls_schedule_nothing() {
    let mut chain = toy::chain();
    chain.block(1, &[]).unwrap();
    let too_much = toy::flood::<7>(300, 0);
    let tx =
        chain.tx(toy::CAROL, &key("carol"), Nonce { lane: 0, seq: 1 }, vec![toy::plan::<7>(UnixMs(0), 1), too_much]);
    let outcome = chain.block(1, &[tx]).unwrap();
    assert_eq!((&*outcome.txs[0].codes, outcome.next_due), (&[1, 1][..], None));
}
