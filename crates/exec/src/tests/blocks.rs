//! What a block yields.

use super::{key, toy};
use crate::SystemReject;
use epione_types::{Hash, ModuleId, Nonce, Origin, TxResult, decode, limits};

#[test]
fn modules_begin_in_the_first_block_in_the_order_of_the_genesis() {
    let mut chain = toy::chain();
    let outcome = chain.block(1, &[]).unwrap();
    let found: Vec<_> = outcome.entries.iter().map(|entry| (entry.module, entry.number, entry.origin)).collect();
    let (seven, eight) = (ModuleId(7), ModuleId(8));
    assert_eq!(found, [(eight, 1, Origin::Genesis), (seven, 1, Origin::Genesis), (seven, 1, Origin::Genesis)]);
    assert_eq!((toy::value::<8>(&chain.state, 3), toy::value::<7>(&chain.state, 2)), (Some(30), Some(20)));
    // Every leaf is blinded by other bytes.
    let mut salts: Vec<_> = outcome.entries.iter().map(|entry| entry.salt).collect();
    salts.sort_unstable();
    salts.dedup();
    assert_eq!(salts.len(), 3);

    let outcome = chain.block(1, &[]).unwrap();
    assert!(outcome.entries.is_empty() && outcome.txs.is_empty());
    assert_eq!(outcome.event_size, 3);
}

#[test]
fn transactions_of_the_first_block_see_the_genesis() {
    let mut chain = toy::chain();
    let tx = chain.tx(toy::ALICE, &key("alice"), Nonce { lane: 0, seq: 1 }, vec![toy::follow::<7>(1)]);
    assert_eq!(chain.block(1, &[tx]).unwrap().txs[0].codes, [0]);
    assert_eq!(toy::value::<7>(&chain.state, 10), Some(1));
}

#[test]
fn the_result_is_the_first_event_of_a_transaction() {
    let mut chain = toy::chain();
    chain.block(1, &[]).unwrap();
    let calls = vec![toy::put::<7>(5, 6), toy::refuse::<7>(5), toy::put::<8>(5, 7), toy::flood::<7>(0, 2)];
    let one = chain.tx(toy::ALICE, &key("alice"), Nonce { lane: 0, seq: 1 }, calls);
    let two = chain.tx(toy::BOB, &key("bob"), Nonce { lane: 0, seq: 1 }, vec![toy::refuse::<8>(5)]);
    let outcome = chain.block(1, &[one.clone(), two.clone()]).unwrap();

    let (id, other) = (one.tx.id(), two.tx.id());
    let found: Vec<_> = outcome.entries.iter().map(|entry| (entry.module.0, entry.number, entry.origin)).collect();
    let expected = [
        (0, TxResult::NUMBER, Origin::Tx { id }),
        (7, 1, Origin::Call { id, index: 0 }),
        (8, 1, Origin::Call { id, index: 2 }),
        (7, 2, Origin::Call { id, index: 3 }),
        (7, 2, Origin::Call { id, index: 3 }),
        (0, TxResult::NUMBER, Origin::Tx { id: other }),
    ];
    assert_eq!(found, expected);
    let refused = 7 << 16 | 2;
    let result: TxResult = decode(&outcome.entries[0].body, 1000).unwrap();
    assert_eq!((&*result.codes, &*outcome.txs[0].codes), (&[0, refused, 0, 0][..], &[0, refused, 0, 0][..]));
    assert_eq!((outcome.txs[0].id, outcome.txs[1].id), (id, other));
    for (place, entry) in (0..).zip(&outcome.entries[..5]) {
        assert_eq!(entry.salt, one.event_salt(place));
    }
    assert_eq!(outcome.entries[5].salt, two.event_salt(0));
}

#[test]
fn each_call_succeeds_or_is_refused_alone() {
    let mut chain = toy::chain();
    chain.block(1, &[]).unwrap();
    // The refused call wrote zero before it was refused; the last one sees what the first wrote.
    let calls = vec![toy::put::<7>(50, 51), toy::refuse::<7>(50), toy::put::<7>(51, 52), toy::follow::<7>(50)];
    let tx = chain.tx(toy::ALICE, &key("alice"), Nonce { lane: 0, seq: 1 }, calls);
    assert_eq!(chain.block(1, &[tx]).unwrap().txs[0].codes, [0, 7 << 16 | 2, 0, 0]);
    assert_eq!(toy::value::<7>(&chain.state, 50), Some(51));
    assert_eq!(toy::value::<7>(&chain.state, 52), Some(2));
}

#[test]
fn a_call_writes_and_emits_within_limits() {
    let mut chain = toy::chain();
    chain.block(1, &[]).unwrap();
    let (rows, events) = (limits::ROWS_PER_CALL_MAX as u64, limits::EVENTS_PER_CALL_MAX as u64);
    let calls = vec![toy::flood::<8>(rows + 1, 0), toy::flood::<8>(0, events + 1)];
    let tx = chain.tx(toy::ALICE, &key("alice"), Nonce { lane: 0, seq: 1 }, calls);
    let too_much = SystemReject::TooMuch.code();
    let outcome = chain.block(1, &[tx]).unwrap();
    assert_eq!(outcome.txs[0].codes, [too_much, too_much]);
    assert_eq!((outcome.entries.len(), toy::value::<8>(&chain.state, 0)), (1, None));

    let tx = chain.tx(toy::ALICE, &key("alice"), Nonce { lane: 0, seq: 2 }, vec![toy::flood::<8>(rows, events)]);
    let outcome = chain.block(1, &[tx]).unwrap();
    assert_eq!((outcome.txs[0].codes[0], outcome.entries.len() as u64), (0, events + 1));
}

#[test]
fn the_event_tree_spans_the_blocks() {
    let mut chain = toy::chain();
    let mut roots = vec![Hash::sha256(&[])];
    for seq in 1..=20_u64 {
        let txs: Vec<_> = (0..seq % 4)
            .map(|lane| {
                let nonce = Nonce { lane: u16::try_from(lane).unwrap(), seq };
                chain.tx(toy::ALICE, &key("alice"), nonce, vec![toy::flood::<7>(1, seq % 7)])
            })
            .collect();
        // The chain compares the root with the tree hash over all leaves.
        roots.push(chain.block(1, &txs).unwrap().event_root);
    }
    roots.dedup();
    assert_eq!(roots.len(), 16, "an empty block has the root of the block before");
}
