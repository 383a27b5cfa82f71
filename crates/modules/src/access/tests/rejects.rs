//! Every reject, in order of precedence.

use super::{DAY, HOUR, ask, asking, disclose, find, set_parameter, world};
use crate::access::Access;
use epione_kernel::testing::World;
use epione_types::{AgreementId, EmergencyId, LocateId, OrgId, RequestId, SubjectId, UnitId};
use serde_json::{Value, json};

fn unknown(world: &mut World<Access>) {
    for (name, id) in [
        ("no-org", OrgId([9; 16]).to_string()),
        ("no-subject", SubjectId([9; 16]).to_string()),
        ("no-unit", UnitId([9; 32]).to_string()),
        ("no-agreement", AgreementId([9; 16]).to_string()),
        ("no-locate", LocateId([9; 16]).to_string()),
        ("no-request", RequestId([9; 16]).to_string()),
        ("no-emergency", EmergencyId([9; 16]).to_string()),
    ] {
        world.names.insert(name.to_owned(), id);
    }
}

/// Terms of an agreement from v1 to m3, with `changes` laid over them.
fn terms(world: &World<Access>, changes: &Value) -> Value {
    let mut fields = json!({
        "from": "$v1", "to": "$m3", "purposes": ["TREAT"], "categories": ["medications"], "restricted": false,
        "notice": null, "until": world.now.0 + DAY,
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        fields[name] = value.clone();
    }
    fields
}

#[test]
fn every_reject_in_order_of_precedence() {
    let mut world = world();
    unknown(&mut world);
    agreements(&mut world);
    searches(&mut world);
    requests(&mut world);
    releases(&mut world);
    last(&mut world);
    world.all_rejects_seen();
}

/// Each row is wrong in all that follows it, too.
fn agreements(world: &mut World<Access>) {
    for (by, changes, result) in [
        ("dana", json!({"to": "$v1", "purposes": [], "restricted": true, "until": 0}), "parties-invalid"),
        ("dana", json!({"to": "$no-org", "purposes": [], "restricted": true, "until": 0}), "terms-invalid"),
        ("dana", json!({"to": "$no-org", "purposes": ["TREAT", "TREAT"], "restricted": true}), "terms-invalid"),
        ("dana", json!({"to": "$no-org", "categories": ["claims", "other"], "restricted": true}), "terms-invalid"),
        ("dana", json!({"to": "$no-org", "categories": [], "restricted": true}), "terms-invalid"),
        ("dana", json!({"to": "$no-org", "restricted": true, "until": 0}), "notice-missing"),
        ("dana", json!({"to": "$no-org", "until": 0}), "not-organization"),
        ("v2", json!({"to": "$no-org", "until": 0}), "unknown-organization"),
        ("v2", json!({"until": 0}), "not-party"),
        ("v1", json!({"until": world.now}), "term-invalid"),
        ("v1", json!({"restricted": true, "notice": "Disclosure is prohibited."}), "ok one"),
    ] {
        let fields = terms(world, &changes);
        world.check(&format!("{by} | propose-agreement | {fields} | {result}"));
    }
    world.check(
        r#"
        by   | call             | fields                         | result
        dana | accept-agreement | {"agreement": "$no-agreement"} | not-organization
        v2   | accept-agreement | {"agreement": "$no-agreement"} | unknown-agreement
        v2   | accept-agreement | {"agreement": "$one"}          | not-party
        v1   | accept-agreement | {"agreement": "$one"}          | not-proposed
        v2   | end-agreement    | {"agreement": "$one"}          | not-party
        v1   | end-agreement    | {"agreement": "$one"}          | ok
        v1   | accept-agreement | {"agreement": "$one"}          | not-proposed
        m3   | accept-agreement | {"agreement": "$one"}          | agreement-over
        "#,
    );
}

fn searches(world: &mut World<Access>) {
    world.check(
        r#"
        by    | call          | fields                                                                                                                                  | result
        v1    | locate        | {"custodian": "$no-org", "purpose": "TREAT", "query": "$c", "relationship": null, "emergency": null}                                    | relationship-missing
        alice | locate        | {"custodian": "$no-org", "purpose": "ETREAT", "query": "$c", "relationship": null, "emergency": "$no-emergency"}                        | not-requester
        v1    | locate        | {"custodian": "$no-org", "purpose": "ETREAT", "query": "$c", "relationship": null, "emergency": "$no-emergency"}                        | not-requester
        dana  | locate        | {"custodian": "$no-org", "purpose": "ETREAT", "query": "$c", "relationship": null, "emergency": "$no-emergency"}                        | unknown-organization
        dana  | locate        | {"custodian": "$v1", "purpose": "ETREAT", "query": "$c", "relationship": null, "emergency": "$no-emergency"}                            | emergency-not-in-force
        v2    | answer-locate | {"locate": "$no-locate", "answer": "$c"}                                                                                                | unknown-locate
        v2    | relate        | {"subject": "$no-subject", "org": "$no-org", "relationship": {"kind": "claim", "evidence": "$c"}, "until": "2001-Q1", "locate": "$no-locate"} | unknown-organization
        v2    | relate        | {"subject": "$no-subject", "org": "$m3", "relationship": {"kind": "claim", "evidence": "$c"}, "until": "2001-Q1", "locate": "$no-locate"} | unknown-subject
        v2    | relate        | {"subject": "$chart", "org": "$m3", "relationship": {"kind": "claim", "evidence": "$c"}, "until": "2001-Q1", "locate": "$no-locate"}    | unknown-locate
        v2    | relate        | {"subject": "$chart", "org": "$m3", "relationship": {"kind": "claim", "evidence": "$c"}, "until": "2001-Q1", "locate": null}            | not-custodian
        m3    | relate        | {"subject": "$chart", "org": "$m3", "relationship": {"kind": "claim", "evidence": "$c"}, "until": "2001-Q1", "locate": null}            | locate-unfit
        v1    | relate        | {"subject": "$chart", "org": "$m3", "relationship": {"kind": "claim", "evidence": "$c"}, "until": "2001-Q1", "locate": null}            | term-invalid
        v2    | end-relation  | {"subject": "$no-subject", "org": "$m3", "kind": "claim"}                                                                               | unknown-subject
        v2    | end-relation  | {"subject": "$chart", "org": "$m3", "kind": "claim"}                                                                                    | unknown-relation
        "#,
    );
    find(world, "found");
    world.check(
        r#"
        by     | call          | fields                               | result
        m3     | answer-locate | {"locate": "$found", "answer": "$c"} | not-custodian
        keeper | answer-locate | {"locate": "$found", "answer": "$c"} | already-answered
        "#,
    );
}

fn requests(world: &mut World<Access>) {
    let wrong = |locate: &str| json!({ "expires_at": 0, "emergency": "$no-emergency", "locate": locate });
    ask(world, "v1", &["u1", "u1"], "TREAT", &wrong("$no-locate"), "units-invalid");
    ask(world, "v1", &[], "TREAT", &wrong("$no-locate"), "units-invalid");
    ask(world, "alice", &["no-unit", "o1"], "TREAT", &wrong("$no-locate"), "not-requester");
    ask(world, "otto", &["u1", "o1", "no-unit"], "TREAT", &wrong("$no-locate"), "unknown-unit");
    ask(world, "otto", &["u1", "o1"], "TREAT", &wrong("$no-locate"), "subjects-differ");
    ask(world, "otto", &["u1", "s1"], "TREAT", &wrong("$no-locate"), "subjects-differ");
    ask(world, "otto", &["u1"], "TREAT", &wrong("$no-locate"), "unknown-locate");
    ask(world, "otto", &["u1"], "TREAT", &wrong("$found"), "locate-unfit");
    ask(world, "dana", &["u1"], "TREAT", &wrong("$found"), "emergency-not-in-force");
    ask(world, "dana", &["u1"], "TREAT", &json!({ "expires_at": world.now }), "term-invalid");
    let late = json!({ "expires_at": world.now });
    disclose(world, "v2", "m1", &["no-unit", "no-unit"], &late, "units-invalid");
    disclose(world, "v2", "no-org", &["u1", "no-unit"], &late, "unknown-organization");
    disclose(world, "v2", "m1", &["u1", "no-unit"], &late, "unknown-unit");
    disclose(world, "v2", "m1", &["u1", "o1"], &late, "subjects-differ");
    disclose(world, "v2", "m1", &["u1"], &late, "not-custodian");
    disclose(world, "v1", "m1", &["u1"], &late, "term-invalid");
}

fn releases(world: &mut World<Access>) {
    disclose(world, "v1", "m1", &["u1", "u3"], &Value::Null, "ok d");
    world.check(
        r#"
        by   | call     | fields                                                                       | result
        m2   | release  | {"request": "$no-request", "unit": "$u3"}                                    | unknown-request
        m2   | release  | {"request": "$d", "unit": "$u3"}                                             | not-granted
        m2   | release  | {"request": "$d", "unit": "$u2"}                                             | not-granted
        m2   | release  | {"request": "$d", "unit": "$u1"}                                             | not-holder
        v2   | release  | {"request": "$d", "unit": "$u1"}                                             | ok
        v2   | release  | {"request": "$d", "unit": "$u1"}                                             | already-released
        m2   | complain | {"request": "$no-request", "unit": "$u3", "holder": "$m2", "evidence": "$c"} | unknown-request
        m2   | complain | {"request": "$d", "unit": "$u3", "holder": "$m2", "evidence": "$c"}          | not-party
        paul | complain | {"request": "$d", "unit": "$u1", "holder": "$v2", "evidence": "$c"}          | not-party
        m1   | complain | {"request": "$d", "unit": "$u3", "holder": "$m2", "evidence": "$c"}          | not-granted
        m1   | complain | {"request": "$d", "unit": "$u1", "holder": "$m2", "evidence": "$c"}          | not-holder
        m1   | complain | {"request": "$d", "unit": "$u1", "holder": "$v2", "evidence": "$c"}          | ok
        m1   | complain | {"request": "$d", "unit": "$u1", "holder": "$v2", "evidence": "$c"}          | already-complained
        m2   | withdraw | {"request": "$no-request"}                                                   | unknown-request
        m2   | withdraw | {"request": "$d"}                                                            | not-party
        v1   | withdraw | {"request": "$d"}                                                            | ok
        v1   | withdraw | {"request": "$d"}                                                            | request-over
        "#,
    );
}

/// Limits, and what a suspended organization may not.
fn last(world: &mut World<Access>) {
    let fields = terms(world, &json!({}));
    for _ in 0..16 {
        world.check(&format!("v1 | propose-agreement | {fields} | ok p"));
    }
    world.check(&format!("v1 | propose-agreement | {fields} | too-many-agreements"));
    set_parameter(world, "requests-per-person-day", 1);
    ask(world, "dana", &["u1", "u2"], "TREAT", &Value::Null, "quota-exceeded");
    super::decide(world, &json!({ "suspend": { "org": crate::tests::fixture::org("m3"), "reason": "misuse" } }));
    let fields = asking(world, &["u1", "u2"], "TREAT", &json!({ "expires_at": world.now.0 + 2 * HOUR }));
    world.check(&format!("dana | request | {fields} | organization-suspended"));
}
