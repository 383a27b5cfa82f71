//! What an Epione module is.
//!
//! A module author writes a [`Domain`]: nouns, numbered calls, events, rejects and queries, and one synchronous `apply`
//! that reads and writes typed [`Table`]s through a [`Ctx`]. [`Hosted`] turns it into the object-safe [`Module`] that the
//! rest of the program sees: bytes in, bytes out. No generic parameter leaves this crate.
//!
//! The crate is pure: no clock, no randomness, no I/O.
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

mod key;
mod view;

mod index;
mod table;

mod ctx;
mod domain;
mod law;
mod rows;
mod surface;

mod agenda;
mod macros;
mod module;

pub mod testing;

pub use agenda::{Agenda, DueItem};
pub use ctx::{Ctx, RawCtx, RawEvent, Rights, Signer, Source, Standing};
pub use domain::{Domain, Done, EventAt, QueryStop, Sources, Stop};
pub use index::Index;
pub use key::{KeySet, RowKey};
pub use law::{Dice, Law};
pub use macros::Reexports as __reexports;
pub use module::{CallContext, Hosted, Module, QueryError, RawStop, RejectDocRef};
pub use rows::{Cell, Column, ColumnKind, Row, RowOp, RowSource, RowTable, Rows, RowsError, Select};
pub use surface::{
    BodyError, CallDoc, Example, Item, ItemDoc, LawDoc, Numbered, NumberedReject, QueryDoc, QuerySource, RejectDoc,
    Surface,
};
pub use table::Table;
pub use view::{Base, MemoryState, Missing, Overlay, Reads, View};

/// Stops the process: an invariant of the program is broken. Never reachable from input.
///
/// # Panics
/// Always.
#[expect(clippy::panic, reason = "the only panic of the pure crates; a broken invariant must not be carried on")]
#[track_caller]
pub fn broken(invariant: &str) -> ! {
    panic!("broken invariant: {invariant}")
}
