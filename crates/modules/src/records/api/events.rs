//! What happened to units and their holders.

use crate::records::{
    api::calls::Retagging,
    types::{Correction, DeletionOf, HOLDERS_MAX, Holders, RefusalGround, UNITS_MAX, VAULTS_MAX},
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Hash, List, OrgId, Quarter, SignerId, SubjectId, Tag, UnitId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A unit was registered.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Registered {
    /// The unit.
    pub id: UnitId,
    /// Its custodian.
    pub custodian: OrgId,
    /// Whom it is about.
    pub subject: SubjectId,
    /// Commitment to its signed manifest.
    pub manifest: Hash,
    /// Who holds its shares.
    pub holders: Holders,
    /// How many shares open it.
    pub threshold: u8,
    /// The custodian's keyed tag of what it is about.
    pub label: Tag,
    /// Whether special rules restrict it.
    pub restricted: bool,
    /// Whether it is in the compartment that the patient locked.
    pub locked: bool,
    /// The quarter in which the care took place.
    pub care: Quarter,
    /// Its size bucket.
    pub bucket: u8,
    /// The last quarter in which the custodian must keep it.
    pub retain_until: Quarter,
    /// The unit whose place it takes.
    pub supersedes: Option<UnitId>,
    /// The organizations whose vaults keep it.
    pub vaults: List<OrgId, VAULTS_MAX>,
}

/// A unit was entered in error, and is withheld.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct EnteredInError {
    /// The unit.
    pub unit: UnitId,
    /// Whom it is about.
    pub subject: SubjectId,
}

/// Units went over to another subject. Who read one of them must be told.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Retagged {
    /// The units with their new tags.
    pub units: List<Retagging, UNITS_MAX>,
    /// The subject to which they belonged.
    pub from: SubjectId,
    /// The subject to which they belong.
    pub to: SubjectId,
    /// Why.
    pub correction: Correction,
}

/// A legal hold began or ended.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct HoldSet {
    /// The unit.
    pub unit: UnitId,
    /// Whether its erasure is forbidden.
    pub hold: bool,
}

/// A retention was lengthened.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct RetentionSet {
    /// The unit.
    pub unit: UnitId,
    /// The last quarter in which the custodian must keep it.
    pub retain_until: Quarter,
}

/// The erasure of units was requested.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct ErasureRequested {
    /// The units.
    pub units: List<UnitId, UNITS_MAX>,
    /// Whom they are about.
    pub subject: SubjectId,
    /// Who requested it.
    pub by: SignerId,
    /// Whether another guardian must request it, too.
    pub awaits_another: bool,
    /// Commitment to what the patient asked for on paper, if the custodian says so.
    pub attested: Option<Hash>,
}

/// A unit is going to be erased.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct ErasureGranted {
    /// The unit.
    pub unit: UnitId,
    /// Whom it is about.
    pub subject: SubjectId,
    /// Block time from which it is erased.
    pub effective_at: UnixMs,
    /// Whether somebody requested it; else its retention is over and the custodian decided alone.
    pub requested: bool,
}

/// The erasure of a unit was refused.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct ErasureRefused {
    /// The unit.
    pub unit: UnitId,
    /// Whom it is about.
    pub subject: SubjectId,
    /// Why.
    pub ground: RefusalGround,
}

/// A unit is kept, and only the patient's consent opens it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct UseRestricted {
    /// The unit.
    pub unit: UnitId,
    /// Whom it is about.
    pub subject: SubjectId,
}

/// A request for erasure, an erasure to come or a restriction of use ended.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct ErasureCancelled {
    /// The unit.
    pub unit: UnitId,
    /// Who ended it.
    pub by: SignerId,
}

/// A unit is erased: shares are never released again. Vaults, holders and the custodian delete, and say so.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Erased {
    /// The unit.
    pub unit: UnitId,
    /// Whom it was about.
    pub subject: SubjectId,
}

/// An organization said that it deleted something.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct DeletionAcknowledged {
    /// The unit.
    pub unit: UnitId,
    /// The edition.
    pub edition: u32,
    /// Who deleted.
    pub org: OrgId,
    /// What.
    pub of: DeletionOf,
}

/// A unit was dealt anew. Copies of the edition before are to be deleted.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Redealt {
    /// The unit.
    pub unit: UnitId,
    /// The new edition.
    pub edition: u32,
    /// Commitment to its signed manifest.
    pub manifest: Hash,
    /// Who holds its shares.
    pub holders: Holders,
    /// How many shares open it.
    pub threshold: u8,
    /// The organizations whose vaults keep it.
    pub vaults: List<OrgId, VAULTS_MAX>,
    /// Who held its shares before, in the edition before.
    pub left: List<OrgId, HOLDERS_MAX>,
}

/// An organization lost a KEM key. The units of which it held shares are to be dealt anew.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct KeyLost {
    /// The organization.
    pub org: OrgId,
    /// Shares dealt to keys of this and earlier periods are lost.
    pub period: u32,
}

/// An organization began to seal its envelopes to a new key.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct RotationBegun {
    /// The organization.
    pub org: OrgId,
    /// The period of the new key.
    pub period: u32,
    /// SHA-256 of the new key.
    pub key: Hash,
    /// How many living units name it as a holder.
    pub units: u64,
}

/// All envelopes of an organization are sealed to its new key, and the old one is destroyed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct RotationFinished {
    /// The organization.
    pub org: OrgId,
    /// The period of the new key.
    pub period: u32,
    /// How many envelopes were sealed again.
    pub units: u64,
    /// Root of the tree over them; none if there were none.
    pub envelopes: Option<Hash>,
    /// The organizations whose vaults keep them.
    pub vaults: List<OrgId, VAULTS_MAX>,
}

/// A KEM key is in use for longer than it may be.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct KeyOverdue {
    /// The organization.
    pub org: OrgId,
    /// The period of the key.
    pub period: u32,
}

/// A member said whom it wants in the place of a custodian that is gone.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct SuccessorSupported {
    /// The custodian that left.
    pub of: OrgId,
    /// The member.
    pub member: OrgId,
    /// Whom it wants.
    pub successor: OrgId,
}

/// An organization acts in the place of a custodian that is gone.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Succeeded {
    /// The custodian that left.
    pub of: OrgId,
    /// Who acts in its place.
    pub successor: OrgId,
}
