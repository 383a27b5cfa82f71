//! One function per call: check, write, emit. Here the challenge and the answer; how it is decided beside it.

mod decide;

pub(super) use decide::{accept, due, reject, vote, withdraw};

use crate::{
    access::{self, Request, Suspension},
    challenge::{
        Answer, ChallengePurpose, Challenges, Event, Reject,
        api::{Answered, Challenged},
        state::{CHALLENGES, OF_REQUESTS, USAGE},
        types::{CHALLENGEABLE_MS, Challenge, ChallengeStatus, Due, Quota, Side, Usage},
    },
    network::{self, Parameter},
    records,
    subjects::{self, Authority, Subject},
};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop, broken};
use epione_types::{ChallengeId, DurationMs, SignerId};

const DAY_MS: u64 = 86_400_000;

/// Doubts the purpose of a request. Whoever requested has to show the evidence to which the request committed; as long as
/// that is not done in time, the person is suspended for this purpose and patient. The challenge's identifier is the first
/// half of the call's.
///
/// # Rejects
/// UnknownRequest, NotEntitled, OwnDisclosure, InEmergency, TooOld, AlreadyChallenged, SubjectQuota, OrganizationQuota,
/// TooManySuspensions   (this order)
///
/// # Emits    Challenged
/// # Laws     CHALLENGE-1, CHALLENGE-2, CHALLENGE-3
pub(super) fn challenge(ctx: &mut Ctx<'_, Challenges>, by: &Signer, call: &ChallengePurpose) -> Done<Challenges> {
    let request = access::request(ctx, &call.request)?.ok_or(Reject::UnknownRequest)?;
    let side = side(ctx, by, &request)?.ok_or(Reject::NotEntitled)?;
    let person = request.person.ok_or(Reject::OwnDisclosure)?;
    if request.emergency.is_some() {
        return Err(Reject::InEmergency.into());
    }
    let opened_at = ctx.now();
    if opened_at.since(request.requested_at).0 > CHALLENGEABLE_MS {
        return Err(Reject::TooOld.into());
    }
    if OF_REQUESTS.get(ctx, &(call.request, side))?.is_some() {
        return Err(Reject::AlreadyChallenged.into());
    }
    spend(ctx, side, &request)?;
    let id = ChallengeId(ctx.call_id().short());
    let answer_by = after(ctx, Parameter::ChallengeAnswerMs)?;
    let Request { org, custodian, subject, purpose, evidence, .. } = request;
    let challenge = Challenge {
        request: call.request,
        by: by.id,
        side,
        org,
        person,
        custodian,
        subject,
        purpose,
        evidence,
        opened_at,
        answer_by,
        answered_at: None,
        decide_by: None,
        stored: ChallengeStatus::Open,
    };
    if !suspend(ctx, &id, &challenge, answer_by)? {
        return Err(Reject::TooManySuspensions.into());
    }
    ctx.schedule(answer_by, &Due::Answer(id))?;
    CHALLENGES.put(ctx, &id, &challenge);
    OF_REQUESTS.put(ctx, &(call.request, side), &id);
    let (request, by) = (call.request, by.id);
    let event = Challenged { id, request, by, side, org, person, custodian, subject, purpose, answer_by };
    ctx.emit(&Event::Challenged(event));
    Ok(())
}

/// Records that the evidence was shown to the challenger. It ends a suspension for want of it, also when it comes late.
///
/// # Rejects  UnknownChallenge, NotRequester, Over, AlreadyAnswered, EvidenceDiffers   (this order)
/// # Emits    Answered
/// # Laws     CHALLENGE-1
pub(super) fn answer(ctx: &mut Ctx<'_, Challenges>, by: &Signer, call: &Answer) -> Done<Challenges> {
    let mut challenge = load(ctx, &call.challenge)?;
    let now = ctx.now();
    if !subjects::is_custodian(ctx, by, &challenge.org, now)? {
        return Err(Reject::NotRequester.into());
    }
    match challenge.status(now) {
        ChallengeStatus::Open | ChallengeStatus::Unanswered => {}
        ChallengeStatus::Answered | ChallengeStatus::Voting => return Err(Reject::AlreadyAnswered.into()),
        ChallengeStatus::Accepted
        | ChallengeStatus::Upheld
        | ChallengeStatus::Dismissed
        | ChallengeStatus::Withdrawn => return Err(Reject::Over.into()),
    }
    if call.evidence != challenge.evidence {
        return Err(Reject::EvidenceDiffers.into());
    }
    let decide_by = after(ctx, Parameter::ChallengeAnswerMs)?;
    challenge.stored = ChallengeStatus::Answered;
    challenge.answered_at = Some(now);
    challenge.decide_by = Some(decide_by);
    unsuspend(ctx, &call.challenge, &challenge)?;
    ctx.schedule(decide_by, &Due::Decision(call.challenge))?;
    CHALLENGES.put(ctx, &call.challenge, &challenge);
    ctx.emit(&Event::Answered(Answered { id: call.challenge, decide_by }));
    Ok(())
}

