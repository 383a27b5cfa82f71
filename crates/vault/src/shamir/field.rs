//! The field GF(2⁸) modulo x⁸ + x⁴ + x³ + x + 1, in a time that does not depend on the values: no tables, no branches on them.
//!
//! # Source
//! FIPS 197 §4.2.

/// The product. Addition and subtraction are `^`.
pub(super) fn multiply(left: u8, right: u8) -> u8 {
    let (mut factor, mut product) = (left, 0);
    for bit in 0..8_u8 {
        // All ones where the bit of `right` is set, and where doubling `factor` leaves the field.
        product ^= factor & mask(right >> bit);
        factor = (factor << 1) ^ (0x1b & mask(factor >> 7));
    }
    product
}

/// All ones if the lowest bit is set, else zero.
const fn mask(bit: u8) -> u8 {
    0_u8.wrapping_sub(bit & 1)
}

/// The inverse; zero for zero. `value²⁵⁴`.
pub(super) fn invert(value: u8) -> u8 {
    // 254 = 2 + 4 + … + 128.
    let (mut power, mut inverse) = (value, 1);
    for _ in 0..7 {
        power = multiply(power, power);
        inverse = multiply(inverse, power);
    }
    inverse
}
