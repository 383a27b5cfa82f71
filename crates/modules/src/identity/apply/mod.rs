//! One function per call: check, write, emit. Here what needs no state, and registration; the rest beside it.

mod keys;
mod recovery;
mod residence;

pub(super) use keys::{add_key, remove_key, rotate_key, set_recovery};
pub(super) use recovery::{approve_recovery, cancel_recovery, finish_recovery, start_recovery};
pub(super) use residence::{accept_transfer, deactivate, transfer};

use crate::{
    identity::{
        ApproveRecovery, Call, CancelRecovery, Enroll, Event, Identities, Register, Reject, StartRecovery,
        api::Registered,
        state::{self, IDENTITIES},
        types::{
            Guardian, Identity, IdentityKey, IdentityKind, IdentityStatus, KeyRole, Policy, RecoveryStep, is_fit,
            key_message, keys_hash, recovery_message, registration_message,
        },
    },
    network::{self, ClaimedKey, KeyUse, Purpose},
};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop, broken};
use epione_types::{Hash, IdentityId, List, OrgId, PublicKey, Signature, SignerId, UnixMs};
use std::collections::BTreeSet;

/// Keys, signatures and policies of a call, as far as they need no state.
pub(super) fn check(call: &Call) -> Result<(), Reject> {
    match call {
        Call::Register(call) => check_registration(call),
        Call::Enroll(call) => {
            check_registration(&call.into())?;
            match call.kind {
                IdentityKind::Person | IdentityKind::Device => Ok(()),
                IdentityKind::Practitioner | IdentityKind::Service => Err(Reject::KindNotEnrolled),
            }
        }
        Call::AddKey(call) => {
            let message = key_message(&call.identity, call.key.role, call.changes);
            check_proof(&call.key.proof, &message)
        }
        Call::RotateKey(call) => check_proof(&call.new, &key_message(&call.identity, call.role, call.changes)),
        Call::SetRecovery(call) => check_policy(call.policy.as_ref()),
        Call::StartRecovery(call) => check_start(call),
        Call::ApproveRecovery(ApproveRecovery { identity, number, keys, witness }) => {
            check_witness(witness.as_ref(), &recovery_message(RecoveryStep::Approve, identity, *number, keys))
        }
        Call::CancelRecovery(CancelRecovery { identity, number, witness }) => {
            let message = recovery_message(RecoveryStep::Cancel, identity, *number, &Hash::default());
            check_witness(witness.as_ref(), &message)
        }
        Call::RemoveKey(_)
        | Call::FinishRecovery(_)
        | Call::Deactivate(_)
        | Call::Transfer(_)
        | Call::AcceptTransfer(_) => Ok(()),
    }
}

fn check_registration(call: &Register) -> Result<(), Reject> {
    let keys: Vec<IdentityKey> = call.keys.iter().map(|key| key.identity_key()).collect();
    let proofs: Vec<Signature> = call.keys.iter().map(|key| key.proof.clone()).collect();
    check_keys(&proofs)?;
    if !keys.iter().any(|key| key.role == KeyRole::Sign) {
        return Err(Reject::NoSigningKey);
    }
    check_signatures(&proofs, &registration_message(&call.org, call.kind, &keys, call.policy.as_ref()))?;
    check_policy(call.policy.as_ref())
}

fn check_start(call: &StartRecovery) -> Result<(), Reject> {
    check_keys(&call.keys)?;
    if call.keys.is_empty() {
        return Err(Reject::NoSigningKey);
    }
    let hash = keys_hash(&public(&call.keys));
    let message = |step| recovery_message(step, &call.identity, call.number, &hash);
    check_signatures(&call.keys, &message(RecoveryStep::Hold))?;
    check_witness(call.witness.as_ref(), &message(RecoveryStep::Start))
}

fn check_proof(proof: &Signature, message: &[u8]) -> Result<(), Reject> {
    let proofs = std::slice::from_ref(proof);
    check_keys(proofs)?;
    check_signatures(proofs, message)
}

