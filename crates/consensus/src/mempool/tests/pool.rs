//! What waits, what is offered, what leaves.

use crate::{
    Final,
    mempool::{Included, Mempool, MempoolLimits, PoolError},
};
use epione_exec::CheckedTx;
use epione_types::{ChainId, List, Nonce, OrgId, Signature, SignedTx, SignerId, Tx, TxId, UnixMs};

const CANDIDATE_MS: u64 = 3_000;
const NOW: UnixMs = UnixMs(1_000_000);

fn pool() -> Mempool {
    Mempool::new(MempoolLimits { txs: 100, bytes: 100_000, txs_per_signer: 50 }, CANDIDATE_MS)
}

fn later(ms: u64) -> UnixMs {
    UnixMs(NOW.0 + ms)
}

fn signer(byte: u8) -> SignerId {
    SignerId::Organization(OrgId([byte; 16]))
}

/// A transaction of 100 bytes. The pool does not look at its calls and signature.
fn tx(by: u8, seq: u64) -> CheckedTx {
    tx_with(by, seq, 0)
}

/// Another transaction with the same nonce for another `salt`.
fn tx_with(by: u8, seq: u64, salt: u8) -> CheckedTx {
    let tx = Tx {
        version: Tx::VERSION,
        chain: ChainId([1; 32]),
        signer: signer(by),
        nonce: Nonce { lane: 0, seq },
        salt: [salt; 16],
        valid_until: later(60_000),
        calls: List::default(),
    };
    let id = tx.id();
    let tx = SignedTx { tx, signature: Signature::Ed25519 { key: [0; 32], bytes: [0; 64] } };
    CheckedTx { tx, id, len: 100 }
}

fn ids(txs: &[std::sync::Arc<CheckedTx>]) -> Vec<TxId> {
    txs.iter().map(|tx| tx.id).collect()
}

fn candidates(pool: &Mempool, now: UnixMs) -> Vec<TxId> {
    ids(&pool.candidates(now, usize::MAX, usize::MAX))
}

fn outcome(tx: &CheckedTx, height: u64) -> Final {
    Final { id: tx.id, height, index: 0, time: NOW, codes: vec![0] }
}

/// Tells the pool that a block with these transactions is final.
fn settle(pool: &Mempool, txs: &[&CheckedTx], height: u64, time: UnixMs) -> Vec<TxId> {
    pool.settle(txs.iter().map(|tx| (&tx.tx, outcome(tx, height))), height, time)
}

#[test]
fn the_same_transaction_waits_once() {
    let pool = pool();
    assert_eq!(pool.insert(tx(1, 1), true, NOW), Ok(()));
    assert_eq!(pool.insert(tx(1, 1), true, NOW), Err(PoolError::Duplicate));
    assert_eq!(pool.size(), (1, 100));
}

#[test]
fn a_nonce_is_taken_by_the_first() {
    let pool = pool();
    assert_eq!(pool.insert(tx(1, 1), true, NOW), Ok(()));
    assert_eq!(pool.insert(tx_with(1, 1, 9), true, NOW), Err(PoolError::NonceTaken));
    assert_eq!(pool.insert(tx(2, 1), true, NOW), Ok(()), "another signer's nonce is another");
    assert_eq!(candidates(&pool, NOW), [tx(1, 1).id, tx(2, 1).id]);
}

#[test]
fn a_full_pool_refuses_and_never_discards() {
    let pool = Mempool::new(MempoolLimits { txs: 2, bytes: 100_000, txs_per_signer: 50 }, CANDIDATE_MS);
    assert_eq!(pool.insert(tx(1, 1), true, NOW), Ok(()));
    assert_eq!(pool.insert(tx(1, 2), true, NOW), Ok(()));
    assert_eq!(pool.insert(tx(1, 3), true, NOW), Err(PoolError::Full));
    settle(&pool, &[&tx(1, 1)], 1, NOW);
    assert_eq!(pool.insert(tx(1, 3), true, NOW), Ok(()));
    assert_eq!(candidates(&pool, NOW), [tx(1, 2).id, tx(1, 3).id]);
}

#[test]
fn bytes_are_limited() {
    let pool = Mempool::new(MempoolLimits { txs: 100, bytes: 250, txs_per_signer: 50 }, CANDIDATE_MS);
    assert_eq!(pool.insert(tx(1, 1), true, NOW), Ok(()));
    assert_eq!(pool.insert(tx(1, 2), true, NOW), Ok(()));
    assert_eq!(pool.insert(tx(1, 3), true, NOW), Err(PoolError::Full));
    assert_eq!(pool.size(), (2, 200));
}

