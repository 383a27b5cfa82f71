//! Tables per call, and the laws under random calls.

mod authority;
mod charts;
mod holders;
mod rejects;
mod representatives;
mod rows;

use crate::{
    identity::IdentityKind,
    subjects::{Representative, RepresentativeRole, Scope, Subject, Subjects, Tags},
    tests::fixture::{consortium, founders, genesis, org, register},
};
use epione_kernel::testing::World;
use epione_types::{DurationMs, Hash, IdentityId, Quarter, SubjectId, Tag};
use proptest::prelude::*;
use serde_json::{Value, json};

const DAY: u64 = 86_400_000;

/// The quarter in which the worlds begin, and the one after: they begin on 15 January 2027.
fn quarter(number: u16) -> Quarter {
    Quarter::new(2027, number).unwrap()
}

/// Five validators, two members, an observer; persons, a practitioner and a service of the custodian v1, and a person of m1.
fn world() -> World<Subjects> {
    let mut world = consortium(&genesis(founders(5, 2, 1)), false);
    for name in ["alice", "bob", "carol", "dave", "erin"] {
        register(&mut world, "v1", name, IdentityKind::Person);
    }
    register(&mut world, "v1", "doctor", IdentityKind::Practitioner);
    register(&mut world, "v1", "program", IdentityKind::Service);
    register(&mut world, "m1", "mallory", IdentityKind::Person);
    register(&mut world, "m1", "spy", IdentityKind::Service);
    for (name, id) in [("unknown", SubjectId([9; 16]).to_string()), ("nobody", IdentityId([9; 16]).to_string())] {
        world.names.insert(name.to_owned(), id);
    }
    set(&mut world, "evidence", &Hash([0xab; 32]));
    world
}

fn set(world: &mut World<Subjects>, name: &str, value: &impl serde::Serialize) {
    let text = serde_json::to_string(value).unwrap();
    world.names.insert(name.to_owned(), text);
}

/// Enters a patient of v1 under `name`, held by the person called `holder`.
fn enter(world: &mut World<Subjects>, name: &str, holder: Option<&str>) {
    let holder = holder.map(|holder| id(world, holder));
    let fields = json!({ "holder": holder, "evidence": Hash([1; 32]) });
    world.check(&format!("v1 | register | {fields} | ok {name}"));
}

fn id(world: &World<Subjects>, name: &str) -> IdentityId {
    world.names[name].parse().unwrap()
}

fn subject_id(world: &World<Subjects>, name: &str) -> SubjectId {
    world.names[name].parse().unwrap()
}

/// The subject as it was written.
fn found(world: &World<Subjects>, name: &str) -> Subject {
    super::subject(&world.state, &subject_id(world, name)).unwrap().unwrap()
}

fn tag(byte: u8) -> Tag {
    Tag([byte; 16])
}

fn tags(bytes: &[u8]) -> Tags {
    Tags::new(bytes.iter().copied().map(tag).collect()).unwrap()
}

fn all_but(bytes: &[u8]) -> Scope {
    Scope::AllBut(tags(bytes))
}

fn only(bytes: &[u8]) -> Scope {
    Scope::Only(tags(bytes))
}

/// The fields of `appoint`, for a subject and the one who is to represent it.
fn appointment(
    world: &World<Subjects>,
    [subject, who]: [&str; 2],
    role: RepresentativeRole,
    scope: Scope,
    until: Option<Quarter>,
) -> Value {
    let (identity, evidence) = (id(world, who), Hash([2; 32]));
    let representative = Representative { identity, role, scope, until, evidence };
    json!({ "subject": subject_id(world, subject), "representative": representative })
}

/// Appoints a representative without an end: by whom, for which subject, and who it is.
fn appoint(world: &mut World<Subjects>, [by, subject, who]: [&str; 3], role: RepresentativeRole, scope: Scope) {
    let fields = appointment(world, [subject, who], role, scope, None);
    world.check(&format!("{by} | appoint | {fields} | ok"));
}

/// A minor without a wallet, whose parents Alice and Bob decide on everything but label 7, to which she consents alone.
fn family() -> World<Subjects> {
    let mut world = world();
    enter(&mut world, "minor", None);
    for parent in ["alice", "bob"] {
        appoint(&mut world, ["v1", "minor", parent], RepresentativeRole::Guardian, all_but(&[7]));
    }
    world
}

/// Has the network suspend or exclude an organization.
fn decide(world: &mut World<Subjects>, change: &Value) {
    world.check(&format!(r#"v2 | network.propose | {{"change": {change}}} | ok decision"#));
    for voter in ["v2", "v3", "v4", "v5", "m2"] {
        world.check(&format!(r#"{voter} | network.vote | {{"proposal": "$decision", "approve": true}} | ok"#));
    }
}

fn suspend(world: &mut World<Subjects>, name: &str) {
    decide(world, &json!({ "suspend": { "org": org(name), "reason": "misuse" } }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// With a notice of a minute, so that offers are taken up within the walk.
    #[test]
    fn laws_hold_under_random_calls(seed in any::<u64>()) {
        let mut genesis = genesis(founders(4, 1, 0));
        genesis.parameters.recovery_delay_ms = 60_000;
        let mut world: World<Subjects> = consortium(&genesis, true);
        for (number, home) in ["v1", "v1", "v1", "v1", "v1", "v2", "v2", "v2", "v2"].into_iter().enumerate() {
            register(&mut world, home, &format!("person {number}"), IdentityKind::Person);
        }
        let accepted = world.random_walk(seed, 200);
        prop_assert!(accepted > 10, "only {accepted} calls were accepted: the generator is not plausible");
        world.pass(DurationMs(100 * DAY));
        let accepted = world.random_walk(seed.wrapping_add(1), 150);
        prop_assert!(accepted > 0, "only {accepted} calls were accepted after a quarter");
    }
}
