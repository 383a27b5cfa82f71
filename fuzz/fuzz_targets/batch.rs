//! A list of transactions, as nodes send it to each other.
#![no_main]

#[path = "../../crates/types/tests/decoders/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    properties::batch(bytes);
});
