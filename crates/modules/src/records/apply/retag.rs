//! Corrections: a unit that should not be, and units in the wrong chart.

use crate::{
    records::{
        CorrectError, Event, Records, Reject, Retag,
        api::{EnteredInError, ErasureCancelled, Retagged},
        apply::{is_custodian, own},
        state::UNITS,
        types::{Correction, Erasure, Unit},
    },
    subjects::{self, SubjectStatus},
};
use epione_kernel::{Ctx, Done, Signer, Stop};
use epione_types::{OrgId, Tag, UnitId};

/// Withholds a unit that was entered in error. The unit remains: what was decided upon it stays explicable.
///
/// # Rejects  UnknownUnit, NotCustodian, UnitErased, AlreadyInError   (this order)
/// # Emits    EnteredInError
/// # Source   FHIR R4 `entered-in-error`
pub(super) fn correct_error(ctx: &mut Ctx<'_, Records>, by: &Signer, call: &CorrectError) -> Done<Records> {
    let mut unit = own(ctx, by, &call.unit)?;
    if unit.entered_in_error {
        return Err(Reject::AlreadyInError.into());
    }
    unit.entered_in_error = true;
    UNITS.put(ctx, &call.unit, &unit);
    ctx.emit(&Event::EnteredInError(EnteredInError { unit: call.unit, subject: unit.subject }));
    Ok(())
}

/// Moves units to another subject, each with a tag under that one's key: from then on the consents of that subject decide
/// on them, and grants under those of the other no longer hold. Unless two subjects are one patient, a request for erasure
/// was made by somebody else than whom the unit is about: it is void.
///
/// # Rejects  UnitsNotDistinct, UnknownUnit, UnknownSubject, NotCustodian, SubjectClosed, SubjectsDiffer, SameSubject, OtherCustodian, UnitErased   (this order)
/// # Emits    ErasureCancelled for each request that is void, Retagged
/// # Laws     RECORDS-6
/// # Source   design §5 "Find"
pub(super) fn retag(ctx: &mut Ctx<'_, Records>, by: &Signer, call: &Retag) -> Done<Records> {
    let mut units: Vec<(UnitId, Tag, Unit)> = Vec::new();
    for retagging in call.units.iter() {
        let unit = UNITS.get(ctx, &retagging.unit)?.ok_or(Reject::UnknownUnit)?;
        units.push((retagging.unit, retagging.label, unit));
    }
    let to = subjects::subject(ctx, &call.to)?.ok_or(Reject::UnknownSubject)?;
    for (_, _, unit) in &units {
        if !is_custodian(ctx, by, &unit.custodian)? {
            return Err(Reject::NotCustodian.into());
        }
    }
    if to.status != SubjectStatus::Active {
        return Err(Reject::SubjectClosed.into());
    }
    let from = units.iter().map(|(_, _, unit)| unit.subject).next().ok_or(Reject::UnitsNotDistinct)?;
    if units.iter().any(|(_, _, unit)| unit.subject != from) {
        return Err(Reject::SubjectsDiffer.into());
    }
    if from == call.to {
        return Err(Reject::SameSubject.into());
    }
    check_units(ctx, &units, &to.custodian)?;
    for (id, label, unit) in units {
        let unit = Unit { subject: call.to, label, ..unit };
        if call.correction != Correction::Merge && is_of_the_patient(&unit.erasure) {
            UNITS.put(ctx, &id, &Unit { erasure: Erasure::None, ..unit });
            ctx.emit(&Event::ErasureCancelled(ErasureCancelled { unit: id, by: by.id }));
        } else {
            UNITS.put(ctx, &id, &unit);
        }
    }
    let (units, to, correction) = (call.units.clone(), call.to, call.correction);
    ctx.emit(&Event::Retagged(Retagged { units, from, to, correction }));
    Ok(())
}

/// # Rejects  OtherCustodian, UnitErased   (this order)
fn check_units(ctx: &Ctx<'_, Records>, units: &[(UnitId, Tag, Unit)], custodian: &OrgId) -> Result<(), Stop<Reject>> {
    if units.iter().any(|(_, _, unit)| unit.custodian != *custodian) {
        return Err(Reject::OtherCustodian.into());
    }
    if units.iter().any(|(_, _, unit)| unit.is_erased(ctx.now())) {
        return Err(Reject::UnitErased.into());
    }
    Ok(())
}

/// Whether the state of an erasure goes back to what a patient asked for.
const fn is_of_the_patient(erasure: &Erasure) -> bool {
    match erasure {
        Erasure::Requested { .. } | Erasure::RestrictedUse { .. } | Erasure::Refused { .. } => true,
        Erasure::Granted { requested_by, .. } => requested_by.is_some(),
        Erasure::None | Erasure::Erased { .. } => false,
    }
}
