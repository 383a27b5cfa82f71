//! A signed transaction in canonical bytes.
#![no_main]

#[path = "../../crates/types/tests/decoders/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    properties::tx(bytes);
});
