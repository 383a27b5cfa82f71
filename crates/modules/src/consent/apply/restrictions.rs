//! Mandatory restrictions: entered and lifted.

use crate::{
    consent::{
        Consents, Event, Lift, Reject, Restrict,
        api::{LiftAsked, Lifted, Restricted},
        apply::{Standing, check_active, endorse, is_represented, load_subject, stand, stand_late},
        state::{RESTRICTIONS, RESTRICTIONS_OF},
        types::{RESTRICTIONS_MAX, Restriction, RestrictionKind},
    },
    subjects::{Authority, Scope},
};
use epione_kernel::{Ctx, Done, Signer};
use epione_types::{List, RestrictionId};

/// Enters a restriction. That care was paid by the patient is the custodian's word; an objection is also entered by the
/// patient, or who acts for the patient, with power over every label: the ledger cannot tell which labels the units have. The
/// identifier is the first half of the call's.
///
/// # Rejects  UnknownSubject, SubjectEnded, NotEntitled, OutOfScope, TooManyRestrictions   (this order)
/// # Emits    Restricted
/// # Laws     CONSENT-5
/// # Source   45 CFR 164.522(a)(1)(vi); GDPR art. 18, 21
pub(in crate::consent) fn restrict(ctx: &mut Ctx<'_, Consents>, by: &Signer, call: &Restrict) -> Done<Consents> {
    let subject = load_subject(ctx, &call.subject)?;
    check_active(&subject)?;
    let standing = stand(ctx, by, subject)?;
    if call.kind == RestrictionKind::SelfPaid && standing.authority != Authority::Custodian {
        return Err(Reject::NotEntitled.into());
    }
    check_all(&standing)?;
    if RESTRICTIONS_OF.len(ctx, &call.subject)? >= RESTRICTIONS_MAX {
        return Err(Reject::TooManyRestrictions.into());
    }
    let id = RestrictionId(ctx.call_id().short());
    let restriction = Restriction {
        subject: call.subject,
        kind: call.kind,
        units: call.units.clone(),
        towards: call.towards.clone(),
        lifted: false,
        evidence: call.evidence,
        lifted_by: List::default(),
        restricted_at: ctx.now(),
    };
    RESTRICTIONS.put(ctx, &id, &restriction);
    RESTRICTIONS_OF.push(ctx, &call.subject, id)?;
    ctx.emit(&Event::Restricted(Restricted { id, restriction: Box::new(restriction), by: by.id }));
    Ok(())
}

/// Lifts a restriction. Where nobody acts for the patient but the custodian, that one attests it; where two guardians decide
/// together, both ask for it.
///
/// # Rejects
/// UnknownRestriction, NotEntitled, CustodianSuspended, OutOfScope, AlreadyGiven, RestrictionLifted   (this order)
///
/// # Emits    Lifted, or LiftAsked while the other guardian has not asked
/// # Laws     CONSENT-5
pub(in crate::consent) fn lift(ctx: &mut Ctx<'_, Consents>, by: &Signer, call: &Lift) -> Done<Consents> {
    let id = call.restriction;
    let mut restriction = RESTRICTIONS.get(ctx, &id)?.ok_or(Reject::UnknownRestriction)?;
    let subject = load_subject(ctx, &restriction.subject)?;
    let standing = stand_late(ctx, by, subject)?;
    if standing.authority == Authority::Custodian && is_represented(&standing.subject, ctx.now()) {
        return Err(Reject::NotEntitled.into());
    }
    standing.check_good_standing(by, true)?;
    check_all(&standing)?;
    let subject = restriction.subject;
    if let Some(guardian) = standing.one_of_two().filter(|_| !restriction.lifted)
        && !endorse(&mut restriction.lifted_by, guardian)?
    {
        RESTRICTIONS.put(ctx, &id, &restriction);
        ctx.emit(&Event::LiftAsked(LiftAsked { id, subject, by: guardian }));
        return Ok(());
    }
    if restriction.lifted {
        return Err(Reject::RestrictionLifted.into());
    }
    restriction.lifted = true;
    RESTRICTIONS.put(ctx, &id, &restriction);
    RESTRICTIONS_OF.remove(ctx, &subject, &id)?;
    ctx.emit(&Event::Lifted(Lifted { id, subject, by: by.id, evidence: call.evidence }));
    Ok(())
}

/// The signer may decide on every label.
fn check_all(standing: &Standing) -> Result<(), Reject> {
    if standing.scope() == Scope::All { Ok(()) } else { Err(Reject::OutOfScope) }
}
