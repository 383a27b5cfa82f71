//! One function per call: check, write, emit. Here what needs no state, and who may act; the calls beside it.

mod deal;
mod delete;
mod erasure;
mod keys;
mod retag;
mod succession;

use deal::{redeal, register};
use delete::acknowledge_deletion;
use erasure::{cancel_erasure, decide_erasure, request_erasure, set_hold, set_retention, tombstone};
use keys::{begin_rotation, finish_rotation, report_lost_key};
use retag::{correct_error, retag};
use succession::support_successor;

use crate::{
    network::{self, Organization, OrganizationKind, Role, Status},
    records::{
        Call, Records, Reject,
        state::{self, HOLDERS, KEEPINGS, UNITS},
        types::{BUCKET_MAX, Due, HOLDERS_MIN, Holder, Unit, VAULTS_MAX, VAULTS_MIN, reseal_message, vault_message},
    },
    subjects,
};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop};
use epione_types::{Hash, List, OrgId, PublicKey, Signature, UnitId};
use std::collections::BTreeSet;

/// Committees, lists and signatures of a call, as far as they need no state.
pub(super) fn check(call: &Call) -> Result<(), Reject> {
    match call {
        Call::Register(call) => {
            check_committee(&call.holders, call.threshold)?;
            if call.bucket > BUCKET_MAX {
                return Err(Reject::BucketUnknown);
            }
            check_vaults(&call.vaults, &vault_message(&call.unit, 1, &call.manifest))
        }
        Call::Redeal(call) => {
            check_committee(&call.holders, call.threshold)?;
            check_vaults(&call.vaults, &vault_message(&call.unit, call.edition, &call.manifest))
        }
        Call::FinishRotation(call) => {
            let message = reseal_message(&call.org, call.period, call.units, &call.envelopes);
            check_vaults(&call.vaults, &message)
        }
        Call::Retag(call) => check_units(call.units.iter().map(|retagging| retagging.unit)),
        Call::RequestErasure(call) => check_units(call.units.iter().copied()),
        Call::CorrectError(_)
        | Call::SetHold(_)
        | Call::SetRetention(_)
        | Call::DecideErasure(_)
        | Call::CancelErasure(_)
        | Call::Tombstone(_)
        | Call::AcknowledgeDeletion(_)
        | Call::ReportLostKey(_)
        | Call::BeginRotation(_)
        | Call::SupportSuccessor(_) => Ok(()),
    }
}

/// Two holders at least, each once; any two sets of holders that open the unit have one in common.
fn check_committee(holders: &[Holder], threshold: u8) -> Result<(), Reject> {
    let (count, threshold) = (holders.len(), usize::from(threshold));
    let distinct: BTreeSet<OrgId> = holders.iter().map(|holder| holder.org).collect();
    let is_majority = threshold.saturating_mul(2) > count && threshold <= count;
    if count < 2 || distinct.len() != count || !is_majority { Err(Reject::CommitteeUnsound) } else { Ok(()) }
}

fn check_units(units: impl Iterator<Item = UnitId>) -> Result<(), Reject> {
    let units: Vec<UnitId> = units.collect();
    let distinct: BTreeSet<&UnitId> = units.iter().collect();
    if units.is_empty() || distinct.len() != units.len() { Err(Reject::UnitsNotDistinct) } else { Ok(()) }
}

fn check_vaults(signatures: &[Signature], message: &[u8]) -> Result<(), Reject> {
    let keys: BTreeSet<PublicKey> = signatures.iter().map(Signature::key).collect();
    let are_valid = signatures.iter().all(|signature| signature.verify(message).is_ok());
    if signatures.len() < VAULTS_MIN || keys.len() != signatures.len() || !are_valid {
        return Err(Reject::AcknowledgementInvalid);
    }
    Ok(())
}

pub(super) fn apply(ctx: &mut Ctx<'_, Records>, by: &Signer, call: &Call) -> Done<Records> {
    match call {
        Call::Register(call) => register(ctx, by, call),
        Call::CorrectError(call) => correct_error(ctx, by, call),
        Call::Retag(call) => retag(ctx, by, call),
        Call::SetHold(call) => set_hold(ctx, by, call),
        Call::SetRetention(call) => set_retention(ctx, by, call),
        Call::RequestErasure(call) => request_erasure(ctx, by, call),
        Call::DecideErasure(call) => decide_erasure(ctx, by, call),
        Call::CancelErasure(call) => cancel_erasure(ctx, by, call),
        Call::Tombstone(call) => tombstone(ctx, by, call),
        Call::AcknowledgeDeletion(call) => acknowledge_deletion(ctx, by, call),
        Call::Redeal(call) => redeal(ctx, by, call),
        Call::ReportLostKey(call) => report_lost_key(ctx, by, call),
        Call::BeginRotation(call) => begin_rotation(ctx, by, call),
        Call::FinishRotation(call) => finish_rotation(ctx, by, call),
        Call::SupportSuccessor(call) => support_successor(ctx, by, call),
    }
}

/// Notices and bookkeeping. No rule depends on it: erasure and age of keys are tested when they are read.
pub(super) fn due(ctx: &mut Ctx<'_, Records>, item: &Due) -> Result<(), Missing> {
    match item {
        Due::Erasure(unit) => erasure::due(ctx, unit),
        Due::Key(org, period) => keys::due(ctx, org, *period),
    }
}

