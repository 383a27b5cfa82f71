//! What a consent says: provisions and whom they mean.

use crate::{
    consent::types::{Purpose, facts::RequestFacts},
    network::OrganizationKind,
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{IdentityId, List, OrgId, Quarter, Tag, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most provisions of a consent.
pub const PROVISIONS_MAX: usize = 16;

/// Most recipients of one provision, and of a restriction.
pub const RECIPIENTS_MAX: usize = 8;

/// Most recipients of all provisions of a consent together, so that it fits a row.
pub const RECIPIENTS_TOTAL_MAX: usize = 64;

/// Most labels of all provisions of a consent together, so that it fits a row.
pub const LABELS_TOTAL_MAX: usize = 96;

/// What a practitioner is, coarsely. The organization says so of those for whom it answers, and is accountable for it;
/// credentials that others can check come later.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum PractitionerRole {
    /// Anything else.
    Other = 0,
    /// Physician.
    Physician = 1,
    /// Nurse.
    Nurse = 2,
    /// Pharmacist.
    Pharmacist = 3,
    /// Dentist.
    Dentist = 4,
    /// Midwife.
    Midwife = 5,
    /// Psychologist.
    Psychologist = 6,
    /// Therapist.
    Therapist = 7,
    /// Technician, of a laboratory or of images.
    Technician = 8,
    /// Administrator.
    Administrator = 9,
    /// Researcher.
    Researcher = 10,
}

/// Whom a provision or restriction means.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Recipient {
    /// One organization.
    Organization(OrgId) = 0,
    /// Every organization of this kind.
    Kind(OrganizationKind) = 1,
    /// Everybody with this role, wherever.
    Role(PractitionerRole) = 2,
    /// One practitioner.
    Person(IdentityId) = 3,
}

/// What a provision does.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Effect {
    /// Permits.
    Permit = 0,
    /// Denies.
    Deny = 1,
}

/// Quarters from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quarters {
    /// The first quarter.
    pub from: Quarter,
    /// The last quarter, not before the first.
    pub to: Quarter,
}

/// When a provision is in force, by block time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// From this moment on.
    pub from: UnixMs,
    /// Until before this moment, which is later.
    pub until: UnixMs,
}

/// One rule of a consent. It matches what all its parts match; an empty list, or an absent part, matches everything.
///
/// A provision with a parent is an exception to it: it matches only what the parent matches, and then decides in its place.
///
/// # Source
/// HL7 FHIR R4, `Consent.provision` and `Consent.provision.provision`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provision {
    /// The place, from zero, of the earlier provision to which this is an exception; none for one that stands by itself.
    pub parent: Option<u8>,
    /// What it does.
    pub effect: Effect,
    /// Who gets the records. At most eight.
    pub recipients: List<Recipient, RECIPIENTS_MAX>,
    /// For what; each stands for the purposes that it contains, too. At most eight.
    pub purposes: List<Purpose, 8>,
    /// Which labels of units. At most 32.
    pub labels: List<Tag, 32>,
    /// Whether it reaches restricted units, too. A permit without it never does; a deny always does.
    pub restricted: bool,
    /// In which quarters the care took place.
    pub care: Option<Quarters>,
    /// When it is in force.
    pub valid: Option<Validity>,
}

impl Provision {
    /// Whether its periods are not empty.
    pub(in crate::consent) fn is_sound(&self) -> bool {
        self.care.is_none_or(|care| care.from <= care.to) && self.valid.is_none_or(|valid| valid.from < valid.until)
    }

    /// Whether it says what a consent to the use of restricted units must say: for what, and, beyond treatment, payment and
    /// operations, to whom.
    ///
    /// # Source
    /// 42 CFR 2.31(a)(4), (a)(5).
    pub(in crate::consent) fn names_part2(&self) -> bool {
        let is_core = self.purposes.iter().all(|purpose| purpose.core_use().is_some());
        !self.purposes.is_empty() && (is_core || !self.recipients.is_empty())
    }
}

/// How a request fits what a rule names. What cannot be told apart counts against access: a permit needs `Yes`, a deny takes
/// `Maybe`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It does not.
    No,
    /// It may, or may not: the request does not say enough.
    Maybe,
    /// It does.
    Yes,
}

impl From<bool> for Fit {
    fn from(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }
}

impl Recipient {
    /// Whether the request comes from, or goes to, whom this means. A request that does not say who reads may be for anybody
    /// of the organization. What a custodian discloses goes to an organization, never to a person or role.
    pub(super) fn fit(&self, request: &RequestFacts) -> Fit {
        let known = |of: Option<bool>| match of {
            _ if request.disclosure => Fit::No,
            Some(same) => same.into(),
            None => Fit::Maybe,
        };
        match self {
            Self::Organization(org) => (*org == request.org).into(),
            Self::Kind(kind) => (*kind == request.org_kind).into(),
            Self::Role(role) => known(request.role.map(|of| of == *role)),
            Self::Person(person) => known(request.person.map(|of| of == *person)),
        }
    }
}

/// How the request fits one of `recipients`; none stand for everybody.
pub(super) fn recipients_fit(recipients: &[Recipient], request: &RequestFacts) -> Fit {
    if recipients.is_empty() {
        return Fit::Yes;
    }
    recipients.iter().map(|recipient| recipient.fit(request)).max().unwrap_or(Fit::No)
}

/// How the purpose of the request fits one of `purposes`; none stand for every purpose.
pub(super) fn purposes_fit(purposes: &[Purpose], request: Purpose) -> Fit {
    let fit = |purpose: &Purpose| match (request.is_a(*purpose), request.may_be(*purpose)) {
        (true, _) => Fit::Yes,
        (false, true) => Fit::Maybe,
        (false, false) => Fit::No,
    };
    if purposes.is_empty() { Fit::Yes } else { purposes.iter().map(fit).max().unwrap_or(Fit::No) }
}
