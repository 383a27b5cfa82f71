//! The mempool: checked transactions that wait for a block.
//!
//! An accepted transaction stays until it is final, expires, or another with its nonce is final; nothing else removes it.
//! When the pool is full, new ones are refused.

mod pool;

mod signatures;

#[cfg(test)]
mod tests;

pub use pool::MempoolLimits;
pub(crate) use pool::{Included, Mempool, PoolError};
pub(crate) use signatures::verify;
