//! Tables per call, and the laws under random calls.

mod course;
mod rejects;
mod rows;
mod votes;

use crate::{
    ALL,
    challenge::{Challenge, Challenges, Due, challenge},
    identity::IdentityKind,
    network::OrganizationKind,
    records::{Erasure, Holder, Records, Unit},
    subjects::{Representative, RepresentativeRole, Scope},
    tests::fixture::{founders, genesis, org, register, signer},
};
use epione_kernel::{Domain as _, DueItem, Module, Overlay, RawCtx, RowKey, Source, View, testing::World};
use epione_types::{CallId, Hash, List, Quarter, RequestId, Tag, UnitId, UnixMs, encode};
use proptest::prelude::*;
use serde_json::{Value, json};

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

fn module(name: &str) -> &'static dyn Module {
    *ALL.iter().find(|module| module.name() == name).unwrap()
}

/// The custodian v1, at which Alice holds `$chart`, `$infant` has the guardians Bob, who sees everything but the label 2, and
/// Carol, and `$second` has nobody; a keeper is a program there. Dana treats and a robot works at m3; v2 to v5, the plan m1
/// and the regulator m2 are no parties. Of `$chart` there is `$u1`, of `$infant` `$i1` and `$i2` with the labels 1 and 2, of
/// `$second` `$s1`.
fn world() -> World<Challenges> {
    let mut members = founders(5, 3, 0);
    for member in &mut members {
        member.kind = match member.name.as_str() {
            "m1" => OrganizationKind::Payer,
            "m2" => OrganizationKind::Regulator,
            "m3" => OrganizationKind::Clinic,
            _ => OrganizationKind::Hospital,
        };
    }
    let mut world = World::default();
    world.require(ALL[0], &encode(&genesis(members.clone())));
    for name in ["identity", "subjects", "consent", "emergency", "access"] {
        world.require(module(name), &[]);
    }
    for member in &members {
        let by = signer(member.name.as_str(), "operations");
        world.actor_with_key(member.name.as_str(), by.id, by.rights, by.key);
    }
    register(&mut world, "m3", "dana", IdentityKind::Practitioner);
    register(&mut world, "m3", "robot", IdentityKind::Service);
    register(&mut world, "v1", "keeper", IdentityKind::Service);
    for name in ["alice", "bob", "carol"] {
        register(&mut world, "v1", name, IdentityKind::Person);
    }
    world.names.insert("c".to_owned(), Hash([0xab; 32]).to_string());
    world.names.insert("false".to_owned(), Hash([0xcd; 32]).to_string());
    world.names.insert("none".to_owned(), RequestId([9; 16]).to_string());
    world.names.insert("unknown".to_owned(), epione_types::ChallengeId([9; 16]).to_string());
    world.check(
        r#"
        by | call              | fields                                 | result
        v1 | subjects.register | {"holder": "$alice", "evidence": "$c"} | ok chart
        v1 | subjects.register | {"holder": null, "evidence": "$c"}     | ok infant
        v1 | subjects.register | {"holder": null, "evidence": "$c"}     | ok second
        "#,
    );
    let seen = [("bob", Scope::AllBut(List::new(vec![Tag([2; 16])]).unwrap())), ("carol", Scope::All)];
    for (name, scope) in seen {
        let representative = Representative {
            identity: world.names[name].parse().unwrap(),
            role: RepresentativeRole::Guardian,
            scope,
            until: None,
            evidence: Hash([2; 32]),
        };
        let fields = json!({ "subject": "$infant", "representative": representative });
        world.check(&format!("v1 | subjects.appoint | {fields} | ok"));
    }
    for (name, subject, label) in [("u1", "chart", 1), ("i1", "infant", 1), ("i2", "infant", 2), ("s1", "second", 1)] {
        put_unit(&mut world, name, subject, Tag([label; 16]));
    }
    world.check("- | +1 d | |");
    world
}

/// Lets `$name` stand for a unit of v1, whose row becomes what `records` would write after its own rules.
fn put_unit(world: &mut World<Challenges>, name: &str, subject: &str, label: Tag) {
    let holders = ["v1", "v2", "v3", "v4"].map(|name| Holder { org: org(name), period: 0 });
    let unit = Unit {
        custodian: org("v1"),
        subject: world.names[subject].parse().unwrap(),
        manifest: Hash([7; 32]),
        edition: 1,
        holders: List::new(holders.to_vec()).unwrap(),
        threshold: 3,
        label,
        restricted: false,
        locked: false,
        care: Quarter::of(world.now),
        bucket: 6,
        before: None,
        after: None,
        entered_in_error: false,
        retain_until: Quarter::MAX,
        hold: false,
        erasure: Erasure::None,
        registered_at: world.now,
        vaults: List::new(vec![org("v1"), org("v2")]).unwrap(),
        former: List::default(),
        acknowledged: List::default(),
        unaccounted: 0,
    };
    let id = UnitId(Hash::sha256(&[name.as_bytes()]).0);
    let mut writes = Overlay::default();
    writes.set(RowKey { module: Records::ID, table: 1, key: encode(&id) }, Some(encode(&unit)));
    world.state.apply(&writes);
    world.names.insert(name.to_owned(), id.to_string());
}

