//! Tables per call, and the laws under random calls.

mod rejects;
mod review;
mod rows;
mod usage;
mod user;

use crate::{
    ALL,
    emergency::{Emergency, EmergencyAccess, access},
    identity::IdentityKind,
    network::OrganizationKind,
    tests::fixture::{consortium, founders, genesis, register},
};
use epione_kernel::{Module, testing::World};
use epione_types::{EmergencyId, Hash};
use proptest::prelude::*;
use serde_json::json;

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

fn module(name: &str) -> &'static dyn Module {
    *ALL.iter().find(|module| module.name() == name).unwrap()
}

/// Five hospitals v1 to v5, the plan m1, the regulator m2 and the clinic m3. Dave and Erin treat at v1, Frank at v2, which
/// keeps `$chart`; Oscar is a person there and the robot a program. `$other` is a chart of v1. A day has passed since.
fn world() -> World<Emergency> {
    let mut members = founders(5, 3, 0);
    for member in &mut members {
        member.kind = match member.name.as_str() {
            "m1" => OrganizationKind::Payer,
            "m2" => OrganizationKind::Regulator,
            "m3" => OrganizationKind::Clinic,
            _ => OrganizationKind::Hospital,
        };
    }
    let mut world = consortium(&genesis(members), false);
    world.require(&user::USER, &[]);
    for (home, name) in [("v1", "dave"), ("v1", "erin"), ("v2", "frank"), ("m1", "paul"), ("m3", "quinn")] {
        register(&mut world, home, name, IdentityKind::Practitioner);
    }
    register(&mut world, "v2", "oscar", IdentityKind::Person);
    register(&mut world, "v2", "robot", IdentityKind::Service);
    register(&mut world, "m2", "rita", IdentityKind::Person);
    world.names.insert("c".to_owned(), Hash([0xab; 32]).to_string());
    world.names.insert("unknown".to_owned(), EmergencyId([9; 16]).to_string());
    world.check(
        r#"
        by | call              | fields                             | result
        v2 | subjects.register | {"holder": null, "evidence": "$c"} | ok chart
        v2 | subjects.register | {"holder": null, "evidence": "$c"} | ok another
        v1 | subjects.register | {"holder": null, "evidence": "$c"} | ok other
        -  | +1 d              |                                    |
        "#,
    );
    world
}

/// Has the network decide, before any member left or was suspended.
fn decide(world: &mut World<Emergency>, change: &serde_json::Value) {
    world.check(&format!(r#"v2 | network.propose | {{"change": {change}}} | ok decision"#));
    for voter in ["v2", "v3", "v4", "v5", "m1", "m2"] {
        world.check(&format!(r#"{voter} | network.vote | {{"proposal": "$decision", "approve": true}} | ok"#));
    }
}

/// Has parameters changed, and waits for the height of that.
fn set_parameters(world: &mut World<Emergency>, values: &[(&str, u64)]) {
    let height = world.height + 10;
    for (parameter, value) in values {
        decide(world, &json!({ "set-parameter": { "parameter": parameter, "value": value, "height": height } }));
    }
    world.height = height;
}

fn found(world: &World<Emergency>, name: &str) -> EmergencyAccess {
    access(&world.state, &world.names[name].parse().unwrap()).unwrap().unwrap()
}

/// Lets `by` break the glass before `$chart` of v2.
fn open(world: &mut World<Emergency>, by: &str, name: &str) {
    world.check(&format!(
        r#"{by} | break-glass | {{"custodian": "$v2", "subject": "$chart", "justification": "$c"}} | ok {name}"#
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn laws_hold_under_random_calls(seed in any::<u64>()) {
        let mut world = world();
        // Reviews fall overdue within the walk.
        world.demo = true;
        set_parameters(&mut world, &[
            ("emergency-review-ms", HOUR),
            ("emergency-access-ms", 600_000),
            ("emergencies-per-person-day", 1_000),
        ]);
        for (by, name) in [("dave", "a"), ("frank", "b"), ("erin", "c1")] {
            open(&mut world, by, name);
        }
        world.check(r#"v2 | set-reviewer | {"identity": "$oscar", "named": true} | ok"#);
        world.actors.retain(|name, _| !["v3", "v4", "v5", "m1", "paul", "rita", "robot"].contains(&name.as_str()));
        let accepted = world.random_walk(seed, 200);
        prop_assert!(accepted > 60, "only {accepted} calls were accepted: the generator is not plausible");
    }
}
