//! Examples of calls, events and queries, for documents, forms and fuzzing.

use crate::network::{
    api::{
        AddressesSet, Admitted, CommitteeChanged, DefaultSet, Expelled, GetCommittee, GetOrganization, GetParameters,
        GetProposal, HaltPlanned, KeyRotated, Leave, Left, ListOrganizations, ListProposals, ParameterSet,
        ProposalEnacted, ProposalExpired, ProposalWithdrawn, Propose, Proposed, PublishedKey, Reinstated, RoleChanged,
        RotateKey, SetAddresses, Suspended, Upgraded, Vote, Voted, WithdrawProposal,
    },
    types::{
        Addresses, ApiUrl, Change, CoreUse, DefaultRule, ExclusionReason, HostPort, Jurisdiction, Keys, Member, NewKey,
        OrganizationKind, Parameter, Role, Status,
    },
};
use epione_kernel::{Example, broken};
use epione_types::{Hash, List, OrgId, ProposalId, PublicKey, Signature, Text, UnixMs};

const ORG: OrgId = OrgId([2; 16]);
const PROPOSAL: ProposalId = ProposalId([3; 16]);
const DAY: u64 = 86_400_000;

const fn key(byte: u8) -> PublicKey {
    PublicKey::Ed25519([byte; 32])
}

/// A text that is known to be right.
fn sure<T, E>(checked: Result<T, E>) -> T {
    checked.unwrap_or_else(|_error| broken("an example is wrong"))
}

fn addresses() -> Addresses {
    Addresses {
        consensus: Some(sure(HostPort::new("ledger.hospital.example:4000"))),
        api: Some(sure(ApiUrl::new("https://ledger.hospital.example"))),
        peer: Some(sure(HostPort::new("ledger.hospital.example:4001"))),
    }
}

fn member() -> Member {
    Member {
        name: sure(Text::new("Example Hospital")),
        kind: OrganizationKind::Hospital,
        jurisdiction: sure(Jurisdiction::new("CH-BE")),
        role: Role::Validator,
        keys: Keys {
            root: key(0x11),
            operations: key(0x12),
            vote: Some(key(0x13)),
            receipt: Some(key(0x14)),
            tls: Some(Hash([0x15; 32])),
            kem: None,
        },
        addresses: addresses(),
    }
}

impl Example for Propose {
    fn example() -> Self {
        Self { change: Change::Suspend { org: ORG, reason: ExclusionReason::Compromised } }
    }
}
impl Example for Vote {
    fn example() -> Self {
        Self { proposal: PROPOSAL, approve: true }
    }
}
impl Example for WithdrawProposal {
    fn example() -> Self {
        Self { proposal: PROPOSAL }
    }
}
impl Example for RotateKey {
    fn example() -> Self {
        let proof = Signature::Ed25519 { key: [0x22; 32], bytes: [0x33; 64] };
        Self { org: ORG, rotation: 0, key: NewKey::Operations(proof) }
    }
}
impl Example for SetAddresses {
    fn example() -> Self {
        Self { addresses: addresses() }
    }
}
impl Example for Leave {
    fn example() -> Self {
        Self {}
    }
}
impl Example for Admitted {
    fn example() -> Self {
        Self { org: member().id(), member: Box::new(member()), proposal: None }
    }
}
impl Example for Proposed {
    fn example() -> Self {
        let change = Change::SetParameter { parameter: Parameter::ProposalDeadlineMs, value: 14 * DAY, height: 9_000 };
        Self { id: PROPOSAL, author: ORG, change, deadline: UnixMs(1_800_000_000_000) }
    }
}
impl Example for Voted {
    fn example() -> Self {
        Self { proposal: PROPOSAL, org: ORG, approve: true }
    }
}
impl Example for ProposalEnacted {
    fn example() -> Self {
        Self { proposal: PROPOSAL, approvals: 3, electorate: 4 }
    }
}
impl Example for ProposalWithdrawn {
    fn example() -> Self {
        Self { proposal: PROPOSAL }
    }
}
impl Example for ProposalExpired {
    fn example() -> Self {
        Self { proposal: PROPOSAL }
    }
}
impl Example for RoleChanged {
    fn example() -> Self {
        Self { org: ORG, role: Role::Observer, proposal: PROPOSAL }
    }
}
impl Example for Suspended {
    fn example() -> Self {
        Self { org: ORG, reason: ExclusionReason::Compromised, proposal: PROPOSAL }
    }
}
impl Example for Reinstated {
    fn example() -> Self {
        Self { org: ORG, proposal: PROPOSAL }
    }
}
impl Example for Expelled {
    fn example() -> Self {
        Self { org: ORG, reason: ExclusionReason::Breach, proposal: PROPOSAL }
    }
}
impl Example for ParameterSet {
    fn example() -> Self {
        Self { parameter: Parameter::ProposalDeadlineMs, value: 14 * DAY, height: 9_000, proposal: PROPOSAL }
    }
}
impl Example for HaltPlanned {
    fn example() -> Self {
        Self { height: 1_000_000, release: sure(Text::new("2.0.0")), state_format: 2, proposal: PROPOSAL }
    }
}
impl Example for KeyRotated {
    fn example() -> Self {
        Self { org: ORG, rotation: 0, key: PublishedKey::Operations(key(0x22)) }
    }
}
impl Example for AddressesSet {
    fn example() -> Self {
        Self { org: ORG, addresses: addresses() }
    }
}
impl Example for Left {
    fn example() -> Self {
        Self { org: ORG }
    }
}
impl Example for CommitteeChanged {
    fn example() -> Self {
        Self { epoch: 7, keys: sure(List::new(vec![key(0x23), key(0x33), key(0x43), key(0x53)])) }
    }
}
impl Example for Upgraded {
    fn example() -> Self {
        let (old_root, rows_root) = (Hash([0x61; 32]), Hash([0x62; 32]));
        Self { height: 1_000_000, old_format: 1, new_format: 2, old_root, rows_root }
    }
}
impl Example for DefaultSet {
    fn example() -> Self {
        let (of, rule) = (CoreUse::Treatment, DefaultRule::OptOut);
        Self { jurisdiction: sure(Jurisdiction::new("US-WI")), of, rule, proposal: PROPOSAL }
    }
}
impl Example for GetOrganization {
    fn example() -> Self {
        Self { id: ORG }
    }
}
impl Example for ListOrganizations {
    fn example() -> Self {
        Self { kind: None, role: Some(Role::Validator), status: Some(Status::Active), after: None, limit: Some(10) }
    }
}
impl Example for GetProposal {
    fn example() -> Self {
        Self { id: PROPOSAL }
    }
}
impl Example for ListProposals {
    fn example() -> Self {
        Self { author: None, status: None, after: None, limit: Some(10) }
    }
}
impl Example for GetParameters {
    fn example() -> Self {
        Self { height: Some(1_000) }
    }
}
impl Example for GetCommittee {
    fn example() -> Self {
        Self {}
    }
}
