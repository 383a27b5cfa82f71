//! To which organization an identity belongs.

use super::{DAY, WEEK, act, decide, found, public, suspend, world};
use crate::{
    identity::{Identities, IdentityStatus},
    tests::fixture::org,
};
use epione_kernel::{Hosted, Module as _, Standing, View, testing::World};
use epione_types::{DurationMs, SignerId};
use serde_json::json;

fn standing(world: &World<Identities>, name: &str, key: &str) -> Standing {
    let module = Hosted::<Identities>::new();
    let signer = SignerId::Identity(super::id(world, name));
    module.standing(View::new(&world.state), &signer, &public(key)).unwrap()
}

fn suspended(world: &World<Identities>, name: &str, key: &str) -> Option<bool> {
    match standing(world, name, key) {
        Standing::Active(rights) => Some(rights.suspended),
        Standing::Unknown | Standing::WrongKey => None,
    }
}

#[test]
fn an_identity_stands_as_its_organization_does() {
    let mut world = world();
    let Standing::Active(rights) = standing(&world, "mallory", "mallory 1") else { panic!("not active") };
    assert_eq!((rights.org, rights.root, rights.suspended), (org("m1"), false, false));
    assert_eq!(standing(&world, "mallory", "bob 1"), Standing::WrongKey);
    assert_eq!(standing(&world, "alice", "paper"), Standing::WrongKey);
    suspend(&mut world, "m1");
    assert_eq!(suspended(&world, "mallory", "mallory 1"), Some(true));
    let fields = super::registration(
        "m1",
        crate::identity::IdentityKind::Device,
        &[("new", crate::identity::KeyRole::Sign)],
        None,
    );
    world.check(&format!("m1 | register | {fields} | suspended"));
    decide(&mut world, &json!({ "reinstate": { "org": org("m1") } }));
    assert_eq!(suspended(&world, "mallory", "mallory 1"), Some(false));
    decide(&mut world, &json!({ "expel": { "org": org("m1"), "reason": "dissolved" } }));
    assert_eq!(suspended(&world, "mallory", "mallory 1"), Some(true));
    world.check(&format!("m1 | register | {fields} | wrong-key"));
}

#[test]
fn an_identity_of_an_organization_that_left_finds_another() {
    let mut world = world();
    decide(&mut world, &json!({ "expel": { "org": org("m1"), "reason": "dissolved" } }));
    let to = org("m2");
    world.check(&format!(r#"mallory | transfer | {{"to": "{to}"}} | ok"#));
    world.check(
        r#"
        by  | call            | fields                   | result
        v2  | accept-transfer | {"identity": "$mallory"} | not-offered
        m2  | accept-transfer | {"identity": "$mallory"} | ok
        m2  | accept-transfer | {"identity": "$mallory"} | not-offered
        "#,
    );
    assert_eq!(suspended(&world, "mallory", "mallory 1"), Some(false));
    assert_eq!(found(&world, "mallory").org, to);
}

#[test]
fn with_guardians_a_transfer_takes_as_long_as_a_recovery() {
    let mut world = world();
    let to = org("m2");
    world.check(&format!(r#"alice | transfer | {{"to": "{to}"}} | ok"#));
    world.pass(DurationMs(WEEK - 1));
    world.check(r#"m2 | accept-transfer | {"identity": "$alice"} | too-early"#);
    // The owner takes it back and asks again.
    world.check(r#"alice | transfer | {"to": null} | ok"#);
    world.check(r#"m2 | accept-transfer | {"identity": "$alice"} | not-offered"#);
    world.check(&format!(r#"alice | transfer | {{"to": "{to}"}} | ok"#));
    world.pass(DurationMs(WEEK));
    world.check(r#"m2 | accept-transfer | {"identity": "$alice"} | ok"#);
    // Only the organization that answers for it now closes it.
    world.check(
        r#"
        by  | call       | fields                 | result
        v1  | deactivate | {"identity": "$alice"} | not-identity
        m2  | deactivate | {"identity": "$alice"} | ok
        m2  | accept-transfer | {"identity": "$alice"} | identity-closed
        "#,
    );
}

#[test]
fn a_closed_identity_signs_nothing() {
    let mut world = world();
    world.check(
        r#"
        by   | call       | fields                | result
        bob  | deactivate | {"identity": "$bob"}  | ok
        bob  | deactivate | {"identity": "$bob"}  | wrong-key
        v1   | deactivate | {"identity": "$bob"}  | ok
        v1   | deactivate | {"identity": "$bob"}  | identity-closed
        "#,
    );
    assert_eq!(found(&world, "bob").status, IdentityStatus::Closed);
    assert_eq!(standing(&world, "bob", "bob 1"), Standing::WrongKey);
    world.pass(DurationMs(DAY));
    act(&mut world, "bob-2", "bob", "bob 2");
    assert_eq!(suspended(&world, "bob", "bob 2"), None);
}
