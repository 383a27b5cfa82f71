//! Who votes on blocks: the committee of the headers, and the one to which decisions lead.

use super::{decide, enter, key, name_admission, name_proof, org, world};
use crate::{
    network::{Network, Purpose, Role, Status, committee, member_status, next_committee, organization, tenures},
    tests::fixture::MemoryRows,
};
use epione_kernel::{
    Hosted, Module as _, Sources, View,
    testing::{World, signing_key},
};
use serde_json::Value;

/// The names whose vote keys stand in the next committee.
fn next(world: &World<Network>) -> Vec<&'static str> {
    let keys = next_committee(&world.state).unwrap().keys;
    let names: Vec<&str> =
        ["v1", "v2", "v3", "v4", "v5", "v6"].into_iter().filter(|name| keys.contains(&key(name, "vote"))).collect();
    assert_eq!(names.len(), keys.len());
    names
}

fn ask(world: &World<Network>) -> Value {
    let rows = MemoryRows::default();
    let sources = Sources { state: View::new(&world.state), rows: &rows, now: world.now };
    Hosted::<Network>::new().query(&sources, 6, serde_json::json!({})).unwrap()
}

fn exclude(world: &mut World<Network>, how: &str, name: &str, voters: &[&str]) {
    world.check(&format!(
        r#"{} | propose | {{"change": {{"{how}": {{"org": "${name}", "reason": "compromised"}}}}}} | ok p"#,
        voters[0]
    ));
    decide(world, "p", voters);
}

#[test]
fn one_of_four_is_suspended_and_keeps_its_seat() {
    let mut world = world(4, 0, 0);
    exclude(&mut world, "suspend", "v4", &["v1", "v2", "v3"]);
    assert_eq!(member_status(&world.state, &org("v4")), Ok(Some(Status::Suspended)));
    assert_eq!(next(&world), ["v1", "v2", "v3", "v4"]);
    name_admission(&mut world, "v5", Role::Validator);
    world.check(
        r#"
        by      | call    | fields                                                         | result
        v4      | vote    | {"proposal": "$p", "approve": false}                           | suspended
        v4-root | leave   | {}                                                             | too-few-validators
        v1-root | leave   | {}                                                             | too-few-validators
        v1      | propose | {"change": {"expel": {"org": "$v4", "reason": "compromised"}}} | too-few-validators
        v1      | propose | {"change": {"change-role": {"org": "$v4", "role": "member"}}}  | too-few-validators
        v1      | propose | {"change": $admit-v5}                                          | ok a
        "#,
    );
    // With a fifth validator four are active: the suspended one has no seat any more, and can be expelled.
    decide(&mut world, "a", &["v1", "v2", "v3"]);
    enter(&mut world, "v5");
    assert_eq!(next(&world), ["v1", "v2", "v3", "v5"]);
    exclude(&mut world, "expel", "v4", &["v1", "v2", "v3", "v5"]);
    assert_eq!(next(&world), ["v1", "v2", "v3", "v5"]);
}

#[test]
fn the_suspended_have_seats_only_while_the_active_are_too_few() {
    let members = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"];
    let mut world = world(6, 8, 1);
    exclude(&mut world, "suspend", "v1", &["v2", "v3", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"]);
    assert_eq!(next(&world), ["v2", "v3", "v4", "v5", "v6"]);
    exclude(&mut world, "suspend", "v2", &["v3", "v4", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"]);
    assert_eq!(next(&world), ["v3", "v4", "v5", "v6"]);
    exclude(&mut world, "suspend", "v3", &["v4", "v5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"]);
    assert_eq!(next(&world), ["v1", "v2", "v3", "v4", "v5", "v6"]);
    world.check(r#"v4 | propose | {"change": {"reinstate": {"org": "$v1"}}} | ok p"#);
    decide(&mut world, "p", &members);
    assert_eq!(next(&world), ["v1", "v4", "v5", "v6"]);
}

#[test]
fn the_query_tells_the_committee_of_now_from_the_one_to_come() {
    let mut world = world(5, 0, 0);
    let begun = ask(&world);
    assert_eq!(begun["current"], begun["next"]);
    assert_eq!(begun["current"]["hash"], committee(&world.state).unwrap().hash().to_string());

    name_proof(&mut world, "v1", Purpose::Vote, 0, "fresh");
    world.check(r#"v1-root | rotate-key | {"org": "$v1", "rotation": 0, "key": {"vote": $proof-fresh}} | ok"#);
    let rotated = ask(&world);
    assert_eq!(rotated["current"], begun["current"]);
    assert_ne!(rotated["next"]["hash"], begun["next"]["hash"]);
    let key_of = |committee: &Value| {
        let seats = committee["validators"].as_array().unwrap();
        assert_eq!(seats.len(), 5);
        seats.iter().find(|seat| seat["organization"] == org("v1").to_string()).unwrap()["key"].clone()
    };
    assert_eq!(key_of(&rotated["current"]), key("v1", "vote").to_string());
    assert_eq!(key_of(&rotated["next"]), signing_key("fresh").public().to_string());

    exclude(&mut world, "suspend", "v2", &["v1", "v3", "v4", "v5"]);
    let suspended = ask(&world);
    assert_eq!(suspended["current"], begun["current"]);
    assert_eq!(suspended["next"]["validators"].as_array().unwrap().len(), 4);
    world.check("v2-root | leave | {} | ok");
    assert_eq!(ask(&world), suspended);

    // At the border of epochs the decisions take effect, and the key that awaited it is the one in force.
    world.end_epoch();
    let border = ask(&world);
    assert_eq!(border["current"], suspended["next"]);
    assert_eq!(border["next"], suspended["next"]);
    let keys = organization(&world.state, &org("v1")).unwrap().unwrap().keys;
    assert_eq!((keys.vote, keys.pending_vote), (Some(signing_key("fresh").public()), None));
}

#[test]
fn every_committee_stays_with_the_epoch_it_took_office() {
    let mut world = world(5, 0, 0);
    let sizes = |world: &World<Network>| {
        let tenures = tenures(&world.state).unwrap();
        assert_eq!(tenures.last().unwrap().committee, committee(&world.state).unwrap());
        tenures.iter().map(|tenure| (tenure.since_epoch, tenure.committee.keys.len())).collect::<Vec<_>>()
    };
    assert_eq!(sizes(&world), [(0, 5)]);
    // An epoch without a decision keeps the committee.
    world.end_epoch();
    assert_eq!(sizes(&world), [(0, 5)]);
    exclude(&mut world, "suspend", "v2", &["v1", "v3", "v4", "v5"]);
    assert_eq!(sizes(&world), [(0, 5)]);
    world.end_epoch();
    world.end_epoch();
    assert_eq!(sizes(&world), [(0, 5), (2, 4)]);
    world.check(r#"v1 | propose | {"change": {"reinstate": {"org": "$v2"}}} | ok p"#);
    decide(&mut world, "p", &["v1", "v3", "v4"]);
    world.end_epoch();
    assert_eq!(sizes(&world), [(0, 5), (2, 4), (4, 5)]);
    let first = &tenures(&world.state).unwrap()[0];
    assert_eq!(first.committee, committee(&world.state).unwrap());
}
