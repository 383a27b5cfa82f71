//! Random bytes, as a port: a simulation and the vectors give their own.

/// No random bytes could be had; nothing may be encrypted then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct NoRandom;

/// A source of bytes that nobody can guess.
pub trait Random {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`NoRandom`]; what stands in `bytes` then must not be used.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoRandom>;
}

/// The operating system's source: what is used outside of tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoRandom> {
        getrandom::fill(bytes).map_err(|_os| NoRandom)
    }
}
