//! What can be read of identities.

use crate::identity::types::{IdentityKind, IdentityStatus};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{IdentityId, OrgId, PublicKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One identity, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// The identity.
    pub id: IdentityId,
}

/// One recovery of an identity, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetRecovery {
    /// The identity.
    pub id: IdentityId,
    /// Number of the recovery.
    pub number: u32,
}

/// The identity whose key it is or was, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// The key.
    pub key: PublicKey,
}

/// Identities in the order in which they were registered.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Only identities for which this organization answers.
    pub org: Option<OrgId>,
    /// Only identities of this kind.
    pub kind: Option<IdentityKind>,
    /// Only identities of this status.
    pub status: Option<IdentityStatus>,
    /// Only identities after this position: the `next` of the page before.
    pub after: Option<u64>,
    /// At most this many, 1 to 100; 50 if absent.
    pub limit: Option<u32>,
}
