//! Tests of the encoding, the identifiers and the tree.
