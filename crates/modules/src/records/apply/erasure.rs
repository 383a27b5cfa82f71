//! How units end: requests, decisions, delay; holds and retention that stand against it.

use crate::{
    network::{self, Parameter},
    records::{
        CancelErasure, DecideErasure, Event, Records, Reject, RequestErasure, SetHold, SetRetention, Tombstone,
        api::{
            Erased, ErasureCancelled, ErasureGranted, ErasureRefused, ErasureRequested, HoldSet, RetentionSet,
            UseRestricted,
        },
        apply::{discount, is_custodian, own},
        state::UNITS,
        types::{Due, Erasure, ErasureDecision, RefusalGround, Unit},
    },
    subjects::{self, Authority},
};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop, broken};
use epione_types::{DurationMs, List, Quarter, SignerId, UnitId, UnixMs};

/// Begins or ends a legal hold. One that begins stops an erasure that is not in force yet.
///
/// # Rejects  UnknownUnit, NotCustodian, UnitErased, Unchanged   (this order)
/// # Emits    HoldSet; ErasureRefused if an erasure was to come
/// # Laws     RECORDS-5
pub(super) fn set_hold(ctx: &mut Ctx<'_, Records>, by: &Signer, call: &SetHold) -> Done<Records> {
    let mut unit = own(ctx, by, &call.unit)?;
    if unit.hold == call.hold {
        return Err(Reject::Unchanged.into());
    }
    unit.hold = call.hold;
    ctx.emit(&Event::HoldSet(HoldSet { unit: call.unit, hold: call.hold }));
    if call.hold && matches!(unit.erasure, Erasure::Granted { .. }) {
        let ground = RefusalGround::LegalClaims;
        unit.erasure = Erasure::Refused { ground, at: ctx.now() };
        ctx.emit(&Event::ErasureRefused(ErasureRefused { unit: call.unit, subject: unit.subject, ground }));
    }
    UNITS.put(ctx, &call.unit, &unit);
    Ok(())
}

/// Lengthens a retention. It stops an erasure on which the custodian alone decided, which supposed that it was over.
///
/// # Rejects  UnknownUnit, NotCustodian, UnitErased, Unchanged, RetentionShortened   (this order)
/// # Emits    RetentionSet; ErasureCancelled if such an erasure was to come
/// # Laws     RECORDS-7
pub(super) fn set_retention(ctx: &mut Ctx<'_, Records>, by: &Signer, call: &SetRetention) -> Done<Records> {
    let mut unit = own(ctx, by, &call.unit)?;
    if call.retain_until == unit.retain_until {
        return Err(Reject::Unchanged.into());
    }
    if call.retain_until < unit.retain_until {
        return Err(Reject::RetentionShortened.into());
    }
    unit.retain_until = call.retain_until;
    ctx.emit(&Event::RetentionSet(RetentionSet { unit: call.unit, retain_until: call.retain_until }));
    if matches!(unit.erasure, Erasure::Granted { requested_by: None, .. }) {
        unit.erasure = Erasure::None;
        ctx.emit(&Event::ErasureCancelled(ErasureCancelled { unit: call.unit, by: by.id }));
    }
    UNITS.put(ctx, &call.unit, &unit);
    Ok(())
}

/// Asks for the erasure of units. Erasure cannot be undone: where two guardians act together, it takes both.
///
/// # Rejects  UnitsNotDistinct, UnknownUnit, NotPatient, SubjectsDiffer, UnitErased, AlreadyRequested   (this order)
/// # Emits    ErasureRequested: for those that are complete, and for those that await another guardian
/// # Source   GDPR Article 17; design §5 "Erasure", "Persons"
pub(super) fn request_erasure(ctx: &mut Ctx<'_, Records>, by: &Signer, call: &RequestErasure) -> Done<Records> {
    let mut units: Vec<(UnitId, Unit)> = Vec::new();
    for id in call.units.iter() {
        units.push((*id, UNITS.get(ctx, id)?.ok_or(Reject::UnknownUnit)?));
    }
    let mut joint = false;
    for (_, unit) in &units {
        joint = patient(ctx, by, unit, call.attested.is_some())?.is_joint();
    }
    let subject = units.iter().map(|(_, unit)| unit.subject).next().ok_or(Reject::UnitsNotDistinct)?;
    if units.iter().any(|(_, unit)| unit.subject != subject) {
        return Err(Reject::SubjectsDiffer.into());
    }
    if units.iter().any(|(_, unit)| unit.is_erased(ctx.now())) {
        return Err(Reject::UnitErased.into());
    }
    let (mut complete, mut awaiting) = (Vec::new(), Vec::new());
    for (id, mut unit) in units {
        unit.erasure = requested(&unit.erasure, by.id, joint, ctx.now())?;
        let is_complete = matches!(unit.erasure, Erasure::Requested { complete: true, .. });
        if is_complete {
            complete.push(id)
        } else {
            awaiting.push(id)
        }
        UNITS.put(ctx, &id, &unit);
    }
    for (units, awaits_another) in [(complete, false), (awaiting, true)] {
        if !units.is_empty() {
            let units = List::new(units).unwrap_or_else(|_more| broken("a part is longer than the whole"));
            let (by, attested) = (by.id, call.attested);
            let event = ErasureRequested { units, subject, by, awaits_another, attested };
            ctx.emit(&Event::ErasureRequested(event));
        }
    }
    Ok(())
}

