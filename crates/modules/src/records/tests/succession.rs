//! Who acts in the place of a custodian that is gone.

use super::{deal, enter, expel, found, holders, row, subject, unit, world};
use crate::{
    records::{Call, GetSuccession, Query, SupportSuccessor, acting_custodian, custodian_of},
    tests::fixture::org,
};
use epione_kernel::testing::World;

type Records = World<crate::records::Records>;

fn support(world: &mut Records, members: &[&str], of: &str, successor: &str) {
    for member in members {
        let call = SupportSuccessor { of: org(of), successor: org(successor) };
        row(world, member, &Call::SupportSuccessor(call), "ok");
    }
}

#[test]
fn a_successor_acts_as_the_custodian_once_two_thirds_want_it() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    expel(&mut world, "v1");
    // Programs of who left do nothing any more.
    world.check(r#"program | correct-error | {"unit": "$u1"} | not-custodian"#);
    row(&mut world, "m1", &Call::Redeal(deal(1, 2, holders(&["v2", "v3", "v4", "v5"], 0))), "not-custodian");
    // Seven members vote: four are too few, five are enough; the last word of each counts.
    support(&mut world, &["v2", "v3", "v4", "v5"], "v1", "m1");
    support(&mut world, &["m2"], "v1", "m2");
    assert_eq!(acting_custodian(&world.state, &org("v1")), Ok(org("v1")));
    support(&mut world, &["m2"], "v1", "m1");
    assert_eq!(custodian_of(&world.state, &found(&world, 1)), Ok(org("m1")));
    let answer = super::ask(&world, &Query::GetSuccession(GetSuccession { of: org("v1") })).unwrap();
    assert_eq!(answer["acting"], org("m1").to_string());
    row(&mut world, "m1", &Call::Redeal(deal(1, 2, holders(&["v2", "v3", "v4", "v5"], 0))), "ok");
    // The unit keeps its custodian and its patient, who keeps all rights.
    assert_eq!((found(&world, 1).custodian, found(&world, 1).subject), (org("v1"), subject(&world, "adult")));
    world.check(r#"alice | request-erasure | {"units": ["$u1"], "attested": null} | ok"#);
    world.check(r#"m1 | decide-erasure | {"unit": "$u1", "decision": "grant"} | ok"#);
    assert!(found(&world, 1).erasure.since().is_some() && unit(1) != unit(2));
}

#[test]
fn the_words_of_who_has_no_vote_any_more_do_not_count() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    expel(&mut world, "v1");
    support(&mut world, &["v2", "v3", "v4", "m1"], "v1", "m2");
    world.check("m1-root | network.leave | {} | ok");
    // Six vote: five are needed, and that of m1 is gone.
    support(&mut world, &["v5"], "v1", "m2");
    assert_eq!(acting_custodian(&world.state, &org("v1")), Ok(org("v1")));
    support(&mut world, &["plan"], "v1", "m2");
    assert_eq!(acting_custodian(&world.state, &org("v1")), Ok(org("m2")));
}
