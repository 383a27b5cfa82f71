//! What happened to consents and restrictions. Each is a notice to the wallets of the patient and who acts for it, within
//! their scopes.

use crate::consent::types::{Consent, Restriction};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{ConsentId, Hash, IdentityId, RestrictionId, SignerId, SubjectId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A consent was given. If its status is `proposed` another guardian must confirm it before it counts.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Granted {
    /// The new consent.
    pub id: ConsentId,
    /// What it says, of whom and by whom.
    pub consent: Box<Consent>,
}

/// The other guardian confirmed a consent: it counts.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Confirmed {
    /// The consent.
    pub id: ConsentId,
    /// Whose records.
    pub subject: SubjectId,
    /// Who confirmed it.
    pub by: IdentityId,
}

/// A new version took the place of a consent.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Superseded {
    /// The consent that counts no longer.
    pub id: ConsentId,
    /// Whose records.
    pub subject: SubjectId,
    /// The consent that took its place.
    pub after: ConsentId,
}

/// One of two guardians asks for the revocation of a consent that denies something.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct RevocationAsked {
    /// The consent.
    pub id: ConsentId,
    /// Whose records.
    pub subject: SubjectId,
    /// Who asks.
    pub by: IdentityId,
}

/// A consent was revoked: no share is released under it any more.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Revoked {
    /// The consent.
    pub id: ConsentId,
    /// Whose records.
    pub subject: SubjectId,
    /// Who revoked it.
    pub by: SignerId,
}

/// A mandatory restriction holds from now on.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Restricted {
    /// The new restriction.
    pub id: RestrictionId,
    /// What it says, of whom.
    pub restriction: Box<Restriction>,
    /// Who entered it.
    pub by: SignerId,
}

/// One of two guardians asks that a restriction be lifted.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct LiftAsked {
    /// The restriction.
    pub id: RestrictionId,
    /// Whose records.
    pub subject: SubjectId,
    /// Who asks.
    pub by: IdentityId,
}

/// A restriction was lifted.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Lifted {
    /// The restriction.
    pub id: RestrictionId,
    /// Whose records.
    pub subject: SubjectId,
    /// Who lifted it.
    pub by: SignerId,
    /// Commitment to what the patient signed: HMAC-SHA-256 under a key that stays off the ledger.
    pub evidence: Hash,
}
