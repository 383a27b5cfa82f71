//! What the types permit fits into rows and events.

use crate::access::{
    Agreement, AgreementStatus, Category, Decided, LawfulOrder, Locate, LocateAnswer, Relation, RelationKind,
    Relationship, Request, RequestStatus, Suspension, events,
};
use crate::consent::{AgreementTerms, LegalBasis, PractitionerRole, Purpose, RuleId};
use epione_types::{
    AgreementId, ChallengeId, ConsentId, EmergencyId, Hash, IdentityId, List, LocateId, OrgId, Quarter, RequestId,
    SignerId, SubjectId, Text, UnitId, UnixMs, encode,
    limits::{EVENT_BODY_BYTES_MAX, EVENTS_PER_CALL_MAX, ROW_BYTES_MAX},
};

fn full<T: Clone + std::fmt::Debug, const MAX: usize>(item: T) -> List<T, MAX> {
    List::new(vec![item; MAX]).unwrap()
}

fn rules() -> List<RuleId, 8> {
    full(RuleId::Consent { id: ConsentId([1; 16]), provision: 255 })
}

fn request() -> Request {
    Request {
        org: OrgId([1; 16]),
        person: Some(IdentityId([1; 16])),
        by: SignerId::Identity(IdentityId([1; 16])),
        custodian: OrgId([1; 16]),
        subject: SubjectId([1; 16]),
        units: full(UnitId([1; 32])),
        purpose: Purpose::Hmarkt,
        role: Some(PractitionerRole::Researcher),
        reader: Hash([1; 32]),
        evidence: Hash([1; 32]),
        law: Some(LawfulOrder { basis: LegalBasis::Part2Audit, authority: Hash([1; 32]) }),
        emergency: Some(EmergencyId([1; 16])),
        locate: Some(LocateId([1; 16])),
        requested_at: UnixMs(u64::MAX),
        expires_at: UnixMs(u64::MAX),
        status: RequestStatus::Withdrawn,
    }
}

#[test]
fn the_largest_rows_fit() {
    let terms = AgreementTerms {
        id: AgreementId([1; 16]),
        from: OrgId([1; 16]),
        to: OrgId([1; 16]),
        purposes: full(Purpose::Hmarkt),
        restricted: true,
        until: UnixMs(u64::MAX),
    };
    let agreement = Agreement {
        terms,
        categories: full(Category::Questionnaires),
        notice: Some(Text::new("n".repeat(600)).unwrap()),
        status: AgreementStatus::Ended,
        proposed_by: OrgId([1; 16]),
        proposed_at: UnixMs(u64::MAX),
    };
    let relationship = Relationship { kind: RelationKind::Claim, evidence: Hash([1; 32]) };
    let locate = Locate {
        org: OrgId([1; 16]),
        person: IdentityId([1; 16]),
        custodian: OrgId([1; 16]),
        purpose: Purpose::Hmarkt,
        query: Hash([1; 32]),
        relationship: Some(relationship),
        emergency: Some(EmergencyId([1; 16])),
        located_at: UnixMs(u64::MAX),
        expires_at: UnixMs(u64::MAX),
        answer: Some(LocateAnswer { answer: Hash([1; 32]), at: UnixMs(u64::MAX) }),
    };
    let by = SignerId::Organization(OrgId([1; 16]));
    let relations: List<Relation, 3> = full(Relation { relationship, by, until: Quarter::MAX });
    let decided = Decided { granted: true, rules: rules(), holders: full(OrgId([1; 16])) };
    let challenge = ChallengeId([1; 16]);
    let suspensions: List<Suspension, 16> =
        full(Suspension { purpose: Purpose::Hmarkt, from: UnixMs(u64::MAX), challenge });
    let sizes = [
        encode(&agreement).len(),
        encode(&locate).len(),
        encode(&relations).len(),
        encode(&request()).len(),
        encode(&decided).len(),
        encode(&suspensions).len(),
    ];
    assert!(sizes.iter().all(|size| *size <= ROW_BYTES_MAX), "{sizes:?}");
    let proposed = events::AgreementProposed { id: AgreementId([1; 16]), agreement };
    assert!(encode(&proposed).len() <= EVENT_BODY_BYTES_MAX);
}

#[test]
fn the_largest_events_fit() {
    let Request { org, person, custodian, subject, purpose, reader, expires_at, .. } = request();
    let granted = events::Granted {
        request: RequestId([1; 16]),
        unit: UnitId([1; 32]),
        org,
        person,
        custodian,
        subject,
        purpose,
        rules: rules(),
        reader,
        holders: full(OrgId([1; 16])),
        expires_at,
    };
    assert!(encode(&granted).len() <= EVENT_BODY_BYTES_MAX);
    // One for the request, one that binds an emergency, one for each unit.
    assert!(2 + crate::access::UNITS_MAX <= EVENTS_PER_CALL_MAX);
}