#[test]
fn one_signer_cannot_fill_the_pool() {
    let pool = Mempool::new(MempoolLimits { txs: 100, bytes: 100_000, txs_per_signer: 2 }, CANDIDATE_MS);
    for seq in 1..=2 {
        assert_eq!(pool.insert(tx(1, seq), false, NOW), Ok(()));
    }
    assert_eq!(pool.insert(tx(1, 3), false, NOW), Err(PoolError::SignerFull));
    assert_eq!(pool.insert(tx(2, 1), false, NOW), Ok(()));
    settle(&pool, &[&tx(1, 1)], 1, NOW);
    assert_eq!(pool.insert(tx(1, 3), false, NOW), Ok(()));
    assert_eq!(pool.insert(tx(1, 4), false, NOW), Err(PoolError::SignerFull));
}

#[test]
fn a_refused_transaction_leaves_no_trace() {
    let pool = Mempool::new(MempoolLimits { txs: 1, bytes: 100_000, txs_per_signer: 1 }, CANDIDATE_MS);
    assert_eq!(pool.insert(tx(1, 1), true, NOW), Ok(()));
    assert_eq!(pool.insert(tx(2, 7), true, NOW), Err(PoolError::Full));
    assert!(!pool.contains(&tx(2, 7).id));
    assert_eq!(pool.highest_seq(&signer(2), 0), None);
    settle(&pool, &[&tx(1, 1)], 1, NOW);
    assert_eq!(pool.insert(tx(2, 7), true, NOW), Ok(()));
}

#[test]
fn the_oldest_are_offered_first_up_to_both_limits() {
    let pool = pool();
    let all: Vec<CheckedTx> = [(3, 1), (1, 1), (2, 1), (1, 2), (1, 3)].map(|(by, seq)| tx(by, seq)).to_vec();
    for tx in &all {
        pool.insert(tx.clone(), true, NOW).unwrap();
    }
    let expected: Vec<TxId> = all.iter().map(|tx| tx.id).collect();
    assert_eq!(ids(&pool.candidates(NOW, 100, 100_000)), expected);
    assert_eq!(ids(&pool.candidates(NOW, 2, 100_000)), expected[..2]);
    assert_eq!(ids(&pool.candidates(NOW, 100, 300)), expected[..3]);
    assert_eq!(ids(&pool.candidates(NOW, 100, 399)), expected[..3]);
    assert!(pool.candidates(NOW, 100, 99).is_empty());
}

#[test]
fn a_candidate_holds_its_transactions_back_for_a_while() {
    let pool = pool();
    let (one, two) = (tx(1, 1), tx(1, 2));
    pool.insert(one.clone(), true, NOW).unwrap();
    pool.insert(two.clone(), true, NOW).unwrap();
    pool.include([one.id, tx(9, 9).id].iter(), Included { height: 5, at: NOW });
    assert_eq!(candidates(&pool, NOW), [two.id]);
    assert_eq!(candidates(&pool, later(CANDIDATE_MS)), [two.id]);
    assert_eq!(candidates(&pool, later(CANDIDATE_MS + 1)), [one.id, two.id], "the candidate was abandoned");
    pool.include([two.id].iter(), Included { height: 5, at: NOW });
    assert!(!pool.has_ready(NOW));
    assert!(pool.has_ready(later(CANDIDATE_MS + 1)));
}

#[test]
fn a_candidate_that_lost_releases_its_transactions() {
    let pool = pool();
    let (lost, pending, won) = (tx(1, 1), tx(1, 2), tx(2, 1));
    for tx in [&lost, &pending, &won] {
        pool.insert(tx.clone(), true, NOW).unwrap();
    }
    pool.include([lost.id].iter(), Included { height: 5, at: NOW });
    pool.include([pending.id].iter(), Included { height: 6, at: NOW });
    settle(&pool, &[&won], 5, NOW);
    assert_eq!(candidates(&pool, NOW), [lost.id], "height 5 is decided, height 6 is not");
}

