//! Sharing against its definition.

use super::random;
use crate::{
    NoRandom, Random,
    shamir::{ShamirError, Share, join, split},
    testing::SeededRandom,
};
use proptest::prelude::*;

/// Each call fills with the next of these bytes.
struct Bytes(Vec<u8>);

impl Random for Bytes {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoRandom> {
        bytes.fill(self.0.remove(0));
        Ok(())
    }
}

/// Multiplication of polynomials over GF(2), then division by x⁸ + x⁴ + x³ + x + 1: the definition in FIPS 197 §4.2.
fn product(left: u8, right: u8) -> u8 {
    let mut wide = (0..8).filter(|bit| right >> bit & 1 == 1).fold(0_u16, |sum, bit| sum ^ (u16::from(left) << bit));
    for bit in (8..16).rev().filter(|bit| *bit < 15) {
        if wide >> bit & 1 == 1 {
            wide ^= 0x11b << (bit - 8);
        }
    }
    u8::try_from(wide).unwrap()
}

fn value(secret: u8, coefficients: &[u8], at: u8) -> u8 {
    coefficients.iter().rev().chain([&secret]).fold(0, |sum, next| product(sum, at) ^ next)
}

#[test]
fn the_reference_has_the_examples_of_the_standard() {
    assert_eq!([product(0x57, 0x83), product(0x57, 0x13), product(0x57, 0x02)], [0xc1, 0xfe, 0xae]);
}

#[test]
fn a_share_is_the_value_of_the_polynomial() {
    // By hand: 57 + 83·x at 1, 2, 3; doubling 83 leaves the field and is 1d.
    let shares = split(&[0x57; 32], 2, 3, &mut Bytes(vec![0x83])).unwrap();
    assert_eq!([0xd4, 0x4a, 0xc9], [shares[0].expose()[0], shares[1].expose()[0], shares[2].expose()[0]]);
    for first in 0..=255 {
        for second in (0..=255).step_by(5) {
            let shares = split(&[0xa7; 32], 3, 7, &mut Bytes(vec![first, second])).unwrap();
            for share in &shares {
                assert_eq!(*share.expose(), [value(0xa7, &[first, second], share.index()); 32]);
            }
        }
    }
}

/// Two of three shares: over all polynomials each pair of values comes exactly once, whatever the secret is. So they say nothing.
#[test]
fn fewer_than_the_threshold_say_nothing() {
    for secret in [0x00, 0x9e] {
        let mut seen = vec![[false; 3]; 65_536];
        for first in 0..=255 {
            for second in 0..=255 {
                let shares = split(&[secret; 32], 3, 7, &mut Bytes(vec![first, second])).unwrap();
                let pair = |one: usize, two: usize| {
                    usize::from(shares[one].expose()[0]) * 256 + usize::from(shares[two].expose()[0])
                };
                for (which, (one, two)) in [(0, 1), (2, 6), (4, 5)].into_iter().enumerate() {
                    let seen = &mut seen[pair(one, two)][which];
                    assert!(!*seen, "the secret {secret:02x} makes the same pair twice");
                    *seen = true;
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_threshold_of_shares_give_the_secret(
        secret: [u8; 32], seed: [u8; 32], (threshold, count) in (2..=7_u8).prop_flat_map(|count| (2..=count, Just(count))),
        order in Just((0..7_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let shares = split(&secret, threshold, count, &mut SeededRandom::new(seed)).unwrap();
        let some: Vec<&Share> = order.iter().filter_map(|at| shares.get(*at)).collect();
        for taken in usize::from(threshold)..=usize::from(count) {
            prop_assert_eq!(*join(&some[..taken]).unwrap(), secret);
        }
        if threshold > 2 {
            prop_assert_ne!(*join(&some[..usize::from(threshold) - 1]).unwrap(), secret);
        }
    }
}

#[test]
fn impossible_schemes_are_refused() {
    for (threshold, shares) in [(0, 3), (1, 3), (4, 3), (2, 8), (8, 8), (2, 1), (0, 0)] {
        let refused = split(&[1; 32], threshold, shares, &mut random(1)).unwrap_err();
        assert_eq!(refused, ShamirError::Scheme { threshold, shares });
    }
    let share = |index| Share::new(index, [1; 32]).unwrap();
    assert_eq!(Share::new(0, [1; 32]).unwrap_err(), ShamirError::Index(0));
    assert_eq!(Share::new(8, [1; 32]).unwrap_err(), ShamirError::Index(8));
    assert_eq!(join(&[&share(1)]).unwrap_err(), ShamirError::Scheme { threshold: 1, shares: 1 });
    assert_eq!(join(&[&share(1), &share(2), &share(1)]).unwrap_err(), ShamirError::Index(1));
    let without = split(&[1; 32], 2, 3, &mut random(1).failing_after(0)).unwrap_err();
    assert_eq!(without, ShamirError::NoRandom(NoRandom));
}
