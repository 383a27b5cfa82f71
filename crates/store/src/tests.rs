//! Tests of slots, rows and the log.
