//! Tests of the mempool.

mod pool;

mod signatures;
