//! The whole surface of subjects. Numbers are append-only and never reused.

mod calls;
pub mod events;
mod examples;
mod queries;

pub use calls::{
    Appoint, Close, DeclareDeceased, DeclareLiving, Dismiss, HandOver, Merge, Offer, PlanHandOver, Register, SetQuorum,
    SetScope, TakeOver, Unmerge, WithdrawOffer,
};
pub(super) use events::{
    Appointed, Closed, Deceased, Dismissed, HandOverPlanned, HandedOver, Living, Merged, OfferWithdrawn, Offered,
    QuorumSet, Registered, ScopeSet, TakenOver, Unmerged,
};
pub use queries::{Find, Get, List, StatusName};

use epione_kernel::{numbered, rejects};

numbered! {
    /// What can be asked of subjects.
    pub enum Call {
        1 => Register "register",
        2 => Offer "offer",
        3 => WithdrawOffer "withdraw-offer",
        4 => TakeOver "take-over",
        5 => Appoint "appoint",
        6 => Dismiss "dismiss",
        7 => SetScope "set-scope",
        8 => SetQuorum "set-quorum",
        9 => HandOver "hand-over",
        10 => PlanHandOver "plan-hand-over",
        11 => DeclareDeceased "declare-deceased",
        12 => DeclareLiving "declare-living",
        13 => Merge "merge",
        14 => Unmerge "unmerge",
        15 => Close "close",
    }
}

numbered! {
    /// What happened.
    pub enum Event {
        1 => Registered "registered",
        2 => Offered "offered",
        3 => OfferWithdrawn "offer-withdrawn",
        4 => TakenOver "taken-over",
        5 => Appointed "appointed",
        6 => Dismissed "dismissed",
        7 => ScopeSet "scope-set",
        8 => QuorumSet "quorum-set",
        9 => HandedOver "handed-over",
        10 => HandOverPlanned "hand-over-planned",
        11 => Deceased "deceased",
        12 => Living "living",
        13 => Merged "merged",
        14 => Unmerged "unmerged",
        15 => Closed "closed",
    }
}

numbered! {
    /// What can be read.
    pub enum Query {
        1 => Get "get",
        2 => Find "find",
        3 => List "list",
    }
}

rejects! {
    /// Why a call is refused, in order of precedence. The first three need no state.
    pub enum Reject {
        1 => ScopeInvalid "scope-invalid": "a scope names a label twice, or says `all-but` without a label",
        2 => QuorumInvalid "quorum-invalid": "one guardian or two must agree, not another number of them",
        3 => SameSubject "same-subject": "a subject is not merged into itself",
        4 => UnknownSubject "unknown-subject": "there is no such subject",
        5 => NotCustodian "not-custodian": "only the custodian can do this: the organization by a key of its own, or a service of it",
        6 => NotMember "not-member": "only active members and validators keep charts",
        7 => NotEntitled "not-entitled": "only the custodian, the holder, or the representative about itself can do this",
        8 => OrganizationSuspended "organization-suspended": "a suspended organization appoints nobody; the holder can",
        9 => SubjectClosed "subject-closed": "the custodian closed the chart",
        10 => SubjectMerged "subject-merged": "the subject was merged; act on the one that took its place",
        11 => NotMerged "not-merged": "the subject is not merged into another",
        12 => PatientDeceased "patient-deceased": "the patient was declared dead: only an executor acts, and nobody takes over",
        13 => NotDeceased "not-deceased": "the patient was not declared dead",
        14 => NotOffered "not-offered": "nothing was offered to this identity, or the offer was withdrawn",
        15 => TooEarly "too-early": "the notice before a take-over has not passed",
        16 => UnknownRepresentative "unknown-representative": "the identity is neither a representative of the subject nor its holder",
        17 => RoleNotOpen "role-not-open": "guardians and executors are appointed by the custodian; proxies by the holder, or by the custodian where there is no holder",
        18 => PeriodOver "period-over": "the quarter has passed",
        19 => IdentityUnfit "identity-unfit": "the identity does not exist, is not active, or is not a person of the custodian",
        20 => IdentityInUse "identity-in-use": "the identity stands for a patient or acts for one already; a wallet keeps another for each",
        21 => HolderExists "holder-exists": "the subject has a holder; offer it to the new identity instead",
        22 => TooFewGuardians "too-few-guardians": "fewer guardians may act for the patient than this needs",
        23 => ScopeTooWide "scope-too-wide": "the scope goes beyond that of the holder",
        24 => TooManyRepresentatives "too-many-representatives": "the subject has as many representatives as one may have; dismiss one whose time is over",
        25 => TooManyMerged "too-many-merged": "as many subjects are merged into one as may be",
    }
}
