//! The whole surface of emergency access. Numbers are append-only and never reused.

mod calls;
pub mod events;
mod examples;
mod queries;

pub use calls::{BreakGlass, Countersign, End, Notify, Reinstate, Renew, ReviewAccess, RevokeRight, SetReviewer};
pub(super) use events::{
    Bound, CountersignatureMissing, Countersigned, Ended, GlassBroken, Notified, Renewed, ReviewOverdue, Reviewed,
    ReviewerSet, RightReinstated, RightRevoked,
};
pub use queries::{Get, GetReviewers, GetRight, List};

use epione_kernel::{numbered, rejects};

numbered! {
    /// What can be asked of emergency access.
    pub enum Call {
        1 => BreakGlass "break-glass",
        2 => Renew "renew",
        3 => End "end",
        4 => Countersign "countersign",
        5 => Notify "notify",
        6 => SetReviewer "set-reviewer",
        7 => ReviewAccess "review",
        8 => RevokeRight "revoke-right",
        9 => Reinstate "reinstate",
    }
}

numbered! {
    /// What happened.
    pub enum Event {
        1 => GlassBroken "glass-broken",
        2 => Renewed "renewed",
        3 => Ended "ended",
        4 => Bound "bound",
        5 => Countersigned "countersigned",
        6 => CountersignatureMissing "countersignature-missing",
        7 => Notified "notified",
        8 => ReviewerSet "reviewer-set",
        9 => Reviewed "reviewed",
        10 => ReviewOverdue "review-overdue",
        11 => RightRevoked "right-revoked",
        12 => RightReinstated "right-reinstated",
    }
}

numbered! {
    /// What can be read.
    pub enum Query {
        1 => Get "get",
        2 => List "list",
        3 => GetReviewers "reviewers",
        4 => GetRight "right",
    }
}

rejects! {
    /// Why a call is refused, in order of precedence.
    pub enum Reject {
        1 => UnknownEmergency "unknown-emergency": "there is no such emergency access",
        2 => NotOrganization "not-organization": "only an organization can do this, by a key of its own and in its own name",
        3 => NotPractitioner "not-practitioner": "only a practitioner can do this, by a key of its own and in its own name",
        4 => NotMember "not-member": "the practitioner's organization is no member of the network",
        5 => NotCareProvider "not-care-provider": "the practitioner's organization treats nobody; emergency access serves treatment alone",
        6 => NotRegisteredLongEnough "not-registered-long-enough": "the practitioner was registered too short a time ago: the parameter emergency-registered-ms says how long it takes",
        7 => NotHolder "not-holder": "only the practitioner who opened the access can do this, for the organization that answered for it then",
        8 => NotSecondPractitioner "not-second-practitioner": "only a second practitioner of the same organization can countersign",
        9 => NotCustodian "not-custodian": "only the custodian of the chart, a program of it, or one of its reviewers can do this",
        10 => NotReviewer "not-reviewer": "the review lies with the reviewers of the custodian; once overdue with the custodian itself, and later with the regulators, too",
        11 => IsSigner "is-signer": "nobody reviews an access for which he signed",
        12 => NotAnswerable "not-answerable": "everywhere, the practitioner's organization decides; for its own charts, the custodian of the access",
        13 => UnknownCustodian "unknown-custodian": "there is no such organization",
        14 => UnknownSubject "unknown-subject": "the custodian keeps no such chart",
        15 => UnknownIdentity "unknown-identity": "there is no such identity; a reviewer is an active person or practitioner of the organization",
        16 => ReviewClosed "review-closed": "the review of the access is closed",
        17 => Over "over": "the access is over; if the emergency lasts, break the glass again",
        18 => RightRevoked "right-revoked": "after an abuse the practitioner may not open this chart in an emergency; another practitioner may",
        19 => TooLong "too-long": "an access is renewed only until its review is due; if the emergency lasts, break the glass again",
        20 => PersonQuota "person-quota": "the practitioner has as many emergency accesses and renewals today as one may have; another practitioner may open it",
        21 => OrganizationQuota "organization-quota": "the organization has as many emergency accesses and renewals today as one may have",
        22 => AlreadyCountersigned "already-countersigned": "the access is countersigned",
        23 => NotBound "not-bound": "no chart was opened by it, so that there is nobody to be told",
        24 => AlreadyNotified "already-notified": "the patient was told",
        25 => DelayOutOfRange "delay-out-of-range": "a notice is delayed to a time to come, a year ahead at most",
        26 => AlreadyReviewer "already-reviewer": "this identity is a reviewer of the organization",
        27 => UnknownReviewer "unknown-reviewer": "this identity is no reviewer of the organization",
        28 => TooManyReviewers "too-many-reviewers": "an organization has eight reviewers at most",
        29 => NotOver "not-over": "the access is still in force: only what ends it can be found now",
        30 => NotUnjustified "not-unjustified": "no closed review found abuse",
        31 => AlreadyRevoked "already-revoked": "the right is lost already",
        32 => NotRevoked "not-revoked": "the practitioner has the right",
    }
}
