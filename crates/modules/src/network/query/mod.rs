//! One function per query: those of the agreed state here, those of rows beside them.

mod rows;

pub(super) use rows::{TABLES, organizations, project, proposals};

use crate::network::{
    Ballot, Defaults, GetCommittee, GetOrganization, GetParameters, GetProposal, Jurisdiction, Organization, Parameter,
    Parameters, Proposal, ProposalStatus, Reject, Tally,
    apply::tally,
    state::{self, BALLOTS, ClaimedKey, PROPOSALS, SCHEDULE},
    types::{KemKey, Planned},
};
use epione_kernel::{__reexports as json, Missing, QuerySource, QueryStop, Sources, View};
use epione_types::{Committee, Hash, OrgId, ProposalId, PublicKey, SignerId};
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
    /// The votes, those included that do not count any more.
    ballots: Vec<Ballot>,
    /// How many approve now; of an enacted proposal, how many approved.
    approvals: u32,
    /// Of how many members more than two thirds must approve, or had to. The subject of an exclusion is among them, and so
    /// are the suspended if the change decides who votes.
    electorate: u32,
    /// How many approvals are more than two thirds of the electorate.
    needed: u32,
}

/// The parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct ParametersAnswer {
    /// Those in force at the height that was asked for, of the parameters that stand in the genesis.
    parameters: Parameters,
    /// The latest change of each of them that was ever changed, those to come included.
    planned: Vec<Planned>,
    /// The other parameters, as they are in force at that height.
    settings: Vec<SettingAnswer>,
    /// What was decided on these, what is to come included; the value before as of height 0.
    decided: Vec<Planned>,
    /// What holds in a jurisdiction where neither a consent nor a duty decides: where nothing stands here, nor for its country,
    /// all is denied.
    defaults: Vec<DefaultsAnswer>,
}

/// A parameter with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct SettingAnswer {
    /// The parameter.
    parameter: Parameter,
    /// Its value.
    value: u64,
}

/// The defaults of a jurisdiction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct DefaultsAnswer {
    /// The jurisdiction.
    jurisdiction: Jurisdiction,
    /// Its defaults.
    defaults: Defaults,
}

/// The committees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct CommitteesAnswer {
    /// The committee that votes on blocks now: its hash stands in headers as `committee_hash`.
    current: CommitteeAnswer,
    /// The committee to which the decisions of the members lead: the active validators, or all validators if fewer than
    /// four are active, by the vote keys that they have or that await the border of epochs.
    next: CommitteeAnswer,
}

/// A committee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct CommitteeAnswer {
    /// Hash of the committee.
    hash: Hash,
    /// Its validators, ascending by vote key.
    validators: Vec<SeatAnswer>,
}

/// A seat in a committee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct SeatAnswer {
    /// The vote key.
    key: PublicKey,
    /// The organization whose key it is.
    organization: OrgId,
}

pub(super) fn answers(query: u16) -> (QuerySource, Schema) {
    match query {
        1 => (QuerySource::State, json::schema::<OrganizationAnswer>()),
        2 => (QuerySource::Rows, json::schema::<rows::OrganizationsPage>()),
        3 => (QuerySource::State, json::schema::<ProposalAnswer>()),
        4 => (QuerySource::Rows, json::schema::<rows::ProposalsPage>()),
        5 => (QuerySource::State, json::schema::<ParametersAnswer>()),
        _ => (QuerySource::State, json::schema::<CommitteesAnswer>()),
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
    let now = tally(&state::roster(&sources.state)?, &proposal.change, &ballots);
    let tally = proposal.enacted_by.unwrap_or(now);
    let Tally { approvals, electorate } = tally;
    let (status, needed) = (proposal.status_at(sources.now), tally.needed());
    Ok(json::json(&ProposalAnswer { id: query.id, proposal, status, ballots, approvals, electorate, needed }))
}

/// The parameters at a height.
pub(super) fn parameters(sources: &Sources<'_>, query: &GetParameters) -> Result<Value, QueryStop<Reject>> {
    let schedule = SCHEDULE.get(&sources.state, &())?.unwrap_or_default();
    let height = query.height.unwrap_or(u64::MAX);
    let (parameters, all) = (schedule.at(height), state::settings(&sources.state)?);
    let settings =
        Parameter::LATER.into_iter().map(|parameter| SettingAnswer { parameter, value: all.get(parameter, height) });
    let policies = state::policies(&sources.state)?;
    let defaults = policies.decided().iter().cloned();
    let defaults = defaults.map(|(jurisdiction, defaults)| DefaultsAnswer { jurisdiction, defaults }).collect();
    let (settings, decided) = (settings.collect(), all.decided().to_vec());
    Ok(json::json(&ParametersAnswer { parameters, planned: schedule.planned, settings, decided, defaults }))
}

/// The committee of now and the one to come.
pub(super) fn committee(sources: &Sources<'_>, _query: &GetCommittee) -> Result<Value, QueryStop<Reject>> {
    let current = named(&sources.state, state::committee(&sources.state)?)?;
    let next = named(&sources.state, state::next_committee(&sources.state)?)?;
    Ok(json::json(&CommitteesAnswer { current, next }))
}

/// A committee with the organizations whose keys are in it.
fn named(from: &View<'_>, committee: Committee) -> Result<CommitteeAnswer, Missing> {
    let hash = committee.hash();
    let mut validators = Vec::new();
    for key in committee.keys.into_vec() {
        let owner = state::key_use(from, &ClaimedKey::Signing(key))?.map(|claim| claim.owner);
        if let Some(SignerId::Organization(organization)) = owner {
            validators.push(SeatAnswer { key, organization });
        }
    }
    Ok(CommitteeAnswer { hash, validators })
}
