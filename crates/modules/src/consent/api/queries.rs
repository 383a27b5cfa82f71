//! What can be read of consent.

use crate::consent::types::{AgreementTerms, RequestFacts, UnitFacts};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{ConsentId, List as Several, RestrictionId, SubjectId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One consent, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// The consent.
    pub id: ConsentId,
}

/// Consents in the order in which they were given.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Only consents of this subject.
    pub subject: Option<SubjectId>,
    /// Only consents that count (`true`), or that do not (`false`).
    pub active: Option<bool>,
    /// Only consents after this position: the `next` of the page before.
    pub after: Option<u64>,
    /// At most this many, 1 to 100; 50 if absent.
    pub limit: Option<u32>,
}

/// One restriction, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetRestriction {
    /// The restriction.
    pub id: RestrictionId,
}

/// Restrictions in the order in which they were entered.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRestrictions {
    /// Only restrictions of this subject.
    pub subject: Option<SubjectId>,
    /// Only restrictions that were lifted (`true`), or that hold (`false`).
    pub lifted: Option<bool>,
    /// Only restrictions after this position: the `next` of the page before.
    pub after: Option<u64>,
    /// At most this many, 1 to 100; 50 if absent.
    pub limit: Option<u32>,
}

/// What would be decided now, from the agreed state: of a unit and a request as they are described here, by the consents,
/// restrictions and defaults as they stand. A question, without consequence and without trace.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// The unit.
    pub unit: UnitFacts,
    /// The request.
    pub request: RequestFacts,
    /// The agreements that are to count. At most eight.
    pub agreements: Several<AgreementTerms, 8>,
}
