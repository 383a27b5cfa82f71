//! What can be asked of identities.

use crate::identity::types::{IdentityKind, KEYS_MAX, KeyRole, Policy, ProvenKey, RECOVERY_KEYS_MAX};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Hash, IdentityId, List, OrgId, PublicKey, Signature};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Registers an identity for which the organization that signs answers.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The organization that signs this.
    pub org: OrgId,
    /// What the identity stands for.
    pub kind: IdentityKind,
    /// Its keys, at least one of which signs; each gives its signature over the whole registration.
    pub keys: List<ProvenKey, KEYS_MAX>,
    /// Who recovers it, and how.
    pub policy: Option<Policy>,
}

/// Registers a person or device in the name of an organization, by one of its services: so that a desk needs no key of the
/// organization.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Enroll {
    /// The organization of the service that signs this.
    pub org: OrgId,
    /// What the identity stands for: a person or device.
    pub kind: IdentityKind,
    /// Its keys, at least one of which signs; each gives its signature over the whole registration.
    pub keys: List<ProvenKey, KEYS_MAX>,
    /// Who recovers it, and how.
    pub policy: Option<Policy>,
}

impl From<&Enroll> for Register {
    fn from(call: &Enroll) -> Self {
        Self { org: call.org, kind: call.kind, keys: call.keys.clone(), policy: call.policy.clone() }
    }
}

/// Adds a key.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddKey {
    /// The identity that signs this.
    pub identity: IdentityId,
    /// How often its keys changed so far. It stands in what the new key signs.
    pub changes: u32,
    /// The key, by its signature over identity, role and number of the change.
    pub key: ProvenKey,
}

/// Removes a key of the identity that signs this.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveKey {
    /// The key.
    pub key: PublicKey,
}

/// Puts a new key in the place of an old one, with the same role.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateKey {
    /// The identity that signs this.
    pub identity: IdentityId,
    /// How often its keys changed so far. It stands in what the new key signs.
    pub changes: u32,
    /// The key that goes.
    pub old: PublicKey,
    /// What old and new key may do.
    pub role: KeyRole,
    /// The new key, by its signature over identity, role and number of the change.
    pub new: Signature,
}

/// Says who recovers the identity that signs this. The first policy is in force at once; a later one after the delay of
/// the one before.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRecovery {
    /// The policy; none to give recovery up.
    pub policy: Option<Policy>,
}

/// Starts a recovery, as a guardian. That is the first approval.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartRecovery {
    /// The identity.
    pub identity: IdentityId,
    /// How many recoveries of it were started so far.
    pub number: u32,
    /// One to four new keys that are to sign for it, each by its signature.
    pub keys: List<Signature, RECOVERY_KEYS_MAX>,
    /// The signature of a recovery key that is the guardian; if absent, the signer is.
    pub witness: Option<Signature>,
}

/// Approves a recovery, as a guardian.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveRecovery {
    /// The identity.
    pub identity: IdentityId,
    /// Number of the recovery.
    pub number: u32,
    /// Hash of the new keys that are approved.
    pub keys: Hash,
    /// The signature of a recovery key that is the guardian; if absent, the signer is.
    pub witness: Option<Signature>,
}

/// Cancels the recoveries that are under way, as a key of the identity. Each key can do that once.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelRecovery {
    /// The identity.
    pub identity: IdentityId,
    /// Number of an approved recovery.
    pub number: u32,
    /// The signature of the key that cancels; if absent, the key that signs this does.
    pub witness: Option<Signature>,
}

/// Gives the identity its new keys once the delay has passed. Anybody can ask for it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishRecovery {
    /// The identity.
    pub identity: IdentityId,
    /// Number of the recovery.
    pub number: u32,
}

/// Ends the use of an identity: until a recovery if one of its own keys asks, for good if its organization does.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deactivate {
    /// The identity.
    pub identity: IdentityId,
}

/// Asks that another organization answers for the identity that signs this.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The other organization; none to take an earlier wish back.
    pub to: Option<OrgId>,
}

/// Answers from now on for an identity that asked for it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptTransfer {
    /// The identity.
    pub identity: IdentityId,
}
