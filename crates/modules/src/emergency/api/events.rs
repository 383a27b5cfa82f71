//! The fields of each event.

use crate::emergency::types::{Delivery, Outcome, Reach, Stage};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{EmergencyId, Hash, IdentityId, OrgId, SignerId, SubjectId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An emergency access was opened.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct GlassBroken {
    /// The access.
    pub id: EmergencyId,
    /// Who opened it.
    pub practitioner: IdentityId,
    /// The organization that answers for the practitioner.
    pub org: OrgId,
    /// Who keeps the chart, tells the patient and reviews.
    pub custodian: OrgId,
    /// The patient's pseudonym there, if it was known.
    pub subject: Option<SubjectId>,
    /// Commitment to the justification.
    pub justification: Hash,
    /// From this block time on it opens nothing.
    pub expires_at: UnixMs,
    /// Block time until which a second practitioner should countersign.
    pub countersign_by: UnixMs,
    /// Block time from which the review is overdue.
    pub review_by: UnixMs,
}

/// An emergency access lasts on.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Renewed {
    /// The access.
    pub id: EmergencyId,
    /// Commitment to why.
    pub justification: Hash,
    /// From this block time on it opens nothing.
    pub expires_at: UnixMs,
}

/// The practitioner ended an emergency access.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// The access.
    pub id: EmergencyId,
}

/// An emergency access was used for the first time: the chart is fixed, and its patient is to be told.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Bound {
    /// The access.
    pub id: EmergencyId,
    /// Who keeps the chart and tells the patient.
    pub custodian: OrgId,
    /// The patient's pseudonym there.
    pub subject: SubjectId,
}

/// A second practitioner stood by an emergency access.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Countersigned {
    /// The access.
    pub id: EmergencyId,
    /// The second practitioner.
    pub by: IdentityId,
    /// Whether it should have been earlier.
    pub late: bool,
}

/// No second practitioner stood by an emergency access in time.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct CountersignatureMissing {
    /// The access.
    pub id: EmergencyId,
    /// The organization whose practitioners should have.
    pub org: OrgId,
}

/// The custodian told the patient of an emergency access, or delays that lawfully.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Notified {
    /// The access.
    pub id: EmergencyId,
    /// The custodian.
    pub custodian: OrgId,
    /// Whether the patient was told.
    pub delivery: Delivery,
}

/// An organization named a reviewer, or took the office back.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct ReviewerSet {
    /// The organization.
    pub org: OrgId,
    /// The reviewer.
    pub identity: IdentityId,
    /// Whether the identity is a reviewer from now on.
    pub named: bool,
}

/// The review of an emergency access was closed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Reviewed {
    /// The access.
    pub id: EmergencyId,
    /// What was found.
    pub outcome: Outcome,
    /// Who reviewed.
    pub by: SignerId,
    /// Commitment to the report.
    pub report: Hash,
    /// From this block time on the access opens nothing.
    pub expires_at: UnixMs,
}

/// The review of an emergency access is overdue and lies with others, too.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct ReviewOverdue {
    /// The access.
    pub id: EmergencyId,
    /// The custodian whose reviewers did not close it.
    pub custodian: OrgId,
    /// With whom it lies now: the custodian itself, or the regulators.
    pub stage: Stage,
}

/// A practitioner lost the right of emergency access.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct RightRevoked {
    /// The practitioner.
    pub practitioner: IdentityId,
    /// Who decided.
    pub by: OrgId,
    /// Whether for every chart, or for those of the one who decided.
    pub reach: Reach,
    /// The access whose review found abuse.
    pub emergency: EmergencyId,
}

/// A practitioner has the right of emergency access back.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct RightReinstated {
    /// The practitioner.
    pub practitioner: IdentityId,
    /// Who decided.
    pub by: OrgId,
    /// Whether for every chart, or for those of the one who decided.
    pub reach: Reach,
}
