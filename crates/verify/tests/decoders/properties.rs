//! What must hold for whatever bytes are taken for a receipt. True if they are one that proves something.

use epione_verify::{
    Receipt,
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
