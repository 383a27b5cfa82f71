//! The fields of each call.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{ChallengeId, Hash, RequestId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Doubts the purpose of a request, and asks for the evidence to which it committed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChallengePurpose {
    /// The request.
    pub request: RequestId,
}

/// Says, as the requester's organization, that the evidence was shown to the challenger, outside the ledger.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The challenge.
    pub challenge: ChallengeId,
    /// The commitment to the evidence that was shown: that of the request.
    pub evidence: Hash,
}

/// Accepts the evidence, as who challenged.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// The challenge.
    pub challenge: ChallengeId,
}

/// Rejects the evidence, as who challenged, or says that none was shown. The members vote.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectAnswer {
    /// The challenge.
    pub challenge: ChallengeId,
}

/// Votes, as a member, on whether the purpose of the request was false.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// The challenge.
    pub challenge: ChallengeId,
    /// Whether the purpose was false. A vote can be changed until the decision.
    pub uphold: bool,
}

/// Takes a challenge back, as who challenged, and with it what it took from the person.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// The challenge.
    pub challenge: ChallengeId,
}
