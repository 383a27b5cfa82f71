//! Units of disclosure off the ledger: contents under a key, the key in shares, each share in an envelope that one holder opens.
//!
//! # The way of a unit
//! ```text
//! Contents ──(deal)──▶ Manifest, ciphertext, envelopes        the author; manifest's commitment on the ledger, the rest in vaults
//! Envelope ──(release, after the ledger granted)──▶ Answer     each holder, for the reader's key of this request
//! Answers + ciphertext ──(open_unit)──▶ Contents               the reader
//! Answer ──(Complaint)──▶ Verdict                              if one of them is bad
//! Envelope ──(reseal)──▶ Sealed                                at a change of the period of a holder's key
//! ```
//! A holder has one share; fewer than the threshold learn nothing. The vaults have ciphertext and envelopes, never keys. The crate
//! knows neither the ledger's rules nor who may read: it is told.
//!
//! Everything is synchronous, and but for [`OsRandom`] and [`FileBlobs`] pure: no clock, no randomness, no I/O. Secrets are wiped when dropped and
//! print `[private]`; no error contains one.
//!
//! # Source
//! The messages byte by byte, with what they do not protect against: docs/sealed-shares.md.
#![deny(
    clippy::wildcard_enum_match_arm,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap
)]

mod kdf;
mod random;
mod secret;
mod tree;

pub mod seal;
pub mod shamir;
pub mod stream;
pub mod tags;

mod bucket;
mod contents;
mod manifest;

mod complaint;
mod deal;
mod envelope;
mod open;
mod reader;
mod release;

pub mod blobs;

pub mod testing;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests;

pub use blobs::{Blobs, FileBlobs};
pub use bucket::Bucket;
pub use complaint::{COMPLAINT_BYTES_MAX, Complaint, ComplaintError, Verdict};
pub use contents::{Contents, ContentsError, ITEM_PATH_MAX, ITEMS_MAX, Item, ItemProof};
pub use deal::{DealError, Dealt, Recipient, Terms, deal};
pub use envelope::{Envelope, EnvelopeError, OPENING_BYTES, Opening};
pub use manifest::{
    HOLDERS_MAX, Holder, MANIFEST_BYTES_MAX, Manifest, ManifestError, SignedManifest, key_commitment, share_commitment,
};
pub use open::{Faulty, OpenError, Opened, check_answer, open_unit};
pub use random::{NoRandom, OsRandom, Random};
pub use reader::{READER_KEYS_MAX, READER_PATH_MAX, ReaderError, ReaderKey, ReaderSession, reader_key_hash};
pub use release::{ANSWER_BYTES_MAX, Answer, AnswerError, AnswerFault, Grant, ReleaseError, SignedAnswer, release};
pub use seal::{KemPublic, KemSecret, Sealed};
pub use secret::{Blind, LinkToken, SECRET_BYTES, Salt, SubjectKey, UnitKey};

/// Stops the process: an invariant of the program is broken. Never reachable from input.
#[expect(clippy::panic, reason = "the only panic of this crate; a broken invariant must not be carried on")]
#[track_caller]
fn broken(invariant: &str) -> ! {
    panic!("broken invariant: {invariant}")
}
