//! Agreements between organizations.

use super::{DAY, agree, world};
use crate::{access::agreements, tests::fixture::org};
use epione_types::{AgreementId, UnixMs};
use serde_json::{Value, json};

fn terms(from: &str, to: &str, until: UnixMs) -> Value {
    json!({
        "from": format!("${from}"), "to": format!("${to}"), "purposes": ["TREAT", "HPAYMT"],
        "categories": ["medications", "laboratory"], "restricted": false, "notice": null, "until": until,
    })
}

#[test]
fn both_agree_and_either_ends() {
    let mut world = world();
    let terms = terms("v1", "m3", UnixMs(world.now.0 + DAY));
    let in_force = |world: &epione_kernel::testing::World<super::Access>| -> Vec<AgreementId> {
        let found = agreements(&world.state, &org("v1"), &org("m3"), world.now).unwrap();
        found.into_iter().map(|terms| terms.id).collect()
    };
    // Who asks may propose as well as the custodian.
    world.check(&format!("m3 | propose-agreement | {terms} | ok one"));
    assert!(in_force(&world).is_empty());
    world.check(
        r#"
        by     | call             | fields                | result
        m3     | accept-agreement | {"agreement": "$one"} | not-proposed
        v2     | accept-agreement | {"agreement": "$one"} | not-party
        keeper | accept-agreement | {"agreement": "$one"} | not-organization
        v1     | accept-agreement | {"agreement": "$one"} | ok
        v1     | accept-agreement | {"agreement": "$one"} | not-proposed
        "#,
    );
    assert_eq!(in_force(&world), [super::id(&world, "one")]);
    assert!(agreements(&world.state, &org("m3"), &org("v1"), world.now).unwrap().is_empty());
    world.check(r#"m3 | end-agreement | {"agreement": "$one"} | ok"#);
    assert!(in_force(&world).is_empty());
    world.check(r#"v1 | end-agreement | {"agreement": "$one"} | agreement-over"#);
    // Declined by the other party, and over by its term.
    world.check(&format!("v1 | propose-agreement | {terms} | ok two"));
    world.check(r#"m3 | end-agreement | {"agreement": "$two"} | ok"#);
    world.check(r#"m3 | accept-agreement | {"agreement": "$two"} | agreement-over"#);
    world.check(&format!("v1 | propose-agreement | {terms} | ok three"));
    world.check(r#"m3 | accept-agreement | {"agreement": "$three"} | ok"#);
    world.check("- | +23 h | |");
    assert_eq!(in_force(&world), [super::id(&world, "three")]);
    world.check("- | +1 h | |");
    assert!(in_force(&world).is_empty());
    world.check(r#"v1 | end-agreement | {"agreement": "$three"} | agreement-over"#);
}

#[test]
fn those_that_are_over_make_room() {
    let mut world = world();
    agree(&mut world, "kept");
    let soon = terms("v1", "m3", UnixMs(world.now.0 + DAY));
    for number in 1..16 {
        world.check(&format!("m3 | propose-agreement | {soon} | ok p{number}"));
    }
    world.check(&format!("v1 | propose-agreement | {soon} | too-many-agreements"));
    world.check("- | +1 d | |");
    let later = terms("v1", "m3", UnixMs(world.now.0 + DAY));
    world.check(&format!("v1 | propose-agreement | {later} | ok again"));
    assert_eq!(agreements(&world.state, &org("v1"), &org("m3"), world.now).unwrap().len(), 1);
}
