//! What holders release, and when they do not.

use super::{
    DAY, HOUR, agree, ask, decide, decision, grant, granted, id, opt_out, provision, refusal, relate, revoke, ticket,
    unit, world,
};
use crate::{
    access::{Access, NotReleasable, Suspension, is_suspended},
    consent::Purpose,
    records::{Erasure, Holder, Unit},
    tests::fixture::org,
};
use epione_kernel::{Overlay, RowKey, testing::World};
use epione_types::{ChallengeId, DurationMs, Hash, List, UnixMs, encode};
use serde_json::{Value, json};

const NONE: Value = Value::Null;

/// Dana's request `$r` for `$u1`, granted by the consent `$k`.
fn with_grant() -> World<Access> {
    let mut world = world();
    grant(&mut world, &provision("permit", "m3", "TREAT", &[]), "k");
    ask(&mut world, "dana", &["u1", "u3"], "TREAT", &NONE, "ok r");
    assert_eq!(decision(&world, "r", "u1"), granted("consent"));
    world
}

#[test]
fn a_ticket_says_what_a_holder_needs() {
    let mut world = with_grant();
    let found = ticket(&world, "r", "u1", "v2").unwrap();
    assert_eq!((found.share, found.period, found.edition, found.threshold), (2, 0, 1, 3));
    assert_eq!((found.org, found.person), (org("m3"), Some(id(&world, "dana"))));
    assert_eq!((found.reader, found.expires_at), (Hash([0xab; 32]), UnixMs(world.now.0 + HOUR)));
    assert!(!found.released && found.rules.len() == 1);
    assert_eq!(ticket(&world, "r", "u1", "v5"), Err(NotReleasable::NotHolder));
    assert_eq!(refusal(&world, "r", "u3"), "not-granted");
    assert_eq!(refusal(&world, "r", "u2"), "not-granted");
    world.names.insert("none".to_owned(), epione_types::RequestId([9; 16]).to_string());
    assert_eq!(refusal(&world, "none", "u1"), "unknown-request");
    world.check(r#"v2 | release | {"request": "$r", "unit": "$u1"} | ok"#);
    assert!(ticket(&world, "r", "u1", "v2").unwrap().released);
    assert!(!ticket(&world, "r", "u1", "v3").unwrap().released);
}

#[test]
fn a_revocation_holds_at_once_and_a_later_permit_revives_the_grant() {
    let mut world = with_grant();
    revoke(&mut world, "k");
    assert_eq!(refusal(&world, "r", "u1"), "no-rule");
    grant(&mut world, &provision("permit", "m3", "TREAT", &[]), "l");
    assert_eq!(refusal(&world, "r", "u1"), "none");
    // What was denied stays denied: it is requested anew.
    grant(
        &mut world,
        &json!({"parent": null, "effect": "permit", "recipients": [{"organization": "$m3"}], "purposes": ["TREAT"],
        "labels": [], "restricted": true, "care": null, "valid": null}),
        "m",
    );
    assert_eq!(refusal(&world, "r", "u3"), "not-granted");
}

#[test]
fn a_restriction_and_a_deny_hold_at_once() {
    let mut world = with_grant();
    world.check(
        r#"alice | consent.restrict | {"subject": "$chart", "kind": "objection", "units": ["$u1"], "towards": [], "evidence": "$c"} | ok o"#,
    );
    assert_eq!(refusal(&world, "r", "u1"), "restriction");
    let mut world = with_grant();
    grant(&mut world, &provision("deny", "m3", "TREAT", &["a"]), "d");
    assert_eq!(refusal(&world, "r", "u1"), "consent");
}

#[test]
fn nothing_is_released_after_expiry_or_withdrawal() {
    let mut world = with_grant();
    world.pass(DurationMs(HOUR - 1));
    assert_eq!(refusal(&world, "r", "u1"), "none");
    world.pass(DurationMs(1));
    assert_eq!(refusal(&world, "r", "u1"), "expired");
    let mut world = with_grant();
    world.check(
        r#"
        by   | call     | fields            | result
        otto | withdraw | {"request": "$r"} | not-party
        v1   | withdraw | {"request": "$r"} | not-party
        dana | withdraw | {"request": "$r"} | ok
        m3   | withdraw | {"request": "$r"} | request-over
        "#,
    );
    assert_eq!(refusal(&world, "r", "u1"), "withdrawn");
}

#[test]
fn an_erasure_a_correction_and_another_patient_hold_at_once() {
    let mut world = with_grant();
    let plain = unit(&world, "v1", "chart");
    let erasure = Erasure::Granted { effective_at: UnixMs(world.now.0 + 1_000), requested_by: None };
    super::put_unit(&mut world, "u1", &Unit { erasure, ..plain.clone() });
    assert_eq!(refusal(&world, "r", "u1"), "none");
    world.pass(DurationMs(1_000));
    assert_eq!(refusal(&world, "r", "u1"), "erased");
    super::put_unit(&mut world, "u1", &Unit { entered_in_error: true, ..plain.clone() });
    assert_eq!(refusal(&world, "r", "u1"), "withheld");
    let second = id(&world, "second");
    super::put_unit(&mut world, "u1", &Unit { subject: second, ..plain });
    assert_eq!(refusal(&world, "r", "u1"), "moved");
}

/// A re-dealt unit is released by its new holders under the old grant; those of before may say that they had released.
#[test]
fn a_new_committee_serves_old_grants() {
    let mut world = with_grant();
    let plain = unit(&world, "v1", "chart");
    let holders = ["v3", "v4", "v5", "v1"].map(|name| Holder { org: org(name), period: 2 });
    let holders = List::new(holders.to_vec()).unwrap();
    super::put_unit(&mut world, "u1", &Unit { edition: 2, holders, ..plain });
    assert_eq!(refusal(&world, "r", "u1"), "not-holder");
    let found = ticket(&world, "r", "u1", "v5").unwrap();
    assert_eq!((found.share, found.edition, found.period), (3, 2, 2));
    world.check(
        r#"
        by     | call    | fields                           | result
        v2     | release | {"request": "$r", "unit": "$u1"} | ok
        v5     | release | {"request": "$r", "unit": "$u1"} | ok
        keeper | release | {"request": "$r", "unit": "$u1"} | ok
        v1     | release | {"request": "$r", "unit": "$u1"} | already-released
        kim    | release | {"request": "$r", "unit": "$u1"} | not-holder
        m3     | release | {"request": "$r", "unit": "$u1"} | not-holder
        v3     | release | {"request": "$r", "unit": "$u3"} | not-granted
        "#,
    );
}

#[test]
fn the_default_ends_with_its_agreement_and_relation() {
    let mut world = world();
    opt_out(&mut world, "treatment");
    relate(&mut world, "chart", "check-in");
    agree(&mut world, "agreed");
    ask(&mut world, "dana", &["u1"], "TREAT", &NONE, "ok r");
    assert_eq!((decision(&world, "r", "u1"), refusal(&world, "r", "u1")), (granted("default"), "none".to_owned()));
    world.check(r#"m3 | end-agreement | {"agreement": "$agreed"} | ok"#);
    assert_eq!(refusal(&world, "r", "u1"), "no-agreement");
    agree(&mut world, "again");
    assert_eq!(refusal(&world, "r", "u1"), "none");
    world.check(r#"v1 | end-relation | {"subject": "$chart", "org": "$m3", "kind": "check-in"} | ok"#);
    assert_eq!(refusal(&world, "r", "u1"), "no-relationship");
}

#[test]
fn who_requested_must_still_stand() {
    let mut world = with_grant();
    world.check(r#"m3 | identity.deactivate | {"identity": "$dana"} | ok"#);
    assert_eq!(refusal(&world, "r", "u1"), "requester-gone");
    let mut world = with_grant();
    world.check(r#"dana | identity.transfer | {"to": "$v2"} | ok"#);
    assert_eq!(refusal(&world, "r", "u1"), "none");
    world.check(r#"v2 | identity.accept-transfer | {"identity": "$dana"} | ok"#);
    assert_eq!(refusal(&world, "r", "u1"), "requester-gone");
    let mut world = with_grant();
    decide(&mut world, &json!({ "suspend": { "org": org("m3"), "reason": "misuse" } }));
    assert_eq!(refusal(&world, "r", "u1"), "requester-gone");
    decide(&mut world, &json!({ "expel": { "org": org("m3"), "reason": "dissolved" } }));
    assert_eq!(refusal(&world, "r", "u1"), "requester-gone");
}

/// Writes what the module of challenges writes.
fn put_suspension(world: &mut World<Access>, suspension: Suspension) {
    let (person, chart): (epione_types::IdentityId, epione_types::SubjectId) = (id(world, "dana"), id(world, "chart"));
    let mut writes = Overlay::default();
    let row = RowKey { module: <Access as epione_kernel::Domain>::ID, table: 9, key: encode(&(person, chart)) };
    let suspensions: List<Suspension, 16> = List::new(vec![suspension]).unwrap();
    writes.set(row, Some(encode(&suspensions)));
    world.state.apply(&writes);
}

/// From its time on a suspension reaches the purpose, what it contains, and what contains it.
#[test]
fn a_suspension_holds_from_its_time_on() {
    let mut world = with_grant();
    let (dana, chart) = (id(&world, "dana"), id(&world, "chart"));
    let (from, challenge) = (UnixMs(world.now.0 + DAY / 48), ChallengeId([5; 16]));
    put_suspension(&mut world, Suspension { purpose: Purpose::Treat, from, challenge });
    assert_eq!(refusal(&world, "r", "u1"), "none");
    world.pass(DurationMs(DAY / 48));
    assert_eq!(refusal(&world, "r", "u1"), "suspended");
    let reaches =
        |world: &World<Access>, purpose| is_suspended(&world.state, &dana, &chart, purpose, world.now).unwrap();
    assert!(reaches(&world, Purpose::Coc) && !reaches(&world, Purpose::Hpaymt));
    put_suspension(&mut world, Suspension { purpose: Purpose::Coc, from, challenge });
    assert!(reaches(&world, Purpose::Treat) && !reaches(&world, Purpose::Treatds));
    ask(&mut world, "dana", &["u1"], "TREAT", &NONE, "ok s");
    assert_eq!(decision(&world, "s", "u1"), super::denied("suspended"));
    // Nobody else is.
    ask(&mut world, "robot", &["u1"], "TREAT", &NONE, "ok t");
    assert_eq!(decision(&world, "t", "u1"), granted("consent"));
}

#[test]
fn complaints_are_made_once_by_the_reader() {
    let mut world = with_grant();
    world.check(
        r#"
        by   | call     | fields                                                                | result
        dana | complain | {"request": "$r", "unit": "$u1", "holder": "$v3", "evidence": "$c"}   | ok
        m3   | complain | {"request": "$r", "unit": "$u1", "holder": "$v3", "evidence": "$c"}   | already-complained
        m3   | complain | {"request": "$r", "unit": "$u1", "holder": "$v4", "evidence": "$c"}   | ok
        dana | complain | {"request": "$r", "unit": "$u1", "holder": "$v5", "evidence": "$c"}   | not-holder
        dana | complain | {"request": "$r", "unit": "$u3", "holder": "$v4", "evidence": "$c"}   | not-granted
        otto | complain | {"request": "$r", "unit": "$u1", "holder": "$v2", "evidence": "$c"}   | not-party
        v1   | complain | {"request": "$r", "unit": "$u1", "holder": "$v2", "evidence": "$c"}   | not-party
        "#,
    );
}
