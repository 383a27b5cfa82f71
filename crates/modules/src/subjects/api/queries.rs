//! What can be read of subjects.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{IdentityId, OrgId, SubjectId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a subject stands in its life, without the subject that took its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum StatusName {
    /// Records are entered under it.
    Active = 0,
    /// Another subject took its place.
    Merged = 1,
    /// The custodian closed the chart.
    Closed = 2,
}

/// One subject, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// The subject.
    pub id: SubjectId,
}

/// The subject to which an identity is tied, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// The holder or representative.
    pub identity: IdentityId,
}

/// Subjects in the order in which they were registered.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Only those of this custodian.
    pub custodian: Option<OrgId>,
    /// Only those that stand there in their life.
    pub status: Option<StatusName>,
    /// Only subjects after this position: the `next` of the page before.
    pub after: Option<u64>,
    /// At most this many subjects, 1 to 100; 50 if absent.
    pub limit: Option<u32>,
}
