//! The rows of records: what events become, and the lists that read them.

use crate::records::{
    Event, List, ListShares, Reject,
    api::{Redealt, Registered},
    types::{DeletionOf, Holder},
};
use epione_kernel::{
    __reexports as json, Cell, Column, ColumnKind, EventAt, QueryStop, Row, RowTable, Rows, Select, Sources,
};
use epione_types::{OrgId, Quarter, SubjectId, Tag, UnitId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const UNITS: &str = "units";
const PARTS: &str = "parts";
/// An organization holds a share.
const SHARE: &str = "share";
/// An organization's vault keeps ciphertext and envelopes.
const COPY: &str = "copy";

pub(in crate::records) const TABLES: &[RowTable] = &[
    RowTable {
        name: UNITS,
        columns: &[
            Column { name: "id", kind: ColumnKind::Text },
            Column { name: "subject", kind: ColumnKind::Text },
            Column { name: "custodian", kind: ColumnKind::Text },
            Column { name: "label", kind: ColumnKind::Text },
            Column { name: "care", kind: ColumnKind::Text },
            Column { name: "bucket", kind: ColumnKind::Integer },
            Column { name: "restricted", kind: ColumnKind::Integer },
            Column { name: "locked", kind: ColumnKind::Integer },
            Column { name: "edition", kind: ColumnKind::Integer },
            Column { name: "in_error", kind: ColumnKind::Integer },
            Column { name: "superseded_by", kind: ColumnKind::Text },
            Column { name: "erasure", kind: ColumnKind::Text },
            Column { name: "registered_at", kind: ColumnKind::Integer },
        ],
        key: 1,
        indexes: &[&["subject"], &["custodian"]],
    },
    RowTable {
        name: PARTS,
        columns: &[
            Column { name: "unit", kind: ColumnKind::Text },
            Column { name: "org", kind: ColumnKind::Text },
            Column { name: "part", kind: ColumnKind::Text },
            Column { name: "edition", kind: ColumnKind::Integer },
            Column { name: "period", kind: ColumnKind::Integer },
        ],
        key: 4,
        indexes: &[&["org"]],
    },
];

/// A page of units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct UnitPage {
    /// The units, oldest first.
    units: Vec<Listed>,
    /// What to give as `after` for the next page; absent on the last.
    next: Option<u64>,
}

/// A unit in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Listed {
    /// The unit.
    id: UnitId,
    /// Whom it is about.
    subject: SubjectId,
    /// Its custodian.
    custodian: OrgId,
    /// The custodian's keyed tag of what it is about.
    label: Tag,
    /// The quarter in which the care took place.
    care: Quarter,
    /// Its size bucket.
    bucket: u64,
    /// Whether special rules restrict it.
    restricted: bool,
    /// Whether it is in the compartment that the patient locked.
    locked: bool,
    /// Which deal of the unit is in force.
    edition: u64,
    /// Whether it was entered in error.
    in_error: bool,
    /// The unit that took its place.
    superseded_by: Option<UnitId>,
    /// Where it stands on its way to erasure: none, awaits-another, requested, refused, restricted-use, granted, erased.
    erasure: String,
    /// Block time of the registration.
    registered_at: UnixMs,
}

/// A page of shares and copies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct SharePage {
    /// The shares and copies, oldest first.
    parts: Vec<Part>,
    /// What to give as `after` for the next page; absent on the last.
    next: Option<u64>,
}

/// A share, or a copy in a vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Part {
    /// The unit.
    unit: UnitId,
    /// `share`, or `copy` of ciphertext and envelopes.
    part: String,
    /// The edition.
    edition: u64,
    /// The period of the key to which a share was dealt.
    period: Option<u64>,
}

/// A page of units.
pub(super) fn list(sources: &Sources<'_>, query: &List) -> Result<Value, QueryStop<Reject>> {
    let equals = [
        query.subject.map(|subject| ("subject", Cell::text(&subject))),
        query.custodian.map(|custodian| ("custodian", Cell::text(&custodian))),
    ];
    let equals = equals.into_iter().flatten().collect();
    let (rows, next) = page(sources, UNITS, equals, query.after, query.limit)?;
    Ok(json::json(&UnitPage { units: rows.iter().filter_map(listed).collect(), next }))
}

/// A page of what an organization keeps.
pub(super) fn shares(sources: &Sources<'_>, query: &ListShares) -> Result<Value, QueryStop<Reject>> {
    let equals = vec![("org", Cell::text(&query.org))];
    let (rows, next) = page(sources, PARTS, equals, query.after, query.limit)?;
    Ok(json::json(&SharePage { parts: rows.iter().filter_map(part).collect(), next }))
}

type Found = (Vec<Row>, Option<u64>);

