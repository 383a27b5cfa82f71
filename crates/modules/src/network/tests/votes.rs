//! Whose votes count, and of how many more than two thirds must approve.

use super::{decide, enter, name_admission, org, world};
use crate::{
    network::{
        Ballot, Call, Change, Event, ExclusionReason, Network, ProposalStatus, Role, Status, Tally, Vote,
        apply::tally,
        halt, member_status,
        state::{self, BALLOTS, PROPOSALS},
        types::{Roster, Seat},
    },
    tests::fixture::MemoryRows,
};
use epione_kernel::{
    Dice, Domain as _, Hosted, MemoryState, Module as _, Numbered as _, Sources, View, testing::World,
};
use epione_types::{DurationMs, List, OrgId, ProposalId, SignerId};

fn proposal(world: &World<Network>, name: &str) -> crate::network::Proposal {
    PROPOSALS.get(&world.state, &world.names[name].parse().unwrap()).unwrap().unwrap()
}

/// What the query says: approvals, electorate, approvals needed.
fn count(world: &World<Network>, name: &str) -> [u64; 3] {
    let rows = MemoryRows::default();
    let sources = Sources { state: View::new(&world.state), rows: &rows, now: world.now };
    let fields = serde_json::json!({ "id": world.names[name] });
    let answer = Hosted::<Network>::new().query(&sources, 3, fields).unwrap();
    ["approvals", "electorate", "needed"].map(|field| answer[field].as_u64().unwrap())
}

#[test]
fn the_subject_and_the_suspended_count_where_votes_are_moved() {
    // Seven members: five must approve that one is suspended, though it does not vote itself.
    let mut world = world(5, 2, 1);
    name_admission(&mut world, "new", Role::Member);
    name_admission(&mut world, "watcher", Role::Observer);
    world.check(
        r#"
        by  | call    | fields                                                           | result
        m2  | propose | {"change": {"suspend": {"org": "$m2", "reason": "own-request"}}} | ok s
        m2  | vote    | {"proposal": "$s", "approve": true}                              | not-eligible
        o1  | vote    | {"proposal": "$s", "approve": true}                              | not-eligible
        "#,
    );
    decide(&mut world, "s", &["v1", "v2", "v3", "v4"]);
    assert_eq!(count(&world, "s"), [4, 7, 5]);
    decide(&mut world, "s", &["v5"]);
    assert_eq!(member_status(&world.state, &org("m2")), Ok(Some(Status::Suspended)));
    // What decided stays on record.
    assert_eq!(count(&world, "s"), [5, 7, 5]);
    assert_eq!(proposal(&world, "s").enacted_by, Some(Tally { approvals: 5, electorate: 7 }));
    world.check(
        r#"
        by  | call    | fields                                                           | result
        v1  | propose | {"change": {"suspend": {"org": "$m1", "reason": "misuse"}}}      | ok suspend
        v1  | propose | {"change": {"suspend": {"org": "$o1", "reason": "misuse"}}}      | ok suspend-o1
        v1  | propose | {"change": {"expel": {"org": "$m2", "reason": "breach"}}}        | ok expel
        v1  | propose | {"change": {"change-role": {"org": "$m1", "role": "observer"}}}  | ok role
        v1  | propose | {"change": $admit-new}                                           | ok admit
        v1  | propose | {"change": $admit-watcher}                                       | ok admit-watcher
        v1  | propose | {"change": {"reinstate": {"org": "$m2"}}}                        | ok reinstate
        v1  | propose | {"change": {"halt-at": {"height": 900, "release": "2.0.0", "state_format": 2}}}     | ok halt
        v2  | propose | {"change": {"set-parameter": {"parameter": "heartbeat-ms", "value": 30000, "height": 900}}} | ok set
        "#,
    );
    for (name, electorate, needed) in [
        ("suspend", 7, 5),
        ("suspend-o1", 7, 5),
        ("expel", 7, 5),
        ("role", 7, 5),
        ("admit", 7, 5),
        ("admit-watcher", 6, 5),
        ("reinstate", 6, 5),
        ("halt", 6, 5),
        ("set", 6, 5),
    ] {
        assert_eq!(count(&world, name), [0, electorate, needed], "{name}");
    }
    // Five of seven, one suspended: with the subject's vote gone all others must agree.
    decide(&mut world, "suspend", &["v1", "v2", "v3", "v4", "v5"]);
    // Two are suspended, five active: five decide over votes, four over the rest.
    assert_eq!(count(&world, "expel"), [0, 7, 5]);
    assert_eq!(count(&world, "reinstate"), [0, 5, 4]);
    decide(&mut world, "reinstate", &["v1", "v2", "v3", "v4"]);
    assert_eq!(member_status(&world.state, &org("m2")), Ok(Some(Status::Active)));
}

