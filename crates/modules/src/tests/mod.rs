//! Tests over the list of modules, and what the tests of several modules share.

pub(crate) mod fixture;
mod list;
mod rows;
