//! Examples of calls, events and queries, for documents, forms and fuzzing.

use crate::{
    access::{
        api::{
            AcceptAgreement, AgreementAccepted, AgreementEnded, AgreementProposed, AnswerLocate, Complain, Complained,
            Denied, Disclose, Disclosed, EndAgreement, EndRelation, GetAgreement, GetLocate, GetRelations, GetRequest,
            GetSuspensions, GetTicket, Granted, ListAgreements, ListLocates, ListRequests, LocateAnswered, LocateChart,
            Located, Log, ProposeAgreement, Relate, Related, RelationEnded, Release, Released, RequestUnits, Requested,
            Withdraw, Withdrawn,
        },
        types::{Agreement, AgreementStatus, Category, RelationKind, Relationship},
    },
    consent::{AgreementTerms, PractitionerRole, Purpose, RuleId},
};
use epione_kernel::{Example, broken};
use epione_types::{
    AgreementId, ConsentId, Hash, IdentityId, List, LocateId, OrgId, Quarter, RequestId, SignerId, SubjectId, Text,
    UnitId, UnixMs,
};

const AGREEMENT: AgreementId = AgreementId([1; 16]);
const CUSTODIAN: OrgId = OrgId([2; 16]);
const READER_ORG: OrgId = OrgId([3; 16]);
const HOLDER: OrgId = OrgId([4; 16]);
const PERSON: IdentityId = IdentityId([5; 16]);
const SUBJECT: SubjectId = SubjectId([6; 16]);
const UNIT: UnitId = UnitId([7; 32]);
const REQUEST: RequestId = RequestId([8; 16]);
const LOCATE: LocateId = LocateId([9; 16]);
const COMMITMENT: Hash = Hash([0xab; 32]);
const READER: Hash = Hash([0xcd; 32]);
const TIME: UnixMs = UnixMs(1_800_000_000_000);
const LATER: UnixMs = UnixMs(1_800_003_600_000);
const RELATIONSHIP: Relationship = Relationship { kind: RelationKind::Referral, evidence: COMMITMENT };

fn list<T, const MAX: usize>(items: Vec<T>) -> List<T, MAX> {
    List::new(items).unwrap_or_else(|_items| broken("an example is too long"))
}

fn until() -> Quarter {
    Quarter::of(TIME)
}

fn notice() -> Text<600> {
    Text::new("42 CFR part 2 prohibits unauthorized use or disclosure of these records.")
        .unwrap_or_else(|_error| broken("an example is not a text"))
}

fn terms() -> AgreementTerms {
    let purposes = list(vec![Purpose::Treat]);
    AgreementTerms { id: AGREEMENT, from: CUSTODIAN, to: READER_ORG, purposes, restricted: true, until: LATER }
}

fn consent() -> List<RuleId, 8> {
    list(vec![RuleId::Consent { id: ConsentId([10; 16]), provision: 0 }])
}

