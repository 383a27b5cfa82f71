//! Named invariants of challenges, and a generator of plausible calls.

use crate::{
    access,
    challenge::{
        Accept, Answer, Call, Challenge, ChallengePurpose, ChallengeStatus, RejectAnswer, Side, Vote, Withdraw,
        state::{BALLOTS, CHALLENGES, OF_REQUESTS},
    },
    subjects,
};
use epione_kernel::{Dice, Law, MemoryState};
use epione_types::{ChallengeId, Hash, OrgId, SignerId, UnixMs};
use std::collections::BTreeSet;

pub(super) const LAWS: &[Law] = &[
    Law {
        id: "CHALLENGE-1",
        text: "a challenge suspends the person from its deadline on exactly while it has no answer, or was upheld",
        holds: suspensions_match,
    },
    Law {
        id: "CHALLENGE-2",
        text: "a challenge says of its request what the request says, and is one of a person outside an emergency",
        holds: challenges_match_requests,
    },
    Law { id: "CHALLENGE-3", text: "each side challenges a request at most once", holds: challenges_are_single },
    Law {
        id: "CHALLENGE-4",
        text: "no party votes, and no member twice; nobody votes before the evidence was rejected",
        holds: ballots_are_single,
    },
    Law {
        id: "CHALLENGE-5",
        text: "a challenge is answered after it was made, and decided on after it was answered",
        holds: times_are_in_order,
    },
];

fn suspensions_match(state: &MemoryState) -> Result<(), String> {
    for (id, challenge) in CHALLENGES.all(state) {
        let found = access::suspensions(state, &challenge.person, &challenge.subject).unwrap_or_default();
        let own: Vec<_> = found.iter().filter(|suspension| suspension.challenge == id).collect();
        let expected = match challenge.stored {
            ChallengeStatus::Open => own.iter().all(|own| own.from == challenge.answer_by) && own.len() == 1,
            ChallengeStatus::Upheld => own.iter().all(|own| Some(own.from) >= challenge.answered_at) && own.len() == 1,
            ChallengeStatus::Unanswered
            | ChallengeStatus::Answered
            | ChallengeStatus::Accepted
            | ChallengeStatus::Voting
            | ChallengeStatus::Dismissed
            | ChallengeStatus::Withdrawn => own.is_empty(),
        };
        if !expected || own.iter().any(|own| own.purpose != challenge.purpose) {
            return Err(format!("{id} is {:?} and suspends by {own:?}", challenge.stored));
        }
    }
    Ok(())
}

fn challenges_match_requests(state: &MemoryState) -> Result<(), String> {
    for (id, challenge) in CHALLENGES.all(state) {
        let matches = access::request(state, &challenge.request).ok().flatten().is_some_and(|request| {
            request.person == Some(challenge.person)
                && request.emergency.is_none()
                && (request.org, request.custodian, request.subject)
                    == (challenge.org, challenge.custodian, challenge.subject)
                && (request.purpose, request.evidence) == (challenge.purpose, challenge.evidence)
        });
        if !matches {
            return Err(format!("{id} does not match its request"));
        }
    }
    Ok(())
}

fn challenges_are_single(state: &MemoryState) -> Result<(), String> {
    let named: BTreeSet<ChallengeId> = OF_REQUESTS.all(state).map(|(_, id)| id).collect();
    for (key, id) in OF_REQUESTS.all(state) {
        match CHALLENGES.get(state, &id) {
            Ok(Some(challenge)) if (challenge.request, challenge.side) == key => {}
            _ => return Err(format!("{key:?} names {id}, which is another challenge")),
        }
    }
    match CHALLENGES.all(state).find(|(id, _)| !named.contains(id)) {
        Some((id, _)) => Err(format!("{id} is not the one of its request")),
        None => Ok(()),
    }
}

