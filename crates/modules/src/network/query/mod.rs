//! One function per query: those of the agreed state here, those of rows beside them.

mod rows;

pub(super) use rows::{TABLES, organizations, project, proposals};

use crate::network::{
    Ballot, GetCommittee, GetOrganization, GetParameters, GetProposal, Organization, Parameters, Proposal,
    ProposalStatus, Reject,
    apply::tally,
    state::{self, BALLOTS, PROPOSALS, SCHEDULE},
    types::{KemKey, Planned},
};
use epione_kernel::{__reexports as json, QuerySource, QueryStop, Sources};
use epione_types::{Hash, OrgId, ProposalId, PublicKey};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An organization with its KEM key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct OrganizationAnswer {
    /// The organization.
    id: OrgId,
    /// Name, role, status, keys and addresses.
    organization: Organization,
    /// The key to which others seal shares.
    kem: Option<KemKey>,
}

/// A proposal with its votes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct ProposalAnswer {
    /// The proposal.
    id: ProposalId,
    /// Author, change, times.
    proposal: Proposal,
    /// Where it stands now: expired once the deadline has passed.
    status: ProposalStatus,
    /// The votes.
    ballots: Vec<Ballot>,
    /// How many approve of those who can vote now.
    approvals: u32,
    /// How many can vote now.
    eligible: u32,
}

/// The parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct ParametersAnswer {
    /// Those in force at the height that was asked for.
    parameters: Parameters,
    /// The latest change of each parameter that was ever changed, those to come included.
    planned: Vec<Planned>,
}

/// The committee of the next epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct CommitteeAnswer {
    /// The vote keys of the active validators, ascending.
    keys: Vec<PublicKey>,
    /// Hash of the committee, as it stands in headers.
    hash: Hash,
}

pub(super) fn answers(query: u16) -> (QuerySource, Schema) {
    match query {
        1 => (QuerySource::State, json::schema::<OrganizationAnswer>()),
        2 => (QuerySource::Rows, json::schema::<rows::OrganizationsPage>()),
        3 => (QuerySource::State, json::schema::<ProposalAnswer>()),
        4 => (QuerySource::Rows, json::schema::<rows::ProposalsPage>()),
        5 => (QuerySource::State, json::schema::<ParametersAnswer>()),
        _ => (QuerySource::State, json::schema::<CommitteeAnswer>()),
    }
}

/// One organization.
pub(super) fn organization(sources: &Sources<'_>, query: &GetOrganization) -> Result<Value, QueryStop<Reject>> {
    let organization = state::organization(&sources.state, &query.id)?.ok_or(Reject::UnknownOrganization)?;
    let kem = state::kem_key(&sources.state, &query.id)?;
    Ok(json::json(&OrganizationAnswer { id: query.id, organization, kem }))
}

/// One proposal.
pub(super) fn proposal(sources: &Sources<'_>, query: &GetProposal) -> Result<Value, QueryStop<Reject>> {
    let proposal = PROPOSALS.get(&sources.state, &query.id)?.ok_or(Reject::UnknownProposal)?;
    let ballots = BALLOTS.get(&sources.state, &query.id)?.unwrap_or_default().into_vec();
    let (approvals, eligible) = tally(&state::roster(&sources.state)?, &proposal, &ballots);
    let status = proposal.status_at(sources.now);
    Ok(json::json(&ProposalAnswer { id: query.id, proposal, status, ballots, approvals, eligible }))
}

/// The parameters at a height.
pub(super) fn parameters(sources: &Sources<'_>, query: &GetParameters) -> Result<Value, QueryStop<Reject>> {
    let schedule = SCHEDULE.get(&sources.state, &())?.unwrap_or_default();
    let parameters = schedule.at(query.height.unwrap_or(u64::MAX));
    Ok(json::json(&ParametersAnswer { parameters, planned: schedule.planned }))
}

/// The committee of the next epoch.
pub(super) fn committee(sources: &Sources<'_>, _query: &GetCommittee) -> Result<Value, QueryStop<Reject>> {
    let committee = state::committee(&sources.state)?;
    let hash = committee.hash();
    Ok(json::json(&CommitteeAnswer { keys: committee.keys.into_vec(), hash }))
}
