//! HTTP on each node, generated from the surface of the modules.
//!
//! The gateway declares what it needs ([`ports`]) and knows neither consensus nor stores; the node provides it. What is
//! served stands in docs/http.md. Every error is a problem of one table (`problem`), every request passes one guard
//! (`limits`), and nothing about a request but its route, status and duration is ever logged.
//!
//! What it gives is a router; the node serves it, over TLS or on loopback (`epione-peer`). Authentication of persons
//! belongs to what stands before the gateway.

pub mod ports;

mod limits;
mod problem;

mod clock;
mod fields;
mod input;

mod show;

mod blocks;
mod draft;
mod events;
mod metrics;
mod query;
mod receipts;
mod status;
mod tx;

mod exchange;

mod openapi;

mod routes;

pub use exchange::exchange_router;
pub use limits::Limits;
pub use openapi::document as openapi_document;
pub use routes::{Config, RouteError, router};

/// The modules of a chain.
pub type Modules = &'static [&'static dyn epione_kernel::Module];
