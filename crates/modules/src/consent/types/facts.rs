//! What a decision is made of, and the decision.

use crate::{
    consent::types::{Effect, PractitionerRole, Purpose},
    network::{CoreUse, OrganizationKind},
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{
    AgreementId, ConsentId, EmergencyId, IdentityId, List, OrgId, Quarter, RestrictionId, SubjectId, Tag, UnitId,
    UnixMs,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most rules that a decision names.
pub const RULES_MAX: usize = 8;

/// Whether a unit can be released at all.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum UnitState {
    /// It can.
    #[default]
    Living = 0,
    /// It was erased.
    Erased = 1,
    /// It is withheld: entered in error, or its patient was merged with another and it does not have the tag of that one yet.
    Withheld = 2,
}

/// What a decision needs to know of a unit.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitFacts {
    /// The unit.
    pub id: UnitId,
    /// Who keeps it.
    pub custodian: OrgId,
    /// Whose it is.
    pub subject: SubjectId,
    /// What it is about, as a tag of the custodian's.
    pub label: Tag,
    /// Whether it is restricted: 42 CFR Part 2, or as sensitive.
    pub restricted: bool,
    /// Whether the patient locked it: nothing but the patient's permit opens it.
    pub locked: bool,
    /// When the care took place.
    pub care: Quarter,
    /// Whether it can be released at all.
    pub state: UnitState,
}

/// A duty or right under the law to get records without the patient's consent.
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
pub enum LegalBasis {
    /// Reports to public health: 45 CFR 164.512(b)(1)(i); GDPR art. 9(2)(i).
    PublicHealth = 0,
    /// An order of a court: 45 CFR 164.512(e)(1)(i), (f)(1)(ii).
    CourtOrder = 1,
    /// A report of the abuse or neglect of a child: 45 CFR 164.512(b)(1)(ii).
    ChildAbuse = 2,
    /// Oversight of care: 45 CFR 164.512(d).
    Oversight = 3,
    /// Another duty by law: 45 CFR 164.512(a); GDPR art. 6(1)(c).
    RequiredByLaw = 4,
    /// Coroners and medical examiners: 45 CFR 164.512(g).
    Coroner = 5,
    /// An order of a court under 42 CFR Part 2 subpart E (2.61 to 2.67).
    SubpartEOrder = 6,
    /// A report of the abuse or neglect of a child under 42 CFR 2.12(c)(6).
    Part2ChildAbuse = 7,
    /// Audit and evaluation under 42 CFR 2.53.
    Part2Audit = 8,
}

impl LegalBasis {
    /// Whether it holds for restricted units, too.
    #[must_use]
    pub const fn reaches_restricted(self) -> bool {
        matches!(self, Self::SubpartEOrder | Self::Part2ChildAbuse | Self::Part2Audit)
    }
}

/// What a decision needs to know of a request, or of a disclosure by the custodian.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestFacts {
    /// The organization that gets the records.
    pub org: OrgId,
    /// What it is.
    pub org_kind: OrganizationKind,
    /// The practitioner who gets them; none if it is not said.
    pub person: Option<IdentityId>,
    /// What that practitioner is; none if it is not said.
    pub role: Option<PractitionerRole>,
    /// For what.
    pub purpose: Purpose,
    /// The duty or right under the law that is claimed.
    pub law: Option<LegalBasis>,
    /// The emergency access in force for this practitioner and patient.
    pub emergency: Option<EmergencyId>,
    /// Whether a relationship of the organization to the patient is on the ledger.
    pub relationship: bool,
    /// Whether a challenge has suspended this practitioner, purpose and patient.
    pub suspended: bool,
    /// Whether it is the custodian's own act, who discloses.
    pub disclosure: bool,
}

/// An agreement in force or not, as far as a decision needs it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementTerms {
    /// The agreement.
    pub id: AgreementId,
    /// The custodian.
    pub from: OrgId,
    /// Who gets records.
    pub to: OrgId,
    /// For what; each stands for the purposes that it contains, too. At most eight; none means nothing.
    pub purposes: List<Purpose, 8>,
    /// Whether it covers restricted units, too. No default reaches these, so no decision depends on it: it binds the custodian.
    pub restricted: bool,
    /// Until before this moment, by block time.
    pub until: UnixMs,
}

/// A rule that decided.
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
pub enum RuleId {
    /// The unit was erased.
    Erased = 0,
    /// The unit is withheld.
    Withheld = 1,
    /// The patient locked the unit, and no consent opens it.
    Locked = 2,
    /// An emergency.
    Emergency(EmergencyId) = 3,
    /// A duty or right under the law.
    Law(LegalBasis) = 4,
    /// A challenge suspended practitioner, purpose and patient.
    Suspended = 5,
    /// A mandatory restriction.
    Restriction(RestrictionId) = 6,
    /// The unit is restricted, and no consent in the required form permits it.
    Part2 = 7,
    /// A provision of a consent.
    Consent {
        /// The consent.
        id: ConsentId,
        /// The place of the provision, from zero.
        provision: u8,
    } = 8,
    /// The default of the custodian's jurisdiction.
    Default(CoreUse) = 9,
    /// By default it would be permitted, but no relationship to the patient is on the ledger.
    NoRelationship = 10,
    /// By default it would be permitted, but the custodian has no agreement with the organization for this purpose.
    NoAgreement = 11,
    /// No rule permits it.
    NoRule = 12,
    /// The custodian itself: what it keeps, or discloses for payment.
    Custodian = 13,
}

/// Whether a request for a unit is permitted, and the rules that decided.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// Whether it is permitted.
    pub effect: Effect,
    /// The rules that decided, at least one, at most eight: those of the step of the order at which the decision fell.
    pub rules: List<RuleId, RULES_MAX>,
}

impl Decision {
    /// A decision by one rule.
    pub(super) fn by(effect: Effect, rule: RuleId) -> Self {
        let mut rules = List::default();
        // An empty list of eight takes one.
        let _full = rules.push(rule);
        Self { effect, rules }
    }

    /// Whether it is permitted.
    #[must_use]
    pub fn is_permit(&self) -> bool {
        self.effect == Effect::Permit
    }
}
