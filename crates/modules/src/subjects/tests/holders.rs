//! How patients come to decide by wallets of their own.

use super::{DAY, all_but, appoint, appointment, enter, family, found, id, only, quarter, set, subject_id, tag, world};
use crate::subjects::{Authority, RepresentativeRole, Scope, Tie, hides, subject_of_holder, tie};
use epione_types::DurationMs;

#[test]
fn a_patient_without_a_wallet_takes_over_later() {
    let mut world = world();
    enter(&mut world, "adult", None);
    set(&mut world, "all", &Scope::All);
    world.check(
        r#"
        by      | call           | fields                                                          | result
        program | offer          | {"subject": "$adult", "identity": "$alice", "scope": $all}      | ok
        program | withdraw-offer | {"subject": "$adult"}                                           | ok
        alice   | take-over      | {"subject": "$adult"}                                           | not-offered
        program | offer          | {"subject": "$adult", "identity": "$bob", "scope": $all}        | ok
        program | offer          | {"subject": "$adult", "identity": "$alice", "scope": $all}      | ok
        bob     | take-over      | {"subject": "$adult"}                                           | not-offered
        alice   | take-over      | {"subject": "$adult"}                                           | ok
        alice   | take-over      | {"subject": "$adult"}                                           | not-offered
        "#,
    );
    let alice = id(&world, "alice");
    assert_eq!(subject_of_holder(&world.state, &alice), Ok(Some(subject_id(&world, "adult"))));
    assert_eq!(found(&world, "adult").authority_of(&alice, world.now), Some(Authority::Patient(Scope::All)));
}

