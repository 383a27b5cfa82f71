//! Examples of calls, events and queries, for documents, forms and fuzzing.

use crate::identity::{
    api::{
        AcceptTransfer, AddKey, ApproveRecovery, CancelRecovery, Closed, Deactivate, Deactivated, Enroll, Find,
        FinishRecovery, Get, GetRecovery, KeyAdded, KeyRemoved, KeyRotated, List, RecoveryApproved, RecoveryCancelled,
        RecoveryFinished, RecoverySecured, RecoverySet, RecoveryStarted, Register, Registered, RemoveKey, RotateKey,
        SetRecovery, StartRecovery, Transfer, TransferOffered, Transferred,
    },
    types::{Guardian, IdentityKey, IdentityKeys, IdentityKind, IdentityStatus, KeyRole, Policy, ProvenKey, keys_hash},
};
use epione_kernel::{Example, broken};
use epione_types::{IdentityId, List as Several, OrgId, PublicKey, Signature, SignerId, UnixMs};

const ID: IdentityId = IdentityId([1; 16]);
const ORG: OrgId = OrgId([2; 16]);
const TIME: UnixMs = UnixMs(1_800_000_000_000);

const fn key(byte: u8) -> PublicKey {
    PublicKey::Ed25519([byte; 32])
}

const fn proof(byte: u8) -> Signature {
    Signature::Ed25519 { key: [byte; 32], bytes: [0x33; 64] }
}

fn list<T, const MAX: usize>(items: Vec<T>) -> Several<T, MAX> {
    Several::new(items).unwrap_or_else(|_items| broken("an example is too long"))
}

fn keys() -> IdentityKeys {
    list(vec![IdentityKey { key: key(0x22), role: KeyRole::Sign }])
}

fn policy() -> Policy {
    let other = SignerId::Identity(IdentityId([4; 16]));
    let guardians = vec![Guardian::Signer(SignerId::Organization(ORG)), Guardian::Signer(other), Guardian::Key(key(5))];
    Policy { threshold: 2, guardians: list(guardians), delay_ms: 7 * 86_400_000 }
}

impl Example for Register {
    fn example() -> Self {
        let keys = vec![ProvenKey { role: KeyRole::Sign, proof: proof(0x22) }];
        Self { org: ORG, kind: IdentityKind::Practitioner, keys: list(keys), policy: None }
    }
}
impl Example for Enroll {
    fn example() -> Self {
        let keys = vec![ProvenKey { role: KeyRole::Sign, proof: proof(0x22) }];
        Self { org: ORG, kind: IdentityKind::Person, keys: list(keys), policy: None }
    }
}
impl Example for Find {
    fn example() -> Self {
        Self { key: key(0x22) }
    }
}
impl Example for AddKey {
    fn example() -> Self {
        Self { identity: ID, changes: 0, key: ProvenKey { role: KeyRole::Sign, proof: proof(0x23) } }
    }
}
impl Example for RemoveKey {
    fn example() -> Self {
        Self { key: key(0x22) }
    }
}
impl Example for RotateKey {
    fn example() -> Self {
        Self { identity: ID, changes: 0, old: key(0x22), role: KeyRole::Sign, new: proof(0x23) }
    }
}
impl Example for SetRecovery {
    fn example() -> Self {
        Self { policy: Some(policy()) }
    }
}
impl Example for StartRecovery {
    fn example() -> Self {
        Self { identity: ID, number: 0, keys: list(vec![proof(0x24)]), witness: None }
    }
}
impl Example for ApproveRecovery {
    fn example() -> Self {
        Self { identity: ID, number: 0, keys: keys_hash(&[key(0x24)]), witness: None }
    }
}
impl Example for CancelRecovery {
    fn example() -> Self {
        Self { identity: ID, number: 0, witness: None }
    }
}
impl Example for FinishRecovery {
    fn example() -> Self {
        Self { identity: ID, number: 0 }
    }
}
impl Example for Deactivate {
    fn example() -> Self {
        Self { identity: ID }
    }
}
impl Example for Transfer {
    fn example() -> Self {
        Self { to: Some(ORG) }
    }
}
impl Example for AcceptTransfer {
    fn example() -> Self {
        Self { identity: ID }
    }
}
impl Example for Registered {
    fn example() -> Self {
        Self { id: ID, org: ORG, kind: IdentityKind::Practitioner, keys: keys(), policy: None }
    }
}
impl Example for KeyAdded {
    fn example() -> Self {
        Self { id: ID, key: IdentityKey { key: key(0x23), role: KeyRole::Sign } }
    }
}
impl Example for KeyRemoved {
    fn example() -> Self {
        Self { id: ID, key: key(0x22) }
    }
}
impl Example for KeyRotated {
    fn example() -> Self {
        Self { id: ID, old: key(0x22), new: key(0x23) }
    }
}
impl Example for RecoverySet {
    fn example() -> Self {
        Self { id: ID, policy: Some(policy()), effective_at: TIME }
    }
}
impl Example for RecoveryStarted {
    fn example() -> Self {
        Self { id: ID, number: 0, keys: list(vec![key(0x24)]) }
    }
}
impl Example for RecoveryApproved {
    fn example() -> Self {
        let guardian = Guardian::Signer(SignerId::Organization(ORG));
        Self { id: ID, number: 0, guardian, ready_at: Some(TIME) }
    }
}
impl Example for RecoverySecured {
    fn example() -> Self {
        Self { id: ID, number: 0, despite_cancellation: true, ready_at: TIME }
    }
}
impl Example for RecoveryCancelled {
    fn example() -> Self {
        Self { id: ID, number: 0, key: key(0x22) }
    }
}
impl Example for RecoveryFinished {
    fn example() -> Self {
        Self { id: ID, number: 0, keys: keys() }
    }
}
impl Example for Deactivated {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for Closed {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for TransferOffered {
    fn example() -> Self {
        Self { id: ID, to: Some(ORG), ready_at: TIME }
    }
}
impl Example for Transferred {
    fn example() -> Self {
        Self { id: ID, from: OrgId([3; 16]), to: ORG }
    }
}
impl Example for Get {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for GetRecovery {
    fn example() -> Self {
        Self { id: ID, number: 0 }
    }
}
impl Example for List {
    fn example() -> Self {
        Self { org: Some(ORG), kind: None, status: Some(IdentityStatus::Active), after: None, limit: Some(10) }
    }
}
