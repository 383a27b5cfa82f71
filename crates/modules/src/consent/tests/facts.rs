//! Plain values for tests of decisions.

use crate::{
    consent::{
        Author, Consent, ConsentStatus, Effect, Provision, Purpose, RequestFacts, Restriction, RestrictionKind,
        UnitFacts, UnitState,
    },
    network::OrganizationKind,
    subjects::Scope,
};
use epione_types::{
    EmergencyId, Hash, IdentityId, List, OrgId, Quarter, RestrictionId, SubjectId, Tag, UnitId, UnixMs,
};

pub(super) const HOSPITAL: OrgId = OrgId([1; 16]);
pub(super) const CLINIC: OrgId = OrgId([2; 16]);
pub(super) const LABORATORY: OrgId = OrgId([3; 16]);
pub(super) const PAYER: OrgId = OrgId([4; 16]);
pub(super) const REGULATOR: OrgId = OrgId([5; 16]);
pub(super) const MANUFACTURER: OrgId = OrgId([6; 16]);
pub(super) const ANN: IdentityId = IdentityId([1; 16]);
pub(super) const BOB: IdentityId = IdentityId([2; 16]);
pub(super) const SUBJECT: SubjectId = SubjectId([7; 16]);
pub(super) const EMERGENCY: EmergencyId = EmergencyId([8; 16]);
pub(super) const RESTRICTION: RestrictionId = RestrictionId([9; 16]);

pub(super) const fn now() -> UnixMs {
    UnixMs(1_800_000_000_000)
}

pub(super) const fn label(number: u8) -> Tag {
    Tag([number; 16])
}

/// A list of what fits.
pub(super) fn some<T: std::fmt::Debug, const MAX: usize>(items: Vec<T>) -> List<T, MAX> {
    List::new(items).unwrap()
}

pub(super) fn plain_unit() -> UnitFacts {
    UnitFacts {
        id: UnitId([1; 32]),
        custodian: HOSPITAL,
        subject: SUBJECT,
        label: label(1),
        restricted: false,
        locked: false,
        care: Quarter::new(2026, 1).unwrap(),
        state: UnitState::Living,
    }
}

pub(super) fn plain_request() -> RequestFacts {
    RequestFacts {
        org: CLINIC,
        org_kind: OrganizationKind::Clinic,
        person: None,
        role: None,
        purpose: Purpose::Treat,
        law: None,
        emergency: None,
        relationship: false,
        suspended: false,
        disclosure: false,
    }
}

pub(super) fn plain_provision(effect: Effect) -> Provision {
    Provision {
        parent: None,
        effect,
        recipients: List::default(),
        purposes: List::default(),
        labels: List::default(),
        restricted: false,
        care: None,
        valid: None,
    }
}

pub(super) fn plain_consent() -> Consent {
    Consent {
        subject: SUBJECT,
        author: Author::Holder,
        scope: Scope::All,
        status: ConsentStatus::Active,
        version: 1,
        before: None,
        provisions: List::default(),
        form: None,
        lifts: List::default(),
        evidence: Hash([1; 32]),
        confirmed_by: List::default(),
        revoked_by: List::default(),
        granted_at: UnixMs(1),
    }
}

pub(super) fn plain_restriction(kind: RestrictionKind) -> Restriction {
    Restriction {
        subject: SUBJECT,
        kind,
        units: List::default(),
        towards: List::default(),
        lifted: false,
        evidence: Hash([1; 32]),
        lifted_by: List::default(),
        restricted_at: UnixMs(1),
    }
}