impl Example for ProposeAgreement {
    fn example() -> Self {
        Self {
            from: CUSTODIAN,
            to: READER_ORG,
            purposes: list(vec![Purpose::Treat, Purpose::Hpaymt]),
            categories: list(vec![Category::Medications, Category::Laboratory]),
            restricted: true,
            notice: Some(notice()),
            until: LATER,
        }
    }
}
impl Example for AcceptAgreement {
    fn example() -> Self {
        Self { agreement: AGREEMENT }
    }
}
impl Example for EndAgreement {
    fn example() -> Self {
        Self { agreement: AGREEMENT }
    }
}
impl Example for LocateChart {
    fn example() -> Self {
        Self {
            custodian: CUSTODIAN,
            purpose: Purpose::Treat,
            query: COMMITMENT,
            relationship: Some(RELATIONSHIP),
            emergency: None,
        }
    }
}
impl Example for AnswerLocate {
    fn example() -> Self {
        Self { locate: LOCATE, answer: COMMITMENT }
    }
}
impl Example for Relate {
    fn example() -> Self {
        Self { subject: SUBJECT, org: READER_ORG, relationship: RELATIONSHIP, until: until(), locate: Some(LOCATE) }
    }
}
impl Example for EndRelation {
    fn example() -> Self {
        Self { subject: SUBJECT, org: READER_ORG, kind: RelationKind::Referral }
    }
}
impl Example for RequestUnits {
    fn example() -> Self {
        Self {
            units: list(vec![UNIT]),
            purpose: Purpose::Treat,
            role: Some(PractitionerRole::Physician),
            reader: READER,
            evidence: COMMITMENT,
            law: None,
            emergency: None,
            locate: Some(LOCATE),
            consents: list(vec![ConsentId([10; 16])]),
            expires_at: LATER,
        }
    }
}
impl Example for Withdraw {
    fn example() -> Self {
        Self { request: REQUEST }
    }
}
impl Example for Disclose {
    fn example() -> Self {
        Self {
            units: list(vec![UNIT]),
            to: READER_ORG,
            purpose: Purpose::Hpaymt,
            reader: READER,
            claim: COMMITMENT,
            law: None,
            expires_at: LATER,
        }
    }
}
impl Example for Release {
    fn example() -> Self {
        Self { request: REQUEST, unit: UNIT }
    }
}
impl Example for Complain {
    fn example() -> Self {
        Self { request: REQUEST, unit: UNIT, holder: HOLDER, evidence: COMMITMENT }
    }
}
impl Example for AgreementProposed {
    fn example() -> Self {
        let agreement = Agreement {
            terms: terms(),
            categories: list(vec![Category::Medications, Category::Laboratory]),
            notice: Some(notice()),
            status: AgreementStatus::Proposed,
            proposed_by: CUSTODIAN,
            proposed_at: TIME,
        };
        Self { id: AGREEMENT, agreement }
    }
}
impl Example for AgreementAccepted {
    fn example() -> Self {
        Self { id: AGREEMENT, by: READER_ORG }
    }
}
impl Example for AgreementEnded {
    fn example() -> Self {
        Self { id: AGREEMENT, by: CUSTODIAN }
    }
}
impl Example for Located {
    fn example() -> Self {
        Self {
            id: LOCATE,
            org: READER_ORG,
            person: PERSON,
            custodian: CUSTODIAN,
            purpose: Purpose::Treat,
            query: COMMITMENT,
            relationship: Some(RELATIONSHIP),
            emergency: None,
            expires_at: LATER,
        }
    }
}
impl Example for LocateAnswered {
    fn example() -> Self {
        Self { id: LOCATE, answer: COMMITMENT }
    }
}
impl Example for Related {
    fn example() -> Self {
        let by = SignerId::Organization(CUSTODIAN);
        Self { subject: SUBJECT, org: READER_ORG, relationship: RELATIONSHIP, by, until: until() }
    }
}
impl Example for RelationEnded {
    fn example() -> Self {
        let by = SignerId::Organization(CUSTODIAN);
        Self { subject: SUBJECT, org: READER_ORG, kind: RelationKind::Referral, by }
    }
}
impl Example for Requested {
    fn example() -> Self {
        Self {
            id: REQUEST,
            org: READER_ORG,
            person: PERSON,
            custodian: CUSTODIAN,
            subject: SUBJECT,
            purpose: Purpose::Treat,
            role: Some(PractitionerRole::Physician),
            reader: READER,
            evidence: COMMITMENT,
            law: None,
            emergency: None,
            locate: Some(LOCATE),
            expires_at: LATER,
            units: 1,
        }
    }
}
impl Example for Granted {
    fn example() -> Self {
        Self {
            request: REQUEST,
            unit: UNIT,
            org: READER_ORG,
            person: Some(PERSON),
            custodian: CUSTODIAN,
            subject: SUBJECT,
            purpose: Purpose::Treat,
            rules: consent(),
            reader: READER,
            holders: list(vec![HOLDER]),
            expires_at: LATER,
        }
    }
}
impl Example for Denied {
    fn example() -> Self {
        Self {
            request: REQUEST,
            unit: UNIT,
            org: READER_ORG,
            person: Some(PERSON),
            custodian: CUSTODIAN,
            subject: SUBJECT,
            purpose: Purpose::Treat,
            rules: list(vec![RuleId::NoRule]),
        }
    }
}
impl Example for Withdrawn {
    fn example() -> Self {
        Self { id: REQUEST, by: SignerId::Identity(PERSON) }
    }
}
impl Example for Disclosed {
    fn example() -> Self {
        Self {
            id: REQUEST,
            to: READER_ORG,
            by: SignerId::Organization(CUSTODIAN),
            custodian: CUSTODIAN,
            subject: SUBJECT,
            purpose: Purpose::Hpaymt,
            reader: READER,
            claim: COMMITMENT,
            law: None,
            expires_at: LATER,
            units: 1,
        }
    }
}
impl Example for Released {
    fn example() -> Self {
        Self { request: REQUEST, unit: UNIT, holder: HOLDER }
    }
}
impl Example for Complained {
    fn example() -> Self {
        let by = SignerId::Identity(PERSON);
        Self { request: REQUEST, unit: UNIT, holder: HOLDER, by, evidence: COMMITMENT }
    }
}
impl Example for GetAgreement {
    fn example() -> Self {
        Self { id: AGREEMENT }
    }
}
impl Example for ListAgreements {
    fn example() -> Self {
        Self { from: Some(CUSTODIAN), to: None, status: None, after: None, limit: Some(10) }
    }
}
impl Example for GetLocate {
    fn example() -> Self {
        Self { id: LOCATE }
    }
}
impl Example for ListLocates {
    fn example() -> Self {
        Self { org: None, custodian: Some(CUSTODIAN), answered: Some(false), after: None, limit: Some(10) }
    }
}
impl Example for GetRelations {
    fn example() -> Self {
        Self { subject: SUBJECT, org: READER_ORG }
    }
}
impl Example for GetRequest {
    fn example() -> Self {
        Self { id: REQUEST }
    }
}
impl Example for ListRequests {
    fn example() -> Self {
        Self { org: Some(READER_ORG), person: None, custodian: None, purpose: None, after: None, limit: Some(10) }
    }
}
impl Example for Log {
    fn example() -> Self {
        Self { subject: SUBJECT, viewer: Some(PERSON), unit: None, after: None, limit: Some(10) }
    }
}
impl Example for GetTicket {
    fn example() -> Self {
        Self { request: REQUEST, unit: UNIT, holder: HOLDER }
    }
}
impl Example for GetSuspensions {
    fn example() -> Self {
        Self { person: PERSON, subject: SUBJECT }
    }
}
