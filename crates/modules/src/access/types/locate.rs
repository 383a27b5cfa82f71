//! Searches for charts, and who is on record as having to do with a patient.

use crate::consent::Purpose;
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{EmergencyId, Hash, IdentityId, List, OrgId, Quarter, SignerId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far ahead a relation may last, in quarters: two years.
pub const RELATION_QUARTERS_MAX: u16 = 8;

/// Why an organization has to do with a patient.
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
pub enum RelationKind {
    /// The patient came, or was admitted.
    CheckIn = 0,
    /// Another sent the patient.
    Referral = 1,
    /// A claim for care of the patient was made. Serves payment and operations, never treatment.
    Claim = 2,
}

impl RelationKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::CheckIn, Self::Referral, Self::Claim];
}

/// Why an organization has to do with a patient, and a commitment to the evidence of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Relationship {
    /// Why.
    pub kind: RelationKind,
    /// HMAC-SHA-256 over the evidence under a random key that the organization keeps; shown to whoever challenges it.
    pub evidence: Hash,
}

/// A relation of an organization to a patient at one custodian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Relation {
    /// Why, with the commitment to the evidence.
    pub relationship: Relationship,
    /// Who entered it: the custodian, or the organization about itself.
    pub by: SignerId,
    /// The last quarter in which it is in force.
    pub until: Quarter,
}

/// The relations of an organization to a patient, at most one of each kind.
pub(in crate::access) type Relations = List<Relation, 3>;

/// A commitment to what the custodian answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct LocateAnswer {
    /// HMAC-SHA-256 over the answer under a random key. A match, no match and a refusal look alike.
    pub answer: Hash,
    /// Block time.
    pub at: UnixMs,
}

/// A search for the chart of a patient at one custodian.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Locate {
    /// The organization that searches.
    pub org: OrgId,
    /// The practitioner or program that signed.
    pub person: IdentityId,
    /// Where is searched.
    pub custodian: OrgId,
    /// For what.
    pub purpose: Purpose,
    /// HMAC-SHA-256 over the query under a random key; the query itself goes to the custodian alone, outside the ledger.
    pub query: Hash,
    /// What the organization says it has to do with the patient.
    pub relationship: Option<Relationship>,
    /// The emergency access under which is searched.
    pub emergency: Option<EmergencyId>,
    /// Block time.
    pub located_at: UnixMs,
    /// Requests and relations may rest on it before this time.
    pub expires_at: UnixMs,
    /// The custodian's answer.
    pub answer: Option<LocateAnswer>,
}

/// How many quarters `later` lies after `earlier`; none if it lies before.
pub(in crate::access) fn quarters_after(later: Quarter, earlier: Quarter) -> Option<u16> {
    let whole = |quarter: Quarter| quarter.year().saturating_mul(4).saturating_add(quarter.quarter());
    whole(later).checked_sub(whole(earlier))
}