/// The state of an erasure once `by` has requested it.
fn requested(before: &Erasure, by: SignerId, joint: bool, now: UnixMs) -> Result<Erasure, Reject> {
    match before {
        Erasure::None | Erasure::Refused { .. } | Erasure::RestrictedUse { .. } => {
            Ok(Erasure::Requested { by, at: now, complete: !joint })
        }
        Erasure::Requested { by: first, at, complete: false } if *first != by => {
            Ok(Erasure::Requested { by: *first, at: *at, complete: true })
        }
        Erasure::Requested { .. } | Erasure::Granted { .. } | Erasure::Erased { .. } => Err(Reject::AlreadyRequested),
    }
}

/// By what right `by` asks for the patient of `unit`: as the patient, or as who acts for it in what the unit is about. The
/// custodian attests what a patient asked for who has no wallet and whom nobody represents.
///
/// # Rejects  NotPatient
fn patient(ctx: &Ctx<'_, Records>, by: &Signer, unit: &Unit, attests: bool) -> Result<Authority, Stop<Reject>> {
    let subject = subjects::subject(ctx, &unit.subject)?
        .unwrap_or_else(|| broken("a unit is about a subject that does not exist"));
    if let SignerId::Identity(identity) = by.id
        && let Some(authority) = subject.authority_of(&identity, ctx.now())
        && authority.covers(&unit.label)
        && !attests
    {
        return Ok(authority);
    }
    let now = ctx.now();
    let is_represented = subject.representatives.iter().any(|found| subject.is_in_force(found, now));
    if attests && subject.holder.is_none() && !is_represented && is_custodian(ctx, by, &unit.custodian)? {
        return Ok(Authority::Custodian);
    }
    Err(Reject::NotPatient.into())
}

/// Decides on a request.
///
/// # Rejects  UnknownUnit, NotCustodian, UnitErased, NotRequested; for a grant NotConfirmed, OnHold   (this order)
/// # Emits    ErasureGranted, ErasureRefused or UseRestricted
/// # Laws     RECORDS-5
/// # Source   GDPR Articles 17(3), 18(1)
pub(super) fn decide_erasure(ctx: &mut Ctx<'_, Records>, by: &Signer, call: &DecideErasure) -> Done<Records> {
    let mut unit = own(ctx, by, &call.unit)?;
    let Erasure::Requested { by: requester, complete, .. } = unit.erasure else {
        return Err(Reject::NotRequested.into());
    };
    let (id, subject, at) = (call.unit, unit.subject, ctx.now());
    match call.decision {
        ErasureDecision::Grant if !complete => return Err(Reject::NotConfirmed.into()),
        ErasureDecision::Grant if unit.hold => return Err(Reject::OnHold.into()),
        ErasureDecision::Grant => return grant(ctx, &id, unit, Some(requester)),
        ErasureDecision::Refuse(ground) => {
            unit.erasure = Erasure::Refused { ground, at };
            ctx.emit(&Event::ErasureRefused(ErasureRefused { unit: id, subject, ground }));
        }
        ErasureDecision::Restrict => {
            unit.erasure = Erasure::RestrictedUse { at };
            ctx.emit(&Event::UseRestricted(UseRestricted { unit: id, subject }));
        }
    }
    UNITS.put(ctx, &id, &unit);
    Ok(())
}