/// The custodian has a new wallet put in the place of one that was lost; while the patient has the old one, it can refuse.
#[test]
fn another_wallet_in_the_place_of_the_patients_waits_and_can_be_refused() {
    let mut world = world();
    enter(&mut world, "adult", Some("alice"));
    appoint(&mut world, ["alice", "adult", "dave"], RepresentativeRole::Proxy, Scope::All);
    appoint(&mut world, ["v1", "adult", "erin"], RepresentativeRole::Executor, Scope::All);
    set(&mut world, "all", &Scope::All);
    let offer = r#"v1 | offer | {"subject": "$adult", "identity": "$carol", "scope": $all} | ok"#;
    world.check(offer);
    world.check(r#"alice | withdraw-offer | {"subject": "$adult"} | ok"#);
    world.pass(DurationMs(7 * DAY));
    world.check(r#"carol | take-over | {"subject": "$adult"} | not-offered"#);
    world.check(offer);
    world.pass(DurationMs(7 * DAY - 1));
    world.check(r#"carol | take-over | {"subject": "$adult"} | too-early"#);
    world.pass(DurationMs(1));
    world.check(r#"carol | take-over | {"subject": "$adult"} | ok"#);
    let subject = found(&world, "adult");
    assert_eq!(subject.holder, Some(id(&world, "carol")));
    // The proxy went with the holder who had appointed it; the executor whom the custodian attests stays.
    let left: Vec<_> = subject.representatives.iter().map(|found| found.identity).collect();
    assert_eq!(left, [id(&world, "erin")]);
    for name in ["alice", "dave"] {
        assert_eq!(tie(&world.state, &id(&world, name)), Ok(None));
        assert_eq!(subject.authority_of(&id(&world, name), world.now), None);
    }
    world.check(r#"alice | withdraw-offer | {"subject": "$adult"} | not-entitled"#);
}

#[test]
fn an_offer_to_a_wallet_that_was_closed_meanwhile_is_void() {
    let mut world = world();
    for name in ["first", "second"] {
        enter(&mut world, name, None);
    }
    set(&mut world, "all", &Scope::All);
    world.check(
        r#"
        by      | call                | fields                                                          | result
        v1      | offer               | {"subject": "$first", "identity": "$alice", "scope": $all}      | ok
        v1      | offer               | {"subject": "$second", "identity": "$alice", "scope": $all}     | ok
        v1      | offer               | {"subject": "$first", "identity": "$bob", "scope": $all}        | ok
        alice   | take-over           | {"subject": "$second"}                                          | ok
        v1      | offer               | {"subject": "$first", "identity": "$alice", "scope": $all}      | identity-in-use
        v1      | identity.deactivate | {"identity": "$bob"}                                            | ok
        bob     | take-over           | {"subject": "$first"}                                           | wrong-key
        "#,
    );
}

#[test]
fn an_offer_is_void_once_the_identity_is_in_use_or_of_another_organization() {
    let mut world = world();
    for name in ["first", "second", "third"] {
        enter(&mut world, name, None);
    }
    set(&mut world, "all", &Scope::All);
    let to = crate::tests::fixture::org("v2");
    world.check(
        r#"
        by      | call                | fields                                                          | result
        v1      | offer               | {"subject": "$first", "identity": "$alice", "scope": $all}      | ok
        v1      | offer               | {"subject": "$second", "identity": "$alice", "scope": $all}     | ok
        alice   | take-over           | {"subject": "$second"}                                          | ok
        alice   | take-over           | {"subject": "$first"}                                           | identity-in-use
        v1      | offer               | {"subject": "$third", "identity": "$bob", "scope": $all}        | ok
        "#,
    );
    world.check(&format!(r#"bob | identity.transfer | {{"to": "{to}"}} | ok"#));
    world.check(
        r#"
        v2      | identity.accept-transfer | {"identity": "$bob"}  | ok
        bob     | take-over                | {"subject": "$third"} | identity-unfit
        "#,
    );
}

#[test]
fn a_minor_decides_on_its_own_care_and_at_majority_on_everything() {
    let mut world = family();
    set(&mut world, "own", &only(&[7]));
    world.check(
        r#"
        by      | call           | fields                                                          | result
        v1      | offer          | {"subject": "$minor", "identity": "$carol", "scope": $own}      | ok
        carol   | take-over      | {"subject": "$minor"}                                           | ok
        v1      | plan-hand-over | {"subject": "$minor", "after": "2027-Q1"}                       | ok
        "#,
    );
    let (minor, carol, alice) = (found(&world, "minor"), id(&world, "carol"), id(&world, "alice"));
    // What one sees the other does not.
    assert!(!hides(&minor, &carol, &tag(7), world.now) && hides(&minor, &carol, &tag(1), world.now));
    assert!(hides(&minor, &alice, &tag(7), world.now) && !hides(&minor, &alice, &tag(1), world.now));
    assert!(hides(&minor, &id(&world, "dave"), &tag(1), world.now));
    // Nobody acts on the day: the quarter ends.
    world.pass(DurationMs(76 * DAY));
    assert_eq!(minor.authority_of(&carol, world.now), Some(Authority::Patient(Scope::All)));
    assert_eq!(minor.authority_of(&alice, world.now), None);
    assert!(minor.is_of_age(world.now) && minor.guardians(world.now) == 0);
    // What is written next says so.
    appoint(&mut world, ["carol", "minor", "dave"], RepresentativeRole::Proxy, Scope::All);
    let adult = found(&world, "minor");
    assert_eq!((adult.holder_scope.clone(), adult.quorum, adult.majority), (Scope::All, 1, None));
    assert_eq!(adult.representatives.len(), 1);
    assert_eq!(tie(&world.state, &alice), Ok(None));
    assert_eq!(tie(&world.state, &carol), Ok(Some(Tie { subject: subject_id(&world, "minor"), is_holder: true })));
}

#[test]
fn a_hand_over_ends_guardians_at_once_and_brings_a_wallet() {
    let mut world = family();
    appoint(&mut world, ["v1", "minor", "dave"], RepresentativeRole::Executor, Scope::All);
    world.check(
        r#"
        by      | call           | fields                                                                  | result
        v1      | set-quorum     | {"subject": "$minor", "quorum": 2, "evidence": $evidence}               | ok
        v1      | plan-hand-over | {"subject": "$minor", "after": "2027-Q3"}                               | ok
        v1      | plan-hand-over | {"subject": "$minor", "after": null}                                    | ok
        v1      | plan-hand-over | {"subject": "$minor", "after": "2027-Q2"}                               | ok
        v1      | hand-over      | {"subject": "$minor", "holder": "$carol"}                               | ok
        alice   | dismiss        | {"subject": "$minor", "identity": "$alice"}                             | unknown-representative
        "#,
    );
    let adult = found(&world, "minor");
    assert_eq!((adult.holder, adult.quorum, adult.majority), (Some(id(&world, "carol")), 1, None));
    assert_eq!(adult.representatives.len(), 1);
    assert_eq!(adult.authority_of(&id(&world, "carol"), world.now), Some(Authority::Patient(Scope::All)));
}

/// An offer to a minor that is taken up after the last guardian went.
#[test]
fn a_scope_below_everything_counts_only_beside_a_guardian() {
    let mut world = family();
    set(&mut world, "own", &only(&[7]));
    world.check(
        r#"
        by      | call      | fields                                                          | result
        v1      | offer     | {"subject": "$minor", "identity": "$carol", "scope": $own}      | ok
        alice   | dismiss   | {"subject": "$minor", "identity": "$alice"}                     | ok
        bob     | dismiss   | {"subject": "$minor", "identity": "$bob"}                       | ok
        carol   | take-over | {"subject": "$minor"}                                           | ok
        "#,
    );
    assert_eq!(found(&world, "minor").holder_scope, Scope::All);
}

#[test]
fn a_guardian_with_an_end_acts_until_that_quarter_has_passed() {
    let mut world = world();
    enter(&mut world, "minor", None);
    let until = Some(quarter(1));
    let fields = appointment(&world, ["minor", "alice"], RepresentativeRole::Guardian, all_but(&[7]), until);
    world.check(&format!("v1 | appoint | {fields} | ok"));
    let (minor, alice) = (found(&world, "minor"), id(&world, "alice"));
    world.pass(DurationMs(75 * DAY));
    assert!(minor.authority_of(&alice, world.now).is_some_and(|authority| authority.covers(&tag(1))));
    // 31 March 2027, 08:00, was within it; sixteen hours later it is over.
    world.pass(DurationMs(DAY * 16 / 24 - 1));
    assert!(minor.authority_of(&alice, world.now).is_some());
    world.pass(DurationMs(1));
    assert_eq!(minor.authority_of(&alice, world.now), None);
}
