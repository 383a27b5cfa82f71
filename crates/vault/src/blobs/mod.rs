//! Where ciphertext and envelopes are kept, by the SHA-256 of their bytes.
//!
//! [`Blobs`] is the port; [`FileBlobs`] keeps them on the local disk, [`MemoryBlobs`](crate::testing::MemoryBlobs) in memory, for tests that lose and corrupt them.
//! Files are written with the standard library: the stores of others are asynchronous and bring a runtime with them, and a fsync that
//! can be left out. A store in the cloud comes behind the same port.

mod file;

pub use file::FileBlobs;

use crate::{bucket::Bucket, stream::sealed_len};
use epione_types::Hash;
use std::{fmt, io};

/// Largest blob: the ciphertext of the largest unit.
pub const BLOB_BYTES_MAX: usize = match Bucket::new(Bucket::MAX) {
    Some(bucket) => sealed_len(bucket),
    None => 0,
};

/// Why a blob cannot be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// Above the size of the largest unit.
    #[error("a blob of {0} bytes is larger than the largest unit")]
    TooLong(usize),
    /// What is stored is not what was put: to be had from another vault, and put again.
    #[error("the blob {0} is corrupt on this disk")]
    Corrupt(Hash),
    /// The disk refuses.
    #[error("{what} {path}: {error}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// With what file or folder.
        path: String,
        /// What the system says.
        error: io::Error,
    },
}

/// How a stored blob is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It is what was put.
    Sound,
    /// There is something else in its place.
    Corrupt,
    /// There is nothing.
    Missing,
}

/// Blobs by their hash. Every method may be called from several threads at once.
pub trait Blobs: fmt::Debug + Send + Sync {
    /// Stores `bytes` and gives back their hash. When it returns, they outlive a loss of power. Putting what is there again repairs it
    /// if it is corrupt.
    ///
    /// # Errors
    /// [`BlobError::TooLong`], [`BlobError::Io`]; after an error the blob may or may not be there.
    fn put(&self, bytes: &[u8]) -> Result<Hash, BlobError>;

    /// The blob with this hash, if there is one. Its hash was checked.
    ///
    /// # Errors
    /// [`BlobError::Corrupt`], [`BlobError::Io`].
    fn get(&self, hash: &Hash) -> Result<Option<Vec<u8>>, BlobError>;

    /// Whether there is a blob with this hash, sound or not.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    fn has(&self, hash: &Hash) -> Result<bool, BlobError>;

    /// Deletes the blob with this hash; tells whether there was one. When it returns, a loss of power does not bring it back. The disk may keep
    /// its bytes for a while: they are encrypted, and what counts is that the keys are gone.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    fn delete(&self, hash: &Hash) -> Result<bool, BlobError>;

    /// At most `max` hashes of what is stored, ascending, from the first above `after`.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    fn list(&self, after: Option<&Hash>, max: usize) -> Result<Vec<Hash>, BlobError>;

    /// Reads the blob and compares it with its hash.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    fn verify(&self, hash: &Hash) -> Result<Health, BlobError> {
        match self.get(hash) {
            Ok(Some(_)) => Ok(Health::Sound),
            Ok(None) => Ok(Health::Missing),
            Err(BlobError::Corrupt(_)) => Ok(Health::Corrupt),
            Err(error @ (BlobError::TooLong(_) | BlobError::Io { .. })) => Err(error),
        }
    }
}

/// What a scrub found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// How many blobs are sound.
    pub sound: u64,
    /// Those that are corrupt.
    pub corrupt: Vec<Hash>,
    /// Those that should be there and are not.
    pub missing: Vec<Hash>,
}

/// Reads everything that is stored, and looks for everything that should be.
///
/// # Errors
/// [`BlobError::Io`]: the disk refuses to tell; the scrub is to be begun again.
pub fn scrub(blobs: &dyn Blobs, expected: &[Hash]) -> Result<Scrubbed, BlobError> {
    const PAGE: usize = 1024;
    let mut scrubbed = Scrubbed::default();
    let mut after = None;
    loop {
        let page = blobs.list(after.as_ref(), PAGE)?;
        for hash in &page {
            match blobs.verify(hash)? {
                Health::Sound => scrubbed.sound = scrubbed.sound.saturating_add(1),
                Health::Corrupt => scrubbed.corrupt.push(*hash),
                // Deleted since it was listed.
                Health::Missing => {}
            }
        }
        match page.last() {
            Some(last) => after = Some(*last),
            None => break,
        }
    }
    for hash in expected {
        if !blobs.has(hash)? {
            scrubbed.missing.push(*hash);
        }
    }
    Ok(scrubbed)
}
