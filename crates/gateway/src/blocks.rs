//! `GET /v1/blocks/{height}` and `GET /v1/blocks/latest`.

use crate::{
    Modules, input, limits,
    ports::FinalizedBlock,
    problem::Problem,
    routes::App,
    show::{Content, answer},
};
use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::{StatusCode, Uri},
    response::Response,
};
use epione_types::{Hash, Header, SignedTx, TxId};
use serde::Serialize;

const WRONG_HEIGHT: &str = "height: neither a whole number nor `latest`";

/// A finalized block: what consensus certified, and the transactions also in words.
#[derive(Serialize)]
struct Shown<'a> {
    /// SHA-256 of the header's canonical bytes: what the certificate is about.
    hash: Hash,
    header: &'a Header,
    /// Engine bytes, in hexadecimal.
    certificate: Option<String>,
    txs: Vec<ShownTx<'a>>,
}

#[derive(Serialize)]
struct ShownTx<'a> {
    id: TxId,
    #[serde(flatten)]
    content: Content<'a>,
}

impl<'a> ShownTx<'a> {
    fn new(modules: Modules, signed: &'a SignedTx) -> Self {
        let id = signed.tx.id();
        Self { id, content: Content::new(modules, signed, &id) }
    }
}

pub(crate) async fn get(
    State(app): State<App>,
    height: Result<Path<String>, PathRejection>,
    uri: Uri,
) -> Result<Response, Problem> {
    input::parameters::<input::Nothing>(&uri)?;
    let Path(text) = height?;
    let height = match text.as_str() {
        "latest" => None,
        number => Some(number.parse::<u64>().map_err(|_digits| Problem::malformed(WRONG_HEIGHT))?),
    };
    let found = limits::in_time(&app.limits, app.ledger.block(height)).await??;
    let found = found.ok_or_else(|| Problem::not_found(format!("there is no finalized block `{text}`")))?;
    let modules = app.modules;
    // A full block has thousands of calls to decode.
    limits::aside(move || shown(modules, &found)).await
}

fn shown(modules: Modules, found: &FinalizedBlock) -> Response {
    let shown = Shown {
        hash: found.block.header.hash(),
        header: &found.block.header,
        certificate: found.certificate.as_ref().map(hex::encode),
        txs: found.block.txs.iter().map(|signed| ShownTx::new(modules, signed)).collect(),
    };
    answer(StatusCode::OK, &shown)
}
