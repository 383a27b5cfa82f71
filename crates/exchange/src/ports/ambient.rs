//! Time and randomness.

use epione_types::UnixMs;
use epione_vault::{NoRandom, Random};
use std::fmt;

/// This node's own clock.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The present moment.
    fn now(&self) -> UnixMs;
}

/// A source of bytes that nobody can guess, shared by everything that happens at once.
pub trait Entropy: fmt::Debug + Send + Sync {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`NoRandom`]; what stands in `bytes` then must not be used.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandom>;
}

/// The shared source as the one that the vault draws from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawn<'a>(pub(crate) &'a dyn Entropy);

impl Random for Drawn<'_> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoRandom> {
        self.0.fill(bytes)
    }
}
