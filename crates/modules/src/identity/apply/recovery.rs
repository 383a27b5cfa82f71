//! Recovery: some of the guardians give an identity new keys, after a delay, unless one of its own keys objects; one
//! guardian more overrides the objection.

use crate::{
    identity::{
        ApproveRecovery, CancelRecovery, Event, FinishRecovery, Identities, KeyRole, Reject, StartRecovery,
        api::{RecoveryApproved, RecoveryCancelled, RecoveryFinished, RecoverySecured, RecoveryStarted},
        apply::{claim, load, public},
        state::{IDENTITIES, RECOVERIES},
        types::{Guardian, Identity, IdentityKey, IdentityKeys, IdentityStatus, Policy, Recovery, keys_hash},
    },
    network::{self, ClaimedKey},
};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop, broken};
use epione_types::{DurationMs, IdentityId, List, PublicKey, Signature, SignerId, UnixMs};

/// Shortest time between two recoveries that one guardian starts: a day, or the delay of the policy if that is shorter.
const START_PAUSE_MS: u64 = 86_400_000;

/// Starts a recovery as a guardian, which approves it thereby. Recoveries do not hinder one another, and a guardian starts
/// one a day at most: a hostile one can neither occupy the place of the others nor outrun their numbers.
///
/// # Rejects
/// KeyInvalid, KeysNotDistinct, NoSigningKey, SignatureInvalid, UnknownIdentity, IdentityClosed, Stale, NoPolicy,
/// NotGuardian, TooEarly, KeyTaken   (this order)
///
/// # Emits    RecoveryStarted, RecoveryApproved
/// # Laws     IDENTITY-4, IDENTITY-5
/// # Source   design §5 "Persons"
pub(in crate::identity) fn start_recovery(
    ctx: &mut Ctx<'_, Identities>,
    by: &Signer,
    call: &StartRecovery,
) -> Done<Identities> {
    let mut identity = open(ctx, &call.identity)?;
    if call.number != identity.recoveries {
        return Err(Reject::Stale.into());
    }
    let (guardian, policy) = guardian(&identity, by, call.witness.as_ref())?;
    note_start(&mut identity, guardian, &policy, ctx.now())?;
    let keys = public(&call.keys);
    for key in &keys {
        if network::key_use(ctx, &ClaimedKey::Signing(*key))?.is_some() {
            return Err(Reject::KeyTaken.into());
        }
    }
    let keys = List::new(keys).unwrap_or_else(|_more| broken("a list of the same limit is longer"));
    let mut recovery = Recovery {
        keys: keys.clone(),
        approvals: List::default(),
        started_at: ctx.now(),
        expires_at: ctx.now().after(window(ctx)?),
        ready_at: None,
        secured: false,
    };
    identity.recoveries = identity.recoveries.saturating_add(1);
    let (id, number) = (call.identity, call.number);
    ctx.emit(&Event::RecoveryStarted(RecoveryStarted { id, number, keys }));
    approve(ctx, &id, &mut identity, (number, &mut recovery), (guardian, &policy))?;
    IDENTITIES.put(ctx, &id, &identity);
    RECOVERIES.put(ctx, &(id, number), &recovery);
    Ok(())
}

/// Approves a recovery as a guardian. With the threshold the delay begins; with one more the recovery is secured: a
/// cancellation counts no more (the delay then begins anew), and neither policy nor organization change until it is over.
///
/// # Rejects
/// SignatureInvalid, UnknownIdentity, IdentityClosed, NoPolicy, NotGuardian, UnknownRecovery, RecoveryOver, KeysDiffer,
/// AlreadyApproved   (this order)
///
/// # Emits    RecoveryApproved, with one approval more than needed RecoverySecured
/// # Laws     IDENTITY-4
pub(in crate::identity) fn approve_recovery(
    ctx: &mut Ctx<'_, Identities>,
    by: &Signer,
    call: &ApproveRecovery,
) -> Done<Identities> {
    let mut identity = open(ctx, &call.identity)?;
    let (guardian, policy) = guardian(&identity, by, call.witness.as_ref())?;
    let (id, number) = (call.identity, call.number);
    let mut recovery = under_way(ctx, &id, &identity, number)?;
    if keys_hash(&recovery.keys) != call.keys {
        return Err(Reject::KeysDiffer.into());
    }
    if recovery.approvals.contains(&guardian) {
        return Err(Reject::AlreadyApproved.into());
    }
    approve(ctx, &id, &mut identity, (number, &mut recovery), (guardian, &policy))?;
    IDENTITIES.put(ctx, &id, &identity);
    RECOVERIES.put(ctx, &(id, number), &recovery);
    Ok(())
}

