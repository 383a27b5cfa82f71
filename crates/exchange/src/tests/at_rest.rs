//! What is on the disk tells nothing about a person.

use super::consortium::Consortium;
use futures::executor::block_on;

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn no_planted_name_number_or_code_is_on_any_disk() {
    let world = Consortium::new();
    let planted: &[u8] = b"Name-Muster-Anna";
    let items = [planted];
    let mut order = world.order(&items);
    order.encounter = Some(epione_types::Text::new("Encounter-Canary").unwrap());
    order.category = super::consortium::label("Category-Canary");
    let unit = block_on(world.exchange("north").put(&order)).unwrap();
    world.grant();
    let request = world.request(&[unit]);
    block_on(world.exchange("west").open(&request)).unwrap();
    world.exchange("west").prepare_evidence(b"Evidence-Canary").unwrap();
    world.settle();
    let canaries: [&[u8]; 6] =
        [planted, b"Encounter-Canary", b"Category-Canary", b"Evidence-Canary", b"4711", b"laboratory"];
    for (name, site) in &world.sites {
        let (rows, blobs) = (site.store.bytes(), epione_vault::Blobs::list(&*site.blobs, None, 1000).unwrap());
        for canary in canaries {
            assert!(!contains(&rows, canary), "rows of {name}");
            for hash in &blobs {
                let blob = epione_vault::Blobs::get(&*site.blobs, hash).unwrap().unwrap();
                assert!(!contains(&blob, canary), "blobs of {name}");
            }
        }
    }
    let debug = format!("{order:?}");
    assert!(!debug.contains("Canary") && !debug.contains("Muster"), "{debug}");
}

#[test]
fn a_row_does_not_open_in_another_place_or_under_another_key() {
    use crate::{
        at_rest::AtRest,
        ports::{Entropy, Table},
    };

    let world = Consortium::new();
    let entropy: &dyn Entropy = &*world.exchange("north").ports.entropy;
    let (one, other) = (AtRest::new(&[1; 32]), AtRest::new(&[2; 32]));
    let row = one.wrap((Table::Sources, b"key"), b"plain", entropy).unwrap();
    assert_eq!(one.unwrap((Table::Sources, b"key"), &row).unwrap().as_slice(), b"plain");
    assert!(one.unwrap((Table::Sources, b"yek"), &row).is_err());
    assert!(one.unwrap((Table::Subjects, b"key"), &row).is_err());
    assert!(other.unwrap((Table::Sources, b"key"), &row).is_err());
    for at in 0..row.len() {
        let mut changed = row.clone();
        changed[at] ^= 1;
        assert!(one.unwrap((Table::Sources, b"key"), &changed).is_err(), "byte {at}");
    }
}
