//! What an identity does with its own keys and its recovery policy.

use crate::identity::{
    AddKey, Event, Identities, KeyRole, Reject, RemoveKey, RotateKey, SetRecovery,
    api::{KeyAdded, KeyRemoved, KeyRotated, RecoverySet},
    apply::{check_guardians, claim, own},
    state::IDENTITIES,
    types::{IdentityKey, PlannedPolicy},
};
use epione_kernel::{Ctx, Done, Signer};
use epione_types::DurationMs;

/// Adds a key. A recovery key counts for nothing until a policy names it, so a stolen signing key gains no say in
/// recoveries.
///
/// # Rejects  KeyInvalid, SignatureInvalid, NotIdentity, Stale, TooManyKeys, KeyTaken   (this order)
/// # Emits    KeyAdded
/// # Laws     IDENTITY-1, IDENTITY-2
pub(in crate::identity) fn add_key(ctx: &mut Ctx<'_, Identities>, by: &Signer, call: &AddKey) -> Done<Identities> {
    let (id, mut identity) = own(ctx, by)?;
    if call.identity != id {
        return Err(Reject::NotIdentity.into());
    }
    if call.changes != identity.changes {
        return Err(Reject::Stale.into());
    }
    let key = call.key.identity_key();
    identity.keys.push(key).map_err(|_full| Reject::TooManyKeys)?;
    claim(ctx, &id, &key.key)?;
    identity.changes = identity.changes.saturating_add(1);
    IDENTITIES.put(ctx, &id, &identity);
    ctx.emit(&Event::KeyAdded(KeyAdded { id, key }));
    Ok(())
}

/// Removes a key. It is never accepted again.
///
/// # Rejects  NotIdentity, UnknownKey, KeyInPolicy, LastKey   (this order)
/// # Emits    KeyRemoved
/// # Laws     IDENTITY-2, IDENTITY-3
pub(in crate::identity) fn remove_key(
    ctx: &mut Ctx<'_, Identities>,
    by: &Signer,
    call: &RemoveKey,
) -> Done<Identities> {
    let (id, mut identity) = own(ctx, by)?;
    if !identity.keys.iter().any(|key| key.key == call.key) {
        return Err(Reject::UnknownKey.into());
    }
    if identity.is_in_policy(&call.key) {
        return Err(Reject::KeyInPolicy.into());
    }
    identity.keys.retain(|key| key.key != call.key);
    if !identity.keys.iter().any(|key| key.role == KeyRole::Sign) {
        return Err(Reject::LastKey.into());
    }
    identity.changes = identity.changes.saturating_add(1);
    IDENTITIES.put(ctx, &id, &identity);
    ctx.emit(&Event::KeyRemoved(KeyRemoved { id, key: call.key }));
    Ok(())
}

/// Puts a new key in the place of an old one. If the old one has cancelled a recovery, so has the new one.
///
/// # Rejects  KeyInvalid, SignatureInvalid, NotIdentity, Stale, UnknownKey, KeyInPolicy, KeyTaken   (this order)
/// # Emits    KeyRotated
/// # Laws     IDENTITY-1, IDENTITY-2
pub(in crate::identity) fn rotate_key(
    ctx: &mut Ctx<'_, Identities>,
    by: &Signer,
    call: &RotateKey,
) -> Done<Identities> {
    let (id, mut identity) = own(ctx, by)?;
    if call.identity != id {
        return Err(Reject::NotIdentity.into());
    }
    if call.changes != identity.changes {
        return Err(Reject::Stale.into());
    }
    let (old, new) = (call.old, call.new.key());
    let Some(place) = identity.keys.iter_mut().find(|key| **key == IdentityKey { key: old, role: call.role }) else {
        return Err(Reject::UnknownKey.into());
    };
    place.key = new;
    if identity.is_in_policy(&old) {
        return Err(Reject::KeyInPolicy.into());
    }
    claim(ctx, &id, &new)?;
    identity.cancelled_by.iter_mut().filter(|key| **key == old).for_each(|key| *key = new);
    identity.changes = identity.changes.saturating_add(1);
    IDENTITIES.put(ctx, &id, &identity);
    ctx.emit(&Event::KeyRotated(KeyRotated { id, old, new }));
    Ok(())
}

/// Sets who recovers the identity. The first policy is in force at once. A later one waits as long as a recovery under the
/// one before: who steals a key cannot dismiss the guardians before they act, and the owner can dismiss hostile guardians
/// before their second attempt matures. A change that waits is replaced by a later one.
///
/// # Rejects  PolicyInvalid, NotIdentity, UnknownGuardian, DelayOutOfRange, RecoverySecured   (this order)
/// # Emits    RecoverySet
/// # Laws     IDENTITY-3
pub(in crate::identity) fn set_recovery(
    ctx: &mut Ctx<'_, Identities>,
    by: &Signer,
    call: &SetRecovery,
) -> Done<Identities> {
    let (id, mut identity) = own(ctx, by)?;
    check_guardians(ctx, &id, &identity, call.policy.as_ref())?;
    if ctx.now() <= identity.secured_until {
        return Err(Reject::RecoverySecured.into());
    }
    let policy = call.policy.clone();
    let delay = identity.policy.as_ref().map_or(DurationMs(0), |policy| DurationMs(policy.delay_ms));
    let effective_at = ctx.now().after(delay);
    identity.planned = Some(PlannedPolicy { policy: policy.clone(), effective_at });
    let identity = identity.at(ctx.now());
    IDENTITIES.put(ctx, &id, &identity);
    ctx.emit(&Event::RecoverySet(RecoverySet { id, policy, effective_at }));
    Ok(())
}
