//! Contents under a unit key: AES-256-GCM in STREAM form, in chunks of 64 KiB.
//!
//! # Bytes
//! ```text
//! padded  = contents ‖ zeros ‖ u32 length of the contents        (bucket + 4 bytes)
//! key     = HKDF-SHA-256(unit_key, info = "epione/unit-stream/1" ‖ unit_id ‖ u32 edition)
//! chunk i = AES-256-GCM(key, nonce = 0⁷ ‖ u32 i (big-endian) ‖ u8 last, aad = unit_id ‖ u32 edition ‖ u32 i ‖ u8 last, 64 KiB of padded)
//! ```
//! Each chunk has its tag of 16 bytes behind it. The last chunk is shorter: four bytes, or a whole bucket and four. A unit key
//! encrypts one edition of one unit, so no nonce comes twice.
//!
//! A chunk that is missing, moved, repeated, added, or from another unit or edition does not open. AES-GCM alone does not
//! commit to its key: the manifest does, with a hash of the key and a hash of the ciphertext.
//!
//! # Source
//! Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance, CRYPTO 2015; NIST
//! SP 800-38D; RFC 5869.

use crate::{broken, bucket::Bucket, kdf::hkdf, secret::UnitKey};
use aes_gcm::{AeadInOut as _, Aes256Gcm, KeyInit as _, Nonce};
use epione_types::{UnitId, domain};
use zeroize::Zeroizing;

/// Bytes of a chunk before encryption.
pub const CHUNK_BYTES: usize = 64 * 1024;
const TAG_BYTES: usize = 16;
const LENGTH_BYTES: usize = 4;

/// Why contents cannot be encrypted or a ciphertext cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The contents do not fit the largest bucket.
    #[error("the contents are {0} bytes long, more than 64 MiB")]
    TooLong(usize),
    /// The ciphertext is not as long as one of its bucket: cut off or extended.
    #[error("the ciphertext is {found} bytes long, not the {expected} of its size")]
    Length {
        /// Bytes of a ciphertext of this bucket.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// A chunk was changed or moved, or belongs to another key, unit or edition.
    #[error("chunk {0} of the ciphertext does not open")]
    Chunk(u32),
    /// The chunks open, but the contents are not padded as they must be: the author's program is at fault.
    #[error("the contents are padded wrongly")]
    Padding,
}

/// Bytes of every ciphertext of this bucket.
#[must_use]
pub const fn sealed_len(bucket: Bucket) -> usize {
    let padded = bucket.bytes().saturating_add(LENGTH_BYTES);
    padded.saturating_add(padded.div_ceil(CHUNK_BYTES).saturating_mul(TAG_BYTES))
}

/// What every chunk of a ciphertext shares.
struct Stream {
    cipher: Aes256Gcm,
    unit: UnitId,
    edition: u32,
}

impl Stream {
    fn new(key: &UnitKey, unit: &UnitId, edition: u32) -> Self {
        let key = hkdf(key.expose(), &[domain::UNIT_STREAM, &unit.0, &edition.to_le_bytes()]);
        Self { cipher: Aes256Gcm::new((&*key).into()), unit: *unit, edition }
    }

    /// Nonce and associated data of chunk `index`.
    fn context(&self, index: u32, is_last: bool) -> ([u8; 12], Vec<u8>) {
        let [a, b, c, d] = index.to_be_bytes();
        let last = u8::from(is_last);
        let aad = [&self.unit.0[..], &self.edition.to_le_bytes(), &index.to_le_bytes(), &[last]].concat();
        ([0, 0, 0, 0, 0, 0, 0, a, b, c, d, last], aad)
    }

    fn seal(&self, index: u32, is_last: bool, chunk: &mut [u8]) -> [u8; TAG_BYTES] {
        let (nonce, aad) = self.context(index, is_last);
        match self.cipher.encrypt_inout_detached(&Nonce::from(nonce), &aad, chunk.into()) {
            Ok(tag) => tag.into(),
            Err(_length) => broken("a chunk is far below the limit of AES-GCM"),
        }
    }

