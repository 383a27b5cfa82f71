//! One function per query, and the rows behind them.

use crate::consent::{
    Consent, Decide, Decision, Event, Get, GetRestriction, List, ListRestrictions, Reject, Restriction, state,
    types::{Author, ConsentStatus},
};
use epione_kernel::{
    __reexports as json, Cell, Column, ColumnKind, EventAt, QuerySource, QueryStop, Row, RowTable, Rows, Select,
    Sources,
};
use epione_types::{ConsentId, RestrictionId, SubjectId, UnixMs};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const CONSENTS: &str = "consents";
const RESTRICTIONS: &str = "restrictions";

pub(super) const TABLES: &[RowTable] = &[
    RowTable {
        name: CONSENTS,
        columns: &[
            Column { name: "id", kind: ColumnKind::Text },
            Column { name: "subject", kind: ColumnKind::Text },
            Column { name: "author", kind: ColumnKind::Text },
            Column { name: "status", kind: ColumnKind::Text },
            Column { name: "active", kind: ColumnKind::Integer },
            Column { name: "version", kind: ColumnKind::Integer },
            Column { name: "before", kind: ColumnKind::Text },
            Column { name: "granted_at", kind: ColumnKind::Integer },
        ],
        key: 1,
        indexes: &[&["subject"], &["active"]],
    },
    RowTable {
        name: RESTRICTIONS,
        columns: &[
            Column { name: "id", kind: ColumnKind::Text },
            Column { name: "subject", kind: ColumnKind::Text },
            Column { name: "kind", kind: ColumnKind::Text },
            Column { name: "lifted", kind: ColumnKind::Integer },
            Column { name: "restricted_at", kind: ColumnKind::Integer },
        ],
        key: 1,
        indexes: &[&["subject"], &["lifted"]],
    },
];

/// A consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct ConsentAnswer {
    /// The consent.
    id: ConsentId,
    /// What it says, of whom and by whom.
    consent: Consent,
}

/// A restriction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct RestrictionAnswer {
    /// The restriction.
    id: RestrictionId,
    /// What it says, of whom.
    restriction: Restriction,
}

/// A page of consents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct ConsentsPage {
    /// The consents, in the order in which they were given.
    consents: Vec<ListedConsent>,
    /// What to give as `after` for the next page; absent on the last.
    next: Option<u64>,
}

/// A consent in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct ListedConsent {
    /// The consent.
    id: ConsentId,
    /// Whose records.
    subject: SubjectId,
    /// Who gave it: `holder`, `representative`, or `attested` by the custodian.
    author: String,
    /// Where it stands in its life: `proposed`, `active`, `revoked` or `superseded`.
    status: String,
    /// One, and one more with each amendment.
    version: u64,
    /// The consent of which it is an amendment.
    before: Option<ConsentId>,
    /// Block time at which it was given.
    granted_at: UnixMs,
}

/// A page of restrictions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct RestrictionsPage {
    /// The restrictions, in the order in which they were entered.
    restrictions: Vec<ListedRestriction>,
    /// What to give as `after` for the next page; absent on the last.
    next: Option<u64>,
}

/// A restriction in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct ListedRestriction {
    /// The restriction.
    id: RestrictionId,
    /// Whose records.
    subject: SubjectId,
    /// What it is.
    kind: String,
    /// Whether it was lifted.
    lifted: bool,
    /// Block time of its entry.
    restricted_at: UnixMs,
}

pub(super) fn answers(query: u16) -> (QuerySource, Schema) {
    match query {
        1 => (QuerySource::State, json::schema::<ConsentAnswer>()),
        2 => (QuerySource::Rows, json::schema::<ConsentsPage>()),
        3 => (QuerySource::State, json::schema::<RestrictionAnswer>()),
        4 => (QuerySource::Rows, json::schema::<RestrictionsPage>()),
        _ => (QuerySource::State, json::schema::<Decision>()),
    }
}

/// One consent.
pub(super) fn get(sources: &Sources<'_>, query: &Get) -> Result<Value, QueryStop<Reject>> {
    let consent = state::consent(&sources.state, &query.id)?.ok_or(Reject::UnknownConsent)?;
    Ok(json::json(&ConsentAnswer { id: query.id, consent }))
}

/// One restriction.
pub(super) fn restriction(sources: &Sources<'_>, query: &GetRestriction) -> Result<Value, QueryStop<Reject>> {
    let restriction = state::restriction(&sources.state, &query.id)?.ok_or(Reject::UnknownRestriction)?;
    Ok(json::json(&RestrictionAnswer { id: query.id, restriction }))
}

/// What would be decided.
pub(super) fn decide(sources: &Sources<'_>, query: &Decide) -> Result<Value, QueryStop<Reject>> {
    let Decide { unit, request, agreements } = query;
    let basis = state::basis(&sources.state, &unit.subject, &unit.custodian, sources.now)?;
    Ok(json::json(&basis.decide(unit, request, agreements, sources.now)))
}

