//! A base that reveals its rows one by one leads to the same outcome as a whole one.

use super::{Chain, key, toy};
use crate::{CheckedTx, Execution, Outcome, TxStop, block_reads, tx_reads};
use epione_kernel::{Base, KeySet, MemoryState, Missing, RowKey};
use epione_types::{Nonce, SignedTx, TxFault, UnixMs};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A state of which only some rows are loaded.
pub(super) struct Slow<'a> {
    state: &'a MemoryState,
    loaded: BTreeSet<RowKey>,
}

impl Base for Slow<'_> {
    fn row(&self, key: &RowKey) -> Result<Option<&[u8]>, Missing> {
        if self.loaded.contains(key) { self.state.row(key) } else { Err(Missing(key.clone())) }
    }
}

/// Runs a block and loads what is missing, row by row; the outcome, and how often a step was repeated.
pub(super) fn slowly(chain: &Chain, later: u64, txs: &[CheckedTx], hints: KeySet) -> (Result<Outcome, TxFault>, usize) {
    let mut base = Slow { state: &chain.state, loaded: hints.into_rows().into_iter().collect() };
    let mut execution = Execution::new(chain.modules, chain.next(later));
    let mut repeats = 0;
    let mut load = |base: &mut Slow<'_>, Missing(row): Missing| {
        assert!(base.loaded.insert(row), "a loaded row is missing");
        repeats += 1;
    };
    while let Err(missing) = execution.begin(&base, &chain.genesis) {
        load(&mut base, missing);
    }
    for tx in txs {
        loop {
            match execution.tx(&base, tx) {
                Ok(()) => break,
                Err(TxStop::Missing(missing)) => load(&mut base, missing),
                Err(TxStop::Fault(fault)) => return (Err(fault), repeats),
            }
        }
    }
    let outcome = loop {
        match execution.finish(&base) {
            Ok(outcome) => break outcome,
            Err(missing) => load(&mut base, missing),
        }
    };
    (Ok(outcome), repeats)
}

/// What the driver loads beforehand.
pub(super) fn hints(chain: &Chain, txs: &[SignedTx]) -> KeySet {
    let mut keys = KeySet::default();
    block_reads(&mut keys);
    for tx in txs {
        tx_reads(chain.modules, tx, &mut keys);
    }
    keys
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn loading_row_by_row_changes_nothing(
        blocks in prop::collection::vec(prop::collection::vec((0_u8..6, 0_u64..12, 0_u64..12, 0_u64..3), 0..12), 1..8)
    ) {
        let mut chain = toy::chain();
        for (height, steps) in (0_u64..).zip(blocks) {
            let txs: Vec<SignedTx> = (1..)
                .zip(&steps)
                .map(|(place, (kind, key_, value, signer))| {
                    let at = UnixMs(chain.time.0 + value * 3);
                    let call = match kind {
                        0 | 1 => toy::put::<7>(*key_, *value),
                        2 => toy::refuse::<8>(*key_),
                        3 => toy::plan::<7>(at, toy::AGAIN * (key_ % 2) + key_),
                        4 => toy::flood::<7>(*key_, *value),
                        _ => toy::follow::<7>(*key_),
                    };
                    let calls = vec![call.clone(), toy::follow::<7>(*value), call];
                    let (id, name) = [(toy::ALICE, "alice"), (toy::BOB, "bob"), (toy::CAROL, "carol")][*signer as usize];
                    chain.tx(id, &key(name), Nonce { lane: 0, seq: height * 20 + place }, calls)
                })
                .collect();
            let checked = chain.checked(&txs).unwrap();
            let whole = chain.outcome(10, &txs);
            let (found, _) = slowly(&chain, 10, &checked, KeySet::default());
            prop_assert_eq!(&found, &whole);
            let (found, _) = slowly(&chain, 10, &checked, hints(&chain, &txs));
            prop_assert_eq!(&found, &whole);
            chain.block(10, &txs).unwrap();
        }
    }
}

#[test]
fn hints_spare_repetitions() {
    let mut chain = toy::chain();
    chain.block(1, &[]).unwrap();
    let tx = [chain.tx(toy::ALICE, &key("alice"), Nonce { lane: 0, seq: 1 }, vec![toy::follow::<7>(5)])];
    let checked = chain.checked(&tx).unwrap();
    assert_eq!(slowly(&chain, 1, &checked, hints(&chain, &tx)).1, 0);
    assert!(slowly(&chain, 1, &checked, KeySet::default()).1 >= 5);
}
