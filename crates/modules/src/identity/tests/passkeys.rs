//! Passkeys as keys of identities.

use super::{WEEK, approve, finish, found, id, set, world};
use crate::{
    identity::{
        CANCELLATIONS_MAX, Guardian, Identities, Identity, IdentityKey, IdentityKind, IdentityStatus, KeyRole, Offer,
        PlannedPolicy, Policy, ProvenKey, Recovery, RecoveryStep, Register, key_message, keys_hash, recovery_message,
        registration_message,
    },
    tests::fixture::org,
};
use epione_kernel::{
    Rights,
    testing::{World, signing_key},
};
use epione_types::{
    Assertion, Bytes, DurationMs, List, Passkey, PublicKey, Signature, SignerId, UnixMs, challenge, encode,
    limits::{CALL_BODY_BYTES_MAX, EVENT_BODY_BYTES_MAX, ROW_BYTES_MAX},
    testing::{SoftPasskey, client_data},
};
use serde_json::{Value, json};

fn passkey(byte: u8) -> SoftPasskey {
    SoftPasskey::new(&[byte; 32], "wallet.example.org").unwrap()
}

/// The fields of a registration by these passkeys, each of which signs what `sign` makes of the message.
fn registration(keys: &[(&SoftPasskey, KeyRole)], sign: impl Fn(&SoftPasskey, &[u8]) -> Signature) -> Value {
    let plain: Vec<IdentityKey> =
        keys.iter().map(|(key, role)| IdentityKey { key: key.public(), role: *role }).collect();
    let message = registration_message(&org("v1"), IdentityKind::Person, &plain, None);
    let proven: Vec<ProvenKey> =
        keys.iter().map(|(key, role)| ProvenKey { role: *role, proof: sign(key, &message) }).collect();
    json!({ "org": org("v1"), "kind": IdentityKind::Person, "keys": proven, "policy": null })
}

/// Registers Grace, whose only key is the passkey 1, and lets her act by it.
fn grace() -> World<Identities> {
    let mut world = world();
    let fields = registration(&[(&passkey(1), KeyRole::Sign)], SoftPasskey::sign);
    world.check(&format!("v1 | register | {fields} | ok grace"));
    let signer = SignerId::Identity(id(&world, "grace"));
    let rights = Rights { org: org("v1"), root: false, suspended: false };
    world.actor_with_key("grace", signer, rights, passkey(1).public());
    world
}

#[test]
fn an_identity_is_registered_with_passkeys() {
    let world = grace();
    assert!(found(&world, "grace").has(&passkey(1).public(), KeyRole::Sign));
    let mut world = super::world();
    let (sign, recover) = (passkey(2), passkey(3));
    let keys = [(&sign, KeyRole::Sign), (&recover, KeyRole::Recover)];
    let fields = registration(&keys, SoftPasskey::sign);
    world.check(&format!("v1 | register | {fields} | ok heidi"));
    world.check(&format!("v1 | register | {fields} | key-taken"));
    let twice = registration(&[(&passkey(4), KeyRole::Sign), (&passkey(4), KeyRole::Recover)], SoftPasskey::sign);
    world.check(&format!("v1 | register | {twice} | keys-not-distinct"));
}

#[test]
fn what_is_no_assertion_registers_nothing() {
    let mut world = world();
    let keys = [(&passkey(1), KeyRole::Sign)];
    let assertion = |message: &[u8]| {
        let Signature::WebAuthn(assertion) = passkey(1).sign(message) else { panic!("another kind") };
        assertion
    };
    let no_point = registration(&keys, |_, message| {
        let key = Passkey { point: [5; 33], ..passkey(1).passkey() };
        Signature::WebAuthn(Assertion { key, ..assertion(message) })
    });
    let over_another_message = registration(&keys, |key, _| key.sign(b"another message"));
    let unverified = registration(&keys, |key, message| {
        let client = client_data(&challenge(message), "https://wallet.example.org");
        Signature::WebAuthn(key.assert(&key.authenticator_data(0x01), client.as_bytes()))
    });
    let elsewhere = registration(&keys, |key, message| {
        let client = client_data(&challenge(message), "https://wallet.example.com");
        Signature::WebAuthn(key.assert(&key.authenticator_data(SoftPasskey::FLAGS), client.as_bytes()))
    });
    for (fields, result) in [
        (no_point, "key-invalid"),
        (over_another_message, "signature-invalid"),
        (unverified, "signature-invalid"),
        (elsewhere, "signature-invalid"),
        (registration(&keys, SoftPasskey::sign), "ok"),
    ] {
        world.check(&format!("v1 | register | {fields} | {result}"));
    }
}

