//! What follows an emergency access: the second practitioner's word, the notice to the patient, the review.

use super::{load, practitioner};
use crate::{
    emergency::{
        Countersign, Emergency, Event, Notify, Reject, ReviewAccess,
        api::{CountersignatureMissing, Countersigned, Notified, ReviewOverdue, Reviewed},
        state::{self, ACCESSES},
        types::{
            Countersignature, Delivery, Due, EmergencyAccess, NOTICE_DELAY_MS_MAX, Notice, Outcome, Review, Stage,
        },
    },
    network::{self, OrganizationKind},
    subjects,
};
use epione_kernel::{Ctx, Done, Missing, Signer};
use epione_types::{DurationMs, EmergencyId, SignerId};

/// Stands by the access of another practitioner of the same organization. It may be late: that shows.
///
/// # Rejects
/// UnknownEmergency, NotPractitioner, NotSecondPractitioner, ReviewClosed, AlreadyCountersigned   (this order)
///
/// # Emits    Countersigned
/// # Laws     EMERGENCY-2
pub(in crate::emergency) fn countersign(
    ctx: &mut Ctx<'_, Emergency>,
    by: &Signer,
    call: &Countersign,
) -> Done<Emergency> {
    let mut access = load(ctx, &call.emergency)?;
    let (second, found) = practitioner(ctx, by)?;
    if second == access.practitioner || found.org != access.org {
        return Err(Reject::NotSecondPractitioner.into());
    }
    if access.review.is_some() {
        return Err(Reject::ReviewClosed.into());
    }
    if access.countersigned.is_some() {
        return Err(Reject::AlreadyCountersigned.into());
    }
    let (id, at) = (call.emergency, ctx.now());
    let late = at > access.countersign_by;
    access.countersigned = Some(Countersignature { by: second, at });
    ACCESSES.put(ctx, &id, &access);
    ctx.emit(&Event::Countersigned(Countersigned { id, by: second, late }));
    Ok(())
}

/// Records that the patient was told, by the confidential channel or on paper, or that this is lawfully delayed. A delay can
/// be declared anew, and ends with the word that the patient was told.
///
/// # Rejects  UnknownEmergency, NotCustodian, NotBound, AlreadyNotified, DelayOutOfRange   (this order)
/// # Emits    Notified
/// # Laws     EMERGENCY-3
/// # Source   45 CFR 164.412, 164.522(b), 164.528(a)(2)
pub(in crate::emergency) fn notify(ctx: &mut Ctx<'_, Emergency>, by: &Signer, call: &Notify) -> Done<Emergency> {
    let mut access = load(ctx, &call.emergency)?;
    let custodian = access.custodian;
    if !is_custodian(ctx, by, &access)? {
        return Err(Reject::NotCustodian.into());
    }
    if access.subject.is_none() {
        return Err(Reject::NotBound.into());
    }
    if access.notice.is_some_and(|notice| notice.delivery == Delivery::Told) {
        return Err(Reject::AlreadyNotified.into());
    }
    let at = ctx.now();
    if let Delivery::Delayed { until, .. } = call.delivery
        && (until <= at || until > at.after(DurationMs(NOTICE_DELAY_MS_MAX)))
    {
        return Err(Reject::DelayOutOfRange.into());
    }
    access.notice = Some(Notice { delivery: call.delivery, at });
    ACCESSES.put(ctx, &call.emergency, &access);
    ctx.emit(&Event::Notified(Notified { id: call.emergency, custodian, delivery: call.delivery }));
    Ok(())
}

