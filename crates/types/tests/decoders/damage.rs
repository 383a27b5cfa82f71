//! Damage to encoded values; the tests of other crates use it, too.

use proptest::prelude::*;

/// One change to bytes: where, what kind, and a byte.
pub(crate) type Damage = (prop::sample::Index, u8, u8);

/// The bytes with all changes, one after another.
pub(crate) fn damaged(mut bytes: Vec<u8>, damage: &[Damage]) -> Vec<u8> {
    for (at, kind, byte) in damage {
        let at = at.index(bytes.len() + 1);
        match kind % 5 {
            0 => bytes.insert(at, *byte),
            1 => bytes.truncate(at),
            2 => bytes.extend_from_slice(&[*byte; 3]),
            // Lengths are four bytes: make one enormous.
            3 => bytes.iter_mut().skip(at).take(4).for_each(|old| *old = 0xff),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|old| *old ^= byte),
        }
    }
    bytes
}
