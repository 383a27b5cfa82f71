//! Whoever stops at any moment goes on where it was.

use super::consortium::Consortium;
use crate::ports::Table;
use futures::executor::block_on;

/// A put that dies after each number of writes: afterwards the unit is there wholly, or not at all.
#[test]
fn a_put_that_dies_at_any_write_is_completed_or_given_up() {
    let mut completed = 0;
    for writes in 0.. {
        let mut world = Consortium::new();
        let order = world.order(&[b"contents"]);
        world.sites["north"].store.die_after(writes);
        let put = block_on(world.exchange("north").put(&order));
        let has_died = world.sites["north"].store.is_dead();
        world.restart("north");
        world.chain.pass(200_000);
        world.settle();
        let north = &world.sites["north"];
        assert!(north.store.is_empty(Table::Pending), "after {writes} writes");
        let units = north.exchange.catalog().units_of_subject(&world.subject).unwrap();
        assert_eq!(units.len(), north.store.len(Table::Sources), "nothing is half visible after {writes} writes");
        for unit in &units {
            let registered = block_on(crate::facts::unit(&north.exchange.ports, &unit.unit)).unwrap();
            assert!(registered.is_some(), "what is visible is final");
            completed += 1;
        }
        if put.is_ok() {
            assert_eq!(units.len(), 1, "what was acknowledged is there");
        }
        if !has_died && put.is_ok() {
            break;
        }
    }
    assert!(completed >= 2, "some of them were completed after the restart");
}

/// The duties die after each number of writes: what was to be said on the ledger is said once.
#[test]
fn duties_that_die_lose_nothing_and_do_nothing_twice() {
    for writes in 0..6 {
        let mut world = Consortium::new();
        let unit = block_on(world.exchange("north").put(&world.order(&[b"contents"]))).unwrap();
        world.request(&[unit]);
        world.sites["north"].store.die_after(writes);
        let _died = block_on(world.exchange("north").step());
        let _died = block_on(world.exchange("north").work());
        world.restart("north");
        world.settle();
        assert_eq!(world.exchange("north").notices(&world.subject).unwrap().len(), 1, "after {writes} writes");
    }
}

#[test]
fn a_unit_that_never_came_to_the_ledger_is_forgotten_by_other_vaults() {
    let world = Consortium::new();
    // It writes what it dealt, and dies before it can register.
    world.sites["north"].node.cut_off(true);
    let put = block_on(world.exchange("north").put(&world.order(&[b"contents"])));
    assert!(put.is_err());
    let others = || world.sites.iter().filter(|(name, _)| **name != "north").map(|(_, site)| site);
    let kept = |table| others().map(|site| site.store.len(table)).sum::<usize>();
    assert_eq!(kept(Table::Kept), 2);
    world.chain.pass(25 * 60 * 60 * 1000);
    for other in others() {
        block_on(other.exchange.work()).unwrap();
    }
    assert_eq!((kept(Table::Kept), kept(Table::Envelopes)), (0, 0));
}
