//! Signatures of many transactions at once.

use ed25519_zebra::{Signature as ZebraSignature, VerificationKeyBytes, batch};
use epione_types::{Signature, SignedTx};
use rand_core::CryptoRng;

/// For each transaction whether its signature verifies.
///
/// All are checked as one batch; only if that fails, each alone. Single and batch verification follow the same rules
/// (ZIP-215), so the answer does not depend on which was used.
pub(crate) fn verify<'a>(rng: &mut impl CryptoRng, txs: impl Iterator<Item = &'a SignedTx> + Clone) -> Vec<bool> {
    let mut verifier = batch::Verifier::new();
    let mut count = 0;
    for signed in txs.clone() {
        let Signature::Ed25519 { key, bytes } = &signed.signature;
        let signature = ZebraSignature::from_bytes(bytes);
        verifier.queue((VerificationKeyBytes::from(*key), signature, &signed.tx.signing_bytes()));
        count += 1;
    }
    if count > 1 && verifier.verify(rng).is_ok() {
        return vec![true; count];
    }
    txs.map(|signed| signed.signature.verify(&signed.tx.signing_bytes()).is_ok()).collect()
}
