//! The whole surface of consent. Numbers are append-only and never reused.

mod calls;
pub mod events;
mod examples;
mod queries;

pub use calls::{Amend, Confirm, Grant, Lift, Restrict, Revoke};
pub(super) use events::{Confirmed, Granted, LiftAsked, Lifted, Restricted, RevocationAsked, Revoked, Superseded};
pub use queries::{Decide, Get, GetRestriction, List, ListRestrictions};

use epione_kernel::{numbered, rejects};

numbered! {
    /// What can be asked of consent.
    pub enum Call {
        1 => Grant "grant",
        2 => Confirm "confirm",
        3 => Amend "amend",
        4 => Revoke "revoke",
        5 => Restrict "restrict",
        6 => Lift "lift",
    }
}

numbered! {
    /// What happened.
    pub enum Event {
        1 => Granted "granted",
        2 => Confirmed "confirmed",
        3 => Superseded "superseded",
        4 => RevocationAsked "revocation-asked",
        5 => Revoked "revoked",
        6 => Restricted "restricted",
        7 => LiftAsked "lift-asked",
        8 => Lifted "lifted",
    }
}

numbered! {
    /// What can be read.
    pub enum Query {
        1 => Get "get",
        2 => List "list",
        3 => GetRestriction "restriction",
        4 => ListRestrictions "restrictions",
        5 => Decide "decide",
    }
}

rejects! {
    /// Why a call is refused, in order of precedence. The first four need no state.
    pub enum Reject {
        1 => NoProvision "no-provision": "a consent says something: give at least one provision",
        2 => ProvisionInvalid "provision-invalid": "an exception names an earlier provision as its parent, and a period does not end before it begins",
        3 => TooLarge "too-large": "the provisions name more than 64 recipients or 96 labels together; give several consents",
        4 => Part2Incomplete "part2-incomplete": "a permit that reaches restricted units needs the form `part2` and purposes, and recipients for whatever is not treatment, payment or operations",
        5 => UnknownConsent "unknown-consent": "there is no such consent",
        6 => UnknownSubject "unknown-subject": "there is no such subject",
        7 => UnknownRestriction "unknown-restriction": "there is no such restriction of this subject",
        8 => SubjectEnded "subject-ended": "the subject was merged into another or closed; act on the other",
        9 => NotEntitled "not-entitled": "only the patient, who acts for the patient, or its custodian on paper can do this; the custodian only with what it attested, and lifts restrictions only where nobody else can",
        10 => CustodianSuspended "custodian-suspended": "a suspended custodian attests only what narrows access",
        11 => OutOfScope "out-of-scope": "this goes beyond the labels on which the signer may decide",
        12 => Ended "ended": "the consent was revoked or superseded",
        13 => Unconfirmed "unconfirmed": "the other guardian has not confirmed this consent; revoke it and grant another",
        14 => NotProposed "not-proposed": "the consent counts already",
        15 => AlreadyGiven "already-given": "this guardian has given its word; the other one must, too",
        16 => RestrictionLifted "restriction-lifted": "the restriction was lifted",
        17 => TooManyConsents "too-many-consents": "the subject has 64 consents in force; revoke or amend one",
        18 => TooManyRestrictions "too-many-restrictions": "the subject has 64 restrictions in force; lift one, or enter one that covers more units",
    }
}
