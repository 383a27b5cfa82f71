//! Named invariants of subjects, and a generator of plausible calls.

use crate::{
    identity::{self, IdentityKind, IdentityStatus},
    network,
    subjects::{
        Appoint, Call, Close, DeclareDeceased, DeclareLiving, Dismiss, HandOver, Merge, Offer, PlanHandOver, Register,
        SetQuorum, SetScope, TakeOver, Unmerge, WithdrawOffer,
        state::{SUBJECTS, TIES},
        types::{Representative, RepresentativeRole, Scope, Subject, SubjectStatus, Tags, Tie},
    },
};
use epione_kernel::{Dice, Law, MemoryState};
use epione_types::{Hash, IdentityId, OrgId, Quarter, SignerId, SubjectId, Tag, UnixMs};
use std::collections::BTreeSet;

pub(super) const LAWS: &[Law] = &[
    Law {
        id: "SUBJECTS-1",
        text: "an identity is tied to a subject exactly if it is its holder or one of its representatives, and to one only",
        holds: ties_are_mutual,
    },
    Law {
        id: "SUBJECTS-2",
        text: "nobody represents itself or represents a subject twice",
        holds: representatives_are_others,
    },
    Law {
        id: "SUBJECTS-3",
        text: "a merged subject and the one in its place name each other, have the same custodian, and the latter is not merged",
        holds: mergers_are_mutual,
    },
    Law {
        id: "SUBJECTS-4",
        text: "scopes are sound, the proxy of a holder has no more than the holder, and the quorum is one or two",
        holds: scopes_are_sound,
    },
    Law {
        id: "SUBJECTS-5",
        text: "every subject belongs to an organization of the network, and is offered only while it stands and the patient lives",
        holds: custodians_exist,
    },
    Law { id: "SUBJECTS-6", text: "whoever is tied to a subject is a person", holds: ties_are_persons },
];

fn ties_are_mutual(state: &MemoryState) -> Result<(), String> {
    let mut expected: Vec<(IdentityId, Tie)> = Vec::new();
    for (id, subject) in SUBJECTS.all(state) {
        let tie = |identity: IdentityId, is_holder| (identity, Tie { subject: id, is_holder });
        expected.extend(subject.holder.map(|holder| tie(holder, true)));
        expected.extend(subject.representatives.iter().map(|found| tie(found.identity, false)));
    }
    expected.sort_by_key(|(identity, _)| *identity);
    let found: Vec<(IdentityId, Tie)> = TIES.all(state).collect();
    if found == expected { Ok(()) } else { Err(format!("the ties are {found:?} and should be {expected:?}")) }
}

fn representatives_are_others(state: &MemoryState) -> Result<(), String> {
    for (id, subject) in SUBJECTS.all(state) {
        let distinct: BTreeSet<IdentityId> = subject.representatives.iter().map(|found| found.identity).collect();
        let itself = subject.holder.is_some_and(|holder| distinct.contains(&holder));
        if itself || distinct.len() != subject.representatives.len() {
            return Err(format!("{id} is held by {:?} and represented by {distinct:?}", subject.holder));
        }
    }
    Ok(())
}

fn mergers_are_mutual(state: &MemoryState) -> Result<(), String> {
    for (id, subject) in SUBJECTS.all(state) {
        for absorbed in subject.absorbed.iter() {
            match SUBJECTS.get(state, absorbed) {
                Ok(Some(other)) if other.status == (SubjectStatus::Merged { into: id }) => {}
                found => return Err(format!("{id} absorbed {absorbed}, which is {found:?}")),
            }
        }
        let SubjectStatus::Merged { into } = subject.status else { continue };
        let Ok(Some(other)) = SUBJECTS.get(state, &into) else {
            return Err(format!("{id} was merged into {into}, which does not exist"));
        };
        let named = other.absorbed.iter().filter(|absorbed| **absorbed == id).count();
        let stands = !matches!(other.status, SubjectStatus::Merged { .. });
        if named != 1 || !stands || other.custodian != subject.custodian || !subject.absorbed.is_empty() {
            return Err(format!("{id} was merged into {into}, which is {other:?}"));
        }
    }
    Ok(())
}

