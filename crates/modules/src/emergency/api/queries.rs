//! The fields of each query.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{EmergencyId, IdentityId, OrgId, SubjectId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One emergency access and with whom its review lies, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// The access.
    pub id: EmergencyId,
}

/// Emergency accesses in the order in which they were opened.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Only those to charts of this custodian.
    pub custodian: Option<OrgId>,
    /// Only those to this chart.
    pub subject: Option<SubjectId>,
    /// Only those of this practitioner.
    pub practitioner: Option<IdentityId>,
    /// Only those of practitioners of this organization.
    pub org: Option<OrgId>,
    /// Only those whose review is closed, or is not.
    pub reviewed: Option<bool>,
    /// Only accesses after this position: the `next` of the page before.
    pub after: Option<u64>,
    /// At most this many accesses, 1 to 100; 50 if absent.
    pub limit: Option<u32>,
}

/// The reviewers of an organization, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetReviewers {
    /// The organization.
    pub org: OrgId,
}

/// Whether a practitioner may open charts of a custodian in an emergency, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetRight {
    /// The practitioner.
    pub practitioner: IdentityId,
    /// The custodian.
    pub custodian: OrgId,
}
