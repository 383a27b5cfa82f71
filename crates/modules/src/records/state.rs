//! Tables of records, and what other modules may read.

use crate::{
    network::{self, Status},
    records::{
        Call, Records,
        types::{HolderCount, Keeping, Succession, Unit},
    },
};
use epione_kernel::{KeySet, Missing, Reads, Table};
use epione_types::{OrgId, SignerId, UnitId};

pub(super) const UNITS: Table<Records, UnitId, Unit> = Table::new(1, "units");
pub(super) const KEEPINGS: Table<Records, OrgId, Keeping> = Table::new(2, "keepings");
pub(super) const HOLDERS: Table<Records, (), HolderCount> = Table::new(3, "holders");
pub(super) const SUCCESSIONS: Table<Records, OrgId, Succession> = Table::new(4, "successions");

/// How often a successor is itself succeeded, before nobody acts for a custodian.
const SUCCESSIONS_MAX: usize = 16;

/// The unit with this identifier. For other modules.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn unit(from: &impl Reads, id: &UnitId) -> Result<Option<Unit>, Missing> {
    UNITS.get(from, id)
}

/// Adds the row that [`unit`] reads.
pub fn unit_reads(id: &UnitId, keys: &mut KeySet) {
    keys.add(&UNITS, id);
}

/// What an organization keeps as a holder, and how far it is with its keys.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn keeping(from: &impl Reads, org: &OrgId) -> Result<Keeping, Missing> {
    Ok(KEEPINGS.get(from, org)?.unwrap_or_default())
}

/// Adds the row that [`keeping`] reads.
pub fn keeping_reads(org: &OrgId, keys: &mut KeySet) {
    keys.add(&KEEPINGS, org);
}

/// Who takes the place of a custodian that is gone; an empty value if the members have not begun to decide.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn succession(from: &impl Reads, of: &OrgId) -> Result<Succession, Missing> {
    Ok(SUCCESSIONS.get(from, of)?.unwrap_or_default())
}

/// Who acts as the custodian `org`: itself, or who took its place when it had left, or the place of that one.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn acting_custodian(from: &impl Reads, org: &OrgId) -> Result<OrgId, Missing> {
    let mut acting = *org;
    for _ in 0..SUCCESSIONS_MAX {
        match succession(from, &acting)?.successor {
            Some(successor) => acting = successor,
            None => break,
        }
    }
    Ok(acting)
}

/// Who acts as the custodian of `unit`.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn custodian_of(from: &impl Reads, unit: &Unit) -> Result<OrgId, Missing> {
    acting_custodian(from, &unit.custodian)
}

/// Adds the row that [`acting_custodian`] reads first.
pub fn custodian_reads(org: &OrgId, keys: &mut KeySet) {
    keys.add(&SUCCESSIONS, org);
}

/// How many holders can still give their shares of `unit`: members, be they suspended, whose keys are not lost. Below
/// the threshold nobody opens it, and its custodian must deal it anew.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn live_shares(from: &impl Reads, unit: &Unit) -> Result<u8, Missing> {
    let mut live = 0_u8;
    for holder in unit.holders.iter() {
        let is_member = matches!(network::member_status(from, &holder.org)?, Some(Status::Active | Status::Suspended));
        if is_member && keeping(from, &holder.org)?.is_live(holder.period) {
            live = live.saturating_add(1);
        }
    }
    Ok(live)
}

pub(super) fn reads(_by: &SignerId, _call: &Call, _keys: &mut KeySet) {}
