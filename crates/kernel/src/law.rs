//! Laws: named invariants of a module, and the generator of plausible calls that puts them to the test.

use crate::MemoryState;

/// A named invariant over a whole state. Laws report, they never halt the chain.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    /// Name and number: `NOTARY-1`.
    pub id: &'static str,
    /// What always holds.
    pub text: &'static str,
    /// Whether it holds; else what contradicts it.
    pub holds: fn(&MemoryState) -> Result<(), String>,
}

/// A deterministic source of choices for generators: SplitMix64.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The same choices for the same seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Sixty-four bits.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; zero if `bound` is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.roll().checked_rem(bound).unwrap_or(0)
    }

    /// One of `items`, or none if there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let at = self.below(u64::try_from(items.len()).unwrap_or(u64::MAX));
        items.get(usize::try_from(at).unwrap_or(usize::MAX))
    }

    /// Thirty-two bytes.
    pub fn bytes32(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.roll().to_le_bytes());
        }
        bytes
    }
}
