//! How a challenge is decided: by the challenger, by the members, or by time.

use super::{acts_for_patient, after, load, suspend, unsuspend};
use crate::{
    access,
    challenge::{
        Accept, Challenges, Event, Reject, RejectAnswer, Vote, Withdraw,
        api::{Accepted, Dismissed, Rejected, Unanswered, Undisputed, Upheld, Voted, Withdrawn},
        state::{self, BALLOTS, CHALLENGES},
        types::{Ballot, Ballots, Challenge, ChallengeStatus, Due, Side},
    },
    network::{self, Parameter},
    subjects,
};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop, broken};
use epione_types::{ChallengeId, OrgId, SignerId};

/// Accepts the evidence.
///
/// # Rejects  UnknownChallenge, NotChallenger, Over, NotAnswered   (this order)
/// # Emits    Accepted
pub(in crate::challenge) fn accept(ctx: &mut Ctx<'_, Challenges>, by: &Signer, call: &Accept) -> Done<Challenges> {
    let mut challenge = answered(ctx, by, &call.challenge)?;
    challenge.stored = ChallengeStatus::Accepted;
    CHALLENGES.put(ctx, &call.challenge, &challenge);
    ctx.emit(&Event::Accepted(Accepted { id: call.challenge }));
    Ok(())
}

/// Rejects the evidence, or says that none was shown, whatever the requester's organization says. The members vote; until
/// they decide nobody is suspended.
///
/// # Rejects  UnknownChallenge, NotChallenger, Over, NotAnswered   (this order)
/// # Emits    Rejected
pub(in crate::challenge) fn reject(
    ctx: &mut Ctx<'_, Challenges>,
    by: &Signer,
    call: &RejectAnswer,
) -> Done<Challenges> {
    let mut challenge = answered(ctx, by, &call.challenge)?;
    let vote_by = after(ctx, Parameter::ChallengeVoteMs)?;
    challenge.stored = ChallengeStatus::Voting;
    challenge.decide_by = Some(vote_by);
    ctx.schedule(vote_by, &Due::Decision(call.challenge))?;
    CHALLENGES.put(ctx, &call.challenge, &challenge);
    ctx.emit(&Event::Rejected(Rejected { id: call.challenge, vote_by }));
    Ok(())
}

/// Records the vote of a member that is no party. A vote with which more than two thirds of those who can vote find the
/// purpose false suspends the person at once, counted at that moment; a member may change its vote until then.
///
/// # Rejects  UnknownChallenge, NotVoter, NotVoting, TooManySuspensions   (this order)
/// # Emits    Voted, Upheld
/// # Laws     CHALLENGE-1, CHALLENGE-4
pub(in crate::challenge) fn vote(ctx: &mut Ctx<'_, Challenges>, by: &Signer, call: &Vote) -> Done<Challenges> {
    let (id, mut challenge) = (call.challenge, load(ctx, &call.challenge)?);
    let voters: Vec<OrgId> = network::voters(ctx)?.into_iter().filter(|member| !challenge.is_party(member)).collect();
    let SignerId::Organization(org) = by.id else {
        return Err(Reject::NotVoter.into());
    };
    if !voters.contains(&org) {
        return Err(Reject::NotVoter.into());
    }
    if challenge.status(ctx.now()) != ChallengeStatus::Voting {
        return Err(Reject::NotVoting.into());
    }
    let ballots = with_ballot(state::ballots(ctx, &id)?, Ballot { org, uphold: call.uphold }, &voters);
    let upholds = ballots.iter().filter(|ballot| ballot.uphold).count();
    BALLOTS.put(ctx, &id, &ballots);
    ctx.emit(&Event::Voted(Voted { id, org, uphold: call.uphold }));
    if call.uphold && upholds.saturating_mul(3) > voters.len().saturating_mul(2) {
        let now = ctx.now();
        if !suspend(ctx, &id, &challenge, now)? {
            return Err(Reject::TooManySuspensions.into());
        }
        challenge.stored = ChallengeStatus::Upheld;
        CHALLENGES.put(ctx, &id, &challenge);
        let Challenge { org, person, subject, purpose, .. } = challenge;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let (approvals, electorate) = (count(upholds), count(voters.len()));
        ctx.emit(&Event::Upheld(Upheld { id, org, person, subject, purpose, approvals, electorate }));
    }
    Ok(())
}

