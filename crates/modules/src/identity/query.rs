//! One function per query, and the rows behind them.

use crate::{
    identity::{
        Event, Find, Get, GetRecovery, Identity, IdentityStatus, List, Recovery, Reject,
        api::Registered,
        state::{self, RECOVERIES},
    },
    network::{self, ClaimedKey},
};
use epione_kernel::{
    __reexports as json, Cell, Column, ColumnKind, EventAt, QuerySource, QueryStop, Row, RowTable, Rows, Select,
    Sources,
};
use epione_types::{IdentityId, OrgId, SignerId, UnixMs};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const IDENTITIES: &str = "identities";

pub(super) const TABLES: &[RowTable] = &[RowTable {
    name: IDENTITIES,
    columns: &[
        Column { name: "id", kind: ColumnKind::Text },
        Column { name: "org", kind: ColumnKind::Text },
        Column { name: "kind", kind: ColumnKind::Text },
        Column { name: "status", kind: ColumnKind::Text },
        Column { name: "registered_at", kind: ColumnKind::Integer },
    ],
    key: 1,
    indexes: &[&["org"], &["kind"], &["status"]],
}];

/// An identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct IdentityAnswer {
    /// The identity.
    id: IdentityId,
    /// Keys, policy and status as they stand now.
    identity: Identity,
}

/// A recovery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct RecoveryAnswer {
    /// The identity.
    id: IdentityId,
    /// Number of the recovery.
    number: u32,
    /// Keys, approvals and times.
    recovery: Recovery,
    /// Whether a key of the identity cancelled it and that counts.
    cancelled: bool,
    /// Whether it was finished, has expired, or the policy changed.
    over: bool,
}

/// A page of identities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Page {
    /// The identities, in the order in which they were registered.
    identities: Vec<Listed>,
    /// What to give as `after` for the next page; absent on the last.
    next: Option<u64>,
}

/// An identity in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Listed {
    /// The identity.
    id: IdentityId,
    /// The organization that answers for it.
    org: OrgId,
    /// What it stands for.
    kind: String,
    /// Where it stands in its life.
    status: String,
    /// Block time of the registration.
    registered_at: UnixMs,
}

pub(super) fn answers(query: u16) -> (QuerySource, Schema) {
    match query {
        1 => (QuerySource::State, json::schema::<IdentityAnswer>()),
        2 => (QuerySource::State, json::schema::<RecoveryAnswer>()),
        4 => (QuerySource::State, json::schema::<IdentityAnswer>()),
        _ => (QuerySource::Rows, json::schema::<Page>()),
    }
}

/// One identity.
pub(super) fn get(sources: &Sources<'_>, query: &Get) -> Result<Value, QueryStop<Reject>> {
    let identity = state::identity(&sources.state, &query.id, sources.now)?.ok_or(Reject::UnknownIdentity)?;
    Ok(json::json(&IdentityAnswer { id: query.id, identity }))
}

/// The identity whose key it is or was.
pub(super) fn find(sources: &Sources<'_>, query: &Find) -> Result<Value, QueryStop<Reject>> {
    let claim = network::key_use(&sources.state, &ClaimedKey::Signing(query.key))?;
    match claim.map(|claim| claim.owner) {
        Some(SignerId::Identity(id)) => get(sources, &Get { id }),
        Some(SignerId::Organization(_)) | None => Err(Reject::UnknownIdentity.into()),
    }
}

/// One recovery.
pub(super) fn recovery(sources: &Sources<'_>, query: &GetRecovery) -> Result<Value, QueryStop<Reject>> {
    let (id, number) = (query.id, query.number);
    let identity = state::identity(&sources.state, &id, sources.now)?.ok_or(Reject::UnknownIdentity)?;
    let recovery = RECOVERIES.get(&sources.state, &(id, number))?.ok_or(Reject::UnknownRecovery)?;
    let cancelled = number < identity.cancelled_below && !recovery.secured;
    let over = number < identity.over_below || sources.now > recovery.expires_at;
    Ok(json::json(&RecoveryAnswer { id, number, recovery, cancelled, over }))
}

/// A page of identities.
pub(super) fn list(sources: &Sources<'_>, query: &List) -> Result<Value, QueryStop<Reject>> {
    let limit = query.limit.unwrap_or(50).clamp(1, 100);
    let equals = [
        query.org.map(|org| ("org", Cell::text(&org))),
        query.kind.map(|kind| ("kind", Cell::text(&name(&kind)))),
        query.status.map(|status| ("status", Cell::text(&name(&status)))),
    ];
    let equals = equals.into_iter().flatten().collect();
    let select = Select { table: IDENTITIES, equals, after: query.after, limit };
    let rows = sources.rows.select("identity", &select)?;
    let full = u32::try_from(rows.len()).unwrap_or(u32::MAX) == limit;
    let next = rows.last().filter(|_| full).map(|row| row.place);
    Ok(json::json(&Page { identities: rows.iter().filter_map(listed).collect(), next }))
}

fn listed(row: &Row) -> Option<Listed> {
    let text = |column: usize| row.cell(column).as_str().map(str::to_owned);
    Some(Listed {
        id: text(0)?.parse().ok()?,
        org: text(1)?.parse().ok()?,
        kind: text(2)?,
        status: text(3)?,
        registered_at: UnixMs(row.cell(4).as_u64()?),
    })
}

pub(super) fn project(event: &Event, at: &EventAt, rows: &mut Rows) {
    match event {
        Event::Registered(event) => rows.put(IDENTITIES, cells(event, at)),
        Event::Deactivated(event) => set_status(rows, &event.id, IdentityStatus::Deactivated),
        Event::Closed(event) => set_status(rows, &event.id, IdentityStatus::Closed),
        Event::RecoveryFinished(event) => set_status(rows, &event.id, IdentityStatus::Active),
        Event::Transferred(event) => set(rows, &event.id, "org", Cell::text(&event.to)),
        // Keys, policies and recoveries are read from the agreed state.
        Event::KeyAdded(_)
        | Event::KeyRemoved(_)
        | Event::KeyRotated(_)
        | Event::RecoverySet(_)
        | Event::RecoveryStarted(_)
        | Event::RecoveryApproved(_)
        | Event::RecoverySecured(_)
        | Event::RecoveryCancelled(_)
        | Event::TransferOffered(_) => {}
    }
}

fn cells(event: &Registered, at: &EventAt) -> Vec<Cell> {
    vec![
        Cell::text(&event.id),
        Cell::text(&event.org),
        Cell::text(&name(&event.kind)),
        Cell::text(&name(&IdentityStatus::Active)),
        Cell::integer(at.time.0),
    ]
}

fn set_status(rows: &mut Rows, id: &IdentityId, status: IdentityStatus) {
    set(rows, id, "status", Cell::text(&name(&status)));
}

fn set(rows: &mut Rows, id: &IdentityId, column: &'static str, cell: Cell) {
    rows.set(IDENTITIES, vec![Cell::text(id)], vec![(column, cell)]);
}

/// A unit variant's name as it stands in JSON.
fn name<T: Serialize>(value: &T) -> String {
    json::json(value).as_str().unwrap_or_default().to_owned()
}