/// The member for which `by` acts: itself, or that whose program it is.
fn member(ctx: &Ctx<'_, Records>, by: &Signer) -> Result<OrgId, Stop<Reject>> {
    let org = subjects::organization_of(ctx, by, ctx.now())?.ok_or(Reject::NotMember)?;
    match network::member_status(ctx, &org)? {
        Some(Status::Active | Status::Suspended) => Ok(org),
        Some(Status::Left) | None => Err(Reject::NotMember.into()),
    }
}

/// Whether `by` acts as the custodian `custodian`, or for who took its place.
fn is_custodian(ctx: &Ctx<'_, Records>, by: &Signer, custodian: &OrgId) -> Result<bool, Missing> {
    let acting = state::acting_custodian(ctx, custodian)?;
    if !subjects::is_custodian(ctx, by, &acting, ctx.now())? {
        return Ok(false);
    }
    Ok(matches!(network::member_status(ctx, &acting)?, Some(Status::Active | Status::Suspended)))
}

/// The unit, if `by` acts as its custodian and it is not erased.
fn own(ctx: &Ctx<'_, Records>, by: &Signer, id: &UnitId) -> Result<Unit, Stop<Reject>> {
    let unit = UNITS.get(ctx, id)?.ok_or(Reject::UnknownUnit)?;
    if !is_custodian(ctx, by, &unit.custodian)? {
        return Err(Reject::NotCustodian.into());
    }
    if unit.is_erased(ctx.now()) {
        return Err(Reject::UnitErased.into());
    }
    Ok(unit)
}

/// Whether an organization may hold shares and act for custodians that are gone: an active member or validator, and none
/// of those that profit from others' records.
pub(super) fn is_fit(organization: &Organization) -> bool {
    let is_biased = matches!(
        organization.kind,
        OrganizationKind::Payer | OrganizationKind::Manufacturer | OrganizationKind::Distributor
    );
    organization.status == Status::Active && organization.role != Role::Observer && !is_biased
}

/// Whether the holders are enough and fit, each with a KEM key of the period that its share was sealed to.
///
/// # Rejects  CommitteeTooSmall, HolderUnfit, KeyStale   (this order)
fn check_holders(ctx: &Ctx<'_, Records>, holders: &[Holder]) -> Done<Records> {
    for holder in holders {
        if !network::organization(ctx, &holder.org)?.is_some_and(|organization| is_fit(&organization)) {
            return Err(Reject::HolderUnfit.into());
        }
    }
    for holder in holders {
        let key = network::kem_key(ctx, &holder.org)?;
        let is_current = key.is_some_and(|key| key.period == holder.period);
        if !is_current || !state::keeping(ctx, &holder.org)?.is_live(holder.period) {
            return Err(Reject::KeyStale.into());
        }
    }
    Ok(())
}

fn check_size(ctx: &Ctx<'_, Records>, holders: &[Holder]) -> Result<(), Reject> {
    if holders.len() < HOLDERS_MIN && !ctx.is_demo() { Err(Reject::CommitteeTooSmall) } else { Ok(()) }
}

/// The organizations whose receipt keys signed.
///
/// # Rejects  VaultUnknown
fn vaults_of(ctx: &Ctx<'_, Records>, signatures: &[Signature]) -> Result<List<OrgId, VAULTS_MAX>, Stop<Reject>> {
    let mut vaults: List<OrgId, VAULTS_MAX> = List::default();
    for signature in signatures {
        let org = state::receipt_key_of(ctx, &signature.key())?.ok_or(Reject::VaultUnknown)?;
        if vaults.contains(&org) || vaults.push(org).is_err() {
            return Err(Reject::VaultUnknown.into());
        }
    }
    Ok(vaults)
}

/// Counts one more unit for each of its holders.
fn count(ctx: &mut Ctx<'_, Records>, holders: &[Holder]) -> Result<(), Missing> {
    for holder in holders {
        let mut keeping = state::keeping(ctx, &holder.org)?;
        if keeping.units == 0 {
            let mut all = HOLDERS.get(ctx, &())?.unwrap_or_default();
            all.holders = all.holders.saturating_add(1);
            HOLDERS.put(ctx, &(), &all);
        }
        keeping.units = keeping.units.saturating_add(1);
        KEEPINGS.put(ctx, &holder.org, &keeping);
    }
    Ok(())
}

/// Counts one unit less for each of its holders.
fn discount(ctx: &mut Ctx<'_, Records>, holders: &[Holder]) -> Result<(), Missing> {
    for holder in holders {
        let mut keeping = state::keeping(ctx, &holder.org)?;
        keeping.units = keeping.units.saturating_sub(1);
        if keeping.units == 0 {
            let mut all = HOLDERS.get(ctx, &())?.unwrap_or_default();
            all.holders = all.holders.saturating_sub(1);
            HOLDERS.put(ctx, &(), &all);
        }
        KEEPINGS.put(ctx, &holder.org, &keeping);
    }
    Ok(())
}

/// The SHA-256 of a KEM key.
fn key_hash(key: &network::KemKey) -> Hash {
    Hash::sha256(&[&key.key.0[..]])
}
