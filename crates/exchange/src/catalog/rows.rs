//! What stands in the rows of the catalog.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{
    Bytes, ChallengeId, EmergencyId, Hash, IdentityId, List, OrgId, Quarter, RequestId, SubjectId, Tag, Text, UnitId,
    UnixMs,
};
use epione_vault::{Sealed, SignedManifest, SubjectKey, UnitKey, tags::Label};
use std::fmt;
use zeroize::Zeroize;

/// Most identifiers and link tokens of one subject.
pub const IDENTIFIERS_MAX: usize = 64;

/// Longest reference to an encounter, in bytes.
pub const ENCOUNTER_BYTES_MAX: usize = 128;
/// A custodian's own reference to an encounter.
pub type Encounter = Text<ENCOUNTER_BYTES_MAX>;

/// A unit that is kept as a vault.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Kept {
    /// Its manifest.
    pub manifest: SignedManifest,
    /// Since when, by this node's clock.
    pub kept_at: UnixMs,
}

/// An envelope as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeptEnvelope {
    /// The envelope.
    pub sealed: Sealed,
    /// The manifest of its unit, where the unit itself is not kept.
    pub manifest: Option<SignedManifest>,
}

/// What a custodian knows of its own unit.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Source {
    /// The unit.
    pub unit: UnitId,
    /// Whose chart it belongs to.
    pub subject: SubjectId,
    /// The edition as last dealt.
    pub edition: u32,
    /// The key of its ciphertext.
    pub key: [u8; 32],
    /// What it is about.
    pub category: Label,
    /// How confidential it is.
    pub class: Label,
    /// The tag of both.
    pub tag: Tag,
    /// The encounter that it documents.
    pub encounter: Option<Encounter>,
    /// In whose name it was written.
    pub author: Option<IdentityId>,
    /// Whether it is about care under 42 CFR Part 2, or whatever else the custodian marks so.
    pub restricted: bool,
    /// Whether it lies in the patient-locked compartment.
    pub locked: bool,
    /// Whether the patient paid in full and asked that the plan is not told.
    pub self_paid: bool,
    /// When the care took place.
    pub care: Quarter,
    /// Whether the ledger has it: until then nobody sees it.
    pub registered: bool,
}

impl Source {
    /// The key of its ciphertext.
    #[must_use]
    pub fn unit_key(&self) -> UnitKey {
        UnitKey::from_bytes(self.key)
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({}, [private])", self.unit)
    }
}

/// What a custodian keeps of a subject of its own.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OwnSubject {
    /// The key of its label tags.
    pub key: [u8; 32],
    /// Under what it is found, as keys of the index.
    pub identifiers: List<[u8; 32], IDENTIFIERS_MAX>,
}

impl OwnSubject {
    /// The key of its label tags.
    #[must_use]
    pub fn tag_key(&self) -> SubjectKey {
        SubjectKey::from_bytes(self.key)
    }
}

impl Drop for OwnSubject {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl fmt::Debug for OwnSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnSubject([private])")
    }
}

/// What opens a commitment on the ledger.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Opening {
    /// The key of the commitment.
    pub salt: [u8; 32],
    /// What was committed to.
    pub text: Bytes<{ 64 * 1024 }>,
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening([private])")
    }
}

/// What was obtained under a grant. It is purged when the grant ends, unless it was charted.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Copied {
    /// Where the contents are, wrapped under the storage key.
    pub blob: Hash,
    /// When the grant ends.
    pub expires_at: UnixMs,
    /// Whether it became part of a chart of this organization.
    pub charted: bool,
}

/// What a patient is to be told.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Notice {
    /// Whom it concerns.
    pub subject: SubjectId,
    /// Where the event stands in the log.
    pub position: u64,
    /// What happened.
    pub what: Happened,
    /// Whether somebody says that the patient was told.
    pub delivered: bool,
}

/// What happened to a patient's records. Numbers are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Happened {
    /// Somebody may read a unit.
    Granted(RequestId, OrgId) = 0,
    /// Somebody was refused.
    Denied(RequestId, OrgId) = 1,
    /// Somebody broke the glass.
    Emergency(EmergencyId) = 2,
    /// The custodian itself disclosed.
    Disclosed(RequestId, OrgId) = 3,
    /// The decision on an erasure.
    Erasure(UnitId) = 4,
    /// A challenge of a request for its records was not answered in time.
    Challenge(ChallengeId) = 5,
}

/// An own unit on its way to the ledger.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Pending {
    /// What is registered: everything of the call but the acknowledgements of the vaults.
    pub manifest: SignedManifest,
    /// The unit that it takes the place of.
    pub supersedes: Option<UnitId>,
    /// Until when it is kept at least.
    pub retain_until: Quarter,
    /// The vaults that are asked to keep it, this organization first.
    pub vaults: List<OrgId, 4>,
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pending({})", self.manifest.manifest.unit)
    }
}
