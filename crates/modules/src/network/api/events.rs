//! What happened in the network.

use crate::network::types::{
    Addresses, Change, CoreUse, DefaultRule, ExclusionReason, Jurisdiction, KemKey, Member, NewKey, Parameter, Role,
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Hash, List, OrgId, ProposalId, PublicKey, Text, UnixMs, limits::COMMITTEE_MAX};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An organization entered.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Admitted {
    /// The organization.
    pub org: OrgId,
    /// What it entered with.
    pub member: Box<Member>,
    /// The proposal that admitted it; absent for the founders.
    pub proposal: Option<ProposalId>,
}

/// A change was put to the vote.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Proposed {
    /// The proposal.
    pub id: ProposalId,
    /// Who proposed it.
    pub author: OrgId,
    /// What it changes.
    pub change: Change,
    /// Last block time at which it can be voted on.
    pub deadline: UnixMs,
}

/// A member voted, or changed its vote.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Voted {
    /// The proposal.
    pub proposal: ProposalId,
    /// The member.
    pub org: OrgId,
    /// Whether it approves.
    pub approve: bool,
}

/// More than two thirds of the electorate approved. What changed follows as the next event.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct ProposalEnacted {
    /// The proposal.
    pub proposal: ProposalId,
    /// How many approved.
    pub approvals: u32,
    /// Of how many members more than two thirds had to approve, the subject of an exclusion included.
    pub electorate: u32,
}

/// The author took a proposal back.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct ProposalWithdrawn {
    /// The proposal.
    pub proposal: ProposalId,
}

/// A proposal was not approved in time.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct ProposalExpired {
    /// The proposal.
    pub proposal: ProposalId,
}

/// A member got another role. A validator enters or leaves the committee at the next border of epochs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct RoleChanged {
    /// The member.
    pub org: OrgId,
    /// Its new role.
    pub role: Role,
    /// The proposal.
    pub proposal: ProposalId,
}

/// A member was suspended. A suspended validator leaves the committee at the next border of epochs if four active ones
/// remain; else it keeps its seat, in which it votes on blocks only.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Suspended {
    /// The member.
    pub org: OrgId,
    /// Why.
    pub reason: ExclusionReason,
    /// The proposal.
    pub proposal: ProposalId,
}

/// A suspended member returned to good standing.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Reinstated {
    /// The member.
    pub org: OrgId,
    /// The proposal.
    pub proposal: ProposalId,
}

/// A member was excluded for good.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Expelled {
    /// The organization.
    pub org: OrgId,
    /// Why.
    pub reason: ExclusionReason,
    /// The proposal.
    pub proposal: ProposalId,
}

/// A parameter gets another value at a height.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct ParameterSet {
    /// The parameter.
    pub parameter: Parameter,
    /// The new value.
    pub value: u64,
    /// First height at which it is in force.
    pub height: u64,
    /// The proposal.
    pub proposal: ProposalId,
}

/// The chain will stop with the epoch of a height, to continue under another release.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct HaltPlanned {
    /// A height; the last block of its epoch is the last one of the present state format.
    pub height: u64,
    /// The release that continues.
    pub release: Text<32>,
    /// The format in which it keeps the state.
    pub state_format: u16,
    /// The proposal.
    pub proposal: ProposalId,
}

/// A key in force.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum PublishedKey {
    /// A root key.
    Root(PublicKey) = 0,
    /// An operations key.
    Operations(PublicKey) = 1,
    /// A vote key, in force from the next border of epochs.
    Vote(PublicKey) = 2,
    /// A receipt key.
    Receipt(PublicKey) = 3,
    /// SHA-256 of a TLS public key.
    Tls(Hash) = 4,
    /// A KEM key.
    Kem(KemKey) = 5,
}

impl From<&NewKey> for PublishedKey {
    fn from(new: &NewKey) -> Self {
        match new {
            NewKey::Root(proof) => Self::Root(proof.key()),
            NewKey::Operations(proof) => Self::Operations(proof.key()),
            NewKey::Vote(proof) => Self::Vote(proof.key()),
            NewKey::Receipt(proof) => Self::Receipt(proof.key()),
            NewKey::Tls(hash) => Self::Tls(*hash),
            NewKey::Kem(key) => Self::Kem(key.clone()),
        }
    }
}

/// An organization replaced a key.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct KeyRotated {
    /// The organization.
    pub org: OrgId,
    /// Number of the rotation, from zero.
    pub rotation: u32,
    /// Purpose and new key.
    pub key: PublishedKey,
}

/// An organization is reached elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct AddressesSet {
    /// The organization.
    pub org: OrgId,
    /// Where it is reached.
    pub addresses: Addresses,
}

/// An organization ended its membership.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Left {
    /// The organization.
    pub org: OrgId,
}

/// Others vote on blocks from an epoch on. Emitted in the last block of the epoch before, which the old committee certifies.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct CommitteeChanged {
    /// The first epoch of the new committee.
    pub epoch: u64,
    /// Its vote keys, ascending.
    pub keys: List<PublicKey, COMMITTEE_MAX>,
}

/// The chain goes on under another release, which keeps the state in another format. Emitted in the first block of that
/// format, whose `state_root` is the first one of it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Upgraded {
    /// Height of the last block of the old format.
    pub height: u64,
    /// The format until then.
    pub old_format: u16,
    /// The format from now on.
    pub new_format: u16,
    /// `state_root` of the last block of the old format.
    pub old_root: Hash,
    /// Root of all live rows, which are the same in both formats: the RFC 6962 tree hash over address and row in ascending
    /// order of the addresses.
    pub rows_root: Hash,
}

/// A jurisdiction got another default for the use of records where neither a consent nor a duty decides.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct DefaultSet {
    /// The jurisdiction.
    pub jurisdiction: Jurisdiction,
    /// For what.
    pub of: CoreUse,
    /// The new default.
    pub rule: DefaultRule,
    /// The proposal.
    pub proposal: ProposalId,
}
