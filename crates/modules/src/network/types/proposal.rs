//! Proposals: changes on which the members vote.

use crate::network::types::{CoreUse, DefaultRule, Jurisdiction, MEMBERS_MAX, Member, Parameter, Role};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{List, OrgId, Signature, Text, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why an organization is suspended or expelled, coarsely: all that the ledger learns of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum ExclusionReason {
    /// Anything else; the members know.
    Other = 0,
    /// Its keys or systems are in the hands of others.
    Compromised = 1,
    /// It asked for records without a right to them.
    Misuse = 2,
    /// It signed what contradicts itself, or withholds what it owes.
    Misbehavior = 3,
    /// It broke the agreement of the members.
    Breach = 4,
    /// It lost the license to do what it does.
    LicenseLost = 5,
    /// It closed down.
    Dissolved = 6,
    /// It asked for it.
    OwnRequest = 7,
}

/// What a proposal changes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Change {
    /// A new organization enters.
    Admit {
        /// The organization.
        member: Box<Member>,
        /// A signature by each of its signing keys over the member as it will enter: root, operations, then vote and
        /// receipt if it has them.
        consents: List<Signature, 4>,
    } = 0,
    /// A member gets another role.
    ChangeRole {
        /// The member.
        org: OrgId,
        /// Its new role.
        role: Role,
    } = 1,
    /// A member is suspended until reinstated. It neither votes on proposals nor makes any; what else it may do stands in
    /// the table of the module.
    Suspend {
        /// The member.
        org: OrgId,
        /// Why.
        reason: ExclusionReason,
    } = 2,
    /// A suspended member returns to good standing.
    Reinstate {
        /// The member.
        org: OrgId,
    } = 3,
    /// A member is excluded for good.
    Expel {
        /// The member.
        org: OrgId,
        /// Why.
        reason: ExclusionReason,
    } = 4,
    /// A parameter gets another value.
    SetParameter {
        /// The parameter.
        parameter: Parameter,
        /// The new value.
        value: u64,
        /// First height at which it is in force.
        height: u64,
    } = 5,
    /// The chain stops with the epoch of a height, to continue under another release, which keeps the state in another format.
    HaltAt {
        /// A height; the last block of its epoch is the last one of the present state format.
        height: u64,
        /// The release that continues, such as `2.0.0`.
        release: Text<32>,
        /// The format in which that release keeps the state; above the present one. The release notes name it.
        state_format: u16,
    } = 6,
    /// A jurisdiction gets another default for the use of records where neither a consent nor a duty decides.
    SetDefault {
        /// The jurisdiction.
        jurisdiction: Jurisdiction,
        /// For what.
        of: CoreUse,
        /// The new default, in force at once.
        rule: DefaultRule,
    } = 7,
}

impl Change {
    /// Whether the change decides who votes, on proposals or on blocks. Then the suspended count among those of whom more
    /// than two thirds must approve, so that nobody is voted out by fewer after others were suspended.
    #[must_use]
    pub fn moves_votes(&self) -> bool {
        match self {
            Self::Admit { member, .. } => member.role != Role::Observer,
            Self::ChangeRole { .. } | Self::Suspend { .. } | Self::Expel { .. } => true,
            Self::Reinstate { .. } | Self::SetParameter { .. } | Self::HaltAt { .. } | Self::SetDefault { .. } => false,
        }
    }

    /// The member that the change is about and that therefore has no vote on it. It counts among the members all the same.
    #[must_use]
    pub const fn subject(&self) -> Option<&OrgId> {
        match self {
            Self::Suspend { org, .. } | Self::Expel { org, .. } => Some(org),
            Self::Admit { .. }
            | Self::ChangeRole { .. }
            | Self::Reinstate { .. }
            | Self::SetParameter { .. }
            | Self::HaltAt { .. }
            | Self::SetDefault { .. } => None,
        }
    }
}

/// Where a proposal stands in its life. An open proposal past its deadline is expired, whatever its row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum ProposalStatus {
    /// Can be voted on.
    Open = 0,
    /// Approved and in effect.
    Enacted = 1,
    /// Taken back by its author.
    Withdrawn = 2,
    /// Not approved in time.
    Expired = 3,
}

/// A count of the votes on a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Tally {
    /// How many approved.
    pub approvals: u32,
    /// Of how many members more than two thirds had to approve.
    pub electorate: u32,
}

impl Tally {
    /// How many approvals are more than two thirds: 3 of 4, 4 of 5, 5 of 6 and 7.
    #[must_use]
    pub fn needed(&self) -> u32 {
        // In whole numbers: ⌊2n ÷ 3⌋ + 1.
        (self.electorate.saturating_mul(2) / 3).saturating_add(1)
    }

    /// Whether more than two thirds approved.
    #[must_use]
    pub fn decides(&self) -> bool {
        self.approvals >= self.needed()
    }
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Proposal {
    /// Who proposed it.
    pub author: OrgId,
    /// What it changes.
    pub change: Change,
    /// Block time of the proposal.
    pub proposed_at: UnixMs,
    /// Last block time at which it can be voted on.
    pub deadline: UnixMs,
    /// Where it stands in its life.
    pub status: ProposalStatus,
    /// The count that put it into effect; absent unless it was enacted.
    pub enacted_by: Option<Tally>,
}

impl Proposal {
    /// Where it stands at `now`: expiry does not wait for scheduled work.
    #[must_use]
    pub fn status_at(&self, now: UnixMs) -> ProposalStatus {
        if self.status == ProposalStatus::Open && now > self.deadline { ProposalStatus::Expired } else { self.status }
    }
}

/// A member's vote on a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Ballot {
    /// The member.
    pub org: OrgId,
    /// Whether it approves.
    pub approve: bool,
    /// The member's number of lapses when it voted. After another one the vote does not count.
    pub lapses: u32,
}

/// The votes on a proposal, one per member.
pub(in crate::network) type Ballots = List<Ballot, MEMBERS_MAX>;

/// Where the chain stops to continue under another release.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Halt {
    /// A height; the last block of its epoch is the last one of the present state format.
    pub height: u64,
    /// The release that continues.
    pub release: Text<32>,
    /// The format in which it keeps the state.
    pub state_format: u16,
}
