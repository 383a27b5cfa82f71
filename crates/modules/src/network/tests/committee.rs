//! Who votes on blocks: the committee of the headers, and the one to which decisions lead.

use super::{decide, enter, key, name_admission, name_proof, org, world};
use crate::{
    network::{
        Network, Purpose, Role, Status, committee, member_status, next_committee, nodes, organization, tenures,
        tenures_until,
    },
    tests::fixture::MemoryRows,
};
use epione_kernel::{
    Base, Hosted, MemoryState, Missing, Module as _, RowKey, Sources, View,
    testing::{World, signing_key},
};
use epione_types::DurationMs;
use serde_json::Value;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};

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

/// Rows as they are loaded one after the other.
struct Loading<'a> {
    all: &'a MemoryState,
    loaded: RefCell<BTreeSet<RowKey>>,
    reads: Cell<usize>,
}

impl Base for Loading<'_> {
    fn row(&self, key: &RowKey) -> Result<Option<&[u8]>, Missing> {
        self.reads.set(self.reads.get().saturating_add(1));
        if self.loaded.borrow().contains(key) { self.all.row(key) } else { Err(Missing(key.clone())) }
    }
}

impl Loading<'_> {
    fn until<T>(&self, read: impl Fn(View<'_>) -> Result<T, Missing>) -> T {
        loop {
            match read(View::new(self)) {
                Ok(value) => return value,
                Err(Missing(key)) => drop(self.loaded.borrow_mut().insert(key)),
            }
        }
    }
}

#[test]
fn many_committees_are_read_page_by_page() {
    let mut world = world(5, 0, 0);
    for number in 0..150_u32 {
        world.now = world.now.after(DurationMs(86_400_000));
        let name = format!("vote {number}");
        name_proof(&mut world, "v1", Purpose::Vote, number, &name);
        world.check(&format!(
            r#"v1-root | rotate-key | {{"org": "$v1", "rotation": {number}, "key": {{"vote": $proof-{name}}}}} | ok"#
        ));
        world.end_epoch();
    }
    let all = tenures(&world.state).unwrap();
    assert_eq!(all.len(), 151);
    assert!(all.is_sorted_by(|one, next| one.since_epoch < next.since_epoch));

    let rows = Loading { all: &world.state, loaded: RefCell::default(), reads: Cell::default() };
    let (mut found, mut before) = rows.until(|view| tenures_until(&view, None));
    while let Some(last) = before {
        let (mut earlier, next) = rows.until(|view| tenures_until(&view, Some(last)));
        assert!(earlier.len() <= 64);
        earlier.append(&mut found);
        (found, before) = (earlier, next);
    }
    assert_eq!(found, all);
    // At once it would be half the square of their number.
    assert!(rows.reads.get() < 7_000, "{}", rows.reads.get());
}

#[test]
fn who_votes_until_the_border_is_among_the_nodes_until_then() {
    let mut world = world(6, 0, 0);
    for name in ["v1", "v2", "v3"] {
        world.check(&format!(
            r#"{name} | set-addresses | {{"addresses": {{"consensus": "{name}.example:1", "api": null}}}} | ok"#
        ));
    }
    let addresses = |world: &World<Network>| {
        let mut found: Vec<(String, String)> = Vec::new();
        for (of, address) in nodes(&world.state).unwrap() {
            let names = ["v1 vote", "v2 vote", "v3 vote", "later", "latest"];
            let name = names.into_iter().find(|name| signing_key(name).public() == of).unwrap();
            found.push((name.to_owned(), address.to_string()));
        }
        found.sort_unstable();
        found
    };
    let at = |names: &[(&str, &str)]| {
        let node = |(name, of): &(&str, &str)| ((*name).to_owned(), format!("{of}.example:1"));
        names.iter().map(node).collect::<Vec<_>>()
    };
    let all = [("v1 vote", "v1"), ("v2 vote", "v2"), ("v3 vote", "v3")];
    assert_eq!(addresses(&world), at(&all));

    // One leaves, one is expelled, one becomes a member and has another key at once: all three vote on.
    world.check("v1-root | leave | {} | ok");
    exclude(&mut world, "expel", "v2", &["v3", "v4", "v5", "v6"]);
    assert_eq!(addresses(&world), at(&all));
    world.end_epoch();
    assert_eq!(addresses(&world), at(&all[2..]));

    name_admission(&mut world, "v7", Role::Validator);
    world.check(r#"v4 | propose | {"change": $admit-v7} | ok a"#);
    decide(&mut world, "a", &["v3", "v4", "v5"]);
    enter(&mut world, "v7");
    world.end_epoch();
    world.check(r#"v4 | propose | {"change": {"change-role": {"org": "$v3", "role": "member"}}} | ok r"#);
    decide(&mut world, "r", &["v4", "v5", "v6", "v7"]);
    name_proof(&mut world, "v3", Purpose::Vote, 0, "later");
    world.check(r#"v3-root | rotate-key | {"org": "$v3", "rotation": 0, "key": {"vote": $proof-later}} | ok"#);
    assert_eq!(addresses(&world), at(&[("later", "v3"), ("v3 vote", "v3")]));
    world.end_epoch();
    assert_eq!(addresses(&world), at(&[("later", "v3")]));
}
