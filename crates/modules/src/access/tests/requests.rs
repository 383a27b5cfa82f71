//! What is decided on requested units.

use super::{
    DAY, HOUR, agree, ask, asking, decision, denied, find, grant, granted, id, opt_out, provision, relate,
    set_parameter, unit, world,
};
use crate::{access::request, records::Erasure};
use epione_types::{DurationMs, RequestId, UnixMs};
use serde_json::{Value, json};

const NONE: Value = Value::Null;

/// Denied requests are entries, too; each unit is decided on for itself.
#[test]
fn each_unit_is_decided_on_for_itself() {
    let mut world = world();
    ask(&mut world, "dana", &["u1", "u2"], "TREAT", &NONE, "ok before");
    assert_eq!(decision(&world, "before", "u1"), denied("no-rule"));
    grant(&mut world, &provision("permit", "m3", "TREAT", &["a"]), "k");
    ask(&mut world, "dana", &["u1", "u2", "u3", "u4"], "TREAT", &NONE, "ok after");
    assert_eq!(decision(&world, "after", "u1"), granted("consent"));
    assert_eq!(decision(&world, "after", "u2"), denied("no-rule"));
    assert_eq!(decision(&world, "after", "u3"), denied("part2"));
    assert_eq!(decision(&world, "after", "u4"), granted("consent"));
    // What was decided stays decided.
    assert_eq!(decision(&world, "before", "u1"), denied("no-rule"));
    let entry = request(&world.state, &id::<RequestId>(&world, "after")).unwrap().unwrap();
    assert_eq!((entry.person, entry.custodian), (Some(id(&world, "dana")), crate::tests::fixture::org("v1")));
    assert_eq!((entry.subject, entry.units.len()), (id(&world, "chart"), 4));
}

#[test]
fn the_default_needs_a_relation_and_an_agreement() {
    let mut world = world();
    let expect = |world: &mut epione_kernel::testing::World<super::Access>, expected: (bool, String)| {
        ask(world, "dana", &["u1", "u3"], "TREAT", &NONE, "ok r");
        assert_eq!(decision(world, "r", "u1"), expected);
        assert_eq!(decision(world, "r", "u3"), denied("part2"));
    };
    expect(&mut world, denied("no-rule"));
    opt_out(&mut world, "treatment");
    expect(&mut world, denied("no-relationship"));
    relate(&mut world, "chart", "claim");
    expect(&mut world, denied("no-relationship"));
    relate(&mut world, "chart", "referral");
    expect(&mut world, denied("no-agreement"));
    agree(&mut world, "agreed");
    expect(&mut world, granted("default"));
    // Not for payment, which is neither a default nor agreed; not after the patient's deny.
    ask(&mut world, "dana", &["u1"], "HPAYMT", &NONE, "ok paid");
    assert_eq!(decision(&world, "paid", "u1"), denied("no-rule"));
    grant(&mut world, &provision("deny", "m3", "TREAT", &["a"]), "k");
    expect(&mut world, denied("consent"));
}

#[test]
fn restricted_units_need_their_form() {
    let mut world = world();
    let mut permit = provision("permit", "m3", "TREAT", &["r"]);
    permit["restricted"] = true.into();
    grant(&mut world, &permit, "k");
    ask(&mut world, "dana", &["u3", "u1"], "TREAT", &NONE, "ok r");
    assert_eq!(decision(&world, "r", "u3"), granted("consent"));
    assert_eq!(decision(&world, "r", "u1"), denied("no-rule"));
}

#[test]
fn the_law_is_a_regulators_reason() {
    let mut world = world();
    let law = json!({ "law": { "basis": "oversight", "authority": "$c" } });
    ask(&mut world, "rita", &["u1", "u3", "u4"], "HCOMPL", &law, "ok r");
    assert_eq!(decision(&world, "r", "u1"), granted("law"));
    assert_eq!(decision(&world, "r", "u3"), denied("part2"));
    assert_eq!(decision(&world, "r", "u4"), denied("locked"));
    ask(&mut world, "dana", &["u1"], "HCOMPL", &law, "ok s");
    assert_eq!(decision(&world, "s", "u1"), denied("no-rule"));
    let part2 = json!({ "law": { "basis": "part2-audit", "authority": "$c" } });
    ask(&mut world, "rita", &["u3"], "HCOMPL", &part2, "ok t");
    assert_eq!(decision(&world, "t", "u3"), granted("law"));
}

/// The custodian reads its own units as everybody else does: with an entry.
#[test]
fn the_custodian_asks_for_what_it_keeps() {
    let mut world = world();
    ask(&mut world, "kim", &["u1", "u3", "u4"], "TREAT", &NONE, "ok r");
    assert_eq!(decision(&world, "r", "u1"), granted("custodian"));
    assert_eq!(decision(&world, "r", "u3"), granted("custodian"));
    assert_eq!(decision(&world, "r", "u4"), denied("locked"));
}

