//! Nouns of records: units, the committees that hold their shares, erasure, periods of keys, succession.

mod erasure;
mod keeping;
mod messages;

pub use erasure::{Correction, Deletion, DeletionOf, Erasure, ErasureDecision, RefusalGround};
pub use keeping::{Keeping, Loss, Rotation, Succession, Support};
pub use messages::{reseal_message, vault_message};

pub(super) use keeping::HolderCount;

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Hash, List, OrgId, Quarter, SubjectId, Tag, UnitId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most holders of a unit.
pub const HOLDERS_MAX: usize = 7;

/// Fewest holders of a unit, but in a demonstration.
pub const HOLDERS_MIN: usize = 4;

/// Most vaults that acknowledge an edition of a unit.
pub const VAULTS_MAX: usize = 4;

/// Fewest vaults, of as many organizations, that must have written a unit durably.
pub const VAULTS_MIN: usize = 2;

/// Most copies of earlier editions whose deletion is outstanding.
pub(super) const FORMER_MAX: usize = 12;

/// Most acknowledged deletions: each vault, each holder, the custodian.
pub(super) const DELETIONS_MAX: usize = 12;

/// Most units that one call names.
pub const UNITS_MAX: usize = 16;

/// The largest number of a size bucket: 2^(10 + 16) bytes.
pub const BUCKET_MAX: u8 = 16;

/// An organization that holds a share of a unit.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// The organization.
    pub org: OrgId,
    /// The period of its KEM key to which its share was sealed as dealt.
    pub period: u32,
}

/// Who holds the shares of a unit. The share of a holder has the number of its place in the list, from 1.
pub type Holders = List<Holder, HOLDERS_MAX>;

/// A copy of an earlier edition that a vault is to delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct FormerCopy {
    /// The organization whose vault keeps it.
    pub vault: OrgId,
    /// The edition.
    pub edition: u32,
}

/// What the ledger says of a unit of disclosure: which exists, who can open it together, and how it ends. Nothing of what is
/// in it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Unit {
    /// The organization whose record it is. A successor acts in its place when it is gone.
    pub custodian: OrgId,
    /// Whom it is about: the custodian's pseudonym.
    pub subject: SubjectId,
    /// Commitment to its signed manifest, which commits to a random key.
    pub manifest: Hash,
    /// Which deal of the unit this is, from 1; raised by each re-deal.
    pub edition: u32,
    /// Who holds its shares.
    pub holders: Holders,
    /// How many shares open it.
    pub threshold: u8,
    /// The custodian's keyed tag of what it is about.
    pub label: Tag,
    /// Whether special rules restrict it, such as 42 CFR Part 2; rather too often than too seldom.
    pub restricted: bool,
    /// Whether it is in the compartment that the patient locked: a key of the patient is needed besides the shares.
    pub locked: bool,
    /// The quarter in which the care took place.
    pub care: Quarter,
    /// Its size is at most 2^(10 + bucket) bytes.
    pub bucket: u8,
    /// The unit whose place it took.
    pub before: Option<UnitId>,
    /// The unit that took its place.
    pub after: Option<UnitId>,
    /// Whether the custodian said that it was entered in error: it is withheld from then on.
    pub entered_in_error: bool,
    /// The last quarter in which the custodian must keep it.
    pub retain_until: Quarter,
    /// Whether a legal hold forbids its erasure.
    pub hold: bool,
    /// Where it stands on its way to erasure.
    pub erasure: Erasure,
    /// Block time of the registration.
    pub registered_at: UnixMs,
    /// The organizations whose vaults acknowledged this edition.
    pub vaults: List<OrgId, VAULTS_MAX>,
    /// Copies of earlier editions whose deletion is not acknowledged.
    pub former: List<FormerCopy, FORMER_MAX>,
    /// How many more copies of earlier editions lie with organizations that have left.
    pub unaccounted: u16,
    /// What was deleted after the erasure, as those say who deleted it.
    pub acknowledged: List<Deletion, DELETIONS_MAX>,
}

impl Unit {
    /// Whether it is erased at `now`: its share is never released again.
    #[must_use]
    pub fn is_erased(&self, now: UnixMs) -> bool {
        self.erasure.is_over(now)
    }

    /// Whether only the patient opens it: it is in the compartment that the patient locked, or its use is restricted.
    #[must_use]
    pub const fn needs_patient(&self) -> bool {
        self.locked || self.erasure.is_restricted_use()
    }

    /// The place of `org` among its holders.
    #[must_use]
    pub fn holder(&self, org: &OrgId) -> Option<&Holder> {
        self.holders.iter().find(|holder| holder.org == *org)
    }
}

/// There is no unit at the beginning.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct NoGenesis {}

/// What falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Due {
    /// The delay of an erasure is over.
    Erasure(UnitId),
    /// A KEM key was used for as long as one may be.
    Key(OrgId, u32),
}
