//! Every reject, in order of precedence.

use super::{all_but, appoint, appointment, enter, only, quarter, set, suspend, world};
use crate::subjects::{RepresentativeRole, Scope, Subjects};
use epione_kernel::testing::World;
use epione_types::Quarter;

/// Alice holds `adult`; `infant` has no holder; Bob is its guardian. `other` is a chart of m1.
fn prepared() -> World<Subjects> {
    let mut world = world();
    enter(&mut world, "adult", Some("alice"));
    enter(&mut world, "infant", None);
    appoint(&mut world, ["v1", "infant", "bob"], RepresentativeRole::Guardian, Scope::All);
    world.check(r#"m1 | register | {"holder": null, "evidence": $evidence} | ok other"#);
    set(&mut world, "twice", &only(&[1, 1]));
    set(&mut world, "empty", &all_but(&[]));
    set(&mut world, "all", &Scope::All);
    set(&mut world, "some", &only(&[1]));
    world
}

#[test]
fn every_reject_in_order_of_precedence() {
    let mut world = prepared();
    world.check(
        r#"
        by      | call            | fields                                                                                    | result
        alice   | offer           | {"subject": "$unknown", "identity": "$nobody", "scope": $twice}                           | scope-invalid
        alice   | set-scope       | {"subject": "$unknown", "identity": "$nobody", "scope": $empty, "evidence": $evidence}    | scope-invalid
        alice   | set-quorum      | {"subject": "$unknown", "quorum": 3, "evidence": $evidence}                               | quorum-invalid
        alice   | merge           | {"from": "$unknown", "into": "$unknown"}                                                  | same-subject
        alice   | offer           | {"subject": "$unknown", "identity": "$nobody", "scope": $some}                            | unknown-subject
        m1      | offer           | {"subject": "$adult", "identity": "$nobody", "scope": $some}                              | not-custodian
        spy     | offer           | {"subject": "$adult", "identity": "$nobody", "scope": $some}                              | not-custodian
        doctor  | offer           | {"subject": "$adult", "identity": "$nobody", "scope": $some}                              | not-custodian
        alice   | offer           | {"subject": "$adult", "identity": "$nobody", "scope": $some}                              | not-custodian
        v1      | merge           | {"from": "$adult", "into": "$other"}                                                      | not-custodian
        doctor  | register        | {"holder": "$nobody", "evidence": $evidence}                                              | not-custodian
        o1      | register        | {"holder": "$nobody", "evidence": $evidence}                                              | not-member
        bob     | set-scope       | {"subject": "$adult", "identity": "$nobody", "scope": $some, "evidence": $evidence}       | not-entitled
        m1      | dismiss         | {"subject": "$infant", "identity": "$bob"}                                                | not-entitled
        bob     | withdraw-offer  | {"subject": "$infant"}                                                                    | not-entitled
        "#,
    );
    of_charts(&mut world);
    of_persons(&mut world);
    suspend(&mut world, "v1");
    let guardian = appointment(&world, ["gone", "nobody"], RepresentativeRole::Proxy, Scope::All, Some(quarter(1)));
    world.check(&format!("v1 | appoint | {guardian} | organization-suspended"));
    world.all_rejects_seen();
}

/// Rejects of mergers, closures and deaths.
fn of_charts(world: &mut World<Subjects>) {
    for name in ["gone", "stays", "closed", "dead"] {
        enter(world, name, None);
    }
    world.check(
        r#"
        by      | call             | fields                                                                 | result
        v1      | close            | {"subject": "$closed"}                                                 | ok
        v1      | close            | {"subject": "$closed"}                                                 | subject-closed
        v1      | merge            | {"from": "$gone", "into": "$stays"}                                    | ok
        v1      | merge            | {"from": "$gone", "into": "$closed"}                                   | subject-closed
        v1      | merge            | {"from": "$gone", "into": "$stays"}                                    | subject-merged
        v1      | merge            | {"from": "$stays", "into": "$gone"}                                    | subject-merged
        v1      | close            | {"subject": "$gone"}                                                   | subject-merged
        v1      | unmerge          | {"subject": "$stays"}                                                  | not-merged
        v1      | declare-deceased | {"subject": "$dead", "evidence": $evidence}                            | ok
        v1      | declare-deceased | {"subject": "$dead", "evidence": $evidence}                            | patient-deceased
        v1      | offer            | {"subject": "$gone", "identity": "$nobody", "scope": $some}            | subject-merged
        v1      | offer            | {"subject": "$dead", "identity": "$nobody", "scope": $some}            | patient-deceased
        v1      | hand-over        | {"subject": "$dead", "holder": "$nobody"}                              | patient-deceased
        v1      | plan-hand-over   | {"subject": "$dead", "after": "2026-Q4"}                               | patient-deceased
        v1      | declare-living   | {"subject": "$stays", "evidence": $evidence}                           | not-deceased
        "#,
    );
}

/// Rejects that concern holders and representatives.
fn of_persons(world: &mut World<Subjects>) {
    let past = Some(Quarter::new(2026, 4).unwrap());
    let rows = [
        ("alice", "adult", "nobody", RepresentativeRole::Guardian, Scope::All, past, "role-not-open"),
        ("alice", "adult", "nobody", RepresentativeRole::Executor, Scope::All, past, "role-not-open"),
        ("v1", "adult", "nobody", RepresentativeRole::Proxy, Scope::All, past, "role-not-open"),
        ("v1", "gone", "nobody", RepresentativeRole::Guardian, Scope::All, past, "subject-merged"),
        ("v1", "dead", "nobody", RepresentativeRole::Guardian, Scope::All, past, "patient-deceased"),
        ("alice", "adult", "nobody", RepresentativeRole::Proxy, Scope::All, past, "period-over"),
        ("alice", "adult", "nobody", RepresentativeRole::Proxy, Scope::All, None, "identity-unfit"),
        ("alice", "adult", "doctor", RepresentativeRole::Proxy, Scope::All, None, "identity-unfit"),
        ("alice", "adult", "mallory", RepresentativeRole::Proxy, Scope::All, None, "identity-unfit"),
        ("alice", "adult", "bob", RepresentativeRole::Proxy, Scope::All, None, "identity-in-use"),
        ("v1", "infant", "alice", RepresentativeRole::Guardian, Scope::All, None, "identity-in-use"),
    ];
    for (by, subject, who, role, scope, until, result) in rows {
        let fields = appointment(world, [subject, who], role, scope, until);
        world.check(&format!("{by} | appoint | {fields} | {result}"));
    }
    world.check(
        r#"
        by      | call             | fields                                                                                  | result
        carol   | take-over        | {"subject": "$infant"}                                                                  | not-offered
        v1      | withdraw-offer   | {"subject": "$infant"}                                                                  | not-offered
        v1      | offer            | {"subject": "$adult", "identity": "$nobody", "scope": $some}                            | identity-unfit
        v1      | offer            | {"subject": "$adult", "identity": "$bob", "scope": $some}                               | identity-in-use
        v1      | offer            | {"subject": "$adult", "identity": "$alice", "scope": $all}                              | identity-in-use
        v1      | offer            | {"subject": "$adult", "identity": "$carol", "scope": $some}                             | too-few-guardians
        v1      | offer            | {"subject": "$adult", "identity": "$carol", "scope": $all}                              | ok
        carol   | take-over        | {"subject": "$adult"}                                                                   | too-early
        dave    | take-over        | {"subject": "$adult"}                                                                   | not-offered
        v1      | hand-over        | {"subject": "$adult", "holder": "$nobody"}                                              | identity-unfit
        v1      | hand-over        | {"subject": "$adult", "holder": "$alice"}                                               | identity-in-use
        v1      | hand-over        | {"subject": "$adult", "holder": "$carol"}                                               | holder-exists
        v1      | plan-hand-over   | {"subject": "$infant", "after": "2026-Q4"}                                              | period-over
        v1      | dismiss          | {"subject": "$infant", "identity": "$carol"}                                            | unknown-representative
        carol   | dismiss          | {"subject": "$infant", "identity": "$carol"}                                            | unknown-representative
        alice   | dismiss          | {"subject": "$adult", "identity": "$alice"}                                             | unknown-representative
        v1      | set-scope        | {"subject": "$infant", "identity": "$carol", "scope": $some, "evidence": $evidence}     | unknown-representative
        alice   | set-scope        | {"subject": "$adult", "identity": "$alice", "scope": $some, "evidence": $evidence}      | role-not-open
        v1      | set-scope        | {"subject": "$adult", "identity": "$alice", "scope": $some, "evidence": $evidence}      | too-few-guardians
        v1      | set-quorum       | {"subject": "$gone", "quorum": 2, "evidence": $evidence}                                | subject-merged
        v1      | set-quorum       | {"subject": "$infant", "quorum": 2, "evidence": $evidence}                              | too-few-guardians
        v1      | offer            | {"subject": "$infant", "identity": "$dave", "scope": $some}                             | ok
        dave    | take-over        | {"subject": "$infant"}                                                                  | ok
        dave    | dismiss          | {"subject": "$infant", "identity": "$bob"}                                              | scope-too-wide
        "#,
    );
    let proxy = appointment(world, ["infant", "erin"], RepresentativeRole::Proxy, Scope::All, None);
    world.check(&format!("dave | appoint | {proxy} | scope-too-wide"));
    too_many(world);
}

fn too_many(world: &mut World<Subjects>) {
    use crate::{identity::IdentityKind, tests::fixture::register};
    for number in 1..=9 {
        let (name, result) = (format!("heir {number}"), if number == 9 { "too-many-representatives" } else { "ok" });
        register(world, "v1", &name, IdentityKind::Person);
        let fields = appointment(world, ["stays", &name], RepresentativeRole::Executor, Scope::All, None);
        world.check(&format!("v1 | appoint | {fields} | {result}"));
    }
    // One was merged into it before.
    for number in 2..=17 {
        enter(world, "copy", None);
        let result = if number == 17 { "too-many-merged" } else { "ok" };
        world.check(&format!(r#"v1 | merge | {{"from": "$copy", "into": "$stays"}} | {result}"#));
    }
}
