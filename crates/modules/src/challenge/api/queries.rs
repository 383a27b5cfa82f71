//! The fields of each query.

use crate::challenge::types::ChallengeStatus;
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{ChallengeId, IdentityId, OrgId, RequestId, SubjectId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One challenge, where it stands, and the votes on it, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// The challenge.
    pub id: ChallengeId,
}

/// Challenges in the order in which they were made.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Only those of this request.
    pub request: Option<RequestId>,
    /// Only those about this patient.
    pub subject: Option<SubjectId>,
    /// Only those of requests of this practitioner or program.
    pub person: Option<IdentityId>,
    /// Only those of requests of this organization.
    pub org: Option<OrgId>,
    /// Only those about units of this custodian.
    pub custodian: Option<OrgId>,
    /// Only those that stand there.
    pub status: Option<ChallengeStatus>,
    /// Only challenges after this position: the `next` of the page before.
    pub after: Option<u64>,
    /// At most this many challenges, 1 to 100; 50 if absent.
    pub limit: Option<u32>,
}
