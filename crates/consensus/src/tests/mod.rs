//! Tests of what the engine fixes and others rely on.

mod archive;

mod audit;

mod block;

mod committees;

mod finalize;

mod oath;

mod passages;

mod recall;
