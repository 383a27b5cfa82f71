//! To which organization an identity belongs, and its end.

use crate::identity::{
    AcceptTransfer, Deactivate, Event, Identities, Reject, Transfer,
    api::{Closed, Deactivated, TransferOffered, Transferred},
    apply::{is_home, load, organization, own},
    state::IDENTITIES,
    types::{Identity, IdentityStatus, Offer},
};
use epione_kernel::{Ctx, Done, Signer};
use epione_types::{DurationMs, SignerId};

/// Ends the use of an identity. One of its own keys does so until a recovery (without a policy for ever): the brake for
/// whoever notices a theft. Its
/// organization does so for good; a suspended organization does not.
///
/// # Rejects  UnknownIdentity, NotIdentity, OrganizationSuspended, IdentityClosed   (this order)
/// # Emits    Deactivated by the identity, Closed by its organization
pub(in crate::identity) fn deactivate(
    ctx: &mut Ctx<'_, Identities>,
    by: &Signer,
    call: &Deactivate,
) -> Done<Identities> {
    let id = call.identity;
    let identity = load(ctx, &id)?;
    let is_organization = by.id == SignerId::Organization(identity.org);
    if !is_organization && by.id != SignerId::Identity(id) {
        return Err(Reject::NotIdentity.into());
    }
    if is_organization && by.rights.suspended {
        return Err(Reject::OrganizationSuspended.into());
    }
    if identity.status == IdentityStatus::Closed {
        return Err(Reject::IdentityClosed.into());
    }
    let (status, event) = if is_organization {
        (IdentityStatus::Closed, Event::Closed(Closed { id }))
    } else {
        (IdentityStatus::Deactivated, Event::Deactivated(Deactivated { id }))
    };
    IDENTITIES.put(ctx, &id, &Identity { status, ..identity });
    ctx.emit(&event);
    Ok(())
}

/// Asks that another organization answers for the identity. Where there is a recovery policy the other can accept after
/// its delay only: who steals a key cannot carry the identity off before the guardians act.
///
/// # Rejects  NotIdentity, UnknownOrganization, SameOrganization, RecoverySecured   (this order)
/// # Emits    TransferOffered
pub(in crate::identity) fn transfer(ctx: &mut Ctx<'_, Identities>, by: &Signer, call: &Transfer) -> Done<Identities> {
    let (id, mut identity) = own(ctx, by)?;
    if let Some(to) = &call.to {
        if !is_home(ctx, to)? {
            return Err(Reject::UnknownOrganization.into());
        }
        if *to == identity.org {
            return Err(Reject::SameOrganization.into());
        }
    }
    if ctx.now() <= identity.secured_until {
        return Err(Reject::RecoverySecured.into());
    }
    let delay = identity.policy.as_ref().map_or(DurationMs(0), |policy| DurationMs(policy.delay_ms));
    let ready_at = ctx.now().after(delay);
    identity.offer = call.to.map(|to| Offer { to, ready_at });
    IDENTITIES.put(ctx, &id, &identity);
    ctx.emit(&Event::TransferOffered(TransferOffered { id, to: call.to, ready_at }));
    Ok(())
}

/// Answers from now on for an identity that asked for it.
///
/// # Rejects  NotOrganization, NotMember, UnknownIdentity, IdentityClosed, NotOffered, TooEarly   (this order)
/// # Emits    Transferred
pub(in crate::identity) fn accept_transfer(
    ctx: &mut Ctx<'_, Identities>,
    by: &Signer,
    call: &AcceptTransfer,
) -> Done<Identities> {
    let to = organization(ctx, by)?;
    let id = call.identity;
    let mut identity = load(ctx, &id)?;
    if identity.status == IdentityStatus::Closed {
        return Err(Reject::IdentityClosed.into());
    }
    let offer = identity.offer.filter(|offer| offer.to == to).ok_or(Reject::NotOffered)?;
    if ctx.now() < offer.ready_at {
        return Err(Reject::TooEarly.into());
    }
    let from = identity.org;
    (identity.org, identity.offer) = (to, None);
    IDENTITIES.put(ctx, &id, &identity);
    ctx.emit(&Event::Transferred(Transferred { id, from, to }));
    Ok(())
}
