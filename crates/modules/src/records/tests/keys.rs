//! Periods of keys: rotation, loss, and what they do to shares.

use super::{dealt, enter, found, holders, kem, registration, row, signed, world};
use crate::{
    records::{BeginRotation, Call, FinishRotation, GetHolder, Query, Register, keeping, live_shares, reseal_message},
    tests::fixture::org,
};
use epione_kernel::{MemoryState, testing::World};
use epione_types::{DurationMs, Hash};

const DAY: u64 = 86_400_000;

type Records = World<crate::records::Records>;

fn begin(world: &mut Records, name: &str, period: u32, result: &str) {
    row(world, name, &Call::BeginRotation(BeginRotation { key: kem(name, period) }), result);
}

fn finish(world: &mut Records, name: &str, period: u32, units: u64) {
    let envelopes = Hash([5; 32]);
    let vaults = signed(&["m1", "m2"], &reseal_message(&org(name), period, units, &envelopes));
    let call = FinishRotation { org: org(name), period, units, envelopes, vaults };
    row(world, name, &Call::FinishRotation(call), "ok");
}

fn sealed(state: &MemoryState, name: &str, dealt: u32) -> u32 {
    keeping(state, &org(name)).unwrap().sealed_period(dealt)
}

#[test]
fn a_rotation_seals_again_what_lives_when_it_begins() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    world.height = 40;
    begin(&mut world, "v2", 1, "ok");
    // From now on nothing is dealt to the old key.
    let mut call = registration(&world, 2, "adult");
    row(&mut world, "v1", &Call::Register(call.clone()), "key-stale");
    call.holders = dealt(&[("v2", 1), ("v3", 0), ("v4", 0), ("v5", 0)]);
    row(&mut world, "v1", &Call::Register(call), "ok");
    let rotation = keeping(&world.state, &org("v2")).unwrap().rotation.unwrap();
    assert_eq!((rotation.period, rotation.height, rotation.units), (1, 40, 1));
    assert_eq!(sealed(&world.state, "v2", 0), 0);
    finish(&mut world, "v2", 1, 1);
    assert_eq!((sealed(&world.state, "v2", 0), sealed(&world.state, "v2", 1)), (1, 1));
    assert_eq!(found(&world, 1).holders, holders(&["v2", "v3", "v4", "v5"], 0), "as dealt");
}

#[test]
fn one_of_four_holders_rotates_at_a_time() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    begin(&mut world, "v2", 1, "ok");
    begin(&mut world, "v3", 1, "too-many-rotating");
    // Who holds no share has nothing to seal again and is done at once.
    begin(&mut world, "m1", 1, "ok");
    assert_eq!(keeping(&world.state, &org("m1")).unwrap().finished.unwrap().period, 1);
    finish(&mut world, "v2", 1, 1);
    begin(&mut world, "v3", 1, "ok");
    // One that does not finish within a period does not stop the others for ever.
    world.pass(DurationMs(30 * DAY));
    begin(&mut world, "v4", 1, "ok");
    let answer = super::ask(&world, &Query::GetHolder(GetHolder { org: org("v3") })).unwrap();
    assert_eq!((&answer["period"], &answer["rotating"], &answer["most_rotating"]), (&1.into(), &1.into(), &1.into()));
}

#[test]
fn shares_of_a_lost_key_are_not_counted_whatever_follows() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    begin(&mut world, "v2", 1, "ok");
    world.check(r#"v2 | report-lost-key | {"period": 0} | ok"#);
    assert_eq!(live_shares(&world.state, &found(&world, 1)), Ok(3));
    // The rotation is over, and leaves room for another; its key serves.
    begin(&mut world, "v3", 1, "ok");
    finish(&mut world, "v3", 1, 1);
    let call =
        Register { holders: dealt(&[("v2", 1), ("v3", 1), ("v4", 0), ("v5", 0)]), ..registration(&world, 2, "adult") };
    row(&mut world, "v1", &Call::Register(call), "ok");
    assert_eq!(live_shares(&world.state, &found(&world, 2)), Ok(4));
    begin(&mut world, "v2", 2, "ok");
    finish(&mut world, "v2", 2, 1);
    assert_eq!(live_shares(&world.state, &found(&world, 1)), Ok(3));
}

/// A vault's word on one rotation serves no other.
#[test]
fn the_word_of_a_vault_is_bound_to_one_rotation() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    begin(&mut world, "v2", 1, "ok");
    let envelopes = Hash([5; 32]);
    let other = reseal_message(&org("v3"), 1, 1, &envelopes);
    let less = reseal_message(&org("v2"), 1, 0, &envelopes);
    for message in [other, less] {
        let vaults = signed(&["m1", "m2"], &message);
        let call = FinishRotation { org: org("v2"), period: 1, units: 1, envelopes, vaults };
        row(&mut world, "v2", &Call::FinishRotation(call), "acknowledgement-invalid");
    }
}
