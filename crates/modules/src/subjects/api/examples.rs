//! Examples of calls, events and queries, for documents, forms and fuzzing.

use crate::subjects::{
    api::{
        Appoint, Appointed, Close, Closed, Deceased, DeclareDeceased, DeclareLiving, Dismiss, Dismissed, Find, Get,
        HandOver, HandOverPlanned, HandedOver, List, Living, Merge, Merged, Offer, OfferWithdrawn, Offered,
        PlanHandOver, QuorumSet, Register, Registered, ScopeSet, SetQuorum, SetScope, StatusName, TakeOver, TakenOver,
        Unmerge, Unmerged, WithdrawOffer,
    },
    types::{Representative, RepresentativeRole, Scope},
};
use epione_kernel::{Example, broken};
use epione_types::{Hash, IdentityId, List as Several, OrgId, Quarter, SignerId, SubjectId, Tag, UnixMs};

const ID: SubjectId = SubjectId([1; 16]);
const OTHER: SubjectId = SubjectId([2; 16]);
const ORG: OrgId = OrgId([3; 16]);
const CUSTODIAN: SignerId = SignerId::Organization(ORG);
const HOLDER: IdentityId = IdentityId([4; 16]);
const MOTHER: IdentityId = IdentityId([5; 16]);
const TIME: UnixMs = UnixMs(1_800_000_000_000);
const EVIDENCE: Hash = Hash([0xab; 32]);

fn list<T, const MAX: usize>(items: Vec<T>) -> Several<T, MAX> {
    Several::new(items).unwrap_or_else(|_items| broken("an example is too long"))
}

fn quarter() -> Quarter {
    Quarter::new(2031, 2).unwrap_or_else(|_error| broken("an example is no quarter"))
}

fn mother() -> Representative {
    Representative {
        identity: MOTHER,
        role: RepresentativeRole::Guardian,
        scope: Scope::AllBut(list(vec![Tag([0xcd; 16])])),
        until: Some(quarter()),
        evidence: EVIDENCE,
    }
}

fn own_care() -> Scope {
    Scope::Only(list(vec![Tag([0xcd; 16])]))
}
impl Example for Register {
    fn example() -> Self {
        Self { holder: Some(HOLDER), evidence: EVIDENCE }
    }
}
impl Example for Offer {
    fn example() -> Self {
        Self { subject: ID, identity: HOLDER, scope: own_care() }
    }
}
impl Example for WithdrawOffer {
    fn example() -> Self {
        Self { subject: ID }
    }
}
impl Example for TakeOver {
    fn example() -> Self {
        Self { subject: ID }
    }
}
impl Example for Appoint {
    fn example() -> Self {
        Self { subject: ID, representative: mother() }
    }
}
impl Example for Dismiss {
    fn example() -> Self {
        Self { subject: ID, identity: MOTHER }
    }
}
impl Example for SetScope {
    fn example() -> Self {
        Self { subject: ID, identity: HOLDER, scope: own_care(), evidence: EVIDENCE }
    }
}
impl Example for SetQuorum {
    fn example() -> Self {
        Self { subject: ID, quorum: 2, evidence: EVIDENCE }
    }
}
impl Example for HandOver {
    fn example() -> Self {
        Self { subject: ID, holder: None }
    }
}
impl Example for PlanHandOver {
    fn example() -> Self {
        Self { subject: ID, after: Some(quarter()) }
    }
}
impl Example for DeclareDeceased {
    fn example() -> Self {
        Self { subject: ID, evidence: EVIDENCE }
    }
}
impl Example for DeclareLiving {
    fn example() -> Self {
        Self { subject: ID, evidence: EVIDENCE }
    }
}
impl Example for Merge {
    fn example() -> Self {
        Self { from: ID, into: OTHER }
    }
}
impl Example for Unmerge {
    fn example() -> Self {
        Self { subject: ID }
    }
}
impl Example for Close {
    fn example() -> Self {
        Self { subject: ID }
    }
}
impl Example for Registered {
    fn example() -> Self {
        Self { id: ID, custodian: ORG, holder: Some(HOLDER), evidence: EVIDENCE }
    }
}
impl Example for Offered {
    fn example() -> Self {
        Self { id: ID, identity: HOLDER, scope: own_care(), ready_at: TIME }
    }
}
impl Example for OfferWithdrawn {
    fn example() -> Self {
        Self { id: ID, identity: HOLDER, by: CUSTODIAN }
    }
}
impl Example for TakenOver {
    fn example() -> Self {
        Self { id: ID, holder: HOLDER, before: None, scope: own_care(), ended: Several::default(), left: None }
    }
}
impl Example for Appointed {
    fn example() -> Self {
        Self { id: ID, representative: mother(), by: CUSTODIAN }
    }
}
impl Example for Dismissed {
    fn example() -> Self {
        Self { id: ID, identity: MOTHER, by: CUSTODIAN }
    }
}
impl Example for ScopeSet {
    fn example() -> Self {
        Self {
            id: ID,
            identity: HOLDER,
            scope: own_care(),
            by: CUSTODIAN,
            evidence: EVIDENCE,
            ended: Several::default(),
        }
    }
}
impl Example for QuorumSet {
    fn example() -> Self {
        Self { id: ID, quorum: 2, evidence: EVIDENCE }
    }
}
impl Example for HandedOver {
    fn example() -> Self {
        Self { id: ID, holder: Some(HOLDER), ended: list(vec![MOTHER]) }
    }
}
impl Example for HandOverPlanned {
    fn example() -> Self {
        Self { id: ID, after: Some(quarter()) }
    }
}
impl Example for Deceased {
    fn example() -> Self {
        Self { id: ID, evidence: EVIDENCE }
    }
}
impl Example for Living {
    fn example() -> Self {
        Self { id: ID, evidence: EVIDENCE }
    }
}
impl Example for Merged {
    fn example() -> Self {
        Self { id: ID, into: OTHER }
    }
}
impl Example for Unmerged {
    fn example() -> Self {
        Self { id: ID, out_of: OTHER }
    }
}
impl Example for Closed {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for Get {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for Find {
    fn example() -> Self {
        Self { identity: HOLDER }
    }
}
impl Example for List {
    fn example() -> Self {
        Self { custodian: Some(ORG), status: Some(StatusName::Active), after: None, limit: Some(10) }
    }
}
