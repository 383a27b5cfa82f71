//! Every reject, in order of precedence.

use super::{DAY, HOUR, ask, dispute, doubt, set_parameters, world};
use crate::challenge::{CHALLENGEABLE_MS, Challenges};
use epione_kernel::testing::World;
use epione_types::DurationMs;
use serde_json::{Value, json};

#[test]
fn every_reject_in_order_of_precedence() {
    let mut world = world();
    entitlement(&mut world);
    answers(&mut world);
    decisions(&mut world);
    limits(&mut world);
    world.pass(DurationMs(CHALLENGEABLE_MS));
    world.check(
        r#"
        by    | call      | fields                        | result
        alice | challenge | {"request": "$recent"}        | ok
        -     | +1 s      |                               |
        keeper | challenge | {"request": "$recent"}       | too-old
        m3    | challenge | {"request": "$recent"}        | not-entitled
        "#,
    );
    world.all_rejects_seen();
}

/// Who can challenge what.
fn entitlement(world: &mut World<Challenges>) {
    ask(world, "dana", &["u1"], &Value::Null, "plain");
    ask(world, "dana", &["i2"], &Value::Null, "hidden");
    ask(world, "dana", &["i1", "i2"], &Value::Null, "seen");
    world.check(
        r#"
        dana | emergency.break-glass | {"custodian": "$v1", "subject": "$chart", "justification": "$c"} | ok glass
        "#,
    );
    ask(world, "dana", &["u1"], &json!({ "emergency": "$glass", "purpose": "ETREAT" }), "urgent");
    let disclosure = json!({
        "units": ["$u1"], "to": "$m1", "purpose": "CLMATTCH", "reader": "$c", "claim": "$c", "law": null,
        "expires_at": world.now.0 + HOUR,
    });
    world.check(&format!("v1 | access.disclose | {disclosure} | ok own"));
    world.check(
        r#"
        by     | call      | fields                                      | result
        alice  | challenge | {"request": "$none"}                        | unknown-request
        m3     | challenge | {"request": "$own"}                         | not-entitled
        v2     | challenge | {"request": "$own"}                         | not-entitled
        bob    | challenge | {"request": "$urgent"}                      | not-entitled
        bob    | challenge | {"request": "$hidden"}                      | not-entitled
        alice  | challenge | {"request": "$own"}                         | own-disclosure
        alice  | challenge | {"request": "$urgent"}                      | in-emergency
        keeper | challenge | {"request": "$urgent"}                      | in-emergency
        bob    | challenge | {"request": "$seen"}                        | ok s
        carol  | challenge | {"request": "$seen"}                        | already-challenged
        carol  | challenge | {"request": "$hidden"}                      | ok h
        alice  | challenge | {"request": "$plain"}                       | ok p
        alice  | challenge | {"request": "$plain"}                       | already-challenged
        keeper | challenge | {"request": "$plain"}                       | ok q
        v1     | challenge | {"request": "$plain"}                       | already-challenged
        "#,
    );
}

/// Who answers, and what.
fn answers(world: &mut World<Challenges>) {
    world.check(
        r#"
        by     | call     | fields                                       | result
        m3     | answer   | {"challenge": "$unknown", "evidence": "$c"}  | unknown-challenge
        v2     | vote     | {"challenge": "$unknown", "uphold": true}    | unknown-challenge
        v1     | answer   | {"challenge": "$p", "evidence": "$false"}    | not-requester
        dana   | answer   | {"challenge": "$p", "evidence": "$c"}        | not-requester
        m3     | answer   | {"challenge": "$p", "evidence": "$false"}    | evidence-differs
        alice  | accept   | {"challenge": "$p"}                          | not-answered
        alice  | reject   | {"challenge": "$p"}                          | not-answered
        robot  | answer   | {"challenge": "$p", "evidence": "$c"}        | ok
        m3     | answer   | {"challenge": "$p", "evidence": "$false"}    | already-answered
        v1     | accept   | {"challenge": "$p"}                          | not-challenger
        m3     | accept   | {"challenge": "$p"}                          | not-challenger
        alice  | accept   | {"challenge": "$q"}                          | not-challenger
        alice  | withdraw | {"challenge": "$q"}                          | not-challenger
        m3     | answer   | {"challenge": "$s", "evidence": "$c"}        | ok
        carol  | accept   | {"challenge": "$s"}                          | not-challenger
        alice  | accept   | {"challenge": "$p"}                          | ok
        alice  | accept   | {"challenge": "$p"}                          | over
        alice  | reject   | {"challenge": "$p"}                          | over
        alice  | withdraw | {"challenge": "$p"}                          | over
        m3     | answer   | {"challenge": "$p", "evidence": "$false"}    | over
        "#,
    );
}

/// Who votes, and when.
fn decisions(world: &mut World<Challenges>) {
    dispute(world);
    world.check(
        r#"
        by     | call     | fields                                       | result
        alice  | vote     | {"challenge": "$s", "uphold": true}          | not-voter
        v1     | vote     | {"challenge": "$s", "uphold": true}          | not-voter
        m3     | vote     | {"challenge": "$s", "uphold": false}         | not-voter
        v2     | vote     | {"challenge": "$s", "uphold": true}          | not-voting
        v2     | vote     | {"challenge": "$k", "uphold": true}          | ok
        alice  | reject   | {"challenge": "$k"}                          | not-answered
        m3     | answer   | {"challenge": "$k", "evidence": "$c"}        | already-answered
        -      | +14 d    |                                              |
        v2     | vote     | {"challenge": "$k", "uphold": true}          | not-voting
        alice  | withdraw | {"challenge": "$k"}                          | over
        "#,
    );
}

/// Quotas, and how many challenges one person can have.
fn limits(world: &mut World<Challenges>) {
    for number in 1..=17 {
        let name = format!("of-second-{number}");
        ask(world, "dana", &["s1"], &Value::Null, &name);
        let result = if number == 17 { "too-many-suspensions" } else { "ok" };
        world.check(&format!(r#"v1 | challenge | {{"request": "${name}"}} | {result}"#));
    }
    set_parameters(world, &[("challenges-per-subject-day", 1), ("challenges-per-organization-day", 1)]);
    world.pass(DurationMs(DAY));
    for name in ["one", "two", "three"] {
        ask(world, "dana", &["u1"], &Value::Null, name);
    }
    doubt(world, "alice", "one", "a");
    doubt(world, "v1", "one", "b");
    world.check(
        r#"
        by     | call      | fields                                      | result
        alice  | challenge | {"request": "$two"}                         | subject-quota
        keeper | challenge | {"request": "$two"}                         | organization-quota
        "#,
    );
    world.pass(DurationMs(DAY));
    ask(world, "dana", &["u1"], &Value::Null, "recent");
}
