//! The fields of a call of any module in JSON.
#![no_main]

#[path = "../../crates/modules/tests/decoders/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    properties::call_json(bytes);
});
