//! What can be asked of access.

use crate::{
    access::types::{
        CATEGORIES_MAX, Category, LawfulOrder, NOTICE_BYTES_MAX, PURPOSES_MAX, RelationKind, Relationship, UNITS_MAX,
    },
    consent::{PractitionerRole, Purpose},
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{
    AgreementId, ConsentId, EmergencyId, Hash, List, LocateId, OrgId, Quarter, RequestId, SubjectId, Text, UnitId,
    UnixMs,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Proposes an agreement between a custodian and another organization; either of them does.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposeAgreement {
    /// The custodian, whose units it is about.
    pub from: OrgId,
    /// Who may then ask for them.
    pub to: OrgId,
    /// For what, each once. A purpose includes those that are a case of it.
    pub purposes: List<Purpose, PURPOSES_MAX>,
    /// The coarse kinds of records, each once, ascending. The custodian keeps to them when it answers a search.
    pub categories: List<Category, CATEGORIES_MAX>,
    /// Whether restricted units are covered.
    pub restricted: bool,
    /// What the recipient is told with every record: for restricted units the notice of 42 CFR 2.32. Never about a person.
    pub notice: Option<Text<NOTICE_BYTES_MAX>>,
    /// It ends at this time.
    pub until: UnixMs,
}

/// Accepts an agreement that the other party proposed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptAgreement {
    /// The agreement.
    pub agreement: AgreementId,
}

/// Ends an agreement, or declines or withdraws a proposed one; either party does. What rested on it is no longer released.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndAgreement {
    /// The agreement.
    pub agreement: AgreementId,
}

/// Searches for the chart of a patient at one custodian. Demographics or a link token go to the custodian alone, outside the
/// ledger; the custodian answers with handles of units, or not: both look alike.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocateChart {
    /// Where is searched.
    pub custodian: OrgId,
    /// For what.
    pub purpose: Purpose,
    /// HMAC-SHA-256 over the query under a random key.
    pub query: Hash,
    /// What the organization has to do with the patient.
    pub relationship: Option<Relationship>,
    /// The emergency access under which is searched.
    pub emergency: Option<EmergencyId>,
}

/// Commits to the answer to a search, whatever it is.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerLocate {
    /// The search.
    pub locate: LocateId,
    /// HMAC-SHA-256 over the answer under a random key.
    pub answer: Hash,
}

/// Enters that an organization has to do with a patient: by the custodian, or by the organization about itself after a
/// search that named the same relationship and was answered. It takes the place of one of the same kind.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Relate {
    /// The patient.
    pub subject: SubjectId,
    /// The organization.
    pub org: OrgId,
    /// Why, with a commitment to the evidence.
    pub relationship: Relationship,
    /// The last quarter in which it is in force, at most two years ahead.
    pub until: Quarter,
    /// The search on which it rests; needed unless the custodian enters it.
    pub locate: Option<LocateId>,
}

/// Ends a relation: by the custodian, or by the organization itself.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndRelation {
    /// The patient.
    pub subject: SubjectId,
    /// The organization.
    pub org: OrgId,
    /// Which relation.
    pub kind: RelationKind,
}

/// Requests units of one patient. The rules decide on each; what they deny is entered, too.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestUnits {
    /// The units, one to sixteen, each once.
    pub units: List<UnitId, UNITS_MAX>,
    /// For what.
    pub purpose: Purpose,
    /// As what the requester works; its organization answers for that.
    pub role: Option<PractitionerRole>,
    /// Hash of the reader's keys (X-Wing), one for each unit and holder: the root of a tree over them (docs/sealed-shares.md).
    pub reader: Hash,
    /// HMAC-SHA-256 over the evidence of the purpose under a random key: shown to whoever challenges it.
    pub evidence: Hash,
    /// The law that requires the disclosure.
    pub law: Option<LawfulOrder>,
    /// The emergency access under which is requested; binds it to this patient.
    pub emergency: Option<EmergencyId>,
    /// The search by which the units were found.
    pub locate: Option<LocateId>,
    /// Consents on which the requester relies: a hint that saves time. All consents that count decide, named or not.
    pub consents: List<ConsentId, 4>,
    /// Nothing is released at or after this time; at most as far ahead as the parameter `grant-ms` says.
    pub expires_at: UnixMs,
}

/// Gives a request up: nothing more is released for it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// The request.
    pub request: RequestId,
}

/// Discloses units of one patient to another organization, as their custodian: for a claim exactly the claimed encounter. The
/// rules decide on each unit, as on those that are requested.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Disclose {
    /// The units, one to sixteen, each once.
    pub units: List<UnitId, UNITS_MAX>,
    /// Who is to read them.
    pub to: OrgId,
    /// For what.
    pub purpose: Purpose,
    /// Hash of the reader's keys, as in a request.
    pub reader: Hash,
    /// HMAC-SHA-256 over the claim, order or other ground under a random key.
    pub claim: Hash,
    /// The law that requires the disclosure.
    pub law: Option<LawfulOrder>,
    /// Nothing is released at or after this time; at most as far ahead as the parameter `grant-ms` says.
    pub expires_at: UnixMs,
}

/// Says that the holder released its share of a unit, once for each request. Taken also if the grant has ended since.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The request.
    pub request: RequestId,
    /// The unit.
    pub unit: UnitId,
}

/// Says that a holder of a granted unit did not answer, or with a share that does not fit its commitment. Once for each
/// request, unit and holder.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Complain {
    /// The request.
    pub request: RequestId,
    /// The unit.
    pub unit: UnitId,
    /// The holder.
    pub holder: OrgId,
    /// HMAC-SHA-256 over the holder's signed answer under a random key; never the share.
    pub evidence: Hash,
}
