//! Recovery: who may give an identity new keys, and how far an attempt has come.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Hash, IdentityId, List, PublicKey, SignerId, UnixMs, domain, encode, hash, signing_bytes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most new keys of a recovery, and most recovery keys that a policy names: together they fit into an identity.
pub const RECOVERY_KEYS_MAX: usize = 4;

/// Longest delay of a recovery: ninety days, in milliseconds.
pub(in crate::identity) const DELAY_MS_MAX: u64 = 90 * 86_400_000;

/// Who proves that an identity may have new keys.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Guardian {
    /// An organization, or another identity. A person asks each of its guardians for a pseudonym that serves it alone.
    Signer(SignerId) = 0,
    /// A key of the identity itself that signs no transactions: on paper, in a safe.
    Key(PublicKey) = 1,
}

/// How an identity gets new keys without its old ones: `threshold` of the guardians, after a delay.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// How many guardians must approve: at least one, and fewer than there are, so that one more can override a
    /// cancellation.
    pub threshold: u8,
    /// The guardians, each once, at most sixteen.
    pub guardians: List<Guardian, 16>,
    /// Time between the deciding approval and the new keys, in milliseconds; not below the parameter
    /// `recovery_delay_ms`, at most ninety days. A change of this policy takes as long.
    pub delay_ms: u64,
}

impl Policy {
    /// Whether threshold and guardians make sense, as far as that can be said without state.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let distinct: BTreeSet<&Guardian> = self.guardians.iter().collect();
        let keys = self.guardians.iter().filter(|guardian| matches!(guardian, Guardian::Key(_))).count();
        self.threshold > 0
            && usize::from(self.threshold) < self.guardians.len()
            && distinct.len() == self.guardians.len()
            && keys <= RECOVERY_KEYS_MAX
    }
}

/// A recovery: an attempt to give an identity new keys.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Recovery {
    /// The keys that are to sign for the identity.
    pub keys: List<PublicKey, RECOVERY_KEYS_MAX>,
    /// Who approved, the one who started first.
    pub approvals: List<Guardian, 16>,
    /// Block time of its start.
    pub started_at: UnixMs,
    /// Last block time at which it can be approved and finished.
    pub expires_at: UnixMs,
    /// Block time from which it can be finished; absent until enough guardians approved.
    pub ready_at: Option<UnixMs>,
    /// Whether one guardian more than needed approved, so that no cancellation counts.
    pub secured: bool,
}

/// What is signed for a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum RecoveryStep {
    /// By a new key: that it is held.
    Hold = 0,
    /// By a recovery key: that the recovery begins.
    Start = 1,
    /// By a recovery key: that it approves.
    Approve = 2,
    /// By a key of the identity: that it cancels.
    Cancel = 3,
}

/// Hash of the new keys of a recovery: what is approved.
#[must_use]
pub fn keys_hash(keys: &[PublicKey]) -> Hash {
    hash(domain::RECOVERY, &[&encode(keys)])
}

/// The bytes that are signed for a step of the recovery with this number. A cancellation signs for no keys: its hash is
/// zero.
#[must_use]
pub fn recovery_message(step: RecoveryStep, identity: &IdentityId, number: u32, keys: &Hash) -> Vec<u8> {
    signing_bytes(domain::RECOVERY, &(step, identity, number, keys))
}
