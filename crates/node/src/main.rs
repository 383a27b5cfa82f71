//! The binary `epione`.
fn main() {}
