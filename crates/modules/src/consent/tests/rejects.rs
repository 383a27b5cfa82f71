//! Every reject, in order of precedence, and the largest values.

use super::{facts::plain_consent, give, plain_provision, set, some, suspend, world};
use crate::{
    consent::{
        Author, Consent, ConsentStatus, Effect, Form, Provision, Purpose, Quarters, Recipient, Restriction,
        RestrictionKind, Validity,
    },
    network::OrganizationKind,
    subjects::Scope,
};
use epione_types::{
    ConsentId, Hash, IdentityId, OrgId, Quarter, RestrictionId, SignerId, SubjectId, Tag, UnitId, UnixMs, encode,
    limits,
};

/// Provisions that are wrong in different ways.
fn name_wrong(world: &mut epione_kernel::testing::World<super::Consents>) {
    let permit = || plain_provision(Effect::Permit);
    set(world, "none", &([] as [Provision; 0]));
    set(world, "orphan", &[Provision { parent: Some(0), ..permit() }]);
    let quarter = |year| Quarter::new(year, 1).unwrap();
    set(
        world,
        "backward",
        &[Provision { care: Some(Quarters { from: quarter(2026), to: quarter(2025) }), ..permit() }],
    );
    let never = Validity { from: UnixMs(5), until: UnixMs(5) };
    set(world, "never", &[Provision { valid: Some(never), ..permit() }]);
    let many = Provision { recipients: some(vec![Recipient::Person(IdentityId([1; 16])); 8]), ..permit() };
    set(world, "crowd", &vec![many; 9]);
    let labels = Provision { labels: some(vec![Tag([1; 16]); 32]), ..permit() };
    set(world, "labels", &[vec![labels; 3], vec![Provision { labels: some(vec![Tag([1; 16])]), ..permit() }]].concat());
    set(world, "vague", &[Provision { restricted: true, ..permit() }]);
    let research = Provision { restricted: true, purposes: some(vec![Purpose::Hresch]), ..permit() };
    set(world, "research", &[research]);
    for (name, id) in [
        ("unknown", ConsentId([9; 16]).to_string()),
        ("nobody", SubjectId([9; 16]).to_string()),
        ("nothing", RestrictionId([9; 16]).to_string()),
    ] {
        world.names.insert(name.to_owned(), id);
    }
}

#[test]
fn every_reject_in_order_of_precedence() {
    let mut world = world();
    name_wrong(&mut world);
    for (says, result) in [
        ("none", "no-provision"),
        ("orphan", "provision-invalid"),
        ("backward", "provision-invalid"),
        ("never", "provision-invalid"),
        ("crowd", "too-large"),
        ("labels", "too-large"),
        ("part2", "part2-incomplete"),
    ] {
        give(&mut world, "m1", "nobody", says, result);
    }
    world.check(
        r#"
        by      | call     | fields                                                                                                        | result
        m1      | grant    | {"subject": "$nobody", "provisions": $vague, "form": "part2", "lifts": [], "evidence": $evidence}             | part2-incomplete
        m1      | grant    | {"subject": "$nobody", "provisions": $research, "form": "part2", "lifts": [], "evidence": $evidence}          | part2-incomplete
        m1      | amend    | {"consent": "$unknown", "provisions": $none, "form": null, "lifts": [], "evidence": $evidence}                | no-provision
        m1      | amend    | {"consent": "$unknown", "provisions": $permit, "form": null, "lifts": ["$nothing"], "evidence": $evidence}    | unknown-consent
        m1      | confirm  | {"consent": "$unknown"}                                                                                       | unknown-consent
        m1      | revoke   | {"consent": "$unknown"}                                                                                       | unknown-consent
        m1      | grant    | {"subject": "$nobody", "provisions": $permit, "form": null, "lifts": ["$nothing"], "evidence": $evidence}     | unknown-subject
        m1      | restrict | {"subject": "$nobody", "kind": "self-paid", "units": [], "towards": [], "evidence": $evidence}                 | unknown-subject
        m1      | grant    | {"subject": "$paper", "provisions": $permit, "form": null, "lifts": ["$nothing"], "evidence": $evidence}      | unknown-restriction
        m1      | lift     | {"restriction": "$nothing", "evidence": $evidence}                                                             | unknown-restriction
        m1      | restrict | {"subject": "$other", "kind": "objection", "units": [], "towards": [], "evidence": $evidence}                  | ok theirs
        v1      | grant    | {"subject": "$paper", "provisions": $permit, "form": null, "lifts": ["$theirs"], "evidence": $evidence}       | unknown-restriction
        v1      | grant    | {"subject": "$paper", "provisions": $part2, "form": "part2", "lifts": [], "evidence": $evidence}              | ok formal
        m1      | revoke   | {"consent": "$formal"}                                                                                        | not-entitled
        m1      | confirm  | {"consent": "$formal"}                                                                                        | not-entitled
        v1      | confirm  | {"consent": "$formal"}                                                                                        | not-entitled
        m1      | lift     | {"restriction": "$theirs", "evidence": $evidence}                                                              | ok
        bob     | grant    | {"subject": "$minor", "provisions": $about-7, "form": null, "lifts": [], "evidence": $evidence}               | out-of-scope
        bob     | grant    | {"subject": "$minor", "provisions": $permit, "form": null, "lifts": [], "evidence": $evidence}                | ok waiting
        bob     | amend    | {"consent": "$waiting", "provisions": $permit, "form": null, "lifts": [], "evidence": $evidence}              | unconfirmed
        bob     | confirm  | {"consent": "$waiting"}                                                                                       | already-given
        carol   | confirm  | {"consent": "$waiting"}                                                                                       | ok
        carol   | confirm  | {"consent": "$waiting"}                                                                                       | not-proposed
        carol   | revoke   | {"consent": "$waiting"}                                                                                       | ok
        carol   | confirm  | {"consent": "$waiting"}                                                                                       | ended
        m1      | grant    | {"subject": "$other", "provisions": $permit, "form": null, "lifts": ["$theirs"], "evidence": $evidence}       | restriction-lifted
        m1      | lift     | {"restriction": "$theirs", "evidence": $evidence}                                                              | restriction-lifted
        "#,
    );
    limits_and_ends(&mut world);
    world.all_rejects_seen();
}

