//! The rules' numbers, each changed only by a vote and in force from a height on.

use borsh::{BorshDeserialize, BorshSerialize};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const SECOND: u64 = 1_000;
const HOUR: u64 = 3_600 * SECOND;
const DAY: u64 = 24 * HOUR;

/// The numbers in force at a height that stand in the genesis. Later ones are read by [`Settings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// How far block time may lie after its parent's, in milliseconds; above `heartbeat_ms`. 120 000 by default, at
    /// least 10 000, at most an hour.
    pub block_time_ahead_ms: u64,
    /// Longest time without a block, in milliseconds. 60 000 by default, at least 5 000, at most an hour.
    pub heartbeat_ms: u64,
    /// How long a proposal can be voted on, in milliseconds. Seven days by default, at least one, at most ninety.
    pub proposal_deadline_ms: u64,
    /// Shortest delay between the approval of a recovery and its end, in milliseconds. Seven days by default, at least
    /// three, at most ninety.
    pub recovery_delay_ms: u64,
    /// How long after its start a recovery can be finished, in milliseconds. Sixty days by default, at least fourteen, at
    /// most a year.
    pub recovery_expiry_ms: u64,
    /// How long a validator's vote key is in force at least before it is replaced by another one, in milliseconds: each
    /// change of the validators makes every receipt longer for ever. A day by default and at least, at most ninety.
    pub vote_key_interval_ms: u64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            block_time_ahead_ms: 120 * SECOND,
            heartbeat_ms: 60 * SECOND,
            proposal_deadline_ms: 7 * DAY,
            recovery_delay_ms: 7 * DAY,
            recovery_expiry_ms: 60 * DAY,
            vote_key_interval_ms: DAY,
        }
    }
}

/// One of the parameters.
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
pub enum Parameter {
    /// `block_time_ahead_ms`.
    BlockTimeAheadMs = 0,
    /// `heartbeat_ms`.
    HeartbeatMs = 1,
    /// `proposal_deadline_ms`.
    ProposalDeadlineMs = 2,
    /// `recovery_delay_ms`.
    RecoveryDelayMs = 3,
    /// `recovery_expiry_ms`.
    RecoveryExpiryMs = 4,
    /// `vote_key_interval_ms`.
    VoteKeyIntervalMs = 5,
    /// How long an emergency access lasts, in milliseconds. Four hours by default and at least, at most a day.
    EmergencyAccessMs = 6,
    /// For how long a practitioner must have been registered before an emergency access, in milliseconds. A day by default and
    /// at least, at most thirty.
    EmergencyRegisteredMs = 7,
    /// Within which time an emergency access is countersigned, in milliseconds. A day by default, at least an hour, at most
    /// seven days.
    EmergencyCountersignMs = 8,
    /// Within which time an emergency access is reviewed, before it goes to the custodian and then to the regulator, in
    /// milliseconds. Seven days by default, at least one, at most thirty.
    EmergencyReviewMs = 9,
    /// Emergency accesses of a practitioner within a day. 20 by default, at least 1, at most 1 000.
    EmergenciesPerPersonDay = 10,
    /// Emergency accesses of an organization within a day. 500 by default, at least 1, at most 100 000.
    EmergenciesPerOrganizationDay = 11,
    /// Within which time a challenge of a purpose is answered, in milliseconds. Seven days by default and at least, at most
    /// sixty.
    ChallengeAnswerMs = 12,
    /// Within which time the members vote on a challenge whose answer was rejected, in milliseconds. Fourteen days by default,
    /// at least one, at most ninety.
    ChallengeVoteMs = 13,
    /// Challenges in the name of one subject within a day. 5 by default, at least 1, at most 100.
    ChallengesPerSubjectDay = 14,
    /// Challenges of a custodian within a day. 200 by default, at least 1, at most 100 000.
    ChallengesPerOrganizationDay = 15,
    /// How long a granted request can be used at most, in milliseconds. A day by default, at least a minute, at most thirty
    /// days.
    GrantMs = 16,
    /// Units requested by a person or program within a day. 5 000 by default, at least 1, at most 10 000 000.
    RequestsPerPersonDay = 17,
    /// Units requested by an organization within a day. 100 000 by default, at least 1, at most 1 000 000 000.
    RequestsPerOrganizationDay = 18,
    /// Searches for charts by a person or program within a day. 1 000 by default, at least 1, at most 1 000 000.
    LocatesPerPersonDay = 19,
    /// Searches for charts by an organization within a day. 20 000 by default, at least 1, at most 100 000 000.
    LocatesPerOrganizationDay = 20,
    /// Delay between the decision to erase a unit and its tombstone, in milliseconds. Seven days by default and at least, at
    /// most ninety.
    ErasureDelayMs = 21,
    /// How long a KEM key is used, in milliseconds. Thirty days by default, at least one, at most ninety.
    KemPeriodMs = 22,
    /// Notice before the patient's own wallet takes over a subject that others signed for, in milliseconds. None by default, at
    /// most thirty days.
    TakeOverDelayMs = 23,
}

