//! Tests of the mempool.
