//! How a unit ends.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{OrgId, SignerId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a custodian does not erase.
///
/// # Source
/// Regulation (EU) 2016/679 (GDPR) Article 17(3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum RefusalGround {
    /// The law of the custodian demands that the record is kept: Article 17(3)(b).
    LegalDuty = 0,
    /// Public health: Article 17(3)(c).
    PublicHealth = 1,
    /// Archives in the public interest, research, statistics: Article 17(3)(d).
    Research = 2,
    /// Legal claims, a legal hold among them: Article 17(3)(e).
    LegalClaims = 3,
    /// Who asks has no right to it.
    NotEntitled = 4,
}

/// What a custodian decides on a request for erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum ErasureDecision {
    /// It is erased after the delay.
    Grant = 0,
    /// It is not erased.
    Refuse(RefusalGround) = 1,
    /// It is kept and no longer used: only the patient's consent opens it (GDPR Article 18).
    Restrict = 2,
}

/// Where a unit stands on its way to erasure.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Erasure {
    /// Nobody asked for it.
    #[default]
    None = 0,
    /// The patient, or who acts for the patient, asked for it.
    Requested {
        /// Who asked first.
        by: SignerId,
        /// Block time.
        at: UnixMs,
        /// Whether everybody who must agree has asked: of two guardians, both.
        complete: bool,
    } = 1,
    /// The custodian refused.
    Refused {
        /// Why.
        ground: RefusalGround,
        /// Block time.
        at: UnixMs,
    } = 2,
    /// Kept, and opened only by the patient's consent.
    RestrictedUse {
        /// Block time since when.
        at: UnixMs,
    } = 3,
    /// Erased from a time on, unless cancelled before.
    Granted {
        /// Block time from which it is erased.
        effective_at: UnixMs,
        /// Who asked for it; none if its retention was over and the custodian decided alone.
        requested_by: Option<SignerId>,
    } = 4,
    /// Erased for ever.
    Erased {
        /// Block time since when.
        at: UnixMs,
    } = 5,
}

impl Erasure {
    /// Whether the unit is erased at `now`.
    #[must_use]
    pub fn is_over(&self, now: UnixMs) -> bool {
        self.since().is_some_and(|since| since <= now)
    }

    /// Block time from which the unit is erased, be it to come.
    #[must_use]
    pub const fn since(&self) -> Option<UnixMs> {
        match self {
            Self::Granted { effective_at, .. } => Some(*effective_at),
            Self::Erased { at } => Some(*at),
            Self::None | Self::Requested { .. } | Self::Refused { .. } | Self::RestrictedUse { .. } => None,
        }
    }

    /// Whether only the patient's consent opens the unit.
    #[must_use]
    pub const fn is_restricted_use(&self) -> bool {
        matches!(self, Self::RestrictedUse { .. })
    }
}

/// What is deleted after an erasure.
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
pub enum DeletionOf {
    /// By a vault: its ciphertext, and the envelopes beside it.
    Ciphertext = 0,
    /// By a holder: what it has of its envelope and of its share.
    Envelope = 1,
    /// By the custodian: the salts of its items, and the key of its tag if no other unit needs it.
    TagKey = 2,
}

/// That somebody deleted something: its word, not a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Deletion {
    /// Who deleted.
    pub org: OrgId,
    /// What.
    pub of: DeletionOf,
    /// Block time of its word.
    pub at: UnixMs,
}

/// Why a unit goes over to another subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Correction {
    /// Its subject was merged into the other.
    Merge = 0,
    /// A merge was undone.
    Unmerge = 1,
    /// It was written into the chart of the wrong patient: whoever read it must be told.
    WrongPatient = 2,
}
