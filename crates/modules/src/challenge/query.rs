//! One function per query, and the rows behind them.

use crate::challenge::{
    Ballot, Challenge, ChallengeStatus, Event, Get, List, Reject,
    api::Challenged,
    state::{self, CHALLENGES},
};
use epione_kernel::{
    __reexports as json, Cell, Column, ColumnKind, EventAt, QuerySource, QueryStop, Row, RowTable, Rows, Select,
    Sources,
};
use epione_types::{ChallengeId, IdentityId, OrgId, RequestId, SignerId, SubjectId, UnixMs};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const ROWS: &str = "challenges";

pub(super) const TABLES: &[RowTable] = &[RowTable {
    name: ROWS,
    columns: &[
        Column { name: "id", kind: ColumnKind::Text },
        Column { name: "request", kind: ColumnKind::Text },
        Column { name: "by", kind: ColumnKind::Text },
        Column { name: "org", kind: ColumnKind::Text },
        Column { name: "person", kind: ColumnKind::Text },
        Column { name: "custodian", kind: ColumnKind::Text },
        Column { name: "subject", kind: ColumnKind::Text },
        Column { name: "purpose", kind: ColumnKind::Text },
        Column { name: "opened_at", kind: ColumnKind::Integer },
        Column { name: "until", kind: ColumnKind::Integer },
        Column { name: "status", kind: ColumnKind::Text },
    ],
    key: 1,
    indexes: &[&["request"], &["subject"], &["person"], &["org"], &["custodian"], &["status"]],
}];

/// A challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct ChallengeAnswer {
    /// The challenge.
    id: ChallengeId,
    /// The request, the parties, the times.
    challenge: Challenge,
    /// Where it stands now.
    status: ChallengeStatus,
    /// Whether it suspends the person now.
    suspends: bool,
    /// The votes of the members.
    ballots: Vec<Ballot>,
}

/// A page of challenges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Page {
    /// The challenges, oldest first.
    challenges: Vec<Listed>,
    /// What to give as `after` for the next page; absent on the last.
    next: Option<u64>,
}

/// A challenge in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Listed {
    /// The challenge.
    id: ChallengeId,
    /// The request.
    request: RequestId,
    /// Who challenged.
    by: SignerId,
    /// The organization that requested.
    org: OrgId,
    /// The practitioner or program that requested.
    person: IdentityId,
    /// The custodian of the units.
    custodian: OrgId,
    /// The patient.
    subject: SubjectId,
    /// The purpose that is doubted.
    purpose: String,
    /// Block time of the challenge.
    opened_at: UnixMs,
    /// Block time until which whoever moves it on can; as it stands.
    until: UnixMs,
    /// Where it stands. What time alone decides stands here once the ledger told it.
    status: String,
}

pub(super) fn answers(query: u16) -> (QuerySource, Schema) {
    match query {
        1 => (QuerySource::State, json::schema::<ChallengeAnswer>()),
        _ => (QuerySource::Rows, json::schema::<Page>()),
    }
}

/// One challenge.
pub(super) fn get(sources: &Sources<'_>, query: &Get) -> Result<Value, QueryStop<Reject>> {
    let id = query.id;
    let challenge = CHALLENGES.get(&sources.state, &id)?.ok_or(Reject::UnknownChallenge)?;
    let status = challenge.status(sources.now);
    let suspends = status.suspends();
    let ballots = state::ballots(&sources.state, &id)?.into_vec();
    Ok(json::json(&ChallengeAnswer { id, challenge, status, suspends, ballots }))
}

/// A page of challenges.
pub(super) fn list(sources: &Sources<'_>, query: &List) -> Result<Value, QueryStop<Reject>> {
    let limit = query.limit.unwrap_or(50).clamp(1, 100);
    let equals = [
        query.request.map(|request| ("request", Cell::text(&request))),
        query.subject.map(|subject| ("subject", Cell::text(&subject))),
        query.person.map(|person| ("person", Cell::text(&person))),
        query.org.map(|org| ("org", Cell::text(&org))),
        query.custodian.map(|org| ("custodian", Cell::text(&org))),
        query.status.map(|status| ("status", Cell::text(&name(&status)))),
    ];
    let equals = equals.into_iter().flatten().collect();
    let rows = sources.rows.select("challenge", &Select { table: ROWS, equals, after: query.after, limit })?;
    let full = u32::try_from(rows.len()).unwrap_or(u32::MAX) == limit;
    let next = rows.last().filter(|_| full).map(|row| row.place);
    Ok(json::json(&Page { challenges: rows.iter().filter_map(listed).collect(), next }))
}

fn listed(row: &Row) -> Option<Listed> {
    let text = |column: usize| row.cell(column).as_str();
    let time = |column: usize| row.cell(column).as_u64().map(UnixMs);
    Some(Listed {
        id: text(0)?.parse().ok()?,
        request: text(1)?.parse().ok()?,
        by: text(2)?.parse().ok()?,
        org: text(3)?.parse().ok()?,
        person: text(4)?.parse().ok()?,
        custodian: text(5)?.parse().ok()?,
        subject: text(6)?.parse().ok()?,
        purpose: text(7)?.to_owned(),
        opened_at: time(8)?,
        until: time(9)?,
        status: text(10)?.to_owned(),
    })
}

pub(super) fn project(event: &Event, at: &EventAt, rows: &mut Rows) {
    let (id, status, until) = match event {
        Event::Challenged(event) => return rows.put(ROWS, cells(event, at)),
        Event::Voted(_) => return,
        Event::Unanswered(event) => (event.id, ChallengeStatus::Unanswered, None),
        Event::Answered(event) => (event.id, ChallengeStatus::Answered, Some(event.decide_by)),
        Event::Accepted(event) => (event.id, ChallengeStatus::Accepted, None),
        Event::Undisputed(event) => (event.id, ChallengeStatus::Accepted, None),
        Event::Rejected(event) => (event.id, ChallengeStatus::Voting, Some(event.vote_by)),
        Event::Upheld(event) => (event.id, ChallengeStatus::Upheld, None),
        Event::Dismissed(event) => (event.id, ChallengeStatus::Dismissed, None),
        Event::Withdrawn(event) => (event.id, ChallengeStatus::Withdrawn, None),
    };
    let mut cells = vec![("status", Cell::text(&name(&status)))];
    cells.extend(until.map(|until| ("until", Cell::integer(until.0))));
    rows.set(ROWS, vec![Cell::text(&id)], cells);
}

fn cells(event: &Challenged, at: &EventAt) -> Vec<Cell> {
    vec![
        Cell::text(&event.id),
        Cell::text(&event.request),
        Cell::text(&event.by),
        Cell::text(&event.org),
        Cell::text(&event.person),
        Cell::text(&event.custodian),
        Cell::text(&event.subject),
        Cell::text(&name(&event.purpose)),
        Cell::integer(at.time.0),
        Cell::integer(event.answer_by.0),
        Cell::text(&name(&ChallengeStatus::Open)),
    ]
}

/// A unit variant's name as it stands in JSON.
fn name<T: Serialize>(value: &T) -> String {
    json::json(value).as_str().unwrap_or_default().to_owned()
}