fn page(
    sources: &Sources<'_>,
    table: &'static str,
    equals: Vec<(&'static str, Cell)>,
    after: Option<u64>,
    limit: Option<u32>,
) -> Result<Found, QueryStop<Reject>> {
    let limit = limit.unwrap_or(50).clamp(1, 100);
    let rows = sources.rows.select("records", &Select { table, equals, after, limit })?;
    let full = u32::try_from(rows.len()).unwrap_or(u32::MAX) == limit;
    let next = rows.last().filter(|_| full).map(|row| row.place);
    Ok((rows, next))
}

fn listed(row: &Row) -> Option<Listed> {
    let text = |column: usize| row.cell(column).as_str();
    let flag = |column: usize| row.cell(column).as_u64().map(|flag| flag > 0);
    Some(Listed {
        id: text(0)?.parse().ok()?,
        subject: text(1)?.parse().ok()?,
        custodian: text(2)?.parse().ok()?,
        label: text(3)?.parse().ok()?,
        care: text(4)?.parse().ok()?,
        bucket: row.cell(5).as_u64()?,
        restricted: flag(6)?,
        locked: flag(7)?,
        edition: row.cell(8).as_u64()?,
        in_error: flag(9)?,
        superseded_by: text(10).and_then(|unit| unit.parse().ok()),
        erasure: text(11)?.to_owned(),
        registered_at: UnixMs(row.cell(12).as_u64()?),
    })
}

fn part(row: &Row) -> Option<Part> {
    Some(Part {
        unit: row.cell(0).as_str()?.parse().ok()?,
        part: row.cell(2).as_str()?.to_owned(),
        edition: row.cell(3).as_u64()?,
        period: row.cell(4).as_u64(),
    })
}

pub(in crate::records) fn project(event: &Event, at: &EventAt, rows: &mut Rows) {
    match event {
        Event::Registered(event) => enter(event, at, rows),
        Event::Redealt(event) => deal_anew(event, rows),
        Event::EnteredInError(event) => set(rows, &event.unit, "in_error", Cell::integer(1)),
        Event::Retagged(event) => {
            for retagging in event.units.iter() {
                let cells = vec![("subject", Cell::text(&event.to)), ("label", Cell::text(&retagging.label))];
                rows.set(UNITS, vec![Cell::text(&retagging.unit)], cells);
            }
        }
        Event::ErasureRequested(event) => {
            let state = if event.awaits_another { "awaits-another" } else { "requested" };
            event.units.iter().for_each(|unit| set_erasure(rows, unit, state));
        }
        Event::ErasureGranted(event) => set_erasure(rows, &event.unit, "granted"),
        Event::ErasureRefused(event) => set_erasure(rows, &event.unit, "refused"),
        Event::UseRestricted(event) => set_erasure(rows, &event.unit, "restricted-use"),
        Event::ErasureCancelled(event) => set_erasure(rows, &event.unit, "none"),
        Event::Erased(event) => set_erasure(rows, &event.unit, "erased"),
        Event::DeletionAcknowledged(event) => match event.of {
            DeletionOf::Ciphertext => rows.delete(PARTS, key(&event.unit, &event.org, COPY, event.edition)),
            DeletionOf::Envelope => rows.delete(PARTS, key(&event.unit, &event.org, SHARE, event.edition)),
            DeletionOf::TagKey => {}
        },
        // Holds, retention, keys and successions are read from the agreed state.
        Event::HoldSet(_)
        | Event::RetentionSet(_)
        | Event::KeyLost(_)
        | Event::RotationBegun(_)
        | Event::RotationFinished(_)
        | Event::KeyOverdue(_)
        | Event::SuccessorSupported(_)
        | Event::Succeeded(_) => {}
    }
}

fn enter(event: &Registered, at: &EventAt, rows: &mut Rows) {
    let flag = |flag: bool| Cell::integer(u64::from(flag));
    let cells = vec![
        Cell::text(&event.id),
        Cell::text(&event.subject),
        Cell::text(&event.custodian),
        Cell::text(&event.label),
        Cell::text(&event.care),
        Cell::integer(u64::from(event.bucket)),
        flag(event.restricted),
        flag(event.locked),
        Cell::integer(1),
        flag(false),
        Cell::Empty,
        Cell::text(&"none"),
        Cell::integer(at.time.0),
    ];
    rows.put(UNITS, cells);
    if let Some(before) = &event.supersedes {
        set(rows, before, "superseded_by", Cell::text(&event.id));
    }
    parts(rows, &event.id, 1, &event.holders, &event.vaults);
}

fn deal_anew(event: &Redealt, rows: &mut Rows) {
    set(rows, &event.unit, "edition", Cell::integer(u64::from(event.edition)));
    for org in event.left.iter() {
        rows.delete(PARTS, key(&event.unit, org, SHARE, event.edition.saturating_sub(1)));
    }
    parts(rows, &event.unit, event.edition, &event.holders, &event.vaults);
}

fn parts(rows: &mut Rows, unit: &UnitId, edition: u32, holders: &[Holder], vaults: &[OrgId]) {
    for holder in holders {
        let mut cells = key(unit, &holder.org, SHARE, edition);
        cells.push(Cell::integer(u64::from(holder.period)));
        rows.put(PARTS, cells);
    }
    for vault in vaults {
        let mut cells = key(unit, vault, COPY, edition);
        cells.push(Cell::Empty);
        rows.put(PARTS, cells);
    }
}

fn key(unit: &UnitId, org: &OrgId, part: &str, edition: u32) -> Vec<Cell> {
    vec![Cell::text(unit), Cell::text(org), Cell::text(&part), Cell::integer(u64::from(edition))]
}

fn set_erasure(rows: &mut Rows, unit: &UnitId, state: &str) {
    set(rows, unit, "erasure", Cell::text(&state));
}

fn set(rows: &mut Rows, unit: &UnitId, column: &'static str, cell: Cell) {
    rows.set(UNITS, vec![Cell::text(unit)], vec![(column, cell)]);
}
