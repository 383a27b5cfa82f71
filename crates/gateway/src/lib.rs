//! HTTP on each node, generated from the surface of the modules.
//!
//! The gateway declares what it needs ([`ports`]) and knows neither consensus nor stores; the node provides it.

pub mod ports;
