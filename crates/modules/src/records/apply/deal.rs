//! Units enter, and are dealt anew.

use crate::{
    network::{self, Status},
    records::{
        Event, Records, Redeal, Register, Reject,
        api::{Redealt, Registered},
        apply::{check_holders, check_size, count, discount, is_custodian, own, vaults_of},
        state::UNITS,
        types::{Erasure, FORMER_MAX, FormerCopy, Unit},
    },
    subjects::{self, SubjectStatus},
};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop, broken};
use epione_types::{List, OrgId, SubjectId, UnitId};

/// Enters a unit, or a new version of one. Since each holder's key is that of its present period, no unit that is
/// registered later needs a key of an earlier one.
///
/// # Rejects  CommitteeUnsound, BucketUnknown, AcknowledgementInvalid, UnknownUnit, UnknownSubject, NotCustodian, UnitTaken, SubjectClosed, SubjectsDiffer, UnitErased, AlreadySuperseded, CommitteeTooSmall, HolderUnfit, KeyStale, VaultUnknown   (this order)
/// # Emits    Registered
/// # Laws     RECORDS-1, RECORDS-2, RECORDS-3, RECORDS-4
/// # Source   design §5 "Write"
pub(super) fn register(ctx: &mut Ctx<'_, Records>, by: &Signer, call: &Register) -> Done<Records> {
    let before = match &call.supersedes {
        Some(id) => Some((*id, UNITS.get(ctx, id)?.ok_or(Reject::UnknownUnit)?)),
        None => None,
    };
    let subject = subjects::subject(ctx, &call.subject)?.ok_or(Reject::UnknownSubject)?;
    if !is_custodian(ctx, by, &subject.custodian)? {
        return Err(Reject::NotCustodian.into());
    }
    if UNITS.get(ctx, &call.unit)?.is_some() {
        return Err(Reject::UnitTaken.into());
    }
    if subject.status != SubjectStatus::Active {
        return Err(Reject::SubjectClosed.into());
    }
    if let Some((_, before)) = &before {
        check_superseded(ctx, before, &call.subject)?;
    }
    check_size(ctx, &call.holders)?;
    check_holders(ctx, &call.holders)?;
    let vaults = vaults_of(ctx, &call.vaults)?;
    let unit = entering(ctx, call, subject.custodian, vaults);
    if let Some((id, before)) = before {
        UNITS.put(ctx, &id, &Unit { after: Some(call.unit), ..before });
    }
    count(ctx, &unit.holders)?;
    UNITS.put(ctx, &call.unit, &unit);
    ctx.emit(&Event::Registered(announced(&call.unit, unit)));
    Ok(())
}

/// # Rejects  SubjectsDiffer, UnitErased, AlreadySuperseded   (this order)
fn check_superseded(ctx: &Ctx<'_, Records>, before: &Unit, subject: &SubjectId) -> Result<(), Stop<Reject>> {
    if before.subject != *subject {
        return Err(Reject::SubjectsDiffer.into());
    }
    if before.is_erased(ctx.now()) {
        return Err(Reject::UnitErased.into());
    }
    if before.after.is_some() {
        return Err(Reject::AlreadySuperseded.into());
    }
    Ok(())
}

/// The unit as it enters.
fn entering(
    ctx: &Ctx<'_, Records>,
    call: &Register,
    custodian: OrgId,
    vaults: List<OrgId, { crate::records::VAULTS_MAX }>,
) -> Unit {
    Unit {
        custodian,
        subject: call.subject,
        manifest: call.manifest,
        edition: 1,
        holders: call.holders.clone(),
        threshold: call.threshold,
        label: call.label,
        restricted: call.restricted,
        locked: call.locked,
        care: call.care,
        bucket: call.bucket,
        before: call.supersedes,
        after: None,
        entered_in_error: false,
        retain_until: call.retain_until,
        hold: false,
        erasure: Erasure::None,
        registered_at: ctx.now(),
        vaults,
        former: List::default(),
        unaccounted: 0,
        acknowledged: List::default(),
    }
}

/// What is said of a unit that enters.
fn announced(id: &UnitId, unit: Unit) -> Registered {
    Registered {
        id: *id,
        custodian: unit.custodian,
        subject: unit.subject,
        manifest: unit.manifest,
        holders: unit.holders,
        threshold: unit.threshold,
        label: unit.label,
        restricted: unit.restricted,
        locked: unit.locked,
        care: unit.care,
        bucket: unit.bucket,
        retain_until: unit.retain_until,
        supersedes: unit.before,
        vaults: unit.vaults,
    }
}

/// Deals a unit anew: the committee before no longer serves it, and its vaults delete the edition before.
///
/// # Rejects  CommitteeUnsound, AcknowledgementInvalid, UnknownUnit, NotCustodian, UnitErased, CommitteeTooSmall, EditionStale, CopiesOutstanding, HolderUnfit, KeyStale, VaultUnknown   (this order)
/// # Emits    Redealt
/// # Laws     RECORDS-1, RECORDS-2, RECORDS-3
/// # Source   design §5 "Committee change and lost keys"
pub(super) fn redeal(ctx: &mut Ctx<'_, Records>, by: &Signer, call: &Redeal) -> Done<Records> {
    let mut unit = own(ctx, by, &call.unit)?;
    check_size(ctx, &call.holders)?;
    if unit.edition.checked_add(1) != Some(call.edition) {
        return Err(Reject::EditionStale.into());
    }
    retire(ctx, &mut unit)?;
    check_holders(ctx, &call.holders)?;
    let vaults = vaults_of(ctx, &call.vaults)?;
    discount(ctx, &unit.holders)?;
    count(ctx, &call.holders)?;
    let left: Vec<OrgId> = unit.holders.iter().map(|holder| holder.org).collect();
    let unit = Unit {
        edition: call.edition,
        manifest: call.manifest,
        holders: call.holders.clone(),
        threshold: call.threshold,
        vaults,
        ..unit
    };
    UNITS.put(ctx, &call.unit, &unit);
    ctx.emit(&Event::Redealt(Redealt {
        unit: call.unit,
        edition: call.edition,
        manifest: call.manifest,
        holders: unit.holders,
        threshold: call.threshold,
        vaults: unit.vaults,
        left: List::new(left).unwrap_or_else(|_more| broken("a unit has more holders than one may have")),
    }));
    Ok(())
}

/// Puts the copies of the present edition among those that are to be deleted. Where there is no room, those of
/// organizations that have left, which never acknowledge anything, are only counted.
///
/// # Rejects  CopiesOutstanding
fn retire(ctx: &Ctx<'_, Records>, unit: &mut Unit) -> Result<(), Stop<Reject>> {
    let edition = unit.edition;
    let mut former = unit.former.clone().into_vec();
    former.extend(unit.vaults.iter().map(|vault| FormerCopy { vault: *vault, edition }));
    if former.len() > FORMER_MAX {
        let all = former.len();
        former = reachable(ctx, former)?;
        let gone = u16::try_from(all.saturating_sub(former.len())).unwrap_or(u16::MAX);
        unit.unaccounted = unit.unaccounted.saturating_add(gone);
    }
    unit.former = List::new(former).map_err(|_more| Reject::CopiesOutstanding)?;
    Ok(())
}

fn reachable(ctx: &Ctx<'_, Records>, copies: Vec<FormerCopy>) -> Result<Vec<FormerCopy>, Missing> {
    let mut reachable = Vec::new();
    for copy in copies {
        if matches!(network::member_status(ctx, &copy.vault)?, Some(Status::Active | Status::Suspended)) {
            reachable.push(copy);
        }
    }
    Ok(reachable)
}
