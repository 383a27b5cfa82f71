//! What can be asked of subjects.

use crate::subjects::types::{Representative, Scope};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Hash, IdentityId, Quarter, SubjectId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Enters a patient of the signing custodian, by whose own identity it is known to the ledger, or without one: then the
/// custodian attests what the patient says on paper, until the patient takes over.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The patient's own identity: a person of the custodian that is tied to no other subject; none if the patient has no wallet.
    pub holder: Option<IdentityId>,
    /// Commitment to how the custodian made sure who the patient is: HMAC-SHA-256 under a key that stays off the ledger.
    pub evidence: Hash,
}

/// Says, as the custodian, that an identity is the patient's own. The identity takes it up by `take-over`, after a notice.
/// Where the patient has a holder the notice is as long as that of a recovery, and the holder can refuse.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The subject.
    pub subject: SubjectId,
    /// The patient's identity: a person of the custodian that is tied to no other subject.
    pub identity: IdentityId,
    /// On which labels it is to decide: `all`, but for a patient who has a guardian.
    pub scope: Scope,
}

/// Takes an offer back, as the custodian, or refuses it, as the present holder.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawOffer {
    /// The subject.
    pub subject: SubjectId,
}

/// Becomes the holder of a subject, as the identity to which it was offered. Proxies of an earlier holder end.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeOver {
    /// The subject.
    pub subject: SubjectId,
}

/// Appoints who acts for the patient: the custodian guardians and executors, the holder proxies. Where there is no holder the
/// custodian appoints proxies, too.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Appoint {
    /// The subject.
    pub subject: SubjectId,
    /// Who acts, in which capacity, on what and until when.
    pub representative: Representative,
}

/// Ends the power of a representative, as the custodian, the holder, or the representative itself.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dismiss {
    /// The subject.
    pub subject: SubjectId,
    /// The representative.
    pub identity: IdentityId,
}

/// Changes on which labels a representative or a minor holder may decide and which it sees: as the custodian, or as the
/// holder of its own proxies. A proxy of a holder is only ever narrowed by the custodian.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetScope {
    /// The subject.
    pub subject: SubjectId,
    /// The representative or holder.
    pub identity: IdentityId,
    /// The labels from now on.
    pub scope: Scope,
    /// Commitment to the reason, such as an order of a court: HMAC-SHA-256 under a key that stays off the ledger.
    pub evidence: Hash,
}

/// Says how many guardians must agree to what widens access.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetQuorum {
    /// The subject.
    pub subject: SubjectId,
    /// 1 or 2.
    pub quorum: u8,
    /// Commitment to the reason, such as a decision on custody: HMAC-SHA-256 under a key that stays off the ledger.
    pub evidence: Hash,
}

/// Gives the patient, who is of age, all power over its records: guardians end, and the holder decides on every label.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// The subject.
    pub subject: SubjectId,
    /// The patient's own identity, if it has none on the ledger yet.
    pub holder: Option<IdentityId>,
}

/// Says until when guardians act. From the next quarter on the patient alone decides, on every label.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanHandOver {
    /// The subject.
    pub subject: SubjectId,
    /// The quarter in which the patient comes of age; none to take an earlier date back.
    pub after: Option<Quarter>,
}

/// Declares that the patient died: the power of holder, guardians and proxies rests, and that of executors begins.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclareDeceased {
    /// The subject.
    pub subject: SubjectId,
    /// Commitment to the certificate: HMAC-SHA-256 under a key that stays off the ledger.
    pub evidence: Hash,
}

/// Takes back a declaration that the patient died, which was a mistake.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclareLiving {
    /// The subject.
    pub subject: SubjectId,
    /// Commitment to the reason: HMAC-SHA-256 under a key that stays off the ledger.
    pub evidence: Hash,
}

/// Says that two subjects of the custodian are the same patient. Holder and representatives of both stay where they are: the
/// holder of the one that goes can be offered the other.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    /// The subject whose place is taken, and that of those merged into it.
    pub from: SubjectId,
    /// The subject that takes its place.
    pub into: SubjectId,
}

/// Takes a merger back. The subject stands again with its own holder and representatives.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unmerge {
    /// The subject that was merged into another.
    pub subject: SubjectId,
}

/// Ends the life of a chart at the custodian, for good. Rights over what is left remain.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// The subject.
    pub subject: SubjectId,
}