fn scopes_are_sound(state: &MemoryState) -> Result<(), String> {
    for (id, subject) in SUBJECTS.all(state) {
        let is_sound = |found: &Representative| {
            let is_proxy = found.role == RepresentativeRole::Proxy && subject.holder.is_some();
            found.scope.is_sound() && (!is_proxy || found.scope.is_within(&subject.holder_scope))
        };
        let all = subject.holder_scope.is_sound() && subject.representatives.iter().all(is_sound);
        if !all || !(1..=2).contains(&subject.quorum) {
            return Err(format!("{id} is {subject:?}"));
        }
    }
    Ok(())
}

fn custodians_exist(state: &MemoryState) -> Result<(), String> {
    for (id, subject) in SUBJECTS.all(state) {
        if !matches!(network::organization(state, &subject.custodian), Ok(Some(_))) {
            return Err(format!("{id} belongs to {}, which does not exist", subject.custodian));
        }
        let stands = !subject.deceased && !matches!(subject.status, SubjectStatus::Merged { .. });
        if subject.offered.is_some() && !stands {
            return Err(format!("{id} is offered, and is {subject:?}"));
        }
    }
    Ok(())
}

fn ties_are_persons(state: &MemoryState) -> Result<(), String> {
    for (identity, tie) in TIES.all(state) {
        match identity::identity(state, &identity, UnixMs(0)) {
            Ok(Some(found)) if found.kind == IdentityKind::Person => {}
            found => return Err(format!("{identity} is tied to {} and is {found:?}", tie.subject)),
        }
    }
    Ok(())
}

