//! Every reject, in order of precedence.

use super::{
    WEEK, act, approve, cancel, finish, hash_of, id, name_proof, name_start, name_witness, policy, public, recover,
    registration, set, suspend, world,
};
use crate::{
    identity::{Guardian, Identities, IdentityKind, KeyRole, RecoveryStep},
    tests::fixture::org,
};
use epione_kernel::testing::World;
use epione_types::{Hash, IdentityId, OrgId, Signature};
use serde_json::{Value, json};

/// Registrations that are wrong in different ways.
fn wrong_registrations(world: &mut World<Identities>) {
    let sign = KeyRole::Sign;
    let person = |keys: &[(&str, KeyRole)]| registration("v1", IdentityKind::Person, keys, None);
    let mut weak = person(&[("new 1", sign)]);
    weak["keys"][0]["proof"] = serde_json::to_value(Signature::Ed25519 { key: [0; 32], bytes: [0; 64] }).unwrap();
    set(world, "weak", &weak);
    set(world, "twice", &person(&[("new 1", sign), ("new 1", KeyRole::Recover)]));
    set(world, "silent", &person(&[("new 1", KeyRole::Recover)]));
    let mut unsigned = person(&[("new 1", sign), ("new 2", sign)]);
    unsigned["kind"] = "device".into();
    set(world, "unsigned", &unsigned);
    let all = policy(1, vec![super::org_guardian("v1")], WEEK);
    set(world, "all-needed", &registration("v1", IdentityKind::Person, &[("new 1", sign)], Some(&all)));
    set(world, "of-m1", &registration("m1", IdentityKind::Person, &[("new 1", sign)], None));
    set(world, "of-o1", &registration("o1", IdentityKind::Person, &[("new 1", sign)], None));
    set(world, "colleague", &registration("v1", IdentityKind::Practitioner, &[("new 1", sign)], None));
    let stranger = policy(1, vec![super::org_guardian("v1"), super::org_guardian("nobody")], WEEK);
    set(world, "stranger", &stranger);
    let hasty = policy(1, vec![super::org_guardian("v1"), super::org_guardian("v2")], 3_600_000);
    set(world, "hasty", &hasty);
    set(world, "taken", &registration("v1", IdentityKind::Person, &[("bob 1", sign)], None));
}

#[test]
fn every_reject_in_order_of_precedence() {
    let mut world = world();
    wrong_registrations(&mut world);
    world.names.insert("unknown".to_owned(), IdentityId([9; 16]).to_string());
    world.names.insert("nobody".to_owned(), OrgId([9; 16]).to_string());
    for name in ["alice 1", "paper", "new 1", "bob 1"] {
        world.names.insert(name.to_owned(), public(name).to_string());
    }
    world.check(
        r#"
        by      | call            | fields                                                                   | result
        o1      | register        | $weak                                                                    | key-invalid
        o1      | register        | $twice                                                                   | keys-not-distinct
        o1      | register        | $silent                                                                  | no-signing-key
        o1      | register        | $unsigned                                                                | signature-invalid
        o1      | register        | $all-needed                                                              | policy-invalid
        alice   | register        | $of-m1                                                                   | not-organization
        v1      | register        | $of-m1                                                                   | not-organization
        o1      | register        | $of-o1                                                                   | not-member
        alice   | enroll          | $colleague                                                               | kind-not-enrolled
        alice   | enroll          | $of-m1                                                                   | not-service
        bob     | deactivate      | {"identity": "$unknown"}                                                 | unknown-identity
        bob     | deactivate      | {"identity": "$alice"}                                                   | not-identity
        v1      | remove-key      | {"key": "$alice 1"}                                                      | not-identity
        "#,
    );
    suspend(&mut world, "m1");
    world.check(
        r#"
        m1      | deactivate      | {"identity": "$mallory"}                                                 | organization-suspended
        v2      | deactivate      | {"identity": "$carol"}                                                   | ok
        v2      | deactivate      | {"identity": "$carol"}                                                   | identity-closed
        "#,
    );
    keys_and_homes(&mut world);
    recoveries(&mut world);
    world.all_rejects_seen();
}

/// Rejects of calls about keys, policy and organization.
fn keys_and_homes(world: &mut World<Identities>) {
    name_proof(world, "bob", KeyRole::Sign, "bob 2");
    world.check(
        r#"
        bob     | add-key         | {"identity": "$bob", "changes": 0, "key": {"role": "sign", "proof": $proof-bob 2}}  | ok
        bob     | add-key         | {"identity": "$bob", "changes": 0, "key": {"role": "sign", "proof": $proof-bob 2}}  | stale
        bob     | remove-key      | {"key": "$new 1"}                                                        | unknown-key
        alice   | remove-key      | {"key": "$paper"}                                                        | key-in-policy
        mallory | remove-key      | {"key": "$mallory-key"}                                                  | last-key
        "#
        .replace("$mallory-key", &public("mallory 1").to_string())
        .as_str(),
    );
    for (changes, number) in (1..).zip(3..10) {
        name_proof(world, "bob", KeyRole::Sign, &format!("bob {number}"));
        let result = if number == 9 { "too-many-keys" } else { "ok" };
        world.check(&format!(
            r#"bob | add-key | {{"identity": "$bob", "changes": {changes}, "key": {{"role": "sign", "proof": $proof-bob {number}}}}} | {result}"#
        ));
    }
    world.check(
        r#"
        by      | call            | fields                                                                   | result
        bob     | transfer        | {"to": "$nobody"}                                                        | unknown-organization
        bob     | transfer        | {"to": "$o1"}                                                            | unknown-organization
        bob     | transfer        | {"to": "$m1"}                                                            | unknown-organization
        bob     | transfer        | {"to": "$v1"}                                                            | same-organization
        v2      | accept-transfer | {"identity": "$bob"}                                                     | not-offered
        bob     | set-recovery    | {"policy": $stranger}                                                    | unknown-guardian
        bob     | set-recovery    | {"policy": $hasty}                                                       | delay-out-of-range
        "#,
    );
}

