//! What can be asked of records.

use crate::{
    network::KemKey,
    records::types::{Correction, DeletionOf, ErasureDecision, Holders, UNITS_MAX, VAULTS_MAX},
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Hash, List, OrgId, Quarter, Signature, SubjectId, Tag, UnitId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Registers a unit that two vaults keep and whose shares are dealt. Its custodian signs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The unit: random, chosen where the record is born.
    pub unit: UnitId,
    /// Whom it is about: a subject of the custodian that signs.
    pub subject: SubjectId,
    /// Commitment to its signed manifest.
    pub manifest: Hash,
    /// Who holds its shares, in the order of the shares' numbers: four to seven.
    pub holders: Holders,
    /// How many shares open it: more than half.
    pub threshold: u8,
    /// The custodian's keyed tag of what it is about.
    pub label: Tag,
    /// Whether special rules restrict it.
    pub restricted: bool,
    /// Whether it is in the compartment that the patient locked.
    pub locked: bool,
    /// The quarter in which the care took place.
    pub care: Quarter,
    /// Its size is at most 2^(10 + bucket) bytes, 0 to 16.
    pub bucket: u8,
    /// The last quarter in which the custodian must keep it.
    pub retain_until: Quarter,
    /// The unit of the same subject whose place it takes.
    pub supersedes: Option<UnitId>,
    /// By the receipt keys of two different organizations at least: that ciphertext and envelopes of edition 1 are on their
    /// disks.
    pub vaults: List<Signature, VAULTS_MAX>,
}

/// Says that a unit was entered in error. It is withheld from then on, for ever. Its custodian signs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectError {
    /// The unit.
    pub unit: UnitId,
}

/// A unit with another tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retagging {
    /// The unit.
    pub unit: UnitId,
    /// Its tag under the key of the other subject.
    pub label: Tag,
}

/// Moves units of one subject to another of the same custodian: after a merge, the end of one, or a record in the wrong chart.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retag {
    /// The units with their new tags, at least one.
    pub units: List<Retagging, UNITS_MAX>,
    /// The subject to which they belong from now on.
    pub to: SubjectId,
    /// Why.
    pub correction: Correction,
}

/// Begins or ends a legal hold on a unit. One that begins voids an erasure that is not in force yet. Its custodian signs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetHold {
    /// The unit.
    pub unit: UnitId,
    /// Whether its erasure is forbidden from now on.
    pub hold: bool,
}

/// Lengthens the retention of a unit. It voids an erasure that the custodian alone decided on. Its custodian signs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRetention {
    /// The unit.
    pub unit: UnitId,
    /// The last quarter in which the custodian must keep it; later than before.
    pub retain_until: Quarter,
}

/// Asks the custodian to erase units of one subject. The patient signs, or who acts for the patient; where two guardians act
/// together, each signs such a request. For a patient who has no wallet and whom nobody represents the custodian signs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestErasure {
    /// The units, at least one.
    pub units: List<UnitId, UNITS_MAX>,
    /// Commitment to what the patient asked for on paper: HMAC-SHA-256 under a key that stays off the ledger. The custodian
    /// gives it, nobody else.
    pub attested: Option<Hash>,
}

/// Decides on a request for erasure. The custodian signs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideErasure {
    /// The unit.
    pub unit: UnitId,
    /// The decision.
    pub decision: ErasureDecision,
}

/// Takes back a request for erasure, stops one that is not in force yet, or lifts a restriction of use. The patient signs, or
/// who acts for the patient; the custodian, too, where it alone decided on the erasure, or for a patient for whom it attests.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelErasure {
    /// The unit.
    pub unit: UnitId,
}

/// Erases a unit whose retention is over, after the delay. The custodian signs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tombstone {
    /// The unit.
    pub unit: UnitId,
}

/// Acknowledges that the organization that signs has deleted something of a unit that is erased; or its vault a copy of an
/// earlier edition.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeDeletion {
    /// The unit.
    pub unit: UnitId,
    /// The edition of which it is.
    pub edition: u32,
    /// What was deleted. Of an earlier edition only the ciphertext.
    pub of: DeletionOf,
}

/// Deals a unit anew: with a fresh key, ciphertext, committee and manifest, and the same contents. Its custodian signs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Redeal {
    /// The unit.
    pub unit: UnitId,
    /// The edition: one above that of before.
    pub edition: u32,
    /// Commitment to the new signed manifest.
    pub manifest: Hash,
    /// Who holds its shares from now on, in the order of the shares' numbers.
    pub holders: Holders,
    /// How many shares open it.
    pub threshold: u8,
    /// By the receipt keys of two different organizations at least: that ciphertext and envelopes of the edition are on their
    /// disks.
    pub vaults: List<Signature, VAULTS_MAX>,
}

/// Says that a KEM key of the organization that signs is lost: shares dealt to it or to earlier ones are no longer counted.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportLostKey {
    /// The period of the key.
    pub period: u32,
}

/// Begins a period with a new KEM key of the organization that signs. The units that live now are those whose envelopes it
/// seals again.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginRotation {
    /// The key, of the next period.
    pub key: KemKey,
}

/// Says that all envelopes of the organization that signs are sealed to the new key, kept by vaults, and that the old key is
/// destroyed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishRotation {
    /// The organization that signs. It stands in what the vaults sign.
    pub org: OrgId,
    /// The period of the new key.
    pub period: u32,
    /// How many envelopes were sealed again: those of the units that lived when the rotation began, and live still.
    pub units: u64,
    /// Root of the tree over the new envelopes, in ascending order of their units.
    pub envelopes: Hash,
    /// By the receipt keys of two different organizations at least: that they keep all of them, and none of before.
    pub vaults: List<Signature, VAULTS_MAX>,
}

/// Says whom the member that signs wants in the place of a custodian that is gone. Its last word counts.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SupportSuccessor {
    /// The custodian that left.
    pub of: OrgId,
    /// Who takes its place.
    pub successor: OrgId,
}
