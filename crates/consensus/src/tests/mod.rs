//! Tests of what the engine fixes and others rely on.

mod audit;

mod block;

mod finalize;

mod recall;
