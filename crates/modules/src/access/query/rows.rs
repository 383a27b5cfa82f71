//! Lists of agreements, searches and requests.

use crate::access::{
    ListAgreements, ListLocates, ListRequests, Reject,
    query::project::{AGREEMENTS, LOCATES, REQUESTS, name},
};
use epione_kernel::{__reexports as json, Cell, QueryStop, Row, Select, Sources};
use epione_types::{AgreementId, IdentityId, LocateId, OrgId, RequestId, SubjectId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A page of agreements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct AgreementPage {
    /// The agreements, in the order in which they were proposed.
    agreements: Vec<AgreementListed>,
    /// What to give as `after` for the next page; absent on the last.
    next: Option<u64>,
}

/// An agreement in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct AgreementListed {
    /// The agreement.
    id: AgreementId,
    /// The custodian.
    from: OrgId,
    /// Who may ask.
    to: OrgId,
    /// Where it stands; its term may be over.
    status: String,
    /// It ends at this time.
    until: UnixMs,
    /// Block time of the proposal.
    proposed_at: UnixMs,
}

/// A page of searches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct LocatePage {
    /// The searches, oldest first.
    locates: Vec<LocateListed>,
    /// What to give as `after` for the next page; absent on the last.
    next: Option<u64>,
}

/// A search in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct LocateListed {
    /// The search.
    id: LocateId,
    /// The organization that searches.
    org: OrgId,
    /// The practitioner or program that signed.
    person: IdentityId,
    /// Where is searched.
    custodian: OrgId,
    /// For what.
    purpose: String,
    /// The emergency access under which is searched.
    emergency: Option<String>,
    /// Block time.
    located_at: UnixMs,
    /// Whether the custodian answered.
    answered: bool,
}

/// A page of requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct RequestPage {
    /// The requests and disclosures, oldest first.
    requests: Vec<RequestListed>,
    /// What to give as `after` for the next page; absent on the last.
    next: Option<u64>,
}

/// A request in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct RequestListed {
    /// The request.
    id: RequestId,
    /// The organization that is to read.
    org: OrgId,
    /// The practitioner or program that requested; absent if the custodian discloses of its own accord.
    person: Option<IdentityId>,
    /// The custodian.
    custodian: OrgId,
    /// The patient.
    subject: SubjectId,
    /// For what.
    purpose: String,
    /// How many units.
    units: u64,
    /// Block time.
    requested_at: UnixMs,
    /// Nothing is released at or after this time.
    expires_at: UnixMs,
    /// Where it stands in its life; it may have expired.
    status: String,
}

/// The rows of a page, and what to give for the next.
pub(super) fn page(
    sources: &Sources<'_>,
    table: &'static str,
    equals: Vec<(&'static str, Cell)>,
    (after, limit): (Option<u64>, Option<u32>),
) -> Result<(Vec<Row>, Option<u64>), QueryStop<Reject>> {
    let limit = limit.unwrap_or(50).clamp(1, 100);
    let rows = sources.rows.select("access", &Select { table, equals, after, limit })?;
    let full = u32::try_from(rows.len()).unwrap_or(u32::MAX) == limit;
    let next = rows.last().filter(|_| full).map(|row| row.place);
    Ok((rows, next))
}

/// A page of agreements.
pub(in crate::access) fn agreements(sources: &Sources<'_>, query: &ListAgreements) -> Result<Value, QueryStop<Reject>> {
    let equals = [
        query.from.map(|org| ("from_org", Cell::text(&org))),
        query.to.map(|org| ("to_org", Cell::text(&org))),
        query.status.map(|status| ("status", Cell::text(&name(&status)))),
    ];
    let equals = equals.into_iter().flatten().collect();
    let (rows, next) = page(sources, AGREEMENTS, equals, (query.after, query.limit))?;
    let listed = |row: &Row| {
        Some(AgreementListed {
            id: id(row, 0)?,
            from: id(row, 1)?,
            to: id(row, 2)?,
            status: text(row, 3)?,
            until: time(row, 4)?,
            proposed_at: time(row, 5)?,
        })
    };
    Ok(json::json(&AgreementPage { agreements: rows.iter().filter_map(listed).collect(), next }))
}

/// A page of searches.
pub(in crate::access) fn locates(sources: &Sources<'_>, query: &ListLocates) -> Result<Value, QueryStop<Reject>> {
    let equals = [
        query.org.map(|org| ("org", Cell::text(&org))),
        query.custodian.map(|org| ("custodian", Cell::text(&org))),
        query.answered.map(|answered| ("answered", Cell::integer(answered.into()))),
    ];
    let equals = equals.into_iter().flatten().collect();
    let (rows, next) = page(sources, LOCATES, equals, (query.after, query.limit))?;
    let listed = |row: &Row| {
        Some(LocateListed {
            id: id(row, 0)?,
            org: id(row, 1)?,
            person: id(row, 2)?,
            custodian: id(row, 3)?,
            purpose: text(row, 4)?,
            emergency: text(row, 5),
            located_at: time(row, 6)?,
            answered: row.cell(7).as_u64()? > 0,
        })
    };
    Ok(json::json(&LocatePage { locates: rows.iter().filter_map(listed).collect(), next }))
}

/// A page of requests.
pub(in crate::access) fn requests(sources: &Sources<'_>, query: &ListRequests) -> Result<Value, QueryStop<Reject>> {
    let equals = [
        query.org.map(|org| ("org", Cell::text(&org))),
        query.person.map(|person| ("person", Cell::text(&person))),
        query.custodian.map(|org| ("custodian", Cell::text(&org))),
        query.purpose.map(|purpose| ("purpose", Cell::text(&name(&purpose)))),
    ];
    let equals = equals.into_iter().flatten().collect();
    let (rows, next) = page(sources, REQUESTS, equals, (query.after, query.limit))?;
    let listed = |row: &Row| {
        Some(RequestListed {
            id: id(row, 0)?,
            org: id(row, 1)?,
            person: id(row, 2),
            custodian: id(row, 3)?,
            subject: id(row, 4)?,
            purpose: text(row, 5)?,
            units: row.cell(6).as_u64()?,
            requested_at: time(row, 7)?,
            expires_at: time(row, 8)?,
            status: text(row, 9)?,
        })
    };
    Ok(json::json(&RequestPage { requests: rows.iter().filter_map(listed).collect(), next }))
}

pub(super) fn text(row: &Row, column: usize) -> Option<String> {
    row.cell(column).as_str().map(str::to_owned)
}

pub(super) fn id<T: std::str::FromStr>(row: &Row, column: usize) -> Option<T> {
    row.cell(column).as_str()?.parse().ok()
}

pub(super) fn time(row: &Row, column: usize) -> Option<UnixMs> {
    row.cell(column).as_u64().map(UnixMs)
}
