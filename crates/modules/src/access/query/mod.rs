//! One function per query. Here those over the agreed state; those over rows, and the rows, beside them.

mod log;
mod project;
mod rows;

pub(super) use log::log;
pub(super) use project::{TABLES, project};
pub(super) use rows::{agreements, locates, requests};

use crate::access::{
    Agreement, GetAgreement, GetLocate, GetRelations, GetRequest, GetSuspensions, GetTicket, Locate, NotReleasable,
    Reject, Relation, Request, Suspension, Ticket,
    state::{self, AGREEMENTS, COMPLAINTS, DECIDED, LOCATES, RELATIONS, RELEASES, REQUESTS, SUSPENSIONS},
};
use crate::consent::RuleId;
use epione_kernel::{__reexports as json, QuerySource, QueryStop, Sources};
use epione_types::{AgreementId, LocateId, OrgId, Quarter, RequestId, UnitId, UnixMs};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct AgreementAnswer {
    /// The agreement.
    id: AgreementId,
    /// Parties, terms and status.
    agreement: Agreement,
    /// Whether it is in force now.
    in_force: bool,
}

/// A search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct LocateAnswered {
    /// The search.
    id: LocateId,
    /// Who asked whom, and whether it was answered.
    locate: Locate,
}

/// The relations of an organization to a patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct RelationsAnswer {
    /// Those in force now.
    relations: Vec<Relation>,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct RequestAnswer {
    /// The request.
    id: RequestId,
    /// Who asks for what, and how long.
    request: Request,
    /// Whether it is neither withdrawn nor expired now.
    open: bool,
    /// What was decided on each unit.
    units: Vec<UnitAnswer>,
}

/// What was decided on a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct UnitAnswer {
    /// The unit.
    unit: UnitId,
    /// Whether it was granted.
    granted: bool,
    /// The rules that decided.
    rules: Vec<RuleId>,
    /// Each holder with what it said.
    holders: Vec<HolderAnswer>,
}

/// What a holder did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct HolderAnswer {
    /// The holder.
    org: OrgId,
    /// Block time of its word that it released its share.
    released_at: Option<UnixMs>,
    /// Whether the reader complained of it.
    complained: bool,
}

/// Whether a share may be released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct TicketAnswer {
    /// What the holder needs; absent if it may not release.
    ticket: Option<Ticket>,
    /// Why it may not.
    refused: Option<NotReleasable>,
}

/// The suspensions of a person towards a patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct SuspensionsAnswer {
    /// Those in force, and those that begin unless the challenge is answered before.
    suspensions: Vec<Suspension>,
}

pub(super) fn answers(query: u16) -> (QuerySource, Schema) {
    match query {
        1 => (QuerySource::State, json::schema::<AgreementAnswer>()),
        2 => (QuerySource::Rows, json::schema::<rows::AgreementPage>()),
        3 => (QuerySource::State, json::schema::<LocateAnswered>()),
        4 => (QuerySource::State, json::schema::<RelationsAnswer>()),
        5 => (QuerySource::State, json::schema::<RequestAnswer>()),
        6 => (QuerySource::Rows, json::schema::<rows::RequestPage>()),
        7 => (QuerySource::Rows, json::schema::<log::LogPage>()),
        8 => (QuerySource::State, json::schema::<TicketAnswer>()),
        9 => (QuerySource::State, json::schema::<SuspensionsAnswer>()),
        _ => (QuerySource::Rows, json::schema::<rows::LocatePage>()),
    }
}

/// One agreement.
pub(super) fn agreement(sources: &Sources<'_>, query: &GetAgreement) -> Result<Value, QueryStop<Reject>> {
    let agreement = AGREEMENTS.get(&sources.state, &query.id)?.ok_or(Reject::UnknownAgreement)?;
    let in_force = agreement.is_in_force(sources.now);
    Ok(json::json(&AgreementAnswer { id: query.id, agreement, in_force }))
}

/// One search.
pub(super) fn locate(sources: &Sources<'_>, query: &GetLocate) -> Result<Value, QueryStop<Reject>> {
    let locate = LOCATES.get(&sources.state, &query.id)?.ok_or(Reject::UnknownLocate)?;
    Ok(json::json(&LocateAnswered { id: query.id, locate }))
}

/// The relations of an organization to a patient.
pub(super) fn relations(sources: &Sources<'_>, query: &GetRelations) -> Result<Value, QueryStop<Reject>> {
    let mut relations = RELATIONS.get(&sources.state, &(query.subject, query.org))?.unwrap_or_default();
    relations.retain(|relation| relation.until >= Quarter::of(sources.now));
    Ok(json::json(&RelationsAnswer { relations: relations.into_vec() }))
}

/// One request.
pub(super) fn request(sources: &Sources<'_>, query: &GetRequest) -> Result<Value, QueryStop<Reject>> {
    let (state, id) = (&sources.state, query.id);
    let request = REQUESTS.get(state, &id)?.ok_or(Reject::UnknownRequest)?;
    let mut units = Vec::new();
    for unit in request.units.iter() {
        let Some(decided) = DECIDED.get(state, &(id, *unit))? else { continue };
        let mut holders = Vec::new();
        for org in decided.holders.iter() {
            let key = (id, *unit, *org);
            let released_at = RELEASES.get(state, &key)?;
            let complained = COMPLAINTS.get(state, &key)?.is_some();
            holders.push(HolderAnswer { org: *org, released_at, complained });
        }
        let (granted, rules) = (decided.granted, decided.rules.into_vec());
        units.push(UnitAnswer { unit: *unit, granted, rules, holders });
    }
    let open = request.is_open(sources.now);
    Ok(json::json(&RequestAnswer { id, request, open, units }))
}

/// Whether a holder may release its share.
pub(super) fn ticket(sources: &Sources<'_>, query: &GetTicket) -> Result<Value, QueryStop<Reject>> {
    let GetTicket { request, unit, holder } = query;
    let (ticket, refused) = match state::may_release(&sources.state, request, unit, holder, sources.now)? {
        Ok(ticket) => (Some(ticket), None),
        Err(refused) => (None, Some(refused)),
    };
    Ok(json::json(&TicketAnswer { ticket, refused }))
}

/// What challenges took from a person towards a patient.
pub(super) fn suspensions(sources: &Sources<'_>, query: &GetSuspensions) -> Result<Value, QueryStop<Reject>> {
    let found = SUSPENSIONS.get(&sources.state, &(query.person, query.subject))?.unwrap_or_default();
    Ok(json::json(&SuspensionsAnswer { suspensions: found.into_vec() }))
}
