//! `POST /v1/tx` and `GET /v1/tx/{id}`.

use crate::{
    input, limits,
    ports::{Fate, Finalized, Known, Refused, Ticket},
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
use epione_types::{SignedTx, TxFault, TxId, limits::TX_BYTES_MAX};
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
    One(Box<SignedTx>),
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
            let mut answers = enter(&app, vec![*tx], patience).await?;
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

/// A transaction after it was offered.
enum Entered {
    Waits(Ticket),
    Answered(Progress),
}

/// Offers the transactions and, if asked to, waits for them side by side. The answers are in the same order.
async fn enter(app: &Gateway, txs: Vec<SignedTx>, patience: Option<Duration>) -> Result<Vec<Progress>, Problem> {
    let tickets: Vec<Ticket> = txs.iter().map(Ticket::of).collect();
    let offered = limits::in_time(&app.limits, app.ledger.submit(txs)).await?;
    let mut entered = Vec::with_capacity(tickets.len());
    let mut repeated = repeated(app, &tickets, &offered).await.into_iter();
    for (ticket, offered) in tickets.into_iter().zip(offered) {
        let Err(refused) = offered else {
            app.metrics.offered(None);
            entered.push(Entered::Waits(ticket));
            continue;
        };
        let before = if hides_final(&refused) { repeated.next().unwrap_or(Ok(None)) } else { Ok(None) };
        entered.push(Entered::Answered(match before {
            Ok(Some(tx)) => Progress::Final(FinalTx::new(&tx, &app.rejects)),
            Ok(None) => refusal(app, Problem::refused(&refused, &app.rejects)),
            Err(problem) => refusal(app, problem),
        }));
    }
    Ok(join_all(entered.into_iter().map(|entered| progress(app, entered, patience))).await)
}

/// Whether a transaction that is final is refused like this when it is sent again: only the first fault is told.
fn hides_final(refused: &Refused) -> bool {
    matches!(refused, Refused::Fault(TxFault::NonceUsed(_) | TxFault::Expired(_) | TxFault::Key(_)))
}

/// What became of those that may have been refused only because they are final; in the same order.
async fn repeated(
    app: &Gateway,
    tickets: &[Ticket],
    offered: &[Result<TxId, Refused>],
) -> Vec<Result<Option<Finalized>, Problem>> {
    let is_hidden = |offered: &Result<TxId, Refused>| offered.as_ref().err().is_some_and(hides_final);
    let hidden = tickets.iter().zip(offered).filter(|(_, offered)| is_hidden(offered));
    let ids: Vec<TxId> = hidden.map(|(ticket, _)| ticket.id).collect();
    if ids.is_empty() {
        return Vec::new();
    }
    let count = ids.len();
    match limits::in_time(&app.limits, app.ledger.finals(ids)).await {
        Ok(Ok(finals)) => finals.into_iter().map(Ok).collect(),
        Ok(Err(unavailable)) => vec![Err(unavailable.into()); count],
        Err(late) => vec![Err(late); count],
    }
}

fn refusal(app: &Gateway, problem: Problem) -> Progress {
    app.metrics.offered(Some(&problem));
    Progress::Refused { status: "refused", problem }
}

/// How far a transaction came, waited for if asked to.
async fn progress(app: &Gateway, entered: Entered, patience: Option<Duration>) -> Progress {
    let ticket = match entered {
        Entered::Waits(ticket) => ticket,
        Entered::Answered(progress) => return progress,
    };
    let accepted = Progress::Accepted { id: ticket.id, status: "accepted" };
    let Some(patience) = patience else { return accepted };
    match app.ledger.finality(ticket, patience).await {
        Ok(Fate::Final(tx)) => Progress::Final(FinalTx::new(&tx, &app.rejects)),
        Ok(Fate::Waits) => accepted,
        Ok(Fate::Lost(fault)) => Progress::Refused { status: "refused", problem: Problem::fault(&fault, &app.rejects) },
        Err(unavailable) => Progress::Refused { status: "refused", problem: unavailable.into() },
    }
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
    SignedTx::from_bytes(body)
        .map(|tx| Submission::One(Box::new(tx)))
        .map_err(|fault| Problem::malformed(fault.to_string()))
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
        return input::json(body).map(|tx| Submission::One(Box::new(tx)));
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
    match limits::in_time(&app.limits, app.ledger.tx(id)).await?? {
        Some(Known::Final(outcome, signed)) => {
            let content = Content::new(app.modules, &signed, &id);
            Ok(answer(StatusCode::OK, &Shown { outcome: FinalTx::new(&outcome, &app.rejects), content }))
        }
        Some(Known::Waits) => Ok(answer(StatusCode::OK, &Progress::Accepted { id, status: "accepted" })),
        None => Err(Problem::not_found(format!("no transaction that is final or waits on this node is {id}"))),
    }
}
