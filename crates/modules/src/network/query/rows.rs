//! Lists: the rows of organizations and proposals, and how events change them.

use crate::network::{
    Event, ListOrganizations, ListProposals, ProposalStatus, Reject, Role, Status,
    api::{Admitted, Proposed},
    types::{Addresses, Change},
};
use epione_kernel::{
    __reexports as json, Cell, Column, ColumnKind, EventAt, QueryStop, Row, RowTable, Rows, Select, Sources,
};
use epione_types::{OrgId, ProposalId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const ORGANIZATIONS: &str = "organizations";
const PROPOSALS: &str = "proposals";

pub(in crate::network) const TABLES: &[RowTable] = &[
    RowTable {
        name: ORGANIZATIONS,
        columns: &[
            text("id"),
            text("name"),
            text("kind"),
            text("jurisdiction"),
            text("role"),
            text("status"),
            text("consensus"),
            text("api"),
            integer("admitted_at"),
        ],
        key: 1,
        indexes: &[&["kind"], &["role"], &["status"]],
    },
    RowTable {
        name: PROPOSALS,
        columns: &[
            text("id"),
            text("author"),
            text("change"),
            text("subject"),
            text("status"),
            integer("proposed_at"),
            integer("deadline"),
        ],
        key: 1,
        indexes: &[&["author"], &["status"]],
    },
];

const fn text(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Text }
}

const fn integer(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Integer }
}

/// A page of organizations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct OrganizationsPage {
    /// The organizations, in the order in which they entered.
    organizations: Vec<ListedOrganization>,
    /// What to give as `after` for the next page; absent on the last.
    next: Option<u64>,
}

/// An organization in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct ListedOrganization {
    /// The organization.
    id: OrgId,
    /// The legal name.
    name: String,
    /// What it is.
    kind: String,
    /// Where it is established.
    jurisdiction: String,
    /// What it does in the network.
    role: String,
    /// Where it stands in its life.
    status: String,
    /// Host and port of its validator.
    consensus: Option<String>,
    /// URL of its public API.
    api: Option<String>,
    /// Block time of its admission.
    admitted_at: UnixMs,
}

/// A page of proposals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct ProposalsPage {
    /// The proposals, in the order in which they were made.
    proposals: Vec<ListedProposal>,
    /// What to give as `after` for the next page; absent on the last.
    next: Option<u64>,
}

/// A proposal in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct ListedProposal {
    /// The proposal.
    id: ProposalId,
    /// Who proposed it.
    author: OrgId,
    /// What kind of change it is.
    change: String,
    /// The organization that it is about, if there is one.
    subject: Option<OrgId>,
    /// Where it stands; expired once the deadline has passed.
    status: String,
    /// Block time of the proposal.
    proposed_at: UnixMs,
    /// Last block time at which it can be voted on.
    deadline: UnixMs,
}

/// A page of organizations.
pub(in crate::network) fn organizations(
    sources: &Sources<'_>,
    query: &ListOrganizations,
) -> Result<Value, QueryStop<Reject>> {
    let equals = [
        query.kind.map(|kind| ("kind", Cell::text(&name(&kind)))),
        query.role.map(|role| ("role", Cell::text(&name(&role)))),
        query.status.map(|status| ("status", Cell::text(&name(&status)))),
    ];
    let select = select(ORGANIZATIONS, equals.into_iter().flatten().collect(), query.after, query.limit);
    let rows = sources.rows.select("network", &select)?;
    let organizations = rows.iter().filter_map(listed_organization).collect();
    Ok(json::json(&OrganizationsPage { organizations, next: next(&rows, &select) }))
}

/// A page of proposals.
pub(in crate::network) fn proposals(sources: &Sources<'_>, query: &ListProposals) -> Result<Value, QueryStop<Reject>> {
    let equals = [
        query.author.map(|author| ("author", Cell::text(&author))),
        query.status.map(|status| ("status", Cell::text(&name(&status)))),
    ];
    let select = select(PROPOSALS, equals.into_iter().flatten().collect(), query.after, query.limit);
    let rows = sources.rows.select("network", &select)?;
    let proposals = rows.iter().filter_map(|row| listed_proposal(row, sources.now)).collect();
    Ok(json::json(&ProposalsPage { proposals, next: next(&rows, &select) }))
}

fn select(table: &'static str, equals: Vec<(&'static str, Cell)>, after: Option<u64>, limit: Option<u32>) -> Select {
    Select { table, equals, after, limit: limit.unwrap_or(50).clamp(1, 100) }
}

/// Where the next page begins, if this one is full.
fn next(rows: &[Row], select: &Select) -> Option<u64> {
    let full = u32::try_from(rows.len()).unwrap_or(u32::MAX) == select.limit;
    rows.last().filter(|_| full).map(|row| row.place)
}

fn listed_organization(row: &Row) -> Option<ListedOrganization> {
    let text = |column: usize| row.cell(column).as_str().map(str::to_owned);
    Some(ListedOrganization {
        id: text(0)?.parse().ok()?,
        name: text(1)?,
        kind: text(2)?,
        jurisdiction: text(3)?,
        role: text(4)?,
        status: text(5)?,
        consensus: text(6),
        api: text(7),
        admitted_at: UnixMs(row.cell(8).as_u64()?),
    })
}

