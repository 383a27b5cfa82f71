//! Receipts: that an event stands in the log of a consortium, shown offline from its genesis and a small file. And archives: the
//! same of its whole history ([`archive`]).
//!
//! # The way of a receipt
//! bytes ──(`Receipt::from_bytes`: canonical or refused)──▶ `Receipt` ──(`verify`, against an [`Anchor`])──▶ [`Proved`]
//!
//! The anchor is what the verifier knows by itself: chain, length of epochs and founding validators, from the genesis. From
//! there each change of the validators is certified by those before, the block by those in office, and the event by the
//! block. The receipt itself is believed in nothing. The crate is pure: no clock, no randomness, no I/O.
//!
//! # Source
//! The wire form: docs/receipts.md. Inclusion: RFC 9162 §2.1.3.2. Why: docs/adr/0011-receipts.md.
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

mod receipt;

mod certificate;

mod check;

mod fault;

mod proved;

pub mod archive;

pub mod testing;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests;

pub use certificate::{Certificate, Round, Vote};
pub use check::{Anchor, verify};
pub use fault::{At, Fault};
pub use proved::{Change, Proved, Signed};
pub use receipt::{Link, PATH_MAX, Receipt, Stem};
