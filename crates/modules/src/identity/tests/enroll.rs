//! Enrolling by a service of the organization, and finding an identity by its key.

use super::{act, empty, id, public, registration, set, suspend};
use crate::{
    identity::{Find, Identities, IdentityKind, KeyRole, Query, Reject},
    tests::fixture::{MemoryRows, key},
};
use epione_kernel::{Domain as _, QueryStop, Reads as _, Sources, testing::World};

/// The service `desk` of v1 and a practitioner there.
fn world() -> World<Identities> {
    let mut world = empty();
    for (name, kind) in [("desk", IdentityKind::Service), ("doctor", IdentityKind::Practitioner)] {
        let fields = registration("v1", kind, &[(name, KeyRole::Sign)], None);
        world.check(&format!("v1 | register | {fields} | ok {name}"));
        act(&mut world, name, name, name);
    }
    for (name, home, kind) in [
        ("patient", "v1", IdentityKind::Person),
        ("pump", "v1", IdentityKind::Device),
        ("colleague", "v1", IdentityKind::Practitioner),
        ("elsewhere", "v2", IdentityKind::Person),
    ] {
        set(&mut world, name, &registration(home, kind, &[(name, KeyRole::Sign)], None));
    }
    world
}

#[test]
fn a_service_enrolls_persons_and_devices_of_its_organization() {
    let mut world = world();
    let mut forged = registration("v1", IdentityKind::Person, &[("patient", KeyRole::Sign)], None);
    forged["kind"] = "device".into();
    set(&mut world, "forged", &forged);
    world.check(
        r#"
        by     | call   | fields     | result
        desk   | enroll | $forged    | signature-invalid
        desk   | enroll | $colleague | kind-not-enrolled
        doctor | enroll | $patient   | not-service
        v1     | enroll | $patient   | not-service
        desk   | enroll | $elsewhere | not-service
        desk   | enroll | $patient   | ok p
        desk   | enroll | $patient   | key-taken
        desk   | enroll | $pump      | ok d
        "#,
    );
    assert_eq!(super::found(&world, "p").kind, IdentityKind::Person);
}

#[test]
fn a_service_of_a_suspended_organization_enrolls_nobody() {
    let mut world = world();
    suspend(&mut world, "v1");
    world.check("desk | enroll | $patient | suspended");
}

#[test]
fn an_identity_is_found_by_its_key() {
    let mut world = world();
    world.check("desk | enroll | $patient | ok p");
    let sources = Sources { state: world.state.view(), rows: &MemoryRows::default(), now: world.now };
    let find = |key| Identities::query(&sources, &Query::Find(Find { key }));
    let found = find(public("patient")).unwrap();
    assert_eq!(found["id"], id(&world, "p").to_string());
    assert_eq!(found["identity"]["kind"], "person");
    // Neither a key that nobody has, nor one of an organization.
    for stranger in [public("nobody"), key("v1", "operations")] {
        assert_eq!(find(stranger), Err(QueryStop::Reject(Reject::UnknownIdentity)));
    }
}
