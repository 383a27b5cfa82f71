//! Who saw my data: the log of a patient, as the one who looks at it may see it.

use crate::{
    access::{
        Log, Reject,
        query::{
            project::{LOG, RELEASES},
            rows::{self, id, text, time},
        },
    },
    consent::RuleId,
    records, subjects,
};
use epione_kernel::{__reexports as json, Cell, QueryStop, Row, Select, Sources};
use epione_types::{IdentityId, OrgId, RequestId, UnitId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most holders of a unit that are listed: of this edition and of those before.
const HOLDERS_LISTED_MAX: u32 = 32;

/// A page of the log of a patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct LogPage {
    /// The lines, oldest first, without those that are hidden from who looks at them.
    lines: Vec<Line>,
    /// What to give as `after` for the next page; absent on the last. A page can be empty and have a next.
    next: Option<u64>,
}

/// A decision on a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Line {
    /// The request or disclosure.
    request: RequestId,
    /// The unit.
    unit: UnitId,
    /// The custodian.
    custodian: OrgId,
    /// Who read, or asked.
    org: OrgId,
    /// The practitioner or program; absent if the custodian disclosed of its own accord.
    person: Option<IdentityId>,
    /// For what.
    purpose: String,
    /// Whether it was granted.
    granted: bool,
    /// The rules that decided.
    rules: Vec<RuleId>,
    /// Block time.
    decided_at: UnixMs,
    /// The holders that said that they released their shares. With as many as the threshold of the unit, it was readable.
    released: Vec<ReleasedBy>,
}

/// A holder's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct ReleasedBy {
    /// The holder.
    holder: OrgId,
    /// Block time of its word.
    at: UnixMs,
}

/// A page of the log. For a viewer it leaves out the lines about units whose label is beyond the viewer's scope, and about units
/// that are of another patient since: that patient's log has these, asked for by unit.
pub(in crate::access) fn log(sources: &Sources<'_>, query: &Log) -> Result<Value, QueryStop<Reject>> {
    let subject = subjects::subject(&sources.state, &query.subject)?.ok_or(Reject::UnknownSubject)?;
    if let Some(unit) = &query.unit {
        // Of a unit that came from another patient's chart all lines are of this one.
        let is_own = records::unit(&sources.state, unit)?.is_some_and(|unit| unit.subject == query.subject);
        if !is_own {
            return Err(Reject::UnknownUnit.into());
        }
    }
    let equals = match &query.unit {
        Some(unit) => vec![("unit", Cell::text(unit))],
        None => vec![("subject", Cell::text(&query.subject))],
    };
    let (found, next) = rows::page(sources, LOG, equals, (query.after, query.limit))?;
    let mut lines = Vec::new();
    for line in found.iter().filter_map(line) {
        let is_shown = match &query.viewer {
            None => true,
            Some(viewer) => records::unit(&sources.state, &line.unit)?.is_some_and(|unit| {
                unit.subject == query.subject && !subjects::hides(&subject, viewer, &unit.label, sources.now)
            }),
        };
        if is_shown {
            let released = released(sources, &line)?;
            lines.push(Line { released, ..line });
        }
    }
    Ok(json::json(&LogPage { lines, next }))
}

/// The holders that released their shares.
fn released(sources: &Sources<'_>, line: &Line) -> Result<Vec<ReleasedBy>, QueryStop<Reject>> {
    if !line.granted {
        return Ok(Vec::new());
    }
    let equals = vec![("request", Cell::text(&line.request)), ("unit", Cell::text(&line.unit))];
    let select = Select { table: RELEASES, equals, after: None, limit: HOLDERS_LISTED_MAX };
    let rows = sources.rows.select("access", &select)?;
    Ok(rows.iter().filter_map(|row| Some(ReleasedBy { holder: id(row, 2)?, at: time(row, 3)? })).collect())
}

fn line(row: &Row) -> Option<Line> {
    Some(Line {
        request: id(row, 0)?,
        unit: id(row, 1)?,
        custodian: id(row, 3)?,
        org: id(row, 4)?,
        person: id(row, 5),
        purpose: text(row, 6)?,
        granted: row.cell(7).as_u64()? > 0,
        rules: serde_json::from_str(row.cell(8).as_str()?).ok()?,
        decided_at: time(row, 9)?,
        released: Vec::new(),
    })
}
