//! What wallets do to the signatures that authenticators give them.

use p256::ecdsa::Signature;

/// The signature `r ‖ s` with the lower of the two possible `s`, which alone is accepted. None if `r` or `s` is out of range.
///
/// Both `s` and `order − s` verify. Authenticators give either; were both accepted, anybody could alter the bytes of another's
/// transaction.
#[must_use]
pub fn low_s(bytes: &[u8; 64]) -> Option<[u8; 64]> {
    Some(Signature::from_slice(bytes).ok()?.normalize_s().to_bytes().into())
}

/// The signature that an authenticator gives, `Ecdsa-Sig-Value` of RFC 3279 §2.2.3 in DER, in the form that is accepted. None
/// if it is none.
#[must_use]
pub fn signature_of_der(der: &[u8]) -> Option<[u8; 64]> {
    let ([0x30, len], body) = der.split_first_chunk::<2>()? else { return None };
    if usize::from(*len) != body.len() {
        return None;
    }
    let (r, rest) = integer(body)?;
    let (s, rest) = integer(rest)?;
    let mut bytes = [0; 64];
    bytes.iter_mut().zip(r.iter().chain(&s)).for_each(|(to, from)| *to = *from);
    if rest.is_empty() { low_s(&bytes) } else { None }
}

/// A positive integer of at most 32 bytes, and what follows it.
fn integer(der: &[u8]) -> Option<([u8; 32], &[u8])> {
    let ([0x02, len], rest) = der.split_first_chunk::<2>()? else { return None };
    let (digits, rest) = rest.split_at_checked(usize::from(*len))?;
    // One zero stands before a first digit that would look negative, and only there.
    let digits = match digits {
        [0, digits @ ..] if digits.first().is_some_and(|first| *first >= 0x80) => digits,
        [1..=0x7f, ..] => digits,
        _ => return None,
    };
    let mut padded = [0; 32];
    let zeros = padded.len().checked_sub(digits.len())?;
    padded.iter_mut().skip(zeros).zip(digits).for_each(|(to, from)| *to = *from);
    Some((padded, rest))
}
