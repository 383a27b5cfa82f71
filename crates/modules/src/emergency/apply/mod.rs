//! One function per call: check, write, emit. Here the access itself; what follows afterwards beside it.

mod review;
mod rights;

pub(super) use review::{countersign, due, notify, review};
pub(super) use rights::{reinstate, revoke_right, set_reviewer};

use crate::{
    emergency::{
        BreakGlass, Emergency, End, Event, Reject, Renew,
        api::{Ended, GlassBroken, Renewed},
        state::{self, ACCESSES, USAGE, Usage, parameter},
        types::{Due, EmergencyAccess},
    },
    identity::{self, Identity, IdentityKind, IdentityStatus},
    network::{self, OrganizationKind, Parameter, Role, Status},
    subjects,
};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop};
use epione_types::{DurationMs, EmergencyId, IdentityId, OrgId, SignerId};

const DAY_MS: u64 = 86_400_000;

/// Opens an emergency access to one chart for the signer. One practitioner suffices, whatever patient or law deny, but for
/// what the patient locked; what was done is examined afterwards. The access's identifier is the first half of the call's.
///
/// That a person was present at the signature, a passkey proves by itself; for another kind of key the organization
/// answers.
///
/// # Rejects
/// NotPractitioner, NotMember, NotCareProvider, NotRegisteredLongEnough, UnknownCustodian, UnknownSubject, RightRevoked,
/// PersonQuota, OrganizationQuota   (this order)
///
/// # Emits    GlassBroken
/// # Laws     EMERGENCY-1, EMERGENCY-3, EMERGENCY-6
/// # Source   45 CFR 164.312(a)(2)(ii); 42 CFR 2.51; Regulation (EU) 2025/327
pub(super) fn break_glass(ctx: &mut Ctx<'_, Emergency>, by: &Signer, call: &BreakGlass) -> Done<Emergency> {
    let (practitioner, found) = practitioner(ctx, by)?;
    check_care_provider(ctx, &found.org)?;
    let now = ctx.now();
    if now.since(found.registered_at).0 < parameter(ctx, Parameter::EmergencyRegisteredMs)? {
        return Err(Reject::NotRegisteredLongEnough.into());
    }
    if network::member_status(ctx, &call.custodian)?.is_none() {
        return Err(Reject::UnknownCustodian.into());
    }
    check_subject(ctx, call)?;
    if state::has_lost(ctx, &practitioner, &call.custodian)? {
        return Err(Reject::RightRevoked.into());
    }
    spend(ctx, &practitioner, &found.org)?;
    let id = EmergencyId(ctx.call_id().short());
    let review = DurationMs(parameter(ctx, Parameter::EmergencyReviewMs)?);
    let access = EmergencyAccess {
        practitioner,
        org: found.org,
        custodian: call.custodian,
        subject: call.subject,
        justification: call.justification,
        opened_at: now,
        expires_at: now.after(DurationMs(parameter(ctx, Parameter::EmergencyAccessMs)?)),
        renewals: 0,
        countersign_by: now.after(DurationMs(parameter(ctx, Parameter::EmergencyCountersignMs)?)),
        countersigned: None,
        notice: None,
        review_by: now.after(review),
        regulator_from: now.after(review).after(review),
        review: None,
    };
    ctx.schedule(access.countersign_by, &Due::Countersignature(id))?;
    ctx.schedule(access.review_by, &Due::Review(id))?;
    ACCESSES.put(ctx, &id, &access);
    ctx.emit(&Event::GlassBroken(GlassBroken {
        id,
        practitioner,
        org: access.org,
        custodian: access.custodian,
        subject: access.subject,
        justification: access.justification,
        expires_at: access.expires_at,
        countersign_by: access.countersign_by,
        review_by: access.review_by,
    }));
    Ok(())
}

/// Lets an access last on, from now as long as a new one would, but not beyond the moment at which its review is due.
///
/// # Rejects  UnknownEmergency, NotHolder, Over, RightRevoked, TooLong, PersonQuota, OrganizationQuota   (this order)
/// # Emits    Renewed
/// # Laws     EMERGENCY-1
pub(super) fn renew(ctx: &mut Ctx<'_, Emergency>, by: &Signer, call: &Renew) -> Done<Emergency> {
    let mut access = held(ctx, by, &call.emergency)?;
    if state::has_lost(ctx, &access.practitioner, &access.custodian)? {
        return Err(Reject::RightRevoked.into());
    }
    let expires_at = ctx.now().after(DurationMs(parameter(ctx, Parameter::EmergencyAccessMs)?));
    if expires_at > access.review_by {
        return Err(Reject::TooLong.into());
    }
    spend(ctx, &access.practitioner, &access.org)?;
    // A shorter parameter since the opening takes nothing away.
    access.expires_at = access.expires_at.max(expires_at);
    access.renewals = access.renewals.saturating_add(1);
    ACCESSES.put(ctx, &call.emergency, &access);
    let (id, justification, expires_at) = (call.emergency, call.justification, access.expires_at);
    ctx.emit(&Event::Renewed(Renewed { id, justification, expires_at }));
    Ok(())
}

