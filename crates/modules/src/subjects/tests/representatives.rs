//! Who acts for a patient, and on what.

use super::{all_but, appoint, appointment, enter, family, found, id, only, set, tag, world};
use crate::subjects::{Authority, RepresentativeRole, Scope, tie};

fn joint(world: &epione_kernel::testing::World<super::Subjects>, name: &str) -> Option<bool> {
    found(world, "minor").authority_of(&id(world, name), world.now).map(|authority| authority.is_joint())
}

#[test]
fn two_guardians_agree_to_what_widens_access() {
    let mut world = family();
    assert_eq!((joint(&world, "alice"), joint(&world, "bob")), (Some(false), Some(false)));
    world.check(
        r#"
        by      | call       | fields                                                      | result
        alice   | set-quorum | {"subject": "$minor", "quorum": 1, "evidence": $evidence}   | not-custodian
        v1      | set-quorum | {"subject": "$minor", "quorum": 2, "evidence": $evidence}   | ok
        "#,
    );
    assert_eq!((joint(&world, "alice"), joint(&world, "bob")), (Some(true), Some(true)));
    // One of them goes: the other one decides alone only once the custodian says so.
    world.check(r#"bob | dismiss | {"subject": "$minor", "identity": "$bob"} | ok"#);
    assert_eq!((joint(&world, "alice"), joint(&world, "bob")), (Some(true), None));
    world.check(r#"v1 | set-quorum | {"subject": "$minor", "quorum": 1, "evidence": $evidence} | ok"#);
    assert_eq!(joint(&world, "alice"), Some(false));
}

#[test]
fn a_guardian_does_not_dismiss_the_other() {
    let mut world = family();
    world.check(
        r#"
        by      | call    | fields                                       | result
        alice   | dismiss | {"subject": "$minor", "identity": "$bob"}    | not-entitled
        m1      | dismiss | {"subject": "$minor", "identity": "$bob"}    | not-entitled
        program | dismiss | {"subject": "$minor", "identity": "$bob"}    | ok
        "#,
    );
    assert_eq!(tie(&world.state, &id(&world, "bob")), Ok(None));
}

#[test]
fn a_holder_appoints_proxies_within_its_own_scope() {
    let mut world = family();
    for (name, scope) in [("own", only(&[7, 8])), ("narrow", only(&[8])), ("wide", all_but(&[9])), ("all", Scope::All)]
    {
        set(&mut world, name, &scope);
    }
    world.check(
        r#"
        by      | call      | fields                                                        | result
        v1      | offer     | {"subject": "$minor", "identity": "$carol", "scope": $own}    | ok
        carol   | take-over | {"subject": "$minor"}                                         | ok
        "#,
    );
    appoint(&mut world, ["carol", "minor", "dave"], RepresentativeRole::Proxy, only(&[7]));
    appoint(&mut world, ["carol", "minor", "erin"], RepresentativeRole::Proxy, only(&[8]));
    world.check(
        r#"
        by      | call      | fields                                                                                 | result
        carol   | set-scope | {"subject": "$minor", "identity": "$dave", "scope": $wide, "evidence": $evidence}      | scope-too-wide
        carol   | set-scope | {"subject": "$minor", "identity": "$dave", "scope": $own, "evidence": $evidence}       | ok
        carol   | set-scope | {"subject": "$minor", "identity": "$alice", "scope": $own, "evidence": $evidence}      | role-not-open
        dave    | set-scope | {"subject": "$minor", "identity": "$dave", "scope": $own, "evidence": $evidence}       | not-entitled
        v1      | set-scope | {"subject": "$minor", "identity": "$dave", "scope": $all, "evidence": $evidence}       | role-not-open
        v1      | set-scope | {"subject": "$minor", "identity": "$carol", "scope": $narrow, "evidence": $evidence}   | ok
        "#,
    );
    // A proxy that now went beyond the holder is gone, the other one stays.
    let minor = found(&world, "minor");
    assert_eq!(minor.authority_of(&id(&world, "dave"), world.now), None);
    let authority = minor.authority_of(&id(&world, "erin"), world.now).unwrap();
    assert!(authority.covers(&tag(8)) && !authority.covers(&tag(7)) && !authority.is_joint());
    assert_eq!(authority.scope(), Some(&only(&[8])));
    // A holder with less power than its guardians does not dismiss them; one with all does.
    world.check(
        r#"
        by      | call      | fields                                                                                 | result
        carol   | dismiss   | {"subject": "$minor", "identity": "$alice"}                                            | scope-too-wide
        v1      | set-scope | {"subject": "$minor", "identity": "$carol", "scope": $all, "evidence": $evidence}      | ok
        carol   | dismiss   | {"subject": "$minor", "identity": "$alice"}                                            | ok
        carol   | dismiss   | {"subject": "$minor", "identity": "$erin"}                                             | ok
        "#,
    );
}

/// A suspicion of abuse: the custodian hides a label from a guardian without dismissing it.
#[test]
fn the_custodian_hides_labels_from_a_guardian() {
    let mut world = family();
    set(&mut world, "less", &all_but(&[7, 8]));
    world.check(
        r#"
        by      | call      | fields                                                                                 | result
        alice   | set-scope | {"subject": "$minor", "identity": "$alice", "scope": $less, "evidence": $evidence}     | not-entitled
        v1      | set-scope | {"subject": "$minor", "identity": "$alice", "scope": $less, "evidence": $evidence}     | ok
        "#,
    );
    let minor = found(&world, "minor");
    assert!(super::super::hides(&minor, &id(&world, "alice"), &tag(8), world.now));
    assert!(!super::super::hides(&minor, &id(&world, "bob"), &tag(8), world.now));
}

#[test]
fn on_paper_the_custodian_appoints_the_proxy_of_a_patient_without_a_wallet() {
    let mut world = world();
    enter(&mut world, "adult", None);
    appoint(&mut world, ["program", "adult", "dave"], RepresentativeRole::Proxy, only(&[1]));
    set(&mut world, "all", &Scope::All);
    world.check(
        r#"v1 | set-scope | {"subject": "$adult", "identity": "$dave", "scope": $all, "evidence": $evidence} | ok"#,
    );
    // A practitioner does not.
    let fields = appointment(&world, ["adult", "erin"], RepresentativeRole::Proxy, Scope::All, None);
    world.check(&format!("doctor | appoint | {fields} | not-entitled"));
    assert_eq!(tie(&world.state, &id(&world, "erin")), Ok(None));
}

#[test]
fn an_executor_acts_from_death_on_and_nobody_else() {
    let mut world = world();
    enter(&mut world, "adult", Some("alice"));
    appoint(&mut world, ["v1", "adult", "bob"], RepresentativeRole::Guardian, Scope::All);
    appoint(&mut world, ["alice", "adult", "carol"], RepresentativeRole::Proxy, Scope::All);
    appoint(&mut world, ["v1", "adult", "dave"], RepresentativeRole::Executor, only(&[1]));
    let acting = |world: &_| {
        let subject = found(world, "adult");
        ["alice", "bob", "carol", "dave"].map(|name| subject.authority_of(&id(world, name), world.now).is_some())
    };
    assert_eq!(acting(&world), [true, true, true, false]);
    world.check(r#"v1 | declare-deceased | {"subject": "$adult", "evidence": $evidence} | ok"#);
    assert_eq!(acting(&world), [false, false, false, true]);
    assert!(matches!(
        found(&world, "adult").authority_of(&id(&world, "dave"), world.now),
        Some(Authority::Representative { role: RepresentativeRole::Executor, joint: false, .. })
    ));
    // After death another executor can be appointed, and the holder decides no more.
    appoint(&mut world, ["v1", "adult", "erin"], RepresentativeRole::Executor, Scope::All);
    world.check(
        r#"
        by      | call             | fields                                             | result
        alice   | dismiss          | {"subject": "$adult", "identity": "$carol"}        | not-entitled
        m1      | declare-living   | {"subject": "$adult", "evidence": $evidence}       | not-custodian
        v1      | declare-living   | {"subject": "$adult", "evidence": $evidence}       | ok
        "#,
    );
    // It was a mistake: everybody acts as before.
    assert_eq!(acting(&world), [true, true, true, false]);
}

#[test]
fn scopes_compare_by_what_they_cover() {
    let (all, nothing) = (Scope::All, only(&[]));
    let scopes = [all, nothing, all_but(&[1]), all_but(&[1, 2]), only(&[1]), only(&[2]), only(&[1, 2]), only(&[3])];
    // Nine labels, of which the last is named by none: it stands for all the others.
    let covered = |scope: &Scope| (1..=9).map(|byte| scope.covers(&tag(byte))).collect::<Vec<_>>();
    for one in &scopes {
        for other in &scopes {
            let within = covered(one).iter().zip(covered(other)).all(|(mine, others)| !mine || others);
            assert_eq!(one.is_within(other), within, "{one:?} {other:?}");
        }
    }
    assert!(!all_but(&[]).is_sound() && !only(&[1, 1]).is_sound() && !all_but(&[1, 1]).is_sound());
    assert!(scopes.iter().all(Scope::is_sound));
}
