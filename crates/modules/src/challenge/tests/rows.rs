//! Lists: events become rows, and queries read them.

use super::{ask, module, world};
use crate::{
    challenge::{Call, ChallengeStatus, Challenges, Event, events},
    tests::fixture::MemoryRows,
};
use epione_kernel::{Numbered as _, RawEvent, Sources, View, testing::World};
use serde_json::{Value, json};

/// Makes a call and turns its events into rows.
fn feed(world: &mut World<Challenges>, rows: &mut MemoryRows, by: &str, number: u16, fields: Value) -> String {
    let call = Call::from_json(number, fields).unwrap();
    let by = world.actors[by];
    let events = world.call(&by, call.number(), &call.body()).unwrap();
    for event in &events {
        rows.apply(module("challenge"), event, world.now);
    }
    let first = module("challenge").event_to_json(events[0].number, &events[0].body).unwrap();
    first["id"].as_str().unwrap().to_owned()
}

#[test]
fn challenges_are_listed() {
    let (mut world, mut rows) = (world(), MemoryRows::default());
    for name in ["r", "s"] {
        ask(&mut world, "dana", &["u1"], &Value::Null, name);
    }
    let [r, s, chart, dana, c] = ["r", "s", "chart", "dana", "c"].map(|name| world.names[name].clone());
    let first = feed(&mut world, &mut rows, "alice", 1, json!({ "request": r }));
    let second = feed(&mut world, &mut rows, "v1", 1, json!({ "request": s }));
    let third = feed(&mut world, &mut rows, "v1", 1, json!({ "request": r }));
    feed(&mut world, &mut rows, "m3", 2, json!({ "challenge": first, "evidence": c }));
    feed(&mut world, &mut rows, "alice", 4, json!({ "challenge": first }));
    feed(&mut world, &mut rows, "v2", 5, json!({ "challenge": first, "uphold": true }));
    feed(&mut world, &mut rows, "v1", 6, json!({ "challenge": third }));
    let sources = Sources { state: View::new(&world.state), rows: &rows, now: world.now };
    let ask = |query, fields| module("challenge").query(&sources, query, fields).unwrap();
    let ids = |fields| -> Vec<String> {
        ask(2, fields)["challenges"]
            .as_array()
            .unwrap()
            .iter()
            .map(|challenge| challenge["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(json!({ "subject": chart })), [first.as_str(), second.as_str(), third.as_str()]);
    assert_eq!(ids(json!({ "request": r })), [first.as_str(), third.as_str()]);
    assert_eq!(ids(json!({ "person": dana, "status": "open" })), [second.as_str()]);
    assert_eq!(ids(json!({ "org": world.names["m3"], "status": "withdrawn" })), [third.as_str()]);
    let page = ask(2, json!({ "custodian": world.names["v1"], "limit": 1 }));
    assert_eq!(page["challenges"][0]["status"], "voting");
    assert_eq!(ids(json!({ "limit": 1, "after": page["next"] })), [second.as_str()]);
    let answer = ask(1, json!({ "id": first }));
    assert_eq!((&answer["status"], &answer["suspends"]), (&"voting".into(), &false.into()));
    assert_eq!(answer["ballots"], json!([{ "org": world.names["v2"], "uphold": true }]));
    let unknown = json!({ "id": world.names["unknown"] });
    assert!(module("challenge").query(&sources, 1, unknown).is_err());
}

/// What the ledger tells when time decided stands in the list.
#[test]
fn time_moves_rows_on() {
    let (mut world, mut rows) = (world(), MemoryRows::default());
    ask(&mut world, "dana", &["u1"], &Value::Null, "r");
    let request = world.names["r"].clone();
    let first = feed(&mut world, &mut rows, "alice", 1, json!({ "request": request }));
    let id = first.parse().unwrap();
    let status = |rows: &MemoryRows| {
        let sources = Sources { state: View::new(&world.state), rows, now: world.now };
        let page = module("challenge").query(&sources, 2, json!({})).unwrap();
        page["challenges"][0]["status"].clone()
    };
    let told = [
        (Event::Dismissed(events::Dismissed { id }), ChallengeStatus::Dismissed),
        (Event::Undisputed(events::Undisputed { id }), ChallengeStatus::Accepted),
        (Event::Accepted(events::Accepted { id }), ChallengeStatus::Accepted),
    ];
    for (event, expected) in told {
        let raw = RawEvent { module: module("challenge").id(), number: event.number(), body: event.body() };
        rows.apply(module("challenge"), &raw, world.now);
        assert_eq!(status(&rows), serde_json::to_value(expected).unwrap());
    }
}
