//! Tables of records, and what other modules may read.

use crate::{
    network::{self, ClaimedKey, KeyUse, Purpose, Status},
    records::{
        Call, Records,
        types::{Holder, HolderCount, Keeping, Succession, Unit},
    },
    subjects::{self, SubjectStatus},
};
use epione_kernel::{KeySet, MemoryState, Missing, Reads, Table};
use epione_types::{OrgId, PublicKey, Signature, SignerId, UnitId};

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

/// All units of a whole state. For laws, generators and tests of other modules.
pub fn units(state: &MemoryState) -> impl Iterator<Item = (UnitId, Unit)> + '_ {
    UNITS.all(state)
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

/// Whether the unit is withheld from everybody but its custodian: it was entered in error, or its patient was merged with
/// another and it does not have the tag of that one yet.
///
/// # Errors
/// [`Missing`] if the row of its subject is not loaded.
pub fn is_withheld(from: &impl Reads, unit: &Unit) -> Result<bool, Missing> {
    let subject = subjects::subject(from, &unit.subject)?;
    let is_merged = subject.is_none_or(|subject| matches!(subject.status, SubjectStatus::Merged { .. }));
    Ok(unit.entered_in_error || is_merged)
}

/// The organization that has not left and whose receipt key this is now.
pub(super) fn receipt_key_of(from: &impl Reads, key: &PublicKey) -> Result<Option<OrgId>, Missing> {
    let Some(KeyUse { owner: SignerId::Organization(org), purpose: Purpose::Receipt }) =
        network::key_use(from, &ClaimedKey::Signing(*key))?
    else {
        return Ok(None);
    };
    let found = network::organization(from, &org)?;
    let is_current = found.is_some_and(|found| found.status != Status::Left && found.keys.receipt == Some(*key));
    Ok(is_current.then_some(org))
}

pub(super) fn reads(by: &SignerId, call: &Call, keys: &mut KeySet) {
    if let SignerId::Organization(org) = by {
        network::status_reads(org, keys);
    }
    match call {
        Call::Register(call) => {
            unit_reads(&call.unit, keys);
            call.supersedes.iter().for_each(|unit| unit_reads(unit, keys));
            subjects::subject_reads(&call.subject, keys);
            deal_reads(&call.holders, &call.vaults, keys);
        }
        Call::Redeal(call) => {
            unit_reads(&call.unit, keys);
            deal_reads(&call.holders, &call.vaults, keys);
        }
        Call::Retag(call) => {
            call.units.iter().for_each(|retagging| unit_reads(&retagging.unit, keys));
            subjects::subject_reads(&call.to, keys);
        }
        Call::RequestErasure(call) => call.units.iter().for_each(|unit| unit_reads(unit, keys)),
        Call::CorrectError(call) => unit_reads(&call.unit, keys),
        Call::SetHold(call) => unit_reads(&call.unit, keys),
        Call::SetRetention(call) => unit_reads(&call.unit, keys),
        Call::CancelErasure(call) => unit_reads(&call.unit, keys),
        Call::AcknowledgeDeletion(call) => unit_reads(&call.unit, keys),
        Call::DecideErasure(call) => {
            unit_reads(&call.unit, keys);
            network::settings_reads(keys);
        }
        Call::Tombstone(call) => {
            unit_reads(&call.unit, keys);
            network::settings_reads(keys);
        }
        Call::BeginRotation(call) => {
            network::settings_reads(keys);
            network::claim_reads(&ClaimedKey::kem(&call.key), keys);
            keys.add(&HOLDERS, &());
        }
        Call::FinishRotation(call) => {
            vault_reads(&call.vaults, keys);
            keeping_reads(&call.org, keys);
            keys.add(&HOLDERS, &());
        }
        Call::ReportLostKey(_) => {
            if let SignerId::Organization(org) = by {
                keeping_reads(org, keys);
                network::kem_reads(org, keys);
            }
        }
        Call::SupportSuccessor(call) => {
            network::status_reads(&call.of, keys);
            network::status_reads(&call.successor, keys);
            keys.add(&SUCCESSIONS, &call.of);
        }
    }
}

/// The rows that a new deal reads.
fn deal_reads(holders: &[Holder], vaults: &[Signature], keys: &mut KeySet) {
    for holder in holders {
        network::status_reads(&holder.org, keys);
        network::kem_reads(&holder.org, keys);
        keeping_reads(&holder.org, keys);
    }
    vault_reads(vaults, keys);
}

fn vault_reads(vaults: &[Signature], keys: &mut KeySet) {
    for vault in vaults {
        network::claim_reads(&ClaimedKey::Signing(vault.key()), keys);
    }
}