#[test]
fn a_final_transaction_removes_another_with_its_nonce() {
    let pool = pool();
    let (waiting, winner) = (tx_with(1, 1, 0), tx_with(1, 1, 9));
    pool.insert(waiting.clone(), true, NOW).unwrap();
    let mut told = pool.wait(waiting.id);
    settle(&pool, &[&winner], 1, NOW);
    assert_eq!(pool.size(), (0, 0));
    assert!(!pool.contains(&waiting.id));
    assert!(told.try_recv().is_err_and(|error| error == tokio::sync::oneshot::error::TryRecvError::Closed));
    assert_eq!(pool.insert(tx_with(1, 1, 7), true, NOW), Ok(()), "the pool itself knows no state");
}

#[test]
fn what_is_expired_at_the_block_time_leaves() {
    let pool = pool();
    let one = tx(1, 1);
    pool.insert(one.clone(), true, NOW).unwrap();
    let mut told = pool.wait(one.id);
    assert!(settle(&pool, &[], 1, later(60_000)).is_empty(), "valid up to and including its last moment");
    assert_eq!(settle(&pool, &[], 2, later(60_001)), [one.id]);
    assert_eq!(pool.size(), (0, 0));
    assert!(told.try_recv().is_err_and(|error| error == tokio::sync::oneshot::error::TryRecvError::Closed));
}

#[test]
fn everyone_who_waits_is_told_once() {
    let pool = pool();
    let one = tx(1, 1);
    // One asked before it was submitted, one after.
    let mut before = pool.wait(one.id);
    pool.insert(one.clone(), true, NOW).unwrap();
    let mut after = pool.wait(one.id);
    assert!(before.try_recv().is_err());
    settle(&pool, &[&one], 4, NOW);
    assert_eq!(before.try_recv(), Ok(outcome(&one, 4)));
    assert_eq!(after.try_recv(), Ok(outcome(&one, 4)));
    let mut late = pool.wait(one.id);
    settle(&pool, &[], 5, NOW);
    assert!(late.try_recv().is_err(), "what is final is not told again");
}

#[test]
fn a_transaction_that_never_waited_here_is_told_too() {
    let pool = pool();
    let one = tx(1, 1);
    let mut told = pool.wait(one.id);
    settle(&pool, &[&one], 4, NOW);
    assert_eq!(told.try_recv(), Ok(outcome(&one, 4)));
}

#[test]
fn only_own_transactions_are_offered_again() {
    let pool = pool();
    let (own, others) = (tx(1, 1), tx(2, 1));
    pool.insert(own.clone(), true, NOW).unwrap();
    pool.insert(others, false, NOW).unwrap();
    assert!(pool.offer_again(NOW, later(10), 10).is_empty(), "just offered");
    assert_eq!(ids(&pool.offer_again(later(1), later(10), 10)), [own.id]);
    assert!(pool.offer_again(later(1), later(10), 10).is_empty(), "offered again");
    assert_eq!(ids(&pool.offer_again(later(11), later(20), 10)), [own.id]);
}

#[test]
fn arrivals_are_announced() {
    let pool = pool();
    let mut arrivals = pool.arrivals();
    arrivals.mark_unchanged();
    assert_eq!(pool.insert(tx(1, 1), true, NOW), Ok(()));
    assert!(arrivals.has_changed().unwrap());
    arrivals.mark_unchanged();
    assert_eq!(pool.insert(tx(1, 1), true, NOW), Err(PoolError::Duplicate));
    assert!(!arrivals.has_changed().unwrap());
}

#[test]
fn the_highest_sequence_number_of_a_lane() {
    let pool = pool();
    for seq in [4, 9, 2] {
        pool.insert(tx(1, seq), true, NOW).unwrap();
    }
    pool.insert(tx(2, 20), true, NOW).unwrap();
    assert_eq!(pool.highest_seq(&signer(1), 0), Some(9));
    assert_eq!(pool.highest_seq(&signer(1), 1), None);
    settle(&pool, &[&tx(1, 9)], 1, NOW);
    assert_eq!(pool.highest_seq(&signer(1), 0), Some(4));
}

#[test]
fn a_verified_transaction_is_known_by_its_very_signature() {
    let pool = pool();
    let one = tx(1, 1);
    pool.insert(one.clone(), true, NOW).unwrap();
    assert!(pool.verified(&one.id, &one.tx).is_some());
    let mut other = one.tx.clone();
    other.signature = Signature::Ed25519 { key: [0; 32], bytes: [1; 64] };
    assert!(pool.verified(&one.id, &other).is_none(), "the same identifier with a signature never checked");
}
