//! `POST /v1/tx` and `GET /v1/tx/{id}`.

use crate::{
    input, limits,
    ports::Refused,
    problem::{Problem, UNAVAILABLE},
    routes::{App, Gateway},
    show::{Content, FinalTx, answer},
};
use axum::{
    body::Body,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use borsh::BorshDeserialize;
use epione_types::{SignedTx, TxId, limits::TX_BYTES_MAX};
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Content type of the canonical bytes of one signed transaction.
pub(crate) const ONE: &str = "application/octet-stream";
/// Content type of the canonical bytes of a list of signed transactions.
pub(crate) const MANY: &str = "application/vnd.epione.txs";
/// Content type of one signed transaction as an object, or many as an array.
pub(crate) const JSON: &str = "application/json";

/// Most transactions of one request.
pub(crate) const TXS_MAX: usize = 1_000;
/// A longer body is decoded beside the threads that serve others: a full one of JSON takes tens of milliseconds.
const ASIDE_BYTES: usize = 64 * 1024;
/// How long finality is waited for, in milliseconds.
pub(crate) const WAIT_MS_DEFAULT: u64 = 30_000;
pub(crate) const WAIT_MS_MAX: u64 = 120_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    wait: Option<Wait>,
    timeout_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wait {
    Final,
}

impl Parameters {
    /// How long to wait for finality, if at all.
    fn patience(&self) -> Result<Option<Duration>, Problem> {
        let timeout_ms = self.timeout_ms.unwrap_or(WAIT_MS_DEFAULT);
        if timeout_ms > WAIT_MS_MAX {
            return Err(Problem::malformed(format!("timeout_ms: {timeout_ms} is above {WAIT_MS_MAX}")));
        }
        Ok(self.wait.as_ref().map(|Wait::Final| Duration::from_millis(timeout_ms)))
    }
}

/// The transactions of a request.
#[derive(Debug, PartialEq)]
enum Submission {
    One(SignedTx),
    Many(Vec<SignedTx>),
}

/// How far a transaction came.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Progress {
    Accepted { id: TxId, status: &'static str },
    Final(FinalTx),
    Refused { status: &'static str, problem: Problem },
}

pub(crate) async fn submit(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let patience = input::parameters::<Parameters>(&head.uri)?.patience()?;
    match submission(&app, &head.headers, body).await? {
        Submission::One(tx) => {
            let mut answers = enter(&app, vec![tx], patience).await?;
            let silent = || Problem::new(UNAVAILABLE, "the node gave no answer");
            Ok(one(answers.pop().ok_or_else(silent)?))
        }
        Submission::Many(txs) => Ok(answer(StatusCode::OK, &enter(&app, txs, patience).await?)),
    }
}

/// The transactions alone: the bytes they came in are not kept while finality is waited for.
async fn submission(app: &Gateway, headers: &HeaderMap, body: Body) -> Result<Submission, Problem> {
    let read = reader(headers)?;
    let body = limits::body(&app.limits, headers, body).await?;
    if body.len() > ASIDE_BYTES { limits::aside(move || read(&body)).await? } else { read(&body) }
}

fn one(progress: Progress) -> Response {
    match progress {
        Progress::Refused { problem, .. } => problem.into_response(),
        Progress::Accepted { .. } => answer(StatusCode::ACCEPTED, &progress),
        Progress::Final(_) => answer(StatusCode::OK, &progress),
    }
}

/// Offers the transactions and, if asked to, waits for them side by side. The answers are in the same order.
async fn enter(app: &Gateway, txs: Vec<SignedTx>, patience: Option<Duration>) -> Result<Vec<Progress>, Problem> {
    let offered = limits::in_time(&app.limits, app.ledger.submit(txs)).await?;
    let Some(patience) = patience else {
        return Ok(offered.into_iter().map(|offered| accepted(app, offered)).collect());
    };
    Ok(join_all(offered.into_iter().map(|offered| finality(app, offered, patience))).await)
}

fn accepted(app: &Gateway, offered: Result<TxId, Refused>) -> Progress {
    match offered {
        Ok(id) => Progress::Accepted { id, status: "accepted" },
        Err(refused) => Progress::Refused { status: "refused", problem: Problem::refused(&refused, &app.rejects) },
    }
}

async fn finality(app: &Gateway, offered: Result<TxId, Refused>, patience: Duration) -> Progress {
    if let Ok(id) = offered
        && let Some(tx) = app.ledger.finality(id, patience).await
    {
        return Progress::Final(FinalTx::new(&tx, &app.rejects));
    }
    accepted(app, offered)
}

type Read = fn(&[u8]) -> Result<Submission, Problem>;

/// What reads a body of the request's content type.
fn reader(headers: &HeaderMap) -> Result<Read, Problem> {
    match input::media_type(headers).as_deref() {
        Some(ONE) => Ok(read_one),
        Some(MANY) => Ok(read_many),
        Some(JSON) => Ok(read_json),
        other => Err(input::unsupported(other, &format!("`{ONE}`, `{MANY}` or `{JSON}`"))),
    }
}

fn read_one(body: &[u8]) -> Result<Submission, Problem> {
    SignedTx::from_bytes(body).map(Submission::One).map_err(|fault| Problem::malformed(fault.to_string()))
}

/// Straight from the bytes of the body: this is how transactions come at full load.
fn read_many(mut body: &[u8]) -> Result<Submission, Problem> {
    let count = <u32 as BorshDeserialize>::deserialize(&mut body)
        .map_err(|_short| Problem::malformed("the number of transactions is missing"))?;
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    check_count(count)?;
    let mut txs = Vec::with_capacity(count);
    for at in 0..count {
        let before = body.len();
        let tx = <SignedTx as BorshDeserialize>::deserialize(&mut body)
            .map_err(|error| Problem::malformed(format!("[{at}]: the transaction is malformed: {error}")))?;
        let len = before.saturating_sub(body.len());
        if len > TX_BYTES_MAX {
            return Err(Problem::malformed(format!("[{at}]: {len} bytes are above the limit of {TX_BYTES_MAX}")));
        }
        txs.push(tx);
    }
    if !body.is_empty() {
        return Err(Problem::malformed(format!("{} bytes follow the last transaction", body.len())));
    }
    Ok(Submission::Many(txs))
}

fn read_json(body: &[u8]) -> Result<Submission, Problem> {
    if body.trim_ascii_start().first() != Some(&b'[') {
        return input::json(body).map(Submission::One);
    }
    let txs: Vec<SignedTx> = input::json(body)?;
    check_count(txs.len())?;
    Ok(Submission::Many(txs))
}

fn check_count(count: usize) -> Result<(), Problem> {
    if count > TXS_MAX {
        return Err(Problem::malformed(format!("{count} transactions are above the limit of {TXS_MAX}")));
    }
    Ok(())
}

/// A finalized transaction with its content.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    outcome: FinalTx,
    #[serde(flatten)]
    content: Content<'a>,
}

pub(crate) async fn get(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
) -> Result<Response, Problem> {
    input::parameters::<input::Nothing>(&uri)?;
    let Path(text) = id?;
    let id: TxId = text.parse().map_err(|error| Problem::malformed(format!("id: {error}")))?;
    let found = limits::in_time(&app.limits, app.ledger.tx(id)).await??;
    let (outcome, signed) = found.ok_or_else(|| Problem::not_found(format!("no finalized transaction is {id}")))?;
    let content = Content::new(app.modules, &signed, &id);
    Ok(answer(StatusCode::OK, &Shown { outcome: FinalTx::new(&outcome, &app.rejects), content }))
}
