//! Who acts for a patient, and on what.

use crate::subjects::{
    Appoint, Dismiss, Event, Reject, SetQuorum, SetScope, Subjects,
    api::{Appointed, Dismissed, QuorumSet, ScopeSet},
    apply::{Ended, end, fit, is_holder, kept, living, load, unmerged, untied},
    state::{self, SUBJECTS, TIES},
    types::{RepresentativeRole, Scope, Subject, Tie},
};
use epione_kernel::{Ctx, Done, Signer, Stop};
use epione_types::{Quarter, SignerId};

/// Appoints somebody who acts for the patient.
///
/// # Rejects
/// ScopeInvalid, UnknownSubject, NotEntitled, OrganizationSuspended, SubjectMerged, PatientDeceased, RoleNotOpen, PeriodOver,
/// IdentityUnfit, IdentityInUse, ScopeTooWide, TooManyRepresentatives   (this order)
///
/// # Emits    Appointed
/// # Laws     SUBJECTS-1, SUBJECTS-2, SUBJECTS-4
/// # Source   45 CFR 164.502(g)(2)–(4): adults, minors, the deceased
pub(in crate::subjects) fn appoint(ctx: &mut Ctx<'_, Subjects>, by: &Signer, call: &Appoint) -> Done<Subjects> {
    let mut subject = load(ctx, &call.subject)?;
    let new = &call.representative;
    let by_holder = entitled(ctx, &subject, by)?;
    if !by_holder && by.rights.suspended {
        return Err(Reject::OrganizationSuspended.into());
    }
    unmerged(&subject)?;
    let is_open = match new.role {
        RepresentativeRole::Executor => !by_holder,
        RepresentativeRole::Guardian => {
            living(&subject)?;
            !by_holder
        }
        RepresentativeRole::Proxy => {
            living(&subject)?;
            by_holder || subject.holder.is_none()
        }
    };
    if !is_open {
        return Err(Reject::RoleNotOpen.into());
    }
    if new.until.is_some_and(|until| until < Quarter::of(ctx.now())) {
        return Err(Reject::PeriodOver.into());
    }
    fit(ctx, &new.identity, &subject.custodian)?;
    untied(ctx, &new.identity)?;
    if by_holder && !new.scope.is_within(&subject.holder_scope) {
        return Err(Reject::ScopeTooWide.into());
    }
    subject.representatives.push(new.clone()).map_err(|_full| Reject::TooManyRepresentatives)?;
    TIES.put(ctx, &new.identity, &Tie { subject: call.subject, is_holder: false });
    SUBJECTS.put(ctx, &call.subject, &subject);
    ctx.emit(&Event::Appointed(Appointed { id: call.subject, representative: new.clone(), by: by.id }));
    Ok(())
}

/// Whether the signer is the holder; else it acts for the custodian.
fn entitled(ctx: &Ctx<'_, Subjects>, subject: &Subject, by: &Signer) -> Result<bool, Stop<Reject>> {
    let by_holder = is_holder(subject, by);
    if by_holder || state::is_custodian(ctx, by, &subject.custodian, ctx.now())? {
        Ok(by_holder)
    } else {
        Err(Reject::NotEntitled.into())
    }
}

/// Ends the power of a representative. A minor does not dismiss a guardian who decides on more than the minor does.
///
/// # Rejects  UnknownSubject, NotEntitled, UnknownRepresentative, ScopeTooWide   (this order)
/// # Emits    Dismissed
/// # Laws     SUBJECTS-1
pub(in crate::subjects) fn dismiss(ctx: &mut Ctx<'_, Subjects>, by: &Signer, call: &Dismiss) -> Done<Subjects> {
    let mut subject = load(ctx, &call.subject)?;
    let by_itself = by.id == SignerId::Identity(call.identity) && subject.holder != Some(call.identity);
    let by_holder = if by_itself { false } else { entitled(ctx, &subject, by)? };
    let found = subject.representatives.iter().find(|found| found.identity == call.identity);
    let found = found.ok_or(Reject::UnknownRepresentative)?;
    let is_guardian = found.role == RepresentativeRole::Guardian;
    if by_holder && is_guardian && !found.scope.is_within(&subject.holder_scope) {
        return Err(Reject::ScopeTooWide.into());
    }
    end(ctx, &mut subject, |found| found.identity == call.identity);
    SUBJECTS.put(ctx, &call.subject, &subject);
    ctx.emit(&Event::Dismissed(Dismissed { id: call.subject, identity: call.identity, by: by.id }));
    Ok(())
}

