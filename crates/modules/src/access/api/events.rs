//! What happened.

use crate::{
    access::types::{Agreement, LawfulOrder, RelationKind, Relationship, UNITS_MAX},
    consent::{PractitionerRole, Purpose, RuleId},
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{
    AgreementId, EmergencyId, Hash, IdentityId, List, LocateId, OrgId, Quarter, RequestId, SignerId, SubjectId, UnitId,
    UnixMs,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An agreement was proposed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct AgreementProposed {
    /// The new agreement.
    pub id: AgreementId,
    /// Its parties and terms.
    pub agreement: Agreement,
}

/// Both parties agreed: the agreement is in force.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct AgreementAccepted {
    /// The agreement.
    pub id: AgreementId,
    /// The party that accepted.
    pub by: OrgId,
}

/// An agreement was ended, declined or withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct AgreementEnded {
    /// The agreement.
    pub id: AgreementId,
    /// The party that ended it.
    pub by: OrgId,
}

/// The chart of a patient is searched for. The custodian now expects the query, outside the ledger.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Located {
    /// The new search.
    pub id: LocateId,
    /// The organization that searches.
    pub org: OrgId,
    /// The practitioner or program that signed.
    pub person: IdentityId,
    /// Where is searched.
    pub custodian: OrgId,
    /// For what.
    pub purpose: Purpose,
    /// Commitment to the query.
    pub query: Hash,
    /// What the organization says it has to do with the patient.
    pub relationship: Option<Relationship>,
    /// The emergency access under which is searched.
    pub emergency: Option<EmergencyId>,
    /// Requests and relations may rest on it before this time.
    pub expires_at: UnixMs,
}

/// The custodian answered a search: with a match or not, both look alike.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct LocateAnswered {
    /// The search.
    pub id: LocateId,
    /// Commitment to the answer.
    pub answer: Hash,
}

/// An organization is on record as having to do with a patient.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Related {
    /// The patient.
    pub subject: SubjectId,
    /// The organization.
    pub org: OrgId,
    /// Why, with the commitment to the evidence.
    pub relationship: Relationship,
    /// Who entered it.
    pub by: SignerId,
    /// The last quarter in which it is in force.
    pub until: Quarter,
}

/// A relation was ended.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct RelationEnded {
    /// The patient.
    pub subject: SubjectId,
    /// The organization.
    pub org: OrgId,
    /// Which relation.
    pub kind: RelationKind,
    /// Who ended it.
    pub by: SignerId,
}

/// Units were requested; what was decided on each follows.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Requested {
    /// The new request.
    pub id: RequestId,
    /// The organization that is to read.
    pub org: OrgId,
    /// The practitioner or program that requested.
    pub person: IdentityId,
    /// The custodian of the units.
    pub custodian: OrgId,
    /// The patient.
    pub subject: SubjectId,
    /// For what.
    pub purpose: Purpose,
    /// As what the requester works.
    pub role: Option<PractitionerRole>,
    /// SHA-256 of the public key to which shares are sealed.
    pub reader: Hash,
    /// Commitment to the evidence of the purpose.
    pub evidence: Hash,
    /// The law that requires the disclosure.
    pub law: Option<LawfulOrder>,
    /// The emergency access under which is requested.
    pub emergency: Option<EmergencyId>,
    /// The search by which the units were found.
    pub locate: Option<LocateId>,
    /// Nothing is released at or after this time.
    pub expires_at: UnixMs,
    /// How many units are requested.
    pub units: u8,
}

/// A unit was granted: its holders release their shares to this reader as long as the rules still permit it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Granted {
    /// The request or disclosure.
    pub request: RequestId,
    /// The unit.
    pub unit: UnitId,
    /// Who is to read.
    pub org: OrgId,
    /// The practitioner or program that requested; none if the custodian discloses of its own accord.
    pub person: Option<IdentityId>,
    /// The custodian of the unit.
    pub custodian: OrgId,
    /// The patient.
    pub subject: SubjectId,
    /// For what.
    pub purpose: Purpose,
    /// The rules that decided.
    pub rules: List<RuleId, 8>,
    /// SHA-256 of the public key to which shares are sealed.
    pub reader: Hash,
    /// The holders of shares.
    pub holders: List<OrgId, 7>,
    /// Nothing is released at or after this time.
    pub expires_at: UnixMs,
}

/// A unit was denied.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Denied {
    /// The request or disclosure.
    pub request: RequestId,
    /// The unit.
    pub unit: UnitId,
    /// Who would have read.
    pub org: OrgId,
    /// The practitioner or program that requested; none if the custodian wished to disclose.
    pub person: Option<IdentityId>,
    /// The custodian of the unit.
    pub custodian: OrgId,
    /// The patient.
    pub subject: SubjectId,
    /// For what.
    pub purpose: Purpose,
    /// The rules that decided.
    pub rules: List<RuleId, 8>,
}

/// A request was given up.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Withdrawn {
    /// The request.
    pub id: RequestId,
    /// Who gave it up.
    pub by: SignerId,
}

/// A custodian discloses units of its own accord; what was decided on each follows.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Disclosed {
    /// The new request, as which it is kept.
    pub id: RequestId,
    /// Who is to read.
    pub to: OrgId,
    /// Who signed for the custodian.
    pub by: SignerId,
    /// The custodian.
    pub custodian: OrgId,
    /// The patient.
    pub subject: SubjectId,
    /// For what.
    pub purpose: Purpose,
    /// SHA-256 of the public key to which shares are sealed.
    pub reader: Hash,
    /// Commitment to the claim, order or other ground.
    pub claim: Hash,
    /// The law that requires the disclosure.
    pub law: Option<LawfulOrder>,
    /// Nothing is released at or after this time.
    pub expires_at: UnixMs,
    /// How many units are to be disclosed.
    pub units: u8,
}

/// A holder says that it released its share of a unit.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Released {
    /// The request.
    pub request: RequestId,
    /// The unit.
    pub unit: UnitId,
    /// The holder.
    pub holder: OrgId,
}

/// A reader complains of a holder that did not answer, or wrongly.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Complained {
    /// The request.
    pub request: RequestId,
    /// The unit.
    pub unit: UnitId,
    /// The holder.
    pub holder: OrgId,
    /// Who complains.
    pub by: SignerId,
    /// Commitment to the holder's answer.
    pub evidence: Hash,
}

/// As many units as a request may have, as the events count them.
const _: () = assert!(UNITS_MAX <= 255, "the number of units fits a byte");
