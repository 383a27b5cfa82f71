//! HMAC and HKDF with SHA-256, for keys of 32 bytes.
//!
//! # Source
//! RFC 2104, RFC 5869.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Bytes of a block of SHA-256. HMAC pads a shorter key with zeros to this length.
const BLOCK_BYTES: usize = 64;

/// `HMAC-SHA-256(key, parts…)`. The parts are not separated: at most one of them may be of variable length, or each must
/// carry its own length.
pub(crate) fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = Zeroizing::new([0; BLOCK_BYTES]);
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The first 32 bytes of `HKDF-SHA-256(salt: none, secret, info)`: one block of the expansion.
pub(crate) fn hkdf(secret: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let extracted = Zeroizing::new(hmac(&[0; 32], &[secret]));
    let mut parts = info.to_vec();
    parts.push(&[1]);
    Zeroizing::new(hmac(&extracted, &parts))
}