/// Closes the review. What was found unjustified or mistaken ends the access at once; that it was justified can be found
/// only once it is over, so that nothing is opened after its review.
///
/// # Rejects  UnknownEmergency, NotReviewer, IsSigner, ReviewClosed, NotOver   (this order)
/// # Emits    Reviewed
/// # Laws     EMERGENCY-1, EMERGENCY-2
/// # Source   45 CFR 164.308(a)(1)(ii)(D), 164.308(a)(2)
pub(in crate::emergency) fn review(ctx: &mut Ctx<'_, Emergency>, by: &Signer, call: &ReviewAccess) -> Done<Emergency> {
    let mut access = load(ctx, &call.emergency)?;
    let at = ctx.now();
    if !is_reviewer(ctx, by, &access)? {
        return Err(Reject::NotReviewer.into());
    }
    if access.is_signer(&by.id) {
        return Err(Reject::IsSigner.into());
    }
    if access.review.is_some() {
        return Err(Reject::ReviewClosed.into());
    }
    if call.outcome == Outcome::Justified && !access.is_over(at) {
        return Err(Reject::NotOver.into());
    }
    access.expires_at = access.expires_at.min(at);
    access.review = Some(Review { outcome: call.outcome, by: by.id, report: call.report, at });
    ACCESSES.put(ctx, &call.emergency, &access);
    let (id, outcome, report, expires_at) = (call.emergency, call.outcome, call.report, access.expires_at);
    ctx.emit(&Event::Reviewed(Reviewed { id, outcome, by: by.id, report, expires_at }));
    Ok(())
}

/// Tells what is overdue.
///
/// # Emits    CountersignatureMissing, ReviewOverdue
pub(in crate::emergency) fn due(ctx: &mut Ctx<'_, Emergency>, item: &Due) -> Result<(), Missing> {
    match item {
        Due::Countersignature(id) => {
            let missing = open(ctx, id)?.filter(|access| access.countersigned.is_none());
            if let Some(access) = missing {
                let event = CountersignatureMissing { id: *id, org: access.org };
                ctx.emit(&Event::CountersignatureMissing(event));
            }
        }
        Due::Review(id) => {
            if let Some(access) = open(ctx, id)? {
                ctx.schedule(access.regulator_from, &Due::Escalation(*id))?;
                overdue(ctx, id, &access, Stage::Custodian);
            }
        }
        Due::Escalation(id) => {
            if let Some(access) = open(ctx, id)? {
                overdue(ctx, id, &access, Stage::Regulator);
            }
        }
    }
    Ok(())
}

fn open(ctx: &Ctx<'_, Emergency>, id: &EmergencyId) -> Result<Option<EmergencyAccess>, Missing> {
    Ok(ACCESSES.get(ctx, id)?.filter(|access| access.review.is_none()))
}

fn overdue(ctx: &mut Ctx<'_, Emergency>, id: &EmergencyId, access: &EmergencyAccess, stage: Stage) {
    ctx.emit(&Event::ReviewOverdue(ReviewOverdue { id: *id, custodian: access.custodian, stage }));
}

/// Whether the signer is the custodian, a program of it, or one of its reviewers.
fn is_custodian(ctx: &Ctx<'_, Emergency>, by: &Signer, access: &EmergencyAccess) -> Result<bool, Missing> {
    if subjects::is_custodian(ctx, by, &access.custodian, ctx.now())? {
        return Ok(true);
    }
    let SignerId::Identity(id) = by.id else { return Ok(false) };
    Ok(by.rights.org == access.custodian && state::reviewers(ctx, &access.custodian)?.contains(&id))
}

/// Whether the review lies with the signer: with a reviewer of the custodian; once overdue with the custodian itself, and
/// later with the regulators and their reviewers, too.
fn is_reviewer(ctx: &Ctx<'_, Emergency>, by: &Signer, access: &EmergencyAccess) -> Result<bool, Missing> {
    let org = by.rights.org;
    let itself = match by.id {
        SignerId::Organization(_) => true,
        SignerId::Identity(id) if state::reviewers(ctx, &org)?.contains(&id) => false,
        SignerId::Identity(_) => return Ok(false),
    };
    let stage = access.stage(ctx.now());
    if org == access.custodian {
        return Ok(!itself || stage != Stage::Reviewer);
    }
    let found = network::organization(ctx, &org)?;
    let regulates = found.is_some_and(|found| found.kind == OrganizationKind::Regulator);
    // Once closed, everybody who might have reviewed is told so.
    Ok(regulates && !by.rights.suspended && matches!(stage, Stage::Regulator | Stage::Closed))
}
