//! Emergency access.

use super::{DAY, HOUR, ask, decision, denied, grant, granted, id, provision, refusal, set_parameter, world};
use crate::{access::Access, emergency::access};
use epione_kernel::testing::World;
use epione_types::{DurationMs, EmergencyId};
use serde_json::{Value, json};

fn break_glass(world: &mut World<Access>, by: &str, subject: &str, name: &str) {
    world.check(&format!(
        r#"{by} | emergency.break-glass | {{"custodian": "$v1", "subject": {subject}, "justification": "$c"}} | ok {name}"#
    ));
}

fn on(name: &str) -> Value {
    json!({ "emergency": format!("${name}") })
}

/// It passes every deny but the compartment that the patient locked, for as long as it lasts.
#[test]
fn it_passes_denies_but_no_lock() {
    let mut world = world();
    grant(&mut world, &provision("deny", "m3", "TREAT", &[]), "k");
    break_glass(&mut world, "dana", "null", "glass");
    let lasts = json!({ "emergency": "$glass", "expires_at": world.now.0 + DAY });
    ask(&mut world, "dana", &["u1", "u3", "u4"], "ETREAT", &lasts, "ok r");
    assert_eq!(decision(&world, "r", "u1"), granted("emergency"));
    assert_eq!(decision(&world, "r", "u3"), granted("emergency"));
    assert_eq!(decision(&world, "r", "u4"), denied("consent"));
    // Bound to this patient by the request.
    let bound = access(&world.state, &id::<EmergencyId>(&world, "glass")).unwrap().unwrap();
    assert_eq!(bound.subject, Some(id(&world, "chart")));
    ask(&mut world, "dana", &["s1"], "ETREAT", &on("glass"), "emergency-not-in-force");
    world.pass(DurationMs(4 * HOUR - 1));
    assert_eq!(refusal(&world, "r", "u1"), "none");
    world.pass(DurationMs(1));
    assert_eq!(refusal(&world, "r", "u1"), "consent");
    ask(&mut world, "dana", &["u1"], "ETREAT", &on("glass"), "emergency-not-in-force");
}

#[test]
fn it_is_of_one_practitioner_for_emergency_treatment() {
    let mut world = world();
    break_glass(&mut world, "dana", r#""$chart""#, "glass");
    ask(&mut world, "otto", &["u1"], "ETREAT", &on("glass"), "emergency-not-in-force");
    ask(&mut world, "dana", &["u1"], "TREAT", &on("glass"), "emergency-not-in-force");
    ask(&mut world, "dana", &["o1"], "ETREAT", &on("glass"), "emergency-not-in-force");
    ask(&mut world, "dana", &["u1"], "BTG", &on("glass"), "ok r");
    assert_eq!(decision(&world, "r", "u1"), granted("emergency"));
    // Without naming it, it permits nothing.
    ask(&mut world, "dana", &["u1"], "ETREAT", &Value::Null, "ok s");
    assert_eq!(decision(&world, "s", "u1"), denied("no-rule"));
    let locate = |custodian: &str, result: &str| {
        format!(
            r#"dana | locate | {{"custodian": "{custodian}", "purpose": "ETREAT", "query": "$c", "relationship": null, "emergency": "$glass"}} | {result}"#
        )
    };
    world.check(&locate("$v1", "ok found"));
    world.check(&locate("$v2", "emergency-not-in-force"));
}

/// Quotas of requests never keep anybody from emergency treatment.
#[test]
fn no_quota_of_requests_stops_it() {
    let mut world = world();
    set_parameter(&mut world, "requests-per-person-day", 1);
    set_parameter(&mut world, "locates-per-person-day", 1);
    break_glass(&mut world, "dana", r#""$chart""#, "glass");
    let locate = |emergency: &str, result: &str| {
        format!(
            r#"dana | locate | {{"custodian": "$v1", "purpose": "HRESCH", "query": "$c", "relationship": null, "emergency": {emergency}}} | {result}"#
        )
    };
    world.check(&locate("null", "ok l"));
    world.check(&locate("null", "quota-exceeded"));
    world.check(&locate(r#""$glass""#, "ok l"));
    ask(&mut world, "dana", &["u1", "u2"], "TREAT", &Value::Null, "quota-exceeded");
    ask(&mut world, "dana", &["u1", "u2"], "ETREAT", &on("glass"), "ok r");
    assert_eq!(decision(&world, "r", "u2"), granted("emergency"));
    // It counts all the same.
    ask(&mut world, "dana", &["u1"], "TREAT", &Value::Null, "quota-exceeded");
}