    fn open(&self, index: u32, is_last: bool, chunk: &mut [u8], tag: [u8; TAG_BYTES]) -> Result<(), StreamError> {
        let (nonce, aad) = self.context(index, is_last);
        let opened = self.cipher.decrypt_inout_detached(&Nonce::from(nonce), &aad, chunk.into(), &tag.into());
        opened.map_err(|_tag| StreamError::Chunk(index))
    }
}

/// The ciphertext of `contents` under `key`, for edition `edition` of `unit`; as long as its bucket says.
///
/// # Errors
/// [`StreamError::TooLong`].
pub fn encrypt(key: &UnitKey, unit: &UnitId, edition: u32, contents: &[u8]) -> Result<Vec<u8>, StreamError> {
    let too_long = || StreamError::TooLong(contents.len());
    let bucket = Bucket::of(contents.len()).ok_or_else(too_long)?;
    let length = u32::try_from(contents.len()).map_err(|_large| too_long())?.to_le_bytes();
    let stream = Stream::new(key, unit, edition);
    // What is not yet encrypted stands in the ciphertext's own place: reserved at once, so that no copy of it stays behind.
    let mut out = Vec::with_capacity(sealed_len(bucket));
    let mut rest = bucket.bytes().saturating_add(LENGTH_BYTES);
    let mut chunks = contents.chunks(CHUNK_BYTES);
    for index in 0_u32.. {
        let (len, is_last) = (rest.min(CHUNK_BYTES), rest <= CHUNK_BYTES);
        let begin = out.len();
        out.extend_from_slice(chunks.next().unwrap_or_default());
        let end = begin.saturating_add(len);
        out.resize(if is_last { end.saturating_sub(LENGTH_BYTES) } else { end }, 0);
        if is_last {
            out.extend_from_slice(&length);
        }
        let tag = stream.seal(index, is_last, out.get_mut(begin..).unwrap_or_default());
        out.extend_from_slice(&tag);
        rest = rest.saturating_sub(len);
        if is_last {
            break;
        }
    }
    Ok(out)
}

/// The contents of `ciphertext`, which is one of `bucket`. Needs no more memory than a bucket.
///
/// # Errors
/// [`StreamError`]: not of this length, changed, of another key, unit or edition, or padded wrongly.
pub fn decrypt(
    key: &UnitKey,
    (unit, edition): (&UnitId, u32),
    bucket: Bucket,
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, StreamError> {
    let expected = sealed_len(bucket);
    if ciphertext.len() != expected {
        return Err(StreamError::Length { expected, found: ciphertext.len() });
    }
    let stream = Stream::new(key, unit, edition);
    let padded = bucket.bytes().saturating_add(LENGTH_BYTES);
    let mut out = Zeroizing::new(Vec::with_capacity(padded));
    for (index, sealed) in (0_u32..).zip(ciphertext.chunks(CHUNK_BYTES.saturating_add(TAG_BYTES))) {
        let (chunk, tag) = sealed.split_last_chunk::<TAG_BYTES>().ok_or(StreamError::Chunk(index))?;
        let begin = out.len();
        out.extend_from_slice(chunk);
        let is_last = out.len() == padded;
        stream.open(index, is_last, out.get_mut(begin..).unwrap_or_default(), *tag)?;
    }
    let (rest, length) = out.split_last_chunk::<LENGTH_BYTES>().ok_or(StreamError::Padding)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_large| StreamError::Padding)?;
    let (_, zeros) = rest.split_at_checked(length).ok_or(StreamError::Padding)?;
    // One ciphertext per contents: the smallest bucket, and nothing hidden behind them.
    if Bucket::of(length) != Some(bucket) || zeros.iter().any(|byte| *byte != 0) {
        return Err(StreamError::Padding);
    }
    out.truncate(length);
    Ok(out)
}
