//! Shamir's secret sharing of 32 bytes over GF(2⁸): any `threshold` shares give the secret, fewer tell nothing.
//!
//! Byte by byte, the secret is the value at 0 of a random polynomial of degree `threshold − 1`; share `i` is its value at `i`. Shares are
//! numbered from 1. Shares are not authenticated here: the manifest commits to each of them.
//!
//! Own code: the crates for it either look secrets up in tables, which caches tell about, or bring a large tree with them.
//!
//! # Source
//! Shamir: How to share a secret, CACM 22 (11), 1979. The field: FIPS 197 §4.2.

mod field;

use crate::{
    random::{NoRandom, Random},
    secret::SECRET_BYTES,
};
use field::{invert, multiply};
use std::fmt;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Most shares of one secret.
pub const SHARES_MAX: u8 = 7;
/// Fewest shares that may be enough: with one, every holder could read alone.
pub const THRESHOLD_MIN: u8 = 2;

/// Why a secret cannot be shared or joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShamirError {
    /// Not `2 ≤ threshold ≤ shares ≤ 7`.
    #[error("{threshold} of {shares} shares: 2 to 7 shares are possible, and 2 to all of them as threshold")]
    Scheme {
        /// How many shares are enough.
        threshold: u8,
        /// How many there are.
        shares: u8,
    },
    /// A share with the number 0 or above 7, or two with the same number.
    #[error("share {0} has no possible number, or comes twice")]
    Index(u8),
    /// No random bytes.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

/// One share of a secret; wiped from memory when dropped, never printed.
#[derive(Clone, ZeroizeOnDrop)]
pub struct Share {
    index: u8,
    bytes: [u8; SECRET_BYTES],
}

impl Share {
    /// The share number `index` with these bytes.
    ///
    /// # Errors
    /// [`ShamirError::Index`] unless `index` is from 1 to 7.
    pub const fn new(index: u8, bytes: [u8; SECRET_BYTES]) -> Result<Self, ShamirError> {
        if index == 0 || index > SHARES_MAX { Err(ShamirError::Index(index)) } else { Ok(Self { index, bytes }) }
    }

    /// Its number, from 1 to 7.
    #[must_use]
    pub const fn index(&self) -> u8 {
        self.index
    }

    /// The bytes, for sealing: not to be printed.
    #[must_use]
    pub const fn expose(&self) -> &[u8; SECRET_BYTES] {
        &self.bytes
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share({}, [private])", self.index)
    }
}

/// Whether `threshold` of `shares` is a scheme at all.
///
/// # Errors
/// [`ShamirError::Scheme`].
pub const fn check_scheme(threshold: u8, shares: u8) -> Result<(), ShamirError> {
    if THRESHOLD_MIN <= threshold && threshold <= shares && shares <= SHARES_MAX {
        Ok(())
    } else {
        Err(ShamirError::Scheme { threshold, shares })
    }
}

/// Splits `secret` into `shares` shares of which `threshold` are enough.
///
/// # Errors
/// [`ShamirError::Scheme`], [`ShamirError::NoRandom`].
pub fn split(
    secret: &[u8; SECRET_BYTES],
    threshold: u8,
    shares: u8,
    random: &mut dyn Random,
) -> Result<Vec<Share>, ShamirError> {
    check_scheme(threshold, shares)?;
    // The coefficients of x, x², …, each for all bytes of the secret.
    let mut coefficients = Vec::with_capacity(usize::from(threshold));
    for _ in 1..threshold {
        let mut coefficient = Zeroizing::new([0; SECRET_BYTES]);
        random.fill(&mut *coefficient)?;
        coefficients.push(coefficient);
    }
    let share = |index| {
        // Horner's rule, from the highest coefficient down to the secret.
        let mut share = Share { index, bytes: [0; SECRET_BYTES] };
        for coefficient in coefficients.iter().rev().map(|coefficient| &**coefficient).chain([secret]) {
            for (byte, next) in share.bytes.iter_mut().zip(coefficient) {
                *byte = multiply(*byte, index) ^ next;
            }
        }
        share
    };
    Ok((1..=shares).map(share).collect())
}

/// The secret whose shares these are, if they are as many as its threshold and none is wrong: neither can be seen from them.
///
/// # Errors
/// [`ShamirError::Scheme`] for fewer than two or more than seven shares, [`ShamirError::Index`] if one comes twice.
pub fn join(shares: &[&Share]) -> Result<Zeroizing<[u8; SECRET_BYTES]>, ShamirError> {
    let count = u8::try_from(shares.len()).unwrap_or(u8::MAX);
    check_scheme(count, count)?;
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    for share in shares {
        if shares.iter().filter(|other| other.index == share.index).count() > 1 {
            return Err(ShamirError::Index(share.index));
        }
        // Lagrange's coefficient at 0: the product of j ÷ (j − i). The numbers of shares are no secret.
        let others = shares.iter().map(|other| other.index).filter(|other| *other != share.index);
        let coefficient = others.fold(1, |product, other| {
            let quotient = multiply(other, invert(other ^ share.index));
            multiply(product, quotient)
        });
        for (byte, part) in secret.iter_mut().zip(share.bytes) {
            *byte ^= multiply(part, coefficient);
        }
    }
    Ok(secret)
}
