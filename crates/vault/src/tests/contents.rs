//! Contents, and the proof of one item.

use super::{contents, random};
use crate::{Contents, ContentsError, ITEMS_MAX, ItemProof, NoRandom};
use epione_types::{List, decode, encode};
use proptest::prelude::*;
use zeroize::Zeroizing;

fn parsed(bytes: &[u8]) -> Result<Contents, ContentsError> {
    Contents::from_bytes(Zeroizing::new(bytes.to_vec()))
}

#[test]
fn items_come_back_octet_for_octet() {
    let contents = contents();
    let again = parsed(contents.as_bytes()).unwrap();
    let items: Vec<&[u8]> = again.items().map(|item| item.bytes).collect();
    assert_eq!(items, [&b"{\"resourceType\":\"Encounter\"}"[..], b"", b"MSH|^~\\&|"]);
    assert_eq!(again.root(), contents.root());
    let salts: Vec<_> = again.items().map(|item| *item.salt).collect();
    assert!(salts[0] != salts[1] && salts[1] != salts[2], "each item has its own salt");
}

#[test]
fn other_bytes_are_no_contents() {
    let bytes = contents().as_bytes().to_vec();
    for len in 0..bytes.len() {
        assert_eq!(parsed(&bytes[..len]).unwrap_err(), ContentsError::Malformed, "{len}");
    }
    let with = |at: usize, byte: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = byte;
        parsed(&bytes).map(|_| ()).unwrap_err()
    };
    assert_eq!(parsed(&[&bytes[..], &[0]].concat()).unwrap_err(), ContentsError::Malformed);
    assert_eq!(with(0, 2), ContentsError::Malformed);
    assert_eq!(with(1, 0), ContentsError::Count(0));
    assert_eq!(with(2, 0x10), ContentsError::Count(ITEMS_MAX + 3));
    // The highest byte of the length of the first item.
    assert_eq!(with(40, 0xff), ContentsError::Malformed);
    assert_eq!(parsed(&vec![1; (64 << 20) + 1]).unwrap_err(), ContentsError::TooLong);
}

#[test]
fn a_unit_has_a_limit() {
    let new = |items: &[&[u8]]| Contents::new(items, &mut random(1)).map(|_| ());
    assert_eq!(new(&[]), Err(ContentsError::Count(0)));
    assert_eq!(new(&vec![&[][..]; ITEMS_MAX]), Ok(()));
    assert_eq!(new(&vec![&[][..]; ITEMS_MAX + 1]), Err(ContentsError::Count(ITEMS_MAX + 1)));
    // Five bytes in front, 36 for the item.
    let largest = vec![0; (64 << 20) - 41];
    assert_eq!(new(&[&largest]), Ok(()));
    assert_eq!(new(&[&largest, &[]]), Err(ContentsError::TooLong));
    let without = Contents::new(&[&[]], &mut random(1).failing_after(0)).unwrap_err();
    assert_eq!(without, ContentsError::NoRandom(NoRandom));
}

proptest! {
    #[test]
    fn each_item_is_proved_alone(count in 1..40_u8, at: prop::sample::Index, other: prop::sample::Index) {
        let bytes: Vec<Vec<u8>> = (0..count).map(|number| vec![number; usize::from(number)]).collect();
        let items: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
        let contents = Contents::new(&items, &mut random(9)).unwrap();
        let (at, other) = (at.index(items.len()), other.index(items.len()));
        let proof = contents.prove(at).unwrap();
        let told = decode::<ItemProof>(&encode(&proof), 1000).unwrap();
        prop_assert_eq!(&told, &proof);
        prop_assert_eq!(proof.root(items[at]), Ok(contents.root()));
        prop_assert_eq!(proof.root(items[other]) == Ok(contents.root()), at == other);
        let mut forged = proof.clone();
        forged.salt[0] ^= 1;
        prop_assert_ne!(forged.root(items[at]), Ok(contents.root()));
        let mut shorter = proof;
        shorter.path = List::new(shorter.path.iter().skip(1).copied().collect()).unwrap();
        prop_assert_eq!(shorter.root(items[at]) == Ok(contents.root()), count == 1);
        prop_assert_eq!(contents.prove(items.len()), None);
    }
}