/// Whether every key is fit to be registered, and none is given twice.
fn check_keys(proofs: &[Signature]) -> Result<(), Reject> {
    if !proofs.iter().all(|proof| is_fit(&proof.key())) {
        return Err(Reject::KeyInvalid);
    }
    let distinct: BTreeSet<PublicKey> = proofs.iter().map(Signature::key).collect();
    if distinct.len() == proofs.len() { Ok(()) } else { Err(Reject::KeysNotDistinct) }
}

fn check_signatures(proofs: &[Signature], message: &[u8]) -> Result<(), Reject> {
    let all = proofs.iter().all(|proof| proof.verify(message).is_ok());
    if all { Ok(()) } else { Err(Reject::SignatureInvalid) }
}

fn check_witness(witness: Option<&Signature>, message: &[u8]) -> Result<(), Reject> {
    if witness.is_none_or(|witness| witness.verify(message).is_ok()) { Ok(()) } else { Err(Reject::SignatureInvalid) }
}

fn check_policy(policy: Option<&Policy>) -> Result<(), Reject> {
    if policy.is_none_or(Policy::is_sound) { Ok(()) } else { Err(Reject::PolicyInvalid) }
}

fn public(proofs: &[Signature]) -> Vec<PublicKey> {
    proofs.iter().map(Signature::key).collect()
}

/// Enters an identity for which the signer's organization answers. Every key signed the whole registration, so no key is
/// registered by another than its holder, nor beside keys that its holder does not know of. The identifier is the first
/// half of the call's.
///
/// # Rejects
/// KeyInvalid, KeysNotDistinct, NoSigningKey, SignatureInvalid, PolicyInvalid, NotOrganization, NotMember,
/// UnknownGuardian, DelayOutOfRange, KeyTaken   (this order)
///
/// # Emits    Registered
/// # Laws     IDENTITY-1, IDENTITY-2, IDENTITY-3
/// # Source   RFC 4211 §4 (proof of possession)
pub(super) fn register(ctx: &mut Ctx<'_, Identities>, by: &Signer, call: &Register) -> Done<Identities> {
    if organization(ctx, by)? != call.org {
        return Err(Reject::NotOrganization.into());
    }
    write(ctx, call)
}

/// Enters a person or device for which the organization of the service that signs answers: as [`register`] does.
///
/// # Rejects
/// KeyInvalid, KeysNotDistinct, NoSigningKey, SignatureInvalid, PolicyInvalid, KindNotEnrolled, NotService, NotMember,
/// UnknownGuardian, DelayOutOfRange, KeyTaken   (this order)
///
/// # Emits    Registered
/// # Laws     IDENTITY-1, IDENTITY-2, IDENTITY-3
pub(super) fn enroll(ctx: &mut Ctx<'_, Identities>, by: &Signer, call: &Enroll) -> Done<Identities> {
    let is_service = match by.id {
        SignerId::Identity(id) => state::identity(ctx, &id, ctx.now())?
            .is_some_and(|service| service.kind == IdentityKind::Service && service.org == call.org),
        SignerId::Organization(_) => false,
    };
    if !is_service {
        return Err(Reject::NotService.into());
    }
    if !is_home(ctx, &call.org)? {
        return Err(Reject::NotMember.into());
    }
    write(ctx, &call.into())
}

fn write(ctx: &mut Ctx<'_, Identities>, call: &Register) -> Done<Identities> {
    let org = call.org;
    let keys: Vec<IdentityKey> = call.keys.iter().map(|key| key.identity_key()).collect();
    let keys = List::new(keys).unwrap_or_else(|_more| broken("a list of the same limit is longer"));
    let id = IdentityId(ctx.call_id().short());
    let identity = Identity {
        kind: call.kind,
        org,
        status: IdentityStatus::Active,
        keys: keys.clone(),
        changes: 0,
        policy: call.policy.clone(),
        planned: None,
        recoveries: 0,
        cancelled_below: 0,
        over_below: 0,
        cancelled_by: List::default(),
        started: List::default(),
        secured_until: UnixMs(0),
        offer: None,
        registered_at: ctx.now(),
    };
    check_guardians(ctx, &id, &identity, call.policy.as_ref())?;
    for key in keys.iter() {
        claim(ctx, &id, &key.key)?;
    }
    IDENTITIES.put(ctx, &id, &identity);
    ctx.emit(&Event::Registered(Registered { id, org, kind: call.kind, keys, policy: call.policy.clone() }));
    Ok(())
}

