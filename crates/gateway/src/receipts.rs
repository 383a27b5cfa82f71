//! `GET /v1/receipts/{id}`, `GET /v1/tree/consistency`, `GET /v1/tree/tiles/{level}/{index}`.

use crate::{
    input, limits,
    ports::{Receipt, Subject},
    problem::Problem,
    routes::App,
    show::answer,
};
use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use epione_types::{Hash, TILE_WIDTH, Tile};
use serde::{Deserialize, Serialize};

/// Content type of a receipt in its canonical bytes.
pub(crate) const RECEIPT: &str = "application/vnd.epione.receipt";
/// Content type of the hashes of a tile, one after the other.
pub(crate) const TILE: &str = "application/octet-stream";
const JSON: &str = "application/json";

const WRONG_ID: &str = "id: neither a transaction (tx1…) nor the position of an event";

/// A receipt in JSON.
#[derive(Serialize)]
struct Shown {
    position: u64,
    height: u64,
    /// Canonical bytes, in hexadecimal.
    receipt: String,
}

impl Shown {
    fn new(receipt: &Receipt) -> Self {
        Self { position: receipt.position, height: receipt.height, receipt: hex::encode(&receipt.bytes) }
    }
}

pub(crate) async fn get(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    input::parameters::<input::Nothing>(&uri)?;
    let Path(text) = id?;
    let of = match (text.parse(), text.parse()) {
        (Ok(position), _) => Subject::Event(position),
        (_, Ok(id)) => Subject::Tx(id),
        (Err(_), Err(error)) if text.starts_with("tx1") => return Err(Problem::malformed(format!("id: {error}"))),
        _ => return Err(Problem::malformed(WRONG_ID)),
    };
    let found = limits::in_time(&app.limits, app.ledger.receipt(of)).await??;
    let found = found.ok_or_else(|| {
        Problem::not_found(match of {
            Subject::Tx(id) => format!("no transaction that is final on this node is {id}"),
            Subject::Event(position) => format!("there is no final event {position}"),
        })
    })?;
    Ok(match input::prefers(&headers, JSON) {
        true => answer(StatusCode::OK, &Shown::new(&found)),
        false => bytes(RECEIPT, found.bytes),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sizes {
    from: u64,
    to: u64,
}

/// The proof that one tree grew into another.
#[derive(Serialize)]
struct Consistency {
    from: u64,
    to: u64,
    path: Vec<Hash>,
}

pub(crate) async fn consistency(State(app): State<App>, uri: Uri) -> Result<Response, Problem> {
    let Sizes { from, to } = input::parameters(&uri)?;
    if from > to {
        return Err(Problem::malformed(format!("from: {from} is above `to`, which is {to}")));
    }
    let found = limits::in_time(&app.limits, app.ledger.consistency(from, to)).await??;
    let path = found.ok_or_else(|| Problem::not_found(format!("there are fewer than {to} events")))?;
    Ok(answer(StatusCode::OK, &Consistency { from, to, path }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Width {
    width: Option<u16>,
}

pub(crate) async fn tile(
    State(app): State<App>,
    place: Result<Path<(u8, u64)>, PathRejection>,
    uri: Uri,
) -> Result<Response, Problem> {
    let Width { width } = input::parameters(&uri)?;
    let Path((level, index)) = place?;
    let width = width.unwrap_or(u16::try_from(TILE_WIDTH).unwrap_or(u16::MAX));
    if !(1..=TILE_WIDTH).contains(&u64::from(width)) {
        return Err(Problem::malformed(format!("width: {width} is not between 1 and {TILE_WIDTH}")));
    }
    let found = limits::in_time(&app.limits, app.ledger.tile(Tile { level, index, width })).await??;
    let missing = || Problem::not_found(format!("the tree has no {width} hashes in tile {index} of level {level}"));
    let hashes = found.ok_or_else(missing)?;
    Ok(bytes(TILE, hashes.into_iter().flat_map(|hash| hash.0).collect()))
}

fn bytes(content_type: &'static str, bytes: Vec<u8>) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, content_type)], bytes).into_response()
}
