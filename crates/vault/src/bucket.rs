//! Sizes as the ledger sees them: contents are padded to a power of two first.

use borsh::{BorshDeserialize, BorshSerialize};
use std::fmt;

/// The size of a unit's contents, rounded up to a power of two between 1 KiB and 64 MiB.
///
/// Number `n` stands for `2^(10 + n)` bytes, `n` from 0 to 16: seventeen sizes are all that the ledger and the vaults can tell
/// apart. The price is room: a third more on average, at most twice the contents (above 1 KiB).
///
/// # Source
/// Padmé (Nikitin et al., PETS 2019) pads less and tells more: 32 sizes for each doubling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Bucket(u8);

impl Bucket {
    /// The largest number.
    pub const MAX: u8 = 16;

    /// The bucket with this number, if there is one.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number <= Self::MAX { Some(Self(number)) } else { None }
    }

    /// The smallest bucket for contents of `len` bytes, if they are not above 64 MiB.
    #[must_use]
    pub fn of(len: usize) -> Option<Self> {
        (0..=Self::MAX).map(Self).find(|bucket| len <= bucket.bytes())
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Bytes of padded contents.
    #[must_use]
    pub const fn bytes(self) -> usize {
        1024 << self.0
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bucket({} bytes)", self.bytes())
    }
}

impl BorshDeserialize for Bucket {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let number = u8::deserialize_reader(reader)?;
        Self::new(number).ok_or_else(|| {
            borsh::io::Error::new(borsh::io::ErrorKind::InvalidData, "there is no bucket of this number")
        })
    }
}
