//! The rules' numbers, each changed only by a vote and in force from a height on.

use borsh::{BorshDeserialize, BorshSerialize};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const SECOND: u64 = 1_000;
const DAY: u64 = 86_400 * SECOND;

/// The numbers in force at a height.
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
}

impl Parameter {
    /// Every parameter.
    pub const ALL: [Self; 6] = [
        Self::BlockTimeAheadMs,
        Self::HeartbeatMs,
        Self::ProposalDeadlineMs,
        Self::RecoveryDelayMs,
        Self::RecoveryExpiryMs,
        Self::VoteKeyIntervalMs,
    ];

    /// The least and the greatest value. A demonstration may go below the floor.
    const fn range(self) -> (u64, u64) {
        match self {
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
    /// The value of `parameter`.
    #[must_use]
    pub const fn get(&self, parameter: Parameter) -> u64 {
        match parameter {
            Parameter::BlockTimeAheadMs => self.block_time_ahead_ms,
            Parameter::HeartbeatMs => self.heartbeat_ms,
            Parameter::ProposalDeadlineMs => self.proposal_deadline_ms,
            Parameter::RecoveryDelayMs => self.recovery_delay_ms,
            Parameter::RecoveryExpiryMs => self.recovery_expiry_ms,
            Parameter::VoteKeyIntervalMs => self.vote_key_interval_ms,
        }
    }

    pub(in crate::network) const fn set(&mut self, parameter: Parameter, value: u64) {
        match parameter {
            Parameter::BlockTimeAheadMs => self.block_time_ahead_ms = value,
            Parameter::HeartbeatMs => self.heartbeat_ms = value,
            Parameter::ProposalDeadlineMs => self.proposal_deadline_ms = value,
            Parameter::RecoveryDelayMs => self.recovery_delay_ms = value,
            Parameter::RecoveryExpiryMs => self.recovery_expiry_ms = value,
            Parameter::VoteKeyIntervalMs => self.vote_key_interval_ms = value,
        }
    }

    /// Whether every value is in its range and they fit each other. In a demonstration the floors are 1.
    #[must_use]
    pub fn are_sound(&self, demo: bool) -> bool {
        let in_range = |parameter: Parameter| {
            let ((floor, ceiling), value) = (parameter.range(), self.get(parameter));
            value <= ceiling && value >= if demo { 1 } else { floor }
        };
        Parameter::ALL.into_iter().all(in_range)
            && self.block_time_ahead_ms > self.heartbeat_ms
            && self.recovery_expiry_ms > self.recovery_delay_ms
    }
}

/// A value that comes into force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub(in crate::network) struct Planned {
    /// What changes.
    pub parameter: Parameter,
    /// The new value.
    pub value: u64,
    /// First height at which it is in force.
    pub height: u64,
}

/// The parameters of every height from the present on: a base, and for each parameter at most one value to come.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
pub(in crate::network) struct Schedule {
    /// The values before any planned one.
    pub base: Parameters,
    /// The values to come.
    pub planned: Vec<Planned>,
}

impl Schedule {
    /// The parameters in force at `height`.
    pub(in crate::network) fn at(&self, height: u64) -> Parameters {
        let mut parameters = self.base;
        for planned in self.planned.iter().filter(|planned| planned.height <= height) {
            parameters.set(planned.parameter, planned.value);
        }
        parameters
    }

    /// The schedule with one more change, made in the block at `height`. A change to come of the same parameter is
    /// replaced.
    pub(in crate::network) fn with(&self, new: Planned, height: u64) -> Self {
        let base = self.at(height);
        let stays = |planned: &&Planned| planned.height > height && planned.parameter != new.parameter;
        let mut planned: Vec<Planned> = self.planned.iter().filter(stays).copied().collect();
        planned.push(new);
        Self { base, planned }
    }

    /// Whether the parameters are sound at every height.
    pub(in crate::network) fn is_sound(&self, demo: bool) -> bool {
        self.base.are_sound(demo) && self.planned.iter().all(|planned| self.at(planned.height).are_sound(demo))
    }
}
