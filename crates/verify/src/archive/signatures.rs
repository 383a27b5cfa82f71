//! Signatures of transactions, many at once.
//!
//! Those of passkeys are checked one by one when they come; what follows is about Ed25519.
//!
//! A batch is one equation with a random factor per signature. Nobody may know the factors before the signatures are
//! fixed: here they follow from a hash of all of them, so that the verifier needs no randomness and says the same each
//! time. Who wants a false batch to pass must find one whose hash fits, about 2¹²⁸ tries. Single and batch verification
//! follow the same rules (ZIP-215).

use ed25519_zebra::{
    Signature as ZebraSignature, VerificationKeyBytes,
    batch::{Item, Verifier},
};
use epione_types::{Hash, Signature, SignedTx};
use rand_core::{Infallible, TryCryptoRng, TryRng};

/// Signatures that are checked together: more hardly make it faster.
const FULL: usize = 2_048;

/// Signatures that wait to be checked.
#[derive(Debug, Default)]
pub(super) struct Batch {
    waiting: Vec<(u64, usize, Item)>,
    seed: Hash,
    wrong: Option<(u64, usize)>,
}

impl Batch {
    /// Takes the signature of the transaction at `index` of the block at `height`.
    pub(super) fn add(&mut self, (height, index): (u64, usize), signed: &SignedTx) {
        let message = signed.tx.signing_bytes();
        let Signature::Ed25519 { key, bytes } = &signed.signature else {
            if self.wrong.is_none() && signed.signature.verify(&message).is_err() {
                self.wrong = Some((height, index));
            }
            return;
        };
        self.seed = Hash::sha256(&[&self.seed.0, key, bytes, &message]);
        let item = Item::from((VerificationKeyBytes::from(*key), ZebraSignature::from_bytes(bytes), &message));
        self.waiting.push((height, index, item));
    }

    /// Whether so many wait that they should be checked.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= FULL || self.wrong.is_some()
    }

    /// Checks all that wait, and says what was wrong with others.
    ///
    /// # Errors
    /// Height and index of the first transaction whose signature does not verify.
    pub(super) fn check(&mut self) -> Result<(), (u64, usize)> {
        let (waiting, wrong) = (std::mem::take(&mut self.waiting), self.wrong.take());
        let factors = Factors { seed: self.seed, count: 0 };
        let mut batch = Verifier::new();
        waiting.iter().for_each(|(_, _, item)| batch.queue(item.clone()));
        let mut first = wrong;
        if batch.verify(factors).is_err() {
            let found = waiting.into_iter().find(|(_, _, item)| item.clone().verify_single().is_err());
            let found = found.map(|(height, index, _)| (height, index));
            // None is above none: the lower of those there are.
            first = found.into_iter().chain(wrong).min();
        }
        first.map_or(Ok(()), Err)
    }
}

/// The factors of a batch: SHA-256 of the seed and a counter.
struct Factors {
    seed: Hash,
    count: u64,
}

impl TryRng for Factors {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(32) {
            let block = Hash::sha256(&[&self.seed.0, &self.count.to_le_bytes()]);
            self.count = self.count.saturating_add(1);
            chunk.iter_mut().zip(block.0).for_each(|(to, from)| *to = from);
        }
        Ok(())
    }
}

impl TryCryptoRng for Factors {}
