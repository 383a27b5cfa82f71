//! Tables of the notary, and what other modules may read.

use crate::notary::{Call, Notary, Note};
use epione_kernel::{KeySet, Missing, Reads, Table};
use epione_types::NoteId;

pub(super) const NOTES: Table<Notary, NoteId, Note> = Table::new(1, "notes");

/// The entry with this identifier. For other modules.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn note(from: &impl Reads, id: &NoteId) -> Result<Option<Note>, Missing> {
    NOTES.get(from, id)
}

pub(super) fn reads(call: &Call, keys: &mut KeySet) {
    match call {
        Call::Commit(_) => {}
        Call::Reveal(call) => keys.add(&NOTES, &call.id),
        Call::Supersede(call) => keys.add(&NOTES, &call.id),
        Call::Withdraw(call) => keys.add(&NOTES, &call.id),
    }
}
