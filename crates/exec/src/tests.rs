//! Tests of execution on toy modules.
