//! Signs transactions, one sequence number after the other.

use epione_cli::{keys::KeyFile, secret::SecretSource};
use epione_kernel::Numbered;
use epione_modules::notary;
use epione_types::{
    Bytes, Call, ChainId, DurationMs, Hash, List, ModuleId, Nonce, NoteId, SignedTx, SignerId, SigningKey, Tx, UnixMs,
};
use std::{path::Path, time::UNIX_EPOCH};

/// How long transactions of tests are valid: longer than any test.
const VALID_FOR: DurationMs = DurationMs(10 * 60 * 1000);

/// What signs for one organization on one lane.
#[derive(Clone)]
pub(crate) struct Pen {
    pub(crate) key: SigningKey,
    pub(crate) signer: SignerId,
    pub(crate) chain: ChainId,
    lane: u16,
    seq: u64,
}

/// The time of day.
pub(crate) fn now() -> UnixMs {
    UnixMs(u64::try_from(UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap())
}

impl Pen {
    /// Signs with the key in `path`.
    pub(crate) fn of(path: &Path, lane: u16) -> Self {
        let file = KeyFile::read(path, &SecretSource::none()).unwrap();
        let (signer, chain) = (file.signer.expect("a signer"), file.chain.expect("a chain"));
        Self { key: file.key, signer, chain, lane, seq: 0 }
    }

    /// The next transaction, before it is signed.
    pub(crate) fn unsigned(&mut self, calls: Vec<Call>) -> Tx {
        self.seq += 1;
        let nonce = Nonce { lane: self.lane, seq: self.seq };
        let salt = Hash::sha256(&[&self.key.seed(), &nonce.lane.to_le_bytes(), &nonce.seq.to_le_bytes()]).truncated();
        Tx {
            version: Tx::VERSION,
            chain: self.chain,
            signer: self.signer,
            nonce,
            salt,
            valid_until: now().after(VALID_FOR),
            calls: List::new(calls).unwrap(),
        }
    }

    /// The next transaction.
    pub(crate) fn tx(&mut self, calls: Vec<Call>) -> SignedTx {
        self.unsigned(calls).sign(&self.key)
    }

    /// A transaction that enters one document; every third has a second call that is refused.
    pub(crate) fn entry(&mut self) -> SignedTx {
        let place = [self.lane.to_le_bytes().as_slice(), &self.seq.to_le_bytes(), &self.key.seed()].concat();
        let mut calls = vec![commit(Hash::sha256(&[&place]))];
        if self.seq.is_multiple_of(3) {
            calls.push(withdraw(NoteId([0; 16])));
        }
        self.tx(calls)
    }
}

fn call(of: &impl Numbered) -> Call {
    Call { module: ModuleId(3), call: of.number(), body: Bytes::new(of.body()).unwrap() }
}

/// Enters a document.
pub(crate) fn commit(commitment: Hash) -> Call {
    call(&notary::Call::Commit(notary::Commit { commitment, kind: notary::Kind::Protocol }))
}

/// Withdraws an entry.
pub(crate) fn withdraw(id: NoteId) -> Call {
    call(&notary::Call::Withdraw(notary::Withdraw { id }))
}
