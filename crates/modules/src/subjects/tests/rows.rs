//! Events become rows, and queries read rows and state.

use super::{Subjects, appoint, enter, id, set, subject_id, world};
use crate::{
    ALL,
    subjects::{Call, Close, Merge, Register, RepresentativeRole, Scope, TakeOver, Unmerge},
    tests::fixture::{MemoryRows, org},
};
use epione_kernel::{Module, Numbered as _, Sources, View, testing::World};
use epione_types::{Hash, SubjectId};
use serde_json::{Value, json};

fn module() -> &'static dyn Module {
    *ALL.iter().find(|module| module.name() == "subjects").unwrap()
}

/// Makes a call; its events become rows.
fn make(world: &mut World<Subjects>, rows: &mut MemoryRows, by: &str, call: &Call) {
    let by = world.actors[by];
    for event in world.call(&by, call.number(), &call.body()).unwrap() {
        rows.apply(module(), &event, world.now);
    }
}

/// Enters a patient of v1, with rows.
fn register(world: &mut World<Subjects>, rows: &mut MemoryRows, by: &str, holder: Option<&str>) -> SubjectId {
    let holder = holder.map(|holder| id(world, holder));
    let call = Call::Register(Register { holder, evidence: Hash([1; 32]) });
    let by = world.actors[by];
    let events = world.call(&by, call.number(), &call.body()).unwrap();
    rows.apply(module(), &events[0], world.now);
    SubjectId(events[0].body[..16].try_into().unwrap())
}

fn ask(world: &World<Subjects>, rows: &MemoryRows, query: u16, fields: Value) -> Value {
    let sources = Sources { state: View::new(&world.state), rows, now: world.now };
    module().query(&sources, query, fields).unwrap()
}

fn column(answer: &Value, field: &str) -> Vec<String> {
    let items = answer["subjects"].as_array().unwrap().iter();
    items.map(|item| item[field].as_str().unwrap_or("-").to_owned()).collect()
}

#[test]
fn subjects_are_listed_as_they_stand() {
    let mut world = world();
    let mut rows = MemoryRows::default();
    let first = register(&mut world, &mut rows, "v1", Some("alice"));
    let second = register(&mut world, &mut rows, "program", None);
    let third = register(&mut world, &mut rows, "m1", None);
    make(&mut world, &mut rows, "v1", &Call::Merge(Merge { from: first, into: second }));
    make(&mut world, &mut rows, "m1", &Call::Close(Close { subject: third }));
    let all = ask(&world, &rows, 3, json!({}));
    assert_eq!(column(&all, "id"), [first, second, third].map(|id| id.to_string()));
    assert_eq!(column(&all, "status"), ["merged", "active", "closed"]);
    assert_eq!(column(&all, "merged_into"), [second.to_string(), "-".to_owned(), "-".to_owned()]);
    assert_eq!(column(&ask(&world, &rows, 3, json!({"custodian": org("m1")})), "id"), [third.to_string()]);
    assert_eq!(column(&ask(&world, &rows, 3, json!({"status": "active"})), "id"), [second.to_string()]);
    // Alice takes over the one in the place of hers.
    world.names.insert("second".to_owned(), second.to_string());
    set(&mut world, "all", &Scope::All);
    world.check(r#"v1 | offer | {"subject": "$second", "identity": "$alice", "scope": $all} | ok"#);
    make(&mut world, &mut rows, "alice", &Call::TakeOver(TakeOver { subject: second }));
    make(&mut world, &mut rows, "v1", &Call::Unmerge(Unmerge { subject: first }));
    let page = ask(&world, &rows, 3, json!({"limit": 2}));
    assert_eq!(column(&page, "holder"), ["-".to_owned(), id(&world, "alice").to_string()]);
    assert_eq!(column(&page, "status"), ["active", "active"]);
    let rest = ask(&world, &rows, 3, json!({"limit": 2, "after": page["next"]}));
    assert_eq!((column(&rest, "id"), &rest["next"]), (vec![third.to_string()], &Value::Null));
}

#[test]
fn the_agreed_state_answers() {
    let mut world = world();
    let rows = MemoryRows::default();
    enter(&mut world, "adult", Some("alice"));
    appoint(&mut world, ["v1", "adult", "bob"], RepresentativeRole::Executor, Scope::All);
    let subject = subject_id(&world, "adult");
    let answer = ask(&world, &rows, 1, json!({"id": subject}));
    assert_eq!(answer["subject"]["representatives"][0]["role"], "executor");
    // The executor acts after death only.
    assert_eq!(answer["acting"], json!([id(&world, "alice")]));
    let tie = ask(&world, &rows, 2, json!({"identity": id(&world, "bob")}));
    assert_eq!(tie["tie"], json!({"subject": subject, "is_holder": false}));
    assert_eq!(ask(&world, &rows, 2, json!({"identity": id(&world, "carol")}))["tie"], Value::Null);
    let sources = Sources { state: View::new(&world.state), rows: &rows, now: world.now };
    assert!(module().query(&sources, 1, json!({"id": SubjectId([9; 16])})).is_err());
}
