//! What can be asked of consent.

use crate::consent::types::{Form, PROVISIONS_MAX, Provision, RECIPIENTS_MAX, Recipient, RestrictionKind};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{ConsentId, Hash, List, RestrictionId, SubjectId, UnitId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Gives a consent: as the patient, as who acts for the patient, or as the custodian that attests what was signed on paper. It
/// reaches only what its author may decide on. Where two guardians decide together, a consent that permits anything waits
/// until the other confirms it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Whose records.
    pub subject: SubjectId,
    /// What it says: 1 to 16 provisions, with at most 64 recipients and 96 labels together.
    pub provisions: List<Provision, PROVISIONS_MAX>,
    /// Which form it fulfils. Permits that reach restricted units need `part2`.
    pub form: Option<Form>,
    /// The restrictions that do not hold for what this permits.
    pub lifts: List<RestrictionId, 4>,
    /// Commitment to the signed form, or to what the patient was shown: HMAC-SHA-256 under a key that stays off the ledger.
    pub evidence: Hash,
}

/// Confirms, as the other guardian, a consent that one of two gave.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// The consent.
    pub consent: ConsentId,
}

/// Puts a new version in the place of a consent. The old one counts until the new one does.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Amend {
    /// The consent whose place is taken.
    pub consent: ConsentId,
    /// What it says from now on, as in `grant`.
    pub provisions: List<Provision, PROVISIONS_MAX>,
    /// Which form it fulfils.
    pub form: Option<Form>,
    /// The restrictions that do not hold for what this permits.
    pub lifts: List<RestrictionId, 4>,
    /// Commitment to the signed form, or to what the patient was shown: HMAC-SHA-256 under a key that stays off the ledger.
    pub evidence: Hash,
}

/// Revokes a consent from now on; what was released before stays lawful. Where two guardians decide together, a consent that
/// denies anything is revoked when both asked for it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// The consent.
    pub consent: ConsentId,
}

/// Enters a mandatory restriction: as the custodian at the patient's request, an objection also as the patient or who acts
/// for the patient on everything.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restrict {
    /// Whose records.
    pub subject: SubjectId,
    /// What it is.
    pub kind: RestrictionKind,
    /// Which units; none stand for all of the subject. At most 16.
    pub units: List<UnitId, 16>,
    /// Towards whom. None stand for everybody, the custodian included; of what was paid by the patient, for every payer. At most
    /// eight.
    pub towards: List<Recipient, RECIPIENTS_MAX>,
    /// Commitment to the request of the patient: HMAC-SHA-256 under a key that stays off the ledger.
    pub evidence: Hash,
}

/// Lifts a restriction for good: as the patient or who acts for the patient on everything. Where there is nobody of these
/// the custodian attests it. To lift it for one use only, grant a consent that names it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lift {
    /// The restriction.
    pub restriction: RestrictionId,
    /// Commitment to what the patient signed: HMAC-SHA-256 under a key that stays off the ledger. Random where the signature of
    /// this call is enough.
    pub evidence: Hash,
}
