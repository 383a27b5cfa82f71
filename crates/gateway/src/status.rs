//! `GET /v1/status`, `/healthz` and `/readyz`.

use crate::{
    limits,
    ports::{Peers, Status},
    problem::{Problem, UNAVAILABLE},
    routes::App,
    show::answer,
};
use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use serde_json::json;

/// Where the node stands, and whom it sees.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    status: Status,
    peers: Peers,
}

pub(crate) async fn status(State(app): State<App>) -> Result<Response, Problem> {
    let status = limits::in_time(&app.limits, app.ledger.status()).await?;
    Ok(answer(StatusCode::OK, &Shown { status, peers: app.ledger.peers() }))
}

/// The process works: it answers.
pub(crate) async fn healthz() -> Response {
    answer(StatusCode::OK, &json!({ "status": "ok" }))
}

/// The node follows the chain, or why not.
pub(crate) async fn readyz(State(app): State<App>) -> Result<Response, Problem> {
    match limits::in_time(&app.limits, app.ledger.status()).await?.not_ready {
        None => Ok(answer(StatusCode::OK, &json!({ "status": "ready" }))),
        Some(why) => Err(Problem::new(UNAVAILABLE, why)),
    }
}
