//! The mempool: checked transactions that wait for a block.
//!
//! An accepted transaction stays until it is final, expires, or can never stand in a block again (another with its nonce is
//! final, its key is replaced, its signer is gone); nothing else removes it.
//! When the pool is full, new ones are refused.

mod pool;

mod signatures;

#[cfg(test)]
mod tests;

pub use pool::MempoolLimits;
pub(crate) use pool::{Mempool, PoolError};
pub(crate) use signatures::verify;
