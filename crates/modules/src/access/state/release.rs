//! Whether a share may be released, as a holder sees it in its own state.

use crate::{
    access::{
        state::{Case, DECIDED, RELEASES, REQUESTS},
        types::{NotReleasable, Request, RequestStatus, Ticket},
    },
    identity::{self, IdentityStatus},
    network::{self, Status},
    records::{self, Unit},
};
use epione_kernel::{Missing, Reads};
use epione_types::{OrgId, RequestId, UnitId, UnixMs};

/// Whether `holder` may release its share of `unit` for a request at `now`. The rules decide anew over the present state, so
/// that a revocation, a restriction, an erasure, a challenge, a suspension and the end of an agreement, of a relation or of an
/// emergency hold at once; a later permit does not bring back what was denied.
///
/// The holder adds what no state knows: that its own clock agrees with `now`, and that the state is fresh.
///
/// # Errors
/// [`Missing`] if a row is not loaded; in the inner result why not, in the order of [`NotReleasable`].
pub fn may_release(
    from: &impl Reads,
    request: &RequestId,
    unit: &UnitId,
    holder: &OrgId,
    now: UnixMs,
) -> Result<Result<Ticket, NotReleasable>, Missing> {
    let Some(asked) = REQUESTS.get(from, request)? else {
        return Ok(Err(NotReleasable::UnknownRequest));
    };
    if !DECIDED.get(from, &(*request, *unit))?.is_some_and(|decided| decided.granted) {
        return Ok(Err(NotReleasable::NotGranted));
    }
    if asked.status == RequestStatus::Withdrawn {
        return Ok(Err(NotReleasable::Withdrawn));
    }
    if now >= asked.expires_at {
        return Ok(Err(NotReleasable::Expired));
    }
    let Some(found) = records::unit(from, unit)? else {
        return Ok(Err(NotReleasable::Moved));
    };
    let Some((share, dealt)) = share_of(&found, holder) else {
        return Ok(Err(NotReleasable::NotHolder));
    };
    if !stands(from, &asked, now)? {
        return Ok(Err(NotReleasable::RequesterGone));
    }
    if found.subject != asked.subject {
        return Ok(Err(NotReleasable::Moved));
    }
    let decision = Case::of(from, &asked, now)?.decide(from, unit, &found)?;
    if !decision.is_permit() {
        return Ok(Err(NotReleasable::Denied(decision.rules)));
    }
    let released = RELEASES.get(from, &(*request, *unit, *holder))?.is_some();
    Ok(Ok(Ticket {
        org: asked.org,
        person: asked.person,
        custodian: asked.custodian,
        subject: asked.subject,
        reader: asked.reader,
        share,
        period: records::keeping(from, holder)?.sealed_period(dealt),
        edition: found.edition,
        manifest: found.manifest,
        threshold: found.threshold,
        expires_at: asked.expires_at,
        rules: decision.rules,
        released,
    }))
}

/// The number of a holder's share of a unit, and the period of the key to which it was sealed when it was dealt.
fn share_of(unit: &Unit, org: &OrgId) -> Option<(u8, u32)> {
    let (share, holder) = (1_u8..).zip(unit.holders.iter()).find(|(_, holder)| holder.org == *org)?;
    Some((share, holder.period))
}

/// Whether who is to read still stands: an active identity of that organization, which is in good standing; a suspended one
/// reads in emergencies and what the law requires.
fn stands(from: &impl Reads, request: &Request, now: UnixMs) -> Result<bool, Missing> {
    let is_urgent = request.emergency.is_some() || request.law.is_some();
    let is_in_standing = match network::member_status(from, &request.org)? {
        Some(Status::Active) => true,
        Some(Status::Suspended) => is_urgent,
        Some(Status::Left) | None => false,
    };
    let Some(person) = request.person.filter(|_| is_in_standing) else {
        return Ok(is_in_standing);
    };
    let found = identity::identity(from, &person, now)?;
    Ok(found.is_some_and(|found| found.status == IdentityStatus::Active && found.org == request.org))
}
