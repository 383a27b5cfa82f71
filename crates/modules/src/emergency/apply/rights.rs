//! Who reviews, and who lost the right of emergency access.

use super::load;
use crate::{
    emergency::{
        Emergency, Event, Reinstate, Reject, RevokeRight, SetReviewer,
        api::{ReviewerSet, RightReinstated, RightRevoked},
        state::{self, REVIEWERS, REVOCATIONS},
        types::{Outcome, Reach, Revocation},
    },
    identity::{self, IdentityKind, IdentityStatus},
};
use epione_kernel::{Ctx, Done, Missing, Signer};
use epione_types::{IdentityId, OrgId, SignerId};

/// Names a reviewer, or takes the office back. Reviewers are natural persons.
///
/// # Rejects  NotOrganization, UnknownIdentity, AlreadyReviewer, UnknownReviewer, TooManyReviewers   (this order)
/// # Emits    ReviewerSet
/// # Laws     EMERGENCY-5
pub(in crate::emergency) fn set_reviewer(
    ctx: &mut Ctx<'_, Emergency>,
    by: &Signer,
    call: &SetReviewer,
) -> Done<Emergency> {
    let org = organization(by)?;
    let mut reviewers = state::reviewers(ctx, &org)?;
    if call.named {
        let found = identity::identity(ctx, &call.identity, ctx.now())?;
        let is_person = found.is_some_and(|found| {
            let natural = matches!(found.kind, IdentityKind::Person | IdentityKind::Practitioner);
            natural && found.org == org && found.status == IdentityStatus::Active
        });
        if !is_person {
            return Err(Reject::UnknownIdentity.into());
        }
        if reviewers.contains(&call.identity) {
            return Err(Reject::AlreadyReviewer.into());
        }
        reviewers.push(call.identity).map_err(|_full| Reject::TooManyReviewers)?;
    } else {
        if !reviewers.contains(&call.identity) {
            return Err(Reject::UnknownReviewer.into());
        }
        reviewers.retain(|reviewer| *reviewer != call.identity);
    }
    REVIEWERS.put(ctx, &org, &reviewers);
    ctx.emit(&Event::ReviewerSet(ReviewerSet { org, identity: call.identity, named: call.named }));
    Ok(())
}

/// Takes the right of emergency access from the practitioner who abused one. What that practitioner has open is over with
/// it; no other practitioner loses anything.
///
/// # Rejects  UnknownEmergency, NotOrganization, NotAnswerable, NotUnjustified, AlreadyRevoked   (this order)
/// # Emits    RightRevoked
/// # Laws     EMERGENCY-4
pub(in crate::emergency) fn revoke_right(
    ctx: &mut Ctx<'_, Emergency>,
    by: &Signer,
    call: &RevokeRight,
) -> Done<Emergency> {
    let access = load(ctx, &call.emergency)?;
    let org = organization(by)?;
    let practitioner = access.practitioner;
    let answers = match call.reach {
        Reach::Everywhere => is_home(ctx, &practitioner, &org)?,
        Reach::OwnCharts => org == access.custodian,
    };
    if !answers {
        return Err(Reject::NotAnswerable.into());
    }
    if access.review.is_none_or(|review| review.outcome != Outcome::Unjustified) {
        return Err(Reject::NotUnjustified.into());
    }
    let key = (practitioner, owner(call.reach, org));
    if REVOCATIONS.get(ctx, &key)?.is_some() {
        return Err(Reject::AlreadyRevoked.into());
    }
    REVOCATIONS.put(ctx, &key, &Revocation { by: org, emergency: call.emergency, at: ctx.now() });
    let (reach, emergency) = (call.reach, call.emergency);
    ctx.emit(&Event::RightRevoked(RightRevoked { practitioner, by: org, reach, emergency }));
    Ok(())
}

/// Gives the right back: everywhere by the organization that answers for the practitioner now, for its own charts by whoever
/// took it.
///
/// # Rejects  NotOrganization, NotAnswerable, NotRevoked   (this order)
/// # Emits    RightReinstated
/// # Laws     EMERGENCY-4
pub(in crate::emergency) fn reinstate(ctx: &mut Ctx<'_, Emergency>, by: &Signer, call: &Reinstate) -> Done<Emergency> {
    let org = organization(by)?;
    if call.reach == Reach::Everywhere && !is_home(ctx, &call.practitioner, &org)? {
        return Err(Reject::NotAnswerable.into());
    }
    let key = (call.practitioner, owner(call.reach, org));
    if REVOCATIONS.get(ctx, &key)?.is_none() {
        return Err(Reject::NotRevoked.into());
    }
    REVOCATIONS.delete(ctx, &key);
    let (practitioner, reach) = (call.practitioner, call.reach);
    ctx.emit(&Event::RightReinstated(RightReinstated { practitioner, by: org, reach }));
    Ok(())
}

fn owner(reach: Reach, org: OrgId) -> Option<OrgId> {
    match reach {
        Reach::Everywhere => None,
        Reach::OwnCharts => Some(org),
    }
}

/// The signer as an organization that acts in its own name.
fn organization(by: &Signer) -> Result<OrgId, Reject> {
    match by.id {
        SignerId::Organization(org) => Ok(org),
        SignerId::Identity(_) => Err(Reject::NotOrganization),
    }
}

/// Whether the organization answers for the practitioner now.
fn is_home(ctx: &Ctx<'_, Emergency>, practitioner: &IdentityId, org: &OrgId) -> Result<bool, Missing> {
    Ok(identity::identity(ctx, practitioner, ctx.now())?.is_some_and(|found| found.org == *org))
}
