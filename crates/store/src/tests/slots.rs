//! Rows as slots and back.

use crate::{
    Address, SLOT_BYTES, row_slots,
    slots::{join, row_len, slot_count},
};
use epione_kernel::RowKey;
use epione_types::{ModuleId, limits::ROW_BYTES_MAX};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn row(module: u16, table: u8, key: &[u8]) -> RowKey {
    RowKey { module: ModuleId(module), table, key: key.to_vec() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn a_row_is_joined_from_its_slots(bytes in prop::collection::vec(any::<u8>(), 0..=ROW_BYTES_MAX)) {
        let slots = row_slots(&bytes);
        prop_assert_eq!(slots.len(), slot_count(bytes.len()));
        prop_assert_eq!(row_len(&slots[0]), bytes.len());
        prop_assert_eq!(join(&slots), Some(bytes));
        // A row of which a slot is missing is no row.
        prop_assert_eq!(join(&slots[..slots.len() - 1]), None);
    }
}

#[test]
fn every_length_up_to_the_longest() {
    for len in 0..=ROW_BYTES_MAX {
        let bytes = vec![0xa5; len];
        let slots = row_slots(&bytes);
        assert_eq!(slots.len(), (len + 2).div_ceil(SLOT_BYTES));
        assert_eq!(join(&slots), Some(bytes));
    }
}

#[test]
fn the_longest_row_fits_the_index() {
    assert!(slot_count(ROW_BYTES_MAX) <= 64);
}

#[test]
fn the_rest_of_the_last_slot_is_zero() {
    let slots = row_slots(&[0xff; 3]);
    let bytes: &[u8] = slots[0].as_ref();
    assert_eq!(&bytes[..5], [3, 0, 0xff, 0xff, 0xff]);
    assert!(bytes[5..].iter().all(|byte| *byte == 0));
}

#[test]
fn slots_have_addresses_of_their_own() {
    let rows = [row(1, 1, b""), row(1, 1, b"a"), row(1, 1, b"ab"), row(1, 2, b""), row(2, 1, b""), row(0x101, 0, b"")];
    let keys: BTreeSet<[u8; 32]> =
        rows.iter().flat_map(|row| (0..64).map(|index| Address::of(row).slot(index).0)).collect();
    assert_eq!(keys.len(), rows.len() * 64);
}

#[test]
fn the_key_of_a_slot_tells_the_row_only_of_the_first() {
    let address = Address::of(&row(3, 1, b"key"));
    assert_eq!(Address::from_bytes(address.slot(0).0), Some(address));
    for index in 1..64 {
        let key = address.slot(index).0;
        assert_eq!((key[0], &key[1..]), (address.bytes()[0] + index, &address.bytes()[1..]));
        assert_eq!(Address::from_bytes(key), None);
    }
}
