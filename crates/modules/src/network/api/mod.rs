//! The whole surface of the network. Numbers are append-only and never reused.

mod calls;
pub mod events;
mod examples;
mod queries;

pub use calls::{Leave, Propose, RotateKey, SetAddresses, Vote, WithdrawProposal};
pub(super) use events::{
    AddressesSet, Admitted, CommitteeChanged, DefaultSet, Expelled, HaltPlanned, KeyRotated, Left, ParameterSet,
    ProposalEnacted, ProposalExpired, ProposalWithdrawn, Proposed, PublishedKey, Reinstated, RoleChanged, Suspended,
    Upgraded, Voted,
};
pub use queries::{GetCommittee, GetOrganization, GetParameters, GetProposal, ListOrganizations, ListProposals};

use epione_kernel::{numbered, rejects};

numbered! {
    /// What can be asked of the network.
    pub enum Call {
        1 => Propose "propose",
        2 => Vote "vote",
        3 => WithdrawProposal "withdraw-proposal",
        4 => RotateKey "rotate-key",
        5 => SetAddresses "set-addresses",
        6 => Leave "leave",
    }
}

numbered! {
    /// What happened.
    pub enum Event {
        1 => Admitted "admitted",
        2 => Proposed "proposed",
        3 => Voted "voted",
        4 => ProposalEnacted "proposal-enacted",
        5 => ProposalWithdrawn "proposal-withdrawn",
        6 => ProposalExpired "proposal-expired",
        7 => RoleChanged "role-changed",
        8 => Suspended "suspended",
        9 => Reinstated "reinstated",
        10 => Expelled "expelled",
        11 => ParameterSet "parameter-set",
        12 => HaltPlanned "halt-planned",
        13 => KeyRotated "key-rotated",
        14 => AddressesSet "addresses-set",
        15 => Left "left",
        16 => CommitteeChanged "committee-changed",
        17 => Upgraded "upgraded",
        18 => DefaultSet "default-set",
    }
}

numbered! {
    /// What can be read.
    pub enum Query {
        1 => GetOrganization "organization",
        2 => ListOrganizations "organizations",
        3 => GetProposal "proposal",
        4 => ListProposals "proposals",
        5 => GetParameters "parameters",
        6 => GetCommittee "committee",
    }
}

rejects! {
    /// Why the network refuses a call, in order of precedence. The first four need no state.
    pub enum Reject {
        1 => KeyInvalid "key-invalid": "a key is not one of Ed25519, not a point of the curve, or one for which anybody can sign",
        2 => KeysNotDistinct "keys-not-distinct": "keys for different purposes must differ",
        3 => VoteKeyMissing "vote-key-missing": "a validator needs a vote key",
        4 => SignatureInvalid "signature-invalid": "each new signing key must sign for itself; check the keys, their order, and what was signed",
        5 => NotOrganization "not-organization": "only the organization itself can do this, by a key of its own",
        6 => NotRoot "not-root": "only the root key of the organization can do this",
        7 => UnknownProposal "unknown-proposal": "there is no such proposal",
        8 => NotAuthor "not-author": "only the author of the proposal may withdraw it",
        9 => Closed "closed": "the proposal was enacted or withdrawn",
        10 => Expired "expired": "the deadline of the proposal has passed; propose it again",
        11 => NotEligible "not-eligible": "only active members and validators propose and vote, and nobody on its own suspension or expulsion",
        12 => TooManyOpen "too-many-open": "the author has as many open proposals as one may have; withdraw one",
        13 => UnknownOrganization "unknown-organization": "there is no such organization",
        14 => AlreadyLeft "already-left": "the organization is no longer a member",
        15 => AlreadySuspended "already-suspended": "the organization is suspended",
        16 => NotSuspended "not-suspended": "the organization is not suspended",
        17 => RoleUnchanged "role-unchanged": "the organization has this role",
        18 => NoVoteKey "no-vote-key": "the organization must register a vote key before it becomes a validator",
        19 => RotationStale "rotation-stale": "the number is not that of the organization's next rotation; read the organization again",
        20 => PeriodStale "period-stale": "the period of a KEM key is one more than that of the key before",
        21 => KeyTaken "key-taken": "a key is or was in use on this ledger; make a new one",
        22 => RosterFull "roster-full": "there are as many members as there may be",
        23 => TooFewValidators "too-few-validators": "at least four validators must remain, suspended ones included, or as many as there are if they are fewer; admit another one first",
        24 => OutOfRange "out-of-range": "the value is below its floor, above its ceiling, or does not fit the other parameters; or there are defaults for as many jurisdictions as there may be",
        25 => HeightPassed "height-passed": "the height is not in the future",
        26 => LastActive "last-active": "the last active member cannot leave the suspended behind, whom nobody could reinstate; reinstate them first",
        27 => VoteKeyRecent "vote-key-recent": "the vote key replaced another one less than `vote_key_interval_ms` ago: wait until it is older",
        28 => FormatPassed "format-passed": "the chain keeps its state in this format, or in a later one; the release notes name the format of a release",
    }
}
