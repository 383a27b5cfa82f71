//! Nouns of emergency access.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{EmergencyId, Hash, IdentityId, List, OrgId, SignerId, SubjectId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most reviewers of an organization.
pub const REVIEWERS_MAX: usize = 8;

/// Longest delay of a notice to a patient, in milliseconds: a year from when the delay is declared. It can be declared anew.
pub const NOTICE_DELAY_MS_MAX: u64 = 365 * 86_400_000;

/// The reviewers of an organization, each once.
pub type Reviewers = List<IdentityId, REVIEWERS_MAX>;

/// What a review found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Outcome {
    /// There was an emergency, and what was opened served it.
    Justified = 0,
    /// The access was abused. The practitioner can lose the right.
    Unjustified = 1,
    /// The wrong chart, or no emergency after all, but in good faith. Nobody loses a right.
    Mistaken = 2,
}

/// A closed review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// What it found.
    pub outcome: Outcome,
    /// Who reviewed: never one who signed for the access.
    pub by: SignerId,
    /// Commitment to the report: HMAC-SHA-256 under a key that stays with the reviewer.
    pub report: Hash,
    /// Block time of the closing.
    pub at: UnixMs,
}

/// With whom a review that is not closed lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Stage {
    /// With the reviewers whom the custodian named.
    Reviewer = 0,
    /// Overdue: with the custodian itself, too.
    Custodian = 1,
    /// Overdue for as long again: with every regulator, too.
    Regulator = 2,
    /// The review is closed.
    Closed = 3,
}

/// The word of a second practitioner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Countersignature {
    /// The second practitioner.
    pub by: IdentityId,
    /// Block time; it may be late.
    pub at: UnixMs,
}

/// What the custodian says of the notice to the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Delivery {
    /// The patient was told, by the confidential channel that the patient chose.
    Told = 0,
    /// The law permits or demands to tell the patient later.
    Delayed {
        /// Until then at the latest.
        until: UnixMs,
        /// Commitment to the ground: HMAC-SHA-256 under a key that stays with the custodian.
        ground: Hash,
    } = 1,
}

/// The notice to the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// Whether the patient was told.
    pub delivery: Delivery,
    /// Block time of the custodian's word.
    pub at: UnixMs,
}

/// An emergency access: one practitioner, one chart.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct EmergencyAccess {
    /// Who opened it, and alone may use it.
    pub practitioner: IdentityId,
    /// The organization that answered for the practitioner then.
    pub org: OrgId,
    /// Who keeps the chart.
    pub custodian: OrgId,
    /// The patient's pseudonym there: named at the opening, or bound by the first request. Then it is fixed.
    pub subject: Option<SubjectId>,
    /// Commitment to the justification: HMAC-SHA-256 under a key that stays with the practitioner's organization.
    pub justification: Hash,
    /// Block time of the opening.
    pub opened_at: UnixMs,
    /// From this block time on it opens nothing.
    pub expires_at: UnixMs,
    /// How often it was renewed.
    pub renewals: u16,
    /// Block time until which a second practitioner should countersign.
    pub countersign_by: UnixMs,
    /// The second practitioner's word.
    pub countersigned: Option<Countersignature>,
    /// The custodian's word about the notice to the patient.
    pub notice: Option<Notice>,
    /// Block time from which the review is overdue and lies with the custodian itself, too.
    pub review_by: UnixMs,
    /// Block time from which it lies with the regulators, too.
    pub regulator_from: UnixMs,
    /// The closed review.
    pub review: Option<Review>,
}

impl EmergencyAccess {
    /// Whether it is over at `now`: expired, ended by the practitioner, or by a review.
    #[must_use]
    pub fn is_over(&self, now: UnixMs) -> bool {
        now >= self.expires_at
    }

    /// With whom the review lies at `now`.
    #[must_use]
    pub fn stage(&self, now: UnixMs) -> Stage {
        if self.review.is_some() {
            Stage::Closed
        } else if now >= self.regulator_from {
            Stage::Regulator
        } else if now >= self.review_by {
            Stage::Custodian
        } else {
            Stage::Reviewer
        }
    }

    /// Whether `id` signed for the access.
    #[must_use]
    pub fn is_signer(&self, id: &SignerId) -> bool {
        let countersigner = self.countersigned.map(|countersigned| countersigned.by);
        [Some(self.practitioner), countersigner].into_iter().flatten().any(|signer| *id == SignerId::Identity(signer))
    }
}

/// How far the loss of a right reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Reach {
    /// Every chart: decided by the organization that answers for the practitioner.
    Everywhere = 0,
    /// The charts of the organization that decides.
    OwnCharts = 1,
}

/// A right that was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Revocation {
    /// Who decided.
    pub by: OrgId,
    /// The access whose review found abuse.
    pub emergency: EmergencyId,
    /// Block time of the decision.
    pub at: UnixMs,
}

/// What falls due. Each only tells; no rule waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Due {
    /// A second practitioner should have countersigned.
    Countersignature(EmergencyId) = 0,
    /// The review should be closed.
    Review(EmergencyId) = 1,
    /// The overdue review should be closed.
    Escalation(EmergencyId) = 2,
}

/// There is no emergency at the beginning.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct NoGenesis {}
