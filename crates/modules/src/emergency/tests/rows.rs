//! Lists: events become rows, and queries read them.

use super::{module, world};
use crate::{emergency::Emergency, tests::fixture::MemoryRows};
use epione_kernel::{Numbered as _, Sources, View, testing::World};
use serde_json::{Value, json};

/// Makes a call and turns its events into rows.
fn feed(world: &mut World<Emergency>, rows: &mut MemoryRows, by: &str, number: u16, fields: Value) -> String {
    let call = crate::emergency::Call::from_json(number, fields).unwrap();
    let by = world.actors[by];
    let events = world.call(&by, call.number(), &call.body()).unwrap();
    for event in &events {
        rows.apply(module("emergency"), event, world.now);
    }
    let first = module("emergency").event_to_json(events[0].number, &events[0].body).unwrap();
    first["id"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn accesses_are_listed() {
    let (mut world, mut rows) = (world(), MemoryRows::default());
    let [v2, chart, dave, oscar, hash] = ["v2", "chart", "dave", "oscar", "c"].map(|name| world.names[name].clone());
    let glass = |subject: Option<&String>| json!({ "custodian": v2, "subject": subject, "justification": hash });
    let first = feed(&mut world, &mut rows, "dave", 1, glass(Some(&chart)));
    let second = feed(&mut world, &mut rows, "erin", 1, glass(None));
    feed(&mut world, &mut rows, "dave", 2, json!({ "emergency": first, "justification": hash }));
    feed(&mut world, &mut rows, "erin", 4, json!({ "emergency": first }));
    feed(&mut world, &mut rows, "v2", 5, json!({ "emergency": first, "delivery": "told" }));
    feed(&mut world, &mut rows, "v2", 6, json!({ "identity": oscar, "named": true }));
    feed(&mut world, &mut rows, "dave", 3, json!({ "emergency": first }));
    feed(&mut world, &mut rows, "oscar", 7, json!({ "emergency": first, "outcome": "unjustified", "report": hash }));
    feed(&mut world, &mut rows, "v2", 8, json!({ "emergency": first, "reach": "own-charts" }));
    let sources = Sources { state: View::new(&world.state), rows: &rows, now: world.now };
    let ask = |query, fields| module("emergency").query(&sources, query, fields).unwrap();
    let ids = |fields| -> Vec<String> {
        ask(2, fields)["accesses"]
            .as_array()
            .unwrap()
            .iter()
            .map(|access| access["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(json!({})), [first.as_str(), second.as_str()]);
    assert_eq!(ids(json!({ "subject": chart })), [first.as_str()]);
    assert_eq!(ids(json!({ "practitioner": dave, "custodian": v2, "reviewed": true })), [first.as_str()]);
    assert_eq!(ids(json!({ "org": world.names["v1"], "reviewed": false })), [second.as_str()]);
    let page = ask(2, json!({ "limit": 1 }));
    assert_eq!(ids(json!({ "limit": 1, "after": page["next"] })), [second.as_str()]);
    let listed = &page["accesses"][0];
    assert_eq!((&listed["countersigned"], &listed["told"]), (&true.into(), &true.into()));
    assert_eq!((&listed["outcome"], &listed["expires_at"]), (&"unjustified".into(), &world.now.0.into()));
    let answer = ask(1, json!({ "id": first }));
    assert_eq!((&answer["over"], &answer["stage"]), (&true.into(), &"closed".into()));
    assert_eq!(ask(3, json!({ "org": v2 }))["reviewers"], json!([oscar]));
    assert_eq!(ask(4, json!({ "practitioner": dave, "custodian": v2 }))["lost"], true);
    assert_eq!(ask(4, json!({ "practitioner": dave, "custodian": world.names["v1"] }))["lost"], false);
    let unknown = json!({ "id": world.names["unknown"] });
    assert!(module("emergency").query(&sources, 1, unknown).is_err());
}
