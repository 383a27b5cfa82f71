//! A block as the engine reads it from peers and disks: random bytes, and good ones with some damage.

#[path = "../../../types/tests/decoders/damage.rs"]
mod damage;

use crate::{EngineBlock, Eras, block::BlockError};
use bytes::Bytes;
use commonware_codec::{Decode as _, Encode as _};
use commonware_cryptography::{Signer as _, ed25519};
use damage::{Damage, damaged};
use epione_types::{
    Block, Bytes as Body, Call, ChainId, Hash, Header, List, ModuleId, Nonce, OpsRange, OrgId, PublicKey, SignedTx,
    SignerId, SigningKey, Tx, UnixMs, encode,
};
use proptest::prelude::*;

/// Whether the bytes are a block; panics if they are one that should not be.
fn is_block(bytes: &[u8]) -> bool {
    let Ok(read) = EngineBlock::decode_cfg(Bytes::copy_from_slice(bytes), &Eras::new(1, Vec::new())) else {
        return false;
    };
    assert_eq!(read.encode().as_ref(), bytes, "a block has two encodings");
    let (block, header) = (read.block(), read.header());
    assert_eq!(read.hash(), header.hash());
    assert_eq!(Block::tx_root(&block.txs), header.tx_root);
    assert!(header.ops_range.start < header.ops_range.end);
    assert_eq!(EngineBlock::new(Block::clone(block)).unwrap(), read);
    true
}

fn tx(seq: u64) -> SignedTx {
    let body = Body::new(vec![9; 40]).unwrap();
    let tx = Tx {
        version: Tx::VERSION,
        chain: ChainId([1; 32]),
        signer: SignerId::Organization(OrgId([2; 16])),
        nonce: Nonce { lane: 0, seq },
        salt: [3; 16],
        valid_until: UnixMs(1_800_000_000_000),
        calls: List::new(vec![Call { module: ModuleId(3), call: 1, body }]).unwrap(),
    };
    tx.sign(&SigningKey::from_seed([4; 32]))
}

fn block(txs: Vec<SignedTx>) -> Block {
    let proposer = ed25519::PrivateKey::from_seed(1).public_key();
    let header = Header {
        version: Header::VERSION,
        state_format: 1,
        chain: ChainId([1; 32]),
        epoch: 0,
        view: 9,
        parent_view: 8,
        proposer: PublicKey::Ed25519(proposer.as_ref().try_into().unwrap()),
        height: 3,
        time: UnixMs(1_800_000_000_000),
        parent: Hash([5; 32]),
        committee_hash: Hash([6; 32]),
        next_committee_hash: None,
        tx_root: Block::tx_root(&txs),
        event_root: Hash([7; 32]),
        event_size: 4,
        state_root: Hash([8; 32]),
        ops_root: Hash([9; 32]),
        ops_range: OpsRange { start: 1, end: 2 },
    };
    Block { header, txs: List::new(txs).unwrap() }
}

fn good() -> Vec<Block> {
    vec![block(Vec::new()), block(vec![tx(1)]), block(vec![tx(1), tx(2), tx(3)])]
}

/// Bytes as the engine sends them: their length in the engine's own order, then themselves.
fn framed(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

#[test]
fn good_blocks_decode() {
    for block in good() {
        let bytes = EngineBlock::new(block.clone()).unwrap().encode();
        assert_eq!(bytes, framed(&encode(&block)));
        assert!(is_block(&bytes));
        assert!(!is_block(&[bytes.as_ref(), &[0]].concat()), "with a byte more");
        assert!(!is_block(&bytes[..bytes.len() - 1]), "with a byte less");
    }
}

#[test]
fn what_does_not_fit_together_is_no_block() {
    type Wrong = (BlockError, fn(&mut Block));
    let wrongs: [Wrong; 5] = [
        // These bytes are not a point of the curve.
        (BlockError::Proposer, |block| block.header.proposer = PublicKey::Ed25519([2; 32])),
        (BlockError::TxRoot, |block| block.header.tx_root = Hash::default()),
        (BlockError::TxRoot, |block| block.txs = List::new(vec![tx(2), tx(1)]).unwrap()),
        (BlockError::OpsRange, |block| block.header.ops_range.start = 2),
        (BlockError::OpsRange, |block| block.header.ops_range = OpsRange { start: u64::MAX, end: 0 }),
    ];
    for (expected, change) in wrongs {
        let mut block = block(vec![tx(1), tx(2)]);
        change(&mut block);
        assert!(!is_block(&framed(&encode(&block))), "{expected}");
        assert_eq!(EngineBlock::new(block).unwrap_err(), expected);
    }
}

#[test]
fn a_length_beyond_the_limit_is_refused_before_the_bytes_are_read() {
    let len = u32::try_from(Block::BYTES_MAX + 1).unwrap();
    let error =
        EngineBlock::decode_cfg(Bytes::copy_from_slice(&len.to_be_bytes()), &Eras::new(1, Vec::new())).unwrap_err();
    assert!(matches!(error, commonware_codec::Error::InvalidLength(found) if found == Block::BYTES_MAX + 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn damaged_blocks_are_no_blocks_or_others(damage in prop::collection::vec(any::<Damage>(), 1..4)) {
        for block in good() {
            let bytes = encode(&block);
            is_block(&framed(&damaged(bytes.clone(), &damage)));
            is_block(&damaged(framed(&bytes), &damage));
        }
    }

    #[test]
    fn random_bytes_are_no_blocks_or_have_one_encoding(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        is_block(&bytes);
        is_block(&framed(&bytes));
    }
}
