//! What an organization does for itself: keys, addresses, leaving.

use crate::network::{
    Event, Leave, Network, NewKey, Organization, Reject, RotateKey, SetAddresses,
    api::{AddressesSet, KeyRotated, Left, PublishedKey},
    apply::{check_committee_without, claim, enact, own},
    state::{self, ClaimedKey, KEM_KEYS, ORGANIZATIONS},
    types::{Purpose, Role},
};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop};
use epione_types::{DurationMs, OrgId};

/// Replaces a key, or registers one that the organization did not have. The root key replaces any key, the operations
/// key every other but root and vote. A validator's new vote key awaits the next border of epochs; it may follow one that
/// awaits it, too, but one in force only if that was in force for the time that the parameters say.
///
/// # Rejects  KeyInvalid, SignatureInvalid, NotOrganization, NotRoot, RotationStale, PeriodStale, KeyTaken, VoteKeyRecent   (this order)
/// # Emits    KeyRotated
/// # Laws     NETWORK-1
/// # Source   NIST SP 800-57 Part 1 §5.2: a key has one purpose; RFC 4211 §4: proof of possession
pub(in crate::network) fn rotate_key(ctx: &mut Ctx<'_, Network>, by: &Signer, call: &RotateKey) -> Done<Network> {
    let (org, mut organization) = own(ctx, by)?;
    if call.org != org {
        return Err(Reject::NotOrganization.into());
    }
    let purpose = call.key.purpose();
    if matches!(purpose, Purpose::Root | Purpose::Vote) && !by.rights.root {
        return Err(Reject::NotRoot.into());
    }
    if call.rotation != organization.rotation {
        return Err(Reject::RotationStale.into());
    }
    let is_recent = purpose == Purpose::Vote && has_recent_vote_key(ctx, &organization)?;
    set_key(ctx, &org, &mut organization, &call.key)?;
    claim(ctx, &org, purpose, &ClaimedKey::of(&call.key))?;
    if is_recent {
        return Err(Reject::VoteKeyRecent.into());
    }
    organization.rotation = organization.rotation.saturating_add(1);
    ORGANIZATIONS.put(ctx, &org, &organization);
    let key = PublishedKey::from(&call.key);
    ctx.emit(&Event::KeyRotated(KeyRotated { org, rotation: call.rotation, key }));
    Ok(())
}

/// Whether the vote key with which a validator has its seat is too new to be replaced.
fn has_recent_vote_key(ctx: &Ctx<'_, Network>, organization: &Organization) -> Result<bool, Missing> {
    let (Role::Validator, None, Some(since)) =
        (organization.role, organization.keys.pending_vote, organization.vote_key_since)
    else {
        return Ok(false);
    };
    let interval = DurationMs(state::parameters(ctx, ctx.height())?.vote_key_interval_ms);
    Ok(ctx.now() < since.after(interval))
}

/// Sets the new key in the organization, or in the row of KEM keys.
fn set_key(
    ctx: &mut Ctx<'_, Network>,
    org: &OrgId,
    organization: &mut Organization,
    new: &NewKey,
) -> Result<(), Stop<Reject>> {
    let keys = &mut organization.keys;
    match new {
        NewKey::Root(proof) => keys.root = proof.key(),
        NewKey::Operations(proof) => keys.operations = proof.key(),
        NewKey::Vote(proof) if organization.role == Role::Validator => keys.pending_vote = Some(proof.key()),
        NewKey::Vote(proof) => (keys.vote, keys.pending_vote) = (Some(proof.key()), None),
        NewKey::Receipt(proof) => keys.receipt = Some(proof.key()),
        NewKey::Tls(hash) => keys.tls = Some(*hash),
        NewKey::Kem(key) => {
            let follows = |old: u32| old.checked_add(1) == Some(key.period);
            if !KEM_KEYS.get(ctx, org)?.is_none_or(|old| follows(old.period)) {
                return Err(Reject::PeriodStale.into());
            }
            KEM_KEYS.put(ctx, org, key);
        }
    }
    Ok(())
}

/// Publishes where the organization is reached.
///
/// # Rejects  NotOrganization
/// # Emits    AddressesSet
pub(in crate::network) fn set_addresses(ctx: &mut Ctx<'_, Network>, by: &Signer, call: &SetAddresses) -> Done<Network> {
    let (org, organization) = own(ctx, by)?;
    let addresses = call.addresses.clone();
    ORGANIZATIONS.put(ctx, &org, &Organization { addresses: addresses.clone(), ..organization });
    ctx.emit(&Event::AddressesSet(AddressesSet { org, addresses }));
    Ok(())
}

/// Ends the membership for good. A validator can go only if four others remain, and the last active member only when
/// nobody remains whom only it could reinstate.
///
/// # Rejects  NotOrganization, NotRoot, TooFewValidators, LastActive   (this order)
/// # Emits    Left
/// # Laws     NETWORK-2, NETWORK-3, NETWORK-10
pub(in crate::network) fn leave(ctx: &mut Ctx<'_, Network>, by: &Signer, _call: &Leave) -> Done<Network> {
    let (org, organization) = own(ctx, by)?;
    if !by.rights.root {
        return Err(Reject::NotRoot.into());
    }
    check_committee_without(ctx, &organization)?;
    if !state::roster(ctx)?.iter().any(|seat| seat.org != org && seat.is_eligible()) {
        return Err(Reject::LastActive.into());
    }
    enact::part(ctx, &org, organization)?;
    ctx.emit(&Event::Left(Left { org }));
    Ok(())
}
