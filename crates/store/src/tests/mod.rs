//! Tests of slots, rows and the log, under the deterministic runtime.

mod log;

mod slots;

mod state;
mod tiles;