/// Rejects of calls about recoveries of Alice. Carol, one of her guardians, is closed.
fn recoveries(world: &mut World<Identities>) {
    name_start(world, 0, &["alice a"]);
    let start =
        |identity: &str| format!(r#"{{"identity": "${identity}", "number": 0, "keys": $start-0, "witness": null}}"#);
    // The new key signed for Alice: for another identity the call is wrong before anything else.
    world.check(&format!("v1 | start-recovery | {} | signature-invalid", start("dave")));
    let message = crate::identity::recovery_message(RecoveryStep::Hold, &id(world, "dave"), 0, &hash_of(&["d"]));
    let keys: Value = json!([epione_kernel::testing::signing_key("d").sign(&message)]);
    world.check(&format!(
        r#"v1 | start-recovery | {{"identity": "$dave", "number": 0, "keys": {keys}, "witness": null}} | no-policy"#
    ));
    world.check(&format!("dave | start-recovery | {} | not-guardian", start("alice")));
    approve(world, 0, "v1", "unknown-recovery");
    recover(world, 0, "alice a", &["v1"]);
    finish(world, 0, "not-approved");
    cancel(world, 0, "alice", "not-approved");
    set(world, "keys-other", &Hash([1; 32]));
    world.check(
        r#"bob | approve-recovery | {"identity": "$alice", "number": 0, "keys": $keys-other, "witness": null} | keys-differ"#,
    );
    approve(world, 0, "v1", "already-approved");
    approve(world, 0, "bob", "ok");
    finish(world, 0, "too-early");
    cancel(world, 0, "alice", "ok");
    cancel(world, 0, "alice", "recovery-cancelled");
    finish(world, 0, "recovery-cancelled");
    name_witness(world, RecoveryStep::Approve, 0, &["alice a"], "paper");
    world.check(
        r#"dave | approve-recovery | {"identity": "$alice", "number": 0, "keys": $keys-0, "witness": $witness} | ok"#,
    );
    cancel(world, 0, "alice-2", "recovery-secured");
    world.check(r#"alice | set-recovery | {"policy": null} | recovery-secured"#);
    world.pass(epione_types::DurationMs(WEEK));
    finish(world, 0, "ok");
    finish(world, 0, "recovery-over");
    name_start(world, 1, &["bob 1"]);
    world.check(
        r#"v1 | start-recovery | {"identity": "$alice", "number": 1, "keys": $start-1, "witness": null} | key-taken"#,
    );
    world.check("v1 | register | $taken | key-taken");
    act(world, "alice", "alice", "alice a");
    spend_cancellations(world);
    assert_eq!(super::found(world, "alice").org, org("v1"));
}

/// Eight keys cancel once each; a ninth has nothing left.
fn spend_cancellations(world: &mut World<Identities>) {
    let add = |world: &mut World<Identities>, key: &str| {
        name_proof(world, "alice", KeyRole::Sign, key);
        let changes = super::found(world, "alice").changes;
        world.check(&format!(
            r#"alice | add-key | {{"identity": "$alice", "changes": {changes}, "key": {{"role": "sign", "proof": $proof-{key}}}}} | ok"#
        ));
        act(world, key, "alice", key);
    };
    for number in 1..=9_u32 {
        recover(world, number, &format!("recovered {number}"), &["v1", "bob"]);
        if number == 2 {
            cancel(world, number, "alice", "key-spent");
        }
        let result = if number == 9 { "cancellations-spent" } else { "ok" };
        if number == 1 {
            cancel(world, number, "alice", result);
        } else {
            let key = format!("k{number}");
            add(world, &key);
            cancel(world, number, &key, result);
            if number < 9 {
                let key = public(&key);
                world.check(&format!(r#"alice | remove-key | {{"key": "{key}"}} | ok"#));
            }
        }
        world.check("- | +1 d | |");
    }
}

/// Also the guardians of a registration are known, and the key of a guardian is among those registered.
#[test]
fn guardians_of_a_registration() {
    let mut world = world();
    let sign = ("new 1", KeyRole::Sign);
    let with = |guardians, keys: &[(&str, KeyRole)]| {
        registration("v1", IdentityKind::Person, keys, Some(&policy(1, guardians, WEEK)))
    };
    let (v1, paper) = (super::org_guardian("v1"), Guardian::Key(public("new 2")));
    for (fields, result) in [
        (with(vec![v1, paper], &[sign]), "unknown-guardian"),
        (with(vec![v1, paper], &[sign, ("new 2", KeyRole::Sign)]), "unknown-guardian"),
        (with(vec![v1, v1], &[sign]), "policy-invalid"),
        (with(vec![v1], &[sign]), "policy-invalid"),
        (with(vec![v1, paper], &[sign, ("new 2", KeyRole::Recover)]), "ok"),
    ] {
        world.check(&format!("v1 | register | {fields} | {result}"));
    }
}