/// Ends an access before it expires.
///
/// # Rejects  UnknownEmergency, NotHolder, Over   (this order)
/// # Emits    Ended
pub(super) fn end(ctx: &mut Ctx<'_, Emergency>, by: &Signer, call: &End) -> Done<Emergency> {
    let mut access = held(ctx, by, &call.emergency)?;
    access.expires_at = ctx.now();
    ACCESSES.put(ctx, &call.emergency, &access);
    ctx.emit(&Event::Ended(Ended { id: call.emergency }));
    Ok(())
}

/// The access.
fn load(ctx: &Ctx<'_, Emergency>, id: &EmergencyId) -> Result<EmergencyAccess, Stop<Reject>> {
    Ok(ACCESSES.get(ctx, id)?.ok_or(Reject::UnknownEmergency)?)
}

/// The access, if the signer opened it for the same organization and it is not over.
fn held(ctx: &Ctx<'_, Emergency>, by: &Signer, id: &EmergencyId) -> Result<EmergencyAccess, Stop<Reject>> {
    let access = load(ctx, id)?;
    if by.id != SignerId::Identity(access.practitioner) || by.rights.org != access.org {
        return Err(Reject::NotHolder.into());
    }
    if access.is_over(ctx.now()) { Err(Reject::Over.into()) } else { Ok(access) }
}

/// The signer as a practitioner who acts in its own name.
fn practitioner(ctx: &Ctx<'_, Emergency>, by: &Signer) -> Result<(IdentityId, Identity), Stop<Reject>> {
    let SignerId::Identity(id) = by.id else {
        return Err(Reject::NotPractitioner.into());
    };
    match identity::identity(ctx, &id, ctx.now())? {
        Some(found) if found.kind == IdentityKind::Practitioner && found.status == IdentityStatus::Active => {
            Ok((id, found))
        }
        _ => Err(Reject::NotPractitioner.into()),
    }
}

/// Whether the organization is a member that treats patients. A suspended one still does, in emergencies.
fn check_care_provider(ctx: &Ctx<'_, Emergency>, org: &OrgId) -> Result<(), Stop<Reject>> {
    let found = network::organization(ctx, org)?;
    let Some(found) = found.filter(|found| found.status != Status::Left && found.role != Role::Observer) else {
        return Err(Reject::NotMember.into());
    };
    match found.kind {
        OrganizationKind::Hospital
        | OrganizationKind::Clinic
        | OrganizationKind::Laboratory
        | OrganizationKind::Pharmacy
        | OrganizationKind::Other => Ok(()),
        OrganizationKind::Payer
        | OrganizationKind::Manufacturer
        | OrganizationKind::Distributor
        | OrganizationKind::ResearchInstitute
        | OrganizationKind::Regulator
        | OrganizationKind::PatientAssociation => Err(Reject::NotCareProvider.into()),
    }
}

/// Whether a chart that is named is one of the custodian.
fn check_subject(ctx: &Ctx<'_, Emergency>, call: &BreakGlass) -> Result<(), Stop<Reject>> {
    let Some(subject) = &call.subject else { return Ok(()) };
    let found = subjects::subject(ctx, subject)?;
    let is_own = found.is_some_and(|found| found.custodian == call.custodian);
    if is_own { Ok(()) } else { Err(Reject::UnknownSubject.into()) }
}

/// Counts one access or renewal of a practitioner and its organization today.
fn spend(ctx: &mut Ctx<'_, Emergency>, practitioner: &IdentityId, org: &OrgId) -> Result<(), Stop<Reject>> {
    let person = (SignerId::Identity(*practitioner), Parameter::EmergenciesPerPersonDay);
    let organization = (SignerId::Organization(*org), Parameter::EmergenciesPerOrganizationDay);
    for ((who, quota), reject) in [(person, Reject::PersonQuota), (organization, Reject::OrganizationQuota)] {
        let used = used(ctx, &who)?;
        if used.count >= parameter(ctx, quota)? {
            return Err(reject.into());
        }
        USAGE.put(ctx, &who, &Usage { count: used.count.saturating_add(1), ..used });
    }
    Ok(())
}

/// What was used of a quota today.
fn used(ctx: &Ctx<'_, Emergency>, who: &SignerId) -> Result<Usage, Missing> {
    let day = ctx.now().0 / DAY_MS;
    let today = USAGE.get(ctx, who)?.filter(|used| used.day == day);
    Ok(today.unwrap_or(Usage { day, count: 0 }))
}
