//! The life of a chart at its custodian: entered, merged, closed; and the death of the patient.

use crate::{
    network,
    subjects::{
        Close, DeclareDeceased, DeclareLiving, Event, Merge, Register, Reject, Subjects, Unmerge,
        api::{Closed, Deceased, Living, Merged, Registered, Unmerged},
        apply::{fit, kept, living, load, unmerged, untied},
        state::{self, SUBJECTS, TIES},
        types::{Scope, Subject, SubjectStatus, Tie},
    },
};
use epione_kernel::{Ctx, Done, Signer, broken};
use epione_types::{List, SubjectId};

/// Enters a patient, with or without an identity of its own. The identifier is the first half of the call's.
///
/// # Rejects  NotCustodian, NotMember, IdentityUnfit, IdentityInUse   (this order)
/// # Emits    Registered
/// # Laws     SUBJECTS-1, SUBJECTS-5, SUBJECTS-6
pub(in crate::subjects) fn register(ctx: &mut Ctx<'_, Subjects>, by: &Signer, call: &Register) -> Done<Subjects> {
    let custodian = state::organization_of(ctx, by, ctx.now())?.ok_or(Reject::NotCustodian)?;
    let is_member = network::organization(ctx, &custodian)?.is_some_and(|organization| {
        organization.status == network::Status::Active && organization.role != network::Role::Observer
    });
    if !is_member {
        return Err(Reject::NotMember.into());
    }
    let id = SubjectId(ctx.call_id().short());
    if let Some(holder) = &call.holder {
        fit(ctx, holder, &custodian)?;
        untied(ctx, holder)?;
        TIES.put(ctx, holder, &Tie { subject: id, is_holder: true });
    }
    let subject = Subject {
        custodian,
        status: SubjectStatus::Active,
        holder: call.holder,
        holder_scope: Scope::All,
        deceased: false,
        representatives: List::default(),
        quorum: 1,
        majority: None,
        offered: None,
        absorbed: List::default(),
        registered_at: ctx.now(),
    };
    SUBJECTS.put(ctx, &id, &subject);
    let (holder, evidence) = (call.holder, call.evidence);
    ctx.emit(&Event::Registered(Registered { id, custodian, holder, evidence }));
    Ok(())
}

/// Declares that the patient died. What was offered is off.
///
/// # Rejects  UnknownSubject, NotCustodian, PatientDeceased   (this order)
/// # Emits    Deceased
/// # Laws     SUBJECTS-5
pub(in crate::subjects) fn declare_deceased(
    ctx: &mut Ctx<'_, Subjects>,
    by: &Signer,
    call: &DeclareDeceased,
) -> Done<Subjects> {
    let mut subject = kept(ctx, by, &call.subject)?;
    living(&subject)?;
    (subject.deceased, subject.offered) = (true, None);
    SUBJECTS.put(ctx, &call.subject, &subject);
    ctx.emit(&Event::Deceased(Deceased { id: call.subject, evidence: call.evidence }));
    Ok(())
}

/// Takes back that the patient died: holder, guardians and proxies act again, executors no more.
///
/// # Rejects  UnknownSubject, NotCustodian, NotDeceased   (this order)
/// # Emits    Living
pub(in crate::subjects) fn declare_living(
    ctx: &mut Ctx<'_, Subjects>,
    by: &Signer,
    call: &DeclareLiving,
) -> Done<Subjects> {
    let mut subject = kept(ctx, by, &call.subject)?;
    if !subject.deceased {
        return Err(Reject::NotDeceased.into());
    }
    subject.deceased = false;
    SUBJECTS.put(ctx, &call.subject, &subject);
    ctx.emit(&Event::Living(Living { id: call.subject, evidence: call.evidence }));
    Ok(())
}

/// Puts a subject in the place of another and of those merged into that one, so that one step always leads to the subject
/// that stands. Neither holder nor representatives move: a mistaken merger shows nobody the records of another patient.
///
/// # Rejects  SameSubject, UnknownSubject, NotCustodian, SubjectClosed, SubjectMerged, TooManyMerged   (this order)
/// # Emits    Merged, for each subject whose place is taken
/// # Laws     SUBJECTS-3, SUBJECTS-5
pub(in crate::subjects) fn merge(ctx: &mut Ctx<'_, Subjects>, by: &Signer, call: &Merge) -> Done<Subjects> {
    let mut from = load(ctx, &call.from)?;
    let mut into = load(ctx, &call.into)?;
    for subject in [&from, &into] {
        if !state::is_custodian(ctx, by, &subject.custodian, ctx.now())? {
            return Err(Reject::NotCustodian.into());
        }
    }
    if [&from, &into].into_iter().any(|subject| subject.status == SubjectStatus::Closed) {
        return Err(Reject::SubjectClosed.into());
    }
    unmerged(&from)?;
    unmerged(&into)?;
    let moved: Vec<SubjectId> = [call.from].into_iter().chain(from.absorbed.iter().copied()).collect();
    for id in &moved {
        into.absorbed.push(*id).map_err(|_full| Reject::TooManyMerged)?;
    }
    (from.absorbed, from.offered) = (List::default(), None);
    SUBJECTS.put(ctx, &call.into, &into);
    SUBJECTS.put(ctx, &call.from, &from);
    for id in moved {
        let subject = SUBJECTS.get(ctx, &id)?.unwrap_or_else(|| broken("a merged subject is gone"));
        let status = SubjectStatus::Merged { into: call.into };
        SUBJECTS.put(ctx, &id, &Subject { status, ..subject });
        ctx.emit(&Event::Merged(Merged { id, into: call.into }));
    }
    Ok(())
}

/// Takes a merger back. Of the subjects that a subject brought along none goes back with it.
///
/// # Rejects  UnknownSubject, NotCustodian, NotMerged   (this order)
/// # Emits    Unmerged
/// # Laws     SUBJECTS-3
pub(in crate::subjects) fn unmerge(ctx: &mut Ctx<'_, Subjects>, by: &Signer, call: &Unmerge) -> Done<Subjects> {
    let mut subject = kept(ctx, by, &call.subject)?;
    let SubjectStatus::Merged { into } = subject.status else {
        return Err(Reject::NotMerged.into());
    };
    let mut other = load(ctx, &into)?;
    other.absorbed.retain(|absorbed| *absorbed != call.subject);
    subject.status = SubjectStatus::Active;
    SUBJECTS.put(ctx, &into, &other);
    SUBJECTS.put(ctx, &call.subject, &subject);
    ctx.emit(&Event::Unmerged(Unmerged { id: call.subject, out_of: into }));
    Ok(())
}

/// Ends the life of a chart. Holder and representatives keep their rights over what is left of it.
///
/// # Rejects  UnknownSubject, NotCustodian, SubjectClosed, SubjectMerged   (this order)
/// # Emits    Closed
pub(in crate::subjects) fn close(ctx: &mut Ctx<'_, Subjects>, by: &Signer, call: &Close) -> Done<Subjects> {
    let mut subject = kept(ctx, by, &call.subject)?;
    if subject.status == SubjectStatus::Closed {
        return Err(Reject::SubjectClosed.into());
    }
    unmerged(&subject)?;
    subject.status = SubjectStatus::Closed;
    SUBJECTS.put(ctx, &call.subject, &subject);
    ctx.emit(&Event::Closed(Closed { id: call.subject }));
    Ok(())
}
