//! Nouns of subjects: patients at a custodian, who acts for them, and on what.

mod scope;

pub use scope::{SCOPE_TAGS_MAX, Scope, Tags};

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Hash, IdentityId, List, OrgId, Quarter, SubjectId, Tag, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most representatives of a subject.
pub const REPRESENTATIVES_MAX: usize = 8;

/// Most subjects that are merged into one.
pub const ABSORBED_MAX: usize = 16;

/// Where a subject stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum SubjectStatus {
    /// Records are entered under it.
    Active = 0,
    /// The custodian found that it is the same patient as another subject, which takes its place.
    Merged {
        /// The other subject, which is never merged itself.
        into: SubjectId,
    } = 1,
    /// The custodian ended the chart's life here. Nothing more is entered; the rights over what is left remain.
    Closed = 2,
}

/// In which capacity somebody acts for a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum RepresentativeRole {
    /// A parent or guardian by law or by a court: of a minor, or of an adult who cannot decide. Until majority or death.
    Guardian = 0,
    /// Whom the patient chose. Until death.
    Proxy = 1,
    /// Who acts for the estate. From death on.
    Executor = 2,
}

/// Somebody who acts for a patient, under a pseudonym of its own for each.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Representative {
    /// The identity that acts: a person of the custodian, tied to no other subject.
    pub identity: IdentityId,
    /// In which capacity.
    pub role: RepresentativeRole,
    /// On which labels it may decide, and which it sees.
    pub scope: Scope,
    /// The last quarter in which it may act; none if there is no such end.
    pub until: Option<Quarter>,
    /// Commitment to the deed: HMAC-SHA-256 under a key that stays off the ledger. Random where a holder's signature is the
    /// deed.
    pub evidence: Hash,
}

/// The custodian's word that an identity is the patient's own, which the identity has not taken up yet.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct OpenOffer {
    /// The identity.
    pub identity: IdentityId,
    /// On which labels it is to decide.
    pub scope: Scope,
    /// Block time from which it can take over.
    pub ready_at: UnixMs,
}

/// A patient at one custodian as it stands in the state: a random pseudonym, and who may act for it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// The organization that keeps the chart.
    pub custodian: OrgId,
    /// Where it stands in its life.
    pub status: SubjectStatus,
    /// The patient's own identity; none if the patient has no wallet and the custodian attests what it says.
    pub holder: Option<IdentityId>,
    /// On which labels the holder may decide: of a minor, only the care to which it consents alone.
    pub holder_scope: Scope,
    /// Whether the custodian declared that the patient died.
    pub deceased: bool,
    /// Who acts for the patient, also those whose time is over.
    pub representatives: List<Representative, REPRESENTATIVES_MAX>,
    /// How many guardians must agree to widen access: 1 or 2.
    pub quorum: u8,
    /// The last quarter in which guardians act: in the next one the patient alone decides, on everything.
    pub majority: Option<Quarter>,
    /// Who can take over.
    pub offered: Option<OpenOffer>,
    /// The subjects that were merged into this one.
    pub absorbed: List<SubjectId, ABSORBED_MAX>,
    /// Block time of the registration.
    pub registered_at: UnixMs,
}

impl Subject {
    /// Whether the planned quarter of majority has passed at `now`.
    #[must_use]
    pub fn is_of_age(&self, now: UnixMs) -> bool {
        self.majority.is_some_and(|majority| Quarter::of(now) > majority)
    }

    /// Whether one of its representatives may act at `now`: guardians and proxies of the living, executors of the dead, none
    /// after its last quarter, and no guardian of one who is of age.
    #[must_use]
    pub fn is_in_force(&self, representative: &Representative, now: UnixMs) -> bool {
        let lives = match representative.role {
            RepresentativeRole::Guardian => !self.deceased && !self.is_of_age(now),
            RepresentativeRole::Proxy => !self.deceased,
            RepresentativeRole::Executor => self.deceased,
        };
        lives && representative.until.is_none_or(|until| Quarter::of(now) <= until)
    }

    /// Number of guardians that may act at `now`.
    #[must_use]
    pub fn guardians(&self, now: UnixMs) -> usize {
        let is_guardian = |representative: &&Representative| {
            representative.role == RepresentativeRole::Guardian && self.is_in_force(representative, now)
        };
        self.representatives.iter().filter(is_guardian).count()
    }

    /// On which labels the holder may decide at `now`: on all once it is of age.
    #[must_use]
    pub fn scope_of_holder(&self, now: UnixMs) -> Scope {
        if self.is_of_age(now) { Scope::All } else { self.holder_scope.clone() }
    }

    /// What `identity` may do for the patient at `now`, whatever the status of the subject; none if it may nothing.
    #[must_use]
    pub fn authority_of(&self, identity: &IdentityId, now: UnixMs) -> Option<Authority> {
        if self.holder == Some(*identity) {
            return (!self.deceased).then(|| Authority::Patient(self.scope_of_holder(now)));
        }
        let found = self.representatives.iter().find(|representative| representative.identity == *identity)?;
        let authority = || Authority::Representative {
            identity: *identity,
            role: found.role,
            scope: found.scope.clone(),
            joint: found.role == RepresentativeRole::Guardian && self.quorum > 1,
        };
        self.is_in_force(found, now).then(authority)
    }
}

/// By what right a signer acts on a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// It is the patient, for labels in this scope.
    Patient(Scope),
    /// It represents the patient.
    Representative {
        /// Who it is.
        identity: IdentityId,
        /// In which capacity.
        role: RepresentativeRole,
        /// For which labels.
        scope: Scope,
        /// Whether a second guardian must agree to what widens access: a permit, an erasure. What protects, such as a denial,
        /// a revocation, a challenge or an objection, needs one of them.
        joint: bool,
    },
    /// It is the custodian of the subject, which attests what its patient said.
    Custodian,
}

impl Authority {
    /// Whether it extends to units with the label `tag`.
    #[must_use]
    pub fn covers(&self, tag: &Tag) -> bool {
        self.scope().is_none_or(|scope| scope.covers(tag))
    }

    /// The scope of a patient or representative; none for the custodian.
    #[must_use]
    pub const fn scope(&self) -> Option<&Scope> {
        match self {
            Self::Patient(scope) | Self::Representative { scope, .. } => Some(scope),
            Self::Custodian => None,
        }
    }

    /// Whether a second guardian must agree to what widens access.
    #[must_use]
    pub const fn is_joint(&self) -> bool {
        matches!(self, Self::Representative { joint: true, .. })
    }
}

/// The subject to which an identity is tied, as holder or representative: to one at most, so that nothing links patients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Tie {
    /// The subject.
    pub subject: SubjectId,
    /// Whether the identity is the patient's own; else it represents the patient.
    pub is_holder: bool,
}

/// There is no subject at the beginning.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct NoGenesis {}
