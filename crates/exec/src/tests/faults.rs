//! What may not stand in a block.

use super::{Chain, key, toy};
use crate::{Execution, TxStop, check_tx};
use epione_types::{Bytes, Call, ChainId, DurationMs, IdentityId, ModuleId, Nonce, SignerId, Tx, TxFault};

const NONCE: Nonce = Nonce { lane: 0, seq: 1 };

fn begun() -> Chain {
    let mut chain = toy::chain();
    chain.block(1, &[]).unwrap();
    chain
}

#[test]
fn what_needs_no_state() {
    let chain = begun();
    let alice = key("alice");
    let base = chain.unsigned(toy::ALICE, NONCE, vec![toy::put::<7>(1, 1)]);
    let with = |change: &dyn Fn(&mut Tx)| {
        let mut tx = base.clone();
        change(&mut tx);
        check_tx(chain.modules, &chain.id(), tx.sign(&alice)).map_err(|fault| fault.name())
    };
    let call = |module, call, body: Vec<u8>| Call { module: ModuleId(module), call, body: Bytes::new(body).unwrap() };
    let calls = |calls: Vec<Call>| epione_types::List::new(calls).unwrap();
    assert!(with(&|_| {}).is_ok());
    assert_eq!(with(&|tx| tx.version = 2), Err("version"));
    assert_eq!(with(&|tx| tx.chain = ChainId([9; 32])), Err("wrong-chain"));
    assert_eq!(with(&|tx| tx.nonce.lane = 256), Err("lane"));
    assert_eq!(with(&|tx| tx.calls = calls(Vec::new())), Err("no-calls"));
    assert_eq!(with(&|tx| tx.calls = calls(vec![call(9, 1, Vec::new())])), Err("unknown-module"));
    assert_eq!(with(&|tx| tx.calls = calls(vec![call(0, 1, Vec::new())])), Err("unknown-module"));
    assert_eq!(with(&|tx| tx.calls = calls(vec![call(7, 6, Vec::new())])), Err("unknown-call"));
    assert_eq!(with(&|tx| tx.calls = calls(vec![call(7, 1, vec![0; 15])])), Err("malformed-call"));
    assert_eq!(with(&|tx| tx.calls = calls(vec![call(7, 1, vec![0; 17])])), Err("malformed-call"));
    assert_eq!(with(&|tx| tx.calls = calls(vec![toy::put::<7>(u64::MAX, 1)])), Err("call-refused"));
}

#[test]
fn check_names_the_call() {
    let chain = begun();
    let calls = vec![toy::put::<7>(1, 1), toy::put::<8>(u64::MAX, 1)];
    let tx = chain.tx(toy::ALICE, &key("alice"), NONCE, calls);
    let fault = check_tx(chain.modules, &chain.id(), tx).unwrap_err();
    assert_eq!(fault, TxFault::Check { index: 1, code: 8 << 16 | 1, text: "this key is for nobody" });
}

#[test]
fn times_are_inclusive() {
    let chain = begun();
    let time = chain.next(10).time;
    let valid_until = |valid_until| {
        let tx = Tx { valid_until, ..chain.unsigned(toy::ALICE, NONCE, vec![toy::put::<7>(1, 1)]) };
        chain.outcome(10, &[tx.sign(&key("alice"))]).map(|_| ()).map_err(|fault| fault.name())
    };
    let day = epione_types::limits::VALIDITY_MS_MAX;
    assert_eq!(valid_until(time), Ok(()));
    assert_eq!(valid_until(epione_types::UnixMs(time.0 - 1)), Err("expired"));
    assert_eq!(valid_until(time.after(DurationMs(day))), Ok(()));
    assert_eq!(valid_until(time.after(DurationMs(day + 1))), Err("valid-too-long"));
}

#[test]
fn signers_and_keys() {
    let chain = begun();
    let by = |signer, name| {
        let tx = chain.tx(signer, &key(name), NONCE, vec![toy::put::<7>(1, 1)]);
        chain.outcome(1, &[tx]).map(|outcome| outcome.txs[0].codes[0]).map_err(|fault| fault.name())
    };
    assert_eq!(by(toy::ALICE, "alice"), Ok(0));
    assert_eq!(by(toy::BOB, "bob"), Ok(0));
    assert_eq!(by(toy::ALICE, "bob"), Err("wrong-key"));
    assert_eq!(by(SignerId::Identity(IdentityId([1; 16])), "alice"), Err("unknown-signer"));
}

#[test]
fn the_suspended_do_what_is_open_to_them() {
    let mut chain = begun();
    let calls = vec![toy::put::<7>(1, 1), toy::follow::<7>(40), toy::put::<8>(1, 1)];
    let tx = chain.tx(toy::CAROL, &key("carol"), NONCE, calls);
    let outcome = chain.block(1, &[tx]).unwrap();
    assert_eq!(outcome.txs[0].codes, [1, 0, 1]);
    assert_eq!(toy::value::<7>(&chain.state, 1), Some(10));
    assert_eq!(toy::value::<7>(&chain.state, 40), Some(0));
}

#[test]
fn a_fault_leaves_no_trace() {
    let chain = begun();
    let tx =
        |seq, key_name| chain.tx(toy::ALICE, &key(key_name), Nonce { lane: 0, seq }, vec![toy::put::<7>(seq, seq)]);
    let run = |txs: &[epione_types::SignedTx]| {
        let mut execution = Execution::new(chain.modules, chain.next(1));
        execution.begin(&chain.state, &chain.genesis).unwrap();
        for checked in chain.checked(txs).unwrap() {
            match execution.tx(&chain.state, &checked) {
                Ok(()) | Err(TxStop::Fault(_)) => {}
                Err(TxStop::Missing(_)) => panic!("nothing is missing"),
            }
        }
        execution.finish(&chain.state).unwrap()
    };
    let good = [tx(1, "alice"), tx(2, "alice")];
    let mixed = [tx(9, "bob"), tx(1, "alice"), tx(1, "alice"), tx(2, "alice"), tx(900, "alice")];
    assert_eq!(run(&good), run(&mixed));
    // A block that holds a fault is no block.
    assert_eq!(chain.outcome(1, &mixed).unwrap_err().name(), "wrong-key");
}
