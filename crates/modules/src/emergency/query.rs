//! One function per query, and the rows behind them.

use crate::emergency::{
    EmergencyAccess, Event, Get, GetReviewers, GetRight, List, Reject, Reviewers, Stage,
    api::GlassBroken,
    state::{self, ACCESSES},
};
use epione_kernel::{
    __reexports as json, Cell, Column, ColumnKind, EventAt, QuerySource, QueryStop, Row, RowTable, Rows, Select,
    Sources,
};
use epione_types::{EmergencyId, IdentityId, OrgId, SubjectId, UnixMs};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const ROWS: &str = "accesses";

pub(super) const TABLES: &[RowTable] = &[RowTable {
    name: ROWS,
    columns: &[
        Column { name: "id", kind: ColumnKind::Text },
        Column { name: "practitioner", kind: ColumnKind::Text },
        Column { name: "org", kind: ColumnKind::Text },
        Column { name: "custodian", kind: ColumnKind::Text },
        Column { name: "subject", kind: ColumnKind::Text },
        Column { name: "opened_at", kind: ColumnKind::Integer },
        Column { name: "expires_at", kind: ColumnKind::Integer },
        Column { name: "countersigned", kind: ColumnKind::Integer },
        Column { name: "told", kind: ColumnKind::Integer },
        Column { name: "review_by", kind: ColumnKind::Integer },
        Column { name: "reviewed", kind: ColumnKind::Integer },
        Column { name: "outcome", kind: ColumnKind::Text },
    ],
    key: 1,
    indexes: &[&["custodian"], &["subject"], &["practitioner"], &["org"], &["reviewed"]],
}];

/// An emergency access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct AccessAnswer {
    /// The access.
    id: EmergencyId,
    /// Who, for what and until when.
    access: EmergencyAccess,
    /// Whether it is over.
    over: bool,
    /// With whom the review lies.
    stage: Stage,
}

/// A page of emergency accesses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Page {
    /// The accesses, oldest first.
    accesses: Vec<Listed>,
    /// What to give as `after` for the next page; absent on the last.
    next: Option<u64>,
}

/// An emergency access in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Listed {
    /// The access.
    id: EmergencyId,
    /// Who opened it.
    practitioner: IdentityId,
    /// The organization that answered for the practitioner.
    org: OrgId,
    /// Who keeps the chart.
    custodian: OrgId,
    /// The patient's pseudonym there, once it is fixed.
    subject: Option<SubjectId>,
    /// Block time of the opening.
    opened_at: UnixMs,
    /// From this block time on it opens nothing.
    expires_at: UnixMs,
    /// Whether a second practitioner stood by it.
    countersigned: bool,
    /// Whether the patient was told.
    told: bool,
    /// Block time from which the review is overdue.
    review_by: UnixMs,
    /// What the review found; absent while it is not closed.
    outcome: Option<String>,
}

/// The reviewers of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct ReviewersAnswer {
    /// The organization.
    org: OrgId,
    /// Its reviewers.
    reviewers: Reviewers,
}

/// Whether a practitioner may open charts of a custodian in an emergency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct RightAnswer {
    /// The practitioner.
    practitioner: IdentityId,
    /// The custodian.
    custodian: OrgId,
    /// Whether the right was lost, for every chart or for those of this custodian.
    lost: bool,
}

pub(super) fn answers(query: u16) -> (QuerySource, Schema) {
    match query {
        1 => (QuerySource::State, json::schema::<AccessAnswer>()),
        2 => (QuerySource::Rows, json::schema::<Page>()),
        3 => (QuerySource::State, json::schema::<ReviewersAnswer>()),
        _ => (QuerySource::State, json::schema::<RightAnswer>()),
    }
}

/// One access.
pub(super) fn get(sources: &Sources<'_>, query: &Get) -> Result<Value, QueryStop<Reject>> {
    let access = ACCESSES.get(&sources.state, &query.id)?.ok_or(Reject::UnknownEmergency)?;
    let (over, stage) = (access.is_over(sources.now), access.stage(sources.now));
    Ok(json::json(&AccessAnswer { id: query.id, access, over, stage }))
}

/// The reviewers of an organization.
pub(super) fn reviewers(sources: &Sources<'_>, query: &GetReviewers) -> Result<Value, QueryStop<Reject>> {
    let reviewers = state::reviewers(&sources.state, &query.org)?;
    Ok(json::json(&ReviewersAnswer { org: query.org, reviewers }))
}

