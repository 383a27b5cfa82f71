//! Nouns of identities: keys with roles, recovery policies, recoveries, and what is signed for them.

mod recovery;

pub(super) use recovery::DELAY_MS_MAX;
pub use recovery::{Guardian, Policy, RECOVERY_KEYS_MAX, Recovery, RecoveryStep, keys_hash, recovery_message};

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{IdentityId, List, OrgId, PublicKey, Signature, UnixMs, domain, signing_bytes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most keys of an identity.
pub const KEYS_MAX: usize = 8;

/// Most cancellations of recoveries under one policy, whatever happens to the keys meanwhile.
pub const CANCELLATIONS_MAX: usize = 8;

/// What an identity stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum IdentityKind {
    /// A patient, or one who acts for a patient: another pseudonym at every organization.
    Person = 0,
    /// One who treats patients.
    Practitioner = 1,
    /// A program.
    Service = 2,
    /// A device.
    Device = 3,
}

/// What a key of an identity may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum KeyRole {
    /// Signs transactions.
    Sign = 0,
    /// Signs no transaction. Kept offline; counts like a guardian in a recovery if the policy names it.
    Recover = 1,
}

/// A key of an identity: of Ed25519, or a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct IdentityKey {
    /// The key.
    pub key: PublicKey,
    /// What it may do.
    pub role: KeyRole,
}

/// The keys of an identity, each once.
pub type IdentityKeys = List<IdentityKey, KEYS_MAX>;

/// A key that enters, as a signature by it: nobody registers a key that he does not hold.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvenKey {
    /// What the key may do.
    pub role: KeyRole,
    /// A signature by the key, over what the call says.
    pub proof: Signature,
}

impl ProvenKey {
    /// The key without its proof.
    #[must_use]
    pub const fn identity_key(&self) -> IdentityKey {
        IdentityKey { key: self.proof.key(), role: self.role }
    }
}

/// Where an identity stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum IdentityStatus {
    /// Its keys sign.
    Active = 0,
    /// Deactivated by one of its keys. Only a recovery brings it back.
    Deactivated = 1,
    /// Closed by its organization, for good.
    Closed = 2,
}

/// A policy that comes into force.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct PlannedPolicy {
    /// The policy; none if recovery is given up.
    pub policy: Option<Policy>,
    /// Block time from which it is in force.
    pub effective_at: UnixMs,
}

/// The wish of an identity to belong to another organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Offer {
    /// The other organization.
    pub to: OrgId,
    /// Block time from which it may accept.
    pub ready_at: UnixMs,
}

/// An identity as it stands in the state: a set of keys. No name, no number, nothing about whom it stands for.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    /// What it stands for.
    pub kind: IdentityKind,
    /// The organization that answers for it.
    pub org: OrgId,
    /// Where it stands in its life.
    pub status: IdentityStatus,
    /// Its keys.
    pub keys: IdentityKeys,
    /// How often its keys changed: the number that the next change carries.
    pub changes: u32,
    /// Who recovers it, and how; as it stood when the row was written.
    pub policy: Option<Policy>,
    /// The policy that takes the place of `policy`.
    pub planned: Option<PlannedPolicy>,
    /// How many recoveries were started: the number that the next one carries.
    pub recoveries: u32,
    /// Recoveries with a lower number were cancelled, except those that are secured.
    pub cancelled_below: u32,
    /// Recoveries with a lower number are over for good.
    pub over_below: u32,
    /// The keys that cancelled under this policy.
    pub cancelled_by: List<PublicKey, CANCELLATIONS_MAX>,
    /// When each guardian last started a recovery.
    pub started: List<(Guardian, UnixMs), 16>,
    /// Until then a secured recovery holds policy and organization fixed.
    pub secured_until: UnixMs,
    /// Where it wants to go.
    pub offer: Option<Offer>,
    /// Block time of the registration.
    pub registered_at: UnixMs,
}

impl Identity {
    /// The identity as it stands at `now`: a planned policy whose time has come is in force, and what was under way under
    /// the one before is over. Whoever reads an identity reads it through this, so that no scheduled work is needed.
    #[must_use]
    pub fn at(mut self, now: UnixMs) -> Self {
        if let Some(planned) = self.planned.take_if(|planned| planned.effective_at <= now) {
            self.policy = planned.policy;
            self.cancelled_by = List::default();
            self.over_below = self.recoveries;
        }
        self
    }

    /// Whether `key` is one of its keys with this role.
    #[must_use]
    pub fn has(&self, key: &PublicKey, role: KeyRole) -> bool {
        self.keys.contains(&IdentityKey { key: *key, role })
    }

    /// Whether a policy in force or planned names `key`.
    pub(super) fn is_in_policy(&self, key: &PublicKey) -> bool {
        let planned = self.planned.as_ref().and_then(|planned| planned.policy.as_ref());
        self.policy.iter().chain(planned).any(|policy| policy.guardians.contains(&Guardian::Key(*key)))
    }
}

/// There is no identity at the beginning: those of the founders' programs are registered like all others.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct NoGenesis {}

/// Whether an identity may have a key at all: a point of its curve, and not one for which anybody can sign. Passkeys are keys
/// like others, in either role.
#[must_use]
pub fn is_fit(key: &PublicKey) -> bool {
    key.validate().is_ok() && !key.is_weak()
}

/// The bytes that every key signs when an identity is registered: the whole registration, so that no key is put beside
/// others without its consent.
#[must_use]
pub fn registration_message(org: &OrgId, kind: IdentityKind, keys: &[IdentityKey], policy: Option<&Policy>) -> Vec<u8> {
    signing_bytes(domain::REGISTRATION, &(org, kind, keys, policy))
}

/// The bytes that a new key signs to be added, or to take the place of another: identity, role and number of the change.
#[must_use]
pub fn key_message(identity: &IdentityId, role: KeyRole, changes: u32) -> Vec<u8> {
    signing_bytes(domain::IDENTITY_KEY, &(identity, role, changes))
}
