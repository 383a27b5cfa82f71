//! What two organizations agreed on about the exchange of records.

use crate::consent::{AgreementTerms, Purpose};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{AgreementId, List, OrgId, Text, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most purposes of an agreement.
pub const PURPOSES_MAX: usize = 8;

/// Most categories of an agreement.
pub const CATEGORIES_MAX: usize = 16;

/// Longest text that travels with records, in bytes.
pub const NOTICE_BYTES_MAX: usize = 600;

/// Most agreements from one organization to another that are proposed or in force.
pub(in crate::access) const AGREEMENTS_MAX: usize = 16;

/// The agreements from one organization to another that did not end.
pub(in crate::access) type Agreements = List<AgreementId, AGREEMENTS_MAX>;

/// A coarse kind of records. The ledger cannot compare it with the tag of a unit, which means nothing to it: the custodian
/// keeps to the categories when it answers a locate, and names no handle of a unit that an agreement does not cover.
///
/// # Source
/// The data classes of USCDI version 3.
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
pub enum Category {
    /// Anything else.
    Other = 0,
    /// Encounters and admissions.
    Encounters = 1,
    /// Problems and diagnoses.
    Problems = 2,
    /// Medicines: ordered, dispensed, taken.
    Medications = 3,
    /// Allergies and intolerances.
    Allergies = 4,
    /// Immunizations.
    Immunizations = 5,
    /// Results of laboratories.
    Laboratory = 6,
    /// Images and their reports.
    Imaging = 7,
    /// Procedures.
    Procedures = 8,
    /// Vital signs and other observations.
    VitalSigns = 9,
    /// Notes and letters.
    ClinicalNotes = 10,
    /// Plans of care and goals.
    CarePlans = 11,
    /// Devices of a patient.
    Devices = 12,
    /// Genomes and results of their examination.
    Genomics = 13,
    /// Claims, coverage and payments.
    Claims = 14,
    /// Answers to questionnaires.
    Questionnaires = 15,
}

/// Where an agreement stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum AgreementStatus {
    /// One party proposed it.
    Proposed = 0,
    /// Both parties agreed. It is in force until its term.
    Accepted = 1,
    /// One of the parties ended it, or declined it.
    Ended = 2,
}

/// An agreement between a custodian and another organization.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Agreement {
    /// The parties, the purposes, whether restricted units are covered, the term: what decides on requests.
    pub terms: AgreementTerms,
    /// The coarse kinds of records, each once, ascending.
    pub categories: List<Category, CATEGORIES_MAX>,
    /// What the recipient is told with every record under this agreement; about the rule, never about a person.
    pub notice: Option<Text<NOTICE_BYTES_MAX>>,
    /// Where it stands in its life.
    pub status: AgreementStatus,
    /// Which of the parties proposed it.
    pub proposed_by: OrgId,
    /// Block time of the proposal.
    pub proposed_at: UnixMs,
}

impl Agreement {
    /// Whether the organization is one of the two.
    #[must_use]
    pub fn is_party(&self, org: &OrgId) -> bool {
        self.terms.from == *org || self.terms.to == *org
    }

    /// Whether it may still become or be in force at `now`.
    #[must_use]
    pub fn lives(&self, now: UnixMs) -> bool {
        self.status != AgreementStatus::Ended && now < self.terms.until
    }

    /// Whether both agreed, nobody ended it, and its term is not over at `now`.
    #[must_use]
    pub fn is_in_force(&self, now: UnixMs) -> bool {
        self.status == AgreementStatus::Accepted && now < self.terms.until
    }
}

/// Whether purposes and categories are named, each once; the categories in ascending order.
pub(in crate::access) fn are_terms_sound(purposes: &[Purpose], categories: &[Category]) -> bool {
    let distinct: BTreeSet<&Purpose> = purposes.iter().collect();
    let are_ascending = categories.is_sorted_by(|one, next| one < next);
    !purposes.is_empty() && distinct.len() == purposes.len() && !categories.is_empty() && are_ascending
}
