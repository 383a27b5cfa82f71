//! The life of a recovery.

use super::{
    DAY, WEEK, act, approve, cancel, finish, found, id, name_start, name_witness, public, recover, set, suspend, world,
};
use crate::identity::{IdentityStatus, KeyRole, RecoveryStep, recovery_message, state::RECOVERIES};
use epione_kernel::testing::signing_key;
use epione_types::DurationMs;

#[test]
fn two_of_four_give_new_keys_after_a_week() {
    let mut world = world();
    name_start(&mut world, 0, &["phone", "tablet"]);
    world.check(
        r#"
        by    | call            | fields                                                                          | result
        carol | start-recovery  | {"identity": "$alice", "number": 1, "keys": $start-0, "witness": null}          | signature-invalid
        carol | start-recovery  | {"identity": "$alice", "number": 0, "keys": $start-0, "witness": null}          | ok
        dave  | approve-recovery | {"identity": "$alice", "number": 0, "keys": $keys-0, "witness": null}          | not-guardian
        "#,
    );
    world.pass(DurationMs(DAY));
    approve(&mut world, 0, "bob", "ok");
    world.pass(DurationMs(WEEK - 1));
    finish(&mut world, 0, "too-early");
    world.pass(DurationMs(1));
    finish(&mut world, 0, "ok");

    let alice = found(&world, "alice");
    assert!(alice.has(&public("phone"), KeyRole::Sign) && alice.has(&public("tablet"), KeyRole::Sign));
    assert!(alice.has(&public("paper"), KeyRole::Recover) && alice.keys.len() == 3);
    act(&mut world, "alice-phone", "alice", "phone");
    world.check(
        r#"
        by          | call     | fields         | result
        alice       | transfer | {"to": null}   | wrong-key
        alice-2     | transfer | {"to": null}   | wrong-key
        alice-phone | transfer | {"to": null}   | ok
        "#,
    );
}

#[test]
fn a_key_on_paper_counts_like_a_guardian_by_whose_hand_ever() {
    let mut world = world();
    name_start(&mut world, 0, &["phone"]);
    name_witness(&mut world, RecoveryStep::Start, 0, &["phone"], "paper");
    world.check(
        r#"mallory | start-recovery | {"identity": "$alice", "number": 0, "keys": $start-0, "witness": $witness} | ok"#,
    );
    let again =
        r#"dave | approve-recovery | {"identity": "$alice", "number": 0, "keys": $keys-0, "witness": $witness}"#;
    world.check(&format!("{again} | signature-invalid"));
    name_witness(&mut world, RecoveryStep::Approve, 0, &["phone"], "paper");
    world.check(&format!("{again} | already-approved"));
    // A signing key is no guardian.
    name_witness(&mut world, RecoveryStep::Approve, 0, &["phone"], "alice 1");
    world.check(&format!("{again} | not-guardian"));
    approve(&mut world, 0, "v1", "ok");
    world.pass(DurationMs(WEEK));
    finish(&mut world, 0, "ok");
}

#[test]
fn it_can_be_finished_until_it_expires() {
    let mut world = world();
    recover(&mut world, 0, "phone", &["v1"]);
    let window = 60 * DAY;
    world.pass(DurationMs(window));
    approve(&mut world, 0, "bob", "ok");
    let recovery = RECOVERIES.get(&world.state, &(id(&world, "alice"), 0)).unwrap().unwrap();
    assert_eq!(recovery.ready_at, Some(world.now.after(DurationMs(WEEK))));
    assert_eq!(recovery.expires_at, world.now.after(DurationMs(WEEK + window)));
    world.pass(DurationMs(WEEK + window));
    finish(&mut world, 0, "ok");

    act(&mut world, "alice", "alice", "phone");
    recover(&mut world, 1, "other phone", &["v1"]);
    world.pass(DurationMs(window + 1));
    approve(&mut world, 1, "bob", "recovery-over");
    finish(&mut world, 1, "recovery-over");
    cancel(&mut world, 1, "alice", "recovery-over");
}

