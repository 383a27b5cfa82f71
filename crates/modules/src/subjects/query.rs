//! One function per query, and the rows behind them.

use crate::subjects::{
    Event, Find, Get, List, Reject, StatusName, Subject, Tie,
    api::Registered,
    state::{self, TIES},
};
use epione_kernel::{
    __reexports as json, Cell, Column, ColumnKind, EventAt, QuerySource, QueryStop, Row, RowTable, Rows, Select,
    Sources,
};
use epione_types::{IdentityId, OrgId, SubjectId, UnixMs};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const SUBJECTS: &str = "subjects";

pub(super) const TABLES: &[RowTable] = &[RowTable {
    name: SUBJECTS,
    columns: &[
        Column { name: "id", kind: ColumnKind::Text },
        Column { name: "custodian", kind: ColumnKind::Text },
        Column { name: "status", kind: ColumnKind::Text },
        Column { name: "merged_into", kind: ColumnKind::Text },
        Column { name: "holder", kind: ColumnKind::Text },
        Column { name: "registered_at", kind: ColumnKind::Integer },
    ],
    key: 1,
    indexes: &[&["custodian"], &["status"]],
}];

/// A subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct SubjectAnswer {
    /// The subject.
    id: SubjectId,
    /// Holder, representatives and status as they were written.
    subject: Subject,
    /// Those who may act at the time of the state: the holder and the representatives in force.
    acting: Vec<IdentityId>,
}

/// The subject to which an identity is tied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct FindAnswer {
    /// The identity.
    identity: IdentityId,
    /// The subject, and whether the identity is its holder; absent if it is tied to none.
    tie: Option<Tie>,
}

/// A page of subjects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Page {
    /// The subjects, in the order in which they were registered.
    subjects: Vec<Listed>,
    /// What to give as `after` for the next page; absent on the last.
    next: Option<u64>,
}

/// A subject in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Listed {
    /// The subject.
    id: SubjectId,
    /// The organization that keeps the chart.
    custodian: OrgId,
    /// Where it stands in its life.
    status: String,
    /// The subject that took its place, if it was merged.
    merged_into: Option<SubjectId>,
    /// The patient's own identity, if there is one.
    holder: Option<IdentityId>,
    /// Block time of the registration.
    registered_at: UnixMs,
}

pub(super) fn answers(query: u16) -> (QuerySource, Schema) {
    match query {
        1 => (QuerySource::State, json::schema::<SubjectAnswer>()),
        2 => (QuerySource::State, json::schema::<FindAnswer>()),
        _ => (QuerySource::Rows, json::schema::<Page>()),
    }
}

/// One subject.
pub(super) fn get(sources: &Sources<'_>, query: &Get) -> Result<Value, QueryStop<Reject>> {
    let subject = state::subject(&sources.state, &query.id)?.ok_or(Reject::UnknownSubject)?;
    let tied = subject.holder.iter().chain(subject.representatives.iter().map(|found| &found.identity));
    let acting = tied.filter(|identity| subject.authority_of(identity, sources.now).is_some()).copied().collect();
    Ok(json::json(&SubjectAnswer { id: query.id, acting, subject }))
}

/// The subject to which an identity is tied.
pub(super) fn find(sources: &Sources<'_>, query: &Find) -> Result<Value, QueryStop<Reject>> {
    let tie = TIES.get(&sources.state, &query.identity)?;
    Ok(json::json(&FindAnswer { identity: query.identity, tie }))
}

/// A page of subjects.
pub(super) fn list(sources: &Sources<'_>, query: &List) -> Result<Value, QueryStop<Reject>> {
    let limit = query.limit.unwrap_or(50).clamp(1, 100);
    let equals = [
        query.custodian.map(|org| ("custodian", Cell::text(&org))),
        query.status.map(|status| ("status", Cell::text(&name(&status)))),
    ];
    let equals = equals.into_iter().flatten().collect();
    let select = Select { table: SUBJECTS, equals, after: query.after, limit };
    let rows = sources.rows.select("subjects", &select)?;
    let full = u32::try_from(rows.len()).unwrap_or(u32::MAX) == limit;
    let next = rows.last().filter(|_| full).map(|row| row.place);
    Ok(json::json(&Page { subjects: rows.iter().filter_map(listed).collect(), next }))
}

fn listed(row: &Row) -> Option<Listed> {
    let text = |column: usize| row.cell(column).as_str();
    Some(Listed {
        id: text(0)?.parse().ok()?,
        custodian: text(1)?.parse().ok()?,
        status: text(2)?.to_owned(),
        merged_into: text(3).and_then(|into| into.parse().ok()),
        holder: text(4).and_then(|holder| holder.parse().ok()),
        registered_at: UnixMs(row.cell(5).as_u64()?),
    })
}

pub(super) fn project(event: &Event, at: &EventAt, rows: &mut Rows) {
    match event {
        Event::Registered(event) => rows.put(SUBJECTS, cells(event, at)),
        Event::TakenOver(event) => {
            set(rows, &event.id, vec![("holder", Cell::text(&event.holder))]);
            if let Some(left) = &event.left {
                set(rows, left, vec![("holder", Cell::Empty)]);
            }
        }
        Event::HandedOver(event) => set(rows, &event.id, vec![("holder", optional(event.holder.as_ref()))]),
        Event::Merged(event) => {
            set_status(rows, &event.id, StatusName::Merged, Cell::text(&event.into));
        }
        Event::Unmerged(event) => set_status(rows, &event.id, StatusName::Active, Cell::Empty),
        Event::Closed(event) => set_status(rows, &event.id, StatusName::Closed, Cell::Empty),
        // Representatives, scopes and offers are read from the agreed state.
        Event::Offered(_)
        | Event::OfferWithdrawn(_)
        | Event::Appointed(_)
        | Event::Dismissed(_)
        | Event::ScopeSet(_)
        | Event::QuorumSet(_)
        | Event::HandOverPlanned(_)
        | Event::Deceased(_)
        | Event::Living(_) => {}
    }
}

fn cells(event: &Registered, at: &EventAt) -> Vec<Cell> {
    vec![
        Cell::text(&event.id),
        Cell::text(&event.custodian),
        Cell::text(&name(&StatusName::Active)),
        Cell::Empty,
        optional(event.holder.as_ref()),
        Cell::integer(at.time.0),
    ]
}

fn optional(value: Option<&IdentityId>) -> Cell {
    value.map_or(Cell::Empty, Cell::text)
}

fn set_status(rows: &mut Rows, id: &SubjectId, status: StatusName, into: Cell) {
    set(rows, id, vec![("status", Cell::text(&name(&status))), ("merged_into", into)]);
}

fn set(rows: &mut Rows, id: &SubjectId, cells: Vec<(&'static str, Cell)>) {
    rows.set(SUBJECTS, vec![Cell::text(id)], cells);
}

/// A unit variant's name as it stands in JSON.
fn name<T: Serialize>(value: &T) -> String {
    json::json(value).as_str().unwrap_or_default().to_owned()
}
