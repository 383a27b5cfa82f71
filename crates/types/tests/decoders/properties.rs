//! What holds for every decoder of the crate, whatever the bytes. Each function tells whether the bytes were a value; it
//! panics if a property does not hold. The fuzz targets below `fuzz/` call the same functions.

use epione_types::{
    Block, CallId, Canonical, ChainId, Committee, DecodeError, Entry, Genesis, Header, IdentityId, List, NoteId, OrgId,
    ProposalId, PublicKey, SignedTx, SignerId, TxId, TxResult, decode, encode,
    limits::{BLOCK_BYTES_MAX, EVENT_BODY_BYTES_MAX, GENESIS_BYTES_MAX, TX_BYTES_MAX},
};
use std::{fmt::Debug, str::FromStr};

/// The value in `bytes`, whose only encoding they are.
fn value<T: Canonical + Debug>(bytes: &[u8], bytes_max: usize) -> Option<T> {
    match decode::<T>(bytes, bytes_max) {
        Ok(value) => {
            assert!(bytes.len() <= bytes_max);
            assert_eq!(encode(&value), bytes, "{value:?} has two encodings");
            Some(value)
        }
        Err(DecodeError::TooLong { len, max }) => {
            assert!(len == bytes.len() && max == bytes_max && len > max);
            None
        }
        Err(DecodeError::Malformed(_)) => None,
    }
}

/// A signed transaction.
pub(crate) fn tx(bytes: &[u8]) -> bool {
    let Some(tx) = value::<SignedTx>(bytes, TX_BYTES_MAX) else {
        assert!(SignedTx::from_bytes(bytes).is_err());
        return false;
    };
    assert_eq!(SignedTx::from_bytes(bytes).as_ref(), Ok(&tx));
    let json = serde_json::to_vec(&tx).unwrap();
    assert_eq!(serde_json::from_slice::<SignedTx>(&json).unwrap(), tx);
    // Whether the signature is right is another question; it has an answer.
    let first = tx.signature.verify(&tx.tx.signing_bytes());
    assert_eq!(tx.signature.verify(&tx.tx.signing_bytes()), first);
    true
}

/// A signed transaction in JSON: whatever JSON admits has a canonical encoding, too, unless it is too long.
pub(crate) fn tx_json(bytes: &[u8]) -> bool {
    let Ok(tx) = serde_json::from_slice::<SignedTx>(bytes) else { return false };
    let encoded = tx.to_bytes();
    if encoded.len() <= TX_BYTES_MAX {
        assert_eq!(SignedTx::from_bytes(&encoded).unwrap(), tx);
    }
    true
}

/// A list of transactions, as nodes send it to each other.
pub(crate) fn batch(bytes: &[u8]) -> bool {
    value::<List<SignedTx, 1_000>>(bytes, BLOCK_BYTES_MAX).is_some()
}

/// A block.
pub(crate) fn block(bytes: &[u8]) -> bool {
    let Some(block) = value::<Block>(bytes, Block::BYTES_MAX) else { return false };
    let header = encode(&block.header);
    assert!(bytes.starts_with(&header));
    assert_eq!(value::<Header>(&header, header.len()).map(|found| found.hash()), Some(block.header.hash()));
    if block.header.tx_root == Block::tx_root(&block.txs) {
        assert!(block.txs.iter().all(|signed| tx(&signed.to_bytes())));
    }
    true
}

/// An event of the log.
pub(crate) fn entry(bytes: &[u8]) -> bool {
    let Some(entry) = value::<Entry>(bytes, EVENT_BODY_BYTES_MAX + 256) else { return false };
    assert_eq!(entry.leaf(), epione_types::leaf_hash(bytes));
    value::<TxResult>(&entry.body, EVENT_BODY_BYTES_MAX);
    true
}

/// A genesis, or the committee in it.
pub(crate) fn genesis(bytes: &[u8]) -> bool {
    let committee = value::<Committee>(bytes, GENESIS_BYTES_MAX).map(|committee| committee.hash());
    let genesis = value::<Genesis>(bytes, GENESIS_BYTES_MAX).map(|genesis| genesis.chain());
    committee.is_some() || genesis.is_some()
}

/// An identifier or key as text: there is one text for each.
pub(crate) fn identifier(bytes: &[u8]) -> bool {
    fn one<T: FromStr + ToString>(text: &str) -> bool {
        let Ok(id) = text.parse::<T>() else { return false };
        assert_eq!(id.to_string(), text, "an identifier has two texts");
        true
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let found = [
        one::<CallId>(text),
        one::<ChainId>(text),
        one::<IdentityId>(text),
        one::<NoteId>(text),
        one::<OrgId>(text),
        one::<ProposalId>(text),
        one::<TxId>(text),
        one::<PublicKey>(text),
    ];
    let kinds = found.iter().filter(|is_one| **is_one).count();
    assert!(kinds <= 1, "`{text}` is of {kinds} kinds");
    assert_eq!(one::<SignerId>(text), found[2] || found[4]);
    kinds == 1
}
