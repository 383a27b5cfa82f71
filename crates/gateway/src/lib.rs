//! HTTP on each node, generated from the surface of the modules.
//!
//! The gateway declares what it needs ([`ports`]) and knows neither consensus nor stores; the node provides it. What is
//! served stands in docs/http.md. Every error is a problem of one table (`problem`), every request passes one guard
//! (`limits`), and nothing about a request but its route, status and duration is ever logged.
//!
//! TLS and authentication of persons belong to what stands before the gateway, so it is served on loopback addresses
//! only ([`serve`]).

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

mod openapi;

mod routes;
mod server;

pub use limits::Limits;
pub use openapi::document as openapi_document;
pub use routes::{Config, RouteError, router};
pub use server::{ServeError, serve};

/// The modules of a chain.
pub type Modules = &'static [&'static dyn epione_kernel::Module];
