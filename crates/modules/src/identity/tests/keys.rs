//! Keys of an identity.

use super::{DAY, WEEK, act, found, id, name_proof, public, register, registration, set, world};
use crate::{
    identity::{IdentityKind, KeyRole, key_message},
    network::{ClaimedKey, key_use},
    tests::fixture::key,
};
use epione_kernel::testing::signing_key;
use epione_types::{DurationMs, SignerId};

#[test]
fn keys_come_and_go() {
    let mut world = world();
    name_proof(&mut world, "dave", KeyRole::Sign, "dave 2");
    world.names.insert("one".to_owned(), public("dave 1").to_string());
    world.names.insert("two".to_owned(), public("dave 2").to_string());
    world.check(
        r#"
        by     | call       | fields                                                                                | result
        dave   | remove-key | {"key": "$one"}                                                                       | last-key
        dave   | add-key    | {"identity": "$dave", "changes": 0, "key": {"role": "recover", "proof": $proof-dave 2}} | signature-invalid
        bob    | add-key    | {"identity": "$dave", "changes": 0, "key": {"role": "sign", "proof": $proof-dave 2}}  | not-identity
        v1     | add-key    | {"identity": "$dave", "changes": 0, "key": {"role": "sign", "proof": $proof-dave 2}}  | not-identity
        dave   | add-key    | {"identity": "$dave", "changes": 0, "key": {"role": "sign", "proof": $proof-dave 2}}  | ok
        "#,
    );
    act(&mut world, "dave-2", "dave", "dave 2");
    world.check(
        r#"
        dave-2 | remove-key | {"key": "$one"}                                                                       | ok
        dave   | remove-key | {"key": "$two"}                                                                       | wrong-key
        dave-2 | remove-key | {"key": "$two"}                                                                       | last-key
        "#,
    );
    // A removed key never comes back, for nobody.
    name_proof(&mut world, "dave", KeyRole::Sign, "dave 1");
    name_proof(&mut world, "bob", KeyRole::Sign, "dave 1");
    world.check(r#"bob | add-key | {"identity": "$bob", "changes": 0, "key": {"role": "sign", "proof": $proof-dave 1}} | key-taken"#);
}

#[test]
fn a_key_is_rotated_within_its_role() {
    let mut world = world();
    for (name, text) in [("one", "dave 1"), ("paper", "paper"), ("alice 2", "alice 2")] {
        world.names.insert(name.to_owned(), public(text).to_string());
    }
    name_proof(&mut world, "dave", KeyRole::Sign, "dave 2");
    world.check(
        r#"
        by     | call       | fields                                                                                | result
        dave   | rotate-key | {"identity": "$dave", "changes": 0, "old": "$paper", "role": "sign", "new": $proof-dave 2} | unknown-key
        dave   | rotate-key | {"identity": "$dave", "changes": 0, "old": "$one", "role": "recover", "new": $proof-dave 2} | signature-invalid
        dave   | rotate-key | {"identity": "$dave", "changes": 1, "old": "$one", "role": "sign", "new": $proof-dave 2} | signature-invalid
        dave   | rotate-key | {"identity": "$dave", "changes": 0, "old": "$one", "role": "sign", "new": $proof-dave 2} | ok
        dave   | rotate-key | {"identity": "$dave", "changes": 0, "old": "$one", "role": "sign", "new": $proof-dave 2} | wrong-key
        "#,
    );
    let two = signing_key("paper 2").sign(&key_message(&id(&world, "alice"), KeyRole::Recover, 0));
    set(&mut world, "paper-2", &two);
    let role = signing_key("sharp").sign(&key_message(&id(&world, "alice"), KeyRole::Recover, 0));
    set(&mut world, "sharp", &role);
    world.check(
        r#"
        alice  | rotate-key | {"identity": "$alice", "changes": 0, "old": "$paper", "role": "recover", "new": $paper-2}  | key-in-policy
        alice  | rotate-key | {"identity": "$alice", "changes": 0, "old": "$alice 2", "role": "recover", "new": $sharp} | unknown-key
        "#,
    );
    let claim = key_use(&world.state, &ClaimedKey::Signing(public("dave 2"))).unwrap().unwrap();
    assert_eq!(claim.owner, SignerId::Identity(id(&world, "dave")));
    assert_eq!(found(&world, "dave").changes, 1);
}

#[test]
fn a_recovery_key_signs_no_transaction() {
    let mut world = world();
    act(&mut world, "paper", "alice", "paper");
    world.check(r#"paper | deactivate | {"identity": "$alice"} | wrong-key"#);
}

/// One ledger, one use per key: neither organizations nor identities take a key of the other.
#[test]
fn keys_are_unique_across_modules() {
    let mut world = world();
    let name = "v2 operations";
    assert_eq!(public(name), key("v2", "operations"));
    let fields = registration("v1", IdentityKind::Person, &[(name, KeyRole::Sign)], None);
    world.check(&format!("v1 | register | {fields} | key-taken"));
    let message =
        crate::network::rotation_message(&crate::tests::fixture::org("m2"), crate::network::Purpose::Receipt, 0);
    set(&mut world, "stolen", &signing_key("bob 1").sign(&message));
    world.check(r#"m2 | network.rotate-key | {"org": "$m2", "rotation": 0, "key": {"receipt": $stolen}} | key-taken"#);
}

/// A registration is signed by each key for all of them, so no key is put beside others without its holder's consent.
#[test]
fn nobody_registers_the_key_of_another() {
    let mut world = world();
    let honest = registration("m2", IdentityKind::Person, &[("eve 1", KeyRole::Sign)], None);
    let proof = honest["keys"][0].clone();
    let mut with_own = registration("m2", IdentityKind::Person, &[("thief", KeyRole::Sign)], None);
    with_own["keys"].as_array_mut().unwrap().push(proof);
    world.check(&format!("m2 | register | {with_own} | signature-invalid"));
    let mut elsewhere = honest.clone();
    elsewhere["org"] = world.names["v1"].clone().into();
    world.check(&format!("v1 | register | {elsewhere} | signature-invalid"));
    let mut other_kind = honest.clone();
    other_kind["kind"] = "practitioner".into();
    world.check(&format!("m2 | register | {other_kind} | signature-invalid"));
    world.check(&format!("m2 | register | {honest} | ok eve"));
    world.check(&format!("m2 | register | {honest} | key-taken"));
}

#[test]
fn the_first_policy_holds_at_once_and_a_later_one_after_the_delay() {
    let mut world = world();
    world.check(
        r#"
        by    | call         | fields              | result
        dave  | set-recovery | {"policy": $policy} | unknown-guardian
        "#,
    );
    let guardians = vec![super::org_guardian("v1"), super::org_guardian("v2")];
    set(&mut world, "first", &super::policy(1, guardians.clone(), WEEK));
    set(&mut world, "second", &super::policy(1, guardians, 2 * WEEK));
    world.check(r#"dave | set-recovery | {"policy": $first} | ok"#);
    let delay = |world: &_| found(world, "dave").policy.map(|policy| policy.delay_ms);
    assert_eq!(delay(&world), Some(WEEK));
    world.check(r#"dave | set-recovery | {"policy": $second} | ok"#);
    world.pass(DurationMs(WEEK - 1));
    assert_eq!(delay(&world), Some(WEEK));
    // A planned policy is replaced by a later one, and time begins anew.
    world.check(r#"dave | set-recovery | {"policy": null} | ok"#);
    world.pass(DurationMs(WEEK - 1));
    assert_eq!(delay(&world), Some(WEEK));
    world.pass(DurationMs(1));
    assert_eq!(delay(&world), None);
    world.check(r#"dave | set-recovery | {"policy": $second} | ok"#);
    assert_eq!(delay(&world), Some(2 * WEEK));
    world.pass(DurationMs(DAY));
}

#[test]
fn a_new_identity_acts_at_once() {
    let mut world = world();
    register(&mut world, "m2", "frank", &[("frank 1", KeyRole::Sign), ("frank 2", KeyRole::Recover)], None);
    world.names.insert("two".to_owned(), public("frank 2").to_string());
    world.check(r#"frank | remove-key | {"key": "$two"} | ok"#);
    assert_eq!(found(&world, "frank").keys.len(), 1);
}

/// What the types permit fits into rows and events, so that no registration stops a node.
#[test]
fn the_largest_identity_fits_a_row() {
    let mut world = super::world_of(&crate::tests::fixture::genesis(crate::tests::fixture::founders(16, 0, 0)), false);
    let names: Vec<String> = (0..8).map(|number| format!("key {number}")).collect();
    let roles = |place: usize| if place < 4 { KeyRole::Sign } else { KeyRole::Recover };
    let keys: Vec<(&str, KeyRole)> =
        names.iter().enumerate().map(|(place, name)| (name.as_str(), roles(place))).collect();
    let orgs = (1..=12).map(|number| super::org_guardian(&format!("v{number}")));
    let papers = names.iter().skip(4).map(|name| crate::identity::Guardian::Key(public(name)));
    let policy = super::policy(15, orgs.chain(papers).collect(), WEEK);
    register(&mut world, "v1", "large", &keys, Some(&policy));
    set(&mut world, "policy", &policy);
    world.check(r#"large | set-recovery | {"policy": $policy} | ok"#);
    let too_many_keys =
        super::policy(1, names.iter().map(|name| crate::identity::Guardian::Key(public(name))).collect(), WEEK);
    set(&mut world, "policy", &too_many_keys);
    world.check(r#"large | set-recovery | {"policy": $policy} | policy-invalid"#);
    assert!(epione_types::encode(&found(&world, "large")).len() < epione_types::limits::ROW_BYTES_MAX / 2);
}