/// The signer as an organization that may answer for identities.
fn organization(ctx: &Ctx<'_, Identities>, by: &Signer) -> Result<OrgId, Stop<Reject>> {
    let SignerId::Organization(org) = by.id else {
        return Err(Reject::NotOrganization.into());
    };
    if is_home(ctx, &org)? { Ok(org) } else { Err(Reject::NotMember.into()) }
}

/// Whether the organization is an active member or validator. Observers only read.
fn is_home(ctx: &Ctx<'_, Identities>, org: &OrgId) -> Result<bool, Missing> {
    Ok(network::organization(ctx, org)?.is_some_and(|organization| {
        organization.status == network::Status::Active && organization.role != network::Role::Observer
    }))
}

/// The identity as it stands now.
fn load(ctx: &Ctx<'_, Identities>, id: &IdentityId) -> Result<Identity, Stop<Reject>> {
    Ok(state::identity(ctx, id, ctx.now())?.ok_or(Reject::UnknownIdentity)?)
}

/// The signer as an identity that acts for itself.
fn own(ctx: &Ctx<'_, Identities>, by: &Signer) -> Result<(IdentityId, Identity), Stop<Reject>> {
    let SignerId::Identity(id) = by.id else {
        return Err(Reject::NotIdentity.into());
    };
    match state::identity(ctx, &id, ctx.now())? {
        Some(identity) if identity.status == IdentityStatus::Active => Ok((id, identity)),
        _ => Err(Reject::NotIdentity.into()),
    }
}

/// Whether every guardian of the policy exists and the delay is in its range.
fn check_guardians(
    ctx: &Ctx<'_, Identities>,
    id: &IdentityId,
    identity: &Identity,
    policy: Option<&Policy>,
) -> Result<(), Stop<Reject>> {
    let Some(policy) = policy else {
        return Ok(());
    };
    for guardian in policy.guardians.iter() {
        if !is_guardian(ctx, id, identity, guardian)? {
            return Err(Reject::UnknownGuardian.into());
        }
    }
    let floor = network::parameters(ctx, ctx.height())?.recovery_delay_ms;
    if policy.delay_ms < floor || policy.delay_ms > super::types::DELAY_MS_MAX {
        return Err(Reject::DelayOutOfRange.into());
    }
    Ok(())
}

fn is_guardian(
    ctx: &Ctx<'_, Identities>,
    id: &IdentityId,
    identity: &Identity,
    guardian: &Guardian,
) -> Result<bool, Missing> {
    Ok(match guardian {
        Guardian::Key(key) => identity.has(key, KeyRole::Recover),
        Guardian::Signer(SignerId::Identity(other)) => {
            let found = IDENTITIES.get(ctx, other)?;
            other != id && found.is_some_and(|found| found.status == IdentityStatus::Active)
        }
        Guardian::Signer(SignerId::Organization(org)) => {
            let status = network::member_status(ctx, org)?;
            matches!(status, Some(network::Status::Active | network::Status::Suspended))
        }
    })
}

/// Registers a key for ever as one of the identity.
fn claim(ctx: &mut Ctx<'_, Identities>, id: &IdentityId, key: &PublicKey) -> Done<Identities> {
    let claim = KeyUse { owner: SignerId::Identity(*id), purpose: Purpose::Identity };
    if network::claim(&mut ctx.lend(), &ClaimedKey::Signing(*key), claim)? {
        Ok(())
    } else {
        Err(Reject::KeyTaken.into())
    }
}
