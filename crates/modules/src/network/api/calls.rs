//! What can be asked of the network.

use crate::network::types::{Addresses, Change, NewKey};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{OrgId, ProposalId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Puts a change to the vote of the members. The author votes like all others.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Propose {
    /// The change.
    pub change: Change,
}

/// Approves or disapproves a proposal; a later vote of the same member replaces the earlier one. The approval with which
/// more than two thirds of the electorate approve puts the change into effect.
///
/// The electorate are the active members and validators; of a change of who votes (admission but of an observer, role,
/// suspension, expulsion) all members and validators, the suspended and the one that it is about included.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// The proposal.
    pub proposal: ProposalId,
    /// Whether the member approves.
    pub approve: bool,
}

/// Takes an open proposal back.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawProposal {
    /// The proposal.
    pub proposal: ProposalId,
}

/// Replaces a key of the organization, or registers one that it did not have. The replaced key is never accepted again.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateKey {
    /// The organization that signs this.
    pub org: OrgId,
    /// The organization's number of rotations so far. It stands in what the new key signs.
    pub rotation: u32,
    /// Purpose and new key.
    pub key: NewKey,
}

/// Says where the organization is reached from now on.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAddresses {
    /// The addresses; those not given are no longer published.
    pub addresses: Addresses,
}

/// Ends the membership of the organization for good. Its entries remain.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Leave {}
