//! Examples of calls, events and queries, for documents, forms and fuzzing.

use crate::{
    consent::{
        api::{
            Amend, Confirm, Confirmed, Decide, Get, GetRestriction, Grant, Granted, Lift, LiftAsked, Lifted, List,
            ListRestrictions, Restrict, Restricted, RevocationAsked, Revoke, Revoked, Superseded,
        },
        types::{
            AgreementTerms, Author, Consent, ConsentStatus, Effect, Form, LegalBasis, PractitionerRole, Provision,
            Purpose, Quarters, Recipient, RequestFacts, Restriction, RestrictionKind, UnitFacts, UnitState, Validity,
        },
    },
    network::OrganizationKind,
    subjects::Scope,
};
use epione_kernel::{Example, broken};
use epione_types::{
    AgreementId, ConsentId, EmergencyId, Hash, IdentityId, List as Several, OrgId, Quarter, RestrictionId, SignerId,
    SubjectId, Tag, UnitId, UnixMs,
};

const ID: ConsentId = ConsentId([1; 16]);
const SUBJECT: SubjectId = SubjectId([2; 16]);
const RESTRICTION: RestrictionId = RestrictionId([3; 16]);
const UNIT: UnitId = UnitId([4; 32]);
const CUSTODIAN: OrgId = OrgId([5; 16]);
const CLINIC: OrgId = OrgId([6; 16]);
const LABEL: Tag = Tag([7; 16]);
const MOTHER: IdentityId = IdentityId([8; 16]);
const NURSE: IdentityId = IdentityId([9; 16]);
const EVIDENCE: Hash = Hash([0xab; 32]);
const TIME: UnixMs = UnixMs(1_800_000_000_000);

fn list<T, const MAX: usize>(items: Vec<T>) -> Several<T, MAX> {
    Several::new(items).unwrap_or_else(|_items| broken("an example is too long"))
}

fn quarter(year: u16) -> Quarter {
    Quarter::new(year, 4).unwrap_or_else(|_error| broken("an example is no quarter"))
}

/// The clinic may treat with what was labeled so, but one of its nurses may not.
fn provisions() -> Several<Provision, 16> {
    let permit = Provision {
        parent: None,
        effect: Effect::Permit,
        recipients: list(vec![Recipient::Organization(CLINIC)]),
        purposes: list(vec![Purpose::Treat]),
        labels: list(vec![LABEL]),
        restricted: true,
        care: Some(Quarters { from: quarter(2025), to: quarter(2026) }),
        valid: Some(Validity { from: TIME, until: UnixMs(1_830_000_000_000) }),
    };
    let deny = Provision {
        parent: Some(0),
        effect: Effect::Deny,
        recipients: list(vec![Recipient::Person(NURSE)]),
        purposes: Several::default(),
        labels: Several::default(),
        restricted: true,
        care: None,
        valid: None,
    };
    list(vec![permit, deny])
}

fn consent() -> Consent {
    Consent {
        subject: SUBJECT,
        author: Author::Representative(MOTHER),
        scope: Scope::All,
        status: ConsentStatus::Active,
        version: 1,
        before: None,
        provisions: provisions(),
        form: Some(Form::Part2),
        lifts: list(vec![RESTRICTION]),
        evidence: EVIDENCE,
        confirmed_by: Several::default(),
        revoked_by: Several::default(),
        granted_at: TIME,
    }
}

fn restriction() -> Restriction {
    Restriction {
        subject: SUBJECT,
        kind: RestrictionKind::SelfPaid,
        units: list(vec![UNIT]),
        towards: list(vec![Recipient::Kind(OrganizationKind::Payer)]),
        lifted: false,
        evidence: EVIDENCE,
        lifted_by: Several::default(),
        restricted_at: TIME,
    }
}

impl Example for Grant {
    fn example() -> Self {
        let lifts = list(vec![RESTRICTION]);
        Self { subject: SUBJECT, provisions: provisions(), form: Some(Form::Part2), lifts, evidence: EVIDENCE }
    }
}
impl Example for Confirm {
    fn example() -> Self {
        Self { consent: ID }
    }
}
impl Example for Amend {
    fn example() -> Self {
        let lifts = Several::default();
        Self { consent: ID, provisions: provisions(), form: Some(Form::Part2), lifts, evidence: EVIDENCE }
    }
}
impl Example for Revoke {
    fn example() -> Self {
        Self { consent: ID }
    }
}
impl Example for Restrict {
    fn example() -> Self {
        let Restriction { subject, kind, units, towards, evidence, .. } = restriction();
        Self { subject, kind, units, towards, evidence }
    }
}
impl Example for Lift {
    fn example() -> Self {
        Self { restriction: RESTRICTION, evidence: EVIDENCE }
    }
}
impl Example for Granted {
    fn example() -> Self {
        Self { id: ID, consent: Box::new(consent()) }
    }
}
impl Example for Confirmed {
    fn example() -> Self {
        Self { id: ID, subject: SUBJECT, by: MOTHER }
    }
}
impl Example for Superseded {
    fn example() -> Self {
        Self { id: ID, subject: SUBJECT, after: ConsentId([10; 16]) }
    }
}
impl Example for RevocationAsked {
    fn example() -> Self {
        Self { id: ID, subject: SUBJECT, by: MOTHER }
    }
}
impl Example for Revoked {
    fn example() -> Self {
        Self { id: ID, subject: SUBJECT, by: SignerId::Identity(MOTHER) }
    }
}
impl Example for Restricted {
    fn example() -> Self {
        let by = SignerId::Organization(CUSTODIAN);
        Self { id: RESTRICTION, restriction: Box::new(restriction()), by }
    }
}
impl Example for LiftAsked {
    fn example() -> Self {
        Self { id: RESTRICTION, subject: SUBJECT, by: MOTHER }
    }
}
impl Example for Lifted {
    fn example() -> Self {
        Self { id: RESTRICTION, subject: SUBJECT, by: SignerId::Identity(MOTHER), evidence: EVIDENCE }
    }
}
impl Example for Get {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for List {
    fn example() -> Self {
        Self { subject: Some(SUBJECT), active: Some(true), after: None, limit: Some(10) }
    }
}
impl Example for GetRestriction {
    fn example() -> Self {
        Self { id: RESTRICTION }
    }
}
impl Example for ListRestrictions {
    fn example() -> Self {
        Self { subject: Some(SUBJECT), lifted: Some(false), after: None, limit: Some(10) }
    }
}
impl Example for Decide {
    fn example() -> Self {
        let unit = UnitFacts {
            id: UNIT,
            custodian: CUSTODIAN,
            subject: SUBJECT,
            label: LABEL,
            restricted: false,
            locked: false,
            care: quarter(2026),
            state: UnitState::Living,
        };
        let request = RequestFacts {
            org: CLINIC,
            org_kind: OrganizationKind::Clinic,
            person: Some(NURSE),
            role: Some(PractitionerRole::Nurse),
            purpose: Purpose::Treat,
            law: Some(LegalBasis::Oversight),
            emergency: Some(EmergencyId([11; 16])),
            relationship: true,
            suspended: false,
            disclosure: false,
        };
        let agreement = AgreementTerms {
            id: AgreementId([12; 16]),
            from: CUSTODIAN,
            to: CLINIC,
            purposes: list(vec![Purpose::Treat]),
            restricted: false,
            until: UnixMs(1_830_000_000_000),
        };
        Self { unit, request, agreements: list(vec![agreement]) }
    }
}
