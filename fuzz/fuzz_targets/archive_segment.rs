//! A segment of an archive.
#![no_main]

#[path = "../../crates/verify/tests/decoders/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    properties::segment(bytes);
});