fn limits_and_ends(world: &mut epione_kernel::testing::World<super::Consents>) {
    let restrict = r#"{"subject": "$adult", "kind": "objection", "units": [], "towards": [], "evidence": $evidence}"#;
    for _ in 0..64 {
        give(world, "alice", "adult", "permit", "ok");
        world.check(&format!("alice | restrict | {restrict} | ok"));
    }
    give(world, "alice", "adult", "permit", "too-many-consents");
    world.check(&format!("alice | restrict | {restrict} | too-many-restrictions"));
    world.check(r#"m1 | subjects.close | {"subject": "$other"} | ok"#);
    give(world, "v1", "other", "permit", "subject-ended");
    suspend(world, "v1");
    give(world, "v1", "paper", "permit", "custodian-suspended");
}

/// The largest consent that is permitted, with every optional part.
fn largest() -> Consent {
    let quarter = Quarter::new(9999, 4).unwrap();
    let provision = |labels: usize, recipients: usize| Provision {
        parent: Some(0),
        effect: Effect::Permit,
        recipients: some(vec![Recipient::Organization(OrgId([1; 16])); recipients]),
        purposes: some(vec![Purpose::Treat; 8]),
        labels: some(vec![Tag([1; 16]); labels]),
        restricted: true,
        care: Some(Quarters { from: quarter, to: quarter }),
        valid: Some(Validity { from: UnixMs(1), until: UnixMs(u64::MAX) }),
    };
    let mut provisions = vec![provision(6, 4); 16];
    provisions[0].parent = None;
    Consent {
        author: Author::Attested(SignerId::Identity(IdentityId([1; 16]))),
        scope: Scope::Only(some(vec![Tag([1; 16]); 16])),
        status: ConsentStatus::Superseded(ConsentId([1; 16])),
        version: u32::MAX,
        before: Some(ConsentId([2; 16])),
        provisions: some(provisions),
        form: Some(Form::Part2),
        lifts: some(vec![RestrictionId([1; 16]); 4]),
        confirmed_by: some(vec![IdentityId([1; 16]); 2]),
        revoked_by: some(vec![IdentityId([1; 16]); 2]),
        ..plain_consent()
    }
}

#[test]
fn the_largest_consent_and_restriction_fit_a_row() {
    let consent = largest();
    let sums = consent.provisions.iter().fold((0, 0), |(labels, recipients), provision| {
        (labels + provision.labels.len(), recipients + provision.recipients.len())
    });
    assert_eq!(sums, (crate::consent::LABELS_TOTAL_MAX, crate::consent::RECIPIENTS_TOTAL_MAX));
    let bytes = encode(&consent).len();
    assert!((3_800..limits::ROW_BYTES_MAX).contains(&bytes), "{bytes}");
    assert!(bytes + 16 < limits::EVENT_BODY_BYTES_MAX && bytes < limits::CALL_BODY_BYTES_MAX);
    let restriction = Restriction {
        subject: SubjectId([1; 16]),
        kind: RestrictionKind::SelfPaid,
        units: some(vec![UnitId([1; 32]); 16]),
        towards: some(vec![Recipient::Kind(OrganizationKind::Payer); 8]),
        lifted: true,
        evidence: Hash([1; 32]),
        lifted_by: some(vec![IdentityId([1; 16]); 2]),
        restricted_at: UnixMs(1),
    };
    assert!(encode(&restriction).len() < limits::ROW_BYTES_MAX);
}
