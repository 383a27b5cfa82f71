//! One function per call: check, write, emit.

use crate::notary::{
    Commit, Event, Notary, Note, Reject, Reveal, Status, Supersede, Withdraw,
    api::{Committed, Revealed, Superseded, Withdrawn},
    state::NOTES,
    types,
};
use epione_kernel::{Ctx, Done, Signer, Stop};
use epione_types::NoteId;

/// Enters a commitment in the name of the signer. The entry's identifier is the first half of the call's.
///
/// # Rejects  none
/// # Emits    Committed
pub(super) fn commit(ctx: &mut Ctx<'_, Notary>, by: &Signer, call: &Commit) -> Done<Notary> {
    let id = NoteId(ctx.call_id().short());
    let note = Note {
        owner: by.id,
        kind: call.kind,
        commitment: call.commitment,
        committed_at: ctx.now(),
        status: Status::Committed,
        supersedes: None,
        superseded_by: None,
    };
    NOTES.put(ctx, &id, &note);
    ctx.emit(&Event::Committed(Committed { id, owner: by.id, kind: call.kind, commitment: call.commitment }));
    Ok(())
}

/// Shows hash and key of a committed document.
///
/// # Rejects  NotFound, NotOwner, Withdrawn, Superseded, AlreadyRevealed, CommitmentMismatch   (this order)
/// # Emits    Revealed
pub(super) fn reveal(ctx: &mut Ctx<'_, Notary>, by: &Signer, call: &Reveal) -> Done<Notary> {
    let mut note = owned(ctx, by, &call.id)?;
    if note.status == Status::Revealed {
        return Err(Reject::AlreadyRevealed.into());
    }
    if types::commitment(&note.owner, &call.key, &call.document) != note.commitment {
        return Err(Reject::CommitmentMismatch.into());
    }
    note.status = Status::Revealed;
    NOTES.put(ctx, &call.id, &note);
    ctx.emit(&Event::Revealed(Revealed { id: call.id, key: call.key, document: call.document }));
    Ok(())
}

/// Enters a new version in the place of an entry, which keeps its time and commitment.
///
/// # Rejects  NotFound, NotOwner, Withdrawn, Superseded   (this order)
/// # Emits    Superseded
/// # Laws     NOTARY-1, NOTARY-2, NOTARY-3
pub(super) fn supersede(ctx: &mut Ctx<'_, Notary>, by: &Signer, call: &Supersede) -> Done<Notary> {
    let mut old = owned(ctx, by, &call.id)?;
    let id = NoteId(ctx.call_id().short());
    let new = Note {
        owner: by.id,
        kind: old.kind,
        commitment: call.commitment,
        committed_at: ctx.now(),
        status: Status::Committed,
        supersedes: Some(call.id),
        superseded_by: None,
    };
    old.status = Status::Superseded;
    old.superseded_by = Some(id);
    NOTES.put(ctx, &call.id, &old);
    NOTES.put(ctx, &id, &new);
    let (kind, commitment) = (new.kind, call.commitment);
    ctx.emit(&Event::Superseded(Superseded { id, supersedes: call.id, owner: by.id, kind, commitment }));
    Ok(())
}

/// Marks an entry as withdrawn. Nothing is removed.
///
/// # Rejects  NotFound, NotOwner, Withdrawn, Superseded   (this order)
/// # Emits    Withdrawn
pub(super) fn withdraw(ctx: &mut Ctx<'_, Notary>, by: &Signer, call: &Withdraw) -> Done<Notary> {
    let mut note = owned(ctx, by, &call.id)?;
    note.status = Status::Withdrawn;
    NOTES.put(ctx, &call.id, &note);
    ctx.emit(&Event::Withdrawn(Withdrawn { id: call.id }));
    Ok(())
}

/// The entry, if the signer owns it and it still lives.
fn owned(ctx: &Ctx<'_, Notary>, by: &Signer, id: &NoteId) -> Result<Note, Stop<Reject>> {
    let note = NOTES.get(ctx, id)?.ok_or(Reject::NotFound)?;
    if note.owner != by.id {
        return Err(Reject::NotOwner.into());
    }
    match note.status {
        Status::Withdrawn => Err(Reject::Withdrawn.into()),
        Status::Superseded => Err(Reject::Superseded.into()),
        Status::Committed | Status::Revealed => Ok(note),
    }
}
