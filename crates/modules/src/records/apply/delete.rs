//! What was deleted, as those say who deleted it.

use crate::records::{
    AcknowledgeDeletion, Event, Records, Reject,
    api::DeletionAcknowledged,
    apply::member,
    state::{self, UNITS},
    types::{Deletion, DeletionOf, Unit},
};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop, broken};
use epione_types::OrgId;

/// Enters the word of an organization that it deleted its part of an erased unit, or a copy of an earlier edition.
///
/// # Rejects  UnknownUnit, NotMember, EditionStale, NotErased, NotKeeper, AlreadyAcknowledged   (this order)
/// # Emits    DeletionAcknowledged
/// # Laws     RECORDS-9
/// # Source   design §5 "Erasure": attestations, not proofs
pub(super) fn acknowledge_deletion(
    ctx: &mut Ctx<'_, Records>,
    by: &Signer,
    call: &AcknowledgeDeletion,
) -> Done<Records> {
    let mut unit = UNITS.get(ctx, &call.unit)?.ok_or(Reject::UnknownUnit)?;
    let org = member(ctx, by)?;
    if call.edition > unit.edition {
        return Err(Reject::EditionStale.into());
    }
    if call.edition < unit.edition {
        forget_copy(&mut unit, &org, call)?;
    } else {
        enter(ctx, &mut unit, &org, call)?;
    }
    UNITS.put(ctx, &call.unit, &unit);
    let (edition, of) = (call.edition, call.of);
    ctx.emit(&Event::DeletionAcknowledged(DeletionAcknowledged { unit: call.unit, edition, org, of }));
    Ok(())
}

/// Takes a copy of an earlier edition from those that are to be deleted.
fn forget_copy(unit: &mut Unit, org: &OrgId, call: &AcknowledgeDeletion) -> Result<(), Reject> {
    let before = unit.former.len();
    if call.of == DeletionOf::Ciphertext {
        unit.former.retain(|copy| (copy.vault, copy.edition) != (*org, call.edition));
    }
    if unit.former.len() == before { Err(Reject::NotKeeper) } else { Ok(()) }
}

/// Enters the deletion of a part of an erased unit.
fn enter(ctx: &Ctx<'_, Records>, unit: &mut Unit, org: &OrgId, call: &AcknowledgeDeletion) -> Result<(), Stop<Reject>> {
    if !unit.is_erased(ctx.now()) {
        return Err(Reject::NotErased.into());
    }
    if !is_keeper(ctx, unit, org, call.of)? {
        return Err(Reject::NotKeeper.into());
    }
    // A successor of the custodian does not acknowledge again what the custodian did.
    let is_same = |known: &Deletion| known.of == call.of && (known.org == *org || call.of == DeletionOf::TagKey);
    if unit.acknowledged.iter().any(is_same) {
        return Err(Reject::AlreadyAcknowledged.into());
    }
    let deletion = Deletion { org: *org, of: call.of, at: ctx.now() };
    if unit.acknowledged.push(deletion).is_err() {
        broken("more have deleted parts of a unit than kept some");
    }
    Ok(())
}

fn is_keeper(ctx: &Ctx<'_, Records>, unit: &Unit, org: &OrgId, of: DeletionOf) -> Result<bool, Missing> {
    Ok(match of {
        DeletionOf::Ciphertext => unit.vaults.contains(org),
        DeletionOf::Envelope => unit.holder(org).is_some(),
        DeletionOf::TagKey => state::custodian_of(ctx, unit)? == *org,
    })
}
