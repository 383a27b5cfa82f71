//! What can be read of the network.

use crate::network::types::{OrganizationKind, ProposalStatus, Role, Status};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{OrgId, ProposalId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One organization with its keys, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetOrganization {
    /// The organization.
    pub id: OrgId,
}

/// Organizations in the order in which they entered, those that left included.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListOrganizations {
    /// Only organizations of this kind.
    pub kind: Option<OrganizationKind>,
    /// Only organizations with this role.
    pub role: Option<Role>,
    /// Only organizations of this status.
    pub status: Option<Status>,
    /// Only organizations after this position: the `next` of the page before.
    pub after: Option<u64>,
    /// At most this many, 1 to 100; 50 if absent.
    pub limit: Option<u32>,
}

/// One proposal with its votes, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetProposal {
    /// The proposal.
    pub id: ProposalId,
}

/// Proposals in the order in which they were made.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListProposals {
    /// Only proposals of this author.
    pub author: Option<OrgId>,
    /// Only proposals of this status. A proposal past its deadline counts as expired once the ledger noted it.
    pub status: Option<ProposalStatus>,
    /// Only proposals after this position: the `next` of the page before.
    pub after: Option<u64>,
    /// At most this many, 1 to 100; 50 if absent.
    pub limit: Option<u32>,
}

/// The parameters with those to come, from the agreed state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetParameters {
    /// Asks for the parameters in force at this height; without it, once all planned changes are in force.
    pub height: Option<u64>,
}

/// The committee that votes on blocks now, and the one to which the decisions of the members lead, from the agreed state.
/// Committees do not change yet: `current` is that of the genesis.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetCommittee {}
