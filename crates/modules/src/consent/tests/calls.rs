//! Consents and restrictions through their lives.

use super::{
    appoint, basis_of, decide, found, give, id, org, permits, request_of, set, subject, suspend, unit_of, world,
};
use crate::{
    consent::{Author, ConsentStatus, Effect, Purpose, RequestFacts, RuleId, active},
    network::OrganizationKind,
    subjects::{RepresentativeRole, Scope},
};
use epione_types::{DurationMs, SignerId};

#[test]
fn a_consent_counts_until_it_is_revoked() {
    let mut world = world();
    assert!(!permits(&world, "adult", 1, "m2"));
    give(&mut world, "alice", "adult", "to-m2", "ok first");
    assert!(permits(&world, "adult", 1, "m2") && !permits(&world, "adult", 1, "m1"));
    world.check(r#"alice | revoke | {"consent": "$first"} | ok"#);
    assert!(!permits(&world, "adult", 1, "m2"));
    assert_eq!(
        (found(&world, "first").author, found(&world, "first").status),
        (Author::Holder, ConsentStatus::Revoked)
    );
}

#[test]
fn an_amendment_takes_the_place_of_what_it_amends() {
    let mut world = world();
    give(&mut world, "alice", "adult", "permit", "ok first");
    world.check(
        r#"
        by      | call   | fields                                                                                          | result
        alice   | amend  | {"consent": "$first", "provisions": $but-m2, "form": null, "lifts": [], "evidence": $evidence}  | ok second
        alice   | amend  | {"consent": "$first", "provisions": $permit, "form": null, "lifts": [], "evidence": $evidence}  | ended
        alice   | revoke | {"consent": "$first"}                                                                           | ended
        "#,
    );
    let second = found(&world, "second");
    let (first_id, second_id) = (world.names["first"].parse().unwrap(), world.names["second"].parse().unwrap());
    assert_eq!((second.version, second.before), (2, Some(first_id)));
    assert_eq!(found(&world, "first").status, ConsentStatus::Superseded(second_id));
    let decision = decide(&world, "adult", 1, "m2");
    assert_eq!(decision.rules[0], RuleId::Consent { id: second_id, provision: 1 });
    assert!(!decision.is_permit() && permits(&world, "adult", 1, "m1"));
    let active = active(&world.state, &subject(&world, "adult"), world.now).unwrap();
    assert_eq!(active.iter().map(|active| active.id).collect::<Vec<_>>(), [second_id]);
}

/// On paper only the custodian attests, by itself or by a service of it, for its own subjects.
#[test]
fn the_custodian_attests_what_was_signed_on_paper() {
    let mut world = world();
    give(&mut world, "v1", "paper", "to-m2", "ok first");
    give(&mut world, "program", "paper", "not-m2", "ok second");
    for stranger in ["m1", "doctor", "mallory", "alice"] {
        give(&mut world, stranger, "paper", "permit", "not-entitled");
    }
    give(&mut world, "v1", "other", "permit", "not-entitled");
    assert_eq!(found(&world, "first").author, Author::Attested(SignerId::Organization(org("v1"))));
    assert_eq!(found(&world, "second").author, Author::Attested(SignerId::Identity(id(&world, "program"))));
    assert!(!permits(&world, "paper", 1, "m2"));
    world.check(r#"program | revoke | {"consent": "$second"} | ok"#);
    assert!(permits(&world, "paper", 1, "m2"));
}

/// What the patient said by its own key the custodian neither ends nor outweighs.
#[test]
fn the_custodian_does_not_undo_what_the_patient_said() {
    let mut world = world();
    give(&mut world, "alice", "adult", "not-m2", "ok mine");
    give(&mut world, "v1", "adult", "permit", "ok theirs");
    world.check(
        r#"
        by      | call   | fields                                                                                          | result
        v1      | revoke | {"consent": "$mine"}                                                                            | not-entitled
        v1      | amend  | {"consent": "$mine", "provisions": $permit, "form": null, "lifts": [], "evidence": $evidence}   | not-entitled
        "#,
    );
    assert!(!permits(&world, "adult", 1, "m2") && permits(&world, "adult", 1, "m1"));
    world.check(r#"alice | revoke | {"consent": "$theirs"} | ok"#);
    assert!(!permits(&world, "adult", 1, "m1"));
}

#[test]
fn self_paid_care_stays_hidden_from_payers_until_the_patient_lifts_it() {
    let mut world = world();
    give(&mut world, "alice", "adult", "permit", "ok all");
    world.check(
        r#"
        by      | call     | fields                                                                                                        | result
        alice   | restrict | {"subject": "$adult", "kind": "self-paid", "units": [], "towards": [], "evidence": $evidence}                  | not-entitled
        v1      | restrict | {"subject": "$adult", "kind": "self-paid", "units": [], "towards": [], "evidence": $evidence}                  | ok paid
        "#,
    );
    let unit = unit_of(&world, "adult", 1);
    let plan = RequestFacts { org_kind: OrganizationKind::Payer, purpose: Purpose::Clmattch, ..request_of(org("m2")) };
    let ask = |world: &_| basis_of(world, "adult").decide(&unit, &plan, &[], world.now);
    assert_eq!(ask(&world).rules[0], RuleId::Restriction(world.names["paid"].parse().unwrap()));
    assert!(permits(&world, "adult", 1, "m2"), "not towards who treats");
    world.check(
        r#"
        by      | call     | fields                                                                                                        | result
        v1      | lift     | {"restriction": "$paid", "evidence": $evidence}                                                                | not-entitled
        alice   | grant    | {"subject": "$adult", "provisions": $to-m2, "form": null, "lifts": ["$paid"], "evidence": $evidence}           | ok named
        "#,
    );
    assert!(ask(&world).is_permit());
    world.check(
        r#"
        by      | call     | fields                                                                                                        | result
        alice   | revoke   | {"consent": "$named"}                                                                                         | ok
        alice   | lift     | {"restriction": "$paid", "evidence": $evidence}                                                                | ok
        alice   | lift     | {"restriction": "$paid", "evidence": $evidence}                                                                | restriction-lifted
        alice   | grant    | {"subject": "$adult", "provisions": $to-m2, "form": null, "lifts": ["$paid"], "evidence": $evidence}           | restriction-lifted
        "#,
    );
    assert!(ask(&world).is_permit());
}

#[test]
fn where_nobody_else_can_the_custodian_attests_that_a_restriction_is_lifted() {
    let mut world = world();
    world.check(
        r#"
        by      | call     | fields                                                                                                        | result
        v1      | restrict | {"subject": "$paper", "kind": "objection", "units": [], "towards": [], "evidence": $evidence}                  | ok one
        program | lift     | {"restriction": "$one", "evidence": $evidence}                                                                 | ok
        v1      | restrict | {"subject": "$paper", "kind": "objection", "units": [], "towards": [], "evidence": $evidence}                  | ok two
        "#,
    );
    appoint(&mut world, "paper", "dave", RepresentativeRole::Proxy, Scope::All);
    world.check(
        r#"
        by      | call     | fields                                                                                                        | result
        v1      | lift     | {"restriction": "$two", "evidence": $evidence}                                                                 | not-entitled
        dave    | lift     | {"restriction": "$two", "evidence": $evidence}                                                                 | ok
        "#,
    );
}

/// A suspended custodian protects and does not open; its patients keep all their rights.
#[test]
fn a_suspended_custodian_attests_only_what_narrows_access() {
    let mut world = world();
    give(&mut world, "v1", "paper", "but-m2", "ok mixed");
    give(&mut world, "v1", "paper", "to-m2", "ok permit-only");
    suspend(&mut world, "v1");
    give(&mut world, "v1", "paper", "permit", "custodian-suspended");
    give(&mut world, "program", "paper", "permit", "custodian-suspended");
    give(&mut world, "v1", "paper", "deny", "ok denied");
    world.check(
        r#"
        by      | call     | fields                                                                                                        | result
        v1      | revoke   | {"consent": "$denied"}                                                                                        | custodian-suspended
        v1      | revoke   | {"consent": "$mixed"}                                                                                         | custodian-suspended
        v1      | revoke   | {"consent": "$permit-only"}                                                                                   | ok
        v1      | amend    | {"consent": "$denied", "provisions": $deny, "form": null, "lifts": [], "evidence": $evidence}                 | custodian-suspended
        v1      | restrict | {"subject": "$paper", "kind": "objection", "units": [], "towards": [], "evidence": $evidence}                  | ok kept
        v1      | lift     | {"restriction": "$kept", "evidence": $evidence}                                                                | custodian-suspended
        "#,
    );
    give(&mut world, "alice", "adult", "permit", "ok mine");
    world.check(r#"alice | revoke | {"consent": "$mine"} | ok"#);
}

/// Two charts of one patient become one: what it denied goes over, what it permitted it gives anew.
#[test]
fn a_merger_carries_denies_and_restrictions_only() {
    let mut world = world();
    give(&mut world, "v1", "paper", "to-m2", "ok opened");
    give(&mut world, "v1", "paper", "not-m2", "ok closed");
    world.check(
        r#"
        by      | call           | fields                                                                                                  | result
        v1      | restrict       | {"subject": "$paper", "kind": "self-paid", "units": [], "towards": [], "evidence": $evidence}            | ok paid
        v1      | subjects.merge | {"from": "$paper", "into": "$adult"}                                                                    | ok
        v1      | grant          | {"subject": "$paper", "provisions": $deny, "form": null, "lifts": [], "evidence": $evidence}            | subject-ended
        "#,
    );
    give(&mut world, "alice", "adult", "permit", "ok mine");
    let decision = decide(&world, "adult", 1, "m2");
    assert_eq!(decision.effect, Effect::Deny);
    assert_eq!(&*decision.rules, [RuleId::Consent { id: world.names["closed"].parse().unwrap(), provision: 0 }]);
    assert!(permits(&world, "adult", 1, "m1"));
    assert_eq!(basis_of(&world, "adult").restrictions.len(), 1);
    // Who acts for the patient now ends what was said under the other subject; the custodian does not lift for it.
    world.check(
        r#"
        by      | call   | fields                                             | result
        v1      | lift   | {"restriction": "$paid", "evidence": $evidence}    | not-entitled
        alice   | revoke | {"consent": "$closed"}                             | ok
        alice   | lift   | {"restriction": "$paid", "evidence": $evidence}    | ok
        "#,
    );
    assert!(permits(&world, "adult", 1, "m2") && basis_of(&world, "adult").restrictions.is_empty());
}

/// A patient has at most sixty-four consents and restrictions in force; an amendment needs no room.
#[test]
fn consents_and_restrictions_are_bounded() {
    let mut world = world();
    for number in 0..64 {
        give(&mut world, "alice", "adult", "to-m2", &format!("ok c{number}"));
    }
    give(&mut world, "alice", "adult", "to-m2", "too-many-consents");
    let restrict = r#"{"subject": "$adult", "kind": "objection", "units": [], "towards": [], "evidence": $evidence}"#;
    for number in 0..64 {
        world.check(&format!("alice | restrict | {restrict} | ok r{number}"));
    }
    world.check(&format!("v1 | restrict | {restrict} | too-many-restrictions"));
    world.check(
        r#"
        by      | call     | fields                                                                                                        | result
        alice   | amend    | {"consent": "$c7", "provisions": $permit, "form": null, "lifts": [], "evidence": $evidence}                   | ok
        alice   | revoke   | {"consent": "$c8"}                                                                                            | ok
        alice   | lift     | {"restriction": "$r9", "evidence": $evidence}                                                                  | ok
        "#,
    );
    give(&mut world, "alice", "adult", "to-m2", "ok more");
    world.check(&format!("alice | restrict | {restrict} | ok more-restricted"));
    assert_eq!(active(&world.state, &subject(&world, "adult"), world.now).unwrap().len(), 64);
}

/// A period of a provision counts by block time, with nothing having to run.
#[test]
fn a_consent_ends_by_itself() {
    let mut world = world();
    let mut provision = super::plain_provision(Effect::Permit);
    provision.valid = Some(crate::consent::Validity { from: world.now, until: world.now.after(DurationMs(3_600_000)) });
    set(&mut world, "an-hour", &[provision]);
    give(&mut world, "alice", "adult", "an-hour", "ok");
    assert!(permits(&world, "adult", 1, "m2"));
    world.pass(DurationMs(3_600_000));
    assert!(!permits(&world, "adult", 1, "m2"));
}
