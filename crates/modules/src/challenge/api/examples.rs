//! An example of each item of the surface.

use crate::{
    challenge::{
        Accept, Answer, ChallengePurpose, Get, List, RejectAnswer, Vote, Withdraw,
        api::events::{
            Accepted, Answered, Challenged, Dismissed, Rejected, Unanswered, Undisputed, Upheld, Voted, Withdrawn,
        },
        types::{ChallengeStatus, Side},
    },
    consent::Purpose,
};
use epione_kernel::Example;
use epione_types::{ChallengeId, Hash, IdentityId, OrgId, RequestId, SignerId, SubjectId, UnixMs};

const ID: ChallengeId = ChallengeId([1; 16]);
const CLINIC: OrgId = OrgId([2; 16]);
const CUSTODIAN: OrgId = OrgId([3; 16]);
const MEMBER: OrgId = OrgId([4; 16]);
const PERSON: IdentityId = IdentityId([5; 16]);
const PATIENT: IdentityId = IdentityId([6; 16]);
const SUBJECT: SubjectId = SubjectId([7; 16]);
const REQUEST: RequestId = RequestId([8; 16]);

impl Example for ChallengePurpose {
    fn example() -> Self {
        Self { request: REQUEST }
    }
}
impl Example for Answer {
    fn example() -> Self {
        Self { challenge: ID, evidence: Hash([0xab; 32]) }
    }
}
impl Example for Accept {
    fn example() -> Self {
        Self { challenge: ID }
    }
}
impl Example for RejectAnswer {
    fn example() -> Self {
        Self { challenge: ID }
    }
}
impl Example for Vote {
    fn example() -> Self {
        Self { challenge: ID, uphold: true }
    }
}
impl Example for Withdraw {
    fn example() -> Self {
        Self { challenge: ID }
    }
}
impl Example for Challenged {
    fn example() -> Self {
        Self {
            id: ID,
            request: REQUEST,
            by: SignerId::Identity(PATIENT),
            side: Side::Patient,
            org: CLINIC,
            person: PERSON,
            custodian: CUSTODIAN,
            subject: SUBJECT,
            purpose: Purpose::Treat,
            answer_by: UnixMs(1_800_604_800_000),
        }
    }
}
impl Example for Unanswered {
    fn example() -> Self {
        Self { id: ID, org: CLINIC, person: PERSON, subject: SUBJECT, purpose: Purpose::Treat }
    }
}
impl Example for Answered {
    fn example() -> Self {
        Self { id: ID, decide_by: UnixMs(1_801_209_600_000) }
    }
}
impl Example for Accepted {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for Undisputed {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for Rejected {
    fn example() -> Self {
        Self { id: ID, vote_by: UnixMs(1_801_814_400_000) }
    }
}
impl Example for Voted {
    fn example() -> Self {
        Self { id: ID, org: MEMBER, uphold: true }
    }
}
impl Example for Upheld {
    fn example() -> Self {
        Self {
            id: ID,
            org: CLINIC,
            person: PERSON,
            subject: SUBJECT,
            purpose: Purpose::Treat,
            approvals: 3,
            electorate: 4,
        }
    }
}
impl Example for Dismissed {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for Withdrawn {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for Get {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for List {
    fn example() -> Self {
        Self {
            request: None,
            subject: Some(SUBJECT),
            person: None,
            org: None,
            custodian: None,
            status: Some(ChallengeStatus::Open),
            after: None,
            limit: Some(10),
        }
    }
}
