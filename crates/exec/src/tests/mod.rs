//! Tests of execution: on toy modules, and on a chain of the real ones.

mod agenda;
mod blocks;
mod chain;
mod faults;
mod lanes;
mod missing;
#[expect(unreachable_pub, reason = "the macros of the kernel declare public types")]
mod toy;

use crate::{BlockInfo, CheckedTx, Modules, Outcome, check_tx, execute};
use epione_kernel::{MemoryState, View};
use epione_types::{
    Block, Bytes, Call, ChainId, DurationMs, Genesis, GenesisModule, Hash, List, ModuleId, Nonce, SignedTx, SignerId,
    SigningKey, Text, Tx, TxFault, UnixMs, encode,
};

/// The key of whoever is called `name`.
fn key(name: &str) -> SigningKey {
    epione_kernel::testing::signing_key(name)
}

/// A chain in memory that holds every block to what it must be whatever is in it.
struct Chain {
    modules: Modules,
    genesis: Genesis,
    state: MemoryState,
    height: u64,
    time: UnixMs,
    leaves: Vec<Vec<u8>>,
}

impl Chain {
    /// A chain before its first block, with a genesis body per module.
    fn new(modules: Modules, bodies: Vec<(ModuleId, Vec<u8>)>) -> Self {
        let parts = bodies.into_iter().map(|(module, body)| GenesisModule { module, body: Bytes::new(body).unwrap() });
        let genesis = Genesis {
            version: Genesis::VERSION,
            state_format: 1,
            name: Text::new("Test").unwrap(),
            time: UnixMs(1_800_000_000_000),
            salt: [3; 16],
            demo: true,
            epoch_blocks: 100,
            modules: List::new(parts.collect()).unwrap(),
        };
        let time = genesis.time;
        Self { modules, genesis, state: MemoryState::default(), height: 0, time, leaves: Vec::new() }
    }

    fn id(&self) -> ChainId {
        self.genesis.chain()
    }

    /// What the next block is, `later` milliseconds after the last.
    fn next(&self, later: u64) -> BlockInfo {
        let time = self.time.after(DurationMs(later));
        BlockInfo::of(&self.genesis, self.id(), (self.height + 1, time), None)
    }

    /// The outcome of a block, without committing it.
    fn outcome(&self, later: u64, txs: &[SignedTx]) -> Result<Outcome, TxFault> {
        execute(self.modules, self.next(later), &self.genesis, &self.state, &self.checked(txs)?)
    }

    fn checked(&self, txs: &[SignedTx]) -> Result<Vec<CheckedTx>, TxFault> {
        txs.iter().map(|tx| check_tx(self.modules, &self.id(), tx.clone())).collect()
    }

    /// Executes and commits a block.
    fn block(&mut self, later: u64, txs: &[SignedTx]) -> Result<Outcome, TxFault> {
        let outcome = self.outcome(later, txs)?;
        self.commit(later, &outcome);
        assert_eq!(outcome.txs.len(), txs.len());
        Ok(outcome)
    }

    fn commit(&mut self, later: u64, outcome: &Outcome) {
        let info = self.next(later);
        self.state.apply(&outcome.writes);
        (self.height, self.time) = (info.height, info.time);
        self.leaves.extend(outcome.entries.iter().map(encode));
        assert_eq!(outcome.event_size, self.leaves.len() as u64);
        assert_eq!(outcome.event_root, tree_hash(&self.leaves));
        let head = crate::Head::of(View::new(&self.state)).unwrap().unwrap();
        assert_eq!((head.height, head.time), (self.height, self.time));
    }

    /// A signed transaction that is valid for an hour.
    fn tx(&self, signer: SignerId, key: &SigningKey, nonce: Nonce, calls: Vec<Call>) -> SignedTx {
        self.unsigned(signer, nonce, calls).sign(key)
    }

    fn unsigned(&self, signer: SignerId, nonce: Nonce, calls: Vec<Call>) -> Tx {
        Tx {
            version: Tx::VERSION,
            chain: self.id(),
            signer,
            nonce,
            salt: Hash::sha256(&[&nonce.seq.to_le_bytes()]).truncated(),
            valid_until: self.time.after(DurationMs(3_600_000)),
            calls: List::new(calls).unwrap(),
        }
    }
}

/// The tree hash of RFC 6962 §2.1, as it is defined there.
fn tree_hash(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => Hash::sha256(&[]),
        [leaf] => Hash::sha256(&[&[0], leaf]),
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            Hash::sha256(&[&[1], &tree_hash(left).0, &tree_hash(right).0])
        }
    }
}

#[test]
fn the_root_of_transactions_is_the_tree_hash() {
    let chain = Chain::new(toy::MODULES, Vec::new());
    let txs: Vec<SignedTx> = (1..=5)
        .map(|seq| chain.tx(toy::ALICE, &key("alice"), Nonce { lane: 0, seq }, vec![toy::put::<7>(seq, seq)]))
        .collect();
    assert_eq!(Block::tx_root(&txs), tree_hash(&txs.iter().map(encode).collect::<Vec<_>>()));
    assert_eq!(Block::tx_root(&[]), tree_hash(&[]));
}
