//! Who acts for a patient: scopes, two guardians, majority, death.

use super::{appoint, found, give, permits, subject, tags, world};
use crate::{
    consent::{ConsentStatus, Consents},
    subjects::{RepresentativeRole, Scope},
};
use epione_kernel::testing::World;
use epione_types::Hash;
use serde_json::json;

/// The minor gets a wallet, which decides on the care to which she consents alone.
fn wallet(world: &mut World<Consents>) {
    let offer =
        json!({ "subject": subject(world, "minor"), "identity": world.names["erin"], "scope": Scope::Only(tags(7)) });
    world.check(&format!("v1 | subjects.offer | {offer} | ok"));
    world.check(r#"erin | subjects.take-over | {"subject": "$minor"} | ok"#);
}

#[test]
fn of_two_guardians_one_denies_and_both_permit() {
    let mut world = world();
    give(&mut world, "bob", "minor", "permit", "ok first");
    assert_eq!(found(&world, "first").status, ConsentStatus::Proposed);
    assert!(!permits(&world, "minor", 1, "m2"));
    world.check(
        r#"
        by      | call    | fields                                                                                         | result
        bob     | confirm | {"consent": "$first"}                                                                          | already-given
        bob     | amend   | {"consent": "$first", "provisions": $deny, "form": null, "lifts": [], "evidence": $evidence}   | unconfirmed
        v1      | confirm | {"consent": "$first"}                                                                          | not-entitled
        alice   | confirm | {"consent": "$first"}                                                                          | not-entitled
        carol   | confirm | {"consent": "$first"}                                                                          | ok
        carol   | confirm | {"consent": "$first"}                                                                          | not-proposed
        "#,
    );
    assert!(permits(&world, "minor", 1, "m2"));
    give(&mut world, "carol", "minor", "not-m2", "ok second");
    assert!(!permits(&world, "minor", 1, "m2"));
    // The deny ends when both ask, the permit when one does.
    world.check(
        r#"
        by      | call    | fields                     | result
        bob     | revoke  | {"consent": "$second"}     | ok
        bob     | revoke  | {"consent": "$second"}     | already-given
        "#,
    );
    assert!(!permits(&world, "minor", 1, "m2"));
    world.check(r#"carol | revoke | {"consent": "$second"} | ok"#);
    assert!(permits(&world, "minor", 1, "m2"));
    world.check(r#"carol | revoke | {"consent": "$first"} | ok"#);
    assert!(!permits(&world, "minor", 1, "m2"));
}

/// An amendment that waits leaves the old version in force; one that comes too late is refused.
#[test]
fn an_amendment_by_one_of_two_waits() {
    let mut world = world();
    give(&mut world, "bob", "minor", "not-m2", "ok first");
    world.check(
        r#"
        by      | call    | fields                                                                                           | result
        bob     | amend   | {"consent": "$first", "provisions": $permit, "form": null, "lifts": [], "evidence": $evidence}   | ok wide
        carol   | amend   | {"consent": "$first", "provisions": $deny, "form": null, "lifts": [], "evidence": $evidence}     | ok other
        "#,
    );
    assert!(!permits(&world, "minor", 1, "m2"));
    world.check(
        r#"
        by      | call    | fields                    | result
        carol   | confirm | {"consent": "$wide"}      | ok
        bob     | confirm | {"consent": "$other"}     | ended
        bob     | revoke  | {"consent": "$other"}     | ok
        bob     | confirm | {"consent": "$other"}     | ended
        "#,
    );
    assert!(permits(&world, "minor", 1, "m2"));
    assert_eq!((found(&world, "wide").version, found(&world, "other").status), (2, ConsentStatus::Revoked));
}

/// What is beyond the scope of who gave a consent is beyond it, also if it is hidden from the author later.
#[test]
fn a_consent_reaches_what_its_author_decides_on() {
    let mut world = world();
    give(&mut world, "bob", "minor", "permit", "ok first");
    world.check(r#"carol | confirm | {"consent": "$first"} | ok"#);
    assert!(permits(&world, "minor", 1, "m2") && !permits(&world, "minor", 7, "m2"));
    give(&mut world, "bob", "minor", "about-7", "out-of-scope");
    wallet(&mut world);
    give(&mut world, "erin", "minor", "to-m2", "ok own");
    assert!(permits(&world, "minor", 7, "m2") && !permits(&world, "minor", 7, "m1"));
    // Her guardians neither deny nor revoke what she permits, nor she what they permit.
    give(&mut world, "carol", "minor", "deny", "ok denied");
    assert!(permits(&world, "minor", 7, "m2") && !permits(&world, "minor", 1, "m2"));
    world.check(
        r#"
        by      | call     | fields                                                                                                        | result
        bob     | revoke   | {"consent": "$own"}                                                                                           | out-of-scope
        erin    | revoke   | {"consent": "$denied"}                                                                                        | out-of-scope
        erin    | restrict | {"subject": "$minor", "kind": "objection", "units": [], "towards": [], "evidence": $evidence}                  | out-of-scope
        bob     | restrict | {"subject": "$minor", "kind": "objection", "units": [], "towards": [], "evidence": $evidence}                  | out-of-scope
        carol   | revoke   | {"consent": "$denied"}                                                                                        | ok
        bob     | revoke   | {"consent": "$denied"}                                                                                        | ok
        "#,
    );
    assert!(permits(&world, "minor", 1, "m2"));
    let less = Scope::AllBut(super::some(vec![super::Tag([7; 16]), super::Tag([1; 16])]));
    let hide = json!({ "subject": subject(&world, "minor"), "identity": world.names["bob"], "scope": less, "evidence": Hash([1; 32]) });
    world.check(&format!("v1 | subjects.set-scope | {hide} | ok"));
    assert!(!permits(&world, "minor", 1, "m2") && permits(&world, "minor", 2, "m2"));
    // He still ends his own.
    world.check(r#"bob | revoke | {"consent": "$first"} | ok"#);
}

#[test]
fn two_guardians_lift_a_restriction_together() {
    let mut world = world();
    for guardian in ["bob", "carol"] {
        let identity = &world.names[guardian];
        let all = json!({ "subject": subject(&world, "minor"), "identity": identity, "scope": Scope::All, "evidence": Hash([1; 32]) });
        world.check(&format!("v1 | subjects.set-scope | {all} | ok"));
    }
    world.check(
        r#"
        by      | call     | fields                                                                                                        | result
        bob     | restrict | {"subject": "$minor", "kind": "objection", "units": [], "towards": [], "evidence": $evidence}                  | ok one
        bob     | lift     | {"restriction": "$one", "evidence": $evidence}                                                                 | ok
        bob     | lift     | {"restriction": "$one", "evidence": $evidence}                                                                 | already-given
        "#,
    );
    assert_eq!(super::basis_of(&world, "minor").restrictions.len(), 1);
    world.check(
        r#"
        by      | call     | fields                                                                                                        | result
        carol   | lift     | {"restriction": "$one", "evidence": $evidence}                                                                 | ok
        carol   | lift     | {"restriction": "$one", "evidence": $evidence}                                                                 | restriction-lifted
        "#,
    );
    assert!(super::basis_of(&world, "minor").restrictions.is_empty());
}

/// Of age, she decides on everything: what her guardians gave still counts, and is hers to end.
#[test]
fn at_majority_the_patient_decides() {
    let mut world = world();
    give(&mut world, "bob", "minor", "permit", "ok given");
    give(&mut world, "bob", "minor", "to-m2", "ok waiting");
    world.check(r#"carol | confirm | {"consent": "$given"} | ok"#);
    wallet(&mut world);
    world.check(r#"v1 | subjects.hand-over | {"subject": "$minor", "holder": null} | ok"#);
    assert!(permits(&world, "minor", 1, "m2"));
    world.check(
        r#"
        by      | call    | fields                       | result
        carol   | confirm | {"consent": "$waiting"}      | not-entitled
        bob     | revoke  | {"consent": "$given"}        | not-entitled
        erin    | revoke  | {"consent": "$given"}        | ok
        erin    | confirm | {"consent": "$waiting"}      | ok
        "#,
    );
    assert!(permits(&world, "minor", 1, "m2") && !permits(&world, "minor", 1, "m1"));
}

#[test]
fn after_death_the_executor_decides() {
    let mut world = world();
    give(&mut world, "alice", "adult", "permit", "ok mine");
    appoint(&mut world, "adult", "dave", RepresentativeRole::Executor, Scope::All);
    give(&mut world, "dave", "adult", "deny", "not-entitled");
    world.check(r#"v1 | subjects.declare-deceased | {"subject": "$adult", "evidence": $evidence} | ok"#);
    assert!(permits(&world, "adult", 1, "m2"), "what she permitted outlives her");
    give(&mut world, "alice", "adult", "deny", "not-entitled");
    world.check(r#"dave | revoke | {"consent": "$mine"} | ok"#);
    assert!(!permits(&world, "adult", 1, "m2"));
}
