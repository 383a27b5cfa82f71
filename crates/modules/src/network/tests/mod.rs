//! Tables per call, and the laws under random calls.

mod genesis;
mod keys;
mod proposals;
mod rejects;

use crate::network::{
    Addresses, Change, Genesis, Jurisdiction, Keys, Member, Network, OrganizationKind, Parameters, Purpose, Role,
    admission_message, rotation_message,
};
use epione_kernel::{
    Rights,
    testing::{World, signing_key},
};
use epione_types::{IdentityId, List, OrgId, PublicKey, SignerId, Text};
use proptest::prelude::*;

/// The key of `name` for `purpose`.
fn key(name: &str, purpose: &str) -> PublicKey {
    signing_key(&format!("{name} {purpose}")).public()
}

/// A member whose keys are derived from its name. Only validators have a vote key.
fn member(name: &str, role: Role) -> Member {
    Member {
        name: Text::new(name).unwrap(),
        kind: OrganizationKind::Hospital,
        jurisdiction: Jurisdiction::new("CH").unwrap(),
        role,
        keys: Keys {
            root: key(name, "root"),
            operations: key(name, "operations"),
            vote: (role == Role::Validator).then(|| key(name, "vote")),
            receipt: None,
            tls: None,
            kem: None,
        },
        addresses: Addresses::default(),
    }
}

fn org(name: &str) -> OrgId {
    OrgId::from_root(&key(name, "root"))
}

/// Validators `v1…`, members `m1…` and observers `o1…`.
fn founders(validators: usize, members: usize, observers: usize) -> Vec<Member> {
    let named = |prefix: &'static str, role: Role, count: usize| {
        (1..=count).map(move |number| member(&format!("{prefix}{number}"), role))
    };
    let validators = named("v", Role::Validator, validators);
    validators.chain(named("m", Role::Member, members)).chain(named("o", Role::Observer, observers)).collect()
}

fn genesis(members: Vec<Member>) -> Genesis {
    Genesis { parameters: Parameters::default(), members: List::new(members).unwrap() }
}

/// A world with founders, who act as `v1` by the operations key and as `v1-root` by the root key.
fn world(validators: usize, members: usize, observers: usize) -> World<Network> {
    let members = founders(validators, members, observers);
    let mut world = World::with_genesis(&genesis(members.clone()));
    for member in &members {
        enter(&mut world, member.name.as_str());
    }
    world.actor(
        "person",
        SignerId::Identity(IdentityId([5; 16])),
        Rights { org: org("v1"), root: false, suspended: false },
    );
    world
}

/// A world before its genesis.
fn unborn(demo: bool) -> World<Network> {
    let mut world = World::default();
    world.demo = demo;
    world
}

/// Lets the organization called `name` act.
fn enter(world: &mut World<Network>, name: &str) {
    let rights = Rights { org: org(name), root: false, suspended: false };
    let id = SignerId::Organization(org(name));
    world.actor_with_key(name, id, rights, key(name, "operations"));
    world.actor_with_key(&format!("{name}-root"), id, rights, key(name, "root"));
}

fn set(world: &mut World<Network>, name: &str, json: &impl serde::Serialize) {
    world.names.insert(name.to_owned(), serde_json::to_string(json).unwrap());
}

/// Lets `$admit-NAME` stand for the admission of a new member, signed by its keys.
fn name_admission(world: &mut World<Network>, name: &str, role: Role) {
    let member = member(name, role);
    let message = admission_message(&member);
    let signers = ["root", "operations"].into_iter().chain((role == Role::Validator).then_some("vote"));
    let consents = signers.map(|purpose| signing_key(&format!("{name} {purpose}")).sign(&message)).collect();
    let change = Change::Admit { member: Box::new(member), consents: List::new(consents).unwrap() };
    set(world, &format!("admit-{name}"), &change);
}

/// Lets `$proof-KEY` stand for the signature by which the key called `key` enters as one of `org`.
fn name_proof(world: &mut World<Network>, of: &str, purpose: Purpose, rotation: u32, key: &str) {
    let proof = signing_key(key).sign(&rotation_message(&org(of), purpose, rotation));
    set(world, &format!("proof-{key}"), &proof);
}

/// Has `voters` approve the proposal called `name`; the last vote decides.
fn decide(world: &mut World<Network>, name: &str, voters: &[&str]) {
    for voter in voters {
        world.check(&format!(r#"{voter} | vote | {{"proposal": "${name}", "approve": true}} | ok"#));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn laws_hold_under_random_calls(seed in any::<u64>()) {
        let mut world = world(6, 2, 1);
        world.actors.retain(|name, _| !name.ends_with("-root") && name != "person");
        let accepted = world.random_walk(seed, 200);
        prop_assert!(accepted > 60, "only {accepted} calls were accepted: the generator is not plausible");
    }
}
