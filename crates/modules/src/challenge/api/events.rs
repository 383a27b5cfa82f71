//! The fields of each event.

use crate::{challenge::types::Side, consent::Purpose};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{ChallengeId, IdentityId, OrgId, RequestId, SignerId, SubjectId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The purpose of a request was challenged.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Challenged {
    /// The challenge.
    pub id: ChallengeId,
    /// The request.
    pub request: RequestId,
    /// Who challenged.
    pub by: SignerId,
    /// In whose name.
    pub side: Side,
    /// The organization that requested, and has to answer.
    pub org: OrgId,
    /// The practitioner or program that requested.
    pub person: IdentityId,
    /// The custodian of the units.
    pub custodian: OrgId,
    /// The patient.
    pub subject: SubjectId,
    /// The purpose that is doubted.
    pub purpose: Purpose,
    /// Block time from which the person is suspended while there is no answer.
    pub answer_by: UnixMs,
}

/// No evidence was shown in time: the person is suspended.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Unanswered {
    /// The challenge.
    pub id: ChallengeId,
    /// The organization that has to answer.
    pub org: OrgId,
    /// The practitioner or program that is suspended, until the evidence is shown.
    pub person: IdentityId,
    /// Towards this patient.
    pub subject: SubjectId,
    /// For this purpose.
    pub purpose: Purpose,
}

/// The requester's organization showed the evidence. If the person was suspended for want of it, that is over.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Answered {
    /// The challenge.
    pub id: ChallengeId,
    /// Block time until which the challenger can object.
    pub decide_by: UnixMs,
}

/// The challenger accepted the evidence.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Accepted {
    /// The challenge.
    pub id: ChallengeId,
}

/// The challenger did not object to the evidence in time: it counts as accepted.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Undisputed {
    /// The challenge.
    pub id: ChallengeId,
}

/// The challenger rejected the evidence, and the members vote.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Rejected {
    /// The challenge.
    pub id: ChallengeId,
    /// Block time until which they can.
    pub vote_by: UnixMs,
}

/// A member voted on a challenge.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Voted {
    /// The challenge.
    pub id: ChallengeId,
    /// The member.
    pub org: OrgId,
    /// Whether it finds that the purpose was false.
    pub uphold: bool,
}

/// More than two thirds of the members that can vote found that the purpose was false: the person is suspended.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Upheld {
    /// The challenge.
    pub id: ChallengeId,
    /// The organization that requested.
    pub org: OrgId,
    /// The practitioner or program that is suspended.
    pub person: IdentityId,
    /// Towards this patient.
    pub subject: SubjectId,
    /// For this purpose.
    pub purpose: Purpose,
    /// How many members found that.
    pub approvals: u32,
    /// How many can vote.
    pub electorate: u32,
}

/// The members did not find in time that the purpose was false.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Dismissed {
    /// The challenge.
    pub id: ChallengeId,
}

/// The challenger took the challenge back.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Withdrawn {
    /// The challenge.
    pub id: ChallengeId,
}
