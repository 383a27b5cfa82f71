//! Rows of agreements, searches, requests, decisions and releases, as events make them.

use crate::access::{
    AgreementStatus, Event, RequestStatus,
    api::{AgreementProposed, Denied, Disclosed, Granted, Located, Requested},
};
use epione_kernel::{
    __reexports as json, Cell, Column,
    ColumnKind::{self, Integer, Text},
    EventAt, RowTable, Rows,
};
use serde::Serialize;

pub(super) const AGREEMENTS: &str = "agreements";
pub(super) const LOCATES: &str = "locates";
pub(super) const REQUESTS: &str = "requests";
pub(super) const LOG: &str = "log";
pub(super) const RELEASES: &str = "releases";

const fn column(name: &'static str, kind: ColumnKind) -> Column {
    Column { name, kind }
}

pub(in crate::access) const TABLES: &[RowTable] = &[
    RowTable {
        name: AGREEMENTS,
        columns: &[
            column("id", Text),
            column("from_org", Text),
            column("to_org", Text),
            column("status", Text),
            column("until", Integer),
            column("proposed_at", Integer),
        ],
        key: 1,
        indexes: &[&["from_org"], &["to_org"], &["status"]],
    },
    RowTable {
        name: LOCATES,
        columns: &[
            column("id", Text),
            column("org", Text),
            column("person", Text),
            column("custodian", Text),
            column("purpose", Text),
            column("emergency", Text),
            column("located_at", Integer),
            column("answered", Integer),
        ],
        key: 1,
        indexes: &[&["org"], &["custodian", "answered"]],
    },
    RowTable {
        name: REQUESTS,
        columns: &[
            column("id", Text),
            column("org", Text),
            column("person", Text),
            column("custodian", Text),
            column("subject", Text),
            column("purpose", Text),
            column("units", Integer),
            column("requested_at", Integer),
            column("expires_at", Integer),
            column("status", Text),
        ],
        key: 1,
        indexes: &[&["org"], &["person"], &["custodian"]],
    },
    RowTable {
        name: LOG,
        columns: &[
            column("request", Text),
            column("unit", Text),
            column("subject", Text),
            column("custodian", Text),
            column("org", Text),
            column("person", Text),
            column("purpose", Text),
            column("granted", Integer),
            column("rules", Text),
            column("decided_at", Integer),
        ],
        key: 2,
        indexes: &[&["subject"], &["unit"]],
    },
    RowTable {
        name: RELEASES,
        columns: &[
            column("request", Text),
            column("unit", Text),
            column("holder", Text),
            column("released_at", Integer),
        ],
        key: 3,
        indexes: &[],
    },
];

pub(in crate::access) fn project(event: &Event, at: &EventAt, rows: &mut Rows) {
    match event {
        Event::AgreementProposed(event) => rows.put(AGREEMENTS, agreement_cells(event)),
        Event::AgreementAccepted(event) => set_status(rows, AGREEMENTS, &event.id, &AgreementStatus::Accepted),
        Event::AgreementEnded(event) => set_status(rows, AGREEMENTS, &event.id, &AgreementStatus::Ended),
        Event::Located(event) => rows.put(LOCATES, locate_cells(event, at)),
        Event::LocateAnswered(event) => {
            rows.set(LOCATES, vec![Cell::text(&event.id)], vec![("answered", Cell::integer(1))]);
        }
        Event::Requested(event) => rows.put(REQUESTS, request_cells(event, at)),
        Event::Disclosed(event) => rows.put(REQUESTS, disclosure_cells(event, at)),
        Event::Withdrawn(event) => set_status(rows, REQUESTS, &event.id, &RequestStatus::Withdrawn),
        Event::Granted(event) => rows.put(LOG, grant_cells(event, at)),
        Event::Denied(event) => rows.put(LOG, denial_cells(event, at)),
        Event::Released(event) => rows.put(
            RELEASES,
            vec![
                Cell::text(&event.request),
                Cell::text(&event.unit),
                Cell::text(&event.holder),
                Cell::integer(at.time.0),
            ],
        ),
        // Relations and complaints are read from the agreed state.
        Event::Related(_) | Event::RelationEnded(_) | Event::Complained(_) => {}
    }
}

fn set_status(rows: &mut Rows, table: &'static str, id: &impl ToString, status: &impl Serialize) {
    rows.set(table, vec![Cell::text(id)], vec![("status", Cell::text(&name(status)))]);
}

fn agreement_cells(event: &AgreementProposed) -> Vec<Cell> {
    let agreement = &event.agreement;
    vec![
        Cell::text(&event.id),
        Cell::text(&agreement.terms.from),
        Cell::text(&agreement.terms.to),
        Cell::text(&name(&agreement.status)),
        Cell::integer(agreement.terms.until.0),
        Cell::integer(agreement.proposed_at.0),
    ]
}

fn locate_cells(event: &Located, at: &EventAt) -> Vec<Cell> {
    vec![
        Cell::text(&event.id),
        Cell::text(&event.org),
        Cell::text(&event.person),
        Cell::text(&event.custodian),
        Cell::text(&name(&event.purpose)),
        event.emergency.map_or(Cell::Empty, |emergency| Cell::text(&emergency)),
        Cell::integer(at.time.0),
        Cell::integer(0),
    ]
}

fn request_cells(event: &Requested, at: &EventAt) -> Vec<Cell> {
    vec![
        Cell::text(&event.id),
        Cell::text(&event.org),
        Cell::text(&event.person),
        Cell::text(&event.custodian),
        Cell::text(&event.subject),
        Cell::text(&name(&event.purpose)),
        Cell::integer(event.units.into()),
        Cell::integer(at.time.0),
        Cell::integer(event.expires_at.0),
        Cell::text(&name(&RequestStatus::Open)),
    ]
}

fn disclosure_cells(event: &Disclosed, at: &EventAt) -> Vec<Cell> {
    vec![
        Cell::text(&event.id),
        Cell::text(&event.to),
        Cell::Empty,
        Cell::text(&event.custodian),
        Cell::text(&event.subject),
        Cell::text(&name(&event.purpose)),
        Cell::integer(event.units.into()),
        Cell::integer(at.time.0),
        Cell::integer(event.expires_at.0),
        Cell::text(&name(&RequestStatus::Open)),
    ]
}

fn grant_cells(event: &Granted, at: &EventAt) -> Vec<Cell> {
    vec![
        Cell::text(&event.request),
        Cell::text(&event.unit),
        Cell::text(&event.subject),
        Cell::text(&event.custodian),
        Cell::text(&event.org),
        event.person.map_or(Cell::Empty, |person| Cell::text(&person)),
        Cell::text(&name(&event.purpose)),
        Cell::integer(1),
        Cell::text(&json::json(&event.rules)),
        Cell::integer(at.time.0),
    ]
}

fn denial_cells(event: &Denied, at: &EventAt) -> Vec<Cell> {
    vec![
        Cell::text(&event.request),
        Cell::text(&event.unit),
        Cell::text(&event.subject),
        Cell::text(&event.custodian),
        Cell::text(&event.org),
        event.person.map_or(Cell::Empty, |person| Cell::text(&person)),
        Cell::text(&name(&event.purpose)),
        Cell::integer(0),
        Cell::text(&json::json(&event.rules)),
        Cell::integer(at.time.0),
    ]
}

/// A unit variant's name as it stands in JSON.
pub(super) fn name<T: Serialize>(value: &T) -> String {
    json::json(value).as_str().unwrap_or_default().to_owned()
}