/// A call that `by` might make.
pub(super) fn plausible(state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<Call> {
    let subjects: Vec<(SubjectId, Subject)> = SUBJECTS.all(state).collect();
    match by {
        SignerId::Organization(org) => keep(state, org, now, &subjects, dice),
        SignerId::Identity(id) => live(state, id, &subjects, now, dice),
    }
}

/// What a custodian does.
fn keep(
    state: &MemoryState,
    org: &OrgId,
    now: UnixMs,
    subjects: &[(SubjectId, Subject)],
    dice: &mut Dice,
) -> Option<Call> {
    let untied = untied(state, org, now);
    let own: Vec<&(SubjectId, Subject)> = subjects.iter().filter(|(_, subject)| subject.custodian == *org).collect();
    let evidence = Hash(dice.bytes32());
    let choice = dice.below(20);
    let stand = own.iter().filter(|(_, subject)| subject.status == SubjectStatus::Active).count();
    if stand < 3 || choice == 0 {
        let holder = dice.pick(&untied).copied().filter(|_| dice.below(2) == 0);
        return Some(Call::Register(Register { holder, evidence }));
    }
    let (subject, found) = dice.pick(&own).copied()?.clone();
    if matches!(found.status, SubjectStatus::Merged { .. }) && choice > 9 {
        return Some(Call::Unmerge(Unmerge { subject }));
    }
    Some(match choice {
        0..=5 => {
            let scope = Some(scope(dice)).filter(|_| found.guardians(now) > 0 || dice.below(4) == 0);
            Call::Offer(Offer { subject, identity: *dice.pick(&untied)?, scope: scope.unwrap_or_default() })
        }
        6..=9 => {
            let representative = representative(*dice.pick(&untied)?, now, dice)?;
            Call::Appoint(Appoint { subject, representative })
        }
        10 => Call::Dismiss(Dismiss { subject, identity: dice.pick(&found.representatives)?.identity }),
        11 | 12 => {
            let identity = *dice.pick(&tied(&found))?;
            Call::SetScope(SetScope { subject, identity, scope: scope(dice), evidence })
        }
        13 => Call::SetQuorum(SetQuorum { subject, quorum: *dice.pick(&[1, 2])?, evidence }),
        14 => {
            Call::HandOver(HandOver { subject, holder: dice.pick(&untied).copied().filter(|_| found.holder.is_none()) })
        }
        15 => Call::PlanHandOver(PlanHandOver { subject, after: Some(Quarter::of(now)).filter(|_| dice.below(4) > 0) }),
        16 if found.deceased => Call::DeclareLiving(DeclareLiving { subject, evidence }),
        16 if dice.below(3) == 0 => Call::DeclareDeceased(DeclareDeceased { subject, evidence }),
        17 | 18 => {
            let (into, _) = *dice.pick(&own).copied().filter(|(into, _)| *into != subject)?;
            Call::Merge(Merge { from: subject, into })
        }
        19 if dice.below(4) == 0 => Call::Close(Close { subject }),
        _ => Call::WithdrawOffer(WithdrawOffer { subject }),
    })
}

/// What a person does, as a holder, a representative, or one to whom a subject is offered.
fn live(
    state: &MemoryState,
    id: &IdentityId,
    subjects: &[(SubjectId, Subject)],
    now: UnixMs,
    dice: &mut Dice,
) -> Option<Call> {
    let is_offered = |subject: &Subject| {
        subject.offered.as_ref().is_some_and(|offer| offer.identity == *id && offer.ready_at <= now)
    };
    if let Some((subject, _)) = subjects.iter().find(|(_, subject)| is_offered(subject)) {
        return Some(Call::TakeOver(TakeOver { subject: *subject }));
    }
    let (subject, found) = subjects.iter().find(|(_, subject)| tied(subject).contains(id))?.clone();
    if found.holder != Some(*id) {
        return (dice.below(4) == 0).then_some(Call::Dismiss(Dismiss { subject, identity: *id }));
    }
    Some(match dice.below(8) {
        0..=3 => {
            let identity = *dice.pick(&untied(state, &found.custodian, now))?;
            let new = representative(identity, now, dice)?;
            Call::Appoint(Appoint {
                subject,
                representative: Representative { role: RepresentativeRole::Proxy, ..new },
            })
        }
        4 => Call::Dismiss(Dismiss { subject, identity: dice.pick(&found.representatives)?.identity }),
        5 | 6 => {
            let (identity, evidence) = (dice.pick(&found.representatives)?.identity, Hash(dice.bytes32()));
            Call::SetScope(SetScope { subject, identity, scope: scope(dice), evidence })
        }
        _ => Call::WithdrawOffer(WithdrawOffer { subject }),
    })
}

/// Holder and representatives.
fn tied(subject: &Subject) -> Vec<IdentityId> {
    subject.holder.into_iter().chain(subject.representatives.iter().map(|found| found.identity)).collect()
}

/// Persons of the organization that are tied to no subject.
fn untied(state: &MemoryState, org: &OrgId, now: UnixMs) -> Vec<IdentityId> {
    identity::identities(state, now)
        .filter(|(_, found)| {
            found.org == *org && found.kind == IdentityKind::Person && found.status == IdentityStatus::Active
        })
        .filter(|(id, _)| matches!(TIES.get(state, id), Ok(None)))
        .map(|(id, _)| id)
        .collect()
}

fn representative(identity: IdentityId, now: UnixMs, dice: &mut Dice) -> Option<Representative> {
    let role = *dice.pick(&[
        RepresentativeRole::Guardian,
        RepresentativeRole::Guardian,
        RepresentativeRole::Proxy,
        RepresentativeRole::Executor,
    ])?;
    let until = Some(Quarter::of(now)).filter(|_| dice.below(2) == 0);
    Some(Representative { identity, role, scope: scope(dice), until, evidence: Hash(dice.bytes32()) })
}

/// One of few scopes, so that they meet.
fn scope(dice: &mut Dice) -> Scope {
    let tag = |dice: &mut Dice| Tag([u8::try_from(dice.below(3)).unwrap_or(0); 16]);
    let tags = Tags::new(vec![tag(dice)]).unwrap_or_default();
    match dice.below(4) {
        0 => Scope::AllBut(tags),
        1 => Scope::Only(tags),
        _ => Scope::All,
    }
}