/// The challenge.
fn load(ctx: &Ctx<'_, Challenges>, id: &ChallengeId) -> Result<Challenge, Stop<Reject>> {
    Ok(CHALLENGES.get(ctx, id)?.ok_or(Reject::UnknownChallenge)?)
}

/// In whose name the signer can challenge the request; none if it cannot.
fn side(ctx: &Ctx<'_, Challenges>, by: &Signer, request: &Request) -> Result<Option<Side>, Missing> {
    let Some(subject) = subjects::subject(ctx, &request.subject)? else { return Ok(None) };
    if acts_for_patient(ctx, &by.id, &subject, request)? {
        return Ok(Some(Side::Patient));
    }
    let is_custodian = subjects::is_custodian(ctx, by, &request.custodian, ctx.now())?;
    Ok(is_custodian.then_some(Side::Custodian))
}

/// Whether `who` is the patient or acts for the patient, on the label of at least one unit of the request: of the others
/// nothing is to be seen.
fn acts_for_patient(
    ctx: &Ctx<'_, Challenges>,
    who: &SignerId,
    subject: &Subject,
    request: &Request,
) -> Result<bool, Missing> {
    let SignerId::Identity(identity) = who else { return Ok(false) };
    let authority: Authority = match subject.authority_of(identity, ctx.now()) {
        Some(authority) => authority,
        None => return Ok(false),
    };
    for unit in request.units.iter() {
        if records::unit(ctx, unit)?.is_some_and(|unit| authority.covers(&unit.label)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The moment that lies as far ahead as the parameter says.
fn after(ctx: &Ctx<'_, Challenges>, parameter: Parameter) -> Result<epione_types::UnixMs, Missing> {
    Ok(ctx.now().after(DurationMs(network::settings(ctx)?.get(parameter, ctx.height()))))
}

/// Counts one challenge of a side today.
fn spend(ctx: &mut Ctx<'_, Challenges>, side: Side, request: &Request) -> Result<(), Stop<Reject>> {
    let (quota, parameter, reject) = match side {
        Side::Patient => (Quota::Subject(request.subject), Parameter::ChallengesPerSubjectDay, Reject::SubjectQuota),
        Side::Custodian => {
            let quota = Quota::Organization(request.custodian);
            (quota, Parameter::ChallengesPerOrganizationDay, Reject::OrganizationQuota)
        }
    };
    let day = ctx.now().0 / DAY_MS;
    let used = USAGE.get(ctx, &quota)?.filter(|used| used.day == day).map_or(0, |used| used.count);
    if used >= network::settings(ctx)?.get(parameter, ctx.height()) {
        return Err(reject.into());
    }
    USAGE.put(ctx, &quota, &Usage { day, count: used.saturating_add(1) });
    Ok(())
}

/// Suspends the person for this purpose and patient from `from` on, as `access` decides with it; false if there are too many.
fn suspend(
    ctx: &mut Ctx<'_, Challenges>,
    id: &ChallengeId,
    challenge: &Challenge,
    from: epione_types::UnixMs,
) -> Result<bool, Missing> {
    let suspension = Suspension { purpose: challenge.purpose, from, challenge: *id };
    access::suspend(&mut ctx.lend(), &challenge.person, &challenge.subject, suspension)
}

/// Ends what the challenge took from the person.
fn unsuspend(ctx: &mut Ctx<'_, Challenges>, id: &ChallengeId, challenge: &Challenge) -> Result<(), Missing> {
    if access::unsuspend(&mut ctx.lend(), &challenge.person, &challenge.subject, id)? {
        Ok(())
    } else {
        broken("a challenge without an answer suspends nobody")
    }
}
