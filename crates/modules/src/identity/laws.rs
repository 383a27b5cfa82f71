//! Named invariants of identities, and a generator of plausible calls.

use crate::{
    identity::{
        AcceptTransfer, AddKey, ApproveRecovery, Call, CancelRecovery, Deactivate, FinishRecovery, Identity,
        IdentityKey, IdentityKind, IdentityStatus, KeyRole, Register, RemoveKey, RotateKey, SetRecovery, StartRecovery,
        Transfer, key_message, keys_hash, recovery_message, registration_message,
        state::{IDENTITIES, RECOVERIES},
        types::{Guardian, Policy, ProvenKey, Recovery, RecoveryStep},
    },
    network::{self, ClaimedKey},
};
use epione_kernel::{Dice, Law, MemoryState};
use epione_types::{IdentityId, List, OrgId, PublicKey, SignerId, SigningKey, UnixMs};
use std::collections::BTreeSet;

pub(super) const LAWS: &[Law] = &[
    Law {
        id: "IDENTITY-1",
        text: "every key is claimed by its identity, so that no two identities or organizations share one",
        holds: keys_are_claimed,
    },
    Law {
        id: "IDENTITY-2",
        text: "an identity has each key once, and at least one that signs",
        holds: keys_are_single,
    },
    Law {
        id: "IDENTITY-3",
        text: "a policy in force or planned is sound, names own recovery keys only, and never the identity itself",
        holds: policies_are_sound,
    },
    Law {
        id: "IDENTITY-4",
        text: "a recovery under way has approvals of guardians only, each once; it is approved with the threshold and secured with one more",
        holds: approvals_match,
    },
    Law {
        id: "IDENTITY-5",
        text: "recoveries are numbered without gaps, and nothing lies beyond the last",
        holds: recoveries_are_numbered,
    },
    Law { id: "IDENTITY-6", text: "no key cancels twice under a policy", holds: cancellations_are_single },
    Law {
        id: "IDENTITY-7",
        text: "every identity belongs to an organization of the network",
        holds: organizations_exist,
    },
];

fn keys_are_claimed(state: &MemoryState) -> Result<(), String> {
    for (id, identity) in IDENTITIES.all(state) {
        for key in identity.keys.iter() {
            match network::key_use(state, &ClaimedKey::Signing(key.key)) {
                Ok(Some(claim)) if claim.owner == SignerId::Identity(id) => {}
                found => return Err(format!("{id} has the key {key:?}, whose claim is {found:?}")),
            }
        }
    }
    Ok(())
}

fn keys_are_single(state: &MemoryState) -> Result<(), String> {
    for (id, identity) in IDENTITIES.all(state) {
        let distinct: BTreeSet<PublicKey> = identity.keys.iter().map(|key| key.key).collect();
        let signs = identity.keys.iter().any(|key| key.role == KeyRole::Sign);
        if distinct.len() != identity.keys.len() || !signs {
            return Err(format!("{id} has the keys {:?}", &*identity.keys));
        }
    }
    Ok(())
}

fn policies_are_sound(state: &MemoryState) -> Result<(), String> {
    for (id, identity) in IDENTITIES.all(state) {
        let planned = identity.planned.as_ref().and_then(|planned| planned.policy.as_ref());
        for policy in identity.policy.iter().chain(planned) {
            let is_own = |guardian: &Guardian| match guardian {
                Guardian::Key(key) => identity.has(key, KeyRole::Recover),
                Guardian::Signer(signer) => *signer != SignerId::Identity(id),
            };
            if !policy.is_sound() || !policy.guardians.iter().all(is_own) {
                return Err(format!("{id} has the policy {policy:?}"));
            }
        }
    }
    Ok(())
}

fn approvals_match(state: &MemoryState) -> Result<(), String> {
    for ((id, number), recovery) in RECOVERIES.all(state) {
        let Ok(Some(identity)) = IDENTITIES.get(state, &id) else {
            return Err(format!("{id} has a recovery and does not exist"));
        };
        let Some(policy) = identity.policy.filter(|_| number >= identity.over_below) else { continue };
        let (approvals, needed) = (recovery.approvals.len(), usize::from(policy.threshold));
        let distinct: BTreeSet<&Guardian> = recovery.approvals.iter().collect();
        let are_guardians = distinct.iter().all(|guardian| policy.guardians.contains(guardian));
        let states = (recovery.ready_at.is_some(), recovery.secured);
        if !are_guardians || distinct.len() != approvals || states != (approvals >= needed, approvals > needed) {
            return Err(format!("recovery {number} of {id} under {policy:?} is {recovery:?}"));
        }
    }
    Ok(())
}

