//! No share leaves a node but for a grant that the node itself sees, now.

use super::consortium::{Consortium, org};
use crate::{
    Error,
    exchange::event,
    messages::{Message, Refusal, Reply, Share},
    ports::Ledger as _,
};
use epione_modules::access::{self, Access};
use epione_types::{RequestId, UnitId};
use epione_vault::ReaderSession;
use futures::executor::block_on;
use std::sync::PoisonError;

const ITEM: &[&[u8]] = &[b"contents"];

struct Granted {
    world: Consortium,
    unit: UnitId,
    request: RequestId,
    consent: epione_types::ConsentId,
}

fn granted() -> Granted {
    let world = Consortium::new();
    let unit = block_on(world.exchange("north").put(&world.order(ITEM))).unwrap();
    let consent = world.grant();
    let request = world.request(&[unit]);
    world.settle();
    Granted { world, unit, request, consent }
}

impl Granted {
    fn session(&self) -> ReaderSession {
        let (request, ports) = (self.request, &self.world.exchange("west").ports);
        let asked = block_on(crate::ports::read(&*ports.ledger, move |view| access::request(&view, &request)));
        let sessions = self.world.exchange("west").sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(&asked.unwrap().unwrap().reader).unwrap()
    }

    fn ask(&self, caller: &str, holder: &str) -> Reply {
        let reader = self.session().key(&self.unit, &org(holder)).unwrap();
        let share = Share { request: self.request, unit: self.unit, reader };
        block_on(self.world.exchange(holder).serve(org(caller), Message::Share(Box::new(share))))
    }
}

#[test]
fn only_who_was_granted_gets_a_share() {
    let granted = granted();
    assert!(matches!(granted.ask("west", "south"), Reply::Share(_)));
    assert_eq!(granted.ask("east", "south"), Reply::Refused(Refusal::NotPermitted));
}

#[test]
fn another_readers_key_is_refused() {
    let granted = granted();
    let stranger = granted.world.request(&[granted.unit]);
    let reader = granted.session().key(&granted.unit, &org("south")).unwrap();
    let share = Share { request: stranger, unit: granted.unit, reader };
    let reply = block_on(granted.world.exchange("south").serve(org("west"), Message::Share(Box::new(share))));
    assert_eq!(reply, Reply::Refused(Refusal::Mismatch));
}

#[test]
fn a_stale_holder_that_still_believes_in_a_revoked_grant_refuses() {
    let granted = granted();
    granted.world.sites["south"].node.cut_off(true);
    granted.world.revoke(granted.consent);
    assert!(matches!(granted.ask("west", "south"), Reply::Share(_)), "it saw the last block a moment ago");
    granted.world.chain.pass(10_001);
    assert_eq!(granted.ask("west", "south"), Reply::Refused(Refusal::Unavailable));
    granted.world.sites["south"].node.cut_off(false);
    assert_eq!(granted.ask("west", "south"), Reply::Refused(Refusal::NotPermitted));
}

#[test]
fn an_idle_chain_gets_a_block_before_a_share_is_released() {
    let granted = granted();
    granted.world.chain.pass(60_000);
    let before = granted.world.sites["south"].node.head().unwrap().height;
    assert!(matches!(granted.ask("west", "south"), Reply::Share(_)));
    assert_eq!(granted.world.sites["south"].node.head().unwrap().height, before + 1);
}

#[test]
fn a_grant_ends_by_the_holders_own_clock() {
    let granted = granted();
    granted.world.chain.pass(3_600_001);
    assert_eq!(granted.ask("west", "south"), Reply::Refused(Refusal::NotPermitted));
}

#[test]
fn a_vault_gives_no_ciphertext_without_a_grant() {
    let granted = granted();
    let fetch = |caller: &str, request| {
        block_on(granted.world.exchange("north").serve(org(caller), Message::Fetch(request, granted.unit)))
    };
    assert!(matches!(fetch("west", Some(granted.request)), Reply::Fetched(_)));
    assert_eq!(fetch("plan", Some(granted.request)), Reply::Refused(Refusal::NotPermitted));
    assert_eq!(fetch("plan", None), Reply::Refused(Refusal::NotPermitted));
    granted.world.revoke(granted.consent);
    assert_eq!(fetch("west", Some(granted.request)), Reply::Refused(Refusal::NotPermitted));
}

#[test]
fn a_bad_share_is_complained_of_and_another_holder_asked() {
    let granted = granted();
    granted.world.wires.lies.lock().unwrap().insert(org("north"), |reply| match reply {
        Reply::Share(mut signed) => {
            let mut bytes = signed.answer.sealed.0.to_vec();
            bytes[1200 - 40] ^= 1;
            signed.answer.sealed = epione_vault::Sealed(epione_types::Bytes::new(bytes).unwrap());
            let receipt = super::consortium::key("north", "receipt");
            signed.signature = receipt.sign(&signed.answer.signing_bytes());
            Reply::Share(signed)
        }
        reply => reply,
    });
    let opened = block_on(granted.world.exchange("west").open(&granted.request)).unwrap();
    assert_eq!(opened[0].1.as_ref().unwrap().items().next().unwrap().bytes, b"contents");
    granted.world.settle();
    let events = block_on(granted.world.sites["east"].node.events(0, usize::MAX)).unwrap();
    let complained = events.iter().find_map(|entry| match event::<Access>(entry) {
        Some(access::Event::Complained(of)) => Some(of.holder),
        _ => None,
    });
    assert_eq!(complained, Some(org("north")));
}

#[test]
fn too_few_holders_open_nothing() {
    let granted = granted();
    granted.world.wires.down.lock().unwrap().extend([org("south"), org("east")]);
    let opened = block_on(granted.world.exchange("west").open(&granted.request)).unwrap();
    assert!(matches!(opened[0].1, Err(Error::Peer(_))));
}

#[test]
fn who_restarts_has_no_readers_key_any_more() {
    let Granted { mut world, request, .. } = granted();
    world.restart("west");
    assert!(matches!(block_on(world.exchange("west").open(&request)), Err(Error::NoSession(_))));
}

#[test]
fn a_lost_replica_is_got_again_from_another_vault() {
    let granted = granted();
    let Granted { world, unit, .. } = &granted;
    let north = &world.sites["north"];
    let hash = north.exchange.catalog().kept(unit, 1).unwrap().unwrap().manifest.manifest.ciphertext;
    for damage in [epione_vault::testing::MemoryBlobs::lose, epione_vault::testing::MemoryBlobs::corrupt] {
        damage(&north.blobs, &hash);
        assert_eq!(north.exchange.scrub().unwrap().damaged, 1);
        block_on(north.exchange.work()).unwrap();
        assert_eq!(north.exchange.scrub().unwrap(), crate::Mended { sound: 1, damaged: 0 });
    }
}

#[test]
fn copies_end_with_their_grant() {
    let granted = granted();
    let west = granted.world.exchange("west");
    block_on(west.open(&granted.request)).unwrap();
    assert!(west.copy(&granted.request, &granted.unit).unwrap().is_some());
    granted.world.chain.pass(3_600_001);
    assert!(west.copy(&granted.request, &granted.unit).unwrap().is_none());
    block_on(west.work()).unwrap();
    assert!(west.catalog().copied(&granted.request, &granted.unit).unwrap().is_none());
}
