//! Named invariants of emergency access, and a generator of plausible calls.

use crate::{
    emergency::{
        BreakGlass, Call, Countersign, Delivery, EmergencyAccess, End, Notify, Outcome, Reach, Reinstate, Renew,
        ReviewAccess, RevokeRight, SetReviewer, Stage,
        state::{self, ACCESSES, REVIEWERS, REVOCATIONS},
    },
    identity::{self, Identity, IdentityKind},
    network, subjects,
};
use epione_kernel::{Dice, Law, MemoryState};
use epione_types::{EmergencyId, Hash, IdentityId, OrgId, SignerId, UnixMs};
use std::collections::BTreeSet;

pub(super) const LAWS: &[Law] = &[
    Law {
        id: "EMERGENCY-1",
        text: "an access is opened before it is over, and is over when its review is closed",
        holds: times_are_in_order,
    },
    Law {
        id: "EMERGENCY-2",
        text: "nobody countersigns an access of his own, or reviews one for which he signed",
        holds: signers_do_not_examine,
    },
    Law {
        id: "EMERGENCY-3",
        text: "the chart of an access is one of its custodian, and a patient is told of an access that has a chart",
        holds: charts_are_of_the_custodian,
    },
    Law {
        id: "EMERGENCY-4",
        text: "a right is lost only by a review that found abuse by this practitioner; before its own charts, by their custodian",
        holds: rights_are_lost_by_reviews,
    },
    Law {
        id: "EMERGENCY-5",
        text: "an organization names each reviewer once, and natural persons only",
        holds: reviewers_are_persons,
    },
    Law {
        id: "EMERGENCY-6",
        text: "every access is that of a practitioner who was registered before",
        holds: practitioners_exist,
    },
];

fn times_are_in_order(state: &MemoryState) -> Result<(), String> {
    for (id, access) in ACCESSES.all(state) {
        let closed = access.review.is_none_or(|review| access.expires_at <= review.at);
        if access.opened_at > access.expires_at || access.review_by > access.regulator_from || !closed {
            return Err(format!("{id} is {access:?}"));
        }
    }
    Ok(())
}

fn signers_do_not_examine(state: &MemoryState) -> Result<(), String> {
    for (id, access) in ACCESSES.all(state) {
        let own = access.countersigned.is_some_and(|word| word.by == access.practitioner);
        if own || access.review.is_some_and(|review| access.is_signer(&review.by)) {
            return Err(format!("{id} is {access:?}"));
        }
    }
    Ok(())
}

fn charts_are_of_the_custodian(state: &MemoryState) -> Result<(), String> {
    for (id, access) in ACCESSES.all(state) {
        let Some(subject) = access.subject else {
            if access.notice.is_some() {
                return Err(format!("{id} has no chart, and somebody was told"));
            }
            continue;
        };
        match subjects::subject(state, &subject) {
            Ok(Some(found)) if found.custodian == access.custodian => {}
            _ => return Err(format!("{id} opens {subject}, which is no chart of {}", access.custodian)),
        }
    }
    Ok(())
}

fn rights_are_lost_by_reviews(state: &MemoryState) -> Result<(), String> {
    for ((practitioner, charts), revocation) in REVOCATIONS.all(state) {
        let found = matches!(ACCESSES.get(state, &revocation.emergency), Ok(Some(access))
            if access.practitioner == practitioner
                && access.review.is_some_and(|review| review.outcome == Outcome::Unjustified)
                && charts.is_none_or(|org| org == access.custodian && org == revocation.by));
        if !found {
            return Err(format!("{practitioner} lost the right by {revocation:?}"));
        }
    }
    Ok(())
}

fn reviewers_are_persons(state: &MemoryState) -> Result<(), String> {
    for (org, reviewers) in REVIEWERS.all(state) {
        let distinct: BTreeSet<&IdentityId> = reviewers.iter().collect();
        let is_person = |id: &&IdentityId| kind(state, id).is_some_and(is_natural);
        if distinct.len() != reviewers.len() || !distinct.iter().all(is_person) {
            return Err(format!("the reviewers of {org} are {:?}", &*reviewers));
        }
    }
    Ok(())
}

fn practitioners_exist(state: &MemoryState) -> Result<(), String> {
    for (id, access) in ACCESSES.all(state) {
        let found = identity::identity(state, &access.practitioner, access.opened_at).ok().flatten();
        let before = found
            .is_some_and(|found| found.kind == IdentityKind::Practitioner && found.registered_at <= access.opened_at);
        if !before {
            return Err(format!("{id} was opened by {}", access.practitioner));
        }
    }
    Ok(())
}

fn kind(state: &MemoryState, id: &IdentityId) -> Option<IdentityKind> {
    identity::identity(state, id, UnixMs(0)).ok().flatten().map(|found| found.kind)
}

const fn is_natural(kind: IdentityKind) -> bool {
    matches!(kind, IdentityKind::Person | IdentityKind::Practitioner)
}

type Access = (EmergencyId, EmergencyAccess);

