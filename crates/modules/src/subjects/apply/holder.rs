//! How a patient comes to decide by an identity of its own.

use crate::{
    network::{self, Parameter},
    subjects::{
        Event, HandOver, Offer, PlanHandOver, Reject, Subjects, TakeOver, WithdrawOffer,
        api::{HandOverPlanned, HandedOver, OfferWithdrawn, Offered, TakenOver},
        apply::{end, end_guardians, fit, is_holder, kept, living, load, unmerged, untied},
        state::{self, SUBJECTS, TIES},
        types::{OpenOffer, RepresentativeRole, Scope, Subject, SubjectStatus, Tie},
    },
};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop};
use epione_types::{DurationMs, IdentityId, Quarter, SignerId, SubjectId};

/// Offers the subject to an identity of the patient: after an attested sign-up, when a minor begins to decide, when a wallet
/// is lost for good. Another offer takes the place of an open one. Where there is a holder the notice is at least that of a
/// recovery, since this is one: the custodian alone cannot put another wallet in the patient's place while the patient
/// watches.
///
/// # Rejects
/// ScopeInvalid, UnknownSubject, NotCustodian, SubjectMerged, PatientDeceased, IdentityUnfit, IdentityInUse,
/// TooFewGuardians   (this order)
///
/// # Emits    Offered
/// # Laws     SUBJECTS-5
pub(in crate::subjects) fn offer(ctx: &mut Ctx<'_, Subjects>, by: &Signer, call: &Offer) -> Done<Subjects> {
    let mut subject = kept(ctx, by, &call.subject)?;
    unmerged(&subject)?;
    living(&subject)?;
    fit(ctx, &call.identity, &subject.custodian)?;
    free(ctx, &call.identity, &call.subject)?;
    if call.scope != Scope::All && subject.guardians(ctx.now()) == 0 {
        return Err(Reject::TooFewGuardians.into());
    }
    let (identity, scope) = (call.identity, call.scope.clone());
    let ready_at = ctx.now().after(notice(ctx, &subject)?);
    subject.offered = Some(OpenOffer { identity, scope: scope.clone(), ready_at });
    SUBJECTS.put(ctx, &call.subject, &subject);
    ctx.emit(&Event::Offered(Offered { id: call.subject, identity, scope, ready_at }));
    Ok(())
}

/// How long before a take-over whoever signs for the patient now has notice of it.
fn notice(ctx: &Ctx<'_, Subjects>, subject: &Subject) -> Result<DurationMs, Missing> {
    let notice = network::settings(ctx)?.get(Parameter::TakeOverDelayMs, ctx.height());
    let recovery = network::parameters(ctx, ctx.height())?.recovery_delay_ms;
    Ok(DurationMs(if subject.holder.is_some() { notice.max(recovery) } else { notice }))
}

/// Refuses an identity that is tied to another subject, unless it holds one that was merged into this one: it is the same
/// patient. Tells which that is.
fn free(ctx: &Ctx<'_, Subjects>, identity: &IdentityId, id: &SubjectId) -> Result<Option<SubjectId>, Stop<Reject>> {
    let Some(tie) = TIES.get(ctx, identity)? else {
        return Ok(None);
    };
    let other = SUBJECTS.get(ctx, &tie.subject)?;
    let is_same = other.is_some_and(|other| other.status == SubjectStatus::Merged { into: *id });
    if tie.is_holder && is_same { Ok(Some(tie.subject)) } else { Err(Reject::IdentityInUse.into()) }
}

/// Takes an offer back, or refuses it.
///
/// # Rejects  UnknownSubject, NotEntitled, NotOffered   (this order)
/// # Emits    OfferWithdrawn
pub(in crate::subjects) fn withdraw_offer(
    ctx: &mut Ctx<'_, Subjects>,
    by: &Signer,
    call: &WithdrawOffer,
) -> Done<Subjects> {
    let mut subject = load(ctx, &call.subject)?;
    if !is_holder(&subject, by) && !state::is_custodian(ctx, by, &subject.custodian, ctx.now())? {
        return Err(Reject::NotEntitled.into());
    }
    let identity = subject.offered.take().ok_or(Reject::NotOffered)?.identity;
    SUBJECTS.put(ctx, &call.subject, &subject);
    ctx.emit(&Event::OfferWithdrawn(OfferWithdrawn { id: call.subject, identity, by: by.id }));
    Ok(())
}

