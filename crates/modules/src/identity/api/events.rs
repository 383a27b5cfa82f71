//! What happened to identities. Each is a notice: wallets and guardians watch for them.

use crate::identity::types::{Guardian, IdentityKey, IdentityKeys, IdentityKind, Policy, RECOVERY_KEYS_MAX};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{IdentityId, List, OrgId, PublicKey, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An identity was registered.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Registered {
    /// The new identity.
    pub id: IdentityId,
    /// The organization that answers for it.
    pub org: OrgId,
    /// What it stands for.
    pub kind: IdentityKind,
    /// Its keys.
    pub keys: IdentityKeys,
    /// Who recovers it, and how.
    pub policy: Option<Policy>,
}

/// A key was added.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct KeyAdded {
    /// The identity.
    pub id: IdentityId,
    /// The key with its role.
    pub key: IdentityKey,
}

/// A key was removed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct KeyRemoved {
    /// The identity.
    pub id: IdentityId,
    /// The key.
    pub key: PublicKey,
}

/// A key took the place of another.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct KeyRotated {
    /// The identity.
    pub id: IdentityId,
    /// The key that went.
    pub old: PublicKey,
    /// The key that came.
    pub new: PublicKey,
}

/// A recovery policy was set.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct RecoverySet {
    /// The identity.
    pub id: IdentityId,
    /// The policy; none if recovery is given up.
    pub policy: Option<Policy>,
    /// Block time from which it is in force.
    pub effective_at: UnixMs,
}

/// A guardian started a recovery.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct RecoveryStarted {
    /// The identity.
    pub id: IdentityId,
    /// Number of the recovery.
    pub number: u32,
    /// The keys that are to sign for it.
    pub keys: List<PublicKey, RECOVERY_KEYS_MAX>,
}

/// A guardian approved a recovery.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct RecoveryApproved {
    /// The identity.
    pub id: IdentityId,
    /// Number of the recovery.
    pub number: u32,
    /// Who approved.
    pub guardian: Guardian,
    /// Block time from which it can be finished; absent as long as too few approved or a cancellation counts.
    pub ready_at: Option<UnixMs>,
}

/// One guardian more than needed approved: no cancellation counts any more, and policy and organization stay fixed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct RecoverySecured {
    /// The identity.
    pub id: IdentityId,
    /// Number of the recovery.
    pub number: u32,
    /// Whether a cancellation was overridden; the delay then began anew.
    pub despite_cancellation: bool,
    /// Block time from which it can be finished.
    pub ready_at: UnixMs,
}

/// A key of the identity cancelled every recovery that was not secured.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct RecoveryCancelled {
    /// The identity.
    pub id: IdentityId,
    /// Number of the latest recovery that was cancelled.
    pub number: u32,
    /// The key.
    pub key: PublicKey,
}

/// An identity has new keys.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct RecoveryFinished {
    /// The identity.
    pub id: IdentityId,
    /// Number of the recovery.
    pub number: u32,
    /// All its keys from now on.
    pub keys: IdentityKeys,
}

/// A key of the identity ended its use until a recovery.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Deactivated {
    /// The identity.
    pub id: IdentityId,
}

/// The organization ended the use of an identity for good.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Closed {
    /// The identity.
    pub id: IdentityId,
}

/// An identity asked for another organization, or no longer does.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct TransferOffered {
    /// The identity.
    pub id: IdentityId,
    /// The other organization.
    pub to: Option<OrgId>,
    /// Block time from which it may accept.
    pub ready_at: UnixMs,
}

/// Another organization answers for an identity.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Transferred {
    /// The identity.
    pub id: IdentityId,
    /// The organization before.
    pub from: OrgId,
    /// The organization from now on.
    pub to: OrgId,
}
