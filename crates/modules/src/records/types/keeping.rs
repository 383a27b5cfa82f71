//! What holders keep: how many shares, under which key; and who takes the place of a custodian that is gone.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{List, OrgId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rotation under way: all envelopes of an organization are sealed again, to a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Rotation {
    /// The period that begins.
    pub period: u32,
    /// Height at which it began: the units that lived then are those whose envelopes are sealed again.
    pub height: u64,
    /// Block time at which it began.
    pub begun_at: UnixMs,
    /// How many units the organization held a share of.
    pub units: u64,
}

/// The loss of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Loss {
    /// Shares dealt to keys of this and earlier periods are lost.
    pub through: u32,
    /// Block time of the report.
    pub at: UnixMs,
}

/// What the ledger knows of an organization as a holder of shares.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
pub struct Keeping {
    /// How many units name it as a holder and are not erased. Who leaves has done so completely when there are none.
    pub units: u64,
    /// The rotation under way.
    pub rotation: Option<Rotation>,
    /// The last rotation that is finished: keys of earlier periods are destroyed.
    pub finished: Option<Rotation>,
    /// The last loss of a key.
    pub loss: Option<Loss>,
}

impl Keeping {
    /// The period of the key to which a share dealt to `dealt` is sealed now.
    #[must_use]
    pub fn sealed_period(&self, dealt: u32) -> u32 {
        self.finished.map_or(dealt, |finished| finished.period.max(dealt))
    }

    /// Whether a share dealt to `dealt` can still be opened.
    #[must_use]
    pub fn is_live(&self, dealt: u32) -> bool {
        self.loss.is_none_or(|loss| dealt > loss.through)
    }
}

/// Organizations that rotate, with the time at which they began.
type Rotating = List<(OrgId, UnixMs), 128>;

/// How many organizations hold shares, and which of them rotate: in one row.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(in crate::records) struct HolderCount {
    /// Organizations with at least one unit.
    pub holders: u64,
    /// Those with a rotation under way.
    pub rotating: Rotating,
}

impl HolderCount {
    /// How many may rotate at once: a third of the holders, less than one would need to block units; at least one.
    pub(in crate::records) fn most(&self) -> u64 {
        self.holders.saturating_sub(1).checked_div(3).unwrap_or(0).max(1)
    }
}

/// A member's word on who takes the place of a custodian that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Support {
    /// The member.
    pub member: OrgId,
    /// Whom it wants.
    pub successor: OrgId,
}

/// Who takes the place of a custodian that is gone.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
pub struct Succession {
    /// The last word of each member.
    pub supports: List<Support, 100>,
    /// Who acts in its place, once more than two thirds of the active members wanted it.
    pub successor: Option<OrgId>,
    /// Block time of that.
    pub decided_at: Option<UnixMs>,
}
