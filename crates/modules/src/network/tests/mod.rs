//! Tables per call, and the laws under random calls.

mod committee;
mod genesis;
mod keys;
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod model;
mod proposals;
mod rejects;
mod settings;
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod votes;

use crate::{
    network::{Change, Network, Purpose, Role, admission_message, rotation_message},
    tests::fixture::{founders, genesis, key, member, org, signer},
};
use epione_kernel::{
    Rights,
    testing::{World, signing_key},
};
use epione_types::{IdentityId, List, SignerId};
use proptest::prelude::*;

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
    for (actor, purpose) in [(name.to_owned(), "operations"), (format!("{name}-root"), "root")] {
        let signer = signer(name, purpose);
        world.actor_with_key(&actor, signer.id, signer.rights, signer.key);
    }
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
