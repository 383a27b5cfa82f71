//! The fields of each call.

use crate::emergency::types::{Delivery, Outcome, Reach};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{EmergencyId, Hash, IdentityId, OrgId, SubjectId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Opens an emergency access to one chart, for the signer alone.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// Who keeps the chart.
    pub custodian: OrgId,
    /// The patient's pseudonym there, if it is known. Else the first request binds it.
    pub subject: Option<SubjectId>,
    /// Commitment to the justification: HMAC-SHA-256 under a key that stays with the practitioner's organization.
    pub justification: Hash,
}

/// Lets an emergency access last on: from now as long as a new one would.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Renew {
    /// The access.
    pub emergency: EmergencyId,
    /// Commitment to why it must last on: HMAC-SHA-256 under a key that stays with the practitioner's organization.
    pub justification: Hash,
}

/// Ends an emergency access before it expires: the emergency is over.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// The access.
    pub emergency: EmergencyId,
}

/// Stands by the emergency access of another practitioner of the same organization, after the fact.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Countersign {
    /// The access.
    pub emergency: EmergencyId,
}

/// Records that the patient was told of an emergency access, or that this is lawfully delayed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// The access.
    pub emergency: EmergencyId,
    /// Whether the patient was told.
    pub delivery: Delivery,
}

/// Names a reviewer of the signer's organization, its privacy officer, or takes the office back.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetReviewer {
    /// The reviewer: a person or practitioner of the organization.
    pub identity: IdentityId,
    /// Whether the identity is a reviewer from now on.
    pub named: bool,
}

/// Closes the review of an emergency access. One found unjustified or mistaken ends at once.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewAccess {
    /// The access.
    pub emergency: EmergencyId,
    /// What was found.
    pub outcome: Outcome,
    /// Commitment to the report: HMAC-SHA-256 under a key that stays with the reviewer.
    pub report: Hash,
}

/// Takes the right of emergency access from the practitioner who abused one.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeRight {
    /// The access whose review found abuse.
    pub emergency: EmergencyId,
    /// Whether for every chart, or for those of the signer.
    pub reach: Reach,
}

/// Gives a practitioner the right of emergency access back.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reinstate {
    /// The practitioner.
    pub practitioner: IdentityId,
    /// Whether what its organization took is given back, or what the signer took for its own charts.
    pub reach: Reach,
}
