//! Requests for units, and what was decided on each.

use crate::consent::{LegalBasis, PractitionerRole, Purpose, RuleId};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{EmergencyId, Hash, IdentityId, List, LocateId, OrgId, SignerId, SubjectId, UnitId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most units of one request.
pub const UNITS_MAX: usize = 16;

/// The law that requires a disclosure, and by what authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LawfulOrder {
    /// Which law.
    pub basis: LegalBasis,
    /// HMAC-SHA-256 over the order or statute as it was presented, under a random key: what the accounting rests on.
    pub authority: Hash,
}

/// Where a request stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum RequestStatus {
    /// What was granted may be released until it expires.
    Open = 0,
    /// Who requested needs it no longer.
    Withdrawn = 1,
}

/// A request for units of one patient at one custodian, or the custodian's own disclosure of them.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// The organization that is to read.
    pub org: OrgId,
    /// The practitioner or program that requested; none if the custodian discloses of its own accord.
    pub person: Option<IdentityId>,
    /// Who signed.
    pub by: SignerId,
    /// The custodian of the units.
    pub custodian: OrgId,
    /// The patient.
    pub subject: SubjectId,
    /// The units, each once.
    pub units: List<UnitId, UNITS_MAX>,
    /// For what.
    pub purpose: Purpose,
    /// As what the requester works, by the word of its organization.
    pub role: Option<PractitionerRole>,
    /// Hash of the reader's keys (X-Wing), one for each unit and holder: the root of a tree over them (docs/sealed-shares.md).
    pub reader: Hash,
    /// Commitment to the evidence of the purpose, shown to whoever challenges it. In a disclosure: to the claim or order.
    pub evidence: Hash,
    /// The law that requires it.
    pub law: Option<LawfulOrder>,
    /// The emergency access under which is requested.
    pub emergency: Option<EmergencyId>,
    /// The search by which the units were found.
    pub locate: Option<LocateId>,
    /// Block time.
    pub requested_at: UnixMs,
    /// Nothing is released at or after this time.
    pub expires_at: UnixMs,
    /// Where it stands in its life.
    pub status: RequestStatus,
}

impl Request {
    /// Whether the custodian discloses of its own accord.
    #[must_use]
    pub const fn is_disclosure(&self) -> bool {
        self.person.is_none()
    }

    /// Whether it is neither withdrawn nor expired at `now`.
    #[must_use]
    pub fn is_open(&self, now: UnixMs) -> bool {
        self.status == RequestStatus::Open && now < self.expires_at
    }
}

/// What was decided on a unit of a request, at the moment of the request.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Decided {
    /// Whether it was granted.
    pub granted: bool,
    /// The rules that decided.
    pub rules: List<RuleId, 8>,
    /// Who held shares of the unit at that moment: their words that they released them are taken also after a change of the
    /// committee.
    pub holders: List<OrgId, 7>,
}
