//! Tests of the encoding, the identifiers, the tree, the keys, and the golden vectors.

mod codec;
mod ids;
mod keys;
mod passkey;
mod proofs;
mod time;
mod tree;
mod vectors;
