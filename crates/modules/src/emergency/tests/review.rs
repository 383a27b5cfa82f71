//! With whom a review lies, and what is told when something is overdue.

use super::{DAY, HOUR, found, module, open, set_parameters, world};
use crate::emergency::{Due, Emergency, Stage};
use epione_kernel::{DueItem, Overlay, RawCtx, Source, View, testing::World};
use epione_types::{CallId, encode};

/// The events of a piece of scheduled work.
fn due(world: &World<Emergency>, item: Due) -> Vec<serde_json::Value> {
    let none = Overlay::default();
    let source = Source {
        call: CallId([1; 32]),
        salt: [1; 16],
        now: world.now,
        height: world.height,
        demo: false,
        state_format: 1,
    };
    let mut ctx = RawCtx::new(View::over(&world.state, &none, &none), source);
    let emergency = module("emergency");
    let item = DueItem { at: world.now, seq: 0, module: emergency.id(), salt: [1; 16], body: encode(&item) };
    emergency.due(&mut ctx, &item).unwrap();
    let events = ctx.finish().1;
    events.iter().map(|event| emergency.event_to_json(event.number, &event.body).unwrap()).collect()
}

#[test]
fn an_overdue_review_goes_to_the_custodian_and_then_to_the_regulators() {
    let mut world = world();
    for name in ["first", "second", "third"] {
        open(&mut world, "dave", name);
    }
    let id = world.names["first"].parse().unwrap();
    let stage = |world: &World<Emergency>| found(world, "first").stage(world.now);
    world.check(
        r#"
        by    | call         | fields                                                             | result
        v2    | set-reviewer | {"identity": "$oscar", "named": true}                              | ok
        m2    | set-reviewer | {"identity": "$rita", "named": true}                               | ok
        -     | +6 d         |                                                                    |
        v2    | review       | {"emergency": "$first", "outcome": "justified", "report": "$c"}    | not-reviewer
        "#,
    );
    assert_eq!(stage(&world), Stage::Reviewer);
    world.check(
        r#"
        by    | call         | fields                                                             | result
        -     | +1 d         |                                                                    |
        rita  | review       | {"emergency": "$first", "outcome": "justified", "report": "$c"}    | not-reviewer
        m2    | review       | {"emergency": "$first", "outcome": "justified", "report": "$c"}    | not-reviewer
        v2    | review       | {"emergency": "$second", "outcome": "justified", "report": "$c"}   | ok
        "#,
    );
    assert_eq!(stage(&world), Stage::Custodian);
    let told = due(&world, Due::Review(id));
    assert_eq!((told.len(), &told[0]["stage"]), (1, &"custodian".into()));
    world.check(
        r#"
        by    | call         | fields                                                             | result
        -     | +7 d         |                                                                    |
        m1    | review       | {"emergency": "$first", "outcome": "justified", "report": "$c"}    | not-reviewer
        rita  | review       | {"emergency": "$third", "outcome": "unjustified", "report": "$c"}  | ok
        m2    | review       | {"emergency": "$third", "outcome": "unjustified", "report": "$c"}  | review-closed
        "#,
    );
    assert_eq!(stage(&world), Stage::Regulator);
    assert_eq!(due(&world, Due::Escalation(id))[0]["stage"], "regulator");
    world.check(r#"oscar | review | {"emergency": "$first", "outcome": "justified", "report": "$c"} | ok"#);
    assert_eq!(stage(&world), Stage::Closed);
    for item in [Due::Countersignature(id), Due::Review(id), Due::Escalation(id)] {
        assert!(due(&world, item).is_empty(), "{item:?}");
    }
}

#[test]
fn a_missing_countersignature_is_told() {
    let mut world = world();
    open(&mut world, "dave", "alone");
    open(&mut world, "dave", "together");
    world.check(r#"erin | countersign | {"emergency": "$together"} | ok"#);
    let [alone, together] = ["alone", "together"].map(|name| world.names[name].parse().unwrap());
    assert_eq!(due(&world, Due::Countersignature(alone))[0]["org"], world.names["v1"]);
    assert!(due(&world, Due::Countersignature(together)).is_empty());
}

#[test]
fn who_countersigned_does_not_review() {
    let mut world = world();
    crate::tests::fixture::register(&mut world, "v2", "gwen", crate::identity::IdentityKind::Practitioner);
    world.check(
        r#"
        by    | call         | fields                                                             | result
        v2    | set-reviewer | {"identity": "$frank", "named": true}                              | ok
        v2    | set-reviewer | {"identity": "$gwen", "named": true}                               | ok
        frank | break-glass  | {"custodian": "$v2", "subject": "$chart", "justification": "$c"}   | ok own
        gwen  | countersign  | {"emergency": "$own"}                                              | ok
        frank | end          | {"emergency": "$own"}                                              | ok
        frank | review       | {"emergency": "$own", "outcome": "justified", "report": "$c"}      | is-signer
        gwen  | review       | {"emergency": "$own", "outcome": "justified", "report": "$c"}      | is-signer
        v2    | set-reviewer | {"identity": "$gwen", "named": false}                              | ok
        gwen  | review       | {"emergency": "$own", "outcome": "justified", "report": "$c"}      | not-reviewer
        "#,
    );
}

#[test]
fn a_delayed_notice_ends_with_the_word_that_the_patient_was_told() {
    let mut world = world();
    open(&mut world, "dave", "night");
    let until = world.now.0 + 30 * DAY;
    world.check(&format!(
        r#"
        by    | call   | fields                                                                                   | result
        v2    | notify | {{"emergency": "$night", "delivery": {{"delayed": {{"until": {until}, "ground": "$c"}}}}}} | ok
        robot | notify | {{"emergency": "$night", "delivery": {{"delayed": {{"until": {until}, "ground": "$c"}}}}}} | ok
        v2    | set-reviewer | {{"identity": "$oscar", "named": true}}                                            | ok
        oscar | notify | {{"emergency": "$night", "delivery": "told"}}                                            | ok
        v2    | notify | {{"emergency": "$night", "delivery": {{"delayed": {{"until": {until}, "ground": "$c"}}}}}} | already-notified
        "#
    ));
}

#[test]
fn a_later_parameter_changes_no_deadline_of_before() {
    let mut world = world();
    open(&mut world, "dave", "night");
    let before = found(&world, "night");
    set_parameters(&mut world, &[("emergency-review-ms", DAY), ("emergency-countersign-ms", HOUR)]);
    open(&mut world, "dave", "later");
    let later = found(&world, "later");
    assert_eq!(found(&world, "night"), before);
    assert_eq!(later.review_by.since(later.opened_at).0, DAY);
    assert_eq!(later.countersign_by.since(later.opened_at).0, HOUR);
}
