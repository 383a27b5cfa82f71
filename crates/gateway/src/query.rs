//! `GET /v1/{module}/{query}`.

use crate::{fields, input, limits, ports::QueryFailure, problem::Problem, routes::App, show::answer};
use axum::{
    http::{StatusCode, Uri},
    response::Response,
};
use epione_kernel::{
    MemoryState, Module, QueryDoc, QueryError, QuerySource, Row, RowSource, RowsError, Select, Sources, View,
};
use epione_types::UnixMs;
use serde::Serialize;
use serde_json::{Map, Value};

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
    let asked = app.ledger.query(target.module.name(), item.number, Value::Object(fields.clone()));
    let found = limits::in_time(&app.limits, asked).await?.map_err(|failure| match failure {
        QueryFailure::Fields(error) => Problem::malformed(name_field(target, &fields, &error)),
        failure => failure.into(),
    })?;
    let source = target.query.source;
    Ok(answer(StatusCode::OK, &Answered { value: found.value, height: found.height, time: found.time, source }))
}

/// `error` with the field it is about, found by asking an empty ledger: fields are read before anything else.
fn name_field(target: Target, fields: &Map<String, Value>, error: &str) -> String {
    let state = MemoryState::default();
    let sources = Sources { state: View::new(&state), rows: &NoRows, now: UnixMs(0) };
    let number = target.query.item.item.number;
    fields::blame(fields, error, |fields| match target.module.query(&sources, number, fields) {
        Err(QueryError::Body(error)) => Some(error.to_string()),
        _ => None,
    })
}

struct NoRows;

impl RowSource for NoRows {
    fn select(&self, _module: &'static str, _select: &Select) -> Result<Vec<Row>, RowsError> {
        Ok(Vec::new())
    }
}
