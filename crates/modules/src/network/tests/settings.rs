//! Parameters that do not stand in the genesis, and the defaults of jurisdictions.

use super::{decide, world};
use crate::network::{CoreUse, DefaultRule, Defaults, Jurisdiction, Parameter, Policies, Settings, policies, settings};
use epione_kernel::testing::World;

const DAY: u64 = 86_400_000;

fn erasure_delay(world: &World<crate::network::Network>, height: u64) -> u64 {
    settings(&world.state).unwrap().get(Parameter::ErasureDelayMs, height)
}

#[test]
fn every_parameter_is_of_the_genesis_or_later_and_its_default_is_permitted() {
    assert_eq!(Parameter::FIRST.len() + Parameter::LATER.len(), 24);
    for parameter in Parameter::LATER {
        assert!(!Parameter::FIRST.contains(&parameter), "{parameter:?}");
        assert!(parameter.permits(parameter.default_value(), false), "{parameter:?}");
        assert_eq!(Settings::default().get(parameter, 1), parameter.default_value(), "{parameter:?}");
    }
    let of_the_genesis = crate::network::Parameters::default();
    assert_eq!(of_the_genesis.heartbeat_ms, Parameter::HeartbeatMs.default_value());
    assert_eq!(of_the_genesis.recovery_expiry_ms, Parameter::RecoveryExpiryMs.default_value());
}

#[test]
fn later_parameters_change_at_a_height() {
    let mut world = world(4, 0, 0);
    world.height = 10;
    world.check(
        r#"
        by | call    | fields                                                                                                | result
        v1 | propose | {"change": {"set-parameter": {"parameter": "erasure-delay-ms", "value": 604799999, "height": 50}}}    | out-of-range
        v1 | propose | {"change": {"set-parameter": {"parameter": "erasure-delay-ms", "value": 7776000001, "height": 50}}}   | out-of-range
        v1 | propose | {"change": {"set-parameter": {"parameter": "erasure-delay-ms", "value": 864000000, "height": 10}}}    | height-passed
        v1 | propose | {"change": {"set-parameter": {"parameter": "erasure-delay-ms", "value": 864000000, "height": 50}}}    | ok p
        v1 | propose | {"change": {"set-parameter": {"parameter": "take-over-delay-ms", "value": 0, "height": 50}}}          | ok q
        "#,
    );
    decide(&mut world, "p", &["v1", "v2", "v3"]);
    decide(&mut world, "q", &["v1", "v2", "v3"]);
    assert_eq!((erasure_delay(&world, 49), erasure_delay(&world, 50)), (7 * DAY, 10 * DAY));
    // A later decision takes the place of the one to come, and of one in force.
    world.check(r#"v1 | propose | {"change": {"set-parameter": {"parameter": "erasure-delay-ms", "value": 1728000000, "height": 60}}} | ok r"#);
    decide(&mut world, "r", &["v1", "v2", "v3"]);
    assert_eq!([50, 59, 60].map(|height| erasure_delay(&world, height)), [7 * DAY, 7 * DAY, 20 * DAY]);
    world.height = 70;
    world.check(r#"v1 | propose | {"change": {"set-parameter": {"parameter": "erasure-delay-ms", "value": 604800000, "height": 80}}} | ok s"#);
    decide(&mut world, "s", &["v1", "v2", "v3"]);
    assert_eq!([70, 80].map(|height| erasure_delay(&world, height)), [20 * DAY, 7 * DAY]);
}

#[test]
fn a_demonstration_goes_below_the_floors() {
    let mut world = world(4, 0, 0);
    world.demo = true;
    world.check(r#"v1 | propose | {"change": {"set-parameter": {"parameter": "challenge-answer-ms", "value": 1, "height": 50}}} | ok p"#);
    world.check(r#"v1 | propose | {"change": {"set-parameter": {"parameter": "challenge-answer-ms", "value": 0, "height": 50}}} | out-of-range"#);
}

#[test]
fn defaults_of_jurisdictions_are_decided_and_deny_before() {
    let mut world = world(4, 0, 0);
    let of = |world: &World<_>, name: &str| policies(&world.state).unwrap().get(&Jurisdiction::new(name).unwrap());
    assert_eq!(of(&world, "US-WI"), Defaults::default());
    assert_eq!(Defaults::default().get(CoreUse::Treatment), DefaultRule::Deny);
    world.check(
        r#"
        by | call    | fields                                                                                                | result
        v1 | propose | {"change": {"set-default": {"jurisdiction": "US", "of": "treatment", "rule": "opt-out"}}}             | ok p
        v1 | propose | {"change": {"set-default": {"jurisdiction": "US-WI", "of": "payment", "rule": "opt-out"}}}            | ok q
        "#,
    );
    decide(&mut world, "p", &["v1", "v2", "v3"]);
    assert_eq!(of(&world, "US-CA").treatment, DefaultRule::OptOut);
    // A subdivision has what its country has, until it has its own, which begins with that.
    assert_eq!(of(&world, "US-WI").payment, DefaultRule::Deny);
    decide(&mut world, "q", &["v1", "v2", "v3"]);
    let wisconsin = Defaults { treatment: DefaultRule::OptOut, payment: DefaultRule::OptOut, ..Defaults::default() };
    assert_eq!((of(&world, "US-WI"), of(&world, "CH")), (wisconsin, Defaults::default()));
}

#[test]
fn as_many_jurisdictions_as_fit() {
    let two = |number: usize| format!("US-{:03}", number);
    let mut policies = Policies::default();
    for number in 0..256 {
        let place = Jurisdiction::new(two(number)).unwrap();
        policies = policies.with(&place, CoreUse::Operations, DefaultRule::OptOut).unwrap();
    }
    assert!(epione_types::encode(&policies).len() <= epione_types::limits::ROW_BYTES_MAX);
    let more = Jurisdiction::new("CH").unwrap();
    assert_eq!(policies.with(&more, CoreUse::Operations, DefaultRule::OptOut), None);
    let known = Jurisdiction::new(two(7)).unwrap();
    assert!(policies.with(&known, CoreUse::Treatment, DefaultRule::OptOut).is_some());
}