/// Requests units for treatment, with `changes` laid over the fields.
fn ask(world: &mut World<Challenges>, by: &str, units: &[&str], changes: &Value, name: &str) {
    let units: Vec<String> = units.iter().map(|unit| world.names[*unit].clone()).collect();
    let mut fields = json!({
        "units": units, "purpose": "TREAT", "role": "physician", "reader": "$c", "evidence": "$c", "law": null,
        "emergency": null, "locate": null, "consents": [], "expires_at": world.now.0 + HOUR,
    });
    for (field, value) in changes.as_object().into_iter().flatten() {
        fields[field] = value.clone();
    }
    world.check(&format!("{by} | access.request | {fields} | ok {name}"));
}

/// Challenges a request.
fn doubt(world: &mut World<Challenges>, by: &str, request: &str, name: &str) {
    world.check(&format!(r#"{by} | challenge | {{"request": "${request}"}} | ok {name}"#));
}

/// Challenges the request `$r` of Dana for `$u1` as Alice, who rejects the evidence; the members vote on `$k`.
fn dispute(world: &mut World<Challenges>) {
    ask(world, "dana", &["u1"], &Value::Null, "r");
    doubt(world, "alice", "r", "k");
    world.check(
        r#"
        m3    | answer | {"challenge": "$k", "evidence": "$c"} | ok
        alice | reject | {"challenge": "$k"}                   | ok
        "#,
    );
}

fn found(world: &World<Challenges>, name: &str) -> Challenge {
    challenge(&world.state, &world.names[name].parse().unwrap()).unwrap().unwrap()
}

/// Has the network decide.
fn decide(world: &mut World<Challenges>, change: &Value) {
    world.check(&format!(r#"v2 | network.propose | {{"change": {change}}} | ok decision"#));
    for voter in ["v2", "v3", "v4", "v5", "m1", "m2"] {
        world.check(&format!(r#"{voter} | network.vote | {{"proposal": "$decision", "approve": true}} | ok"#));
    }
}

/// Has parameters changed, and waits for the height of that.
fn set_parameters(world: &mut World<Challenges>, values: &[(&str, u64)]) {
    let height = world.height + 10;
    for (parameter, value) in values {
        decide(world, &json!({ "set-parameter": { "parameter": parameter, "value": value, "height": height } }));
    }
    world.height = height;
}

/// The events of a piece of scheduled work, each as its number.
fn due(world: &World<Challenges>, item: Due) -> Vec<u16> {
    let none = Overlay::default();
    let (now, height) = (world.now, world.height);
    let source = Source { call: CallId([1; 32]), salt: [1; 16], now, height, demo: false, state_format: 1 };
    let mut ctx = RawCtx::new(View::over(&world.state, &none, &none), source);
    let item = DueItem { at: UnixMs(0), seq: 0, module: Challenges::ID, salt: [1; 16], body: encode(&item) };
    module("challenge").due(&mut ctx, &item).unwrap();
    ctx.finish().1.iter().map(|event| event.number).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    /// With deadlines of minutes, so that they pass within the walk.
    #[test]
    fn laws_hold_under_random_calls(seed in any::<u64>()) {
        let mut world = world();
        world.demo = true;
        let minute = HOUR / 60;
        set_parameters(&mut world, &[
            ("challenge-answer-ms", 5 * minute),
            ("challenge-vote-ms", 20 * minute),
            ("challenges-per-subject-day", 100),
        ]);
        for (number, by) in (0..6).zip(["dana", "robot"].into_iter().cycle()) {
            for unit in ["u1", "i1", "i2", "s1"] {
                ask(&mut world, by, &[unit], &Value::Null, &format!("r{number}-{unit}"));
            }
        }
        // The others have nothing to say, or seldom.
        world.actors.retain(|name, _| !["dana", "robot", "keeper", "m2"].contains(&name.as_str()));
        let accepted = world.random_walk(seed, 200);
        prop_assert!(accepted > 40, "only {accepted} calls were accepted: the generator is not plausible");
    }
}
