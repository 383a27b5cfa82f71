//! The life of proposals.

use super::{decide, enter, key, name_admission, name_proof, org, unborn, world};
use crate::network::{
    ClaimedKey, Event, ProposalStatus, Purpose, Role, Status, api::Upgraded, halt, key_use, member_status,
    next_committee, organization, parameters, state::PROPOSALS,
};
use epione_kernel::Numbered as _;
use epione_types::{DurationMs, Hash, ProposalId, Upgrade};

const DAY: u64 = 86_400_000;

#[test]
fn more_than_two_thirds_decide() {
    // Seven can vote: two thirds are 4⅔, so the fifth approval decides. Observers have no vote.
    let mut world = world(5, 2, 2);
    name_admission(&mut world, "new", Role::Member);
    world.check(
        r#"
        by  | call    | fields                                | result
        m1  | propose | {"change": $admit-new}                | ok p
        o1  | vote    | {"proposal": "$p", "approve": true}   | not-eligible
        v1  | vote    | {"proposal": "$p", "approve": true}   | ok
        v2  | vote    | {"proposal": "$p", "approve": true}   | ok
        v3  | vote    | {"proposal": "$p", "approve": false}  | ok
        v4  | vote    | {"proposal": "$p", "approve": true}   | ok
        m2  | vote    | {"proposal": "$p", "approve": true}   | ok
        v1  | vote    | {"proposal": "$p", "approve": false}  | ok
        m1  | vote    | {"proposal": "$p", "approve": true}   | ok
        m1  | vote    | {"proposal": "$p", "approve": true}   | ok
        "#,
    );
    assert_eq!(member_status(&world.state, &org("new")), Ok(None));
    world.check(
        r#"
        by  | call    | fields                                | result
        v3  | vote    | {"proposal": "$p", "approve": true}   | ok
        v5  | vote    | {"proposal": "$p", "approve": true}   | closed
        "#,
    );
    assert_eq!(member_status(&world.state, &org("new")), Ok(Some(Status::Active)));
    let claim = key_use(&world.state, &ClaimedKey::Signing(key("new", "root"))).unwrap().unwrap();
    assert_eq!(claim.purpose, Purpose::Root);
    enter(&mut world, "new");
    world.check(r#"new | propose | {"change": {"change-role": {"org": "$o1", "role": "member"}}} | ok q"#);
}

#[test]
fn votes_count_by_who_is_a_member_now() {
    // Eight can vote: six decide. Two who approved leave: of the other six five must approve.
    let mut world = world(5, 3, 0);
    world.check(
        r#"v1 | propose | {"change": {"halt-at": {"height": 900, "release": "2.0.0", "state_format": 2}}} | ok p"#,
    );
    decide(&mut world, "p", &["m1", "m2", "v1", "v2", "v3"]);
    world.check(
        r#"
        by      | call  | fields                               | result
        m1-root | leave | {}                                   | ok
        m2-root | leave | {}                                   | ok
        m1-root | leave | {}                                   | wrong-key
        m1      | vote  | {"proposal": "$p", "approve": false} | wrong-key
        v4      | vote  | {"proposal": "$p", "approve": true}  | ok
        "#,
    );
    assert_eq!(halt(&world.state), Ok(None));
    decide(&mut world, "p", &["v5"]);
    let halt = halt(&world.state).unwrap().unwrap();
    assert_eq!((halt.height, halt.release.as_str(), halt.state_format), (900, "2.0.0", 2));
}

#[test]
fn once_the_chain_goes_on_in_another_format_it_stops_no_more() {
    let mut world = world(4, 0, 0);
    world.check(
        r#"v1 | propose | {"change": {"halt-at": {"height": 900, "release": "2.0.0", "state_format": 2}}} | ok p"#,
    );
    decide(&mut world, "p", &["v1", "v2", "v3"]);
    assert!(halt(&world.state).unwrap().is_some());
    let (block, old_root, rows_root) = (Hash([1; 32]), Hash([2; 32]), Hash([3; 32]));
    let upgrade = Upgrade { height: 900, block, old_format: 1, new_format: 2, old_root, rows_root };
    let events = world.upgrade(&upgrade);
    assert_eq!(halt(&world.state), Ok(None));
    let told: Vec<Event> = events.iter().map(|event| Event::decode(event.number, &event.body).unwrap()).collect();
    assert_eq!(told, [Event::Upgraded(Upgraded { height: 900, old_format: 1, new_format: 2, old_root, rows_root })]);
}

#[test]
fn what_has_become_impossible_is_refused_with_the_deciding_vote() {
    let mut world = world(5, 0, 0);
    name_admission(&mut world, "new", Role::Validator);
    world.check(
        r#"
        by  | call    | fields                                                          | result
        v1  | propose | {"change": $admit-new}                                          | ok p
        v2  | propose | {"change": $admit-new}                                          | ok q
        v1  | propose | {"change": {"suspend": {"org": "$v5", "reason": "misuse"}}}     | ok s
        v1  | propose | {"change": {"expel": {"org": "$v4", "reason": "breach"}}}       | ok x
        "#,
    );
    decide(&mut world, "p", &["v1", "v2", "v3", "v4"]);
    enter(&mut world, "new");
    // Six validators now: five approvals decide, also where one of the six may not vote.
    decide(&mut world, "q", &["v1", "v2", "v3", "v4"]);
    world.check(r#"v5 | vote | {"proposal": "$q", "approve": true} | key-taken"#);
    // It can still be disapproved.
    world.check(r#"v5 | vote | {"proposal": "$q", "approve": false} | ok"#);
    decide(&mut world, "x", &["v1", "v2", "v3", "v5", "new"]);
    world.check(r#"v1 | propose | {"change": {"expel": {"org": "$v2", "reason": "breach"}}} | ok y"#);
    decide(&mut world, "s", &["v1", "v2", "v3", "new"]);
    // Five seats are left, one of a suspended validator. It can go; if another one went, it would have its seat again.
    world.check(
        r#"
        by      | call    | fields                                                             | result
        v4      | leave   | {}                                                                 | wrong-key
        v1      | propose | {"change": {"expel": {"org": "$v4", "reason": "breach"}}}          | already-left
        v1      | propose | {"change": {"reinstate": {"org": "$v4"}}}                          | already-left
        v1      | propose | {"change": {"expel": {"org": "$v2", "reason": "breach"}}}          | too-few-validators
        v1      | propose | {"change": {"change-role": {"org": "$v2", "role": "member"}}}      | too-few-validators
        v2-root | leave   | {}                                                                 | too-few-validators
        v5-root | leave   | {}                                                                 | ok
        v1      | propose | {"change": {"expel": {"org": "$v2", "reason": "breach"}}}          | too-few-validators
        v1      | propose | {"change": {"change-role": {"org": "$v2", "role": "member"}}}      | too-few-validators
        v2-root | leave   | {}                                                                 | too-few-validators
        v1      | vote    | {"proposal": "$y", "approve": true}                                | ok
        v3      | vote    | {"proposal": "$y", "approve": true}                                | ok
        new     | vote    | {"proposal": "$y", "approve": true}                                | too-few-validators
        "#,
    );
}

#[test]
fn where_there_are_fewer_than_four_none_goes() {
    let mut world = unborn(true);
    world.try_genesis(&super::genesis(super::founders(1, 0, 0))).unwrap();
    enter(&mut world, "v1");
    name_admission(&mut world, "new", Role::Validator);
    world.check(
        r#"
        by       | call    | fields                                                        | result
        v1-root  | leave   | {}                                                            | too-few-validators
        v1       | propose | {"change": $admit-new}                                        | ok p
        v1       | vote    | {"proposal": "$p", "approve": true}                           | ok
        v1-root  | leave   | {}                                                            | too-few-validators
        v1       | propose | {"change": {"set-parameter": {"parameter": "heartbeat-ms", "value": 1, "height": 50}}} | ok h
        "#,
    );
    assert_eq!(next_committee(&world.state).unwrap().keys.len(), 2);
}

#[test]
fn a_proposal_expires_by_its_deadline_alone() {
    let mut world = world(4, 0, 0);
    world.check(
        r#"v1 | propose | {"change": {"halt-at": {"height": 900, "release": "2.0.0", "state_format": 2}}} | ok p"#,
    );
    let id: ProposalId = world.names["p"].parse().unwrap();
    let proposal = PROPOSALS.get(&world.state, &id).unwrap().unwrap();
    assert_eq!(proposal.deadline, world.now.after(DurationMs(7 * DAY)));
    // The last moment still counts.
    world.pass(DurationMs(7 * DAY));
    decide(&mut world, "p", &["v1", "v2"]);
    assert_eq!(proposal.status_at(proposal.deadline), ProposalStatus::Open);
    assert_eq!(proposal.status_at(proposal.deadline.after(DurationMs(1))), ProposalStatus::Expired);
    // Even before the scheduled work has run.
    world.now = world.now.after(DurationMs(1));
    world.check(r#"v3 | vote | {"proposal": "$p", "approve": true} | expired"#);
    assert_eq!(PROPOSALS.get(&world.state, &id).unwrap().unwrap().status, ProposalStatus::Open);
    world.pass(DurationMs(1));
    assert_eq!(PROPOSALS.get(&world.state, &id).unwrap().unwrap().status, ProposalStatus::Expired);
}

#[test]
fn an_author_has_eight_open_proposals_at_most() {
    let mut world = world(4, 0, 0);
    let propose = r#"v1 | propose | {"change": {"halt-at": {"height": 900, "release": "2.0.0", "state_format": 2}}} |"#;
    for _ in 0..8 {
        world.check(&format!("{propose} ok p"));
    }
    world.check(&format!("{propose} too-many-open"));
    world.check(r#"v1 | withdraw-proposal | {"proposal": "$p"} | ok"#);
    world.check(&format!("{propose} ok p"));
    decide(&mut world, "p", &["v1", "v2", "v3"]);
    world.check(&format!("{propose} ok p"));
    world.check(&format!("{propose} too-many-open"));
    world.pass(DurationMs(8 * DAY));
    world.check(&format!("{propose} ok p"));
}

#[test]
fn parameters_change_at_a_height() {
    let mut world = world(4, 0, 0);
    world.check(
        r#"
        by  | call    | fields                                                                                          | result
        v1  | propose | {"change": {"set-parameter": {"parameter": "heartbeat-ms", "value": 90000, "height": 500}}}     | ok p
        v1  | propose | {"change": {"set-parameter": {"parameter": "block-time-ahead-ms", "value": 80000, "height": 400}}} | ok q
        v1  | propose | {"change": {"set-parameter": {"parameter": "heartbeat-ms", "value": 4999, "height": 500}}}      | out-of-range
        v1  | propose | {"change": {"set-parameter": {"parameter": "recovery-delay-ms", "value": 259199999, "height": 500}}} | out-of-range
        v1  | propose | {"change": {"set-parameter": {"parameter": "heartbeat-ms", "value": 120000, "height": 500}}}    | out-of-range
        "#,
    );
    decide(&mut world, "p", &["v1", "v2", "v3"]);
    let heartbeat =
        |world: &epione_kernel::testing::World<_>, height| parameters(&world.state, height).unwrap().heartbeat_ms;
    assert_eq!((heartbeat(&world, 499), heartbeat(&world, 500)), (60_000, 90_000));
    // From height 500 on blocks would be further apart than time may run ahead.
    decide(&mut world, "q", &["v1", "v2"]);
    world.check(r#"v3 | vote | {"proposal": "$q", "approve": true} | out-of-range"#);
    // A later decision takes the place of a planned one.
    world.check(r#"v1 | propose | {"change": {"set-parameter": {"parameter": "heartbeat-ms", "value": 70000, "height": 600}}} | ok r"#);
    decide(&mut world, "r", &["v1", "v2", "v3"]);
    assert_eq!((heartbeat(&world, 500), heartbeat(&world, 600)), (60_000, 70_000));
    // And of one in force.
    world.height = 700;
    world.check(r#"v1 | propose | {"change": {"set-parameter": {"parameter": "heartbeat-ms", "value": 50000, "height": 800}}} | ok r"#);
    decide(&mut world, "r", &["v1", "v2", "v3"]);
    assert_eq!((heartbeat(&world, 700), heartbeat(&world, 800)), (70_000, 50_000));
}

#[test]
fn a_member_becomes_a_validator_once_it_has_a_vote_key() {
    let mut world = world(4, 1, 0);
    name_proof(&mut world, "m1", Purpose::Vote, 0, "m1 vote");
    world.check(
        r#"
        by       | call       | fields                                                                 | result
        v1       | propose    | {"change": {"change-role": {"org": "$m1", "role": "validator"}}}       | no-vote-key
        m1       | rotate-key | {"org": "$m1", "rotation": 0, "key": {"vote": $proof-m1 vote}}         | not-root
        m1-root  | rotate-key | {"org": "$m1", "rotation": 0, "key": {"vote": $proof-m1 vote}}         | ok
        v1       | propose    | {"change": {"change-role": {"org": "$m1", "role": "validator"}}}       | ok p
        "#,
    );
    decide(&mut world, "p", &["v1", "v2", "v3", "v4"]);
    assert!(next_committee(&world.state).unwrap().keys.contains(&key("m1", "vote")));
    let keys = organization(&world.state, &org("m1")).unwrap().unwrap().keys;
    assert_eq!((keys.vote, keys.pending_vote), (Some(key("m1", "vote")), None));
}

/// What the types permit fits into rows and events, so that no proposal stops a node.
#[test]
fn the_largest_admission_fits_a_row() {
    use crate::network::{Change, HostPort, KemKey, Member, XWingKey};
    let mut world = world(4, 0, 0);
    let label = "a".repeat(63);
    let host = [label.as_str(), &label, &label, &"a".repeat(61)].join(".");
    let purposes = ["root", "operations", "vote", "receipt"];
    let path = "b".repeat(255 - "https://".len() - label.len() - 1);
    let mut largest =
        Member { name: epione_types::Text::new("N".repeat(128)).unwrap(), ..super::member("x", Role::Validator) };
    largest.jurisdiction = crate::network::Jurisdiction::new("GB-ENG").unwrap();
    largest.addresses.consensus = Some(HostPort::new(format!("{host}:65535")).unwrap());
    largest.addresses.peer = largest.addresses.consensus.clone();
    largest.addresses.api = Some(crate::network::ApiUrl::new(format!("https://{label}/{path}")).unwrap());
    largest.keys.receipt = Some(key("x", "receipt"));
    largest.keys.tls = Some(epione_types::Hash([1; 32]));
    largest.keys.kem = Some(KemKey { period: u32::MAX, key: XWingKey::new(vec![0xff; 1216]).unwrap() });
    let message = crate::network::admission_message(&largest);
    let sign = |purpose| epione_kernel::testing::signing_key(&format!("x {purpose}")).sign(&message);
    let consents = epione_types::List::new(purposes.map(sign).to_vec()).unwrap();
    super::set(&mut world, "admit-x", &Change::Admit { member: Box::new(largest), consents });
    world.check(r#"v1 | propose | {"change": $admit-x} | ok p"#);
    decide(&mut world, "p", &["v1", "v2", "v3"]);
    let members = crate::network::members(&world.state).unwrap();
    assert!(members.len() == 5 && members.contains(&org("x")) && members.is_sorted());
}
