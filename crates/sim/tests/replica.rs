//! The replica itself finds what is wrong with a chain.

use epione_exec::{BlockInfo, CheckedTx, check_tx, execute};
use epione_kernel::{MemoryState, Numbered as _};
use epione_modules::notary::{Call as NotaryCall, Commit, Kind};
use epione_sim::{
    replica::Replica,
    world::{self, Founder},
};
use epione_types::{
    Block, Bytes, Call, Genesis, Hash, Header, List, ModuleId, Nonce, OpsRange, PublicKey, SignedTx, Tx, UnixMs,
};

/// A chain that grows block by block.
struct Chain {
    genesis: Genesis,
    state: MemoryState,
    last: Option<Header>,
}

impl Chain {
    fn new() -> Self {
        Self { genesis: world::genesis(4, 5_000, u64::MAX), state: MemoryState::default(), last: None }
    }

    fn tx(&self, seq: u64) -> SignedTx {
        let call = NotaryCall::Commit(Commit { commitment: Hash([1; 32]), kind: Kind::Report });
        let body = Bytes::new(call.body()).unwrap();
        let tx = Tx {
            version: Tx::VERSION,
            chain: self.genesis.chain(),
            signer: Founder(0).signer(),
            nonce: Nonce { lane: 0, seq },
            salt: [2; 16],
            valid_until: UnixMs(self.genesis.time.0 + 60_000),
            calls: List::new(vec![Call { module: ModuleId(3), call: call.number(), body }]).unwrap(),
        };
        tx.sign(&Founder(0).operations())
    }

    /// The next block; the chain goes on from it.
    fn grow(&mut self, txs: Vec<SignedTx>) -> Block {
        let height = self.last.as_ref().map_or(0, |last| last.height) + 1;
        let (chain, time) = (self.genesis.chain(), UnixMs(self.genesis.time.0 + height * 1_000));
        let checked: Vec<CheckedTx> =
            txs.iter().map(|tx| check_tx(world::modules(), &chain, tx.clone()).unwrap()).collect();
        let info = BlockInfo::of(&self.genesis, chain, (height, time), None);
        let outcome = execute(world::modules(), info, &self.genesis, &self.state, &checked).unwrap();
        self.state.apply(&outcome.writes);
        let header = Header {
            version: Header::VERSION,
            state_format: 1,
            chain,
            epoch: 0,
            view: height,
            parent_view: height - 1,
            proposer: PublicKey::Ed25519([0; 32]),
            height,
            time,
            parent: self.last.as_ref().map(Header::hash).unwrap_or_default(),
            committee_hash: world::committee(4).hash(),
            next_committee_hash: None,
            tx_root: Block::tx_root(&txs),
            event_root: outcome.event_root,
            event_size: outcome.event_size,
            state_root: Hash::default(),
            ops_root: Hash::default(),
            ops_range: OpsRange { start: 0, end: 1 },
        };
        self.last = Some(header.clone());
        Block { header, txs: List::new(txs).unwrap() }
    }
}

/// A replica with the first block, the chain, and a good second block.
fn two() -> (Replica, Chain, Block) {
    let mut chain = Chain::new();
    let mut replica = Replica::new(chain.genesis.clone());
    replica.take(&chain.grow(Vec::new())).unwrap();
    let tx = chain.tx(1);
    let second = chain.grow(vec![tx]);
    (replica, chain, second)
}

#[test]
fn a_good_chain_is_taken() {
    let (mut replica, mut chain, second) = two();
    assert_eq!(replica.take(&second), Ok(()));
    assert_eq!(replica.take(&second), Ok(()), "the same block again");
    let tx = chain.tx(2);
    assert_eq!(replica.take(&chain.grow(vec![tx])), Ok(()));
    assert_eq!((replica.height(), replica.tx_count()), (3, 2));
    assert_eq!(replica.check_laws(), Ok(()));
}

#[test]
fn what_is_wrong_is_found() {
    type Wrong = (&'static str, fn(&mut Block));
    let wrongs: [Wrong; 7] = [
        ("the events are not those", |block| block.header.event_root = Hash::default()),
        ("the events are not those", |block| block.header.event_size += 1),
        ("the transactions are not those", |block| block.header.tx_root = Hash::default()),
        ("does not follow its parent", |block| block.header.parent = Hash::default()),
        ("does not follow its parent", |block| block.header.time = UnixMs(1)),
        ("block 4 after block 1", |block| block.header.height = 4),
        ("does not verify", |block| {
            let mut txs = block.txs.clone().into_vec();
            txs[0].tx.salt = [9; 16];
            block.txs = List::new(txs).unwrap();
        }),
    ];
    for (expected, change) in wrongs {
        let (mut replica, _, mut second) = two();
        change(&mut second);
        let found = replica.take(&second).unwrap_err();
        assert!(found.contains(expected), "expected `{expected}`, found `{found}`");
    }
}

#[test]
fn another_block_at_a_height_is_a_fork() {
    let (mut replica, _, second) = two();
    replica.take(&second).unwrap();
    let mut other = second;
    other.header.view += 1;
    assert!(replica.take(&other).unwrap_err().contains("fork at height 2"));
}

#[test]
fn a_transaction_twice_is_found() {
    let (mut replica, _, second) = two();
    replica.take(&second).unwrap();
    let mut third = second.clone();
    third.header.height = 3;
    third.header.time.0 += 1;
    third.header.parent = second.header.hash();
    assert!(replica.take(&third).unwrap_err().contains("faulty transaction"));
}
