//! A signed transaction in JSON.
#![no_main]

#[path = "../../crates/types/tests/decoders/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    properties::tx_json(bytes);
});
