//! One function per query, and the rows behind them.

use crate::notary::{Event, Get, List, Note, Reject, Status, state};
use epione_kernel::{
    __reexports as json, Cell, Column, ColumnKind, EventAt, QuerySource, QueryStop, Row, RowTable, Rows, Select,
    Sources,
};
use epione_types::{NoteId, SignerId, UnixMs};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const NOTES: &str = "notes";

pub(super) const TABLES: &[RowTable] = &[RowTable {
    name: NOTES,
    columns: &[
        Column { name: "id", kind: ColumnKind::Text },
        Column { name: "owner", kind: ColumnKind::Text },
        Column { name: "kind", kind: ColumnKind::Text },
        Column { name: "commitment", kind: ColumnKind::Text },
        Column { name: "committed_at", kind: ColumnKind::Integer },
        Column { name: "status", kind: ColumnKind::Text },
    ],
    key: 1,
    indexes: &[&["owner"]],
}];

/// A page of entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Page {
    /// The entries, oldest first.
    notes: Vec<Listed>,
    /// What to give as `after` for the next page; absent on the last.
    next: Option<u64>,
}

/// An entry in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Listed {
    /// The entry.
    id: NoteId,
    /// Who committed.
    owner: SignerId,
    /// What kind of document it is.
    kind: String,
    /// The keyed commitment.
    commitment: String,
    /// Block time of the commitment.
    committed_at: UnixMs,
    /// Where it stands in its life.
    status: String,
}

pub(super) fn answers(query: u16) -> (QuerySource, Schema) {
    match query {
        1 => (QuerySource::State, json::schema::<Note>()),
        _ => (QuerySource::Rows, json::schema::<Page>()),
    }
}

/// One entry.
pub(super) fn get(sources: &Sources<'_>, query: &Get) -> Result<Value, QueryStop<Reject>> {
    let note = state::note(&sources.state, &query.id)?.ok_or(Reject::NotFound)?;
    Ok(json::json(&note))
}

/// A page of entries.
pub(super) fn list(sources: &Sources<'_>, query: &List) -> Result<Value, QueryStop<Reject>> {
    let limit = query.limit.unwrap_or(50).clamp(1, 100);
    let equals = query.owner.iter().map(|owner| ("owner", Cell::text(owner))).collect();
    let select = Select { table: NOTES, equals, after: query.after, limit };
    let rows = sources.rows.select("notary", &select)?;
    let full = u32::try_from(rows.len()).unwrap_or(u32::MAX) == limit;
    let next = rows.last().filter(|_| full).map(|row| row.place);
    Ok(json::json(&Page { notes: rows.iter().filter_map(listed).collect(), next }))
}

fn listed(row: &Row) -> Option<Listed> {
    let text = |column: usize| row.cell(column).as_str().map(str::to_owned);
    Some(Listed {
        id: text(0)?.parse().ok()?,
        owner: text(1)?.parse().ok()?,
        kind: text(2)?,
        commitment: text(3)?,
        committed_at: UnixMs(row.cell(4).as_u64()?),
        status: text(5)?,
    })
}

pub(super) fn project(event: &Event, at: &EventAt, rows: &mut Rows) {
    match event {
        Event::Committed(event) => {
            rows.put(NOTES, cells(&event.id, &event.owner, (&name(&event.kind), &event.commitment), at));
        }
        Event::Superseded(event) => {
            rows.put(NOTES, cells(&event.id, &event.owner, (&name(&event.kind), &event.commitment), at));
            set_status(rows, &event.supersedes, Status::Superseded);
        }
        Event::Revealed(event) => set_status(rows, &event.id, Status::Revealed),
        Event::Withdrawn(event) => set_status(rows, &event.id, Status::Withdrawn),
    }
}

fn cells(id: &NoteId, owner: &SignerId, what: (&str, &epione_types::Hash), at: &EventAt) -> Vec<Cell> {
    vec![
        Cell::text(id),
        Cell::text(owner),
        Cell::text(&what.0),
        Cell::text(what.1),
        Cell::integer(at.time.0),
        Cell::text(&name(&Status::Committed)),
    ]
}

fn set_status(rows: &mut Rows, id: &NoteId, status: Status) {
    rows.set(NOTES, vec![Cell::text(id)], vec![("status", Cell::text(&name(&status)))]);
}

/// A unit variant's name as it stands in JSON.
fn name<T: Serialize>(value: &T) -> String {
    json::json(value).as_str().unwrap_or_default().to_owned()
}
