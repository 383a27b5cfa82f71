//! The custodian's own disclosures.

use super::{DAY, decision, denied, disclose, grant, granted, id, provision, refusal, ticket, world};
use crate::{access::request, tests::fixture::org};
use epione_types::{DurationMs, RequestId};
use serde_json::{Value, json};

const NONE: Value = Value::Null;

/// Exactly the claimed encounter goes to the plan; what the patient paid alone, or is restricted, does not.
#[test]
fn for_payment() {
    let mut world = world();
    world.check(
        r#"v1 | consent.restrict | {"subject": "$chart", "kind": "self-paid", "units": ["$u2"], "towards": [], "evidence": "$c"} | ok paid"#,
    );
    disclose(&mut world, "keeper", "m1", &["u1", "u2", "u3", "u4"], &NONE, "ok d");
    assert_eq!(decision(&world, "d", "u1"), granted("custodian"));
    assert_eq!(decision(&world, "d", "u2"), denied("restriction"));
    assert_eq!(decision(&world, "d", "u3"), denied("part2"));
    assert_eq!(decision(&world, "d", "u4"), denied("locked"));
    let entry = request(&world.state, &id::<RequestId>(&world, "d")).unwrap().unwrap();
    assert_eq!((entry.org, entry.person, entry.custodian), (org("m1"), None, org("v1")));
    assert!(entry.is_disclosure() && ticket(&world, "d", "u1", "v2").unwrap().org == org("m1"));
    // The plan cannot ask for it, nor can anybody disclose it but the custodian.
    super::ask(&mut world, "paul", &["u1"], "CLMATTCH", &NONE, "ok r");
    assert_eq!(decision(&world, "r", "u1"), denied("no-rule"));
    for by in ["m1", "kim", "v2", "alice"] {
        disclose(&mut world, by, "m1", &["u1"], &NONE, "not-custodian");
    }
    // Not for research, and not against the patient's word.
    disclose(&mut world, "v1", "m1", &["u1"], &json!({ "purpose": "HRESCH" }), "ok e");
    assert_eq!(decision(&world, "e", "u1"), denied("no-rule"));
    grant(&mut world, &provision("deny", "m1", "HPAYMT", &[]), "k");
    assert_eq!(refusal(&world, "d", "u1"), "consent");
}

#[test]
fn what_the_law_requires() {
    let mut world = world();
    grant(&mut world, &provision("deny", "m2", "PUBHLTH", &[]), "k");
    let law = |basis: &str| json!({ "purpose": "PUBHLTH", "law": { "basis": basis, "authority": "$c" } });
    disclose(&mut world, "v1", "m2", &["u1", "u3", "u4"], &law("public-health"), "ok d");
    assert_eq!(decision(&world, "d", "u1"), granted("law"));
    assert_eq!(decision(&world, "d", "u3"), denied("part2"));
    assert_eq!(decision(&world, "d", "u4"), denied("consent"));
    disclose(&mut world, "v1", "m2", &["u3"], &law("part2-child-abuse"), "ok e");
    assert_eq!(decision(&world, "e", "u3"), granted("law"));
}

#[test]
fn custodian_and_recipient_give_it_up() {
    let mut world = world();
    disclose(&mut world, "v1", "m1", &["u1"], &NONE, "ok d");
    disclose(&mut world, "v1", "m1", &["u1"], &NONE, "ok e");
    world.check(
        r#"
        by     | call     | fields                                                              | result
        m3     | withdraw | {"request": "$d"}                                                   | not-party
        m1     | complain | {"request": "$d", "unit": "$u1", "holder": "$v3", "evidence": "$c"} | ok
        v1     | complain | {"request": "$d", "unit": "$u1", "holder": "$v4", "evidence": "$c"} | not-party
        keeper | withdraw | {"request": "$d"}                                                   | ok
        m1     | withdraw | {"request": "$e"}                                                   | ok
        "#,
    );
    assert_eq!(
        (refusal(&world, "d", "u1"), refusal(&world, "e", "u1")),
        ("withdrawn".to_owned(), "withdrawn".to_owned())
    );
}

/// They count against the custodian's quota, but for what the law requires.
#[test]
fn they_are_counted() {
    let mut world = world();
    super::set_parameter(&mut world, "requests-per-organization-day", 2);
    world.pass(DurationMs(DAY - world.now.0 % DAY));
    disclose(&mut world, "v1", "m1", &["u1", "u2"], &NONE, "ok d");
    disclose(&mut world, "v1", "m1", &["u1"], &NONE, "quota-exceeded");
    let law = json!({ "purpose": "PUBHLTH", "law": { "basis": "public-health", "authority": "$c" } });
    disclose(&mut world, "v1", "m2", &["u1"], &law, "ok e");
}
