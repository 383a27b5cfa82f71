//! Archives: the history of a chain in files that are verified without a node.
//!
//! # The way of an archive
//! manifest ──([`Manifest::parse`])──▶ names and sums of the files ──([`Verifier::segment`], file by file)──▶ blocks, certificates
//! and events, each checked against those before ──([`Verifier::finish`])──▶ [`Verified`]
//!
//! The [`crate::Anchor`] is what the verifier knows by itself. Whoever reads the files hands over their bytes: nothing
//! here touches a disk.
//!
//! # Source
//! The wire form: docs/archive.md. Why: docs/adr/0013-archives.md.

mod fault;

mod manifest;

mod record;

mod events;

mod signatures;

mod verified;

mod verifier;

pub mod testing;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests;

use signatures::Batch;

pub use fault::{Damage, Fault};
pub use manifest::{Content, Manifest, Segment};
pub use record::{Record, SEGMENT_BYTES_MAX, begin_segment};
pub use verified::Verified;
pub use verifier::Verifier;
