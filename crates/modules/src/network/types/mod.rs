//! Nouns of the network: organizations, their keys and addresses, parameters, proposals.

mod keys;
mod parameters;
mod place;
mod proposal;
mod schedule;

pub use keys::{KemKey, Keys, NewKey, OrgKeys, Purpose, XWingKey, admission_message, is_fit, rotation_message};
pub use parameters::{Parameter, Parameters};
pub use place::{ApiUrl, HostPort, Jurisdiction, PlaceError};
pub use proposal::{Ballot, Change, ExclusionReason, Halt, Proposal, ProposalStatus, Tally};

pub use schedule::{CoreUse, DefaultRule, Defaults, Policies, Settings};

pub(super) use proposal::Ballots;
pub(super) use schedule::{Planned, Schedule};

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{List, OrgId, Text, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most members at a time: members, validators and observers together.
pub const MEMBERS_MAX: usize = 100;

/// Fewest validators that a chain begins with, and that a departure may leave: f = 1.
pub(super) const VALIDATORS_MIN: usize = 4;

/// What an organization is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum OrganizationKind {
    /// Anything else.
    Other = 0,
    /// Cares for patients who stay.
    Hospital = 1,
    /// Cares for patients who come and go; a practice of any size.
    Clinic = 2,
    /// Examines specimens or images.
    Laboratory = 3,
    /// Dispenses medicines.
    Pharmacy = 4,
    /// Pays for care: an insurer or a public fund.
    Payer = 5,
    /// Makes medicines or devices.
    Manufacturer = 6,
    /// Distributes medicines or devices.
    Distributor = 7,
    /// Does research.
    ResearchInstitute = 8,
    /// Supervises care, medicines, devices or data protection.
    Regulator = 9,
    /// Speaks for patients.
    PatientAssociation = 10,
}

/// What an organization does in the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Role {
    /// Reads events and proofs. Has no vote and holds no shares.
    Observer = 0,
    /// Acts on the ledger and votes on proposals.
    Member = 1,
    /// As a member, and votes on blocks.
    Validator = 2,
}

/// Where an organization stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Status {
    /// In good standing.
    Active = 0,
    /// Suspended by a vote, until reinstated by a vote.
    Suspended = 1,
    /// No longer a member: it left, or was expelled. Never a member again under this identifier.
    Left = 2,
}

/// Where an organization is reached.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Addresses {
    /// Host and port of its validator for the other validators.
    pub consensus: Option<HostPort>,
    /// URL of its public API.
    pub api: Option<ApiUrl>,
    /// Host and port of its node for the nodes of other organizations: secure links, by its TLS key.
    pub peer: Option<HostPort>,
}

/// An organization as it enters: by the genesis or by a proposal.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The legal name, 1 to 128 bytes. Public; an organization's, never a person's.
    pub name: Text<128>,
    /// What it is.
    pub kind: OrganizationKind,
    /// Where it is established.
    pub jurisdiction: Jurisdiction,
    /// What it does in the network.
    pub role: Role,
    /// Its keys. A validator has a vote key.
    pub keys: Keys,
    /// Where it is reached.
    pub addresses: Addresses,
}

impl Member {
    /// The identifier of the organization: derived from its first root key.
    #[must_use]
    pub fn id(&self) -> OrgId {
        OrgId::from_root(&self.keys.root)
    }
}

/// An organization as it stands in the state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Organization {
    /// The legal name.
    pub name: Text<128>,
    /// What it is.
    pub kind: OrganizationKind,
    /// Where it is established.
    pub jurisdiction: Jurisdiction,
    /// What it does in the network.
    pub role: Role,
    /// Where it stands in its life.
    pub status: Status,
    /// Its keys; the KEM key stands in a row of its own.
    pub keys: OrgKeys,
    /// Block time at which its vote key in force took the place of another one in the committee; none if it never did.
    pub vote_key_since: Option<UnixMs>,
    /// Number of key rotations so far: the number that the next one carries.
    pub rotation: u32,
    /// How often it lost its vote on proposals: was suspended, or made an observer. A vote from before does not count.
    pub lapses: u32,
    /// Where it is reached.
    pub addresses: Addresses,
    /// Block time of its admission.
    pub admitted_at: UnixMs,
}

impl Organization {
    /// The organization as which `member` enters at `now`.
    pub(super) fn entering(member: &Member, now: UnixMs) -> Self {
        let keys = &member.keys;
        Self {
            name: member.name.clone(),
            kind: member.kind,
            jurisdiction: member.jurisdiction.clone(),
            role: member.role,
            status: Status::Active,
            keys: OrgKeys {
                root: keys.root,
                operations: keys.operations,
                vote: keys.vote,
                pending_vote: None,
                receipt: keys.receipt,
                tls: keys.tls,
            },
            vote_key_since: None,
            rotation: 0,
            lapses: 0,
            addresses: member.addresses.clone(),
            admitted_at: now,
        }
    }
}

/// A member's place in the roster: what tallies and the committee need, for all members in one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Seat {
    pub(super) org: OrgId,
    pub(super) role: Role,
    pub(super) status: Status,
    pub(super) lapses: u32,
}

impl Seat {
    /// The seat of `org` as it stands in the state.
    pub(super) fn of(org: OrgId, organization: &Organization) -> Self {
        Self { org, role: organization.role, status: organization.status, lapses: organization.lapses }
    }

    /// Whether this member has a vote on proposals, be it suspended.
    pub(super) const fn is_member(&self) -> bool {
        matches!(self.role, Role::Member | Role::Validator)
    }

    /// Whether this member can vote on proposals.
    pub(super) fn is_eligible(&self) -> bool {
        self.is_member() && self.is_active()
    }

    /// Whether this member is in good standing.
    pub(super) fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// Whether this member is a validator, be it suspended.
    pub(super) fn is_validator(&self) -> bool {
        self.role == Role::Validator
    }
}

/// All who have not left, ascending by identifier.
pub(super) type Roster = List<Seat, MEMBERS_MAX>;

/// What the network begins with.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// The parameters; those not given have their defaults.
    #[serde(default)]
    pub parameters: Parameters,
    /// The founders: at least four validators; one suffices if the genesis of the chain says `demo: true`.
    pub members: List<Member, MEMBERS_MAX>,
}
