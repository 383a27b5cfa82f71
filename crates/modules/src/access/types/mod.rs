//! Nouns of access: agreements, locates, relations, requests and what was decided on each unit.

mod agreement;
mod locate;
mod release;
mod request;

pub use agreement::{Agreement, AgreementStatus, CATEGORIES_MAX, Category, NOTICE_BYTES_MAX, PURPOSES_MAX};
pub use locate::{Locate, LocateAnswer, RELATION_QUARTERS_MAX, Relation, RelationKind, Relationship};
pub use release::{NotReleasable, Suspension, Ticket};
pub use request::{Decided, LawfulOrder, Request, RequestStatus, UNITS_MAX};

pub(super) use agreement::{Agreements, are_terms_sound};
pub(super) use locate::{Relations, quarters_after};
pub(super) use release::Suspensions;

use borsh::{BorshDeserialize, BorshSerialize};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a signer has used up of a daily quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Usage {
    /// The day in UTC, in days since 1970-01-01.
    pub(super) day: u64,
    /// How many within that day.
    pub(super) used: u64,
}

/// What is counted against a daily quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub(super) enum Counted {
    /// Searches for charts.
    Locates = 0,
    /// Units that were requested or disclosed.
    Units = 1,
}

/// Nothing was asked for at the beginning.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct NoGenesis {}
