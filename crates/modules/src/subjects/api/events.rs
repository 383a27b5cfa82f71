//! What happened to subjects. Each is a notice: wallets of holders and representatives watch for them.

use crate::subjects::types::{REPRESENTATIVES_MAX, Representative, Scope};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Hash, IdentityId, List, OrgId, Quarter, SignerId, SubjectId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A patient was entered.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Registered {
    /// The new subject.
    pub id: SubjectId,
    /// The organization that keeps the chart.
    pub custodian: OrgId,
    /// The patient's own identity, if there is one.
    pub holder: Option<IdentityId>,
    /// Commitment to how the custodian made sure who the patient is: HMAC-SHA-256 under a key that stays off the ledger.
    pub evidence: Hash,
}

/// A subject was offered to an identity of the patient. A notice to whoever signs for the patient now.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Offered {
    /// The subject.
    pub id: SubjectId,
    /// The identity.
    pub identity: IdentityId,
    /// On which labels it is to decide.
    pub scope: Scope,
    /// Block time from which it can take over.
    pub ready_at: UnixMs,
}

/// An offer was withdrawn by the custodian or refused by the holder.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct OfferWithdrawn {
    /// The subject.
    pub id: SubjectId,
    /// The identity to which the subject was offered.
    pub identity: IdentityId,
    /// Who withdrew it.
    pub by: SignerId,
}

/// An identity became the holder of a subject.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct TakenOver {
    /// The subject.
    pub id: SubjectId,
    /// The holder.
    pub holder: IdentityId,
    /// The holder before, whose power ended.
    pub before: Option<IdentityId>,
    /// On which labels it decides.
    pub scope: Scope,
    /// Proxies whose power ended.
    pub ended: List<IdentityId, REPRESENTATIVES_MAX>,
    /// A subject merged into this one that it held before, and holds no more.
    pub left: Option<SubjectId>,
}

/// Somebody may act for a patient.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Appointed {
    /// The subject.
    pub id: SubjectId,
    /// Who, in which capacity, on what and until when.
    pub representative: Representative,
    /// Who appointed it.
    pub by: SignerId,
}

/// The power of a representative ended.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Dismissed {
    /// The subject.
    pub id: SubjectId,
    /// The representative.
    pub identity: IdentityId,
    /// Who ended it.
    pub by: SignerId,
}

/// The labels changed on which somebody may decide.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct ScopeSet {
    /// The subject.
    pub id: SubjectId,
    /// The representative or holder.
    pub identity: IdentityId,
    /// The labels from now on.
    pub scope: Scope,
    /// Who changed them.
    pub by: SignerId,
    /// Commitment to the reason: HMAC-SHA-256 under a key that stays off the ledger.
    pub evidence: Hash,
    /// Proxies whose power ended, because it went beyond that of the holder.
    pub ended: List<IdentityId, REPRESENTATIVES_MAX>,
}

/// It changed how many guardians must agree to what widens access.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct QuorumSet {
    /// The subject.
    pub id: SubjectId,
    /// 1 or 2.
    pub quorum: u8,
    /// Commitment to the reason: HMAC-SHA-256 under a key that stays off the ledger.
    pub evidence: Hash,
}

/// The patient decides alone, on every label.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct HandedOver {
    /// The subject.
    pub id: SubjectId,
    /// The patient's own identity, if there is one.
    pub holder: Option<IdentityId>,
    /// Guardians whose power ended.
    pub ended: List<IdentityId, REPRESENTATIVES_MAX>,
}

/// It was said until when guardians act.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct HandOverPlanned {
    /// The subject.
    pub id: SubjectId,
    /// The last quarter; none if no end is planned.
    pub after: Option<Quarter>,
}

/// A patient was declared dead.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Deceased {
    /// The subject.
    pub id: SubjectId,
    /// Commitment to the certificate: HMAC-SHA-256 under a key that stays off the ledger.
    pub evidence: Hash,
}

/// A declaration that a patient died was taken back.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Living {
    /// The subject.
    pub id: SubjectId,
    /// Commitment to the reason: HMAC-SHA-256 under a key that stays off the ledger.
    pub evidence: Hash,
}

/// A subject takes the place of another.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Merged {
    /// The subject whose place is taken.
    pub id: SubjectId,
    /// The subject that takes its place.
    pub into: SubjectId,
}

/// A merger was taken back.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Unmerged {
    /// The subject that stands again.
    pub id: SubjectId,
    /// The subject into which it was merged.
    pub out_of: SubjectId,
}

/// A chart was closed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Closed {
    /// The subject.
    pub id: SubjectId,
}