#[test]
fn the_table_of_the_decision_record() {
    for (members, needed, suspended_most) in
        [(4, 3, 1), (5, 4, 1), (6, 5, 1), (7, 5, 2), (8, 6, 2), (9, 7, 2), (10, 7, 3)]
    {
        assert_eq!(Tally { approvals: 0, electorate: members }.needed(), needed);
        let count = usize::try_from(members).unwrap();
        let mut world = world(count, 0, 0);
        let names: Vec<String> = (1..=count).map(|number| format!("v{number}")).collect();
        let suspended = names.iter().rev().take_while(|name| {
            let change = format!(r#"{{"suspend": {{"org": "${name}", "reason": "misuse"}}}}"#);
            world.check(&format!(r#"v1 | propose | {{"change": {change}}} | ok p"#));
            for voter in names.iter().take_while(|voter| voter != name) {
                if proposal(&world, "p").status == ProposalStatus::Open {
                    decide(&mut world, "p", &[voter]);
                }
            }
            proposal(&world, "p").status == ProposalStatus::Enacted
        });
        assert_eq!(suspended.count(), suspended_most, "of {members}");
    }
}

#[test]
fn a_vote_from_before_a_lapse_does_not_count() {
    // Six members: five must approve.
    let mut world = world(5, 1, 0);
    world.check(
        r#"v1 | propose | {"change": {"halt-at": {"height": 900, "release": "2.0.0", "state_format": 2}}} | ok p"#,
    );
    decide(&mut world, "p", &["m1", "v1", "v2", "v3"]);
    assert_eq!(count(&world, "p"), [4, 6, 5]);
    // While it is suspended, and when it is back.
    world.check(r#"v1 | propose | {"change": {"suspend": {"org": "$m1", "reason": "compromised"}}} | ok s"#);
    decide(&mut world, "s", &["v1", "v2", "v3", "v4", "v5"]);
    assert_eq!(count(&world, "p"), [3, 5, 4]);
    world.check(r#"v1 | propose | {"change": {"reinstate": {"org": "$m1"}}} | ok r"#);
    decide(&mut world, "r", &["v1", "v2", "v3", "v4"]);
    assert_eq!(count(&world, "p"), [3, 6, 5]);
    // As an observer, and when it is a member again.
    decide(&mut world, "p", &["m1"]);
    assert_eq!(count(&world, "p"), [4, 6, 5]);
    for (role, approvals) in [("observer", [3, 5, 4]), ("member", [3, 6, 5])] {
        world.check(&format!(
            r#"v1 | propose | {{"change": {{"change-role": {{"org": "$m1", "role": "{role}"}}}}}} | ok o"#
        ));
        decide(
            &mut world,
            "o",
            if role == "observer" { &["v1", "v2", "v3", "v4", "v5"] } else { &["v1", "v2", "v3", "v4"] },
        );
        assert_eq!(count(&world, "p"), approvals, "{role}");
    }
    // It votes anew, once.
    decide(&mut world, "p", &["m1"]);
    let id: ProposalId = world.names["p"].parse().unwrap();
    assert_eq!(BALLOTS.get(&world.state, &id).unwrap().unwrap().len(), 4);
    assert_eq!(halt(&world.state), Ok(None));
    decide(&mut world, "p", &["v4"]);
    assert!(halt(&world.state).unwrap().is_some());
}

#[test]
fn who_enters_counts_and_a_disapproval_decides_nothing() {
    let mut world = world(4, 2, 0);
    name_admission(&mut world, "new", Role::Member);
    world.check(
        r#"v1 | propose | {"change": {"halt-at": {"height": 900, "release": "2.0.0", "state_format": 2}}} | ok p"#,
    );
    world.check(r#"v1 | propose | {"change": $admit-new} | ok a"#);
    decide(&mut world, "p", &["v1", "v2", "v3", "v4"]);
    decide(&mut world, "a", &["v1", "v2", "v3", "v4", "m1"]);
    enter(&mut world, "new");
    assert_eq!(count(&world, "p"), [4, 7, 5]);
    // Two leave: four of five are enough now, but it takes an approval to count.
    world.check(
        r#"
        by      | call  | fields                               | result
        m1-root | leave | {}                                   | ok
        m2-root | leave | {}                                   | ok
        new     | vote  | {"proposal": "$p", "approve": false} | ok
        "#,
    );
    assert_eq!(count(&world, "p"), [4, 5, 4]);
    assert_eq!(halt(&world.state), Ok(None));
    decide(&mut world, "p", &["v1"]);
    assert!(halt(&world.state).unwrap().is_some());
}

/// Counts as ADR 0008 says it, in another way than the module does.
fn naive(seats: &[Seat], change: &Change, ballots: &[Ballot]) -> (usize, usize) {
    let votes: Vec<&Seat> = seats.iter().filter(|seat| seat.role != Role::Observer).collect();
    let active = votes.iter().filter(|seat| seat.status == Status::Active).count();
    let (subject, electorate) = match change {
        Change::Suspend { org, .. } | Change::Expel { org, .. } => (Some(*org), votes.len()),
        Change::ChangeRole { .. } => (None, votes.len()),
        Change::Admit { member, .. } if member.role == Role::Observer => (None, active),
        Change::Admit { .. } => (None, votes.len()),
        Change::Reinstate { .. } | Change::SetParameter { .. } | Change::HaltAt { .. } | Change::SetDefault { .. } => {
            (None, active)
        }
    };
    let mut approvals = 0;
    for seat in votes {
        let mut own = ballots.iter().filter(|ballot| ballot.org == seat.org && ballot.lapses == seat.lapses);
        let approves = own.next_back().is_some_and(|ballot| ballot.approve);
        if approves && seat.status == Status::Active && subject != Some(seat.org) {
            approvals += 1;
        }
    }
    (approvals, electorate)
}

/// Every roster of up to seven with a suspended and a lapsed vote in each place: the module counts as the naive way does.
#[test]
fn the_count_is_that_of_the_naive_way() {
    let subject = OrgId([1; 16]);
    let changes = [
        Change::Suspend { org: subject, reason: ExclusionReason::Other },
        Change::Expel { org: subject, reason: ExclusionReason::Other },
        Change::ChangeRole { org: subject, role: Role::Observer },
        Change::Reinstate { org: subject },
    ];
    let kinds = [
        (Role::Observer, Status::Active, 0, true),
        (Role::Member, Status::Active, 0, true),
        (Role::Member, Status::Active, 1, true),
        (Role::Member, Status::Suspended, 1, true),
        (Role::Validator, Status::Suspended, 0, true),
        (Role::Validator, Status::Active, 0, false),
    ];
    for code in 0..kinds.len().pow(5) {
        let kind = |at: u32| kinds[code / kinds.len().pow(at) % kinds.len()];
        let org = |at: u32| OrgId([u8::try_from(at).unwrap(); 16]);
        let seat = |at: u32| Seat { org: org(at), role: kind(at).0, status: kind(at).1, lapses: kind(at).2 };
        let roster: Roster = List::new((0..5).map(seat).collect()).unwrap();
        let ballots: Vec<Ballot> = (0..5).map(|at| Ballot { org: org(at), approve: kind(at).3, lapses: 0 }).collect();
        for change in &changes {
            let Tally { approvals, electorate } = tally(&roster, change, &ballots);
            let counted = (usize::try_from(approvals).unwrap(), usize::try_from(electorate).unwrap());
            assert_eq!(counted, naive(&roster, change, &ballots), "{change:?} {roster:?}");
        }
    }
}

/// The state before a vote, and the proposal as it stands after it.
fn check_enacted(before: &MemoryState, after: &MemoryState, by: &SignerId, vote: &Vote) {
    let SignerId::Organization(org) = *by else { panic!("an identity voted") };
    let enacted = PROPOSALS.get(after, &vote.proposal).unwrap().unwrap();
    let roster = state::roster(before).unwrap();
    let lapses = roster.iter().find(|seat| seat.org == org).unwrap().lapses;
    let mut ballots = BALLOTS.get(before, &vote.proposal).unwrap().unwrap_or_default().into_vec();
    ballots.retain(|ballot| ballot.org != org);
    ballots.push(Ballot { org, approve: vote.approve, lapses });
    let (approvals, electorate) = naive(&roster, &enacted.change, &ballots);
    assert!(3 * approvals > 2 * electorate, "{approvals} of {electorate} enacted {enacted:?}");
    assert!(vote.approve && before != after);
    let by = enacted.enacted_by.unwrap();
    assert_eq!((by.approvals as usize, by.electorate as usize), (approvals, electorate));
}

/// Lets members of a small network do what is plausible for a while; how many proposals were enacted.
fn enacted(seed: u64) -> usize {
    let mut world = world(5, 2, 1);
    world.actors.retain(|name, _| !name.ends_with("-root") && name != "person");
    let actors: Vec<_> = world.actors.values().copied().collect();
    let mut dice = Dice::new(seed);
    let mut enacted = 0;
    for _ in 0..250 {
        let by = *dice.pick(&actors).unwrap();
        let Some(call) = Network::plausible(&world.state, &by.id, world.now, &mut dice) else { continue };
        let before = world.state.clone();
        let done = world.call(&by, call.number(), &call.body()).unwrap_or_default();
        let is_enacted = |number| number == Event::ProposalEnacted(example()).number();
        if done.iter().any(|event| is_enacted(event.number)) {
            let Call::Vote(vote) = &call else { panic!("{call:?} enacted a proposal") };
            check_enacted(&before, &world.state, &by.id, vote);
            enacted += 1;
        }
        world.pass(DurationMs(60_000));
    }
    enacted
}

#[test]
fn nothing_is_enacted_by_two_thirds_or_fewer() {
    let counts: Vec<usize> = (0..24).map(enacted).collect();
    assert!(counts.iter().sum::<usize>() > 48, "too few proposals were enacted to show anything: {counts:?}");
}

fn example() -> crate::network::events::ProposalEnacted {
    epione_kernel::Example::example()
}