#[test]
fn erased_withheld_and_restricted_in_use() {
    let mut world = world();
    grant(&mut world, &provision("permit", "v2", "TREAT", &[]), "k");
    let plain = unit(&world, "v1", "chart");
    let (soon, now) = (UnixMs(world.now.0 + HOUR), world.now);
    let granted_erasure = Erasure::Granted { effective_at: soon, requested_by: None };
    super::put_unit(&mut world, "e1", &crate::records::Unit { erasure: granted_erasure, ..plain.clone() });
    super::put_unit(&mut world, "e2", &crate::records::Unit { entered_in_error: true, ..plain.clone() });
    let restricted = Erasure::RestrictedUse { at: now };
    super::put_unit(&mut world, "e3", &crate::records::Unit { erasure: restricted, ..plain });
    ask(&mut world, "otto", &["e1", "e2", "e3"], "TREAT", &NONE, "ok r");
    assert_eq!(decision(&world, "r", "e1"), granted("consent"));
    assert_eq!(decision(&world, "r", "e2"), denied("withheld"));
    assert_eq!(decision(&world, "r", "e3"), granted("consent"));
    // Only the patient's word opens what is restricted in use.
    ask(&mut world, "kim", &["e3"], "TREAT", &NONE, "ok s");
    assert_eq!(decision(&world, "s", "e3"), denied("locked"));
    world.pass(DurationMs(HOUR));
    ask(&mut world, "otto", &["e1"], "TREAT", &NONE, "ok t");
    assert_eq!(decision(&world, "t", "e1"), denied("erased"));
}

/// After a merger the units of the first chart are withheld until they carry the tags of the other.
#[test]
fn a_merged_chart_is_withheld() {
    let mut world = world();
    world.check(r#"v1 | subjects.merge | {"from": "$second", "into": "$chart"} | ok"#);
    ask(&mut world, "kim", &["s1"], "TREAT", &NONE, "ok r");
    assert_eq!(decision(&world, "r", "s1"), denied("withheld"));
}

#[test]
fn a_request_rests_on_an_answered_search() {
    let mut world = world();
    find(&mut world, "found");
    let on = |name: &str| json!({ "locate": format!("${name}") });
    ask(&mut world, "dana", &["u1"], "TREAT", &on("found"), "ok r");
    // A colleague goes on with it, for a narrower purpose.
    ask(&mut world, "robot", &["u1"], "COC", &on("found"), "ok r");
    for (by, unit, purpose) in [("otto", "u1", "TREAT"), ("dana", "o1", "TREAT"), ("dana", "u1", "HPAYMT")] {
        ask(&mut world, by, &[unit], purpose, &on("found"), "locate-unfit");
    }
    world.check(
        r#"dana | locate | {"custodian": "$v1", "purpose": "HRESCH", "query": "$c", "relationship": null, "emergency": null} | ok open"#,
    );
    ask(&mut world, "dana", &["u1"], "HRESCH", &on("open"), "locate-unfit");
    world.pass(DurationMs(DAY));
    ask(&mut world, "dana", &["u1"], "TREAT", &on("found"), "locate-unfit");
}

/// Quotas count units, of those that are denied, too, and nothing of what was refused.
#[test]
fn requests_are_counted_by_unit_and_day() {
    let mut world = world();
    set_parameter(&mut world, "requests-per-person-day", 3);
    set_parameter(&mut world, "requests-per-organization-day", 5);
    world.pass(DurationMs(DAY - world.now.0 % DAY));
    ask(&mut world, "dana", &["u1", "u2"], "TREAT", &NONE, "ok r");
    ask(&mut world, "dana", &["u1", "u2"], "TREAT", &NONE, "quota-exceeded");
    ask(&mut world, "dana", &["u1"], "TREAT", &NONE, "ok r");
    ask(&mut world, "robot", &["u1", "u2", "u3"], "TREAT", &NONE, "quota-exceeded");
    ask(&mut world, "robot", &["u1", "u2"], "TREAT", &NONE, "ok r");
    ask(&mut world, "robot", &["u1"], "TREAT", &NONE, "quota-exceeded");
    world.pass(DurationMs(DAY));
    ask(&mut world, "robot", &["u1"], "TREAT", &NONE, "ok r");
}

#[test]
fn the_term_of_a_grant() {
    let mut world = world();
    for (after, result) in [(0, "term-invalid"), (1, "ok"), (DAY, "ok"), (DAY + 1, "term-invalid")] {
        let changes = json!({ "expires_at": world.now.0 + after });
        ask(&mut world, "dana", &["u1"], "TREAT", &changes, result);
    }
    set_parameter(&mut world, "grant-ms", HOUR);
    let fields = asking(&world, &["u1"], "TREAT", &json!({ "expires_at": world.now.0 + HOUR + 1 }));
    world.check(&format!("dana | request | {fields} | term-invalid"));
}
