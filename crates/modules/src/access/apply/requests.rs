//! Requests for units and the custodian's own disclosures: what is decided on each unit.

use crate::{
    access::{
        Access, Disclose, Event, Reject, RequestUnits,
        api::{Denied, Disclosed, Granted, Requested},
        apply::{acts_for, member, requester, search, spend},
        state::{Case, DECIDED, REQUESTS},
        types::{Counted, Decided, Request, RequestStatus},
    },
    consent::Purpose,
    emergency,
    network::{self, Parameter},
    records::{self, Unit},
};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop, broken};
use epione_types::{DurationMs, IdentityId, List, OrgId, RequestId, SubjectId, UnitId, UnixMs};

/// Requests units of one patient in the name of a practitioner or program. The rules decide on each unit over the facts of
/// this moment; what they deny is entered as well, and the call succeeds. An emergency access that is named is bound to this
/// patient by its first request. The request's identifier is the first half of the call's.
///
/// # Rejects
/// UnitsInvalid, NotRequester, UnknownUnit, SubjectsDiffer, UnknownLocate, OrganizationSuspended, LocateUnfit,
/// EmergencyNotInForce, TermInvalid, QuotaExceeded   (this order)
///
/// # Emits    Requested; for each unit Granted or Denied
/// # Laws     ACCESS-2, ACCESS-3, ACCESS-4, ACCESS-5
/// # Source   design §5 "Read", "Who may"; 45 CFR 164.528 (purpose and recipient of every disclosure)
pub(in crate::access) fn request(ctx: &mut Ctx<'_, Access>, by: &Signer, call: &RequestUnits) -> Done<Access> {
    let (person, org) = (requester(ctx, by)?, by.rights.org);
    let (units, custodian, subject) = units(ctx, &call.units)?;
    check_locate(ctx, call, (org, custodian), by)?;
    if let Some(emergency) = &call.emergency {
        let is_urgent = call.purpose.is_a(Purpose::Etreat);
        if !is_urgent || !emergency::in_force(ctx, emergency, &person, &subject, ctx.now())? {
            return Err(Reject::EmergencyNotInForce.into());
        }
    }
    check_term(ctx, call.expires_at)?;
    let count = u8::try_from(units.len()).unwrap_or(u8::MAX);
    spend(ctx, Counted::Units, (Some(person), org), (count.into(), call.emergency.is_some()))?;
    let id = RequestId(ctx.call_id().short());
    let request = Request {
        org,
        person: Some(person),
        by: by.id,
        custodian,
        subject,
        units: call.units.clone(),
        purpose: call.purpose,
        role: call.role,
        reader: call.reader,
        evidence: call.evidence,
        law: call.law,
        emergency: call.emergency,
        locate: call.locate,
        requested_at: ctx.now(),
        expires_at: call.expires_at,
        status: RequestStatus::Open,
    };
    ctx.emit(&Event::Requested(requested(id, person, &request, count)));
    if let Some(emergency) = &call.emergency
        && !emergency::bind(&mut ctx.lend(), emergency, &subject)?
    {
        return Err(Reject::EmergencyNotInForce.into());
    }
    Ok(decide(ctx, id, &request, &units)?)
}

/// Whether the search that the request names is one of this organization at this custodian for this purpose, was answered and
/// has not expired; and whether a suspended organization has a reason to ask at all.
fn check_locate(
    ctx: &Ctx<'_, Access>,
    call: &RequestUnits,
    (org, custodian): (OrgId, OrgId),
    by: &Signer,
) -> Result<(), Stop<Reject>> {
    let locate = match &call.locate {
        Some(id) => Some(search(ctx, id)?),
        None => None,
    };
    if by.rights.suspended && call.emergency.is_none() {
        return Err(Reject::OrganizationSuspended.into());
    }
    let is_fit = locate.is_none_or(|locate| {
        (locate.org, locate.custodian) == (org, custodian)
            && call.purpose.is_a(locate.purpose)
            && locate.answer.is_some()
            && ctx.now() < locate.expires_at
    });
    if is_fit { Ok(()) } else { Err(Reject::LocateUnfit.into()) }
}

