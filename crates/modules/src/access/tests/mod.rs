//! Tables per call, and the laws under random calls.

mod agreements;
mod disclosures;
mod emergencies;
mod largest;
mod locates;
mod model;
mod rejects;
mod releases;
mod requests;
mod rows;
mod suspended;

use crate::{
    ALL,
    access::{Access, Decided, NotReleasable, Ticket, decided, may_release},
    identity::{IdentityKey, IdentityKind, KeyRole, ProvenKey, registration_message},
    network::OrganizationKind,
    records::{Erasure, Holder, Records, Unit},
    tests::fixture::{founders, genesis, org, signer},
};
use epione_kernel::{
    Domain as _, Module, Overlay, Rights, RowKey,
    testing::{World, signing_key},
};
use epione_types::{Hash, List, Quarter, RequestId, SignerId, Tag, UnitId, UnixMs, encode};
use proptest::prelude::*;
use serde_json::{Value, json};

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

fn module(name: &str) -> &'static dyn Module {
    *ALL.iter().find(|module| module.name() == name).unwrap()
}

/// The custodian v1, at which Alice holds `$chart` and `$second` has no holder; the hospital v2, which keeps `$other`; the
/// holders v1 to v4; the plan m1, the regulator m2 and the clinic m3. Dana treats and a robot works at m3, Otto treats at v2,
/// Rita works at m2, Paul at m1, Kim and a keeper (a program) at v1; Gus is a person at v1.
///
/// Of `$chart` there are `$u1` and `$u2` with the labels `$a` and `$b`, `$u3`, which is restricted, and `$u4`, which is locked;
/// of `$second` `$s1`, of `$other` `$o1`.
fn world() -> World<Access> {
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
    for name in ["identity", "subjects", "consent", "emergency"] {
        world.require(module(name), &[]);
    }
    for member in &members {
        let by = signer(member.name.as_str(), "operations");
        world.actor_with_key(member.name.as_str(), by.id, by.rights, by.key);
    }
    let practitioner = IdentityKind::Practitioner;
    for (home, name, kind) in [
        ("m3", "dana", practitioner),
        ("m3", "robot", IdentityKind::Service),
        ("v2", "otto", practitioner),
        ("m2", "rita", practitioner),
        ("m1", "paul", practitioner),
        ("v1", "kim", practitioner),
        ("v1", "keeper", IdentityKind::Service),
        ("v1", "alice", IdentityKind::Person),
        ("v1", "gus", IdentityKind::Person),
    ] {
        register(&mut world, home, name, kind);
    }
    world.names.insert("c".to_owned(), Hash([0xab; 32]).to_string());
    for (name, tag) in [("a", 1), ("b", 2), ("r", 3)] {
        world.names.insert(name.to_owned(), Tag([tag; 16]).to_string());
    }
    world.check(
        r#"
        by | call              | fields                                 | result
        v1 | subjects.register | {"holder": "$alice", "evidence": "$c"} | ok chart
        v1 | subjects.register | {"holder": null, "evidence": "$c"}     | ok second
        v2 | subjects.register | {"holder": null, "evidence": "$c"}     | ok other
        -  | +1 d              |                                        |
        "#,
    );
    let plain = unit(&world, "v1", "chart");
    put_unit(&mut world, "u1", &plain);
    put_unit(&mut world, "u2", &Unit { label: Tag([2; 16]), ..plain.clone() });
    put_unit(&mut world, "u3", &Unit { label: Tag([3; 16]), restricted: true, ..plain.clone() });
    put_unit(&mut world, "u4", &Unit { locked: true, ..plain });
    let (second, other) = (unit(&world, "v1", "second"), unit(&world, "v2", "other"));
    put_unit(&mut world, "s1", &second);
    put_unit(&mut world, "o1", &other);
    world
}

/// Registers an identity at `home`, which acts under `name`.
fn register(world: &mut World<Access>, home: &str, name: &str, kind: IdentityKind) {
    let key = signing_key(name);
    let plain = [IdentityKey { key: key.public(), role: KeyRole::Sign }];
    let proof = key.sign(&registration_message(&org(home), kind, &plain, None));
    let keys = [ProvenKey { role: KeyRole::Sign, proof }];
    let fields = json!({ "org": org(home), "kind": kind, "keys": keys, "policy": null });
    world.check(&format!("{home} | identity.register | {fields} | ok {name}"));
    let id = SignerId::Identity(world.names[name].parse().unwrap());
    let rights = Rights { org: org(home), root: false, suspended: false };
    world.actor_with_key(name, id, rights, key.public());
}

