//! `GET /v1/{module}/{query}`.

use crate::{fields, input, limits, problem::Problem, routes::App, show::answer};
use axum::{
    http::{StatusCode, Uri},
    response::Response,
};
use epione_kernel::{Module, QueryDoc, QuerySource};
use epione_types::UnixMs;
use serde::Serialize;
use serde_json::Value;

/// A query of a module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) module: &'static dyn Module,
    pub(crate) query: &'static QueryDoc,
}

#[derive(Serialize)]
struct Answered {
    value: Value,
    height: u64,
    time: UnixMs,
    source: QuerySource,
}

pub(crate) async fn query(app: App, target: Target, uri: Uri) -> Result<Response, Problem> {
    let item = &target.query.item.item;
    let fields = fields::from_parameters(input::parameters(&uri)?, item.schema.as_value())?;
    let asked = app.ledger.query(target.module.name(), item.number, Value::Object(fields));
    let found = limits::in_time(&app.limits, asked).await??;
    let source = target.query.source;
    Ok(answer(StatusCode::OK, &Answered { value: found.value, height: found.height, time: found.time, source }))
}
