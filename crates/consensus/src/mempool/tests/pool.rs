//! What waits, what is offered, what leaves.

use crate::{
    Final,
    admission::Source,
    mempool::{Mempool, MempoolLimits, PoolError},
};
use epione_exec::CheckedTx;
use epione_types::{ChainId, List, Nonce, OrgId, Signature, SignedTx, SignerId, Tx, TxFault, TxId, UnixMs};
use std::sync::Arc;

const CANDIDATE_MS: u64 = 3_000;
const NOW: UnixMs = UnixMs(1_000_000);

const LIMITS: MempoolLimits = MempoolLimits { txs: 100, bytes: 100_000, txs_per_org: 50, bytes_per_org: 100_000 };

fn pool() -> Mempool {
    Mempool::new(LIMITS, CANDIDATE_MS)
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

/// Inserts a transaction of the organization that is its signer.
fn insert(pool: &Mempool, tx: CheckedTx, source: Source) -> Result<(), PoolError> {
    let SignerId::Organization(org) = tx.tx.tx.signer else { panic!("an identity") };
    pool.insert(Arc::new(tx), org, source, NOW)
}

fn ids(txs: &[Arc<CheckedTx>]) -> Vec<TxId> {
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
    assert_eq!(insert(&pool, tx(1, 1), Source::Client), Ok(()));
    assert_eq!(insert(&pool, tx(1, 1), Source::Client), Err(PoolError::Duplicate));
    assert_eq!(pool.size(), (1, 100));
}

#[test]
fn a_nonce_is_taken_by_the_first() {
    let pool = pool();
    assert_eq!(insert(&pool, tx(1, 1), Source::Client), Ok(()));
    assert_eq!(insert(&pool, tx_with(1, 1, 9), Source::Client), Err(PoolError::NonceTaken));
    assert_eq!(insert(&pool, tx(2, 1), Source::Client), Ok(()), "another signer's nonce is another");
    assert_eq!(candidates(&pool, NOW), [tx(1, 1).id, tx(2, 1).id]);
}

#[test]
fn a_full_pool_refuses_and_never_discards() {
    let pool = Mempool::new(MempoolLimits { txs: 2, bytes: 100_000, txs_per_org: 50, ..LIMITS }, CANDIDATE_MS);
    assert_eq!(insert(&pool, tx(1, 1), Source::Client), Ok(()));
    assert_eq!(insert(&pool, tx(1, 2), Source::Client), Ok(()));
    assert_eq!(insert(&pool, tx(1, 3), Source::Client), Err(PoolError::Full));
    settle(&pool, &[&tx(1, 1)], 1, NOW);
    assert_eq!(insert(&pool, tx(1, 3), Source::Client), Ok(()));
    assert_eq!(candidates(&pool, NOW), [tx(1, 2).id, tx(1, 3).id]);
}

#[test]
fn bytes_are_limited() {
    let pool = Mempool::new(MempoolLimits { txs: 100, bytes: 250, txs_per_org: 50, ..LIMITS }, CANDIDATE_MS);
    assert_eq!(insert(&pool, tx(1, 1), Source::Client), Ok(()));
    assert_eq!(insert(&pool, tx(1, 2), Source::Client), Ok(()));
    assert_eq!(insert(&pool, tx(1, 3), Source::Client), Err(PoolError::Full));
    assert_eq!(pool.size(), (2, 200));
}

#[test]
fn one_organization_cannot_fill_the_pool() {
    let pool = Mempool::new(MempoolLimits { txs: 100, bytes: 100_000, txs_per_org: 2, ..LIMITS }, CANDIDATE_MS);
    for seq in 1..=2 {
        assert_eq!(insert(&pool, tx(1, seq), Source::Peer), Ok(()));
    }
    assert_eq!(insert(&pool, tx(1, 3), Source::Peer), Err(PoolError::OrgFull));
    assert_eq!(insert(&pool, tx(2, 1), Source::Peer), Ok(()));
    settle(&pool, &[&tx(1, 1)], 1, NOW);
    assert_eq!(insert(&pool, tx(1, 3), Source::Peer), Ok(()));
    assert_eq!(insert(&pool, tx(1, 4), Source::Peer), Err(PoolError::OrgFull));
}

#[test]
fn identities_count_for_the_organization_that_answers_for_them() {
    let pool = Mempool::new(MempoolLimits { txs: 100, bytes: 100_000, txs_per_org: 2, ..LIMITS }, CANDIDATE_MS);
    let org = OrgId([5; 16]);
    for by in 1..=2 {
        assert_eq!(pool.insert(Arc::new(tx(by, 1)), org, Source::Peer, NOW), Ok(()));
    }
    assert_eq!(pool.insert(Arc::new(tx(3, 1)), org, Source::Peer, NOW), Err(PoolError::OrgFull));
    assert_eq!(pool.insert(Arc::new(tx(3, 1)), OrgId([6; 16]), Source::Peer, NOW), Ok(()));
}

#[test]
fn bytes_of_an_organization_are_limited() {
    let pool = Mempool::new(MempoolLimits { bytes_per_org: 250, ..LIMITS }, CANDIDATE_MS);
    assert_eq!(insert(&pool, tx(1, 1), Source::Peer), Ok(()));
    assert_eq!(insert(&pool, tx(1, 2), Source::Peer), Ok(()));
    assert_eq!(insert(&pool, tx(1, 3), Source::Peer), Err(PoolError::OrgFull));
    assert_eq!(insert(&pool, tx(2, 1), Source::Peer), Ok(()));
    settle(&pool, &[&tx(1, 1)], 1, NOW);
    assert_eq!(insert(&pool, tx(1, 3), Source::Peer), Ok(()));
}

#[test]
fn what_a_client_brings_after_a_peer_is_offered_again() {
    let pool = pool();
    insert(&pool, tx(1, 1), Source::Peer).unwrap();
    assert!(pool.offer_again(later(1), later(2), 10, 1_000).is_empty());
    assert_eq!(pool.adopt(&tx(1, 1).id).map(|tx| tx.id), Some(tx(1, 1).id));
    assert_eq!(pool.adopt(&tx(1, 1).id).map(|tx| tx.id), None, "it is one of a client already");
    assert_eq!(pool.adopt(&tx(1, 2).id).map(|tx| tx.id), None);
    assert_eq!(ids(&pool.offer_again(later(1), later(2), 10, 1_000)), [tx(1, 1).id]);
}

#[test]
fn those_that_were_not_tried_for_longest_are_tried_again_first() {
    let pool = pool();
    let (old, young) = (tx(1, 600), tx(2, 600));
    insert(&pool, old.clone(), Source::Client).unwrap();
    insert(&pool, young.clone(), Source::Client).unwrap();
    pool.pass_over([young.id].iter());
    settle(&pool, &[], 1, NOW);
    pool.pass_over([old.id].iter());
    settle(&pool, &[], 2, NOW);
    assert_eq!(candidates(&pool, NOW), [young.id, old.id]);
}

#[test]
fn a_refused_transaction_leaves_no_trace() {
    let pool = Mempool::new(MempoolLimits { txs: 1, bytes: 100_000, txs_per_org: 1, ..LIMITS }, CANDIDATE_MS);
    assert_eq!(insert(&pool, tx(1, 1), Source::Client), Ok(()));
    assert_eq!(insert(&pool, tx(2, 7), Source::Client), Err(PoolError::Full));
    assert!(!pool.contains(&tx(2, 7).id));
    assert_eq!(pool.next_free(&signer(2), 0, 7), 7);
    settle(&pool, &[&tx(1, 1)], 1, NOW);
    assert_eq!(insert(&pool, tx(2, 7), Source::Client), Ok(()));
}

#[test]
fn the_oldest_are_offered_first_up_to_both_limits() {
    let pool = pool();
    let all: Vec<CheckedTx> = [(3, 1), (1, 1), (2, 1), (1, 2), (1, 3)].map(|(by, seq)| tx(by, seq)).to_vec();
    for tx in &all {
        insert(&pool, tx.clone(), Source::Client).unwrap();
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
    insert(&pool, one.clone(), Source::Client).unwrap();
    insert(&pool, two.clone(), Source::Client).unwrap();
    pool.include([one.id, tx(9, 9).id].iter(), 5, NOW);
    assert_eq!(candidates(&pool, NOW), [two.id]);
    assert_eq!(candidates(&pool, later(CANDIDATE_MS)), [two.id]);
    assert_eq!(candidates(&pool, later(CANDIDATE_MS + 1)), [one.id, two.id], "the candidate was abandoned");
    pool.include([two.id].iter(), 5, NOW);
    assert!(!pool.has_ready(NOW));
    assert!(pool.has_ready(later(CANDIDATE_MS + 1)));
}

#[test]
fn a_candidate_that_lost_releases_its_transactions() {
    let pool = pool();
    let (lost, pending, won) = (tx(1, 1), tx(1, 2), tx(2, 1));
    for tx in [&lost, &pending, &won] {
        insert(&pool, tx.clone(), Source::Client).unwrap();
    }
    pool.include([lost.id].iter(), 5, NOW);
    pool.include([pending.id].iter(), 6, NOW);
    settle(&pool, &[&won], 5, NOW);
    assert_eq!(candidates(&pool, NOW), [lost.id], "height 5 is decided, height 6 is not");
}

#[test]
fn a_final_transaction_removes_another_with_its_nonce() {
    let pool = pool();
    let (waiting, winner) = (tx_with(1, 1, 0), tx_with(1, 1, 9));
    insert(&pool, waiting.clone(), Source::Client).unwrap();
    let mut told = pool.wait(waiting.id);
    settle(&pool, &[&winner], 1, NOW);
    assert_eq!(pool.size(), (0, 0));
    assert!(!pool.contains(&waiting.id));
    assert_eq!(told.try_recv(), Ok(Err(TxFault::NonceUsed(waiting.tx.tx.nonce))));
    assert_eq!(insert(&pool, tx_with(1, 1, 7), Source::Client), Ok(()), "the pool itself knows no state");
}

#[test]
fn what_is_expired_at_the_block_time_leaves() {
    let pool = pool();
    let one = tx(1, 1);
    insert(&pool, one.clone(), Source::Client).unwrap();
    let mut told = pool.wait(one.id);
    assert!(settle(&pool, &[], 1, later(60_000)).is_empty(), "valid up to and including its last moment");
    assert_eq!(settle(&pool, &[], 2, later(60_001)), [one.id]);
    assert_eq!(pool.size(), (0, 0));
    assert_eq!(told.try_recv(), Ok(Err(TxFault::Expired(one.tx.tx.valid_until))));
}

#[test]
fn everyone_who_waits_is_told_once() {
    let pool = pool();
    let one = tx(1, 1);
    // One asked before it was submitted, one after.
    let mut before = pool.wait(one.id);
    insert(&pool, one.clone(), Source::Client).unwrap();
    let mut after = pool.wait(one.id);
    assert!(before.try_recv().is_err());
    settle(&pool, &[&one], 4, NOW);
    assert_eq!(before.try_recv(), Ok(Ok(outcome(&one, 4))));
    assert_eq!(after.try_recv(), Ok(Ok(outcome(&one, 4))));
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
    assert_eq!(told.try_recv(), Ok(Ok(outcome(&one, 4))));
}

#[test]
fn only_own_transactions_are_offered_again() {
    let pool = pool();
    let (own, others) = (tx(1, 1), tx(2, 1));
    insert(&pool, own.clone(), Source::Client).unwrap();
    insert(&pool, others, Source::Peer).unwrap();
    assert!(pool.offer_again(NOW, later(10), 10, 1_000).is_empty(), "just offered");
    assert_eq!(ids(&pool.offer_again(later(1), later(10), 10, 1_000)), [own.id]);
    assert!(pool.offer_again(later(1), later(10), 10, 1_000).is_empty(), "offered again");
    assert_eq!(ids(&pool.offer_again(later(11), later(20), 10, 1_000)), [own.id]);
}

#[test]
fn arrivals_are_announced() {
    let pool = pool();
    let mut arrivals = pool.arrivals();
    arrivals.mark_unchanged();
    assert_eq!(insert(&pool, tx(1, 1), Source::Client), Ok(()));
    assert!(arrivals.has_changed().unwrap());
    arrivals.mark_unchanged();
    assert_eq!(insert(&pool, tx(1, 1), Source::Client), Err(PoolError::Duplicate));
    assert!(!arrivals.has_changed().unwrap());
}

#[test]
fn the_next_free_sequence_number_of_a_lane() {
    let pool = pool();
    for seq in [4, 5, 7, 900] {
        insert(&pool, tx(1, seq), Source::Client).unwrap();
    }
    let next = |from| pool.next_free(&signer(1), 0, from);
    assert_eq!([3, 4, 6, 7, 900].map(next), [3, 6, 6, 8, 901], "one far ahead is not in the way");
    assert_eq!(pool.next_free(&signer(1), 1, 4), 4);
    assert_eq!(pool.next_free(&signer(2), 0, 4), 4);
    settle(&pool, &[&tx(1, 4)], 1, NOW);
    assert_eq!(pool.next_free(&signer(1), 0, 4), 4);
}

#[test]
fn what_did_not_fit_is_offered_again_after_the_next_final_block_and_last() {
    let pool = pool();
    let (misfit, fresh) = (tx(1, 700), tx(2, 1));
    insert(&pool, misfit.clone(), Source::Client).unwrap();
    pool.pass_over([misfit.id].iter());
    assert!(!pool.has_ready(later(60_000)), "nothing changes before a block");
    assert!(candidates(&pool, later(60_000)).is_empty());
    settle(&pool, &[], 1, NOW);
    assert!(pool.has_ready(NOW));
    insert(&pool, fresh.clone(), Source::Client).unwrap();
    assert_eq!(candidates(&pool, NOW), [fresh.id, misfit.id], "the others first");
    assert_eq!(ids(&pool.misfits()), [misfit.id]);
    pool.include([misfit.id].iter(), 2, NOW);
    assert!(pool.misfits().is_empty(), "it fits a candidate");
    let mut told = pool.wait(misfit.id);
    pool.discard(&[(misfit.id, TxFault::NonceUsed(misfit.tx.tx.nonce))]);
    assert!(!pool.contains(&misfit.id));
    assert_eq!(told.try_recv(), Ok(Err(TxFault::NonceUsed(misfit.tx.tx.nonce))));
}

#[test]
fn a_verified_transaction_is_known_by_its_very_signature() {
    let pool = pool();
    let one = tx(1, 1);
    insert(&pool, one.clone(), Source::Client).unwrap();
    assert!(pool.verified(&one.id, &one.tx).is_some());
    let mut other = one.tx.clone();
    other.signature = Signature::Ed25519 { key: [0; 32], bytes: [1; 64] };
    assert!(pool.verified(&one.id, &other).is_none(), "the same identifier with a signature never checked");
}
