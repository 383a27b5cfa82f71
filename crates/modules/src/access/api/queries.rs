//! What can be read.

use crate::{access::types::AgreementStatus, consent::Purpose};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{AgreementId, IdentityId, LocateId, OrgId, RequestId, SubjectId, UnitId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One agreement, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetAgreement {
    /// The agreement.
    pub id: AgreementId,
}

/// Agreements in the order in which they were proposed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListAgreements {
    /// Only those about units of this custodian.
    pub from: Option<OrgId>,
    /// Only those under which this organization may ask.
    pub to: Option<OrgId>,
    /// Only those with this status.
    pub status: Option<AgreementStatus>,
    /// Only those after this position: the `next` of the page before.
    pub after: Option<u64>,
    /// At most this many, 1 to 100; 50 if absent.
    pub limit: Option<u32>,
}

/// One search, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetLocate {
    /// The search.
    pub id: LocateId,
}

/// The relations of an organization to a patient that are in force, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetRelations {
    /// The patient.
    pub subject: SubjectId,
    /// The organization.
    pub org: OrgId,
}

/// One request with what was decided on each unit, and who said that it released a share; from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetRequest {
    /// The request.
    pub id: RequestId,
}

/// Requests and disclosures in the order in which they were made.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRequests {
    /// Only those by which this organization is to read.
    pub org: Option<OrgId>,
    /// Only those of this practitioner or program.
    pub person: Option<IdentityId>,
    /// Only those for units of this custodian.
    pub custodian: Option<OrgId>,
    /// Only those for this purpose.
    pub purpose: Option<Purpose>,
    /// Only those after this position: the `next` of the page before.
    pub after: Option<u64>,
    /// At most this many, 1 to 100; 50 if absent.
    pub limit: Option<u32>,
}

/// Who saw the data of a patient, or asked for them: every decision on a unit, with the holders that released. Filtered for
/// one who looks at it, if given: a representative does not see the lines about units whose label is not within its scope.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// The patient.
    pub subject: SubjectId,
    /// Who looks at it: the patient or a representative. Nothing is hidden if absent: so the custodian sees it.
    pub viewer: Option<IdentityId>,
    /// Only lines about this unit.
    pub unit: Option<UnitId>,
    /// Only lines after this position: the `next` of the page before.
    pub after: Option<u64>,
    /// At most this many lines are read, 1 to 100; 50 if absent. Hidden ones count, so that a page may have fewer.
    pub limit: Option<u32>,
}

/// Whether a holder may release its share of a unit for a request at the block time of the agreed state, and what it needs
/// for that.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetTicket {
    /// The request.
    pub request: RequestId,
    /// The unit.
    pub unit: UnitId,
    /// The holder.
    pub holder: OrgId,
}

/// The suspensions of a person towards a patient by challenges, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetSuspensions {
    /// The practitioner or program.
    pub person: IdentityId,
    /// The patient.
    pub subject: SubjectId,
}

/// Searches in the order in which they were made.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListLocates {
    /// Only those of this organization.
    pub org: Option<OrgId>,
    /// Only those at this custodian.
    pub custodian: Option<OrgId>,
    /// Only those that were answered, or that were not.
    pub answered: Option<bool>,
    /// Only those after this position: the `next` of the page before.
    pub after: Option<u64>,
    /// At most this many, 1 to 100; 50 if absent.
    pub limit: Option<u32>,
}
