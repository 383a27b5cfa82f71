//! Decoders meet what others send: random bytes, and good ones with some damage. The properties are those that are fuzzed
//! (see `fuzz/README.md`).

mod damage;
mod good;
mod properties;

use damage::{Damage, damaged};
use proptest::prelude::*;

type Property = fn(&[u8]) -> bool;

/// The good values with their properties.
fn good() -> Vec<(Property, Vec<u8>)> {
    let property = |name| -> Property {
        match name {
            "tx" => properties::tx,
            "tx_json" => properties::tx_json,
            "batch" => properties::batch,
            "block" => properties::block,
            "entry" => properties::entry,
            "genesis" => properties::genesis,
            "identifier" => properties::identifier,
            other => panic!("no property is called {other}"),
        }
    };
    good::good().into_iter().map(|(name, bytes)| (property(name), bytes)).collect()
}

#[test]
fn good_values_decode() {
    for (at, (property, bytes)) in good().into_iter().enumerate() {
        assert!(property(&bytes), "value {at}");
        assert!(!property(&[bytes.as_slice(), &[0]].concat()), "value {at} with a byte more");
        assert!(!property(&bytes[..bytes.len() - 1]), "value {at} with a byte less");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn damaged_values_keep_the_properties(damage in prop::collection::vec(any::<Damage>(), 1..4)) {
        for (property, bytes) in good() {
            property(&damaged(bytes, &damage));
        }
    }

    #[test]
    fn random_bytes_keep_the_properties(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for (property, _) in good() {
            property(&bytes);
        }
    }

    #[test]
    fn texts_like_identifiers_keep_the_properties(text in "(org|tx|note|edk|passkey|chain|id)1[02-9ac-hj-np-zA-Z]{0,60}") {
        properties::identifier(text.as_bytes());
    }
}
