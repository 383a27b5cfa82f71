//! What validators sign when they finalize a block, and the committee they belong to.
//!
//! These bytes are fixed by the BFT engine; golden vectors made by the engine hold this file to them.

use crate::{ChainId, Hash, List, PublicKey, codec, domain, hash, limits::COMMITTEE_MAX};
use borsh::{
    BorshDeserialize, BorshSerialize,
    io::{Error, ErrorKind, Read, Result as IoResult},
};
use serde::{Deserialize, Serialize};

/// The validators of one epoch by their vote keys, ascending, each once.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Committee {
    /// The vote keys, all of Ed25519.
    #[borsh(deserialize_with = "read_vote_keys")]
    pub keys: List<PublicKey, COMMITTEE_MAX>,
}

fn read_vote_keys<R: Read>(reader: &mut R) -> IoResult<List<PublicKey, COMMITTEE_MAX>> {
    let keys = List::<PublicKey, COMMITTEE_MAX>::deserialize_reader(reader)?;
    if keys.iter().all(|key| key.ed25519().is_some()) {
        Ok(keys)
    } else {
        Err(Error::new(ErrorKind::InvalidData, "a vote key is not one of Ed25519"))
    }
}

impl Committee {
    /// Hash of the committee, as it stands in headers.
    #[must_use]
    pub fn hash(&self) -> Hash {
        hash(domain::COMMITTEE, &[&codec::encode(self)])
    }

    /// Whose votes make a block final: more than two thirds, `n − ⌊(n − 1) / 3⌋` of `n`.
    #[must_use]
    pub fn quorum(&self) -> usize {
        let validators = self.keys.len();
        validators.saturating_sub(validators.saturating_sub(1) / 3)
    }

    /// Whether the keys ascend, each standing once, and there are any.
    #[must_use]
    pub fn is_canonical(&self) -> bool {
        !self.keys.is_empty() && self.keys.is_sorted_by(|left, right| left < right)
    }
}

/// A committee, and when it took office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenure {
    /// The first epoch whose blocks it certifies.
    pub since_epoch: u64,
    /// The committee.
    pub committee: Committee,
}

/// The bytes that a validator's finalize vote signs for the block with hash `payload`.
///
/// `varint(len ns) ‖ ns ‖ varint(epoch) ‖ varint(view) ‖ varint(parent view) ‖ payload`, with the namespace
/// `ns = "epione/consensus/1" ‖ chain ‖ "_FINALIZE"` and varints in LEB128.
#[must_use]
pub fn finalize_message(chain: &ChainId, epoch: u64, view: u64, parent_view: u64, payload: &Hash) -> Vec<u8> {
    let namespace = [domain::CONSENSUS, &chain.0, b"_FINALIZE"].concat();
    let mut message = Vec::with_capacity(128);
    varint(&mut message, u64::try_from(namespace.len()).unwrap_or(u64::MAX));
    message.extend_from_slice(&namespace);
    for number in [epoch, view, parent_view] {
        varint(&mut message, number);
    }
    message.extend_from_slice(&payload.0);
    message
}

/// Appends `number` in unsigned LEB128.
fn varint(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or(0x7f);
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}
