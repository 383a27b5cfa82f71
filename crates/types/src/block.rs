//! Blocks: a header that consensus certifies, and transactions.

use crate::{
    ChainId, Frontier, Hash, List, PublicKey, SignedTx, UnixMs, codec,
    limits::{BLOCK_TXS_MAX, TX_BYTES_MAX},
};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The part of the storage engine's operation log that state sync fetches: `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct OpsRange {
    /// First operation still needed.
    pub start: u64,
    /// One past the last operation; above `start`.
    pub end: u64,
}

/// Header of a block. SHA-256 of its canonical bytes is what consensus certifies.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Header {
    /// Version of this form: 1.
    pub version: u16,
    /// Format of the authenticated state behind `state_root`.
    pub state_format: u16,
    /// The chain.
    pub chain: ChainId,
    /// Epoch of the committee that certifies this block.
    pub epoch: u64,
    /// View of the epoch in which the block was proposed.
    pub view: u64,
    /// View of the parent.
    pub parent_view: u64,
    /// Vote key of the proposer: of Ed25519.
    #[borsh(deserialize_with = "crate::keys::read_vote_key")]
    pub proposer: PublicKey,
    /// Height: one more than the parent's; the genesis block has 0.
    pub height: u64,
    /// Block time, later than the parent's.
    pub time: UnixMs,
    /// Hash of the parent's header.
    pub parent: Hash,
    /// Hash of the committee of this epoch.
    pub committee_hash: Hash,
    /// Hash of the committee of the next epoch, in the last block of an epoch.
    pub next_committee_hash: Option<Hash>,
    /// RFC 6962 tree hash over the signed transactions.
    pub tx_root: Hash,
    /// RFC 6962 tree hash over all events of the chain, those of this block included.
    pub event_root: Hash,
    /// Number of events in that tree.
    pub event_size: u64,
    /// Root of the authenticated state after this block.
    pub state_root: Hash,
    /// Root of the storage engine's operation log after this block.
    pub ops_root: Hash,
    /// The operations that state sync to this block fetches.
    pub ops_range: OpsRange,
}

impl Header {
    /// The version of this form.
    pub const VERSION: u16 = 1;

    /// The block's hash: SHA-256 of the header's canonical bytes.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::sha256(&[&codec::encode(self)])
    }
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Block {
    /// What consensus certifies.
    pub header: Header,
    /// The transactions, in the order in which they are executed.
    pub txs: List<SignedTx, BLOCK_TXS_MAX>,
}

impl Block {
    /// Bytes of the largest block: limits on transactions and header together.
    pub const BYTES_MAX: usize = crate::limits::BLOCK_BYTES_MAX.saturating_add(TX_BYTES_MAX).saturating_add(1024);

    /// RFC 6962 tree hash over `txs`.
    #[must_use]
    pub fn tx_root(txs: &[SignedTx]) -> Hash {
        let mut tree = Frontier::default();
        for tx in txs {
            tree.append(tx.leaf());
        }
        tree.root()
    }
}
