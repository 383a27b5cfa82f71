//! For tests of this crate and of those that use it: random bytes that can be repeated, and a store that loses and corrupts.

use crate::{
    blobs::{BLOB_BYTES_MAX, BlobError, Blobs},
    random::{NoRandom, Random},
};
use epione_types::Hash;
use std::{
    collections::BTreeMap,
    io,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Bytes that follow from a seed: `SHA-256(seed ‖ u64 counter)`, block after block. A call begins with a new block. Never used outside of tests.
#[derive(Clone, Debug)]
pub struct SeededRandom {
    seed: [u8; 32],
    blocks: u64,
    left: Option<u64>,
}

impl SeededRandom {
    /// The bytes of this seed.
    #[must_use]
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed, blocks: 0, left: None }
    }

    /// The same, but failing from call number `calls` on, counted from 0.
    #[must_use]
    pub const fn failing_after(self, calls: u64) -> Self {
        Self { left: Some(calls), ..self }
    }
}

impl Random for SeededRandom {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoRandom> {
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(1).ok_or(NoRandom)?;
        }
        for part in bytes.chunks_mut(32) {
            let block = Hash::sha256(&[&self.seed, &self.blocks.to_le_bytes()]);
            self.blocks = self.blocks.saturating_add(1);
            for (to, from) in part.iter_mut().zip(block.0) {
                *to = from;
            }
        }
        Ok(())
    }
}

/// Blobs in memory, with the failures of a disk on demand.
#[derive(Debug, Default)]
pub struct MemoryBlobs(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    stored: BTreeMap<Hash, Vec<u8>>,
    /// How many of the next calls fail.
    failures: u32,
}

impl MemoryBlobs {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the next `calls` calls fail, whatever they are.
    pub fn fail(&self, calls: u32) {
        self.state().failures = calls;
    }

    /// Flips a bit of a stored blob; nothing if there is none.
    pub fn corrupt(&self, hash: &Hash) {
        if let Some(byte) = self.state().stored.get_mut(hash).and_then(|bytes| bytes.first_mut()) {
            *byte ^= 1;
        }
    }

    /// Loses a blob, as a disk that was replaced.
    pub fn lose(&self, hash: &Hash) {
        self.state().stored.remove(hash);
    }

    /// The state, unless this call is to fail.
    fn working(&self) -> Result<MutexGuard<'_, State>, BlobError> {
        let mut state = self.state();
        match state.failures.checked_sub(1) {
            None => Ok(state),
            Some(left) => {
                state.failures = left;
                let error = io::Error::other("made to fail");
                Err(BlobError::Io { what: "use", path: "memory".to_owned(), error })
            }
        }
    }
}

impl Blobs for MemoryBlobs {
    fn put(&self, bytes: &[u8]) -> Result<Hash, BlobError> {
        if bytes.len() > BLOB_BYTES_MAX {
            return Err(BlobError::TooLong(bytes.len()));
        }
        let hash = Hash::sha256(&[bytes]);
        self.working()?.stored.insert(hash, bytes.to_vec());
        Ok(hash)
    }

    fn get(&self, hash: &Hash) -> Result<Option<Vec<u8>>, BlobError> {
        match self.working()?.stored.get(hash) {
            Some(bytes) if Hash::sha256(&[bytes]) != *hash => Err(BlobError::Corrupt(*hash)),
            found => Ok(found.cloned()),
        }
    }

    fn has(&self, hash: &Hash) -> Result<bool, BlobError> {
        Ok(self.working()?.stored.contains_key(hash))
    }

    fn delete(&self, hash: &Hash) -> Result<bool, BlobError> {
        Ok(self.working()?.stored.remove(hash).is_some())
    }

    fn list(&self, after: Option<&Hash>, max: usize) -> Result<Vec<Hash>, BlobError> {
        let state = self.working()?;
        let hashes = state.stored.keys().filter(|hash| after.is_none_or(|after| *hash > after));
        Ok(hashes.take(max).copied().collect())
    }
}
