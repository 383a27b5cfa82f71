//! A module's part of a genesis in JSON.
#![no_main]

#[path = "../../crates/modules/tests/decoders/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    properties::genesis(bytes);
});
