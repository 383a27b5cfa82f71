//! One function per call: check, write, emit. Here what needs no state and what the calls share; the calls beside it.

mod consents;
mod restrictions;

pub(super) use consents::{amend, confirm, grant, revoke};
pub(super) use restrictions::{lift, restrict};

use crate::{
    consent::{
        Call, Consents, Reject,
        state::{CONSENTS, RESTRICTIONS},
        types::{Author, Consent, Effect, Form, LABELS_TOTAL_MAX, Provision, RECIPIENTS_TOTAL_MAX, Restriction},
    },
    subjects::{self, Authority, Scope, Subject, SubjectStatus},
};
use epione_kernel::{Ctx, Signer, Stop, broken};
use epione_types::{ConsentId, IdentityId, List, RestrictionId, SubjectId, UnixMs};

/// What needs no state: whether the provisions of a consent make sense.
pub(super) fn check(call: &Call) -> Result<(), Reject> {
    match call {
        Call::Grant(call) => check_provisions(&call.provisions, call.form),
        Call::Amend(call) => check_provisions(&call.provisions, call.form),
        Call::Confirm(_) | Call::Revoke(_) | Call::Restrict(_) | Call::Lift(_) => Ok(()),
    }
}

pub(super) fn check_provisions(provisions: &[Provision], form: Option<Form>) -> Result<(), Reject> {
    if provisions.is_empty() {
        return Err(Reject::NoProvision);
    }
    let is_sound = |(at, provision): (usize, &Provision)| {
        provision.is_sound() && provision.parent.is_none_or(|parent| usize::from(parent) < at)
    };
    if !provisions.iter().enumerate().all(is_sound) {
        return Err(Reject::ProvisionInvalid);
    }
    let recipients: usize = provisions.iter().map(|provision| provision.recipients.len()).sum();
    let labels: usize = provisions.iter().map(|provision| provision.labels.len()).sum();
    if recipients > RECIPIENTS_TOTAL_MAX || labels > LABELS_TOTAL_MAX {
        return Err(Reject::TooLarge);
    }
    let reaches = |provision: &&Provision| provision.effect == Effect::Permit && provision.restricted;
    let is_complete = provisions.iter().filter(reaches).all(Provision::names_part2);
    let is_formal = form == Some(Form::Part2) || !provisions.iter().any(|provision| reaches(&provision));
    if is_complete && is_formal { Ok(()) } else { Err(Reject::Part2Incomplete) }
}

/// A subject, and by what right the signer acts on it.
struct Standing {
    subject: Subject,
    authority: Authority,
}

impl Standing {
    /// On which labels the signer may decide.
    fn scope(&self) -> Scope {
        self.authority.scope().cloned().unwrap_or_default()
    }

    /// The author of what the signer gives.
    fn author(&self, by: &Signer) -> Author {
        match &self.authority {
            Authority::Patient(_) => Author::Holder,
            Authority::Representative { identity, .. } => Author::Representative(*identity),
            Authority::Custodian => Author::Attested(by.id),
        }
    }

    /// Refuses what widens access if the signer is a suspended custodian. Patients of it, and who acts for them, are not
    /// concerned.
    fn check_good_standing(&self, by: &Signer, widens: bool) -> Result<(), Reject> {
        let is_suspended = self.authority == Authority::Custodian && by.rights.suspended;
        if is_suspended && widens { Err(Reject::CustodianSuspended) } else { Ok(()) }
    }

    /// The guardian that cannot widen access alone, if the signer is one.
    fn one_of_two(&self) -> Option<IdentityId> {
        match &self.authority {
            Authority::Representative { identity, joint: true, .. } => Some(*identity),
            Authority::Representative { .. } | Authority::Patient(_) | Authority::Custodian => None,
        }
    }
}

/// The subject as it stands.
fn load_subject(ctx: &Ctx<'_, Consents>, id: &SubjectId) -> Result<Subject, Stop<Reject>> {
    Ok(subjects::subject(ctx, id)?.ok_or(Reject::UnknownSubject)?)
}

/// Refuses what is entered under a subject that is not active.
fn check_active(subject: &Subject) -> Result<(), Reject> {
    if subject.status == SubjectStatus::Active { Ok(()) } else { Err(Reject::SubjectEnded) }
}

/// By what right the signer acts on the subject.
fn stand(ctx: &Ctx<'_, Consents>, by: &Signer, subject: Subject) -> Result<Standing, Stop<Reject>> {
    let authority = subjects::authority(ctx, &subject, by, ctx.now())?.ok_or(Reject::NotEntitled)?;
    Ok(Standing { subject, authority })
}

/// By what right the signer ends something of the subject. Where it was merged into another, who acts for that one acts for
/// both: it is the same patient.
fn stand_late(ctx: &Ctx<'_, Consents>, by: &Signer, subject: Subject) -> Result<Standing, Stop<Reject>> {
    let SubjectStatus::Merged { into } = subject.status else {
        return stand(ctx, by, subject);
    };
    match subjects::authority(ctx, &subject, by, ctx.now())? {
        None => {}
        Some(Authority::Custodian) if !is_represented(&subject, ctx.now()) => {}
        Some(authority) => return Ok(Standing { subject, authority }),
    }
    let into = load_subject(ctx, &into)?;
    stand(ctx, by, into)
}

/// Whether the patient, or somebody for the patient, can act.
fn is_represented(subject: &Subject, now: UnixMs) -> bool {
    let holds = subject.holder.is_some() && !subject.deceased;
    holds || subject.representatives.iter().any(|representative| subject.is_in_force(representative, now))
}

/// A consent, and its subject, which exists.
fn load_consent(ctx: &Ctx<'_, Consents>, id: &ConsentId) -> Result<(Consent, Subject), Stop<Reject>> {
    let consent = CONSENTS.get(ctx, id)?.ok_or(Reject::UnknownConsent)?;
    let subject = load_subject(ctx, &consent.subject)?;
    Ok((consent, subject))
}

/// A restriction of the subject, or of one that was merged into it.
fn load_restriction(
    ctx: &Ctx<'_, Consents>,
    subject: (&SubjectId, &Subject),
    id: &RestrictionId,
) -> Result<Restriction, Stop<Reject>> {
    let (of, subject) = subject;
    let found = RESTRICTIONS.get(ctx, id)?;
    let concerns = |found: &Restriction| found.subject == *of || subject.absorbed.contains(&found.subject);
    Ok(found.filter(concerns).ok_or(Reject::UnknownRestriction)?)
}

/// Adds the word of a guardian to those given; whether both have given theirs.
fn endorse(given: &mut List<IdentityId, 2>, guardian: IdentityId) -> Result<bool, Reject> {
    if given.contains(&guardian) {
        return Err(Reject::AlreadyGiven);
    }
    if given.push(guardian).is_err() {
        broken("a third guardian is asked after two have agreed");
    }
    Ok(given.len() > 1)
}
