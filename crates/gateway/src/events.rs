//! `GET /v1/events`: finalized events as server-sent events.
//!
//! # Source
//! HTML Living Standard, §9.2 "Server-sent events".

use crate::{
    Modules, input,
    ports::{LoggedEvent, Unavailable},
    problem::Problem,
    routes::App,
    show,
};
use axum::{
    extract::State,
    http::{HeaderMap, Uri},
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use epione_types::{Entry, ModuleId, Origin, TxResult, UnixMs, decode, limits::EVENT_BODY_BYTES_MAX};
use futures::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{borrow::Cow, convert::Infallible};

/// What the ledger itself is called in events.
pub(crate) const LEDGER: &str = "ledger";
/// The first event of every transaction.
pub(crate) const TX_RESULT: &str = "tx-result";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    from: Option<u64>,
}

/// An event in words.
#[derive(Serialize)]
struct Shown<'a> {
    position: u64,
    height: u64,
    time: UnixMs,
    origin: &'a Origin,
    module: Cow<'static, str>,
    event: Cow<'static, str>,
    fields: Value,
}

/// Sends events as fast as the client takes them: the ledger's stream is asked for the next one only when there is room
/// for it in the socket.
pub(crate) async fn events(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Result<Response, Problem> {
    let Parameters { from } = input::parameters(&uri)?;
    // A client that reconnects repeats its first address, so where it stopped counts for more.
    let from = after_last(&headers)?.or(from).unwrap_or(0);
    let place = app.gate.stream()?;
    let (modules, keep_alive) = (app.modules, app.limits.keep_alive);
    let events = stream::unfold(Some((app.ledger.events(from), place)), move |open| async move {
        let (mut events, place) = open?;
        match events.next().await? {
            Ok(event) => Some((frame(modules, &event), Some((events, place)))),
            Err(failed) => Some((last_words(&failed), None)),
        }
    });
    let events = events.map(Ok::<Event, Infallible>);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(keep_alive)).into_response())
}

/// The position after the last one that the client has seen, if it says so.
fn after_last(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(header) = headers.get("last-event-id") else { return Ok(None) };
    let last = header.to_str().ok().and_then(|text| text.parse::<u64>().ok());
    let last = last.ok_or_else(|| Problem::malformed("Last-Event-ID: not the position of an event"))?;
    Ok(Some(last.saturating_add(1)))
}

/// The client hears why the stream ends, reconnects and continues where it stopped.
fn last_words(failed: &Unavailable) -> Event {
    Event::default().comment(failed.to_string().replace(['\n', '\r'], " "))
}

fn frame(modules: Modules, event: &LoggedEvent) -> Event {
    let entry = &event.entry;
    let (module, name, fields) = in_words(modules, entry);
    let title = format!("{module}.{name}");
    let (position, height, time) = (event.position, event.height, event.time);
    let shown = Shown { position, height, time, origin: &entry.origin, module, event: name, fields };
    // The fields of modules have string keys and no failing serializers.
    Event::default().id(position.to_string()).event(title).json_data(&shown).unwrap_or_default()
}

/// Names of module and event, and the fields. Numbers and bytes that this program does not know are shown as they are.
fn in_words(modules: Modules, entry: &Entry) -> (Cow<'static, str>, Cow<'static, str>, Value) {
    if entry.module == ModuleId::SYSTEM
        && entry.number == TxResult::NUMBER
        && let Ok(result) = decode::<TxResult>(&entry.body, EVENT_BODY_BYTES_MAX)
    {
        return (LEDGER.into(), TX_RESULT.into(), json!({ "codes": &*result.codes }));
    }
    let known = show::module(modules, entry.module);
    let doc = known.and_then(|known| known.surface().events.iter().find(|doc| doc.item.number == entry.number));
    let fields = known.and_then(|known| known.event_to_json(entry.number, &entry.body).ok());
    (
        known.map_or_else(|| entry.module.to_string().into(), |known| known.name().into()),
        doc.map_or_else(|| entry.number.to_string().into(), |doc| doc.item.name.into()),
        fields.unwrap_or_else(|| json!({ "body": hex::encode(&*entry.body) })),
    )
}
