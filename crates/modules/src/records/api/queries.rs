//! What can be read of records.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{OrgId, SubjectId, UnitId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One unit, from the agreed state, with the number of its live shares.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// The unit.
    pub id: UnitId,
}

/// Units in the order in which they were registered.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Only units about this subject.
    pub subject: Option<SubjectId>,
    /// Only units of this custodian.
    pub custodian: Option<OrgId>,
    /// Only units after this position: the `next` of the page before.
    pub after: Option<u64>,
    /// At most this many units, 1 to 100; 50 if absent.
    pub limit: Option<u32>,
}

/// What is proved of an erasure, and what is outstanding.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureCertificate {
    /// The unit.
    pub id: UnitId,
}

/// What an organization keeps as a holder, and how far it is with its keys.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetHolder {
    /// The organization.
    pub org: OrgId,
}

/// The units of which an organization holds a share, or of which its vault keeps a copy.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListShares {
    /// The organization.
    pub org: OrgId,
    /// Only after this position: the `next` of the page before.
    pub after: Option<u64>,
    /// At most this many, 1 to 100; 50 if absent.
    pub limit: Option<u32>,
}

/// Who takes the place of a custodian that is gone.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetSuccession {
    /// The custodian.
    pub of: OrgId,
}