#[test]
fn a_cancellation_stops_all_that_is_under_way_and_one_more_guardian_overrides_it() {
    let mut world = world();
    recover(&mut world, 0, "phone", &["v1", "bob"]);
    recover(&mut world, 1, "other phone", &["carol"]);
    cancel(&mut world, 1, "alice", "not-approved");
    cancel(&mut world, 0, "bob", "not-identity");
    cancel(&mut world, 0, "alice", "ok");
    approve(&mut world, 1, "bob", "ok");
    world.pass(DurationMs(WEEK));
    finish(&mut world, 0, "recovery-cancelled");
    finish(&mut world, 1, "recovery-cancelled");

    // The third of four overrides it; the delay begins anew, and nothing stops it any more.
    approve(&mut world, 0, "carol", "ok");
    finish(&mut world, 0, "too-early");
    cancel(&mut world, 0, "alice-2", "recovery-secured");
    let transfer = format!(r#"{{"to": "{}"}}"#, crate::tests::fixture::org("m2"));
    world.check(&format!("alice | transfer | {transfer} | recovery-secured"));
    world.check(r#"alice | set-recovery | {"policy": null} | recovery-secured"#);
    world.pass(DurationMs(WEEK));
    finish(&mut world, 0, "ok");
    finish(&mut world, 1, "recovery-over");
    act(&mut world, "alice", "alice", "phone");
    world.check(r#"alice | set-recovery | {"policy": null} | ok"#);
}

#[test]
fn all_needed_and_one_more_at_once_cannot_be_cancelled() {
    let mut world = world();
    recover(&mut world, 0, "phone", &["v1", "bob", "carol"]);
    cancel(&mut world, 0, "alice", "recovery-secured");
    world.pass(DurationMs(WEEK));
    finish(&mut world, 0, "ok");
}

#[test]
fn a_secured_recovery_that_nobody_finishes_lets_go() {
    let mut world = world();
    recover(&mut world, 0, "phone", &["v1", "bob", "carol"]);
    world.pass(DurationMs(WEEK + 60 * DAY));
    world.check(r#"alice | set-recovery | {"policy": null} | recovery-secured"#);
    world.pass(DurationMs(1));
    finish(&mut world, 0, "recovery-over");
    world.check(r#"alice | set-recovery | {"policy": null} | ok"#);
}

#[test]
fn it_brings_a_deactivated_identity_back_but_not_a_closed_one() {
    let mut world = world();
    world.check(r#"alice | deactivate | {"identity": "$alice"} | ok"#);
    world.check(r#"alice-2 | transfer | {"to": null} | wrong-key"#);
    recover(&mut world, 0, "phone", &["v1", "bob"]);
    world.pass(DurationMs(WEEK));
    finish(&mut world, 0, "ok");
    assert_eq!(found(&world, "alice").status, IdentityStatus::Active);
    world.check(r#"v1 | deactivate | {"identity": "$alice"} | ok"#);
    name_start(&mut world, 1, &["other phone"]);
    world.check(
        r#"bob | start-recovery | {"identity": "$alice", "number": 1, "keys": $start-1, "witness": null} | identity-closed"#,
    );
}

#[test]
fn suspended_guardians_and_suspended_wards() {
    let mut world = world();
    // Bob and Alice belong to v1, who is one of the guardians.
    suspend(&mut world, "v1");
    recover(&mut world, 0, "phone", &["v1", "bob"]);
    world.pass(DurationMs(WEEK));
    finish(&mut world, 0, "ok");
    act(&mut world, "alice", "alice", "phone");
    world.check(r#"alice | transfer | {"to": null} | ok"#);
}

#[test]
fn new_keys_are_held_free_and_fresh() {
    let mut world = world();
    // The key signed for number 7.
    let message = recovery_message(RecoveryStep::Hold, &id(&world, "alice"), 7, &super::hash_of(&["phone"]));
    set(&mut world, "start-0", &[signing_key("phone").sign(&message)]);
    let start = r#"v1 | start-recovery | {"identity": "$alice", "number": 0, "keys": $start-0, "witness": null}"#;
    world.check(&format!("{start} | signature-invalid"));
    set(&mut world, "start-0", &[0; 0]);
    world.check(&format!("{start} | no-signing-key"));
    name_start(&mut world, 0, &["paper"]);
    world.check(&format!("{start} | key-taken"));
    // A key that is registered elsewhere while the recovery matures.
    recover(&mut world, 0, "phone", &["v1", "bob"]);
    super::register(&mut world, "v2", "other", &[("phone", KeyRole::Sign)], None);
    world.pass(DurationMs(WEEK));
    finish(&mut world, 0, "key-taken");
}
