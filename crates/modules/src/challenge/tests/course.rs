//! The course of a challenge, and whom it suspends when.

use super::{DAY, ask, doubt, due, found, set_parameters, world};
use crate::{
    access,
    challenge::{ChallengeStatus, Challenges, Due, Side, challenge_of},
    consent::Purpose,
};
use epione_kernel::testing::World;
use epione_types::DurationMs;
use serde_json::{Value, json};

/// Whether Dana is suspended for this purpose towards this patient now.
fn is_suspended(world: &World<Challenges>, person: &str, subject: &str, purpose: Purpose) -> bool {
    let [person, subject] = [person, subject].map(|name| world.names[name].clone());
    let (person, subject) = (person.parse().unwrap(), subject.parse().unwrap());
    access::is_suspended(&world.state, &person, &subject, purpose, world.now).unwrap()
}

/// Whether a request for `$u1` is granted now.
fn is_granted(world: &mut World<Challenges>, by: &str, changes: &Value) -> bool {
    ask(world, by, &["u1"], changes, "asked");
    let [request, unit] = ["asked", "u1"].map(|name| world.names[name].clone());
    let decided = access::decided(&world.state, &request.parse().unwrap(), &unit.parse().unwrap()).unwrap();
    decided.unwrap().granted
}

/// Alice permits m3 whatever it asks for.
fn permit(world: &mut World<Challenges>) {
    let provision = json!({
        "parent": null, "effect": "permit", "recipients": [{ "organization": "$m3" }], "purposes": [], "labels": [],
        "restricted": false, "care": null, "valid": null,
    });
    let fields = json!({ "subject": "$chart", "provisions": [provision], "form": null, "lifts": [], "evidence": "$c" });
    world.check(&format!("alice | consent.grant | {fields} | ok"));
}

#[test]
fn who_shows_no_evidence_is_suspended_until_it_is_shown() {
    let mut world = world();
    permit(&mut world);
    ask(&mut world, "dana", &["u1"], &Value::Null, "r");
    doubt(&mut world, "alice", "r", "k");
    assert_eq!(found(&world, "k").side, Side::Patient);
    let k = world.names["k"].parse().unwrap();
    assert_eq!(challenge_of(&world.state, &world.names["r"].parse().unwrap(), Side::Patient).unwrap(), Some(k));
    world.pass(DurationMs(7 * DAY - 1));
    assert!(is_granted(&mut world, "dana", &Value::Null) && due(&world, Due::Answer(k)).is_empty());
    world.pass(DurationMs(1));
    assert_eq!(found(&world, "k").status(world.now), ChallengeStatus::Unanswered);
    assert_eq!(due(&world, Due::Answer(k)), [2]);
    assert!(!is_granted(&mut world, "dana", &Value::Null));
    // Neither another person, nor another purpose, nor another patient.
    assert!(is_granted(&mut world, "robot", &Value::Null));
    assert!(is_granted(&mut world, "dana", &json!({ "purpose": "HPAYMT" })));
    assert!(!is_suspended(&world, "dana", "infant", Purpose::Treat));
    // Never emergency treatment.
    world.check(
        r#"
        dana | emergency.break-glass | {"custodian": "$v1", "subject": "$chart", "justification": "$c"} | ok glass
        "#,
    );
    assert!(is_granted(&mut world, "dana", &json!({ "purpose": "ETREAT", "emergency": "$glass" })));
    // A late answer ends it.
    world.check(r#"m3 | answer | {"challenge": "$k", "evidence": "$c"} | ok"#);
    assert!(is_granted(&mut world, "dana", &Value::Null));
    assert!(due(&world, Due::Answer(k)).is_empty());
}

#[test]
fn silence_of_the_challenger_accepts() {
    let mut world = world();
    ask(&mut world, "dana", &["u1"], &Value::Null, "r");
    doubt(&mut world, "v1", "r", "k");
    world.check(r#"m3 | answer | {"challenge": "$k", "evidence": "$c"} | ok"#);
    let k = world.names["k"].parse().unwrap();
    assert!(due(&world, Due::Decision(k)).is_empty());
    world.check("- | +7 d | |");
    assert_eq!(found(&world, "k").status(world.now), ChallengeStatus::Accepted);
    assert_eq!(due(&world, Due::Decision(k)), [5]);
    world.check(r#"keeper | reject | {"challenge": "$k"} | over"#);
    assert!(!is_suspended(&world, "dana", "chart", Purpose::Treat));
}

#[test]
fn who_withdraws_takes_nothing() {
    let mut world = world();
    for name in ["r", "s", "t"] {
        ask(&mut world, "dana", &["u1"], &Value::Null, name);
    }
    doubt(&mut world, "alice", "r", "open");
    doubt(&mut world, "alice", "s", "late");
    doubt(&mut world, "alice", "t", "answered");
    world.check(
        r#"
        by     | call      | fields                                       | result
        alice  | withdraw  | {"challenge": "$open"}                       | ok
        m3     | answer    | {"challenge": "$answered", "evidence": "$c"} | ok
        -      | +6 d      |                                              |
        alice  | withdraw  | {"challenge": "$answered"}                   | ok
        -      | +1 d      |                                              |
        "#,
    );
    assert!(is_suspended(&world, "dana", "chart", Purpose::Treat));
    world.check(r#"alice | withdraw | {"challenge": "$late"} | ok"#);
    assert!(!is_suspended(&world, "dana", "chart", Purpose::Treat));
    world.check(r#"alice | challenge | {"request": "$s"} | already-challenged"#);
}

#[test]
fn who_no_longer_acts_for_the_patient_no_longer_decides() {
    let mut world = world();
    ask(&mut world, "dana", &["i1"], &Value::Null, "r");
    doubt(&mut world, "bob", "r", "k");
    world.check(
        r#"
        by    | call             | fields                                        | result
        m3    | answer           | {"challenge": "$k", "evidence": "$c"}         | ok
        carol | reject           | {"challenge": "$k"}                           | not-challenger
        v1    | subjects.dismiss | {"subject": "$infant", "identity": "$bob"}    | ok
        bob   | reject           | {"challenge": "$k"}                           | not-challenger
        carol | reject           | {"challenge": "$k"}                           | ok
        "#,
    );
}

#[test]
fn patients_and_requesters_of_suspended_organizations_go_on() {
    let mut world = world();
    for name in ["r", "s"] {
        ask(&mut world, "dana", &["u1"], &Value::Null, name);
    }
    let suspend = |name: &str| json!({ "suspend": { "org": crate::tests::fixture::org(name), "reason": "misuse" } });
    super::decide(&mut world, &suspend("v1"));
    world.check(
        r#"
        by    | call      | fields                                   | result
        alice | challenge | {"request": "$r"}                        | ok k
        v1    | challenge | {"request": "$s"}                        | ok l
        m3    | answer    | {"challenge": "$k", "evidence": "$c"}    | ok
        alice | reject    | {"challenge": "$k"}                      | ok
        "#,
    );
}

#[test]
fn a_later_parameter_changes_no_deadline_of_before() {
    let mut world = world();
    ask(&mut world, "dana", &["u1"], &Value::Null, "r");
    doubt(&mut world, "alice", "r", "k");
    let before = found(&world, "k");
    set_parameters(&mut world, &[("challenge-answer-ms", 14 * DAY)]);
    doubt(&mut world, "v1", "r", "l");
    assert_eq!(found(&world, "k"), before);
    assert_eq!(before.answer_by.since(before.opened_at).0, 7 * DAY);
    assert_eq!(found(&world, "l").answer_by.since(found(&world, "l").opened_at).0, 14 * DAY);
}