fn ballots_are_single(state: &MemoryState) -> Result<(), String> {
    for (id, ballots) in BALLOTS.all(state) {
        let Ok(Some(challenge)) = CHALLENGES.get(state, &id) else {
            return Err(format!("{id} has votes and does not exist"));
        };
        let distinct: BTreeSet<OrgId> = ballots.iter().map(|ballot| ballot.org).collect();
        let party = distinct.iter().any(|org| challenge.is_party(org));
        if party || distinct.len() != ballots.len() || challenge.answered_at.is_none() {
            return Err(format!("{id} has the votes {:?}", &*ballots));
        }
    }
    Ok(())
}

fn times_are_in_order(state: &MemoryState) -> Result<(), String> {
    for (id, challenge) in CHALLENGES.all(state) {
        let answered = challenge.answered_at.is_none_or(|at| at >= challenge.opened_at);
        let decided = challenge.answered_at.is_some() == challenge.decide_by.is_some()
            && challenge.decide_by.is_none_or(|by| Some(by) >= challenge.answered_at);
        if challenge.answer_by < challenge.opened_at || !answered || !decided {
            return Err(format!("{id} is {challenge:?}"));
        }
    }
    Ok(())
}

/// A call that `by` might make.
pub(super) fn plausible(state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<Call> {
    let all: Vec<(ChallengeId, Challenge)> = CHALLENGES.all(state).collect();
    if dice.below(3) > 0
        && let Some(call) = go_on(by, now, &all, dice)
    {
        return Some(call);
    }
    let acts = |subject: &epione_types::SubjectId, custodian: &OrgId| match by {
        SignerId::Organization(org) => org == custodian,
        SignerId::Identity(id) => {
            let found = subjects::subject(state, subject).ok().flatten();
            found.is_some_and(|found| found.authority_of(id, now).is_some())
        }
    };
    let requests: Vec<_> = access::requests(state)
        .filter(|(_, request)| acts(&request.subject, &request.custodian) && request.emergency.is_none())
        .map(|(id, _)| id)
        .collect();
    let request = *dice.pick(&requests)?;
    Some(Call::ChallengePurpose(ChallengePurpose { request }))
}

/// What moves a challenge on.
fn go_on(by: &SignerId, now: UnixMs, all: &[(ChallengeId, Challenge)], dice: &mut Dice) -> Option<Call> {
    let is_challenger = |challenge: &Challenge| match challenge.side {
        Side::Patient => challenge.by == *by,
        Side::Custodian => *by == SignerId::Organization(challenge.custodian),
    };
    let concerned: Vec<&(ChallengeId, Challenge)> = all
        .iter()
        .filter(|(_, challenge)| match challenge.status(now) {
            ChallengeStatus::Open | ChallengeStatus::Unanswered => *by == SignerId::Organization(challenge.org),
            ChallengeStatus::Answered | ChallengeStatus::Upheld => is_challenger(challenge),
            ChallengeStatus::Voting => matches!(by, SignerId::Organization(_)),
            ChallengeStatus::Accepted | ChallengeStatus::Dismissed | ChallengeStatus::Withdrawn => false,
        })
        .collect();
    let (id, challenge) = dice.pick(&concerned)?;
    let (id, choice) = (*id, dice.below(8));
    Some(match challenge.status(now) {
        ChallengeStatus::Open | ChallengeStatus::Unanswered => {
            let evidence = if choice == 0 { Hash(dice.bytes32()) } else { challenge.evidence };
            Call::Answer(Answer { challenge: id, evidence })
        }
        ChallengeStatus::Answered if choice < 2 => Call::Accept(Accept { challenge: id }),
        ChallengeStatus::Answered if choice < 7 => Call::RejectAnswer(RejectAnswer { challenge: id }),
        ChallengeStatus::Voting => Call::Vote(Vote { challenge: id, uphold: choice > 0 }),
        ChallengeStatus::Answered
        | ChallengeStatus::Accepted
        | ChallengeStatus::Upheld
        | ChallengeStatus::Dismissed
        | ChallengeStatus::Withdrawn => Call::Withdraw(Withdraw { challenge: id }),
    })
}
