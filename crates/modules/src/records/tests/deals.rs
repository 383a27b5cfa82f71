//! Units enter, are dealt anew, and lose shares.

use super::{deal, enter, expel, found, holders, registration, row, suspend, unborn, unit, world};
use crate::{
    records::{Call, Register, keeping, live_shares},
    tests::fixture::org,
};
use epione_types::Hash;

#[test]
fn a_unit_stands_as_it_was_registered() {
    let mut world = world();
    let call = registration(&world, 1, "adult");
    row(&mut world, "program", &Call::Register(call.clone()), "ok");
    let unit = found(&world, 1);
    assert_eq!((unit.custodian, unit.subject, unit.edition), (org("v1"), call.subject, 1));
    assert_eq!((unit.manifest, unit.holders, unit.threshold), (call.manifest, call.holders, 3));
    assert_eq!(&*unit.vaults, &[org("v2"), org("v3")]);
    for name in ["v2", "v3", "v4", "v5"] {
        assert_eq!(keeping(&world.state, &org(name)).unwrap().units, 1);
    }
}

#[test]
fn versions_follow_each_other() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    let next = Register { supersedes: Some(unit(1)), ..registration(&world, 2, "adult") };
    row(&mut world, "v1", &Call::Register(next), "ok");
    assert_eq!((found(&world, 1).after, found(&world, 2).before), (Some(unit(2)), Some(unit(1))));
}

#[test]
fn small_committees_are_for_demonstrations() {
    let mut world = unborn(true);
    world.check(&format!(r#"v1 | subjects.register | {{"holder": null, "evidence": "{}"}} | ok paper"#, Hash([1; 32])));
    let mut call = Register { holders: holders(&["v2", "v3"], 0), threshold: 2, ..registration(&world, 1, "paper") };
    row(&mut world, "v1", &Call::Register(call.clone()), "ok");
    call.threshold = 1;
    row(&mut world, "v1", &Call::Register(call), "committee-unsound");
}

#[test]
fn a_new_deal_takes_the_place_of_the_one_before() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    row(&mut world, "v1", &Call::Redeal(deal(1, 2, holders(&["v4", "v5", "m1", "m2"], 0))), "ok");
    let unit = found(&world, 1);
    assert_eq!((unit.edition, unit.manifest, &*unit.vaults), (2, Hash([101; 32]), &[org("v4"), org("v5")][..]));
    let former: Vec<_> = unit.former.iter().map(|copy| (copy.vault, copy.edition)).collect();
    assert_eq!(former, [(org("v2"), 1), (org("v3"), 1)]);
    let units = |name: &str| keeping(&world.state, &org(name)).unwrap().units;
    assert_eq!(["v2", "v3", "v4", "v5", "m1", "m2"].map(units), [0, 0, 1, 1, 1, 1]);
    // A signature over one edition serves no other.
    let again = crate::records::Redeal { edition: 3, ..deal(1, 2, holders(&["v4", "v5", "m1", "m2"], 0)) };
    row(&mut world, "v1", &Call::Redeal(again), "acknowledgement-invalid");
}

#[test]
fn members_that_leave_take_their_shares_with_them() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    let live = |world: &epione_kernel::testing::World<_>| live_shares(&world.state, &found(world, 1)).unwrap();
    assert_eq!(live(&world), 4);
    suspend(&mut world, "v3");
    assert_eq!(live(&world), 4, "the suspended still release");
    expel(&mut world, "v3");
    assert_eq!(live(&world), 3);
    world.check(r#"v4 | report-lost-key | {"period": 0} | ok"#);
    assert_eq!(live(&world), 2);
}

#[test]
fn copies_of_who_left_make_room_and_are_counted() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    let mut fourth = holders(&["v4", "v5", "m2", "v1"], 0);
    for edition in 2..=7 {
        let mut call = deal(1, edition, fourth.clone());
        let message = crate::records::vault_message(&unit(1), edition, &call.manifest);
        call.vaults = super::signed(&["m1", "m2"], &message);
        row(&mut world, "v1", &Call::Redeal(call), "ok");
    }
    assert_eq!(found(&world, 1).former.len(), 12);
    fourth = holders(&["v4", "v5", "m2", "v3"], 0);
    row(&mut world, "v1", &Call::Redeal(deal(1, 8, fourth.clone())), "copies-outstanding");
    expel(&mut world, "m1");
    row(&mut world, "v1", &Call::Redeal(deal(1, 8, fourth)), "ok");
    let unit = found(&world, 1);
    assert!(unit.former.iter().all(|copy| copy.vault != org("m1")));
    assert_eq!((unit.former.len(), unit.unaccounted), (8, 6));
}

/// The bytes by hand, as another program makes them.
#[test]
fn vaults_sign_what_the_page_says() {
    let ack = [&[18_u8][..], b"epione/vault-ack/1", &[7; 32], &2_u32.to_le_bytes(), &[8; 32]].concat();
    assert_eq!(crate::records::vault_message(&unit(7), 2, &Hash([8; 32])), ack);
    let counts = [&3_u32.to_le_bytes()[..], &500_u64.to_le_bytes()].concat();
    let reseal = [&[19_u8][..], b"epione/reseal-ack/1", &org("v2").0, &counts, &[9; 32]].concat();
    assert_eq!(crate::records::reseal_message(&org("v2"), 3, 500, &Hash([9; 32])), reseal);
}
