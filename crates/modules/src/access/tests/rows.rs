//! Lists, and who saw my data.

use super::{agree, asking, find, grant, id, module, provision, put_unit, unit, world};
use crate::{
    access::{Access, Call},
    records::Unit,
    tests::fixture::MemoryRows,
};
use epione_kernel::{Numbered as _, Sources, View, testing::World};
use serde_json::{Value, json};

/// Makes a call and turns its events into rows; the `id` of the first event.
fn feed(world: &mut World<Access>, rows: &mut MemoryRows, by: &str, number: u16, fields: &Value) -> String {
    let text = world
        .names
        .iter()
        .fold(fields.to_string(), |text, (name, value)| text.replace(&format!("\"${name}\""), &format!("\"{value}\"")));
    let call = Call::from_json(number, serde_json::from_str(&text).unwrap()).unwrap();
    let by = world.actors[by];
    let events = world.call(&by, call.number(), &call.body()).unwrap();
    for event in &events {
        rows.apply(module("access"), event, world.now);
    }
    let first = module("access").event_to_json(events[0].number, &events[0].body).unwrap();
    first["id"].as_str().unwrap_or_default().to_owned()
}

fn query(world: &World<Access>, rows: &MemoryRows, number: u16, fields: Value) -> Value {
    let sources = Sources { state: View::new(&world.state), rows, now: world.now };
    module("access").query(&sources, number, fields).unwrap()
}

fn column(answer: &Value, list: &str, field: &str) -> Vec<Value> {
    answer[list].as_array().unwrap().iter().map(|item| item[field].clone()).collect()
}

/// Dana asks for `$u1` and `$u2`, of which Alice permits the first, and for `$s1`; two holders release.
fn story() -> (World<Access>, MemoryRows, String) {
    let (mut world, mut rows) = (world(), MemoryRows::default());
    grant(&mut world, &provision("permit", "m3", "TREAT", &["a"]), "k");
    let fields = asking(&world, &["u1", "u2"], "TREAT", &Value::Null);
    let first = feed(&mut world, &mut rows, "dana", 8, &fields);
    for holder in ["v1", "v3"] {
        feed(&mut world, &mut rows, holder, 11, &json!({ "request": first, "unit": "$u1" }));
    }
    let fields = asking(&world, &["s1"], "HRESCH", &Value::Null);
    feed(&mut world, &mut rows, "otto", 8, &fields);
    (world, rows, first)
}

#[test]
fn who_saw_my_data() {
    let (mut world, rows, first) = story();
    let log = |world: &World<Access>, fields: Value| query(world, &rows, 7, fields);
    let (chart, [u1, u2]) = (world.names["chart"].clone(), ["u1", "u2"].map(|name| json!(world.names[name])));
    let all = log(&world, json!({ "subject": chart }));
    assert_eq!(column(&all, "lines", "unit"), [u1.clone(), u2.clone()]);
    assert_eq!(column(&all, "lines", "granted"), [json!(true), json!(false)]);
    assert_eq!(column(&all, "lines", "rules")[1], json!(["no-rule"]));
    let released = &all["lines"][0]["released"];
    assert_eq!(released.as_array().unwrap().len(), 2);
    assert_eq!((&released[1]["holder"], &released[1]["at"]), (&json!(world.names["v3"]), &json!(world.now)));
    assert_eq!((&all["lines"][0]["request"], &all["lines"][0]["person"]), (&json!(first), &json!(world.names["dana"])));
    assert_eq!(column(&log(&world, json!({ "subject": chart, "unit": u2 })), "lines", "unit"), [u2.clone()]);
    // Alice sees all of it, a stranger nothing, a proxy not what lies beyond its scope.
    let seen = |world: &World<Access>, viewer: &str| {
        column(&log(world, json!({ "subject": chart, "viewer": world.names[viewer] })), "lines", "unit")
    };
    assert_eq!(seen(&world, "alice"), [u1.clone(), u2.clone()]);
    assert!(seen(&world, "gus").is_empty());
    world.check(
        r#"alice | subjects.appoint | {"subject": "$chart", "representative": {"identity": "$gus", "role": "proxy", "scope": {"all-but": ["$b"]}, "until": null, "evidence": "$c"}} | ok"#,
    );
    assert_eq!(seen(&world, "gus"), [u1.clone()]);
    // A hidden line counts in its page, and the next one is found.
    let page = log(&world, json!({ "subject": chart, "viewer": world.names["gus"], "limit": 1 }));
    assert_eq!(column(&page, "lines", "unit"), [u1.clone()]);
    let next =
        log(&world, json!({ "subject": chart, "viewer": world.names["gus"], "limit": 1, "after": page["next"] }));
    assert!(next["lines"].as_array().unwrap().is_empty());
    // Who got another patient's unit by mistake no longer sees who read it; that patient does, by the unit.
    let second = id(&world, "second");
    let moved = Unit { subject: second, ..unit(&world, "v1", "chart") };
    put_unit(&mut world, "u1", &moved);
    assert_eq!(seen(&world, "alice"), [u2]);
    let of = |subject: &str, unit: &Value| log(&world, json!({ "subject": world.names[subject], "unit": unit }));
    assert_eq!(column(&of("second", &u1), "lines", "unit"), [u1.clone()]);
    let sources = Sources { state: View::new(&world.state), rows: &rows, now: world.now };
    assert!(module("access").query(&sources, 7, json!({ "subject": chart, "unit": u1 })).is_err());
    let nobody = json!({ "subject": epione_types::SubjectId([9; 16]) });
    assert!(module("access").query(&sources, 7, nobody).is_err());
}

