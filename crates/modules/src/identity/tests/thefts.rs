//! What the rules are made against: hostile guardians, and stolen keys.

use super::{
    DAY, WEEK, act, approve, cancel, finish, found, id, name_proof, name_start, name_witness, policy, public, recover,
    set, world,
};
use crate::identity::{Guardian, KeyRole, RecoveryStep};
use epione_types::{DurationMs, SignerId};

/// As many guardians as are needed collude. The owner cancels once and dismisses them; their second attempt is over before
/// it matures, though the owner has no other cancellation left.
#[test]
fn hostile_guardians_lose_against_a_watchful_owner() {
    let mut world = world();
    let friends = vec![
        Guardian::Signer(SignerId::Identity(id(&world, "carol"))),
        Guardian::Key(public("paper")),
        super::org_guardian("v3"),
    ];
    set(&mut world, "friends", &policy(2, friends, WEEK));
    recover(&mut world, 0, "hostile", &["v1", "bob"]);
    world.pass(DurationMs(WEEK - DAY));
    world.check(r#"alice | set-recovery | {"policy": $friends} | ok"#);
    cancel(&mut world, 0, "alice", "ok");
    recover(&mut world, 1, "hostile", &["bob", "v1"]);
    cancel(&mut world, 1, "alice", "key-spent");
    world.pass(DurationMs(WEEK - 1));
    finish(&mut world, 1, "too-early");
    world.pass(DurationMs(1));
    finish(&mut world, 1, "recovery-over");
    name_start(&mut world, 2, &["hostile"]);
    world.check(
        r#"bob | start-recovery | {"identity": "$alice", "number": 2, "keys": $start-2, "witness": null} | not-guardian"#,
    );
}

/// Many recoveries in parallel do not make the owner run out of cancellations: one stops them all.
#[test]
fn recoveries_in_parallel_are_cancelled_together() {
    let mut world = world();
    recover(&mut world, 0, "h0", &["v1", "bob"]);
    recover(&mut world, 1, "h1", &["bob", "v1"]);
    cancel(&mut world, 0, "alice", "ok");
    world.pass(DurationMs(WEEK));
    finish(&mut world, 0, "recovery-cancelled");
    finish(&mut world, 1, "recovery-cancelled");
}

/// A single guardian can neither flood the identity nor make its owner waste cancellations.
#[test]
fn one_hostile_guardian_achieves_nothing() {
    let mut world = world();
    recover(&mut world, 0, "h0", &["bob"]);
    name_start(&mut world, 1, &["h1"]);
    let again = r#"bob | start-recovery | {"identity": "$alice", "number": 1, "keys": $start-1, "witness": null}"#;
    world.check(&format!("{again} | too-early"));
    cancel(&mut world, 0, "alice", "not-approved");
    // The others are not hindered.
    recover(&mut world, 1, "phone", &["carol", "v1"]);
    world.pass(DurationMs(DAY));
    name_start(&mut world, 2, &["h1"]);
    world
        .check(r#"bob | start-recovery | {"identity": "$alice", "number": 2, "keys": $start-2, "witness": null} | ok"#);
    world.pass(DurationMs(WEEK - DAY));
    finish(&mut world, 1, "ok");
    finish(&mut world, 2, "recovery-over");
}

/// The thief holds one of Alice's keys. It cancels, once; it rotates the key and has cancelled still; it dismisses the
/// guardians, which takes a week; one guardian more than needed is faster.
#[test]
fn a_stolen_key_does_not_hold_the_guardians_off() {
    let mut world = world();
    recover(&mut world, 0, "phone", &["v1", "bob"]);
    cancel(&mut world, 0, "alice-2", "ok");
    world.check(r#"alice-2 | set-recovery | {"policy": null} | ok"#);
    name_proof(&mut world, "alice", KeyRole::Sign, "thief");
    let old = public("alice 2");
    world.check(&format!(
        r#"alice-2 | rotate-key | {{"identity": "$alice", "changes": 0, "old": "{old}", "role": "sign", "new": $proof-thief}} | ok"#
    ));
    act(&mut world, "thief", "alice", "thief");
    world.pass(DurationMs(DAY));
    recover(&mut world, 1, "second phone", &["v1", "bob"]);
    cancel(&mut world, 1, "thief", "key-spent");
    approve(&mut world, 1, "carol", "ok");
    assert_eq!(found(&world, "alice").planned, None, "a secured recovery voids the dismissal of the guardians");
    world.check(r#"thief | set-recovery | {"policy": null} | recovery-secured"#);
    world.pass(DurationMs(WEEK));
    finish(&mut world, 1, "ok");
    world.check(r#"thief | deactivate | {"identity": "$alice"} | wrong-key"#);
}

/// The thief cannot gain a say in recoveries: a recovery key that it adds is not named by the policy, and it cannot remove
/// the one that is.
#[test]
fn a_stolen_key_gains_no_proofs() {
    let mut world = world();
    name_proof(&mut world, "alice", KeyRole::Recover, "false paper");
    let paper = public("paper");
    world.check(
        r#"alice-2 | add-key | {"identity": "$alice", "changes": 0, "key": {"role": "recover", "proof": $proof-false paper}} | ok"#,
    );
    world.check(&format!(r#"alice-2 | remove-key | {{"key": "{paper}"}} | key-in-policy"#));
    name_start(&mut world, 0, &["thief"]);
    name_witness(&mut world, RecoveryStep::Start, 0, &["thief"], "false paper");
    world.check(
        r#"mallory | start-recovery | {"identity": "$alice", "number": 0, "keys": $start-0, "witness": $witness} | not-guardian"#,
    );
    // It fills the places of keys, and still the new ones fit.
    for number in 0..4 {
        let key = format!("filler {number}");
        name_proof(&mut world, "alice", KeyRole::Recover, &key);
        let changes = found(&world, "alice").changes;
        world.check(&format!(
            r#"alice-2 | add-key | {{"identity": "$alice", "changes": {changes}, "key": {{"role": "recover", "proof": $proof-{key}}}}} | ok"#
        ));
    }
    assert_eq!(found(&world, "alice").keys.len(), 8);
    recover(&mut world, 0, "phone", &["v1", "bob"]);
    world.pass(DurationMs(WEEK));
    finish(&mut world, 0, "ok");
    assert_eq!(found(&world, "alice").keys.len(), 2);
}

/// The thief deactivates the identity or carries it off: neither keeps the guardians from bringing it back.
#[test]
fn a_stolen_key_cannot_carry_the_identity_off() {
    let mut world = world();
    let to = crate::tests::fixture::org("m2");
    world.check(&format!(r#"alice-2 | transfer | {{"to": "{to}"}} | ok"#));
    world.check(r#"m2 | accept-transfer | {"identity": "$alice"} | too-early"#);
    world.pass(DurationMs(DAY));
    recover(&mut world, 0, "phone", &["v1", "bob", "carol"]);
    world.check(r#"alice-2 | deactivate | {"identity": "$alice"} | ok"#);
    world.pass(DurationMs(WEEK));
    world.check(r#"m2 | accept-transfer | {"identity": "$alice"} | not-offered"#);
    finish(&mut world, 0, "ok");
    assert_eq!(found(&world, "alice").org, crate::tests::fixture::org("v1"));
}

/// While the identity is deactivated its keys sign no transaction; their word still cancels, by another's hand.
#[test]
fn the_owner_cancels_by_another_hand() {
    let mut world = world();
    world.check(r#"alice-2 | deactivate | {"identity": "$alice"} | ok"#);
    recover(&mut world, 0, "hostile", &["v1", "bob"]);
    let with = r#"dave | cancel-recovery | {"identity": "$alice", "number": 0, "witness": $witness}"#;
    name_witness(&mut world, RecoveryStep::Cancel, 0, &[], "dave 1");
    world.check(&format!("{with} | not-identity"));
    name_witness(&mut world, RecoveryStep::Cancel, 1, &[], "paper");
    world.check(&format!("{with} | signature-invalid"));
    name_witness(&mut world, RecoveryStep::Cancel, 0, &[], "paper");
    world.check(&format!("{with} | ok"));
    // What was said of one recovery is not said of the next.
    world.pass(DurationMs(DAY));
    recover(&mut world, 1, "hostile", &["v1", "bob"]);
    world.check(
        r#"dave | cancel-recovery | {"identity": "$alice", "number": 1, "witness": $witness} | signature-invalid"#,
    );
    name_witness(&mut world, RecoveryStep::Cancel, 1, &[], "alice 1");
    world.check(r#"dave | cancel-recovery | {"identity": "$alice", "number": 1, "witness": $witness} | ok"#);
}

/// Approvals of a policy that is gone count for nothing, even if the same guardians are named again.
#[test]
fn a_change_of_policy_ends_what_is_under_way() {
    let mut world = world();
    world.check(r#"alice | set-recovery | {"policy": $policy} | ok"#);
    world.pass(DurationMs(WEEK - 1));
    recover(&mut world, 0, "phone", &["v1", "bob"]);
    world.pass(DurationMs(1));
    approve(&mut world, 0, "carol", "recovery-over");
    world.pass(DurationMs(WEEK));
    finish(&mut world, 0, "recovery-over");
}