/// Becomes the holder. The power of a holder before ends, and with it that of its proxies: who stole a wallet leaves none
/// behind. A scope below everything counts only as long as there is a guardian.
///
/// # Rejects
/// UnknownSubject, SubjectMerged, PatientDeceased, NotOffered, TooEarly, IdentityUnfit, IdentityInUse   (this order)
///
/// # Emits    TakenOver
/// # Laws     SUBJECTS-1, SUBJECTS-2, SUBJECTS-4
pub(in crate::subjects) fn take_over(ctx: &mut Ctx<'_, Subjects>, by: &Signer, call: &TakeOver) -> Done<Subjects> {
    let mut subject = load(ctx, &call.subject)?;
    unmerged(&subject)?;
    living(&subject)?;
    let is_signer = |offer: &OpenOffer| by.id == SignerId::Identity(offer.identity);
    let offer = subject.offered.take().filter(is_signer).ok_or(Reject::NotOffered)?;
    if ctx.now() < offer.ready_at {
        return Err(Reject::TooEarly.into());
    }
    let holder = offer.identity;
    fit(ctx, &holder, &subject.custodian)?;
    let left = free(ctx, &holder, &call.subject)?;
    if let Some(left) = &left
        && let Some(other) = SUBJECTS.get(ctx, left)?
    {
        SUBJECTS.put(ctx, left, &Subject { holder: None, holder_scope: Scope::All, ..other });
    }
    let before = subject.holder.replace(holder);
    if let Some(before) = &before {
        TIES.delete(ctx, before);
    }
    let ended = end(ctx, &mut subject, |found| found.role == RepresentativeRole::Proxy);
    let scope = if subject.guardians(ctx.now()) > 0 { offer.scope } else { Scope::All };
    subject.holder_scope = scope.clone();
    TIES.put(ctx, &holder, &Tie { subject: call.subject, is_holder: true });
    SUBJECTS.put(ctx, &call.subject, &subject);
    ctx.emit(&Event::TakenOver(TakenOver { id: call.subject, holder, before, scope, ended, left }));
    Ok(())
}

/// Gives the patient all power at once, on the day on which it comes of age or is given back the right to decide.
///
/// # Rejects
/// UnknownSubject, NotCustodian, SubjectMerged, PatientDeceased, IdentityUnfit, IdentityInUse, HolderExists   (this order)
///
/// # Emits    HandedOver
/// # Laws     SUBJECTS-1, SUBJECTS-4
pub(in crate::subjects) fn hand_over(ctx: &mut Ctx<'_, Subjects>, by: &Signer, call: &HandOver) -> Done<Subjects> {
    let mut subject = kept(ctx, by, &call.subject)?;
    unmerged(&subject)?;
    living(&subject)?;
    if let Some(holder) = &call.holder {
        fit(ctx, holder, &subject.custodian)?;
        untied(ctx, holder)?;
        if subject.holder.is_some() {
            return Err(Reject::HolderExists.into());
        }
        subject.holder = Some(*holder);
        TIES.put(ctx, holder, &Tie { subject: call.subject, is_holder: true });
    }
    let ended = end_guardians(ctx, &mut subject);
    SUBJECTS.put(ctx, &call.subject, &subject);
    ctx.emit(&Event::HandedOver(HandedOver { id: call.subject, holder: subject.holder, ended }));
    Ok(())
}

/// Says after which quarter the patient decides alone, so that nobody need act on the day: that a birthday passes unnoticed
/// leaves no power with guardians.
///
/// # Rejects  UnknownSubject, NotCustodian, SubjectMerged, PatientDeceased, PeriodOver   (this order)
/// # Emits    HandOverPlanned
pub(in crate::subjects) fn plan_hand_over(
    ctx: &mut Ctx<'_, Subjects>,
    by: &Signer,
    call: &PlanHandOver,
) -> Done<Subjects> {
    let mut subject = kept(ctx, by, &call.subject)?;
    unmerged(&subject)?;
    living(&subject)?;
    if call.after.is_some_and(|after| after < Quarter::of(ctx.now())) {
        return Err(Reject::PeriodOver.into());
    }
    subject.majority = call.after;
    SUBJECTS.put(ctx, &call.subject, &subject);
    ctx.emit(&Event::HandOverPlanned(HandOverPlanned { id: call.subject, after: call.after }));
    Ok(())
}
