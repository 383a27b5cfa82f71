//! The vote on a challenge whose evidence was rejected.

use super::{decide, dispute, due, found, world};
use crate::{
    access,
    challenge::{Ballot, Challenge, ChallengeStatus, Challenges, Due, types::Ballots},
    consent::Purpose,
    network::MEMBERS_MAX,
    tests::fixture::org,
};
use epione_kernel::testing::World;
use epione_types::{Hash, IdentityId, List, OrgId, RequestId, SignerId, SubjectId, UnixMs, encode};
use serde_json::json;

fn is_suspended(world: &World<Challenges>) -> bool {
    let person = world.names["dana"].parse().unwrap();
    let subject = world.names["chart"].parse().unwrap();
    access::is_suspended(&world.state, &person, &subject, Purpose::Treat, world.now).unwrap()
}

fn vote(world: &mut World<Challenges>, by: &str, uphold: bool, result: &str) {
    world.check(&format!(r#"{by} | vote | {{"challenge": "$k", "uphold": {uphold}}} | {result}"#));
}

/// Six members vote, so that five have to agree.
#[test]
fn more_than_two_thirds_of_those_who_are_no_parties_suspend() {
    let mut world = world();
    dispute(&mut world);
    for voter in ["v2", "v3", "v4", "v5"] {
        vote(&mut world, voter, true, "ok");
    }
    assert!(!is_suspended(&world));
    // Who changes its vote, or repeats it, counts once.
    vote(&mut world, "v5", false, "ok");
    vote(&mut world, "m1", true, "ok");
    vote(&mut world, "m1", true, "ok");
    assert!(!is_suspended(&world));
    vote(&mut world, "m2", true, "ok");
    assert_eq!(found(&world, "k").status(world.now), ChallengeStatus::Upheld);
    assert!(is_suspended(&world));
    vote(&mut world, "v5", true, "not-voting");
    world.check("- | +30 d | |");
    assert!(is_suspended(&world));
    world.check(r#"m3 | answer | {"challenge": "$k", "evidence": "$c"} | over"#);
    // The patient alone forgives.
    world.check(r#"alice | withdraw | {"challenge": "$k"} | ok"#);
    assert!(!is_suspended(&world));
}

#[test]
fn without_them_it_is_dismissed() {
    let mut world = world();
    dispute(&mut world);
    let k = world.names["k"].parse().unwrap();
    for voter in ["v2", "v3", "v4", "v5"] {
        vote(&mut world, voter, true, "ok");
    }
    world.check("- | +13 d | |");
    assert!(due(&world, Due::Decision(k)).is_empty());
    world.check("- | +1 d | |");
    assert_eq!(due(&world, Due::Decision(k)), [9]);
    vote(&mut world, "m1", true, "not-voting");
    assert!(!is_suspended(&world));
    assert_eq!(found(&world, "k").status(world.now), ChallengeStatus::Dismissed);
}

/// Who can vote is asked at the moment of the vote: a suspended member neither votes nor counts, nor does the vote it gave.
#[test]
fn the_suspended_do_not_count() {
    let mut world = world();
    dispute(&mut world);
    vote(&mut world, "v2", false, "ok");
    vote(&mut world, "v3", true, "ok");
    // Seven of eight members can vote on it.
    world.check(&format!(
        r#"v3 | network.propose | {{"change": {}}} | ok decision"#,
        json!({ "suspend": { "org": org("v2"), "reason": "misuse" } })
    ));
    for voter in ["v1", "v3", "v4", "v5", "m1", "m2"] {
        world.check(&format!(r#"{voter} | network.vote | {{"proposal": "$decision", "approve": true}} | ok"#));
    }
    vote(&mut world, "v2", true, "suspended");
    vote(&mut world, "v4", true, "ok");
    vote(&mut world, "v5", true, "ok");
    // Five can vote: four are more than two thirds.
    assert!(!is_suspended(&world));
    vote(&mut world, "m1", true, "ok");
    assert!(is_suspended(&world));
}

/// A suspended organization is one thing, its person another: only the network suspends an organization.
#[test]
fn what_is_upheld_suspends_no_organization() {
    let mut world = world();
    dispute(&mut world);
    for voter in ["v2", "v3", "v4", "v5", "m1"] {
        vote(&mut world, voter, true, "ok");
    }
    let status = crate::network::member_status(&world.state, &org("m3")).unwrap();
    assert_eq!(status, Some(crate::network::Status::Active));
    decide(&mut world, &json!({ "suspend": { "org": org("m3"), "reason": "misuse" } }));
}

/// What the types permit fits into rows and scheduled work, so that no challenge stops a node.
#[test]
fn the_largest_challenge_and_its_votes_fit_rows() {
    let time = UnixMs(u64::MAX);
    let ballot = |number: u8| Ballot { org: OrgId([number; 16]), uphold: true };
    let ballots: Ballots = List::new((0..u8::try_from(MEMBERS_MAX).unwrap()).map(ballot).collect()).unwrap();
    assert!(encode(&ballots).len() <= epione_types::limits::ROW_BYTES_MAX);
    let challenge = Challenge {
        request: RequestId([0xff; 16]),
        by: SignerId::Identity(IdentityId([0xff; 16])),
        side: crate::challenge::Side::Custodian,
        org: OrgId([0xff; 16]),
        person: IdentityId([0xff; 16]),
        custodian: OrgId([0xff; 16]),
        subject: SubjectId([0xff; 16]),
        purpose: Purpose::Treat,
        evidence: Hash([0xff; 32]),
        opened_at: time,
        answer_by: time,
        answered_at: Some(time),
        decide_by: Some(time),
        stored: ChallengeStatus::Withdrawn,
    };
    assert!(encode(&challenge).len() < 300);
}