fn listed_proposal(row: &Row, now: UnixMs) -> Option<ListedProposal> {
    let text = |column: usize| row.cell(column).as_str().map(str::to_owned);
    let (status, deadline) = (text(4)?, UnixMs(row.cell(6).as_u64()?));
    let expired = status == name(&ProposalStatus::Open) && now > deadline;
    Some(ListedProposal {
        id: text(0)?.parse().ok()?,
        author: text(1)?.parse().ok()?,
        change: text(2)?,
        subject: text(3).and_then(|subject| subject.parse().ok()),
        status: if expired { name(&ProposalStatus::Expired) } else { status },
        proposed_at: UnixMs(row.cell(5).as_u64()?),
        deadline,
    })
}

pub(in crate::network) fn project(event: &Event, at: &EventAt, rows: &mut Rows) {
    match event {
        Event::Admitted(event) => rows.put(ORGANIZATIONS, admitted(event, at)),
        Event::RoleChanged(event) => set_role(rows, &event.org, event.role),
        Event::Suspended(event) => set_status(rows, &event.org, Status::Suspended),
        Event::Reinstated(event) => set_status(rows, &event.org, Status::Active),
        Event::Expelled(event) => set_status(rows, &event.org, Status::Left),
        Event::Left(event) => set_status(rows, &event.org, Status::Left),
        Event::AddressesSet(event) => {
            let [consensus, api] = addresses(&event.addresses);
            rows.set(ORGANIZATIONS, vec![Cell::text(&event.org)], vec![("consensus", consensus), ("api", api)]);
        }
        Event::Proposed(event) => rows.put(PROPOSALS, proposed(event, at)),
        Event::ProposalEnacted(event) => set_proposal(rows, &event.proposal, ProposalStatus::Enacted),
        Event::ProposalWithdrawn(event) => set_proposal(rows, &event.proposal, ProposalStatus::Withdrawn),
        Event::ProposalExpired(event) => set_proposal(rows, &event.proposal, ProposalStatus::Expired),
        // Votes, keys, parameters, halts, upgrades and committees are read from the agreed state.
        Event::Voted(_)
        | Event::ParameterSet(_)
        | Event::DefaultSet(_)
        | Event::HaltPlanned(_)
        | Event::KeyRotated(_)
        | Event::CommitteeChanged(_)
        | Event::Upgraded(_) => {}
    }
}

fn admitted(event: &Admitted, at: &EventAt) -> Vec<Cell> {
    let member = &event.member;
    let [consensus, api] = addresses(&member.addresses);
    vec![
        Cell::text(&event.org),
        Cell::text(&member.name),
        Cell::text(&name(&member.kind)),
        Cell::text(&member.jurisdiction),
        Cell::text(&name(&member.role)),
        Cell::text(&name(&Status::Active)),
        consensus,
        api,
        Cell::integer(at.time.0),
    ]
}

fn proposed(event: &Proposed, at: &EventAt) -> Vec<Cell> {
    vec![
        Cell::text(&event.id),
        Cell::text(&event.author),
        Cell::text(&kind(&event.change)),
        subject(&event.change).map_or(Cell::Empty, |org| Cell::text(&org)),
        Cell::text(&name(&ProposalStatus::Open)),
        Cell::integer(at.time.0),
        Cell::integer(event.deadline.0),
    ]
}

fn addresses(addresses: &Addresses) -> [Cell; 2] {
    let consensus = addresses.consensus.as_ref().map_or(Cell::Empty, Cell::text);
    [consensus, addresses.api.as_ref().map_or(Cell::Empty, Cell::text)]
}

/// What kind of change it is.
const fn kind(change: &Change) -> &'static str {
    match change {
        Change::Admit { .. } => "admit",
        Change::ChangeRole { .. } => "change-role",
        Change::Suspend { .. } => "suspend",
        Change::Reinstate { .. } => "reinstate",
        Change::Expel { .. } => "expel",
        Change::SetParameter { .. } => "set-parameter",
        Change::HaltAt { .. } => "halt-at",
        Change::SetDefault { .. } => "set-default",
    }
}

/// The organization that a change is about.
fn subject(change: &Change) -> Option<OrgId> {
    match change {
        Change::Admit { member, .. } => Some(member.id()),
        Change::ChangeRole { org, .. }
        | Change::Suspend { org, .. }
        | Change::Reinstate { org }
        | Change::Expel { org, .. } => Some(*org),
        Change::SetParameter { .. } | Change::HaltAt { .. } | Change::SetDefault { .. } => None,
    }
}

fn set_role(rows: &mut Rows, org: &OrgId, role: Role) {
    rows.set(ORGANIZATIONS, vec![Cell::text(org)], vec![("role", Cell::text(&name(&role)))]);
}

fn set_status(rows: &mut Rows, org: &OrgId, status: Status) {
    rows.set(ORGANIZATIONS, vec![Cell::text(org)], vec![("status", Cell::text(&name(&status)))]);
}

fn set_proposal(rows: &mut Rows, proposal: &ProposalId, status: ProposalStatus) {
    rows.set(PROPOSALS, vec![Cell::text(proposal)], vec![("status", Cell::text(&name(&status)))]);
}

/// A unit variant's name as it stands in JSON.
fn name<T: Serialize>(value: &T) -> String {
    json::json(value).as_str().unwrap_or_default().to_owned()
}