/// A unit of a custodian, held by v1 to v4, with the label `$a`.
fn unit(world: &World<Access>, custodian: &str, subject: &str) -> Unit {
    let holders = ["v1", "v2", "v3", "v4"].map(|name| Holder { org: org(name), period: 0 });
    Unit {
        custodian: org(custodian),
        subject: id(world, subject),
        manifest: Hash([7; 32]),
        edition: 1,
        holders: List::new(holders.to_vec()).unwrap(),
        threshold: 3,
        label: Tag([1; 16]),
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
    }
}

/// Lets `$name` stand for a unit, whose row becomes this: what `records` would write after its own rules.
fn put_unit(world: &mut World<Access>, name: &str, unit: &Unit) {
    let id = UnitId(Hash::sha256(&[name.as_bytes()]).0);
    let mut writes = Overlay::default();
    writes.set(RowKey { module: Records::ID, table: 1, key: encode(&id) }, Some(encode(unit)));
    world.state.apply(&writes);
    world.names.insert(name.to_owned(), id.to_string());
}

fn id<T: std::str::FromStr>(world: &World<Access>, name: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    world.names[name].parse().unwrap()
}

/// The fields of a request for units with these names, with `changes` laid over them.
fn asking(world: &World<Access>, units: &[&str], purpose: &str, changes: &Value) -> Value {
    let units: Vec<String> = units.iter().map(|name| world.names[*name].clone()).collect();
    let mut fields = json!({
        "units": units, "purpose": purpose, "role": "physician", "reader": "$c", "evidence": "$c", "law": null,
        "emergency": null, "locate": null, "consents": [], "expires_at": world.now.0 + HOUR,
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        fields[name] = value.clone();
    }
    fields
}

/// Requests units; `result` as in tables.
#[track_caller]
fn ask(world: &mut World<Access>, by: &str, units: &[&str], purpose: &str, changes: &Value, result: &str) {
    let fields = asking(world, units, purpose, changes);
    world.check(&format!("{by} | request | {fields} | {result}"));
}

/// Discloses units as their custodian.
#[track_caller]
fn disclose(world: &mut World<Access>, by: &str, to: &str, units: &[&str], changes: &Value, result: &str) {
    let units: Vec<String> = units.iter().map(|name| world.names[*name].clone()).collect();
    let mut fields = json!({
        "units": units, "to": world.names[to], "purpose": "CLMATTCH", "reader": "$c", "claim": "$c", "law": null,
        "expires_at": world.now.0 + HOUR,
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        fields[name] = value.clone();
    }
    world.check(&format!("{by} | disclose | {fields} | {result}"));
}

/// Alice's provision that permits or denies the organization called `to` a purpose, on labels with these names.
fn provision(effect: &str, to: &str, purpose: &str, labels: &[&str]) -> Value {
    let labels: Vec<String> = labels.iter().map(|name| format!("${name}")).collect();
    json!({
        "parent": null, "effect": effect, "recipients": [{ "organization": format!("${to}") }], "purposes": [purpose],
        "labels": labels, "restricted": false, "care": null, "valid": null,
    })
}

/// Has Alice give a consent of one provision.
fn grant(world: &mut World<Access>, provision: &Value, name: &str) {
    let form = if provision["restricted"] == true { json!("part2") } else { Value::Null };
    let fields = json!({
        "subject": "$chart", "provisions": [provision], "form": form, "lifts": [], "evidence": "$c",
    });
    world.check(&format!("alice | consent.grant | {fields} | ok {name}"));
}

fn revoke(world: &mut World<Access>, name: &str) {
    world.check(&format!(r#"alice | consent.revoke | {{"consent": "${name}"}} | ok"#));
}

/// What was decided on a unit, in short: whether it was granted, and the name of the first rule as it stands in JSON.
#[track_caller]
fn decision(world: &World<Access>, request: &str, unit: &str) -> (bool, String) {
    let Decided { granted, rules, .. } =
        decided(&world.state, &id::<RequestId>(world, request), &id::<UnitId>(world, unit)).unwrap().unwrap();
    (granted, rule_name(&serde_json::to_value(rules).unwrap()[0]))
}

fn rule_name(rule: &Value) -> String {
    let name = rule.as_str().or_else(|| rule.as_object()?.keys().next().map(String::as_str));
    name.unwrap_or_default().to_owned()
}

fn granted(rule: &str) -> (bool, String) {
    (true, rule.to_owned())
}

fn denied(rule: &str) -> (bool, String) {
    (false, rule.to_owned())
}

/// What the holder called `holder` is told.
fn ticket(world: &World<Access>, request: &str, unit: &str, holder: &str) -> Result<Ticket, NotReleasable> {
    may_release(&world.state, &id(world, request), &id(world, unit), &org(holder), world.now).unwrap()
}

/// Why the holder v2 does not release, by the rule that denies if it is one.
#[track_caller]
fn refusal(world: &World<Access>, request: &str, unit: &str) -> String {
    match ticket(world, request, unit, "v2") {
        Ok(_) => "none".to_owned(),
        Err(NotReleasable::Denied(rules)) => rule_name(&serde_json::to_value(rules).unwrap()[0]),
        Err(other) => serde_json::to_value(other).unwrap().as_str().unwrap().to_owned(),
    }
}

/// Has the network decide.
fn decide(world: &mut World<Access>, change: &Value) {
    world.check(&format!(r#"v2 | network.propose | {{"change": {change}}} | ok decision"#));
    for voter in ["v2", "v3", "v4", "v5", "m1", "m2"] {
        world.check(&format!(r#"{voter} | network.vote | {{"proposal": "$decision", "approve": true}} | ok"#));
    }
}

/// Sets a parameter, and waits for the height of that.
fn set_parameter(world: &mut World<Access>, parameter: &str, value: u64) {
    let height = world.height + 10;
    decide(world, &json!({ "set-parameter": { "parameter": parameter, "value": value, "height": height } }));
    world.height = height;
}

/// Lets the default of the jurisdiction be opt-out for treatment, payment or operations.
fn opt_out(world: &mut World<Access>, of: &str) {
    decide(world, &json!({ "set-default": { "jurisdiction": "CH", "of": of, "rule": "opt-out" } }));
}

/// An agreement in force by which m3 may ask v1 for treatment.
fn agree(world: &mut World<Access>, name: &str) {
    let until = UnixMs(world.now.0 + 30 * DAY);
    let fields = json!({
        "from": "$v1", "to": "$m3", "purposes": ["TREAT"], "categories": ["medications"], "restricted": false,
        "notice": null, "until": until,
    });
    world.check(&format!("v1 | propose-agreement | {fields} | ok {name}"));
    world.check(&format!(r#"m3 | accept-agreement | {{"agreement": "${name}"}} | ok"#));
}

/// The custodian enters that m3 has to do with the patient called `subject`.
fn relate(world: &mut World<Access>, subject: &str, kind: &str) {
    let until = Quarter::of(world.now);
    world.check(&format!(
        r#"v1 | relate | {{"subject": "${subject}", "org": "$m3", "relationship": {{"kind": "{kind}", "evidence": "$c"}}, "until": "{until}", "locate": null}} | ok"#
    ));
}

/// Dana finds `$chart` for treatment; the custodian answers.
fn find(world: &mut World<Access>, name: &str) {
    world.check(&format!(
        r#"dana | locate | {{"custodian": "$v1", "purpose": "TREAT", "query": "$c", "relationship": {{"kind": "referral", "evidence": "$c"}}, "emergency": null}} | ok {name}"#
    ));
    world.check(&format!(r#"keeper | answer-locate | {{"locate": "${name}", "answer": "$c"}} | ok"#));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn laws_hold_under_random_calls(seed in any::<u64>()) {
        let mut world = world();
        opt_out(&mut world, "treatment");
        grant(&mut world, &provision("permit", "m3", "TREAT", &[]), "k");
        for name in ["v5", "m1", "m2", "alice", "gus", "paul"] {
            world.actors.remove(name);
        }
        let accepted = world.random_walk(seed, 200);
        prop_assert!(accepted > 60, "only {accepted} calls were accepted: the generator is not plausible");
    }
}