#[test]
fn a_passkey_adds_and_replaces_keys() {
    let mut world = grace();
    let message = |world: &World<Identities>, changes| key_message(&id(world, "grace"), KeyRole::Sign, changes);
    let second = passkey(2).sign(&message(&world, 0));
    let third = signing_key("software").sign(&message(&world, 1));
    set(&mut world, "second", &second);
    set(&mut world, "third", &third);
    set(&mut world, "old", &passkey(1).public());
    world.check(
        r#"
        by    | call       | fields                                                                                      | result
        grace | add-key    | {"identity": "$grace", "changes": 0, "key": {"role": "recover", "proof": $second}}          | signature-invalid
        grace | add-key    | {"identity": "$grace", "changes": 0, "key": {"role": "sign", "proof": $second}}             | ok
        grace | rotate-key | {"identity": "$grace", "changes": 1, "old": $old, "role": "sign", "new": $third}            | ok
        grace | deactivate | {"identity": "$grace"}                                                                      | wrong-key
        "#,
    );
    let keys = [signing_key("software").public(), passkey(2).public()];
    assert!(keys.iter().all(|key| found(&world, "grace").has(key, KeyRole::Sign)));
}

/// A passkey is the recovery key that starts the recovery of another device, and a new passkey is what it ends with.
#[test]
fn an_identity_is_recovered_by_and_to_a_passkey() {
    let mut world = grace();
    let old = passkey(9);
    let proof = old.sign(&key_message(&id(&world, "alice"), KeyRole::Recover, 0));
    set(&mut world, "paper-9", &proof);
    world.check(
        r#"alice | add-key | {"identity": "$alice", "changes": 0, "key": {"role": "recover", "proof": $paper-9}} | ok"#,
    );
    let guardians = vec![Guardian::Key(old.public()), super::org_guardian("v1"), super::org_guardian("v2")];
    set(&mut world, "with-passkey", &Policy { threshold: 2, guardians: List::new(guardians).unwrap(), delay_ms: WEEK });
    world.check(r#"alice | set-recovery | {"policy": $with-passkey} | ok"#);
    world.pass(DurationMs(WEEK));

    let new = passkey(10);
    let hash = keys_hash(&[new.public()]);
    let message = |step| recovery_message(step, &id(&world, "alice"), 0, &hash);
    let (hold, start) = (new.sign(&message(RecoveryStep::Hold)), old.sign(&message(RecoveryStep::Start)));
    set(&mut world, "start-0", &[hold]);
    set(&mut world, "keys-0", &hash);
    set(&mut world, "witness", &start);
    world.check(
        r#"grace | start-recovery | {"identity": "$alice", "number": 0, "keys": $start-0, "witness": $witness} | ok"#,
    );
    approve(&mut world, 0, "v2", "ok");
    world.pass(DurationMs(WEEK));
    finish(&mut world, 0, "ok");
    assert!(found(&world, "alice").has(&new.public(), KeyRole::Sign));
}

/// What the types permit fits into calls, rows and events also if every key is a passkey.
#[test]
fn the_largest_identity_with_passkeys_fits() {
    let key = PublicKey::Es256(passkey(1).passkey());
    let identity_key = IdentityKey { key, role: KeyRole::Sign };
    let guardians = List::new(vec![Guardian::Key(key); 16]).unwrap();
    let policy = Policy { threshold: 1, guardians, delay_ms: WEEK };
    let largest = Identity {
        kind: IdentityKind::Person,
        org: org("v1"),
        status: IdentityStatus::Active,
        keys: List::new(vec![identity_key; 8]).unwrap(),
        changes: 0,
        policy: Some(policy.clone()),
        planned: None,
        recoveries: 0,
        cancelled_below: 0,
        over_below: 0,
        cancelled_by: List::new(vec![key; CANCELLATIONS_MAX]).unwrap(),
        started: List::new(vec![(Guardian::Key(key), UnixMs(0)); 16]).unwrap(),
        secured_until: UnixMs(0),
        offer: Some(Offer { to: org("v1"), ready_at: UnixMs(0) }),
        registered_at: UnixMs(0),
    };
    // Of a policy at most four guardians are keys; the others are identities.
    let surplus = 12 * (encode(&Guardian::Key(key)).len() - encode(&super::org_guardian("v1")).len());
    let planned = PlannedPolicy { policy: Some(policy.clone()), effective_at: UnixMs(0) };
    let row = encode(&largest).len() + encode(&planned).len() - 2 * surplus;
    assert!(row < ROW_BYTES_MAX, "{row}");
    let recovery = Recovery {
        keys: List::new(vec![key; 4]).unwrap(),
        approvals: List::new(vec![Guardian::Key(key); 16]).unwrap(),
        started_at: UnixMs(0),
        expires_at: UnixMs(0),
        ready_at: Some(UnixMs(0)),
        secured: true,
    };
    assert!(encode(&recovery).len() < ROW_BYTES_MAX);
    assert!(encode(&(&largest.keys, &policy)).len() < EVENT_BODY_BYTES_MAX / 2);
    let proof = Signature::WebAuthn(Assertion {
        key: passkey(1).passkey(),
        authenticator_data: Bytes::new(vec![0; 256]).unwrap(),
        client_data: Bytes::new(vec![0; 1024]).unwrap(),
        bytes: [0; 64],
    });
    let keys = List::new(vec![ProvenKey { role: KeyRole::Sign, proof }; 8]).unwrap();
    let call = Register { org: org("v1"), kind: IdentityKind::Person, keys, policy: Some(policy) };
    assert!(encode(&call).len() < CALL_BODY_BYTES_MAX);
}
