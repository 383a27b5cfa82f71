//! Requests, decisions, delay, deletion, and the certificate.

use super::{DAY, ask, deal, enter, found, holders, kem, registration, row, signed, unit, world};
use crate::{
    records::{
        BeginRotation, Call, Erasure, ErasureCertificate, FinishRotation, Get, Query, RefusalGround, Reject,
        reseal_message,
    },
    tests::fixture::org,
};
use epione_kernel::{QueryStop, testing::World};
use epione_types::{DurationMs, Hash, Quarter, Tag};
use serde_json::Value;

type Records = World<crate::records::Records>;

fn grant(world: &mut Records, by: &str, number: u8) {
    world.check(&format!(r#"{by} | request-erasure | {{"units": ["$u{number}"], "attested": null}} | ok"#));
    world.check(&format!(r#"v1 | decide-erasure | {{"unit": "$u{number}", "decision": "grant"}} | ok"#));
}

#[test]
fn a_unit_is_erased_once_the_delay_has_passed_and_not_before() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    grant(&mut world, "alice", 1);
    let Erasure::Granted { effective_at, requested_by: Some(_) } = found(&world, 1).erasure else { panic!() };
    assert_eq!(effective_at.since(world.now), DurationMs(7 * DAY));
    let unit = found(&world, 1);
    assert!(!unit.is_erased(world.now) && unit.is_erased(effective_at));
    // The moment decides, whether or not the work that fell due was done.
    world.now = effective_at;
    world.check(r#"v1 | set-hold | {"unit": "$u1", "hold": true} | unit-erased"#);
    world.check(r#"alice | cancel-erasure | {"unit": "$u1"} | unit-erased"#);
    world.pass(DurationMs(1));
    assert_eq!(found(&world, 1).erasure, Erasure::Erased { at: effective_at });
}

#[test]
fn who_asked_can_take_it_back_and_nobody_else() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    grant(&mut world, "alice", 1);
    world.check(
        r#"
        by      | call            | fields                                         | result
        v1      | cancel-erasure  | {"unit": "$u1"}                                | not-patient
        dave    | cancel-erasure  | {"unit": "$u1"}                                | not-patient
        -       | +6 d            |                                                |
        alice   | cancel-erasure  | {"unit": "$u1"}                                | ok
        -       | +2 d            |                                                |
        alice   | cancel-erasure  | {"unit": "$u1"}                                | not-requested
        "#,
    );
    // Granted anew, it takes the whole delay: what was scheduled first does nothing.
    grant(&mut world, "alice", 1);
    world.pass(DurationMs(6 * DAY));
    assert!(!found(&world, 1).is_erased(world.now));
    world.pass(DurationMs(DAY));
    assert!(found(&world, 1).is_erased(world.now));
}

#[test]
fn a_custodian_refuses_or_restricts_the_use() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    world.check(
        r#"
        by      | call            | fields                                                      | result
        alice   | request-erasure | {"units": ["$u1"], "attested": null}                        | ok
        program | decide-erasure  | {"unit": "$u1", "decision": {"refuse": "legal-duty"}}       | ok
        "#,
    );
    let refused = found(&world, 1);
    assert!(matches!(refused.erasure, Erasure::Refused { ground: RefusalGround::LegalDuty, .. }));
    assert!(!refused.needs_patient());
    world.check(
        r#"
        by      | call            | fields                                                      | result
        alice   | request-erasure | {"units": ["$u1"], "attested": null}                        | ok
        v1      | decide-erasure  | {"unit": "$u1", "decision": "restrict"}                     | ok
        "#,
    );
    assert!(found(&world, 1).needs_patient());
    world.check(r#"alice | cancel-erasure | {"unit": "$u1"} | ok"#);
    assert!(!found(&world, 1).needs_patient());
}

#[test]
fn two_guardians_erase_together_and_one_protects() {
    let mut world = world();
    enter(&mut world, 1, "infant");
    let mut private = registration(&world, 2, "infant");
    private.label = Tag([7; 16]);
    row(&mut world, "v1", &Call::Register(private), "ok");
    world.check(
        r#"
        by      | call            | fields                                          | result
        bob     | request-erasure | {"units": ["$u1", "$u2"], "attested": null}     | not-patient
        bob     | request-erasure | {"units": ["$u1"], "attested": null}            | ok
        v1      | decide-erasure  | {"unit": "$u1", "decision": "restrict"}         | ok
        bob     | cancel-erasure  | {"unit": "$u1"}                                 | not-confirmed
        bob     | request-erasure | {"units": ["$u1"], "attested": null}            | ok
        v1      | decide-erasure  | {"unit": "$u1", "decision": "grant"}            | not-confirmed
        carol   | request-erasure | {"units": ["$u1"], "attested": null}            | ok
        v1      | decide-erasure  | {"unit": "$u1", "decision": "grant"}            | ok
        carol   | cancel-erasure  | {"unit": "$u1"}                                 | ok
        "#,
    );
}

#[test]
fn a_custodian_attests_only_for_a_patient_without_a_wallet() {
    let mut world = world();
    enter(&mut world, 1, "paper");
    enter(&mut world, 2, "adult");
    enter(&mut world, 3, "infant");
    world.names.insert("paper-form".to_owned(), Hash([4; 32]).to_string());
    world.check(
        r#"
        by      | call            | fields                                               | result
        m1      | request-erasure | {"units": ["$u1"], "attested": "$paper-form"}        | not-patient
        v1      | request-erasure | {"units": ["$u2"], "attested": "$paper-form"}        | not-patient
        alice   | request-erasure | {"units": ["$u2"], "attested": "$paper-form"}        | not-patient
        v1      | request-erasure | {"units": ["$u3"], "attested": "$paper-form"}        | not-patient
        v1      | request-erasure | {"units": ["$u1"], "attested": "$paper-form"}        | ok
        v1      | decide-erasure  | {"unit": "$u1", "decision": "grant"}                 | ok
        v1      | cancel-erasure  | {"unit": "$u1"}                                      | ok
        "#,
    );
}

#[test]
fn after_retention_the_custodian_decides_alone_and_the_patient_can_object() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    world.check(
        r#"
        by      | call           | fields                                         | result
        v1      | tombstone      | {"unit": "$u1"}                                | retained
        -       | +80 d          |                                                |
        v1      | tombstone      | {"unit": "$u1"}                                | ok
        alice   | cancel-erasure | {"unit": "$u1"}                                | ok
        v1      | tombstone      | {"unit": "$u1"}                                | ok
        v1      | cancel-erasure | {"unit": "$u1"}                                | ok
        v1      | tombstone      | {"unit": "$u1"}                                | ok
        v1      | set-retention  | {"unit": "$u1", "retain_until": "2030-Q4"}     | ok
        -       | +8 d           |                                                |
        v1      | tombstone      | {"unit": "$u1"}                                | retained
        "#,
    );
    assert_eq!(found(&world, 1).erasure, Erasure::None);
    assert_eq!(found(&world, 1).retain_until, Quarter::new(2030, 4).unwrap());
}

#[test]
fn a_hold_stops_an_erasure_to_come() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    grant(&mut world, "alice", 1);
    world.check(r#"v1 | set-hold | {"unit": "$u1", "hold": true} | ok"#);
    world.pass(DurationMs(30 * DAY));
    assert!(matches!(found(&world, 1).erasure, Erasure::Refused { ground: RefusalGround::LegalClaims, .. }));
}

/// What of the certificate of unit 1 is in `list`: kinds of things, with how many there are of each.
fn certified(world: &Records, list: &str) -> Vec<(String, usize)> {
    let answer = ask(world, &Query::ErasureCertificate(ErasureCertificate { id: unit(1) })).unwrap();
    let items = answer[list].as_array().unwrap();
    let mut kinds: Vec<String> = items.iter().map(|item| item["what"].as_str().unwrap().to_owned()).collect();
    kinds.sort_unstable();
    let mut counted: Vec<(String, usize)> = Vec::new();
    for kind in kinds {
        match counted.last_mut() {
            Some((last, count)) if *last == kind => *count = count.saturating_add(1),
            _ => counted.push((kind, 1)),
        }
    }
    assert_eq!(answer["complete"], Value::Bool(answer["outstanding"].as_array().unwrap().is_empty()));
    counted
}

fn list(items: &[(&str, usize)]) -> Vec<(String, usize)> {
    items.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect()
}

#[test]
fn the_certificate_lists_what_is_done_and_what_is_outstanding() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    let query = Query::ErasureCertificate(ErasureCertificate { id: unit(1) });
    assert_eq!(ask(&world, &query), Err(QueryStop::Reject(Reject::NotErased)));
    // Dealt anew: v2 has deleted its copy of the first edition, v3 has not.
    row(&mut world, "v1", &Call::Redeal(deal(1, 2, holders(&["v2", "v3", "v4", "v5"], 0))), "ok");
    world.check(r#"vault | acknowledge-deletion | {"unit": "$u1", "edition": 1, "of": "ciphertext"} | ok"#);
    grant(&mut world, "alice", 1);
    assert_eq!(certified(&world, "proved"), []);
    // A rotation that begins during the delay seals the share again: it proves nothing.
    rotate(&mut world, "v2", 1);
    world.pass(DurationMs(7 * DAY));
    assert_eq!(certified(&world, "proved"), list(&[("release-refused", 1)]));
    assert_eq!(
        certified(&world, "outstanding"),
        list(&[
            ("ciphertext-deleted", 2),
            ("envelope-deleted", 4),
            ("former-copy-deleted", 1),
            ("holder-key-destroyed", 4),
            ("tag-key-deleted", 1),
        ])
    );
    world.check(
        r#"
        by   | call                 | fields                                            | result
        v3   | acknowledge-deletion | {"unit": "$u1", "edition": 1, "of": "ciphertext"} | ok
        v4   | acknowledge-deletion | {"unit": "$u1", "edition": 2, "of": "ciphertext"} | ok
        v5   | acknowledge-deletion | {"unit": "$u1", "edition": 2, "of": "ciphertext"} | ok
        v1   | acknowledge-deletion | {"unit": "$u1", "edition": 2, "of": "tag-key"}    | ok
        v2   | acknowledge-deletion | {"unit": "$u1", "edition": 2, "of": "envelope"}   | ok
        v3   | acknowledge-deletion | {"unit": "$u1", "edition": 2, "of": "envelope"}   | ok
        v4   | acknowledge-deletion | {"unit": "$u1", "edition": 2, "of": "envelope"}   | ok
        v5   | acknowledge-deletion | {"unit": "$u1", "edition": 2, "of": "envelope"}   | ok
        "#,
    );
    rotate(&mut world, "v2", 2);
    for name in ["v3", "v4"] {
        rotate(&mut world, name, 1);
    }
    assert_eq!(certified(&world, "outstanding"), list(&[("holder-key-destroyed", 1)]));
    // A lost key opens nothing either.
    world.check(r#"v5 | report-lost-key | {"period": 0} | ok"#);
    assert_eq!(certified(&world, "outstanding"), []);
}

/// Begins and finishes a rotation of the organization called `name`.
fn rotate(world: &mut Records, name: &str, period: u32) {
    row(world, name, &Call::BeginRotation(BeginRotation { key: kem(name, period) }), "ok");
    let units = super::super::keeping(&world.state, &org(name)).unwrap().units;
    if units > 0 {
        let envelopes = Hash([5; 32]);
        let vaults = signed(&["m1", "m2"], &reseal_message(&org(name), period, units, &envelopes));
        let call = FinishRotation { org: org(name), period, units, envelopes, vaults };
        row(world, name, &Call::FinishRotation(call), "ok");
    }
}

#[test]
fn an_answer_says_how_many_shares_can_be_lost() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    let margin = |world: &Records| ask(world, &Query::Get(Get { id: unit(1) })).unwrap()["margin"].clone();
    assert_eq!(margin(&world), 1);
    world.check(r#"v2 | report-lost-key | {"period": 0} | ok"#);
    assert_eq!(margin(&world), 0);
    super::suspend(&mut world, "v3");
    assert_eq!(margin(&world), 0);
}
