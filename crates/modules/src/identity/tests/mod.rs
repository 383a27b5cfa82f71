//! Tables per call, and the laws under random calls.

mod enroll;
mod keys;
mod passkeys;
mod recovery;
mod rejects;
mod residence;
mod thefts;

use crate::{
    ALL,
    identity::{
        Guardian, Identities, Identity, IdentityKey, IdentityKind, KeyRole, Policy, ProvenKey, RecoveryStep, identity,
        key_message, keys_hash, recovery_message, registration_message,
    },
    network,
    tests::fixture::{founders, genesis, org, signer},
};
use epione_kernel::{
    Rights,
    testing::{World, signing_key},
};
use epione_types::{DurationMs, Hash, IdentityId, List, PublicKey, Signature, SignerId, encode};
use proptest::prelude::*;
use serde_json::{Value, json};

const DAY: u64 = 86_400_000;
const WEEK: u64 = 7 * DAY;

/// The public key of whoever is called `name`.
fn public(name: &str) -> PublicKey {
    signing_key(name).public()
}

/// Five validators, two members, an observer.
fn world_of(genesis: &network::Genesis, demo: bool) -> World<Identities> {
    let mut world = World::default();
    world.demo = demo;
    world.require(ALL[0], &encode(genesis));
    for member in genesis.members.iter() {
        let name = member.name.as_str();
        let by = signer(name, "operations");
        world.actor_with_key(name, by.id, by.rights, by.key);
    }
    world
}

fn empty() -> World<Identities> {
    world_of(&genesis(founders(5, 2, 1)), false)
}

fn set(world: &mut World<Identities>, name: &str, value: &impl serde::Serialize) {
    world.names.insert(name.to_owned(), serde_json::to_string(value).unwrap());
}

/// The fields of `register` for keys with these names and roles, signed by each of them.
fn registration(home: &str, kind: IdentityKind, keys: &[(&str, KeyRole)], policy: Option<&Policy>) -> Value {
    let plain: Vec<IdentityKey> =
        keys.iter().map(|(name, role)| IdentityKey { key: public(name), role: *role }).collect();
    let message = registration_message(&org(home), kind, &plain, policy);
    let proven: Vec<ProvenKey> =
        keys.iter().map(|(name, role)| ProvenKey { role: *role, proof: signing_key(name).sign(&message) }).collect();
    json!({ "org": org(home), "kind": kind, "keys": proven, "policy": policy })
}

/// Registers an identity at `home`, who acts under `name` by the first of its keys.
fn register(
    world: &mut World<Identities>,
    home: &str,
    name: &str,
    keys: &[(&str, KeyRole)],
    policy: Option<&Policy>,
) -> IdentityId {
    let fields = registration(home, IdentityKind::Person, keys, policy);
    world.check(&format!("{home} | register | {fields} | ok {name}"));
    act(world, name, name, keys[0].0);
    id(world, name)
}

/// Lets the identity called `name` act as `actor` by the key called `key`.
fn act(world: &mut World<Identities>, actor: &str, name: &str, key: &str) {
    let id = SignerId::Identity(id(world, name));
    world.actor_with_key(actor, id, Rights { org: org("v1"), root: false, suspended: false }, public(key));
}

fn id(world: &World<Identities>, name: &str) -> IdentityId {
    world.names[name].parse().unwrap()
}

fn found(world: &World<Identities>, name: &str) -> Identity {
    identity(&world.state, &id(world, name), world.now).unwrap().unwrap()
}

fn org_guardian(name: &str) -> Guardian {
    Guardian::Signer(SignerId::Organization(org(name)))
}

fn policy(threshold: u8, guardians: Vec<Guardian>, delay_ms: u64) -> Policy {
    Policy { threshold, guardians: List::new(guardians).unwrap(), delay_ms }
}

/// Alice, whose guardians are the organization v1, Bob, Carol and a key on paper: two of these four, after a week.
/// Dave has no guardians, and Mallory belongs to m1.
fn world() -> World<Identities> {
    let mut world = empty();
    for (home, name) in [("v1", "bob"), ("v2", "carol"), ("v1", "dave"), ("m1", "mallory")] {
        register(&mut world, home, name, &[(&format!("{name} 1"), KeyRole::Sign)], None);
    }
    let guardians = vec![
        org_guardian("v1"),
        Guardian::Signer(SignerId::Identity(id(&world, "bob"))),
        Guardian::Signer(SignerId::Identity(id(&world, "carol"))),
        Guardian::Key(public("paper")),
    ];
    let policy = policy(2, guardians, WEEK);
    let keys = [("alice 1", KeyRole::Sign), ("alice 2", KeyRole::Sign), ("paper", KeyRole::Recover)];
    register(&mut world, "v1", "alice", &keys, Some(&policy));
    act(&mut world, "alice-2", "alice", "alice 2");
    set(&mut world, "policy", &policy);
    world
}

