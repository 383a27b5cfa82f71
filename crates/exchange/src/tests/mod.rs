//! Tests of the crate: a consortium of five exchanges over one chain that really executes.

mod chain;
mod consortium;

mod at_rest;
mod crash;
mod messages;
mod release;
mod whole;
