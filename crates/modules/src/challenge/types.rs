//! Nouns of challenges.

use crate::{consent::Purpose, network::MEMBERS_MAX};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{ChallengeId, Hash, IdentityId, List, OrgId, RequestId, SignerId, SubjectId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// For how long after it was made a request can be challenged, in milliseconds: six years of 366 days.
///
/// # Source
/// 45 CFR 164.528(a)(1), 164.316(b)(2)(i): disclosures are accounted for, and their documentation kept, for six years.
pub const CHALLENGEABLE_MS: u64 = 6 * 366 * 86_400_000;

/// In whose name a challenge is made. Each side can challenge a request once.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Side {
    /// The patient, or one who acts for the patient.
    Patient = 0,
    /// The custodian of the units.
    Custodian = 1,
}

/// Where a challenge stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum ChallengeStatus {
    /// It awaits the evidence.
    Open = 0,
    /// It awaits the evidence, whose time is over: the person is suspended until it is shown.
    Unanswered = 1,
    /// The evidence was shown; the challenger decides.
    Answered = 2,
    /// The challenger accepted the evidence, or did not object to it in time.
    Accepted = 3,
    /// The challenger rejected the evidence; the members vote.
    Voting = 4,
    /// The members found that the purpose was false: the person is suspended.
    Upheld = 5,
    /// The members did not find that in time.
    Dismissed = 6,
    /// The challenger took it back.
    Withdrawn = 7,
}

impl ChallengeStatus {
    /// Whether it suspends the person for this purpose towards this patient.
    #[must_use]
    pub const fn suspends(self) -> bool {
        matches!(self, Self::Unanswered | Self::Upheld)
    }
}

/// A challenge of the purpose of a request.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Challenge {
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
    /// The commitment to the evidence, from the request.
    pub evidence: Hash,
    /// Block time of the challenge.
    pub opened_at: UnixMs,
    /// Block time from which the person is suspended while there is no answer.
    pub answer_by: UnixMs,
    /// Block time of the answer.
    pub answered_at: Option<UnixMs>,
    /// Block time from which the challenger, or the members, can no longer object to the answer; as it stands.
    pub decide_by: Option<UnixMs>,
    /// Where it stands, but for what time alone does.
    pub(in crate::challenge) stored: ChallengeStatus,
}

impl Challenge {
    /// Where it stands at `now`.
    #[must_use]
    pub fn status(&self, now: UnixMs) -> ChallengeStatus {
        let is_late = self.decide_by.is_some_and(|decide_by| now >= decide_by);
        match self.stored {
            ChallengeStatus::Open if now >= self.answer_by => ChallengeStatus::Unanswered,
            ChallengeStatus::Answered if is_late => ChallengeStatus::Accepted,
            ChallengeStatus::Voting if is_late => ChallengeStatus::Dismissed,
            stored @ (ChallengeStatus::Open
            | ChallengeStatus::Unanswered
            | ChallengeStatus::Answered
            | ChallengeStatus::Accepted
            | ChallengeStatus::Voting
            | ChallengeStatus::Upheld
            | ChallengeStatus::Dismissed
            | ChallengeStatus::Withdrawn) => stored,
        }
    }

    /// Whether the organization is a party: it requested, or keeps the units.
    #[must_use]
    pub fn is_party(&self, org: &OrgId) -> bool {
        self.org == *org || self.custodian == *org
    }
}

/// The vote of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Ballot {
    /// The member.
    pub org: OrgId,
    /// Whether it finds that the purpose was false.
    pub uphold: bool,
}

/// The votes on a challenge, one of each member.
pub(in crate::challenge) type Ballots = List<Ballot, MEMBERS_MAX>;

/// Whose quota of challenges it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub(in crate::challenge) enum Quota {
    /// In the name of a patient.
    Subject(SubjectId) = 0,
    /// Of a custodian.
    Organization(OrgId) = 1,
}

/// Challenges on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(in crate::challenge) struct Usage {
    /// Days since 1970 in UTC.
    pub(in crate::challenge) day: u64,
    /// How many.
    pub(in crate::challenge) count: u64,
}

/// What falls due. Each only tells; no rule waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Due {
    /// The evidence should have been shown.
    Answer(ChallengeId) = 0,
    /// The challenger, or the members, should have decided.
    Decision(ChallengeId) = 1,
}

/// There is no challenge at the beginning.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct NoGenesis {}