/// Discloses units of one patient to another organization, as their custodian, without a request of it: for a claim exactly
/// the claimed encounter. The rules decide on each unit as on requested ones, but that the custodian acts; what they deny is
/// entered as well. A suspended custodian discloses only what the law requires.
///
/// # Rejects
/// UnitsInvalid, UnknownOrganization, UnknownUnit, SubjectsDiffer, NotCustodian, OrganizationSuspended, TermInvalid,
/// QuotaExceeded   (this order)
///
/// # Emits    Disclosed; for each unit Granted or Denied
/// # Laws     ACCESS-2, ACCESS-3, ACCESS-4, ACCESS-5
/// # Source   45 CFR 164.502(b) (minimum necessary), 164.506(c)(3) (payment), 164.512 (required by law)
pub(in crate::access) fn disclose(ctx: &mut Ctx<'_, Access>, by: &Signer, call: &Disclose) -> Done<Access> {
    if member(ctx, &call.to)?.is_none() {
        return Err(Reject::UnknownOrganization.into());
    }
    let (units, custodian, subject) = units(ctx, &call.units)?;
    if !acts_for(ctx, by, &custodian)? {
        return Err(Reject::NotCustodian.into());
    }
    if by.rights.suspended && call.law.is_none() {
        return Err(Reject::OrganizationSuspended.into());
    }
    check_term(ctx, call.expires_at)?;
    let count = u8::try_from(units.len()).unwrap_or(u8::MAX);
    spend(ctx, Counted::Units, (None, custodian), (count.into(), call.law.is_some()))?;
    let id = RequestId(ctx.call_id().short());
    let request = Request {
        org: call.to,
        person: None,
        by: by.id,
        custodian,
        subject,
        units: call.units.clone(),
        purpose: call.purpose,
        role: None,
        reader: call.reader,
        evidence: call.claim,
        law: call.law,
        emergency: None,
        locate: None,
        requested_at: ctx.now(),
        expires_at: call.expires_at,
        status: RequestStatus::Open,
    };
    ctx.emit(&Event::Disclosed(disclosed(id, &request, count)));
    Ok(decide(ctx, id, &request, &units)?)
}

/// Enters a request and what the rules decide on each of its units.
fn decide(
    ctx: &mut Ctx<'_, Access>,
    id: RequestId,
    request: &Request,
    units: &[(UnitId, Unit)],
) -> Result<(), Missing> {
    let case = Case::of(ctx, request, ctx.now())?;
    REQUESTS.put(ctx, &id, request);
    for (unit_id, unit) in units {
        let decision = case.decide(ctx, unit_id, unit)?;
        let holders: Vec<OrgId> = unit.holders.iter().map(|holder| holder.org).collect();
        let holders = List::new(holders).unwrap_or_else(|_more| broken("a unit has more holders than it may have"));
        let (granted, rules) = (decision.is_permit(), decision.rules);
        DECIDED.put(ctx, &(id, *unit_id), &Decided { granted, rules: rules.clone(), holders: holders.clone() });
        let Request { org, person, custodian, subject, purpose, reader, expires_at, .. } = *request;
        let event = if granted {
            Event::Granted(Granted {
                request: id,
                unit: *unit_id,
                org,
                person,
                custodian,
                subject,
                purpose,
                rules,
                reader,
                holders,
                expires_at,
            })
        } else {
            Event::Denied(Denied { request: id, unit: *unit_id, org, person, custodian, subject, purpose, rules })
        };
        ctx.emit(&event);
    }
    Ok(())
}

/// The units, who acts as their custodian, and their patient.
fn units(ctx: &Ctx<'_, Access>, ids: &[UnitId]) -> Result<(Vec<(UnitId, Unit)>, OrgId, SubjectId), Stop<Reject>> {
    let mut units = Vec::with_capacity(ids.len());
    for id in ids {
        units.push((*id, records::unit(ctx, id)?.ok_or(Reject::UnknownUnit)?));
    }
    let Some((_, first)) = units.first() else {
        return Err(Reject::UnitsInvalid.into());
    };
    let (custodian, subject) = (first.custodian, first.subject);
    if units.iter().any(|(_, unit)| (unit.custodian, unit.subject) != (custodian, subject)) {
        return Err(Reject::SubjectsDiffer.into());
    }
    let acting = records::custodian_of(ctx, first)?;
    Ok((units, acting, subject))
}

/// Whether a grant may last until `expires_at`.
fn check_term(ctx: &Ctx<'_, Access>, expires_at: UnixMs) -> Result<(), Stop<Reject>> {
    let longest = DurationMs(network::settings(ctx)?.get(Parameter::GrantMs, ctx.height()));
    if expires_at <= ctx.now() || expires_at > ctx.now().after(longest) {
        return Err(Reject::TermInvalid.into());
    }
    Ok(())
}

fn requested(id: RequestId, person: IdentityId, request: &Request, units: u8) -> Requested {
    Requested {
        id,
        org: request.org,
        person,
        custodian: request.custodian,
        subject: request.subject,
        purpose: request.purpose,
        role: request.role,
        reader: request.reader,
        evidence: request.evidence,
        law: request.law,
        emergency: request.emergency,
        locate: request.locate,
        expires_at: request.expires_at,
        units,
    }
}

fn disclosed(id: RequestId, request: &Request, units: u8) -> Disclosed {
    Disclosed {
        id,
        to: request.org,
        by: request.by,
        custodian: request.custodian,
        subject: request.subject,
        purpose: request.purpose,
        reader: request.reader,
        claim: request.evidence,
        law: request.law,
        expires_at: request.expires_at,
        units,
    }
}
