//! The use cases of the exchange: put, locate, open, disclose, redeal, erase, rotate, notify; and the duties that react to final events.
//!
//! # The way of a record
//! ```text
//! put      ──▶ vaults acknowledge ──▶ records.register                         the custodian
//! locate   ──▶ access.locate ──▶ the custodian answers with what may be requested
//! request  ──▶ access.request ──▶ Granted                                      signed by the practitioner's own key
//! open     ──▶ each holder asks its own state, releases its share ──▶ access.release
//!              a vault gives the ciphertext under the same grant ──▶ contents  the reader
//! ```
//! No share and no ciphertext leaves a node without a grant that the node itself sees in its executed final state.
//!
//! [`Exchange`] is a plain struct over [`ports`]: no clock, randomness, threads or I/O but through them, so the same code runs in the node and
//! in the simulation. What must happen though nobody waits for it stands in a durable queue ([`tasks`]); [`Exchange::step`] reads final
//! events into it, [`Exchange::work`] does what is due. Both may stop at any moment.
//!
//! # Source
//! docs/sealed-shares.md.
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

pub mod messages;
pub mod ports;

mod at_rest;
mod error;
mod facts;

pub mod catalog;
pub mod tasks;

mod exchange;
mod sessions;

mod put;

mod keep;

mod share;

mod fetch;

mod open;

mod locate;

mod disclose;

mod subjects;

mod redeal;

mod rotate;

mod erase;

mod notify;

mod evidence;

mod scrub;

mod duties;

pub mod testing;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests;

pub use disclose::Disclosure;
pub use erase::{Certificate, Outstanding, Proved};
pub use error::Error;
pub use exchange::{Exchange, Settings};
pub use put::PutOrder;
pub use scrub::Mended;
