//! Tables per call, and the laws under random calls.

mod calls;
mod facts;
mod families;
mod model;
mod rejects;
mod rows;
mod table;

use crate::{
    consent::{
        Basis, Consent, Consents, Decision, Effect, Provision, Purpose, Recipient, RequestFacts, UnitFacts, basis,
        consent,
    },
    identity::IdentityKind,
    network::OrganizationKind,
    subjects::{Representative, RepresentativeRole, Scope, Tags},
    tests::fixture::{consortium, founders, genesis, org, register},
};
use epione_kernel::testing::World;
use epione_types::{Hash, IdentityId, OrgId, SubjectId, Tag};
use facts::{plain_provision, plain_request, plain_unit, some};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Four validators, two members; of the custodian v1 the adult Alice with her wallet, a patient without one (`$paper`), and a
/// minor, for whom Bob and Carol decide together, on everything but label 7; of m1 another patient.
fn world() -> World<Consents> {
    let mut world: World<Consents> = consortium(&genesis(founders(4, 2, 0)), false);
    for name in ["alice", "bob", "carol", "dave", "erin"] {
        register(&mut world, "v1", name, IdentityKind::Person);
    }
    register(&mut world, "v1", "doctor", IdentityKind::Practitioner);
    register(&mut world, "v1", "program", IdentityKind::Service);
    register(&mut world, "m1", "mallory", IdentityKind::Person);
    for (by, name, holder) in
        [("v1", "adult", Some("alice")), ("v1", "paper", None), ("v1", "minor", None), ("m1", "other", None)]
    {
        let holder = holder.map(|holder| id(&world, holder));
        let fields = json!({ "holder": holder, "evidence": Hash([1; 32]) });
        world.check(&format!("{by} | subjects.register | {fields} | ok {name}"));
    }
    for parent in ["bob", "carol"] {
        appoint(&mut world, "minor", parent, RepresentativeRole::Guardian, all_but(7));
    }
    let quorum = json!({ "subject": subject(&world, "minor"), "quorum": 2, "evidence": Hash([1; 32]) });
    world.check(&format!("v1 | subjects.set-quorum | {quorum} | ok"));
    name_rules(&mut world);
    world
}

/// Names for provisions and other fields.
fn name_rules(world: &mut World<Consents>) {
    let to_m2 =
        |effect| Provision { recipients: some(vec![Recipient::Organization(org("m2"))]), ..plain_provision(effect) };
    let about = |label, effect| Provision { labels: some(vec![Tag([label; 16])]), ..plain_provision(effect) };
    set(world, "permit", &[plain_provision(Effect::Permit)]);
    set(world, "deny", &[plain_provision(Effect::Deny)]);
    set(world, "to-m2", &[to_m2(Effect::Permit)]);
    set(world, "not-m2", &[to_m2(Effect::Deny)]);
    set(world, "but-m2", &[plain_provision(Effect::Permit), Provision { parent: Some(0), ..to_m2(Effect::Deny) }]);
    set(world, "about-7", &[about(7, Effect::Permit)]);
    let mut part2 = plain_provision(Effect::Permit);
    (part2.restricted, part2.purposes) = (true, some(vec![Purpose::Treat]));
    set(world, "part2", &[part2]);
    set(world, "evidence", &Hash([0xab; 32]));
}

fn set(world: &mut World<Consents>, name: &str, value: &impl serde::Serialize) {
    world.names.insert(name.to_owned(), serde_json::to_string(value).unwrap());
}

fn id(world: &World<Consents>, name: &str) -> IdentityId {
    world.names[name].parse().unwrap()
}

fn subject(world: &World<Consents>, name: &str) -> SubjectId {
    world.names[name].parse().unwrap()
}

/// The consent called `name`.
fn found(world: &World<Consents>, name: &str) -> Consent {
    consent(&world.state, &world.names[name].parse().unwrap()).unwrap().unwrap()
}

fn tags(label: u8) -> Tags {
    some(vec![Tag([label; 16])])
}

fn all_but(label: u8) -> Scope {
    Scope::AllBut(tags(label))
}

fn appoint(world: &mut World<Consents>, patient: &str, who: &str, role: RepresentativeRole, scope: Scope) {
    let representative = Representative { identity: id(world, who), role, scope, until: None, evidence: Hash([2; 32]) };
    let fields = json!({ "subject": subject(world, patient), "representative": representative });
    world.check(&format!("v1 | subjects.appoint | {fields} | ok"));
}

/// The fields of `grant` in their short form: of whom, and the name of what it says.
fn grant(patient: &str, says: &str) -> String {
    format!(r#"{{"subject": "${patient}", "provisions": ${says}, "form": null, "lifts": [], "evidence": $evidence}}"#)
}

/// Has somebody grant what is called `says`.
fn give(world: &mut World<Consents>, by: &str, patient: &str, says: &str, result: &str) {
    world.check(&format!("{by} | grant | {} | {result}", grant(patient, says)));
}

/// What is decided for a unit of `patient` with this label, if `org` asks for treatment.
fn decide(world: &World<Consents>, patient: &str, label: u8, from: &str) -> Decision {
    let (unit, request) = (unit_of(world, patient, label), request_of(org(from)));
    basis_of(world, patient).decide(&unit, &request, &[], world.now)
}

fn permits(world: &World<Consents>, patient: &str, label: u8, from: &str) -> bool {
    decide(world, patient, label, from).is_permit()
}

fn basis_of(world: &World<Consents>, patient: &str) -> Basis {
    basis(&world.state, &subject(world, patient), &org("v1"), world.now).unwrap()
}

fn unit_of(world: &World<Consents>, patient: &str, label: u8) -> UnitFacts {
    UnitFacts { subject: subject(world, patient), custodian: org("v1"), label: Tag([label; 16]), ..plain_unit() }
}

fn request_of(org: OrgId) -> RequestFacts {
    RequestFacts { org, org_kind: OrganizationKind::Hospital, ..plain_request() }
}

/// Has the network suspend an organization.
fn suspend(world: &mut World<Consents>, name: &str) {
    let change: Value = json!({ "suspend": { "org": org(name), "reason": "misuse" } });
    world.check(&format!(r#"v2 | network.propose | {{"change": {change}}} | ok decision"#));
    for voter in ["v2", "v3", "v4", "m1", "m2"] {
        world.check(&format!(r#"{voter} | network.vote | {{"proposal": "$decision", "approve": true}} | ok"#));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn laws_hold_under_random_calls(seed in any::<u64>()) {
        let mut world = world();
        world.actors.retain(|name, _| ["alice", "bob", "carol", "program", "v1", "m1"].contains(&name.as_str()));
        let accepted = world.random_walk(seed, 200);
        prop_assert!(accepted > 40, "only {accepted} calls were accepted: the generator is not plausible");
    }
}
