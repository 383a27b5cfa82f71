//! Signatures of many transactions at once.

use ed25519_zebra::{Signature as ZebraSignature, VerificationKeyBytes, batch};
use epione_types::{Signature, SignedTx};
use rand_core::CryptoRng;

/// For each transaction whether its signature verifies.
///
/// Those of Ed25519 are checked as one batch; only if that fails, each alone. Single and batch verification follow the same
/// rules (ZIP-215), so the answer does not depend on which was used. Those of passkeys are always checked each alone.
pub(crate) fn verify<'a>(rng: &mut impl CryptoRng, txs: impl Iterator<Item = &'a SignedTx> + Clone) -> Vec<bool> {
    let mut verifier = batch::Verifier::new();
    let mut count = 0;
    for signed in txs.clone() {
        let Signature::Ed25519 { key, bytes } = &signed.signature else { continue };
        let signature = ZebraSignature::from_bytes(bytes);
        verifier.queue((VerificationKeyBytes::from(*key), signature, &signed.tx.signing_bytes()));
        count += 1;
    }
    let is_batch_right = count > 1 && verifier.verify(rng).is_ok();
    let is_right = |signed: &SignedTx| match &signed.signature {
        Signature::Ed25519 { .. } if is_batch_right => true,
        signature => signature.verify(&signed.tx.signing_bytes()).is_ok(),
    };
    txs.map(is_right).collect()
}