/// A page of consents.
pub(super) fn list(sources: &Sources<'_>, query: &List) -> Result<Value, QueryStop<Reject>> {
    let equals = [
        query.subject.map(|subject| ("subject", Cell::text(&subject))),
        query.active.map(|active| ("active", Cell::integer(active.into()))),
    ];
    let (rows, next) = page(sources, CONSENTS, equals, (query.after, query.limit))?;
    Ok(json::json(&ConsentsPage { consents: rows.iter().filter_map(listed_consent).collect(), next }))
}

/// A page of restrictions.
pub(super) fn restrictions(sources: &Sources<'_>, query: &ListRestrictions) -> Result<Value, QueryStop<Reject>> {
    let equals = [
        query.subject.map(|subject| ("subject", Cell::text(&subject))),
        query.lifted.map(|lifted| ("lifted", Cell::integer(lifted.into()))),
    ];
    let (rows, next) = page(sources, RESTRICTIONS, equals, (query.after, query.limit))?;
    Ok(json::json(&RestrictionsPage { restrictions: rows.iter().filter_map(listed_restriction).collect(), next }))
}

/// Rows of a table, and the place after which the next page begins.
fn page(
    sources: &Sources<'_>,
    table: &'static str,
    equals: [Option<(&'static str, Cell)>; 2],
    (after, limit): (Option<u64>, Option<u32>),
) -> Result<(Vec<Row>, Option<u64>), QueryStop<Reject>> {
    let limit = limit.unwrap_or(50).clamp(1, 100);
    let select = Select { table, equals: equals.into_iter().flatten().collect(), after, limit };
    let rows = sources.rows.select("consent", &select)?;
    let full = u32::try_from(rows.len()).unwrap_or(u32::MAX) == limit;
    let next = rows.last().filter(|_| full).map(|row| row.place);
    Ok((rows, next))
}

fn listed_consent(row: &Row) -> Option<ListedConsent> {
    let text = |column: usize| row.cell(column).as_str().map(str::to_owned);
    Some(ListedConsent {
        id: text(0)?.parse().ok()?,
        subject: text(1)?.parse().ok()?,
        author: text(2)?,
        status: text(3)?,
        version: row.cell(5).as_u64()?,
        before: text(6).and_then(|before| before.parse().ok()),
        granted_at: UnixMs(row.cell(7).as_u64()?),
    })
}

fn listed_restriction(row: &Row) -> Option<ListedRestriction> {
    let text = |column: usize| row.cell(column).as_str().map(str::to_owned);
    Some(ListedRestriction {
        id: text(0)?.parse().ok()?,
        subject: text(1)?.parse().ok()?,
        kind: text(2)?,
        lifted: row.cell(3).as_u64()? == 1,
        restricted_at: UnixMs(row.cell(4).as_u64()?),
    })
}

pub(super) fn project(event: &Event, at: &EventAt, rows: &mut Rows) {
    match event {
        Event::Granted(event) => rows.put(CONSENTS, cells(&event.id, &event.consent)),
        Event::Confirmed(event) => set_status(rows, &event.id, &ConsentStatus::Active),
        Event::Superseded(event) => set_status(rows, &event.id, &ConsentStatus::Superseded(event.after)),
        Event::Revoked(event) => set_status(rows, &event.id, &ConsentStatus::Revoked),
        Event::Restricted(event) => rows.put(
            RESTRICTIONS,
            vec![
                Cell::text(&event.id),
                Cell::text(&event.restriction.subject),
                Cell::text(&name(&event.restriction.kind)),
                Cell::integer(0),
                Cell::integer(at.time.0),
            ],
        ),
        Event::Lifted(event) => {
            rows.set(RESTRICTIONS, vec![Cell::text(&event.id)], vec![("lifted", Cell::integer(1))]);
        }
        // The guardians that ask are read from the agreed state.
        Event::RevocationAsked(_) | Event::LiftAsked(_) => {}
    }
}

fn cells(id: &ConsentId, consent: &Consent) -> Vec<Cell> {
    let author = match consent.author {
        Author::Holder => "holder",
        Author::Representative(_) => "representative",
        Author::Attested(_) => "attested",
    };
    let (status, active) = standing(&consent.status);
    vec![
        Cell::text(id),
        Cell::text(&consent.subject),
        Cell::text(&author),
        Cell::text(&status),
        active,
        Cell::integer(consent.version.into()),
        consent.before.map_or(Cell::Empty, |before| Cell::text(&before)),
        Cell::integer(consent.granted_at.0),
    ]
}

/// The status in a word, and whether the consent counts.
fn standing(status: &ConsentStatus) -> (&'static str, Cell) {
    match status {
        ConsentStatus::Proposed => ("proposed", Cell::integer(0)),
        ConsentStatus::Active => ("active", Cell::integer(1)),
        ConsentStatus::Revoked => ("revoked", Cell::integer(0)),
        ConsentStatus::Superseded(_) => ("superseded", Cell::integer(0)),
    }
}

fn set_status(rows: &mut Rows, id: &ConsentId, status: &ConsentStatus) {
    let (status, active) = standing(status);
    rows.set(CONSENTS, vec![Cell::text(id)], vec![("status", Cell::text(&status)), ("active", active)]);
}

/// A unit variant's name as it stands in JSON.
fn name<T: Serialize>(value: &T) -> String {
    json::json(value).as_str().unwrap_or_default().to_owned()
}