/// Whether a practitioner lost the right.
pub(super) fn right(sources: &Sources<'_>, query: &GetRight) -> Result<Value, QueryStop<Reject>> {
    let (practitioner, custodian) = (query.practitioner, query.custodian);
    let lost = state::has_lost(&sources.state, &practitioner, &custodian)?;
    Ok(json::json(&RightAnswer { practitioner, custodian, lost }))
}

/// A page of accesses.
pub(super) fn list(sources: &Sources<'_>, query: &List) -> Result<Value, QueryStop<Reject>> {
    let limit = query.limit.unwrap_or(50).clamp(1, 100);
    let equals = [
        query.custodian.map(|org| ("custodian", Cell::text(&org))),
        query.subject.map(|subject| ("subject", Cell::text(&subject))),
        query.practitioner.map(|id| ("practitioner", Cell::text(&id))),
        query.org.map(|org| ("org", Cell::text(&org))),
        query.reviewed.map(|reviewed| ("reviewed", Cell::integer(reviewed.into()))),
    ];
    let equals = equals.into_iter().flatten().collect();
    let rows = sources.rows.select("emergency", &Select { table: ROWS, equals, after: query.after, limit })?;
    let full = u32::try_from(rows.len()).unwrap_or(u32::MAX) == limit;
    let next = rows.last().filter(|_| full).map(|row| row.place);
    Ok(json::json(&Page { accesses: rows.iter().filter_map(listed).collect(), next }))
}

fn listed(row: &Row) -> Option<Listed> {
    let text = |column: usize| row.cell(column).as_str();
    let time = |column: usize| row.cell(column).as_u64().map(UnixMs);
    Some(Listed {
        id: text(0)?.parse().ok()?,
        practitioner: text(1)?.parse().ok()?,
        org: text(2)?.parse().ok()?,
        custodian: text(3)?.parse().ok()?,
        subject: text(4).and_then(|subject| subject.parse().ok()),
        opened_at: time(5)?,
        expires_at: time(6)?,
        countersigned: row.cell(7).as_u64()? == 1,
        told: row.cell(8).as_u64()? == 1,
        review_by: time(9)?,
        outcome: text(11).map(str::to_owned),
    })
}

pub(super) fn project(event: &Event, at: &EventAt, rows: &mut Rows) {
    let mut set = |id: &EmergencyId, cells| rows.set(ROWS, vec![Cell::text(id)], cells);
    match event {
        Event::GlassBroken(event) => rows.put(ROWS, cells(event, at)),
        Event::Renewed(event) => set(&event.id, vec![("expires_at", Cell::integer(event.expires_at.0))]),
        Event::Ended(event) => set(&event.id, vec![("expires_at", Cell::integer(at.time.0))]),
        Event::Bound(event) => set(&event.id, vec![("subject", Cell::text(&event.subject))]),
        Event::Countersigned(event) => set(&event.id, vec![("countersigned", Cell::integer(1))]),
        Event::Notified(event) => {
            let told = event.delivery == crate::emergency::Delivery::Told;
            set(&event.id, vec![("told", Cell::integer(told.into()))]);
        }
        Event::Reviewed(event) => {
            let (outcome, over) = (Cell::text(&name(&event.outcome)), Cell::integer(event.expires_at.0));
            set(&event.id, vec![("reviewed", Cell::integer(1)), ("outcome", outcome), ("expires_at", over)]);
        }
        // Reviewers and rights are read from the agreed state.
        Event::CountersignatureMissing(_)
        | Event::ReviewerSet(_)
        | Event::ReviewOverdue(_)
        | Event::RightRevoked(_)
        | Event::RightReinstated(_) => {}
    }
}

fn cells(event: &GlassBroken, at: &EventAt) -> Vec<Cell> {
    vec![
        Cell::text(&event.id),
        Cell::text(&event.practitioner),
        Cell::text(&event.org),
        Cell::text(&event.custodian),
        event.subject.map_or(Cell::Empty, |subject| Cell::text(&subject)),
        Cell::integer(at.time.0),
        Cell::integer(event.expires_at.0),
        Cell::integer(0),
        Cell::integer(0),
        Cell::integer(event.review_by.0),
        Cell::integer(0),
        Cell::Empty,
    ]
}

/// A unit variant's name as it stands in JSON.
fn name<T: Serialize>(value: &T) -> String {
    json::json(value).as_str().unwrap_or_default().to_owned()
}
