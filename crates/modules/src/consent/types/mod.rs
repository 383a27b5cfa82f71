//! Nouns of consent.

mod decide;
mod facts;
mod provision;
mod purpose;

pub use decide::decide;
pub use facts::{AgreementTerms, Decision, LegalBasis, RULES_MAX, RequestFacts, RuleId, UnitFacts, UnitState};
pub use provision::{
    Effect, LABELS_TOTAL_MAX, PROVISIONS_MAX, PractitionerRole, Provision, Quarters, RECIPIENTS_MAX,
    RECIPIENTS_TOTAL_MAX, Recipient, Validity,
};
pub use purpose::Purpose;

use crate::{network::Defaults, subjects::Scope};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{ConsentId, Hash, IdentityId, List, RestrictionId, SignerId, SubjectId, UnitId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most consents of a subject that are in force or wait for a second guardian.
pub const CONSENTS_MAX: u64 = 64;

/// Most restrictions of a subject that are not lifted.
pub const RESTRICTIONS_MAX: u64 = 64;

/// Who gave a consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Author {
    /// The patient.
    Holder = 0,
    /// One who acts for the patient.
    Representative(IdentityId) = 1,
    /// The custodian attests what the patient, or who acts for the patient, signed on paper: by this signer.
    Attested(SignerId) = 2,
}

/// Where a consent stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum ConsentStatus {
    /// One of two guardians gave it; the other has not confirmed it.
    Proposed = 0,
    /// It counts.
    Active = 1,
    /// It was revoked.
    Revoked = 2,
    /// This consent took its place.
    Superseded(ConsentId) = 3,
}

/// A form that a consent fulfils beyond what the ledger checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Form {
    /// Written consent to the use of records of substance use disorder treatment: 42 CFR 2.31.
    Part2 = 0,
}

/// A consent of a patient, towards one custodian.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Consent {
    /// Whose records.
    pub subject: SubjectId,
    /// Who gave it.
    pub author: Author,
    /// On which labels its author could decide: it says nothing of others.
    pub scope: Scope,
    /// Where it stands in its life.
    pub status: ConsentStatus,
    /// One, and one more with each amendment.
    pub version: u32,
    /// The consent of which this is an amendment.
    pub before: Option<ConsentId>,
    /// What it says: 1 to 16 provisions.
    pub provisions: List<Provision, PROVISIONS_MAX>,
    /// Which form it fulfils.
    pub form: Option<Form>,
    /// The restrictions that do not hold for what this permits.
    pub lifts: List<RestrictionId, 4>,
    /// Commitment to the signed form, or to what the patient was shown.
    pub evidence: Hash,
    /// The guardians that confirmed it beside its author.
    pub confirmed_by: List<IdentityId, 2>,
    /// The guardians that ask for its revocation, while one alone cannot revoke it.
    pub revoked_by: List<IdentityId, 2>,
    /// Block time at which it was given.
    pub granted_at: UnixMs,
}

/// What a restriction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum RestrictionKind {
    /// The patient paid for the care and asked that the health plan does not learn of it: 45 CFR 164.522(a)(1)(vi).
    SelfPaid = 0,
    /// The patient objects to the use of the records, or had it restricted: GDPR art. 18, 21.
    Objection = 1,
}

/// A restriction that no consent overrides unless it names it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Restriction {
    /// Whose records.
    pub subject: SubjectId,
    /// What it is.
    pub kind: RestrictionKind,
    /// Which units; none stand for all of the subject.
    pub units: List<UnitId, 16>,
    /// Towards whom. None stand for everybody; of what was paid by the patient, for every payer.
    pub towards: List<Recipient, RECIPIENTS_MAX>,
    /// Whether it was lifted.
    pub lifted: bool,
    /// Commitment to the request of the patient.
    pub evidence: Hash,
    /// The guardians that ask that it be lifted, while one alone cannot lift it.
    pub lifted_by: List<IdentityId, 2>,
    /// Block time of its entry.
    pub restricted_at: UnixMs,
}

impl Consent {
    /// Whether it is in force, or will be when the other guardian confirms it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.status, ConsentStatus::Proposed | ConsentStatus::Active)
    }

    /// Whether it denies anything, so that its end may widen access.
    #[must_use]
    pub fn denies(&self) -> bool {
        self.provisions.iter().any(|provision| provision.effect == Effect::Deny)
    }
}

/// A consent that counts, as [`decide`] takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveConsent {
    /// The consent.
    pub id: ConsentId,
    /// What it says.
    pub consent: Consent,
    /// On which labels its author may decide now: it says nothing of others.
    pub within: Scope,
    /// Whether it was given under a subject that was merged into that of the unit. Then only its denies count, whichever
    /// labels they name: the tags of the two differ, so its labels cannot be told from others.
    pub absorbed: bool,
}

/// The rules under which a request is decided.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The consents of the subject that count.
    pub consents: &'a [ActiveConsent],
    /// The restrictions of the subject, and of those merged into it.
    pub restrictions: &'a [(RestrictionId, Restriction)],
    /// Agreements of the custodian with the organization.
    pub agreements: &'a [AgreementTerms],
    /// The defaults of the custodian's jurisdiction.
    pub defaults: &'a Defaults,
}

/// What the agreed state says of a subject at a custodian: everything for a decision but unit, request and agreements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The consents of the subject that count.
    pub consents: Vec<ActiveConsent>,
    /// The restrictions of the subject, and of those merged into it.
    pub restrictions: Vec<(RestrictionId, Restriction)>,
    /// The defaults of the custodian's jurisdiction.
    pub defaults: Defaults,
}

impl Basis {
    /// Decides as [`decide`] does, with agreements of the custodian with the organization.
    #[must_use]
    pub fn decide(
        &self,
        unit: &UnitFacts,
        request: &RequestFacts,
        agreements: &[AgreementTerms],
        at: UnixMs,
    ) -> Decision {
        let Self { consents, restrictions, defaults } = self;
        decide(unit, request, &Rules { consents, restrictions, agreements, defaults }, at)
    }
}

/// There is no consent at the beginning.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct NoGenesis {}