fn recoveries_are_numbered(state: &MemoryState) -> Result<(), String> {
    for (id, identity) in IDENTITIES.all(state) {
        let exists = |number: u32| matches!(RECOVERIES.get(state, &(id, number)), Ok(Some(_)));
        let last = identity.recoveries;
        if !(0..last).all(exists) || exists(last) || identity.cancelled_below.max(identity.over_below) > last {
            return Err(format!("{id} says that it has {last} recoveries: {identity:?}"));
        }
    }
    Ok(())
}

fn cancellations_are_single(state: &MemoryState) -> Result<(), String> {
    for (id, identity) in IDENTITIES.all(state) {
        let distinct: BTreeSet<&PublicKey> = identity.cancelled_by.iter().collect();
        if distinct.len() != identity.cancelled_by.len() || (identity.cancelled_below == 0 && !distinct.is_empty()) {
            return Err(format!("{id} was cancelled by {:?}", &*identity.cancelled_by));
        }
    }
    Ok(())
}

fn organizations_exist(state: &MemoryState) -> Result<(), String> {
    for (id, identity) in IDENTITIES.all(state) {
        if !matches!(network::organization(state, &identity.org), Ok(Some(_))) {
            return Err(format!("{id} belongs to {}, which does not exist", identity.org));
        }
    }
    Ok(())
}