impl Parameter {
    /// Those that stand in the genesis.
    pub const FIRST: [Self; 6] = [
        Self::BlockTimeAheadMs,
        Self::HeartbeatMs,
        Self::ProposalDeadlineMs,
        Self::RecoveryDelayMs,
        Self::RecoveryExpiryMs,
        Self::VoteKeyIntervalMs,
    ];

    /// Those that came later: the members set them.
    pub const LATER: [Self; 18] = [
        Self::EmergencyAccessMs,
        Self::EmergencyRegisteredMs,
        Self::EmergencyCountersignMs,
        Self::EmergencyReviewMs,
        Self::EmergenciesPerPersonDay,
        Self::EmergenciesPerOrganizationDay,
        Self::ChallengeAnswerMs,
        Self::ChallengeVoteMs,
        Self::ChallengesPerSubjectDay,
        Self::ChallengesPerOrganizationDay,
        Self::GrantMs,
        Self::RequestsPerPersonDay,
        Self::RequestsPerOrganizationDay,
        Self::LocatesPerPersonDay,
        Self::LocatesPerOrganizationDay,
        Self::ErasureDelayMs,
        Self::KemPeriodMs,
        Self::TakeOverDelayMs,
    ];

    /// The value until the members decide on another one.
    #[must_use]
    pub const fn default_value(self) -> u64 {
        match self {
            Self::BlockTimeAheadMs => 120 * SECOND,
            Self::HeartbeatMs => 60 * SECOND,
            Self::RecoveryExpiryMs => 60 * DAY,
            Self::EmergencyAccessMs => 4 * HOUR,
            Self::VoteKeyIntervalMs | Self::EmergencyRegisteredMs | Self::EmergencyCountersignMs | Self::GrantMs => DAY,
            Self::ProposalDeadlineMs
            | Self::RecoveryDelayMs
            | Self::EmergencyReviewMs
            | Self::ChallengeAnswerMs
            | Self::ErasureDelayMs => 7 * DAY,
            Self::ChallengeVoteMs => 14 * DAY,
            Self::KemPeriodMs => 30 * DAY,
            Self::TakeOverDelayMs => 0,
            Self::ChallengesPerSubjectDay => 5,
            Self::EmergenciesPerPersonDay => 20,
            Self::ChallengesPerOrganizationDay => 200,
            Self::EmergenciesPerOrganizationDay => 500,
            Self::LocatesPerPersonDay => 1_000,
            Self::RequestsPerPersonDay => 5_000,
            Self::LocatesPerOrganizationDay => 20_000,
            Self::RequestsPerOrganizationDay => 100_000,
        }
    }

    /// Whether `value` is in its range. In a demonstration the floor is 1.
    pub(in crate::network) const fn permits(self, value: u64, demo: bool) -> bool {
        let (floor, ceiling) = self.range();
        let floor = if demo && floor > 1 { 1 } else { floor };
        floor <= value && value <= ceiling
    }

