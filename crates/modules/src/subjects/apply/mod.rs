//! One function per call: check, write, emit. Here what needs no state and what all calls share; the calls beside it.

mod chart;
mod holder;
mod representatives;

pub(super) use chart::{close, declare_deceased, declare_living, merge, register, unmerge};
pub(super) use holder::{hand_over, offer, plan_hand_over, take_over, withdraw_offer};
pub(super) use representatives::{appoint, dismiss, set_quorum, set_scope};

use crate::{
    identity::{self, IdentityKind, IdentityStatus},
    subjects::{
        Call, Reject, Subjects,
        state::{self, SUBJECTS, TIES},
        types::{REPRESENTATIVES_MAX, Representative, RepresentativeRole, Scope, Subject, SubjectStatus},
    },
};
use epione_kernel::{Ctx, Done, Signer, Stop, broken};
use epione_types::{IdentityId, List, OrgId, SignerId, SubjectId};

/// Identities whose power ended.
type Ended = List<IdentityId, REPRESENTATIVES_MAX>;

/// Scopes, numbers and identifiers of a call, as far as they need no state.
pub(super) fn check(call: &Call) -> Result<(), Reject> {
    let sound = |scope: &Scope| if scope.is_sound() { Ok(()) } else { Err(Reject::ScopeInvalid) };
    match call {
        Call::Offer(call) => sound(&call.scope),
        Call::Appoint(call) => sound(&call.representative.scope),
        Call::SetScope(call) => sound(&call.scope),
        Call::SetQuorum(call) if !(1..=2).contains(&call.quorum) => Err(Reject::QuorumInvalid),
        Call::Merge(call) if call.from == call.into => Err(Reject::SameSubject),
        Call::Register(_)
        | Call::WithdrawOffer(_)
        | Call::TakeOver(_)
        | Call::Dismiss(_)
        | Call::SetQuorum(_)
        | Call::HandOver(_)
        | Call::PlanHandOver(_)
        | Call::DeclareDeceased(_)
        | Call::DeclareLiving(_)
        | Call::Merge(_)
        | Call::Unmerge(_)
        | Call::Close(_) => Ok(()),
    }
}

/// The subject as it stands now. Of one who has come of age meanwhile the guardians are gone and the holder decides on
/// everything: whatever is written to its row next says so, too.
fn load(ctx: &mut Ctx<'_, Subjects>, id: &SubjectId) -> Result<Subject, Stop<Reject>> {
    let mut subject = SUBJECTS.get(ctx, id)?.ok_or(Reject::UnknownSubject)?;
    if subject.is_of_age(ctx.now()) {
        end_guardians(ctx, &mut subject);
    }
    Ok(subject)
}

/// The subject, if the signer acts for its custodian.
fn kept(ctx: &mut Ctx<'_, Subjects>, by: &Signer, id: &SubjectId) -> Result<Subject, Stop<Reject>> {
    let subject = load(ctx, id)?;
    if state::is_custodian(ctx, by, &subject.custodian, ctx.now())? {
        Ok(subject)
    } else {
        Err(Reject::NotCustodian.into())
    }
}

/// Whether the signer is the patient itself, and lives.
fn is_holder(subject: &Subject, by: &Signer) -> bool {
    let is_holder = |holder: IdentityId| by.id == SignerId::Identity(holder);
    !subject.deceased && subject.holder.is_some_and(is_holder)
}

/// Refuses a subject whose place another has taken.
const fn unmerged(subject: &Subject) -> Result<(), Reject> {
    match subject.status {
        SubjectStatus::Merged { .. } => Err(Reject::SubjectMerged),
        SubjectStatus::Active | SubjectStatus::Closed => Ok(()),
    }
}

/// Refuses a patient who was declared dead.
const fn living(subject: &Subject) -> Result<(), Reject> {
    if subject.deceased { Err(Reject::PatientDeceased) } else { Ok(()) }
}

/// Refuses an identity that is not an active person of the custodian.
fn fit(ctx: &Ctx<'_, Subjects>, id: &IdentityId, custodian: &OrgId) -> Done<Subjects> {
    let is_fit = identity::identity(ctx, id, ctx.now())?.is_some_and(|found| {
        found.kind == IdentityKind::Person && found.status == IdentityStatus::Active && found.org == *custodian
    });
    if is_fit { Ok(()) } else { Err(Reject::IdentityUnfit.into()) }
}

/// Refuses an identity that is tied to a subject.
fn untied(ctx: &Ctx<'_, Subjects>, id: &IdentityId) -> Done<Subjects> {
    if TIES.get(ctx, id)?.is_none() { Ok(()) } else { Err(Reject::IdentityInUse.into()) }
}

/// Ends the power of guardians: the holder decides on everything.
fn end_guardians(ctx: &mut Ctx<'_, Subjects>, subject: &mut Subject) -> Ended {
    let ended = end(ctx, subject, |representative| representative.role == RepresentativeRole::Guardian);
    (subject.holder_scope, subject.quorum, subject.majority) = (Scope::All, 1, None);
    ended
}

/// Ends the power of some representatives. The row of the subject is left to the caller.
fn end(ctx: &mut Ctx<'_, Subjects>, subject: &mut Subject, ends: impl Fn(&Representative) -> bool) -> Ended {
    let ended: Vec<IdentityId> =
        subject.representatives.iter().filter(|found| ends(found)).map(|found| found.identity).collect();
    subject.representatives.retain(|found| !ends(found));
    for identity in &ended {
        TIES.delete(ctx, identity);
    }
    List::new(ended).unwrap_or_else(|_more| broken("more representatives end than there are"))
}
