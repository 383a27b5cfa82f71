//! KEM keys of holders: periods, rotation, loss.

use crate::{
    network::{self, Parameter},
    records::{
        BeginRotation, Event, FinishRotation, Records, Reject, ReportLostKey,
        api::{KeyLost, KeyOverdue, RotationBegun, RotationFinished},
        apply::{key_hash, member, vaults_of},
        state::{self, HOLDERS, KEEPINGS},
        types::{Due, Keeping, Loss, Rotation},
    },
};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop};
use epione_types::{DurationMs, List, OrgId};

/// Says that the key of a period is lost, and with it every share that was dealt to it or to an earlier one. It is healed
/// by new deals, never from a backup. A rotation under way is over: another can begin.
///
/// # Rejects  NotMember, PeriodUnknown   (this order)
/// # Emits    KeyLost
/// # Laws     RECORDS-8
/// # Source   design §5 "Committee change and lost keys"
pub(super) fn report_lost_key(ctx: &mut Ctx<'_, Records>, by: &Signer, call: &ReportLostKey) -> Done<Records> {
    let org = member(ctx, by)?;
    let mut keeping = state::keeping(ctx, &org)?;
    let current = network::kem_key(ctx, &org)?.map(|key| key.period);
    // Keys before the last finished rotation are destroyed: what was sealed to them is sealed to a later one.
    let is_used = keeping.finished.is_none_or(|finished| call.period >= finished.period);
    if current.is_none_or(|current| call.period > current) || !is_used || !keeping.is_live(call.period) {
        return Err(Reject::PeriodUnknown.into());
    }
    keeping.loss = Some(Loss { through: call.period, at: ctx.now() });
    if keeping.rotation.take().is_some() {
        stop_rotating(ctx, &org)?;
    }
    KEEPINGS.put(ctx, &org, &keeping);
    ctx.emit(&Event::KeyLost(KeyLost { org, period: call.period }));
    Ok(())
}

/// Begins a period: shares are dealt to the new key from now on, and what the organization holds it seals again. Units that
/// live now are those concerned; those that are erased by then are left behind, so that no backup opens them.
///
/// # Rejects  NotMember, RotationPending, TooManyRotating, KeyRefused   (this order)
/// # Emits    RotationBegun; RotationFinished if it holds no share
/// # Laws     RECORDS-2, RECORDS-8
/// # Source   design §5 "KEM periods"
pub(super) fn begin_rotation(ctx: &mut Ctx<'_, Records>, by: &Signer, call: &BeginRotation) -> Done<Records> {
    let org = member(ctx, by)?;
    let mut keeping = state::keeping(ctx, &org)?;
    if keeping.rotation.is_some() {
        return Err(Reject::RotationPending.into());
    }
    let period_ms = DurationMs(network::settings(ctx)?.get(Parameter::KemPeriodMs, ctx.height()));
    if keeping.units > 0 {
        start_rotating(ctx, &org, period_ms)?;
    }
    if !network::begin_kem_period(&mut ctx.lend(), &org, &call.key)? {
        return Err(Reject::KeyRefused.into());
    }
    let (now, height, units, period) = (ctx.now(), ctx.height(), keeping.units, call.key.period);
    ctx.schedule(now.after(period_ms), &Due::Key(org, period))?;
    let rotation = Rotation { period, height, begun_at: now, units };
    ctx.emit(&Event::RotationBegun(RotationBegun { org, period, key: key_hash(&call.key), units }));
    if units > 0 {
        keeping.rotation = Some(rotation);
    } else {
        keeping.finished = Some(rotation);
        let event = RotationFinished { org, period, units, envelopes: None, vaults: List::default() };
        ctx.emit(&Event::RotationFinished(event));
    }
    KEEPINGS.put(ctx, &org, &keeping);
    Ok(())
}

/// Says that a rotation is finished: two vaults have every new envelope, and the old key is destroyed.
///
/// # Rejects  AcknowledgementInvalid, NotMember, VaultUnknown, NoRotation, TooManyUnits   (this order)
/// # Emits    RotationFinished
/// # Laws     RECORDS-2, RECORDS-8
/// # Source   design §5 "KEM periods"
pub(super) fn finish_rotation(ctx: &mut Ctx<'_, Records>, by: &Signer, call: &FinishRotation) -> Done<Records> {
    let org = member(ctx, by)?;
    if org != call.org {
        return Err(Reject::NotMember.into());
    }
    let vaults = vaults_of(ctx, &call.vaults)?;
    let mut keeping = state::keeping(ctx, &org)?;
    let Some(rotation) = keeping.rotation.take_if(|rotation| rotation.period == call.period) else {
        return Err(Reject::NoRotation.into());
    };
    if call.units > rotation.units {
        return Err(Reject::TooManyUnits.into());
    }
    KEEPINGS.put(ctx, &org, &Keeping { finished: Some(rotation), ..keeping });
    stop_rotating(ctx, &org)?;
    let (period, units, envelopes) = (call.period, call.units, Some(call.envelopes));
    ctx.emit(&Event::RotationFinished(RotationFinished { org, period, units, envelopes, vaults }));
    Ok(())
}

/// Puts the organization among those that rotate. One that has not finished within a whole period does not stop others.
///
/// # Rejects  TooManyRotating
fn start_rotating(ctx: &mut Ctx<'_, Records>, org: &OrgId, period_ms: DurationMs) -> Result<(), Stop<Reject>> {
    let now = ctx.now();
    let mut all = HOLDERS.get(ctx, &())?.unwrap_or_default();
    all.rotating.retain(|(_, begun_at)| begun_at.after(period_ms) > now);
    let rotating = u64::try_from(all.rotating.len()).unwrap_or(u64::MAX);
    if rotating >= all.most() || all.rotating.push((*org, now)).is_err() {
        return Err(Reject::TooManyRotating.into());
    }
    HOLDERS.put(ctx, &(), &all);
    Ok(())
}

fn stop_rotating(ctx: &mut Ctx<'_, Records>, org: &OrgId) -> Result<(), Missing> {
    let mut all = HOLDERS.get(ctx, &())?.unwrap_or_default();
    all.rotating.retain(|(rotating, _)| rotating != org);
    HOLDERS.put(ctx, &(), &all);
    Ok(())
}

/// Reminds of a key that is in use for longer than it may be.
pub(super) fn due(ctx: &mut Ctx<'_, Records>, org: &OrgId, period: u32) -> Result<(), Missing> {
    if network::kem_key(ctx, org)?.is_some_and(|key| key.period == period) {
        ctx.emit(&Event::KeyOverdue(KeyOverdue { org: *org, period }));
    }
    Ok(())
}