/// Stops every recovery that is under way and not secured, as a key of the identity. Only an approved recovery can be
/// cancelled, so that a single guardian cannot make the owner waste cancellations. Each key cancels once under a policy,
/// whatever takes its place inherits that, and eight cancellations are all: a stolen key does not hold the guardians off
/// for ever.
///
/// # Rejects
/// SignatureInvalid, UnknownIdentity, NotIdentity, IdentityClosed, UnknownRecovery, RecoveryOver, NotApproved,
/// RecoverySecured, RecoveryCancelled, KeySpent, CancellationsSpent   (this order)
///
/// # Emits    RecoveryCancelled
/// # Laws     IDENTITY-6
pub(in crate::identity) fn cancel_recovery(
    ctx: &mut Ctx<'_, Identities>,
    by: &Signer,
    call: &CancelRecovery,
) -> Done<Identities> {
    let (id, number) = (call.identity, call.number);
    let mut identity = load(ctx, &id)?;
    let key = canceller(&id, &identity, by, call.witness.as_ref()).ok_or(Reject::NotIdentity)?;
    if identity.status == IdentityStatus::Closed {
        return Err(Reject::IdentityClosed.into());
    }
    let recovery = under_way(ctx, &id, &identity, number)?;
    if recovery.ready_at.is_none() {
        return Err(Reject::NotApproved.into());
    }
    if recovery.secured {
        return Err(Reject::RecoverySecured.into());
    }
    if number < identity.cancelled_below {
        return Err(Reject::RecoveryCancelled.into());
    }
    if identity.cancelled_by.contains(&key) {
        return Err(Reject::KeySpent.into());
    }
    identity.cancelled_by.push(key).map_err(|_full| Reject::CancellationsSpent)?;
    identity.cancelled_below = identity.recoveries;
    IDENTITIES.put(ctx, &id, &identity);
    let number = identity.recoveries.saturating_sub(1);
    ctx.emit(&Event::RecoveryCancelled(RecoveryCancelled { id, number, key }));
    Ok(())
}

/// Gives the identity its new keys. The keys that signed before are gone, and so are recovery keys that the policy does
/// not name; every other recovery, a planned policy and a wish for another organization are void. Anybody may ask: the
/// guardians have decided, and the delay has passed by block time alone.
///
/// # Rejects
/// UnknownIdentity, IdentityClosed, UnknownRecovery, RecoveryOver, NotApproved, RecoveryCancelled, TooEarly, KeyTaken
/// (this order)
///
/// # Emits    RecoveryFinished
/// # Laws     IDENTITY-1, IDENTITY-2, IDENTITY-5
pub(in crate::identity) fn finish_recovery(ctx: &mut Ctx<'_, Identities>, call: &FinishRecovery) -> Done<Identities> {
    let (id, number) = (call.identity, call.number);
    let mut identity = open(ctx, &id)?;
    let recovery = under_way(ctx, &id, &identity, number)?;
    let is_cancelled = number < identity.cancelled_below && !recovery.secured;
    match recovery.ready_at {
        None => return Err(Reject::NotApproved.into()),
        Some(_) if is_cancelled => return Err(Reject::RecoveryCancelled.into()),
        Some(ready_at) if ctx.now() < ready_at => return Err(Reject::TooEarly.into()),
        Some(_) => {}
    }
    for key in recovery.keys.iter() {
        claim(ctx, &id, key)?;
    }
    let keys = recovered_keys(&identity, &recovery);
    identity.keys = keys.clone();
    identity.status = IdentityStatus::Active;
    identity.changes = identity.changes.saturating_add(1);
    identity.over_below = identity.recoveries;
    identity.cancelled_by = List::default();
    identity.secured_until = UnixMs(0);
    (identity.planned, identity.offer) = (None, None);
    IDENTITIES.put(ctx, &id, &identity);
    ctx.emit(&Event::RecoveryFinished(RecoveryFinished { id, number, keys }));
    Ok(())
}

/// The identity, if it is not closed.
fn open(ctx: &Ctx<'_, Identities>, id: &IdentityId) -> Result<Identity, Stop<Reject>> {
    let identity = load(ctx, id)?;
    if identity.status == IdentityStatus::Closed { Err(Reject::IdentityClosed.into()) } else { Ok(identity) }
}

