//! `POST /v1/{module}/{call}` and `GET /v1/signers/{id}`: what a client needs to sign.

use crate::{
    clock, input, limits,
    ports::Status,
    problem::{MALFORMED, Problem, UNAVAILABLE},
    routes::{App, Gateway},
    show::answer,
    tx::JSON,
};
use axum::{
    extract::{Path, Request, State, rejection::PathRejection},
    http::{StatusCode, Uri},
    response::Response,
};
use epione_kernel::{BodyError, CallDoc, Module};
use epione_types::{
    Bytes, Call, CallId, DurationMs, List, Nonce, SignerId, Tx, TxFault, TxId, UnixMs,
    limits::{NONCE_LANES, VALIDITY_MS_MAX},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How long a draft is valid if the client does not say.
pub(crate) const VALID_FOR_MS_DEFAULT: u64 = 10 * 60 * 1000;

/// A call of a module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) module: &'static dyn Module,
    pub(crate) call: &'static CallDoc,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    signer: SignerId,
    fields: Map<String, Value>,
    #[serde(default)]
    lane: u16,
    seq: Option<u64>,
    valid_for_ms: Option<u64>,
}

/// A transaction to be checked and signed by the client.
#[derive(Serialize)]
struct Draft {
    tx: Tx,
    id: TxId,
    call_id: CallId,
    signing_bytes: String,
}

pub(crate) async fn draft(app: App, target: Target, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    input::parameters::<input::Nothing>(&head.uri)?;
    match input::media_type(&head.headers).as_deref() {
        Some(JSON) => {}
        other => return Err(input::unsupported(other, &format!("`{JSON}`"))),
    }
    let body = limits::body(&app.limits, &head.headers, body).await?;
    let ask: Ask = input::json(&body)?;
    let valid_for = valid_for(ask.valid_for_ms)?;
    let call = call(&app, target, ask.fields)?;
    let block_time = following(&app).await?.time;
    let seq = match ask.seq {
        Some(seq) => seq,
        None => next_seq(&app, ask.signer, ask.lane)
            .await?
            .ok_or_else(|| Problem::fault(&TxFault::UnknownSigner(ask.signer), &app.rejects))?,
    };
    let tx = Tx {
        version: Tx::VERSION,
        chain: app.ledger.chain(),
        signer: ask.signer,
        nonce: Nonce { lane: lane(&app, ask.lane)?, seq },
        salt: salt()?,
        valid_until: valid_until(block_time, clock::now(), valid_for),
        calls: call,
    };
    let id = tx.id();
    let draft = Draft { id, call_id: id.call(0), signing_bytes: hex::encode(tx.signing_bytes()), tx };
    Ok(answer(StatusCode::OK, &draft))
}

/// Where the node stands, if it follows the chain: before that it knows neither signers nor time.
async fn following(app: &Gateway) -> Result<Status, Problem> {
    let status = limits::in_time(&app.limits, app.ledger.status()).await?;
    match status.not_ready {
        None => Ok(status),
        Some(why) => Err(Problem::new(UNAVAILABLE, why)),
    }
}

fn valid_for(asked_ms: Option<u64>) -> Result<DurationMs, Problem> {
    match asked_ms.unwrap_or(VALID_FOR_MS_DEFAULT) {
        valid @ 1..=VALIDITY_MS_MAX => Ok(DurationMs(valid)),
        other => Err(Problem::malformed(format!("valid_for_ms: {other} is not in 1 to {VALIDITY_MS_MAX}"))),
    }
}

/// Block time lags behind the time of day after an outage and catches up quickly, so the later of both counts; but a
/// transaction that is valid for more than a day of block time would not be taken at all.
fn valid_until(block_time: UnixMs, now: UnixMs, valid_for: DurationMs) -> UnixMs {
    let last = block_time.after(DurationMs(VALIDITY_MS_MAX));
    block_time.max(now).after(valid_for).min(last)
}

/// The call, checked as far as that is possible without state.
fn call<const MAX: usize>(
    app: &Gateway,
    target: Target,
    fields: Map<String, Value>,
) -> Result<List<Call, MAX>, Problem> {
    let (module, number) = (target.module, target.call.item.item.number);
    let body = module.call_from_json(number, Value::Object(fields)).map_err(|error| wrong_body(&error))?;
    match module.check(number, &body) {
        Ok(Ok(())) => {}
        Ok(Err((code, text))) => return Err(Problem::fault(&TxFault::Check { index: 0, code, text }, &app.rejects)),
        Err(error) => return Err(wrong_body(&error)),
    }
    let body =
        Bytes::new(body).map_err(|body| Problem::malformed(format!("fields: {} bytes are too long", body.len())))?;
    let call = Call { module: module.id(), call: number, body };
    List::new(vec![call]).map_err(|_calls| Problem::new(MALFORMED, "one call is too many"))
}

/// A field that is missing, unknown or wrong.
fn wrong_body(error: &BodyError) -> Problem {
    Problem::malformed(format!("fields: {error}"))
}

/// Blinds the events of the transaction, so it comes from the operating system.
fn salt() -> Result<[u8; 16], Problem> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| {
        tracing::error!(%error, "the operating system gives no random bytes");
        Problem::new(UNAVAILABLE, "the node has no random bytes")
    })?;
    Ok(salt)
}

fn lane(app: &Gateway, lane: u16) -> Result<u16, Problem> {
    if lane >= NONCE_LANES {
        return Err(Problem::fault(&TxFault::Lane(lane), &app.rejects));
    }
    Ok(lane)
}

async fn next_seq(app: &Gateway, signer: SignerId, number: u16) -> Result<Option<u64>, Problem> {
    let lane = lane(app, number)?;
    Ok(limits::in_time(&app.limits, app.ledger.next_seq(signer, lane)).await??)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    #[serde(default)]
    lane: u16,
}

/// The next sequence number of a nonce lane.
#[derive(Serialize)]
struct Next {
    signer: SignerId,
    lane: u16,
    next_seq: u64,
}

pub(crate) async fn signer(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
) -> Result<Response, Problem> {
    let Parameters { lane } = input::parameters(&uri)?;
    let Path(text) = id?;
    let signer: SignerId = text.parse().map_err(|error| Problem::malformed(format!("id: {error}")))?;
    following(&app).await?;
    let next_seq = next_seq(&app, signer, lane).await?;
    let next_seq = next_seq.ok_or_else(|| Problem::not_found(format!("signer {signer} is not registered")))?;
    Ok(answer(StatusCode::OK, &Next { signer, lane, next_seq }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validity_follows_the_later_clock_and_never_exceeds_a_day_of_block_time() {
        const DAY: u64 = VALIDITY_MS_MAX;
        let rows = [
            // block time, time of day, valid for, valid until
            (1_000_000, 1_000_000, 500, 1_000_500),
            (1_000_000, 1_003_000, 500, 1_003_500),
            (1_002_000, 1_000_000, 500, 1_002_500),
            (1_000_000, 1_000_100, DAY, 1_000_000 + DAY),
            (1_000_000, 1_000_000 + 3 * DAY, 500, 1_000_000 + DAY),
        ];
        for (block, now, valid_for, until) in rows {
            assert_eq!(valid_until(UnixMs(block), UnixMs(now), DurationMs(valid_for)), UnixMs(until), "{block} {now}");
        }
    }
}