    /// The least and the greatest value.
    const fn range(self) -> (u64, u64) {
        match self {
            Self::EmergencyAccessMs => (4 * HOUR, DAY),
            Self::EmergencyRegisteredMs => (DAY, 30 * DAY),
            Self::EmergencyCountersignMs => (HOUR, 7 * DAY),
            Self::EmergencyReviewMs => (DAY, 30 * DAY),
            Self::EmergenciesPerPersonDay => (1, 1_000),
            Self::EmergenciesPerOrganizationDay | Self::ChallengesPerOrganizationDay => (1, 100_000),
            Self::ChallengeAnswerMs => (7 * DAY, 60 * DAY),
            Self::ChallengeVoteMs | Self::KemPeriodMs => (DAY, 90 * DAY),
            Self::ChallengesPerSubjectDay => (1, 100),
            Self::GrantMs => (60 * SECOND, 30 * DAY),
            Self::RequestsPerPersonDay => (1, 10_000_000),
            Self::RequestsPerOrganizationDay => (1, 1_000_000_000),
            Self::LocatesPerPersonDay => (1, 1_000_000),
            Self::LocatesPerOrganizationDay => (1, 100_000_000),
            Self::ErasureDelayMs => (7 * DAY, 90 * DAY),
            Self::TakeOverDelayMs => (0, 30 * DAY),
            Self::BlockTimeAheadMs => (10 * SECOND, 3_600 * SECOND),
            Self::HeartbeatMs => (5 * SECOND, 3_600 * SECOND),
            Self::ProposalDeadlineMs => (DAY, 90 * DAY),
            Self::RecoveryDelayMs => (3 * DAY, 90 * DAY),
            Self::RecoveryExpiryMs => (14 * DAY, 365 * DAY),
            Self::VoteKeyIntervalMs => (DAY, 90 * DAY),
        }
    }
}

impl Parameters {
    /// The value of each, in the order of [`Parameter::FIRST`].
    const fn values(&self) -> [u64; 6] {
        [
            self.block_time_ahead_ms,
            self.heartbeat_ms,
            self.proposal_deadline_ms,
            self.recovery_delay_ms,
            self.recovery_expiry_ms,
            self.vote_key_interval_ms,
        ]
    }

    /// Where the value of `parameter` stands, if it is one of these.
    pub(super) const fn place(&mut self, parameter: Parameter) -> Option<&mut u64> {
        match parameter {
            Parameter::BlockTimeAheadMs => Some(&mut self.block_time_ahead_ms),
            Parameter::HeartbeatMs => Some(&mut self.heartbeat_ms),
            Parameter::ProposalDeadlineMs => Some(&mut self.proposal_deadline_ms),
            Parameter::RecoveryDelayMs => Some(&mut self.recovery_delay_ms),
            Parameter::RecoveryExpiryMs => Some(&mut self.recovery_expiry_ms),
            Parameter::VoteKeyIntervalMs => Some(&mut self.vote_key_interval_ms),
            Parameter::EmergencyAccessMs
            | Parameter::EmergencyRegisteredMs
            | Parameter::EmergencyCountersignMs
            | Parameter::EmergencyReviewMs
            | Parameter::EmergenciesPerPersonDay
            | Parameter::EmergenciesPerOrganizationDay
            | Parameter::ChallengeAnswerMs
            | Parameter::ChallengeVoteMs
            | Parameter::ChallengesPerSubjectDay
            | Parameter::ChallengesPerOrganizationDay
            | Parameter::GrantMs
            | Parameter::RequestsPerPersonDay
            | Parameter::RequestsPerOrganizationDay
            | Parameter::LocatesPerPersonDay
            | Parameter::LocatesPerOrganizationDay
            | Parameter::ErasureDelayMs
            | Parameter::KemPeriodMs
            | Parameter::TakeOverDelayMs => None,
        }
    }

    /// Whether every value is in its range and they fit each other. In a demonstration the floors are 1.
    #[must_use]
    pub fn are_sound(&self, demo: bool) -> bool {
        Parameter::FIRST.into_iter().zip(self.values()).all(|(parameter, value)| parameter.permits(value, demo))
            && self.block_time_ahead_ms > self.heartbeat_ms
            && self.recovery_expiry_ms > self.recovery_delay_ms
    }
}