/// The guardian that acts, by the witness or else as the signer, with the policy that names it.
fn guardian(identity: &Identity, by: &Signer, witness: Option<&Signature>) -> Result<(Guardian, Policy), Reject> {
    let policy = identity.policy.clone().ok_or(Reject::NoPolicy)?;
    let guardian = witness.map_or(Guardian::Signer(by.id), |witness| Guardian::Key(witness.key()));
    if policy.guardians.contains(&guardian) { Ok((guardian, policy)) } else { Err(Reject::NotGuardian) }
}

/// Notes when the guardian started a recovery, if its last start lies far enough back.
fn note_start(identity: &mut Identity, guardian: Guardian, policy: &Policy, now: UnixMs) -> Result<(), Reject> {
    let pause = DurationMs(policy.delay_ms.min(START_PAUSE_MS));
    if identity.started.iter().any(|(other, at)| *other == guardian && now < at.after(pause)) {
        return Err(Reject::TooEarly);
    }
    identity.started.retain(|(other, _)| *other != guardian && policy.guardians.contains(other));
    identity.started.push((guardian, now)).unwrap_or_else(|_full| broken("more started than there are guardians"));
    Ok(())
}

/// The key of the identity that cancels: the witness's, or else the one that signed the transaction.
fn canceller(id: &IdentityId, identity: &Identity, by: &Signer, witness: Option<&Signature>) -> Option<PublicKey> {
    match witness.map(Signature::key) {
        Some(key) => identity.keys.iter().any(|own| own.key == key).then_some(key),
        None => (by.id == SignerId::Identity(*id) && identity.has(&by.key, KeyRole::Sign)).then_some(by.key),
    }
}

/// The recovery with this number, if it is not over.
fn under_way(
    ctx: &Ctx<'_, Identities>,
    id: &IdentityId,
    identity: &Identity,
    number: u32,
) -> Result<Recovery, Stop<Reject>> {
    let recovery = RECOVERIES.get(ctx, &(*id, number))?.ok_or(Reject::UnknownRecovery)?;
    if number < identity.over_below || ctx.now() > recovery.expires_at {
        return Err(Reject::RecoveryOver.into());
    }
    Ok(recovery)
}

/// How long a recovery stays open.
fn window(ctx: &Ctx<'_, Identities>) -> Result<DurationMs, Missing> {
    Ok(DurationMs(network::parameters(ctx, ctx.height())?.recovery_expiry_ms))
}

/// Adds an approval, and what follows from it.
fn approve(
    ctx: &mut Ctx<'_, Identities>,
    id: &IdentityId,
    identity: &mut Identity,
    (number, recovery): (u32, &mut Recovery),
    (guardian, policy): (Guardian, &Policy),
) -> Done<Identities> {
    recovery.approvals.push(guardian).unwrap_or_else(|_full| broken("more approved than there are guardians"));
    let (approvals, needed) = (recovery.approvals.len(), usize::from(policy.threshold));
    let is_cancelled = number < identity.cancelled_below;
    let secures = approvals > needed && !recovery.secured;
    if (approvals >= needed && recovery.ready_at.is_none()) || (secures && is_cancelled) {
        let ready_at = ctx.now().after(DurationMs(policy.delay_ms));
        recovery.ready_at = Some(ready_at);
        recovery.expires_at = ready_at.after(window(ctx)?);
    }
    let ready_at = recovery.ready_at.filter(|_| !is_cancelled || approvals > needed);
    ctx.emit(&Event::RecoveryApproved(RecoveryApproved { id: *id, number, guardian, ready_at }));
    if let (true, Some(ready_at)) = (secures, ready_at) {
        recovery.secured = true;
        identity.secured_until = identity.secured_until.max(recovery.expires_at);
        (identity.planned, identity.offer) = (None, None);
        let (id, despite_cancellation) = (*id, is_cancelled);
        ctx.emit(&Event::RecoverySecured(RecoverySecured { id, number, despite_cancellation, ready_at }));
    }
    Ok(())
}

/// The recovery keys that the policy names, and the new keys.
fn recovered_keys(identity: &Identity, recovery: &Recovery) -> IdentityKeys {
    let named = |key: &&IdentityKey| {
        let guardian = Guardian::Key(key.key);
        identity.policy.iter().any(|policy| policy.guardians.contains(&guardian))
    };
    let kept = identity.keys.iter().filter(named).copied();
    let new = recovery.keys.iter().map(|key| IdentityKey { key: *key, role: KeyRole::Sign });
    let keys: Vec<IdentityKey> = kept.chain(new).collect();
    List::new(keys).unwrap_or_else(|_more| broken("four recovery keys and four new ones do not fit"))
}