#[test]
fn requests_and_searches_are_listed() {
    let (mut world, mut rows, first) = story();
    let claim = json!({
        "units": ["$u1"], "to": "$m1", "purpose": "CLMATTCH", "reader": "$c", "claim": "$c", "law": null,
        "expires_at": world.now.0 + 1,
    });
    let disclosed = feed(&mut world, &mut rows, "v1", 10, &claim);
    feed(&mut world, &mut rows, "dana", 9, &json!({ "request": first }));
    let ids = |world: &World<Access>, rows: &MemoryRows, fields: Value| {
        column(&query(world, rows, 6, fields), "requests", "id")
    };
    assert_eq!(ids(&world, &rows, json!({ "custodian": world.names["v1"] })).len(), 3);
    assert_eq!(ids(&world, &rows, json!({ "org": world.names["m1"] })), [json!(disclosed)]);
    assert_eq!(ids(&world, &rows, json!({ "person": world.names["dana"], "purpose": "TREAT" })), [json!(first)]);
    let all = query(&world, &rows, 6, json!({ "limit": 1 }));
    assert_eq!((&all["requests"][0]["status"], &all["requests"][0]["units"]), (&json!("withdrawn"), &json!(2)));
    assert_eq!(ids(&world, &rows, json!({ "after": all["next"] })).len(), 2);
    let search =
        json!({ "custodian": "$v1", "purpose": "HRESCH", "query": "$c", "relationship": null, "emergency": null });
    let one = feed(&mut world, &mut rows, "dana", 4, &search);
    let two = feed(&mut world, &mut rows, "otto", 4, &search);
    feed(&mut world, &mut rows, "v1", 5, &json!({ "locate": one, "answer": "$c" }));
    let open = |answered: bool| {
        column(
            &query(&world, &rows, 10, json!({ "custodian": world.names["v1"], "answered": answered })),
            "locates",
            "id",
        )
    };
    assert_eq!((open(true), open(false)), (vec![json!(one)], vec![json!(two)]));
}

#[test]
fn agreements_are_listed() {
    let (mut world, mut rows) = (world(), MemoryRows::default());
    let terms = |to: &str| {
        json!({
            "from": "$v1", "to": format!("${to}"), "purposes": ["TREAT"], "categories": ["imaging"], "restricted": false,
            "notice": null, "until": 1_900_000_000_000_u64,
        })
    };
    let one = feed(&mut world, &mut rows, "v1", 1, &terms("m3"));
    let two = feed(&mut world, &mut rows, "m1", 1, &terms("m1"));
    let three = feed(&mut world, &mut rows, "v1", 1, &terms("m1"));
    feed(&mut world, &mut rows, "m3", 2, &json!({ "agreement": one }));
    feed(&mut world, &mut rows, "v1", 3, &json!({ "agreement": two }));
    let ids = |fields: Value| column(&query(&world, &rows, 2, fields), "agreements", "id");
    assert_eq!(ids(json!({ "to": world.names["m1"] })), [json!(two), json!(three)]);
    assert_eq!(ids(json!({ "from": world.names["v1"], "status": "accepted" })), [json!(one)]);
    assert_eq!(ids(json!({ "status": "ended" })), [json!(two)]);
}

/// What the agreed state answers.
#[test]
fn single_answers() {
    let (mut world, rows, first) = story();
    agree(&mut world, "agreed");
    find(&mut world, "found");
    super::relate(&mut world, "chart", "referral");
    let names = world.names.clone();
    let ask = |number, fields| query(&world, &rows, number, fields);
    assert_eq!(ask(1, json!({ "id": names["agreed"] }))["in_force"], true);
    assert_eq!(ask(3, json!({ "id": names["found"] }))["locate"]["org"], json!(names["m3"]));
    let relations = ask(4, json!({ "subject": names["chart"], "org": names["m3"] }));
    assert_eq!(relations["relations"][0]["relationship"]["kind"], "referral");
    let request = ask(5, json!({ "id": first }));
    assert_eq!((&request["open"], request["units"].as_array().unwrap().len()), (&json!(true), 2));
    assert_eq!(request["units"][0]["holders"][0]["released_at"], json!(world.now));
    assert_eq!(request["units"][0]["holders"][1]["released_at"], Value::Null);
    let of = |unit: &str| json!({ "request": first, "unit": names[unit], "holder": names["v2"] });
    assert_eq!(ask(8, of("u1"))["ticket"]["share"], 2);
    assert_eq!(ask(8, of("u2")), json!({ "ticket": null, "refused": "not-granted" }));
    assert_eq!(ask(9, json!({ "person": names["dana"], "subject": names["chart"] }))["suspensions"], json!([]));
    let sources = Sources { state: View::new(&world.state), rows: &rows, now: world.now };
    for (number, id) in [(1, "agr"), (3, "loc"), (5, "req")] {
        let unknown = match id {
            "agr" => epione_types::AgreementId([9; 16]).to_string(),
            "loc" => epione_types::LocateId([9; 16]).to_string(),
            _ => epione_types::RequestId([9; 16]).to_string(),
        };
        assert!(module("access").query(&sources, number, json!({ "id": unknown })).is_err());
    }
}