/// Has the unit erased after the delay.
fn grant(ctx: &mut Ctx<'_, Records>, id: &UnitId, unit: Unit, requested_by: Option<SignerId>) -> Done<Records> {
    let delay = network::settings(ctx)?.get(Parameter::ErasureDelayMs, ctx.height());
    let effective_at = ctx.now().after(DurationMs(delay));
    ctx.schedule(effective_at, &Due::Erasure(*id))?;
    let (subject, requested) = (unit.subject, requested_by.is_some());
    UNITS.put(ctx, id, &Unit { erasure: Erasure::Granted { effective_at, requested_by }, ..unit });
    ctx.emit(&Event::ErasureGranted(ErasureGranted { unit: *id, subject, effective_at, requested }));
    Ok(())
}

/// Erases a unit whose retention is over: the custodian alone decides, and the patient can object during the delay.
///
/// # Rejects  UnknownUnit, NotCustodian, UnitErased, AlreadyRequested, OnHold, Retained   (this order)
/// # Emits    ErasureGranted
/// # Laws     RECORDS-5, RECORDS-7
/// # Source   GDPR Article 5(1)(e)
pub(super) fn tombstone(ctx: &mut Ctx<'_, Records>, by: &Signer, call: &Tombstone) -> Done<Records> {
    let unit = own(ctx, by, &call.unit)?;
    if matches!(unit.erasure, Erasure::Granted { .. }) {
        return Err(Reject::AlreadyRequested.into());
    }
    if unit.hold {
        return Err(Reject::OnHold.into());
    }
    if Quarter::of(ctx.now()) <= unit.retain_until {
        return Err(Reject::Retained.into());
    }
    grant(ctx, &call.unit, unit, None)
}

/// Takes back a request, stops an erasure to come, or lifts a restriction of use. One guardian suffices to protect a record;
/// to lift a restriction, which opens it, does not where two must agree.
///
/// # Rejects  UnknownUnit, NotPatient, UnitErased, NotRequested, NotConfirmed   (this order)
/// # Emits    ErasureCancelled
pub(super) fn cancel_erasure(ctx: &mut Ctx<'_, Records>, by: &Signer, call: &CancelErasure) -> Done<Records> {
    let mut unit = UNITS.get(ctx, &call.unit)?.ok_or(Reject::UnknownUnit)?;
    let decided_alone = matches!(unit.erasure, Erasure::Granted { requested_by: None, .. });
    let is_joint = match patient(ctx, by, &unit, false) {
        Ok(authority) => authority.is_joint(),
        Err(Stop::Reject(_)) if decided_alone && is_custodian(ctx, by, &unit.custodian)? => false,
        Err(Stop::Reject(_)) => patient(ctx, by, &unit, true)?.is_joint(),
        Err(missing @ Stop::Missing(_)) => return Err(missing),
    };
    if unit.is_erased(ctx.now()) {
        return Err(Reject::UnitErased.into());
    }
    match unit.erasure {
        Erasure::Requested { .. } | Erasure::Granted { .. } => {}
        Erasure::RestrictedUse { .. } if is_joint => return Err(Reject::NotConfirmed.into()),
        Erasure::RestrictedUse { .. } => {}
        Erasure::None | Erasure::Refused { .. } | Erasure::Erased { .. } => return Err(Reject::NotRequested.into()),
    }
    unit.erasure = Erasure::None;
    UNITS.put(ctx, &call.unit, &unit);
    ctx.emit(&Event::ErasureCancelled(ErasureCancelled { unit: call.unit, by: by.id }));
    Ok(())
}

/// Takes note that a unit is erased, which it is since the delay passed: tells it, and no longer counts its shares. Does
/// nothing if the erasure was cancelled or put off.
pub(super) fn due(ctx: &mut Ctx<'_, Records>, id: &UnitId) -> Result<(), Missing> {
    let Some(unit) = UNITS.get(ctx, id)? else { return Ok(()) };
    let Erasure::Granted { effective_at, .. } = unit.erasure else { return Ok(()) };
    if effective_at > ctx.now() {
        return Ok(());
    }
    discount(ctx, &unit.holders)?;
    let subject = unit.subject;
    UNITS.put(ctx, id, &Unit { erasure: Erasure::Erased { at: effective_at }, ..unit });
    ctx.emit(&Event::Erased(Erased { unit: *id, subject }));
    Ok(())
}