/// A call that `by` might make.
pub(super) fn plausible(state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<Call> {
    let accesses: Vec<Access> = ACCESSES.all(state).collect();
    match by {
        SignerId::Organization(org) => manage(state, org, now, &accesses, dice),
        SignerId::Identity(id) => {
            let found = identity::identity(state, id, now).ok().flatten()?;
            if found.kind != IdentityKind::Practitioner {
                return examine(state, (id, &found), now, &accesses, dice);
            }
            let examines = dice.below(4) == 0;
            let examined = examines.then(|| examine(state, (id, &found), now, &accesses, dice)).flatten();
            examined.or_else(|| treat(state, id, now, &accesses, dice))
        }
    }
}

/// What a practitioner does.
fn treat(state: &MemoryState, id: &IdentityId, now: UnixMs, accesses: &[Access], dice: &mut Dice) -> Option<Call> {
    let own: Vec<&Access> =
        accesses.iter().filter(|(_, access)| access.practitioner == *id && !access.is_over(now)).collect();
    let justification = Hash(dice.bytes32());
    let choice = dice.below(6);
    if let Some((emergency, _)) = dice.pick(&own).filter(|_| choice < 3) {
        let emergency = *emergency;
        return Some(match choice {
            0 => Call::End(End { emergency }),
            _ => Call::Renew(Renew { emergency, justification }),
        });
    }
    // Charts that were opened before, or those of anybody, found by a search.
    let bound: Vec<&Access> = accesses.iter().filter(|(_, access)| access.subject.is_some()).collect();
    if let Some((_, access)) = dice.pick(&bound).filter(|_| choice < 5) {
        let (custodian, subject) = (access.custodian, access.subject);
        return Some(Call::BreakGlass(BreakGlass { custodian, subject, justification }));
    }
    let custodian = *dice.pick(&network::members(state).ok()?)?;
    Some(Call::BreakGlass(BreakGlass { custodian, subject: None, justification }))
}

/// What colleagues and reviewers do.
fn examine(
    state: &MemoryState,
    (id, found): (&IdentityId, &Identity),
    now: UnixMs,
    accesses: &[Access],
    dice: &mut Dice,
) -> Option<Call> {
    let reviews = state::reviewers(state, &found.org).ok()?.contains(id);
    let open: Vec<&Access> = accesses.iter().filter(|(_, access)| access.review.is_none()).collect();
    let is_reviewed = |access: &EmergencyAccess| reviews && access.custodian == found.org;
    let is_countersigned = |access: &EmergencyAccess| {
        access.org == found.org && access.practitioner != *id && access.countersigned.is_none()
    };
    let own: Vec<&&Access> =
        open.iter().filter(|(_, access)| is_reviewed(access) || is_countersigned(access)).collect();
    let (emergency, access) = dice.pick(&own)?;
    if is_reviewed(access) && !access.is_signer(&SignerId::Identity(*id)) {
        return Some(review(*emergency, access, now, dice));
    }
    Some(Call::Countersign(Countersign { emergency: *emergency }))
}

fn review(emergency: EmergencyId, access: &EmergencyAccess, now: UnixMs, dice: &mut Dice) -> Call {
    let outcome = match dice.below(3) {
        0 => Outcome::Mistaken,
        1 if access.is_over(now) => Outcome::Justified,
        _ => Outcome::Unjustified,
    };
    Call::ReviewAccess(ReviewAccess { emergency, outcome, report: Hash(dice.bytes32()) })
}

/// What an organization does.
fn manage(state: &MemoryState, org: &OrgId, now: UnixMs, accesses: &[Access], dice: &mut Dice) -> Option<Call> {
    let untold = |access: &EmergencyAccess| {
        access.subject.is_some() && access.notice.is_none_or(|notice| notice.delivery != Delivery::Told)
    };
    let kept: Vec<&Access> = accesses.iter().filter(|(_, access)| access.custodian == *org).collect();
    match dice.below(6) {
        0 => {
            let people: Vec<IdentityId> = identity::identities(state, now)
                .filter(|(_, found)| found.org == *org && is_natural(found.kind))
                .map(|(id, _)| id)
                .collect();
            let identity = *dice.pick(&people)?;
            let named = !state::reviewers(state, org).ok()?.contains(&identity);
            Some(Call::SetReviewer(SetReviewer { identity, named }))
        }
        1 => {
            let overdue: Vec<&&Access> =
                kept.iter().filter(|(_, access)| access.stage(now) == Stage::Custodian).collect();
            let (emergency, access) = dice.pick(&overdue)?;
            Some(review(*emergency, access, now, dice))
        }
        2 => {
            let (practitioner, charts) = *dice.pick(&REVOCATIONS.all(state).map(|(key, _)| key).collect::<Vec<_>>())?;
            let reach = if charts.is_none() { Reach::Everywhere } else { Reach::OwnCharts };
            Some(Call::Reinstate(Reinstate { practitioner, reach }))
        }
        3 => {
            let abused: Vec<&Access> = accesses
                .iter()
                .filter(|(_, access)| access.review.is_some_and(|review| review.outcome == Outcome::Unjustified))
                .collect();
            let (emergency, access) = dice.pick(&abused)?;
            let reach = if access.custodian == *org { Reach::OwnCharts } else { Reach::Everywhere };
            Some(Call::RevokeRight(RevokeRight { emergency: *emergency, reach }))
        }
        _ => {
            let untold: Vec<&&Access> = kept.iter().filter(|(_, access)| untold(access)).collect();
            let (emergency, _) = dice.pick(&untold)?;
            let until = UnixMs(now.0.saturating_add(dice.below(86_400_000)));
            let delayed = Delivery::Delayed { until, ground: Hash(dice.bytes32()) };
            let delivery = if dice.below(3) == 0 { delayed } else { Delivery::Told };
            Some(Call::Notify(Notify { emergency: *emergency, delivery }))
        }
    }
}
