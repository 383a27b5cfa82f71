//! `GET /v1/status`, `/healthz`, `/readyz` and `/metrics`.

use crate::{
    limits,
    problem::{Problem, UNAVAILABLE},
    routes::App,
    show::answer,
};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::json;

pub(crate) async fn status(State(app): State<App>) -> Result<Response, Problem> {
    Ok(answer(StatusCode::OK, &limits::in_time(&app.limits, app.ledger.status()).await?))
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

pub(crate) async fn metrics(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.ledger.metrics()).into_response()
}
