//! Mergers, corrections and closures.

use super::{appoint, decide, enter, found, id, set, subject_id, suspend, world};
use crate::{
    subjects::{Authority, RepresentativeRole, Scope, SubjectStatus, resolve, subject_of_holder},
    tests::fixture::org,
};
use serde_json::json;

/// Name of the subject that stands in the place of another.
fn stands(world: &epione_kernel::testing::World<super::Subjects>, name: &str) -> epione_types::SubjectId {
    resolve(&world.state, &subject_id(world, name)).unwrap().unwrap().0
}

#[test]
fn one_step_leads_to_the_subject_that_stands() {
    let mut world = world();
    for name in ["first", "second", "third"] {
        enter(&mut world, name, None);
    }
    world.check(
        r#"
        by      | call    | fields                                   | result
        v1      | merge   | {"from": "$first", "into": "$second"}    | ok
        program | merge   | {"from": "$second", "into": "$third"}    | ok
        "#,
    );
    let third = subject_id(&world, "third");
    assert_eq!([stands(&world, "first"), stands(&world, "second"), stands(&world, "third")], [third; 3]);
    world.check(r#"v1 | unmerge | {"subject": "$second"} | ok"#);
    assert_eq!([stands(&world, "first"), stands(&world, "second")], [third, subject_id(&world, "second")]);
    world.check(
        r#"
        by      | call    | fields                                   | result
        v1      | unmerge | {"subject": "$first"}                    | ok
        v1      | merge   | {"from": "$first", "into": "$second"}    | ok
        v1      | close   | {"subject": "$third"}                    | ok
        "#,
    );
    assert_eq!(found(&world, "third").absorbed.len(), 0);
    assert_eq!(found(&world, "second").absorbed.to_vec(), [subject_id(&world, "first")]);
    assert_eq!(resolve(&world.state, &subject_id(&world, "unknown")), Ok(None));
}

/// Two charts of one patient, each with a wallet; then it turns out that they are two patients after all.
#[test]
fn a_merger_moves_nobodys_power_and_is_undone_whole() {
    let mut world = world();
    enter(&mut world, "first", Some("alice"));
    enter(&mut world, "second", Some("bob"));
    appoint(&mut world, ["alice", "first", "carol"], RepresentativeRole::Proxy, Scope::All);
    world.check(r#"v1 | merge | {"from": "$first", "into": "$second"} | ok"#);
    let (alice, bob, carol) = (id(&world, "alice"), id(&world, "bob"), id(&world, "carol"));
    let second = found(&world, "second");
    assert_eq!(second.authority_of(&alice, world.now), None);
    assert_eq!(second.authority_of(&carol, world.now), None);
    // Over what is under the merged one her rights remain.
    let first = found(&world, "first");
    assert_eq!(first.authority_of(&alice, world.now), Some(Authority::Patient(Scope::All)));
    assert_eq!(first.authority_of(&bob, world.now), None);
    world.check(r#"v1 | unmerge | {"subject": "$first"} | ok"#);
    let before = crate::subjects::Subject { status: SubjectStatus::Active, ..first };
    assert_eq!(found(&world, "first"), before);
}

#[test]
fn the_holder_of_a_merged_chart_takes_over_the_one_in_its_place() {
    let mut world = world();
    enter(&mut world, "first", Some("alice"));
    enter(&mut world, "second", None);
    enter(&mut world, "third", None);
    set(&mut world, "all", &Scope::All);
    world.check(
        r#"
        by      | call      | fields                                                        | result
        v1      | offer     | {"subject": "$second", "identity": "$alice", "scope": $all}   | identity-in-use
        v1      | merge     | {"from": "$first", "into": "$second"}                         | ok
        v1      | offer     | {"subject": "$third", "identity": "$alice", "scope": $all}    | identity-in-use
        v1      | offer     | {"subject": "$second", "identity": "$alice", "scope": $all}   | ok
        alice   | take-over | {"subject": "$second"}                                        | ok
        "#,
    );
    let alice = id(&world, "alice");
    assert_eq!(subject_of_holder(&world.state, &alice), Ok(Some(subject_id(&world, "second"))));
    assert_eq!(found(&world, "first").holder, None);
    // The mistake is corrected: she keeps the one she took over, and the other awaits its patient.
    world.check(r#"v1 | unmerge | {"subject": "$first"} | ok"#);
    assert_eq!(found(&world, "second").holder, Some(alice));
    world.check(r#"v1 | offer | {"subject": "$first", "identity": "$bob", "scope": $all} | ok"#);
    world.check(r#"bob | take-over | {"subject": "$first"} | ok"#);
}

#[test]
fn a_merger_or_a_death_voids_what_was_offered() {
    let mut world = world();
    for name in ["first", "second", "third"] {
        enter(&mut world, name, None);
    }
    set(&mut world, "all", &Scope::All);
    world.check(
        r#"
        by      | call             | fields                                                        | result
        v1      | offer            | {"subject": "$first", "identity": "$alice", "scope": $all}    | ok
        v1      | merge            | {"from": "$first", "into": "$second"}                         | ok
        alice   | take-over        | {"subject": "$first"}                                         | subject-merged
        v1      | unmerge          | {"subject": "$first"}                                         | ok
        alice   | take-over        | {"subject": "$first"}                                         | not-offered
        v1      | offer            | {"subject": "$third", "identity": "$alice", "scope": $all}    | ok
        v1      | declare-deceased | {"subject": "$third", "evidence": $evidence}                  | ok
        alice   | take-over        | {"subject": "$third"}                                         | patient-deceased
        v1      | declare-living   | {"subject": "$third", "evidence": $evidence}                  | ok
        alice   | take-over        | {"subject": "$third"}                                         | not-offered
        "#,
    );
}

#[test]
fn rights_over_a_closed_chart_remain() {
    let mut world = world();
    enter(&mut world, "adult", Some("alice"));
    world.check(r#"v1 | close | {"subject": "$adult"} | ok"#);
    appoint(&mut world, ["alice", "adult", "bob"], RepresentativeRole::Proxy, Scope::All);
    let adult = found(&world, "adult");
    assert_eq!(adult.status, SubjectStatus::Closed);
    for name in ["alice", "bob"] {
        assert!(adult.authority_of(&id(&world, name), world.now).is_some());
    }
}

#[test]
fn patients_of_a_suspended_custodian_keep_their_rights() {
    let mut world = world();
    enter(&mut world, "adult", Some("alice"));
    enter(&mut world, "other", None);
    set(&mut world, "all", &Scope::All);
    suspend(&mut world, "v1");
    appoint(&mut world, ["alice", "adult", "bob"], RepresentativeRole::Proxy, Scope::All);
    world.check(
        r#"
        by      | call      | fields                                                        | result
        v1      | register  | {"holder": null, "evidence": $evidence}                       | suspended
        program | merge     | {"from": "$adult", "into": "$other"}                          | suspended
        v1      | offer     | {"subject": "$other", "identity": "$carol", "scope": $all}    | ok
        carol   | take-over | {"subject": "$other"}                                         | ok
        program | close     | {"subject": "$other"}                                         | ok
        "#,
    );
    // Its identities act even after it left, for themselves.
    decide(&mut world, &json!({ "expel": { "org": org("v1"), "reason": "dissolved" } }));
    world.check(r#"alice | dismiss | {"subject": "$adult", "identity": "$bob"} | ok"#);
    world.check(r#"v1 | close | {"subject": "$adult"} | wrong-key"#);
}
