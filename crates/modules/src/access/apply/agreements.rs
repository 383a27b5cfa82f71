//! What organizations agree on.

use crate::access::{
    AcceptAgreement, Access, EndAgreement, Event, ProposeAgreement, Reject,
    api::{AgreementAccepted, AgreementEnded, AgreementProposed},
    apply::{active, organization},
    state::{AGREEMENTS, BETWEEN},
    types::{Agreement, AgreementStatus, Agreements},
};
use crate::consent::AgreementTerms;
use epione_kernel::{Ctx, Done, Missing, Signer, Stop};
use epione_types::{AgreementId, OrgId};

/// Proposes an agreement in the name of the custodian or of the other party. Those between the two whose term is over make
/// room. Its identifier is the first half of the call's.
///
/// # Rejects
/// PartiesInvalid, TermsInvalid, NoticeMissing, NotOrganization, UnknownOrganization, NotParty, TermInvalid,
/// TooManyAgreements   (this order)
///
/// # Emits    AgreementProposed
/// # Laws     ACCESS-1
/// # Source   42 CFR 2.32 (notice that accompanies a disclosure)
pub(in crate::access) fn propose_agreement(
    ctx: &mut Ctx<'_, Access>,
    by: &Signer,
    call: &ProposeAgreement,
) -> Done<Access> {
    let proposed_by = organization(by)?;
    if active(ctx, &call.from)?.is_none() || active(ctx, &call.to)?.is_none() {
        return Err(Reject::UnknownOrganization.into());
    }
    if proposed_by != call.from && proposed_by != call.to {
        return Err(Reject::NotParty.into());
    }
    if call.until <= ctx.now() {
        return Err(Reject::TermInvalid.into());
    }
    let id = AgreementId(ctx.call_id().short());
    let mut between = living(ctx, &(call.from, call.to))?;
    if between.push(id).is_err() {
        return Err(Reject::TooManyAgreements.into());
    }
    let terms = AgreementTerms {
        id,
        from: call.from,
        to: call.to,
        purposes: call.purposes.clone(),
        restricted: call.restricted,
        until: call.until,
    };
    let agreement = Agreement {
        terms,
        categories: call.categories.clone(),
        notice: call.notice.clone(),
        status: AgreementStatus::Proposed,
        proposed_by,
        proposed_at: ctx.now(),
    };
    AGREEMENTS.put(ctx, &id, &agreement);
    BETWEEN.put(ctx, &(call.from, call.to), &between);
    ctx.emit(&Event::AgreementProposed(AgreementProposed { id, agreement }));
    Ok(())
}

/// Accepts what the other party proposed: from now on it is in force.
///
/// # Rejects  NotOrganization, UnknownAgreement, NotParty, NotProposed, AgreementOver   (this order)
/// # Emits    AgreementAccepted
pub(in crate::access) fn accept_agreement(
    ctx: &mut Ctx<'_, Access>,
    by: &Signer,
    call: &AcceptAgreement,
) -> Done<Access> {
    let (id, org) = (call.agreement, organization(by)?);
    let mut agreement = load(ctx, &id, &org)?;
    if agreement.proposed_by == org || agreement.status == AgreementStatus::Accepted {
        return Err(Reject::NotProposed.into());
    }
    if !agreement.lives(ctx.now()) {
        return Err(Reject::AgreementOver.into());
    }
    agreement.status = AgreementStatus::Accepted;
    AGREEMENTS.put(ctx, &id, &agreement);
    ctx.emit(&Event::AgreementAccepted(AgreementAccepted { id, by: org }));
    Ok(())
}

/// Ends an agreement, or declines or withdraws a proposed one. Nothing more is released that rested on it.
///
/// # Rejects  NotOrganization, UnknownAgreement, NotParty, AgreementOver   (this order)
/// # Emits    AgreementEnded
/// # Laws     ACCESS-1
pub(in crate::access) fn end_agreement(ctx: &mut Ctx<'_, Access>, by: &Signer, call: &EndAgreement) -> Done<Access> {
    let (id, org) = (call.agreement, organization(by)?);
    let mut agreement = load(ctx, &id, &org)?;
    if !agreement.lives(ctx.now()) {
        return Err(Reject::AgreementOver.into());
    }
    agreement.status = AgreementStatus::Ended;
    AGREEMENTS.put(ctx, &id, &agreement);
    let parties = (agreement.terms.from, agreement.terms.to);
    let between = living(ctx, &parties)?;
    if between.is_empty() {
        BETWEEN.delete(ctx, &parties);
    } else {
        BETWEEN.put(ctx, &parties, &between);
    }
    ctx.emit(&Event::AgreementEnded(AgreementEnded { id, by: org }));
    Ok(())
}

/// The agreement, if the organization is one of the two.
fn load(ctx: &Ctx<'_, Access>, id: &AgreementId, org: &OrgId) -> Result<Agreement, Stop<Reject>> {
    let agreement = AGREEMENTS.get(ctx, id)?.ok_or(Reject::UnknownAgreement)?;
    if agreement.is_party(org) { Ok(agreement) } else { Err(Reject::NotParty.into()) }
}

/// The agreements between the two that did not end.
fn living(ctx: &Ctx<'_, Access>, parties: &(OrgId, OrgId)) -> Result<Agreements, Missing> {
    let mut living = Agreements::default();
    for id in BETWEEN.get(ctx, parties)?.unwrap_or_default().iter() {
        if AGREEMENTS.get(ctx, id)?.is_some_and(|agreement| agreement.lives(ctx.now())) {
            // As many as before fit.
            let _full = living.push(*id);
        }
    }
    Ok(living)
}
