//! A block as the engine reads it from peers and disks.
#![no_main]

use commonware_codec::{DecodeExt as _, Encode as _};
use epione_consensus::EngineBlock;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(block) = EngineBlock::decode(bytes::Bytes::copy_from_slice(bytes)) {
        assert_eq!(block.encode().as_ref(), bytes, "a block has two encodings");
        assert_eq!(block.hash(), block.header().hash());
    }
});
