//! Clock and random bytes of the operating system.

use epione_exchange::ports::{Clock, Entropy};
use epione_types::UnixMs;
use epione_vault::NoRandom;

/// What the operating system gives.
#[derive(Debug)]
pub(super) struct System;

impl Clock for System {
    fn now(&self) -> UnixMs {
        crate::init::now()
    }
}

impl Entropy for System {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandom> {
        getrandom::fill(bytes).map_err(|_system| NoRandom)
    }
}
