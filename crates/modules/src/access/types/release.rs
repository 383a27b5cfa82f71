//! What a holder asks before it releases a share, and what stops it.

use crate::consent::{Purpose, RuleId};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{ChallengeId, Hash, IdentityId, List, OrgId, SubjectId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most suspensions of one person towards one patient at a time.
pub(in crate::access) const SUSPENSIONS_MAX: usize = 16;

/// An unanswered or upheld challenge: for this purpose the person no longer sees units of this patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Suspension {
    /// The purpose that was challenged. The suspension reaches all that is a case of it, and all of which it is a case.
    pub purpose: Purpose,
    /// Block time from which it is in force: the end of the time for an answer.
    pub from: UnixMs,
    /// The challenge.
    pub challenge: ChallengeId,
}

/// The suspensions of a person towards a patient.
pub(in crate::access) type Suspensions = List<Suspension, SUSPENSIONS_MAX>;

/// What a holder needs to release its share of a unit: it is fit to be released at this moment.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Ticket {
    /// The organization that is to read.
    pub org: OrgId,
    /// The practitioner or program that requested; none if the custodian discloses of its own accord.
    pub person: Option<IdentityId>,
    /// The custodian of the unit.
    pub custodian: OrgId,
    /// The patient.
    pub subject: SubjectId,
    /// Hash of the reader's keys (X-Wing), one of which the share is sealed to: the root of a tree over them (docs/sealed-shares.md).
    pub reader: Hash,
    /// Number of the holder's share, from 1.
    pub share: u8,
    /// The period of the holder's KEM key to which its share is sealed now.
    pub period: u32,
    /// Edition of the unit: a later one has another key, committee and manifest.
    pub edition: u32,
    /// Commitment to the manifest of this edition.
    pub manifest: Hash,
    /// How many shares open the unit.
    pub threshold: u8,
    /// Nothing is released at or after this time.
    pub expires_at: UnixMs,
    /// The rules that permit it at this moment.
    pub rules: List<RuleId, 8>,
    /// Whether this holder already said that it released its share for this request.
    pub released: bool,
}

/// Why a share is not released.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum NotReleasable {
    /// There is no such request.
    UnknownRequest = 0,
    /// The unit was not granted by this request.
    NotGranted = 1,
    /// The request was withdrawn.
    Withdrawn = 2,
    /// The request has expired.
    Expired = 3,
    /// The organization holds no share of the unit.
    NotHolder = 4,
    /// Who requested is no longer an active identity of that organization, or the organization is suspended or has left.
    RequesterGone = 5,
    /// The unit went over to another patient, or there is none any more.
    Moved = 6,
    /// The rules no longer permit it: which ones.
    Denied(List<RuleId, 8>) = 7,
}
