//! The gateway over real sockets: a fake ledger behind it, a real HTTP client before it.

mod support;

mod blocks;
mod draft;
mod events;
mod limits;
mod metrics;
mod openapi;
mod query;
mod receipts;
mod status;
mod submit;
