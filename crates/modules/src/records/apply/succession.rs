//! Who acts in the place of a custodian that is gone.

use crate::{
    network::{self, Organization, Role, Status},
    records::{
        Event, Records, Reject, SupportSuccessor,
        api::{Succeeded, SuccessorSupported},
        apply::is_fit,
        state::{self, SUCCESSIONS},
        types::Support,
    },
};
use epione_kernel::{Ctx, Done, Missing, Signer, broken};
use epione_types::{List, OrgId, SignerId};

/// A member says whom it wants in the place of a custodian that is gone. Who is wanted by more than two thirds of the
/// active members and validators, counted at that moment, acts as the custodian from then on: holders release shares to it,
/// and it deals the units anew or erases them.
///
/// # Rejects  CustodianPresent, NotEligible, SuccessorDecided, SuccessorUnfit   (this order)
/// # Emits    SuccessorSupported; Succeeded if that decides
/// # Laws     RECORDS-10
/// # Source   design §5 "Committee change and lost keys"
pub(super) fn support_successor(ctx: &mut Ctx<'_, Records>, by: &Signer, call: &SupportSuccessor) -> Done<Records> {
    if network::member_status(ctx, &call.of)? != Some(Status::Left) {
        return Err(Reject::CustodianPresent.into());
    }
    let electorate = electorate(ctx)?;
    let SignerId::Organization(member) = by.id else { return Err(Reject::NotEligible.into()) };
    if !electorate.contains(&member) {
        return Err(Reject::NotEligible.into());
    }
    let mut succession = state::succession(ctx, &call.of)?;
    if succession.successor.is_some() {
        return Err(Reject::SuccessorDecided.into());
    }
    if !network::organization(ctx, &call.successor)?.is_some_and(|successor| is_fit(&successor)) {
        return Err(Reject::SuccessorUnfit.into());
    }
    // The word of one that lost its vote does not count, and makes room.
    let mut supports: Vec<Support> = succession.supports.into_vec();
    supports.retain(|support| support.member != member && electorate.contains(&support.member));
    supports.push(Support { member, successor: call.successor });
    let wanted = supports.iter().filter(|support| support.successor == call.successor).count();
    succession.supports = List::new(supports).unwrap_or_else(|_more| broken("more members than there may be"));
    let (of, successor) = (call.of, call.successor);
    ctx.emit(&Event::SuccessorSupported(SuccessorSupported { of, member, successor }));
    if wanted.saturating_mul(3) > electorate.len().saturating_mul(2) {
        succession.successor = Some(successor);
        succession.decided_at = Some(ctx.now());
        ctx.emit(&Event::Succeeded(Succeeded { of, successor }));
    }
    SUCCESSIONS.put(ctx, &of, &succession);
    Ok(())
}

/// The active members and validators.
fn electorate(ctx: &Ctx<'_, Records>) -> Result<Vec<OrgId>, Missing> {
    let votes =
        |organization: &Organization| organization.status == Status::Active && organization.role != Role::Observer;
    let mut electorate = Vec::new();
    for org in network::members(ctx)? {
        if network::organization(ctx, &org)?.is_some_and(|organization| votes(&organization)) {
            electorate.push(org);
        }
    }
    Ok(electorate)
}