/// Lets `$proof-KEY` stand for the signature by which a key enters as the next change of an identity.
fn name_proof(world: &mut World<Identities>, name: &str, role: KeyRole, key: &str) {
    let changes = found(world, name).changes;
    let proof = signing_key(key).sign(&key_message(&id(world, name), role, changes));
    set(world, &format!("proof-{key}"), &proof);
}

/// Lets `$start-NUMBER` stand for the new keys of the recovery of Alice with this number, each proven, and `$keys-NUMBER`
/// for their hash.
fn name_start(world: &mut World<Identities>, number: u32, keys: &[&str]) {
    let hash = hash_of(keys);
    let message = recovery_message(RecoveryStep::Hold, &id(world, "alice"), number, &hash);
    let proofs: Vec<Signature> = keys.iter().map(|key| signing_key(key).sign(&message)).collect();
    set(world, &format!("start-{number}"), &proofs);
    set(world, &format!("keys-{number}"), &hash);
}

fn hash_of(keys: &[&str]) -> Hash {
    keys_hash(&keys.iter().map(|key| public(key)).collect::<Vec<_>>())
}

/// Lets `$witness` stand for the word of `key` in a step of the recovery of Alice with this number.
fn name_witness(world: &mut World<Identities>, step: RecoveryStep, number: u32, keys: &[&str], key: &str) {
    let hash = if step == RecoveryStep::Cancel { Hash::default() } else { hash_of(keys) };
    let witness = signing_key(key).sign(&recovery_message(step, &id(world, "alice"), number, &hash));
    set(world, "witness", &witness);
}

/// Starts the recovery of Alice with this number and key as one guardian, and approves it as others.
fn recover(world: &mut World<Identities>, number: u32, key: &str, guardians: &[&str]) {
    name_start(world, number, &[key]);
    let (first, others) = guardians.split_first().unwrap();
    world.check(&format!(
        r#"{first} | start-recovery | {{"identity": "$alice", "number": {number}, "keys": $start-{number}, "witness": null}} | ok"#
    ));
    for other in others {
        approve(world, number, other, "ok");
    }
}

fn approve(world: &mut World<Identities>, number: u32, guardian: &str, result: &str) {
    world.check(&format!(
        r#"{guardian} | approve-recovery | {{"identity": "$alice", "number": {number}, "keys": $keys-{number}, "witness": null}} | {result}"#
    ));
}

fn cancel(world: &mut World<Identities>, number: u32, by: &str, result: &str) {
    world.check(&format!(
        r#"{by} | cancel-recovery | {{"identity": "$alice", "number": {number}, "witness": null}} | {result}"#
    ));
}

fn finish(world: &mut World<Identities>, number: u32, result: &str) {
    world.check(&format!(r#"dave | finish-recovery | {{"identity": "$alice", "number": {number}}} | {result}"#));
}

/// Has the network suspend, reinstate or exclude an organization.
fn decide(world: &mut World<Identities>, change: &Value) {
    world.check(&format!(r#"v2 | network.propose | {{"change": {change}}} | ok decision"#));
    for voter in ["v2", "v3", "v4", "v5", "m2"] {
        world.check(&format!(r#"{voter} | network.vote | {{"proposal": "$decision", "approve": true}} | ok"#));
    }
}

fn suspend(world: &mut World<Identities>, name: &str) {
    decide(world, &json!({ "suspend": { "org": org(name), "reason": "misuse" } }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// With delays of minutes, so that recoveries mature within the walk.
    #[test]
    fn laws_hold_under_random_calls(seed in any::<u64>()) {
        let mut genesis = genesis(founders(4, 1, 0));
        genesis.parameters.recovery_delay_ms = 60_000;
        let mut world = world_of(&genesis, true);
        for name in ["alice", "bob", "carol", "dave", "erin", "frank"] {
            let guardians = vec![org_guardian("v1"), org_guardian("v2"), org_guardian("m1"), Guardian::Key(public(&format!("{name} 3")))];
            let policy = policy(2, guardians, 300_000);
            let keys = [format!("{name} 1"), format!("{name} 2"), format!("{name} 3")];
            let roles = [KeyRole::Sign, KeyRole::Sign, KeyRole::Recover];
            let keys: Vec<(&str, KeyRole)> = keys.iter().map(String::as_str).zip(roles).collect();
            register(&mut world, "v1", name, &keys, Some(&policy));
        }
        let accepted = world.random_walk(seed, 200);
        prop_assert!(accepted > 60, "only {accepted} calls were accepted: the generator is not plausible");
        world.pass(DurationMs(1));
    }
}
