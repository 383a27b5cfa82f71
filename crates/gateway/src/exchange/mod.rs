//! Records by hand: what an organization's own people and programs ask of the exchange of its node.
//!
//! Beside the calls and queries of the modules, which go to the ledger as everywhere: here lies what has contents or secrets in it,
//! which never leave the organization but under a grant. What is served stands in docs/http.md. As for everything of the gateway,
//! who may ask belongs to what stands before it.

mod access;
mod problems;
mod records;
mod subjects;

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    routing::{get, post},
};
use epione_exchange::Exchange;

/// Largest record that is put at once, in bytes: what fits into one message over a link.
const RECORD_BYTES_MAX: usize = 12 * 1024 * 1024;

/// The exchange, as handlers take it.
type App = State<Exchange>;

/// The routes below `/v1/exchange`.
pub fn exchange_router(exchange: Exchange) -> Router {
    Router::new()
        .route("/v1/exchange/subjects", post(subjects::enroll).get(subjects::find))
        .route("/v1/exchange/subjects/{id}/link-token", post(subjects::link_token))
        .route("/v1/exchange/subjects/{id}/tag", get(subjects::tag))
        .route("/v1/exchange/subjects/{id}/notices", get(subjects::notices))
        .route("/v1/exchange/records", post(records::put))
        .route("/v1/exchange/records/{id}", get(records::own))
        .route("/v1/exchange/records/{id}/redeal", post(records::redeal))
        .route("/v1/exchange/records/{id}/erasure-certificate", get(records::certificate))
        .route("/v1/exchange/commitments/{what}", post(access::commit))
        .route("/v1/exchange/locates/{id}", post(access::locate))
        .route("/v1/exchange/readers", post(access::reader))
        .route("/v1/exchange/requests/{id}/open", post(access::open))
        .route("/v1/exchange/requests/{id}/copies/{unit}", get(access::copy))
        .route("/v1/exchange/disclosures", post(access::disclose))
        .route("/v1/exchange/challenges/{id}/answer", post(access::answer))
        .route("/v1/exchange/challenges/{id}/evidence", get(access::evidence))
        .layer(DefaultBodyLimit::max(RECORD_BYTES_MAX))
        .with_state(exchange)
}
