//! What must hold for whatever bytes are taken for a receipt or a part of an archive. True if they are one that proves
//! something.

use epione_verify::{
    Anchor, Receipt,
    archive::{Content, Manifest, Segment, Verifier, testing::EPOCH_BLOCKS},
    testing::{Validators, anchor},
    verify,
};

/// Whatever decodes has no other encoding, and what proves something can be said.
pub(crate) fn receipt(bytes: &[u8]) -> bool {
    if let Ok(receipt) = Receipt::from_bytes(bytes) {
        assert_eq!(receipt.to_bytes(), bytes, "a second encoding");
    }
    let Ok(proved) = verify(bytes, &anchor(&Validators::of(1..=4))) else { return false };
    assert!(proved.position < proved.event_size && proved.signed.voters.len() == 3);
    assert!(proved.words().iter().all(|sentence| sentence.ends_with('.')));
    true
}

/// A manifest has one text, and its segments lead from block 1 to the last.
pub(crate) fn manifest(bytes: &[u8]) -> bool {
    let Ok(manifest) = Manifest::parse(bytes) else { return false };
    assert_eq!(manifest.text().as_bytes(), bytes, "a second text");
    let next = manifest.segments.iter().try_fold(1, |next, segment| (segment.first == next).then(|| segment.last + 1));
    assert_eq!(next, Some(manifest.height + 1));
    true
}

/// A first segment, with a manifest that fits: what proves something can be said, and what does not is named with its
/// block.
pub(crate) fn segment(bytes: &[u8]) -> bool {
    let (chain, committee) = (epione_verify::testing::CHAIN, Validators::of(1..=4).committee());
    let anchor = Anchor { chain, epoch_blocks: EPOCH_BLOCKS, committee };
    let segment = Segment { first: 1, last: 11, content: Content::of(bytes) };
    let (head, genesis) = (Default::default(), Content::of(b""));
    let manifest = Manifest { chain, height: 11, head, events: 0, genesis, segments: vec![segment] };
    let Ok(mut verifier) = Verifier::new(&anchor, &manifest) else { return false };
    match verifier.segment(&segment, bytes) {
        Ok(records) => {
            assert_eq!(records.len(), 11);
            true
        }
        Err(damage) => {
            assert!(damage.file == segment.name() && (1..=34).contains(&damage.number()), "{damage}");
            false
        }
    }
}
