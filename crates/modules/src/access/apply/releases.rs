//! What happens to a grant: released, complained of, given up.

use crate::access::{
    Access, Complain, Event, Reject, Release, Withdraw,
    api::{Complained, Released, Withdrawn},
    apply::acts_for,
    state::{COMPLAINTS, Complaint, DECIDED, RELEASES, REQUESTS},
    types::{Decided, Request, RequestStatus},
};
use crate::{identity, records};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop};
use epione_types::{OrgId, RequestId, SignerId, UnitId};

/// Says that the signer's organization released its share of a unit. Taken after the fact whatever became of the grant since:
/// what was released must be accounted for. Of those who hold shares now, and of those who did at the decision.
///
/// # Rejects  UnknownRequest, NotGranted, NotHolder, AlreadyReleased   (this order)
/// # Emits    Released
/// # Laws     ACCESS-2
pub(in crate::access) fn release(ctx: &mut Ctx<'_, Access>, by: &Signer, call: &Release) -> Done<Access> {
    let (request, unit, holder) = (call.request, call.unit, by.rights.org);
    load(ctx, &request)?;
    let decided = granted(ctx, &request, &unit)?;
    if !acts_for(ctx, by, &holder)? || !holds(ctx, &decided, &unit, &holder)? {
        return Err(Reject::NotHolder.into());
    }
    let key = (request, unit, holder);
    if RELEASES.get(ctx, &key)?.is_some() {
        return Err(Reject::AlreadyReleased.into());
    }
    let now = ctx.now();
    RELEASES.put(ctx, &key, &now);
    ctx.emit(&Event::Released(Released { request, unit, holder }));
    Ok(())
}

/// Says of a holder that it did not answer, or wrongly. The evidence is committed to and goes to whoever examines it, outside
/// the ledger; a share is never shown.
///
/// # Rejects  UnknownRequest, NotParty, NotGranted, NotHolder, AlreadyComplained   (this order)
/// # Emits    Complained
pub(in crate::access) fn complain(ctx: &mut Ctx<'_, Access>, by: &Signer, call: &Complain) -> Done<Access> {
    let Complain { request, unit, holder, evidence } = *call;
    let asked = load(ctx, &request)?;
    if !is_reader(ctx, by, &asked)? {
        return Err(Reject::NotParty.into());
    }
    let decided = granted(ctx, &request, &unit)?;
    if !holds(ctx, &decided, &unit, &holder)? {
        return Err(Reject::NotHolder.into());
    }
    let key = (request, unit, holder);
    if COMPLAINTS.get(ctx, &key)?.is_some() {
        return Err(Reject::AlreadyComplained.into());
    }
    let complaint = Complaint { by: by.id, evidence, at: ctx.now() };
    COMPLAINTS.put(ctx, &key, &complaint);
    ctx.emit(&Event::Complained(Complained { request, unit, holder, by: by.id, evidence }));
    Ok(())
}

/// Gives a request up: by who made it, or its organization; a disclosure by the custodian or by its recipient.
///
/// # Rejects  UnknownRequest, NotParty, RequestOver   (this order)
/// # Emits    Withdrawn
pub(in crate::access) fn withdraw(ctx: &mut Ctx<'_, Access>, by: &Signer, call: &Withdraw) -> Done<Access> {
    let id = call.request;
    let mut request = load(ctx, &id)?;
    let is_custodian = request.is_disclosure() && acts_for(ctx, by, &request.custodian)?;
    if !is_custodian && !is_reader(ctx, by, &request)? {
        return Err(Reject::NotParty.into());
    }
    if request.status == RequestStatus::Withdrawn {
        return Err(Reject::RequestOver.into());
    }
    request.status = RequestStatus::Withdrawn;
    REQUESTS.put(ctx, &id, &request);
    ctx.emit(&Event::Withdrawn(Withdrawn { id, by: by.id }));
    Ok(())
}

fn load(ctx: &Ctx<'_, Access>, id: &RequestId) -> Result<Request, Stop<Reject>> {
    Ok(REQUESTS.get(ctx, id)?.ok_or(Reject::UnknownRequest)?)
}

/// What was decided on the unit, if it was granted.
fn granted(ctx: &Ctx<'_, Access>, request: &RequestId, unit: &UnitId) -> Result<Decided, Stop<Reject>> {
    let decided = DECIDED.get(ctx, &(*request, *unit))?.filter(|decided| decided.granted);
    Ok(decided.ok_or(Reject::NotGranted)?)
}

/// Whether the organization holds a share of the unit, or did when it was granted.
fn holds(ctx: &Ctx<'_, Access>, decided: &Decided, unit: &UnitId, org: &OrgId) -> Result<bool, Missing> {
    let now = records::unit(ctx, unit)?.is_some_and(|unit| unit.holder(org).is_some());
    Ok(now || decided.holders.contains(org))
}

/// Whether the signer is who is to read: the person that requested, or the organization.
fn is_reader(ctx: &Ctx<'_, Access>, by: &Signer, request: &Request) -> Result<bool, Missing> {
    match (by.id, request.person) {
        (SignerId::Identity(id), Some(person)) if id == person => {
            Ok(identity::identity(ctx, &id, ctx.now())?.is_some_and(|identity| identity.org == request.org))
        }
        _ => acts_for(ctx, by, &request.org),
    }
}
