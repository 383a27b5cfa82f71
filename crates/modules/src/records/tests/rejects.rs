//! Every reject, in order of precedence.

use super::{deal, dealt, enter, expel, holders, kem, registration, row, signed, suspend, unit, world};
use crate::{
    records::{BeginRotation, Call, Erasure, FinishRotation, Records, Redeal, Register, reseal_message, vault_message},
    tests::fixture::org,
};
use epione_kernel::testing::World;
use epione_types::{Hash, List};
use serde_json::json;

fn register(world: &mut World<Records>, by: &str, call: &Register, result: &str) {
    row(world, by, &Call::Register(call.clone()), result);
}

fn redeal(world: &mut World<Records>, by: &str, call: &Redeal, result: &str) {
    row(world, by, &Call::Redeal(call.clone()), result);
}

#[test]
fn every_reject_in_order_of_precedence() {
    let mut world = world();
    of_registrations(&mut world);
    of_deals(&mut world);
    of_charts(&mut world);
    of_erasures(&mut world);
    of_deletions(&mut world);
    of_keys(&mut world);
    of_successions(&mut world);
    world.all_rejects_seen();
}

/// From the call with the most faults to that without any, one fault less in each row.
fn of_registrations(world: &mut World<Records>) {
    enter(world, 1, "adult");
    enter(world, 2, "other");
    world.check(r#"v1 | subjects.register | {"holder": null, "evidence": "0101010101010101010101010101010101010101010101010101010101010101"} | ok closed"#);
    world.check(r#"v1 | subjects.close | {"subject": "$closed"} | ok"#);
    let valid = registration(world, 1, "closed");
    let mut call = Register {
        holders: holders(&["v2", "v2", "plan"], 9),
        bucket: 17,
        supersedes: Some(unit(9)),
        subject: epione_types::SubjectId([9; 16]),
        vaults: signed(&["v2", "v2"], b"something else"),
        ..valid.clone()
    };
    register(world, "m1", &call, "committee-unsound");
    call.holders = holders(&["v2", "v3", "plan"], 9);
    call.threshold = 1;
    register(world, "m1", &call, "committee-unsound");
    call.threshold = 4;
    register(world, "m1", &call, "committee-unsound");
    call.threshold = 2;
    register(world, "m1", &call, "bucket-unknown");
    call.bucket = 16;
    register(world, "m1", &call, "acknowledgement-invalid");
    let message = vault_message(&call.unit, 1, &call.manifest);
    call.vaults = signed(&["v2", "v2"], &message);
    register(world, "m1", &call, "acknowledgement-invalid");
    call.vaults = signed(&["v2"], &message);
    register(world, "m1", &call, "acknowledgement-invalid");
    call.vaults = signed(&["v2", "nobody"], &message);
    register(world, "m1", &call, "unknown-unit");
    call.supersedes = Some(unit(2));
    register(world, "m1", &call, "unknown-subject");
    call.subject = valid.subject;
    for stranger in ["m1", "alice", "doctor", "vault"] {
        register(world, stranger, &call, "not-custodian");
    }
    register(world, "v1", &call, "unit-taken");
    call.unit = unit(3);
    let message = vault_message(&call.unit, 1, &call.manifest);
    call.vaults = signed(&["v2", "nobody"], &message);
    register(world, "v1", &call, "subject-closed");
    call.subject = super::subject(world, "adult");
    register(world, "v1", &call, "subjects-differ");
    call.supersedes = Some(unit(1));
    register(world, "v1", &call, "committee-too-small");
    call.holders = holders(&["v2", "v3", "v4", "plan"], 9);
    call.threshold = 3;
    register(world, "v1", &call, "holder-unfit");
    call.holders = holders(&["v2", "v3", "v4", "o1"], 9);
    register(world, "v1", &call, "holder-unfit");
    call.holders = holders(&["v2", "v3", "v4", "v5"], 9);
    register(world, "v1", &call, "key-stale");
    call.holders = holders(&["v2", "v3", "v4", "v5"], 0);
    register(world, "v1", &call, "vault-unknown");
    call.vaults = signed(&["v2", "v3"], &message);
    register(world, "v1", &call, "ok");
    let mut later = registration(world, 4, "adult");
    later.supersedes = Some(unit(1));
    register(world, "v1", &later, "already-superseded");
}

fn of_deals(world: &mut World<Records>) {
    let mut call = deal(9, 3, holders(&["v2", "v3", "plan"], 9));
    call.threshold = 4;
    redeal(world, "m1", &call, "committee-unsound");
    call.threshold = 2;
    call.vaults = List::default();
    redeal(world, "m1", &call, "acknowledgement-invalid");
    call.vaults = deal(9, 3, call.holders.clone()).vaults;
    redeal(world, "m1", &call, "unknown-unit");
    let mut call = deal(1, 3, holders(&["v2", "v3", "plan"], 9));
    call.threshold = 2;
    redeal(world, "m1", &call, "not-custodian");
    redeal(world, "v1", &call, "committee-too-small");
    call = deal(1, 3, holders(&["v2", "v3", "m1", "plan"], 9));
    redeal(world, "v1", &call, "edition-stale");
    call = deal(1, 2, holders(&["v2", "v3", "m1", "plan"], 9));
    redeal(world, "v1", &call, "holder-unfit");
    call = deal(1, 2, holders(&["v2", "v3", "m1", "m2"], 9));
    redeal(world, "v1", &call, "key-stale");
    call = deal(1, 2, holders(&["v2", "v3", "m1", "m2"], 0));
    call.vaults = signed(&["v4", "nobody"], &vault_message(&unit(1), 2, &call.manifest));
    redeal(world, "v1", &call, "vault-unknown");
    call = deal(1, 2, holders(&["v2", "v3", "m1", "m2"], 0));
    redeal(world, "v1", &call, "ok");
    for edition in 3..=7 {
        redeal(world, "v1", &deal(1, edition, holders(&["v2", "v3", "m1", "m2"], 0)), "ok");
    }
    redeal(world, "v1", &deal(1, 8, holders(&["v2", "v3", "m1", "m2"], 0)), "copies-outstanding");
}

fn of_charts(world: &mut World<Records>) {
    enter(world, 5, "adult");
    world.names.insert("label".to_owned(), epione_types::Tag([1; 16]).to_string());
    world.names.insert("nobody".to_owned(), epione_types::SubjectId([9; 16]).to_string());
    world.check(
        r#"
        by      | call           | fields                                                                                                                          | result
        v1      | retag          | {"units": [], "to": "$nobody", "correction": "merge"}                                                                           | units-not-distinct
        v1      | retag          | {"units": [{"unit": "$u9", "label": "$label"}, {"unit": "$u9", "label": "$label"}], "to": "$nobody", "correction": "merge"}     | units-not-distinct
        m1      | retag          | {"units": [{"unit": "$u9", "label": "$label"}, {"unit": "$u5", "label": "$label"}], "to": "$nobody", "correction": "merge"}     | unknown-unit
        m1      | retag          | {"units": [{"unit": "$u2", "label": "$label"}, {"unit": "$u5", "label": "$label"}], "to": "$nobody", "correction": "merge"}     | unknown-subject
        m1      | retag          | {"units": [{"unit": "$u2", "label": "$label"}, {"unit": "$u5", "label": "$label"}], "to": "$closed", "correction": "merge"}     | not-custodian
        v1      | retag          | {"units": [{"unit": "$u2", "label": "$label"}, {"unit": "$u5", "label": "$label"}], "to": "$closed", "correction": "merge"}     | subject-closed
        v1      | retag          | {"units": [{"unit": "$u2", "label": "$label"}, {"unit": "$u5", "label": "$label"}], "to": "$other", "correction": "merge"}      | subjects-differ
        v1      | retag          | {"units": [{"unit": "$u2", "label": "$label"}], "to": "$other", "correction": "merge"}                                          | same-subject
        v1      | retag          | {"units": [{"unit": "$u2", "label": "$label"}], "to": "$stranger", "correction": "merge"}                                       | other-custodian
        m1      | correct-error  | {"unit": "$u9"}                                                                                                                 | unknown-unit
        m1      | correct-error  | {"unit": "$u5"}                                                                                                                 | not-custodian
        program | correct-error  | {"unit": "$u5"}                                                                                                                 | ok
        v1      | correct-error  | {"unit": "$u5"}                                                                                                                 | already-in-error
        "#,
    );
}

fn of_erasures(world: &mut World<Records>) {
    enter(world, 6, "infant");
    world.check(
        r#"
        by      | call           | fields                                                  | result
        bob     | request-erasure | {"units": [], "attested": null}                        | units-not-distinct
        bob     | request-erasure | {"units": ["$u9", "$u2"], "attested": null}            | unknown-unit
        bob     | request-erasure | {"units": ["$u6", "$u2"], "attested": null}            | not-patient
        v1      | request-erasure | {"units": ["$u6"], "attested": null}                   | not-patient
        alice   | request-erasure | {"units": ["$u2"], "attested": null}                   | not-patient
        m1      | set-hold       | {"unit": "$u9", "hold": false}                          | unknown-unit
        m1      | set-hold       | {"unit": "$u6", "hold": false}                          | not-custodian
        v1      | set-hold       | {"unit": "$u6", "hold": false}                          | unchanged
        m1      | set-retention  | {"unit": "$u9", "retain_until": "2027-Q1"}              | unknown-unit
        m1      | set-retention  | {"unit": "$u6", "retain_until": "2027-Q1"}              | not-custodian
        v1      | set-retention  | {"unit": "$u6", "retain_until": "2027-Q1"}              | unchanged
        v1      | set-retention  | {"unit": "$u6", "retain_until": "2026-Q4"}              | retention-shortened
        v1      | decide-erasure | {"unit": "$u9", "decision": "grant"}                    | unknown-unit
        m1      | decide-erasure | {"unit": "$u6", "decision": "grant"}                    | not-custodian
        v1      | decide-erasure | {"unit": "$u6", "decision": "grant"}                    | not-requested
        bob     | cancel-erasure | {"unit": "$u6"}                                         | not-requested
        bob     | request-erasure | {"units": ["$u6"], "attested": null}                   | ok
        bob     | request-erasure | {"units": ["$u6"], "attested": null}                   | already-requested
        v1      | set-hold       | {"unit": "$u6", "hold": true}                           | ok
        v1      | decide-erasure | {"unit": "$u6", "decision": "grant"}                    | not-confirmed
        carol   | request-erasure | {"units": ["$u6"], "attested": null}                   | ok
        carol   | request-erasure | {"units": ["$u6"], "attested": null}                   | already-requested
        v1      | decide-erasure | {"unit": "$u6", "decision": "grant"}                    | on-hold
        v1      | tombstone      | {"unit": "$u6"}                                         | on-hold
        v1      | set-hold       | {"unit": "$u6", "hold": false}                          | ok
        v1      | tombstone      | {"unit": "$u9"}                                         | unknown-unit
        m1      | tombstone      | {"unit": "$u6"}                                         | not-custodian
        v1      | tombstone      | {"unit": "$u6"}                                         | retained
        v1      | decide-erasure | {"unit": "$u6", "decision": "grant"}                    | ok
        v1      | tombstone      | {"unit": "$u6"}                                         | already-requested
        m1      | cancel-erasure | {"unit": "$u9"}                                         | unknown-unit
        m1      | cancel-erasure | {"unit": "$u6"}                                         | not-patient
        v2      | acknowledge-deletion | {"unit": "$u6", "edition": 1, "of": "ciphertext"} | not-erased
        -       | +8 d           |                                                         |
        "#,
    );
    assert!(matches!(super::found(world, 6).erasure, Erasure::Erased { .. }));
    for (by, call, fields) in [
        ("v1", "set-hold", json!({ "unit": unit(6), "hold": true })),
        ("v1", "set-retention", json!({ "unit": unit(6), "retain_until": "2040-Q1" })),
        ("v1", "correct-error", json!({ "unit": unit(6) })),
        ("v1", "decide-erasure", json!({ "unit": unit(6), "decision": "grant" })),
        ("v1", "tombstone", json!({ "unit": unit(6) })),
        ("bob", "cancel-erasure", json!({ "unit": unit(6) })),
        ("bob", "request-erasure", json!({ "units": [unit(6)], "attested": null })),
    ] {
        world.check(&format!("{by} | {call} | {fields} | unit-erased"));
    }
    redeal(world, "v1", &deal(6, 2, holders(&["v2", "v3", "v4", "v5"], 0)), "unit-erased");
    let mut next = registration(world, 7, "infant");
    next.supersedes = Some(unit(6));
    register(world, "v1", &next, "unit-erased");
}

fn of_deletions(world: &mut World<Records>) {
    world.check(
        r#"
        by      | call                 | fields                                            | result
        alice   | acknowledge-deletion | {"unit": "$u9", "edition": 2, "of": "ciphertext"} | unknown-unit
        alice   | acknowledge-deletion | {"unit": "$u6", "edition": 2, "of": "ciphertext"} | not-member
        v1      | acknowledge-deletion | {"unit": "$u6", "edition": 2, "of": "ciphertext"} | edition-stale
        v1      | acknowledge-deletion | {"unit": "$u6", "edition": 1, "of": "ciphertext"} | not-keeper
        v1      | acknowledge-deletion | {"unit": "$u6", "edition": 1, "of": "envelope"}   | not-keeper
        v2      | acknowledge-deletion | {"unit": "$u6", "edition": 1, "of": "tag-key"}    | not-keeper
        v4      | acknowledge-deletion | {"unit": "$u1", "edition": 1, "of": "ciphertext"} | not-keeper
        v2      | acknowledge-deletion | {"unit": "$u1", "edition": 1, "of": "envelope"}   | not-keeper
        vault   | acknowledge-deletion | {"unit": "$u6", "edition": 1, "of": "ciphertext"} | ok
        v2      | acknowledge-deletion | {"unit": "$u6", "edition": 1, "of": "ciphertext"} | already-acknowledged
        "#,
    );
}

fn of_keys(world: &mut World<Records>) {
    let begin = |name: &str, period| Call::BeginRotation(BeginRotation { key: kem(name, period) });
    let finish = |of: &str, period, units, vaults: &[&str]| {
        let envelopes = Hash([5; 32]);
        let vaults = signed(vaults, &reseal_message(&org(of), period, units, &envelopes));
        Call::FinishRotation(FinishRotation { org: org(of), period, units, envelopes, vaults })
    };
    world.check(r#"alice | report-lost-key | {"period": 0} | not-member"#);
    world.check(r#"v2 | report-lost-key | {"period": 1} | period-unknown"#);
    row(world, "alice", &begin("v2", 2), "not-member");
    row(world, "v2", &begin("v2", 2), "key-refused");
    row(world, "v2", &begin("v3", 0), "key-refused");
    row(world, "v2", &begin("v2", 1), "ok");
    row(world, "v2", &begin("v2", 2), "rotation-pending");
    row(world, "v3", &begin("v3", 2), "too-many-rotating");
    let mut unsigned = finish("v2", 2, 999, &[]);
    row(world, "alice", &unsigned, "acknowledgement-invalid");
    unsigned = finish("v2", 2, 999, &["v4", "nobody"]);
    row(world, "alice", &unsigned, "not-member");
    row(world, "v3", &unsigned, "not-member");
    row(world, "v2", &unsigned, "vault-unknown");
    row(world, "v2", &finish("v2", 2, 999, &["v4", "v5"]), "no-rotation");
    row(world, "v2", &finish("v2", 1, 999, &["v4", "v5"]), "too-many-units");
    row(world, "v2", &finish("v2", 1, 2, &["v4", "v5"]), "ok");
    // The key of period 0 is destroyed; that of period 1 can be lost, once.
    world.check(r#"v2 | report-lost-key | {"period": 0} | period-unknown"#);
    world.check(r#"v2 | report-lost-key | {"period": 1} | ok"#);
    world.check(r#"v2 | report-lost-key | {"period": 1} | period-unknown"#);
    let mut next = registration(world, 7, "infant");
    next.holders = dealt(&[("v2", 1), ("v3", 0), ("v4", 0), ("v5", 0)]);
    register(world, "v1", &next, "key-stale");
}

fn of_successions(world: &mut World<Records>) {
    for (name, id) in [("org1", "v1"), ("org2", "v2"), ("org3", "plan")] {
        world.names.insert(name.to_owned(), org(id).to_string());
    }
    world.check(r#"o1 | support-successor | {"of": "$org1", "successor": "$org1"} | custodian-present"#);
    expel(world, "v1");
    suspend(world, "m1");
    world.check(
        r#"
        by    | call              | fields                                  | result
        o1    | support-successor | {"of": "$org1", "successor": "$org3"}   | not-eligible
        vault | support-successor | {"of": "$org1", "successor": "$org3"}   | not-eligible
        v2    | support-successor | {"of": "$org1", "successor": "$org3"}   | successor-unfit
        v2    | support-successor | {"of": "$org1", "successor": "$org1"}   | successor-unfit
        v2    | support-successor | {"of": "$org1", "successor": "$org2"}   | ok
        v3    | support-successor | {"of": "$org1", "successor": "$org2"}   | ok
        v4    | support-successor | {"of": "$org1", "successor": "$org2"}   | ok
        v5    | support-successor | {"of": "$org1", "successor": "$org2"}   | ok
        m2    | support-successor | {"of": "$org1", "successor": "$org2"}   | ok
        plan  | support-successor | {"of": "$org1", "successor": "$org3"}   | successor-decided
        "#,
    );
}
