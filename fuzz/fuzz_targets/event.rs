//! The body of an event of any module.
#![no_main]

#[path = "../../crates/modules/tests/decoders/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    properties::event(bytes);
});