/// A call that `by` might make. The first key of an identity is never removed nor rotated, so that the driver can go on
/// signing with the one it has, until a recovery.
pub(super) fn plausible(state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<Call> {
    let identities: Vec<(IdentityId, Identity)> =
        IDENTITIES.all(state).map(|(id, identity)| (id, identity.at(now))).collect();
    if dice.below(3) == 0
        && let Some(call) = guard(state, by, now, &identities, dice)
    {
        return Some(call);
    }
    match by {
        SignerId::Organization(org) => manage(org, now, &identities, dice),
        SignerId::Identity(id) => {
            let (_, identity) = identities.iter().find(|(other, _)| other == id)?;
            live(state, id, identity, &identities, dice)
        }
    }
}

fn new_key(dice: &mut Dice) -> SigningKey {
    SigningKey::from_seed(dice.bytes32())
}

/// What a guardian does, or anybody to finish a recovery.
fn guard(
    state: &MemoryState,
    by: &SignerId,
    now: UnixMs,
    identities: &[(IdentityId, Identity)],
    dice: &mut Dice,
) -> Option<Call> {
    let me = Guardian::Signer(*by);
    let guards = |identity: &Identity| identity.policy.iter().any(|policy| policy.guardians.contains(&me));
    let guarded: Vec<&(IdentityId, Identity)> = identities
        .iter()
        .filter(|(_, identity)| identity.status != IdentityStatus::Closed && guards(identity))
        .collect();
    let (id, identity) = dice.pick(&guarded)?;
    let under_way: Vec<(u32, Recovery)> = (identity.over_below..identity.recoveries)
        .filter_map(|number| Some((number, RECOVERIES.get(state, &(*id, number)).ok()??)))
        .filter(|(_, recovery)| now <= recovery.expires_at)
        .collect();
    let is_ready = |recovery: &Recovery| recovery.ready_at.is_some_and(|ready_at| ready_at <= now);
    let identity_id = *id;
    if let Some((number, _)) = under_way.iter().find(|(_, recovery)| is_ready(recovery)) {
        return Some(Call::FinishRecovery(FinishRecovery { identity: identity_id, number: *number }));
    }
    if let Some((number, recovery)) = under_way.iter().find(|(_, recovery)| !recovery.approvals.contains(&me)) {
        let keys = keys_hash(&recovery.keys);
        let call = ApproveRecovery { identity: identity_id, number: *number, keys, witness: None };
        return Some(Call::ApproveRecovery(call));
    }
    let (key, number) = (new_key(dice), identity.recoveries);
    let message = recovery_message(RecoveryStep::Hold, id, number, &keys_hash(&[key.public()]));
    let keys = List::new(vec![key.sign(&message)]).ok()?;
    Some(Call::StartRecovery(StartRecovery { identity: identity_id, number, keys, witness: None }))
}

/// What an organization does.
fn manage(org: &OrgId, now: UnixMs, identities: &[(IdentityId, Identity)], dice: &mut Dice) -> Option<Call> {
    let offered = identities
        .iter()
        .find(|(_, identity)| identity.offer.is_some_and(|offer| offer.to == *org && offer.ready_at <= now));
    if let Some((id, _)) = offered {
        return Some(Call::AcceptTransfer(AcceptTransfer { identity: *id }));
    }
    let own: Vec<IdentityId> =
        identities.iter().filter(|(_, identity)| identity.org == *org).map(|(id, _)| *id).collect();
    if dice.below(12) == 0 {
        return Some(Call::Deactivate(Deactivate { identity: *dice.pick(&own)? }));
    }
    if own.len() > 8 && dice.below(4) > 0 {
        return None;
    }
    let kind = *dice.pick(&[IdentityKind::Person, IdentityKind::Practitioner, IdentityKind::Device])?;
    let (signing, recovering) = (new_key(dice), new_key(dice));
    let mut guardians = guardians(org, identities, dice);
    guardians.push(Guardian::Key(recovering.public()));
    let policy = policy(guardians, dice);
    let keys = [
        IdentityKey { key: signing.public(), role: KeyRole::Sign },
        IdentityKey { key: recovering.public(), role: KeyRole::Recover },
    ];
    let message = registration_message(org, kind, &keys, policy.as_ref());
    let proven = |key: &SigningKey, role| ProvenKey { role, proof: key.sign(&message) };
    let keys = vec![proven(&signing, KeyRole::Sign), proven(&recovering, KeyRole::Recover)];
    Some(Call::Register(Register { org: *org, kind, keys: List::new(keys).ok()?, policy }))
}

/// The organization and some identities.
fn guardians(org: &OrgId, identities: &[(IdentityId, Identity)], dice: &mut Dice) -> Vec<Guardian> {
    let active: Vec<IdentityId> = identities
        .iter()
        .filter(|(_, identity)| identity.status == IdentityStatus::Active)
        .map(|(id, _)| *id)
        .collect();
    let mut guardians = vec![Guardian::Signer(SignerId::Organization(*org))];
    for _ in 0..dice.below(4) {
        guardians.extend(dice.pick(&active).map(|id| Guardian::Signer(SignerId::Identity(*id))));
    }
    guardians.sort_unstable();
    guardians.dedup();
    guardians
}

/// A policy of two guardians or more, if there are that many.
fn policy(guardians: Vec<Guardian>, dice: &mut Dice) -> Option<Policy> {
    let most = u64::try_from(guardians.len()).ok()?.checked_sub(1).filter(|most| *most > 0)?;
    let threshold = u8::try_from(dice.below(most).saturating_add(1)).ok()?;
    let delay_ms = *dice.pick(&[300_000, 7 * 86_400_000])?;
    Some(Policy { threshold, guardians: List::new(guardians).ok()?, delay_ms })
}

/// What an identity does for itself.
fn live(
    state: &MemoryState,
    id: &IdentityId,
    identity: &Identity,
    identities: &[(IdentityId, Identity)],
    dice: &mut Dice,
) -> Option<Call> {
    if let Some(number) = cancellable(state, id, identity).filter(|_| dice.below(3) > 0) {
        return Some(Call::CancelRecovery(CancelRecovery { identity: *id, number, witness: None }));
    }
    let (new, changes) = (new_key(dice), identity.changes);
    let later: Vec<IdentityKey> = identity.keys.iter().skip(1).copied().collect();
    Some(match dice.below(16) {
        0..=4 => {
            let role = *dice.pick(&[KeyRole::Sign, KeyRole::Recover])?;
            let proof = new.sign(&key_message(id, role, changes));
            Call::AddKey(AddKey { identity: *id, changes, key: ProvenKey { role, proof } })
        }
        5..=7 => Call::RemoveKey(RemoveKey { key: dice.pick(&later)?.key }),
        8 | 9 => {
            let old = dice.pick(&later)?;
            let proof = new.sign(&key_message(id, old.role, changes));
            Call::RotateKey(RotateKey { identity: *id, changes, old: old.key, role: old.role, new: proof })
        }
        10..=12 => {
            let others: Vec<(IdentityId, Identity)> =
                identities.iter().filter(|(other, _)| other != id).cloned().collect();
            let guardians = guardians(&identity.org, &others, dice);
            Call::SetRecovery(SetRecovery { policy: policy(guardians, dice) })
        }
        13 | 14 => {
            let orgs: Vec<OrgId> = identities.iter().map(|(_, identity)| identity.org).collect();
            Call::Transfer(Transfer { to: dice.pick(&orgs).copied().filter(|org| *org != identity.org) })
        }
        _ if dice.below(3) == 0 => Call::Deactivate(Deactivate { identity: *id }),
        _ => return None,
    })
}

/// The number of a recovery that a key of the identity can cancel.
fn cancellable(state: &MemoryState, id: &IdentityId, identity: &Identity) -> Option<u32> {
    let is_approved = |number: &u32| match RECOVERIES.get(state, &(*id, *number)) {
        Ok(Some(recovery)) => recovery.ready_at.is_some() && !recovery.secured,
        _ => false,
    };
    let first = identity.over_below.max(identity.cancelled_below);
    (first..identity.recoveries).find(is_approved)
}
