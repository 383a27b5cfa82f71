//! What a coalition can reach by itself: every small consortium, every order of proposals (ADR 0008).

use crate::{
    network::{
        Ballot, Change, ExclusionReason, Role, Status,
        apply::tally,
        types::{Roster, Seat},
    },
    tests::fixture::member,
};
use epione_types::{List, OrgId};
use std::collections::BTreeSet;

/// How many there are: of the coalition active and suspended, of the others active and suspended.
type Camp = [u8; 4];

const OURS: usize = 0;
const OURS_SUSPENDED: usize = 1;
const THEIRS: usize = 2;
const THEIRS_SUSPENDED: usize = 3;

/// Puppets that a coalition admits at most, so that the search ends.
const PUPPETS_MAX: u8 = 5;

fn org(group: usize, number: u8) -> OrgId {
    OrgId([u8::try_from(group).unwrap() * 32 + number; 16])
}

fn roster(camp: Camp) -> Roster {
    let seats = |group: usize| {
        let status = if group == OURS || group == THEIRS { Status::Active } else { Status::Suspended };
        (0..camp[group]).map(move |number| Seat { org: org(group, number), role: Role::Member, status, lapses: 0 })
    };
    List::new((0..4).flat_map(seats).collect()).unwrap()
}

fn moved(camp: Camp, from: Option<usize>, to: Option<usize>) -> Camp {
    let mut camp = camp;
    if let Some(from) = from {
        camp[from] -= 1;
    }
    if let Some(to) = to {
        camp[to] += 1;
    }
    camp
}

/// Every change that can be proposed, with what it leads to.
fn proposals(camp: Camp, admit: &Change) -> Vec<(Change, Camp)> {
    let reason = ExclusionReason::Other;
    let mut proposals = vec![(admit.clone(), moved(camp, None, Some(OURS)))];
    for group in (0..4).filter(|group| camp[*group] > 0) {
        let org = org(group, 0);
        proposals.push((Change::Expel { org, reason }, moved(camp, Some(group), None)));
        proposals.push((Change::ChangeRole { org, role: Role::Observer }, moved(camp, Some(group), None)));
        if group == OURS || group == THEIRS {
            proposals.push((Change::Suspend { org, reason }, moved(camp, Some(group), Some(group + 1))));
        } else {
            proposals.push((Change::Reinstate { org }, moved(camp, Some(group), Some(group - 1))));
        }
    }
    proposals
}

/// Everything that the coalition reaches if its active members approve, the others do not, and its members may leave.
fn reachable(start: Camp, decides: impl Fn(&Roster, &Change, &[Ballot]) -> bool) -> BTreeSet<Camp> {
    let admit = Change::Admit { member: Box::new(member("puppet", Role::Member)), consents: List::default() };
    let most = start.iter().sum::<u8>() + PUPPETS_MAX;
    let (mut reached, mut waiting) = (BTreeSet::from([start]), vec![start]);
    while let Some(camp) = waiting.pop() {
        let roster = roster(camp);
        let ballots: Vec<Ballot> =
            (0..camp[OURS]).map(|number| Ballot { org: org(OURS, number), approve: true, lapses: 0 }).collect();
        let decided = proposals(camp, &admit).into_iter().filter(|(change, _)| decides(&roster, change, &ballots));
        let left = [OURS, OURS_SUSPENDED].into_iter().filter(|group| camp[*group] > 0);
        let next = decided.map(|(_, next)| next).chain(left.map(|group| moved(camp, Some(group), None)));
        for next in next.collect::<Vec<_>>() {
            if next.iter().sum::<u8>() <= most && reached.insert(next) {
                waiting.push(next);
            }
        }
    }
    reached
}

fn is_taken_over(reached: &BTreeSet<Camp>) -> bool {
    reached.iter().any(|camp| camp[OURS] > 0 && camp[THEIRS] + camp[THEIRS_SUSPENDED] == 0)
}

/// The approvals among `ballots` and the number of seats that pass `counts`.
fn two_thirds(roster: &Roster, change: &Change, ballots: &[Ballot], counts: impl Fn(&Seat) -> bool) -> bool {
    let approvals = ballots.iter().filter(|ballot| change.subject() != Some(&ballot.org)).count();
    3 * approvals > 2 * roster.iter().filter(|seat| counts(seat)).count()
}

#[test]
fn two_thirds_or_fewer_never_reduce_the_others() {
    let mut camps = 0;
    for code in 0..10_000_u16 {
        let camp = [1_000, 100, 10, 1].map(|digit| u8::try_from(code / digit % 10).unwrap());
        let [ours, ours_suspended, theirs, theirs_suspended] = camp;
        let members: u8 = camp.iter().sum();
        let coalition = ours + ours_suspended;
        if !(4..=9).contains(&members) || ours == 0 || 3 * coalition > 2 * members {
            continue;
        }
        camps += 1;
        for reached in reachable(camp, |roster, change, ballots| tally(roster, change, ballots).decides()) {
            let [_, _, active, suspended] = reached;
            assert!(
                active >= theirs && active + suspended == theirs + theirs_suspended,
                "{camp:?} reaches {reached:?}"
            );
            assert!(reached[OURS] + reached[OURS_SUSPENDED] <= coalition, "{camp:?} reaches {reached:?}");
        }
    }
    assert!(camps > 300, "{camps}");
}

/// One more than two thirds decide everything: that is the rule.
#[test]
fn more_than_two_thirds_decide_everything() {
    for (ours, theirs) in [(3, 1), (4, 1), (5, 1), (5, 2), (6, 2), (7, 2)] {
        let reached =
            reachable([ours, 0, theirs, 0], |roster, change, ballots| tally(roster, change, ballots).decides());
        assert!(is_taken_over(&reached), "{ours} of {}", ours + theirs);
    }
}

/// The search has teeth: weaker rules fall.
#[test]
fn weaker_rules_fall() {
    // Neither the subject nor the suspended count: five of eight take over.
    let small = |roster: &Roster, change: &Change, ballots: &[Ballot]| {
        let counts = |seat: &Seat| seat.is_active() && change.subject() != Some(&seat.org);
        two_thirds(roster, change, ballots, counts)
    };
    assert!(is_taken_over(&reachable([5, 0, 3, 0], small)));
    // The suspended count when somebody is excluded, but not when somebody is admitted: with one suspended, three of five
    // admit puppets until they are enough.
    let admitting = |roster: &Roster, change: &Change, ballots: &[Ballot]| {
        let excludes = matches!(change, Change::Suspend { .. } | Change::Expel { .. } | Change::ChangeRole { .. });
        two_thirds(roster, change, ballots, |seat| seat.is_active() || excludes)
    };
    assert!(is_taken_over(&reachable([3, 0, 1, 1], admitting)));
    // Nor may a role be taken away by the active alone.
    let demoting = |roster: &Roster, change: &Change, ballots: &[Ballot]| {
        let excludes = matches!(change, Change::Suspend { .. } | Change::Expel { .. } | Change::Admit { .. });
        two_thirds(roster, change, ballots, |seat| seat.is_active() || excludes)
    };
    assert!(is_taken_over(&reachable([6, 0, 2, 1], demoting)));
}