/// The ballots with one more. Those of members that can no longer vote are dropped: they would have to be given anew.
fn with_ballot(ballots: Ballots, new: Ballot, voters: &[OrgId]) -> Ballots {
    let mut ballots = ballots;
    ballots.retain(|ballot| ballot.org != new.org && voters.contains(&ballot.org));
    if ballots.push(new).is_err() {
        broken("more members vote than there may be");
    }
    ballots
}

/// Takes a challenge back, and ends what it took from the person, also what the members took.
///
/// # Rejects  UnknownChallenge, NotChallenger, Over   (this order)
/// # Emits    Withdrawn
/// # Laws     CHALLENGE-1
pub(in crate::challenge) fn withdraw(ctx: &mut Ctx<'_, Challenges>, by: &Signer, call: &Withdraw) -> Done<Challenges> {
    let mut challenge = load(ctx, &call.challenge)?;
    if !is_challenger(ctx, by, &challenge)? {
        return Err(Reject::NotChallenger.into());
    }
    match challenge.status(ctx.now()) {
        ChallengeStatus::Open | ChallengeStatus::Unanswered | ChallengeStatus::Upheld => {
            unsuspend(ctx, &call.challenge, &challenge)?;
        }
        ChallengeStatus::Answered | ChallengeStatus::Voting => {}
        ChallengeStatus::Accepted | ChallengeStatus::Dismissed | ChallengeStatus::Withdrawn => {
            return Err(Reject::Over.into());
        }
    }
    challenge.stored = ChallengeStatus::Withdrawn;
    CHALLENGES.put(ctx, &call.challenge, &challenge);
    ctx.emit(&Event::Withdrawn(Withdrawn { id: call.challenge }));
    Ok(())
}

/// Tells what time decided.
///
/// # Emits    Unanswered, Undisputed, Dismissed
pub(in crate::challenge) fn due(ctx: &mut Ctx<'_, Challenges>, item: &Due) -> Result<(), Missing> {
    let (Due::Answer(id) | Due::Decision(id)) = *item;
    let Some(challenge) = CHALLENGES.get(ctx, &id)? else { return Ok(()) };
    let Challenge { org, person, subject, purpose, stored, .. } = challenge;
    // What falls due for an earlier deadline finds a later one, or a decision, and says nothing.
    let event = match (item, stored, challenge.status(ctx.now())) {
        (Due::Answer(_), _, ChallengeStatus::Unanswered) => {
            Event::Unanswered(Unanswered { id, org, person, subject, purpose })
        }
        (Due::Decision(_), ChallengeStatus::Answered, ChallengeStatus::Accepted) => {
            Event::Undisputed(Undisputed { id })
        }
        (Due::Decision(_), ChallengeStatus::Voting, ChallengeStatus::Dismissed) => Event::Dismissed(Dismissed { id }),
        (Due::Answer(_) | Due::Decision(_), _, _) => return Ok(()),
    };
    ctx.emit(&event);
    Ok(())
}

/// The challenge, if the signer is to decide on its answer now.
fn answered(ctx: &Ctx<'_, Challenges>, by: &Signer, id: &ChallengeId) -> Result<Challenge, Stop<Reject>> {
    let challenge = load(ctx, id)?;
    if !is_challenger(ctx, by, &challenge)? {
        return Err(Reject::NotChallenger.into());
    }
    match challenge.status(ctx.now()) {
        ChallengeStatus::Answered => Ok(challenge),
        ChallengeStatus::Open | ChallengeStatus::Unanswered | ChallengeStatus::Voting => {
            Err(Reject::NotAnswered.into())
        }
        ChallengeStatus::Accepted
        | ChallengeStatus::Upheld
        | ChallengeStatus::Dismissed
        | ChallengeStatus::Withdrawn => Err(Reject::Over.into()),
    }
}

/// Whether the signer decides for the challenger: the custodian for its own challenges; for those in the name of the patient
/// who made it, so that one guardian cannot accept what another doubts, and who else acts for the patient once that one no
/// longer does.
fn is_challenger(ctx: &Ctx<'_, Challenges>, by: &Signer, challenge: &Challenge) -> Result<bool, Missing> {
    if challenge.side == Side::Custodian {
        return subjects::is_custodian(ctx, by, &challenge.custodian, ctx.now());
    }
    let subject = subjects::subject(ctx, &challenge.subject)?;
    let request = access::request(ctx, &challenge.request)?;
    let (Some(subject), Some(request)) = (subject, request) else {
        broken("a challenge outlives its request");
    };
    if !acts_for_patient(ctx, &by.id, &subject, &request)? {
        return Ok(false);
    }
    Ok(by.id == challenge.by || !acts_for_patient(ctx, &challenge.by, &subject, &request)?)
}
