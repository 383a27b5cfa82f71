//! The whole surface of access. Numbers are append-only and never reused.

mod calls;
pub mod events;
mod examples;
mod queries;

pub use calls::{
    AcceptAgreement, AnswerLocate, Complain, Disclose, EndAgreement, EndRelation, LocateChart, ProposeAgreement,
    Relate, Release, RequestUnits, Withdraw,
};
pub(super) use events::{
    AgreementAccepted, AgreementEnded, AgreementProposed, Complained, Denied, Disclosed, Granted, LocateAnswered,
    Located, Related, RelationEnded, Released, Requested, Withdrawn,
};
pub use queries::{
    GetAgreement, GetLocate, GetRelations, GetRequest, GetSuspensions, GetTicket, ListAgreements, ListLocates,
    ListRequests, Log,
};

use epione_kernel::{numbered, rejects};

numbered! {
    /// What can be asked of access.
    pub enum Call {
        1 => ProposeAgreement "propose-agreement",
        2 => AcceptAgreement "accept-agreement",
        3 => EndAgreement "end-agreement",
        4 => LocateChart "locate",
        5 => AnswerLocate "answer-locate",
        6 => Relate "relate",
        7 => EndRelation "end-relation",
        8 => RequestUnits "request",
        9 => Withdraw "withdraw",
        10 => Disclose "disclose",
        11 => Release "release",
        12 => Complain "complain",
    }
}

numbered! {
    /// What happened.
    pub enum Event {
        1 => AgreementProposed "agreement-proposed",
        2 => AgreementAccepted "agreement-accepted",
        3 => AgreementEnded "agreement-ended",
        4 => Located "located",
        5 => LocateAnswered "locate-answered",
        6 => Related "related",
        7 => RelationEnded "relation-ended",
        8 => Requested "requested",
        9 => Granted "granted",
        10 => Denied "denied",
        11 => Withdrawn "withdrawn",
        12 => Disclosed "disclosed",
        13 => Released "released",
        14 => Complained "complained",
    }
}

numbered! {
    /// What can be read.
    pub enum Query {
        1 => GetAgreement "agreement",
        2 => ListAgreements "agreements",
        3 => GetLocate "locate",
        4 => GetRelations "relations",
        5 => GetRequest "request",
        6 => ListRequests "requests",
        7 => Log "log",
        8 => GetTicket "ticket",
        9 => GetSuspensions "suspensions",
        10 => ListLocates "locates",
    }
}

rejects! {
    /// Why a call is refused, in order of precedence. The first five need no state.
    pub enum Reject {
        1 => PartiesInvalid "parties-invalid": "an agreement is between two different organizations",
        2 => TermsInvalid "terms-invalid": "an agreement names at least one purpose, each once, and at least one category, each once and ascending",
        3 => NoticeMissing "notice-missing": "an agreement about restricted records needs the notice that travels with them (42 CFR 2.32)",
        4 => UnitsInvalid "units-invalid": "name one to sixteen units, each once",
        5 => RelationshipMissing "relationship-missing": "a search for treatment, payment or operations names a relationship to the patient or an emergency access",
        6 => NotOrganization "not-organization": "only an organization can do this, by a key of its own",
        7 => NotRequester "not-requester": "only a practitioner or a program of a member can do this",
        8 => UnknownOrganization "unknown-organization": "there is no such member",
        9 => UnknownSubject "unknown-subject": "there is no such patient",
        10 => UnknownUnit "unknown-unit": "there is no such unit",
        11 => SubjectsDiffer "subjects-differ": "the units are not all of one patient at one custodian; make a request for each",
        12 => UnknownAgreement "unknown-agreement": "there is no such agreement",
        13 => UnknownLocate "unknown-locate": "there is no such search",
        14 => UnknownRelation "unknown-relation": "the organization has no such relation to this patient",
        15 => UnknownRequest "unknown-request": "there is no such request",
        16 => NotParty "not-party": "only a party of the agreement, or who made the request, can do this",
        17 => NotCustodian "not-custodian": "only the custodian can do this, by a key of its own or a program of its own",
        18 => OrganizationSuspended "organization-suspended": "a suspended organization asks in emergencies only, and discloses only what the law requires",
        19 => NotGranted "not-granted": "the request did not obtain this unit",
        20 => NotHolder "not-holder": "the organization holds no share of the unit; a holder acts by a key or a program of its own",
        21 => NotProposed "not-proposed": "the agreement does not await this party's acceptance",
        22 => AgreementOver "agreement-over": "the agreement was ended, or its term is over",
        23 => AlreadyAnswered "already-answered": "the search was answered before",
        24 => LocateUnfit "locate-unfit": "the search is of another organization, custodian, purpose or relationship, was not answered, or has expired",
        25 => EmergencyNotInForce "emergency-not-in-force": "the emergency access is not in force for this practitioner, this patient and emergency treatment",
        26 => TermInvalid "term-invalid": "the end lies in the past, or further ahead than is permitted",
        27 => RequestOver "request-over": "the request was withdrawn before",
        28 => AlreadyReleased "already-released": "this holder said before that it released its share for this request",
        29 => AlreadyComplained "already-complained": "a complaint about this holder, unit and request was made before",
        30 => TooManyAgreements "too-many-agreements": "as many agreements between the two as there may be are proposed or in force; end one",
        31 => QuotaExceeded "quota-exceeded": "the person or its organization has used up what the network permits within a day",
    }
}
