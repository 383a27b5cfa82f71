//! A consortium under the deterministic runtime: the very code of the nodes, with simulated network, disk and time.
//!
//! A [`scenarios::Scenario`] and a seed determine a run completely. Beside each node a client submits what the modules'
//! generators find plausible, and a [`record::Record`] outside the nodes keeps what the clients were promised; a
//! [`witness::Witness`] hears what the nodes say to each other. In the end [`properties::Everything`] holds all nodes to a
//! [`replica::Replica`], which re-executes the chain block by block.

pub mod shelf;

pub mod world;

pub mod skewed;

pub mod replica;

pub mod record;

pub mod witness;

pub mod decisions;

pub mod forger;

mod squatter;

mod amnesia;

mod refusals;

mod client;

pub mod cluster;

pub mod properties;

mod checks;

mod faults;

pub mod scenarios;

mod run;

pub use client::Workload;
pub use run::{Latency, Summary, run};
