//! Blocks of transactions, executed on the real modules.
#![no_main]

#[path = "../../crates/exec/tests/streams/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    properties::stream(bytes);
});
