//! Tables of emergency access, and what other modules may read and write.

use crate::{
    emergency::{
        Call, Emergency,
        api::{Bound, Event},
        types::{EmergencyAccess, Reviewers, Revocation},
    },
    identity::{self, IdentityStatus},
    network::{self, Parameter},
    subjects,
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_kernel::{Ctx, KeySet, MemoryState, Missing, Reads, Table};
use epione_types::{EmergencyId, IdentityId, OrgId, SignerId, SubjectId, UnixMs};

pub(super) const ACCESSES: Table<Emergency, EmergencyId, EmergencyAccess> = Table::new(1, "accesses");
pub(super) const REVIEWERS: Table<Emergency, OrgId, Reviewers> = Table::new(2, "reviewers");
/// Rights that were lost: for every chart, or for those of an organization.
pub(super) const REVOCATIONS: Table<Emergency, (IdentityId, Option<OrgId>), Revocation> = Table::new(3, "revocations");
/// What practitioners and organizations used of their quotas.
pub(super) const USAGE: Table<Emergency, SignerId, Usage> = Table::new(4, "usage");

/// Accesses and renewals on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Usage {
    /// Days since 1970 in UTC.
    pub(super) day: u64,
    /// How many.
    pub(super) count: u64,
}

/// The emergency access with this identifier. For other modules.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn access(from: &impl Reads, id: &EmergencyId) -> Result<Option<EmergencyAccess>, Missing> {
    ACCESSES.get(from, id)
}

/// All emergency accesses of a whole state. For laws, generators and tests of other modules.
pub fn accesses(state: &MemoryState) -> impl Iterator<Item = (EmergencyId, EmergencyAccess)> + '_ {
    ACCESSES.all(state)
}

/// Whether `practitioner` may open this chart by the access at `now`: it is this practitioner's, not over, the right was not
/// lost since, and the chart is the one to which it is bound, or one of its custodian if it is not bound yet. Then
/// [`bind`] has to follow.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn in_force(
    from: &impl Reads,
    id: &EmergencyId,
    practitioner: &IdentityId,
    subject: &SubjectId,
    now: UnixMs,
) -> Result<bool, Missing> {
    let Some(access) = ACCESSES.get(from, id)? else { return Ok(false) };
    Ok(is_usable(from, &access, practitioner, now)? && is_of(from, &access, subject)?)
}

/// Whether `practitioner` may search for a chart of `custodian` by the access at `now`.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn in_force_at(
    from: &impl Reads,
    id: &EmergencyId,
    practitioner: &IdentityId,
    custodian: &OrgId,
    now: UnixMs,
) -> Result<bool, Missing> {
    let Some(access) = ACCESSES.get(from, id)? else { return Ok(false) };
    Ok(access.custodian == *custodian && is_usable(from, &access, practitioner, now)?)
}

/// Fixes the chart of an access that is used for the first time, and tells its custodian that the patient is to be told;
/// nothing if it is bound. False if there is no such access, or it is bound to another chart.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
///
/// # Emits    Bound
pub fn bind(ctx: &mut Ctx<'_, Emergency>, id: &EmergencyId, subject: &SubjectId) -> Result<bool, Missing> {
    let Some(mut access) = ACCESSES.get(ctx, id)? else { return Ok(false) };
    if !is_of(ctx, &access, subject)? {
        return Ok(false);
    }
    if access.subject.is_none() {
        access.subject = Some(*subject);
        ACCESSES.put(ctx, id, &access);
        ctx.emit(&Event::Bound(Bound { id: *id, custodian: access.custodian, subject: *subject }));
    }
    Ok(true)
}

/// Adds the rows that [`in_force`], [`in_force_at`] and [`bind`] read, as far as they are known beforehand.
pub fn access_reads(id: &EmergencyId, practitioner: &IdentityId, keys: &mut KeySet) {
    keys.add(&ACCESSES, id);
    identity::identity_reads(practitioner, keys);
    keys.add(&REVOCATIONS, &(*practitioner, None));
}

/// Whether the access is this practitioner's, for the same organization as at the opening, not over, and the right not lost.
fn is_usable(
    from: &impl Reads,
    access: &EmergencyAccess,
    practitioner: &IdentityId,
    now: UnixMs,
) -> Result<bool, Missing> {
    if access.practitioner != *practitioner || access.is_over(now) {
        return Ok(false);
    }
    let found = identity::identity(from, practitioner, now)?;
    let stands = found.is_some_and(|found| found.org == access.org && found.status == IdentityStatus::Active);
    Ok(stands && !has_lost(from, practitioner, &access.custodian)?)
}

/// Whether the access is, or can be, bound to this chart. Charts that were merged are one.
fn is_of(from: &impl Reads, access: &EmergencyAccess, subject: &SubjectId) -> Result<bool, Missing> {
    let Some((chart, found)) = subjects::resolve(from, subject)? else { return Ok(false) };
    if found.custodian != access.custodian {
        return Ok(false);
    }
    match access.subject {
        None => Ok(true),
        Some(bound) => Ok(subjects::resolve(from, &bound)?.is_some_and(|(resolved, _)| resolved == chart)),
    }
}

/// Whether the practitioner lost the right to open charts of `custodian`.
pub(super) fn has_lost(from: &impl Reads, practitioner: &IdentityId, custodian: &OrgId) -> Result<bool, Missing> {
    for reach in [None, Some(*custodian)] {
        if REVOCATIONS.get(from, &(*practitioner, reach))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The reviewers whom an organization named.
pub(super) fn reviewers(from: &impl Reads, org: &OrgId) -> Result<Reviewers, Missing> {
    Ok(REVIEWERS.get(from, org)?.unwrap_or_default())
}

/// The value of a parameter now.
pub(super) fn parameter(ctx: &Ctx<'_, Emergency>, parameter: Parameter) -> Result<u64, Missing> {
    Ok(network::settings(ctx)?.get(parameter, ctx.height()))
}

pub(super) fn reads(by: &SignerId, call: &Call, keys: &mut KeySet) {
    let own = |keys: &mut KeySet| {
        network::settings_reads(keys);
        keys.add(&USAGE, by);
        if let SignerId::Identity(id) = by {
            keys.add(&REVOCATIONS, &(*id, None));
        }
    };
    match call {
        Call::BreakGlass(call) => {
            own(keys);
            network::status_reads(&call.custodian, keys);
            if let Some(subject) = &call.subject {
                subjects::subject_reads(subject, keys);
            }
            if let SignerId::Identity(id) = by {
                keys.add(&REVOCATIONS, &(*id, Some(call.custodian)));
            }
        }
        Call::Renew(call) => {
            own(keys);
            keys.add(&ACCESSES, &call.emergency);
        }
        Call::End(call) => keys.add(&ACCESSES, &call.emergency),
        Call::Countersign(call) => keys.add(&ACCESSES, &call.emergency),
        Call::Notify(call) => keys.add(&ACCESSES, &call.emergency),
        Call::ReviewAccess(call) => keys.add(&ACCESSES, &call.emergency),
        Call::RevokeRight(call) => keys.add(&ACCESSES, &call.emergency),
        Call::SetReviewer(call) => {
            identity::identity_reads(&call.identity, keys);
            if let SignerId::Organization(org) = by {
                keys.add(&REVIEWERS, org);
            }
        }
        Call::Reinstate(call) => identity::identity_reads(&call.practitioner, keys),
    }
}
