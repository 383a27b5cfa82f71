//! The whole surface of challenges. Numbers are append-only and never reused.

mod calls;
pub mod events;
mod examples;
mod queries;

pub use calls::{Accept, Answer, ChallengePurpose, RejectAnswer, Vote, Withdraw};
pub(super) use events::{
    Accepted, Answered, Challenged, Dismissed, Rejected, Unanswered, Undisputed, Upheld, Voted, Withdrawn,
};
pub use queries::{Get, List};

use epione_kernel::{numbered, rejects};

numbered! {
    /// What can be asked of challenges.
    pub enum Call {
        1 => ChallengePurpose "challenge",
        2 => Answer "answer",
        3 => Accept "accept",
        4 => RejectAnswer "reject",
        5 => Vote "vote",
        6 => Withdraw "withdraw",
    }
}

numbered! {
    /// What happened.
    pub enum Event {
        1 => Challenged "challenged",
        2 => Unanswered "unanswered",
        3 => Answered "answered",
        4 => Accepted "accepted",
        5 => Undisputed "undisputed",
        6 => Rejected "rejected",
        7 => Voted "voted",
        8 => Upheld "upheld",
        9 => Dismissed "dismissed",
        10 => Withdrawn "withdrawn",
    }
}

numbered! {
    /// What can be read.
    pub enum Query {
        1 => Get "get",
        2 => List "list",
    }
}

rejects! {
    /// Why a call is refused, in order of precedence.
    pub enum Reject {
        1 => UnknownRequest "unknown-request": "there is no such request",
        2 => UnknownChallenge "unknown-challenge": "there is no such challenge",
        3 => NotEntitled "not-entitled": "only the patient, one who acts for the patient on a label of these units, or their custodian can challenge",
        4 => NotRequester "not-requester": "only the organization that requested, or a program of it, can answer",
        5 => NotChallenger "not-challenger": "only who challenged can do this, while still entitled; after that whoever is entitled in the same name",
        6 => NotVoter "not-voter": "active members and validators vote, by a key of their own; neither the requester's organization nor the custodian does",
        7 => OwnDisclosure "own-disclosure": "the custodian disclosed this of its own accord: nobody stated a purpose to it",
        8 => InEmergency "in-emergency": "the request was made in an emergency, whose access is reviewed instead",
        9 => TooOld "too-old": "the request is older than six years",
        10 => AlreadyChallenged "already-challenged": "the request was challenged in this name",
        11 => SubjectQuota "subject-quota": "as many challenges were made in the name of this patient today as may be",
        12 => OrganizationQuota "organization-quota": "the custodian made as many challenges today as one may make",
        13 => TooManySuspensions "too-many-suspensions": "this person has as many open challenges about this patient as one may have",
        14 => Over "over": "the challenge is over",
        15 => AlreadyAnswered "already-answered": "the evidence was shown",
        16 => EvidenceDiffers "evidence-differs": "this is not the evidence to which the request committed",
        17 => NotAnswered "not-answered": "no evidence awaits a decision of the challenger; a challenge can be withdrawn at any time",
        18 => NotVoting "not-voting": "the members do not vote on this challenge, or no longer",
    }
}