/// Changes a scope. The custodian narrows that of a holder only while a guardian acts, so that no adult is left without
/// power; proxies that then go beyond the holder end. The proxy of a holder it narrows and never widens.
///
/// # Rejects
/// ScopeInvalid, UnknownSubject, NotEntitled, UnknownRepresentative, RoleNotOpen, TooFewGuardians, ScopeTooWide   (this order)
///
/// # Emits    ScopeSet
/// # Laws     SUBJECTS-4
pub(in crate::subjects) fn set_scope(ctx: &mut Ctx<'_, Subjects>, by: &Signer, call: &SetScope) -> Done<Subjects> {
    let mut subject = load(ctx, &call.subject)?;
    let by_holder = entitled(ctx, &subject, by)?;
    let ended = if subject.holder == Some(call.identity) {
        if by_holder {
            return Err(Reject::RoleNotOpen.into());
        }
        set_holder_scope(ctx, &mut subject, &call.scope)?
    } else {
        set_representative_scope(&mut subject, by_holder, call)?;
        Ended::default()
    };
    SUBJECTS.put(ctx, &call.subject, &subject);
    let (id, identity, scope) = (call.subject, call.identity, call.scope.clone());
    ctx.emit(&Event::ScopeSet(ScopeSet { id, identity, scope, by: by.id, evidence: call.evidence, ended }));
    Ok(())
}

/// Sets the holder's scope; the proxies that end.
fn set_holder_scope(ctx: &mut Ctx<'_, Subjects>, subject: &mut Subject, scope: &Scope) -> Result<Ended, Stop<Reject>> {
    if *scope != Scope::All && subject.guardians(ctx.now()) == 0 {
        return Err(Reject::TooFewGuardians.into());
    }
    subject.holder_scope = scope.clone();
    let goes_beyond = |role: RepresentativeRole, of: &Scope| role == RepresentativeRole::Proxy && !of.is_within(scope);
    Ok(end(ctx, subject, |found| goes_beyond(found.role, &found.scope)))
}

fn set_representative_scope(subject: &mut Subject, by_holder: bool, call: &SetScope) -> Result<(), Reject> {
    let has_holder = subject.holder.is_some();
    let found = subject.representatives.iter_mut().find(|found| found.identity == call.identity);
    let found = found.ok_or(Reject::UnknownRepresentative)?;
    let is_open = match (by_holder, found.role) {
        (true, role) => role == RepresentativeRole::Proxy,
        (false, RepresentativeRole::Proxy) => !has_holder || call.scope.is_within(&found.scope),
        (false, RepresentativeRole::Guardian | RepresentativeRole::Executor) => true,
    };
    if !is_open {
        return Err(Reject::RoleNotOpen);
    }
    if by_holder && !call.scope.is_within(&subject.holder_scope) {
        return Err(Reject::ScopeTooWide);
    }
    found.scope = call.scope.clone();
    Ok(())
}

/// Says how many guardians must agree to what widens access. When one of two goes, the number stays: who decides then is for
/// the custodian to find out.
///
/// # Rejects  QuorumInvalid, UnknownSubject, NotCustodian, SubjectMerged, TooFewGuardians   (this order)
/// # Emits    QuorumSet
/// # Laws     SUBJECTS-4
pub(in crate::subjects) fn set_quorum(ctx: &mut Ctx<'_, Subjects>, by: &Signer, call: &SetQuorum) -> Done<Subjects> {
    let mut subject = kept(ctx, by, &call.subject)?;
    unmerged(&subject)?;
    if subject.guardians(ctx.now()) < usize::from(call.quorum) {
        return Err(Reject::TooFewGuardians.into());
    }
    subject.quorum = call.quorum;
    SUBJECTS.put(ctx, &call.subject, &subject);
    ctx.emit(&Event::QuorumSet(QuorumSet { id: call.subject, quorum: call.quorum, evidence: call.evidence }));
    Ok(())
}
