//! Events become rows, and queries read rows and state.

use super::{subject, world};
use crate::{
    ALL,
    consent::{Call, Consents, Effect, Grant, Lift, Restrict, RestrictionKind, Revoke},
    tests::fixture::{MemoryRows, org},
};
use epione_kernel::{Module, Numbered as _, Sources, View, testing::World};
use epione_types::{Hash, List};
use serde_json::{Value, json};

fn module() -> &'static dyn Module {
    *ALL.iter().find(|module| module.name() == "consent").unwrap()
}

/// Makes a call; its events become rows. The identifier that the first one names.
fn make(world: &mut World<Consents>, rows: &mut MemoryRows, by: &str, call: &Call) -> [u8; 16] {
    let by = world.actors[by];
    let events = world.call(&by, call.number(), &call.body()).unwrap();
    for event in &events {
        rows.apply(module(), event, world.now);
    }
    events[0].body[..16].try_into().unwrap()
}

fn ask(world: &World<Consents>, rows: &MemoryRows, query: u16, fields: Value) -> Value {
    let sources = Sources { state: View::new(&world.state), rows, now: world.now };
    module().query(&sources, query, fields).unwrap()
}

fn column(answer: &Value, list: &str, field: &str) -> Vec<Value> {
    answer[list].as_array().unwrap().iter().map(|item| item[field].clone()).collect()
}

fn permit(world: &World<Consents>, of: &str) -> Call {
    let provisions = super::some(vec![super::plain_provision(Effect::Permit)]);
    let (subject, evidence) = (subject(world, of), Hash([1; 32]));
    Call::Grant(Grant { subject, provisions, form: None, lifts: List::default(), evidence })
}

#[test]
fn consents_and_restrictions_are_listed_as_they_stand() {
    let (mut world, mut rows) = (world(), MemoryRows::default());
    let call = permit(&world, "adult");
    let first = epione_types::ConsentId(make(&mut world, &mut rows, "alice", &call));
    let second = epione_types::ConsentId(make(&mut world, &mut rows, "v1", &call));
    let call = permit(&world, "minor");
    let third = epione_types::ConsentId(make(&mut world, &mut rows, "bob", &call));
    make(&mut world, &mut rows, "alice", &Call::Revoke(Revoke { consent: first }));
    let all = ask(&world, &rows, 2, json!({}));
    assert_eq!(column(&all, "consents", "id"), [json!(first), json!(second), json!(third)]);
    assert_eq!(column(&all, "consents", "author"), ["holder", "attested", "representative"]);
    assert_eq!(column(&all, "consents", "status"), ["revoked", "active", "proposed"]);
    let list = |fields| column(&ask(&world, &rows, 2, fields), "consents", "id");
    assert_eq!(list(json!({"subject": subject(&world, "adult"), "active": true})), [json!(second)]);
    assert_eq!(list(json!({"active": false})), [json!(first), json!(third)]);
    let page = ask(&world, &rows, 2, json!({"limit": 2}));
    let rest = ask(&world, &rows, 2, json!({"limit": 2, "after": page["next"]}));
    assert_eq!((column(&rest, "consents", "id"), &rest["next"]), (vec![json!(third)], &Value::Null));

    let (subject, evidence) = (subject(&world, "adult"), Hash([1; 32]));
    let (units, towards) = (List::default(), List::default());
    let call = Call::Restrict(Restrict { subject, kind: RestrictionKind::SelfPaid, units, towards, evidence });
    let restriction = epione_types::RestrictionId(make(&mut world, &mut rows, "v1", &call));
    make(&mut world, &mut rows, "alice", &Call::Lift(Lift { restriction, evidence }));
    let all = ask(&world, &rows, 4, json!({"subject": subject, "lifted": true}));
    assert_eq!(column(&all, "restrictions", "kind"), ["self-paid"]);
    assert_eq!(column(&ask(&world, &rows, 4, json!({"lifted": false})), "restrictions", "id"), [Value::Null; 0]);
    assert_eq!(ask(&world, &rows, 3, json!({"id": restriction}))["restriction"]["lifted"], true);
}

#[test]
fn the_agreed_state_answers_what_would_be_decided() {
    let (mut world, mut rows) = (world(), MemoryRows::default());
    let call = permit(&world, "adult");
    let first = epione_types::ConsentId(make(&mut world, &mut rows, "alice", &call));
    assert_eq!(ask(&world, &rows, 1, json!({"id": first}))["consent"]["author"], "holder");
    let unit = super::unit_of(&world, "adult", 1);
    let request = super::request_of(org("m2"));
    let question = json!({"unit": unit, "request": request, "agreements": []});
    let answer = ask(&world, &rows, 5, question.clone());
    assert_eq!(answer, json!({"effect": "permit", "rules": [{"consent": {"id": first, "provision": 0}}]}));
    make(&mut world, &mut rows, "alice", &Call::Revoke(Revoke { consent: first }));
    assert_eq!(ask(&world, &rows, 5, question), json!({"effect": "deny", "rules": ["no-rule"]}));
    let sources = Sources { state: View::new(&world.state), rows: &rows, now: world.now };
    assert!(module().query(&sources, 1, json!({"id": epione_types::ConsentId([9; 16])})).is_err());
}
