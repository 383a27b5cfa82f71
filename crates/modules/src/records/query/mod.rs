//! One function per query.

mod certificate;
mod rows;

pub(super) use rows::{TABLES, project};

use crate::records::{
    Get, GetHolder, GetSuccession, Query, Reject,
    state::{self, HOLDERS},
    types::{Keeping, Succession, Unit},
};
use certificate::Certificate;
use epione_kernel::{__reexports as json, QuerySource, QueryStop, Sources};
use epione_types::{OrgId, UnitId};
use rows::{SharePage, UnitPage};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct UnitAnswer {
    /// The unit.
    id: UnitId,
    /// What the ledger says of it.
    unit: Unit,
    /// Who acts as its custodian: a successor, if the custodian is gone and the members named one.
    custodian: OrgId,
    /// Whether it is erased.
    erased: bool,
    /// Whether it is withheld: entered in error, or about a patient that was merged with another.
    withheld: bool,
    /// How many holders can still give their shares.
    live: u8,
    /// How many of them it can lose before nobody opens it: live shares minus the threshold. Below zero nobody opens it, and
    /// its custodian must deal it anew.
    margin: i16,
}

/// An organization as a holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct HolderAnswer {
    /// The organization.
    org: OrgId,
    /// What it keeps, and how far it is with its keys.
    keeping: Keeping,
    /// The period of its KEM key, to which shares are dealt now; none if it has no key.
    period: Option<u32>,
    /// How many holders may rotate at once.
    most_rotating: u64,
    /// How many have a rotation under way.
    rotating: u64,
}

/// Who takes the place of a custodian that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct SuccessionAnswer {
    /// The custodian.
    of: OrgId,
    /// The members' words, and what they decided.
    succession: Succession,
    /// Who acts as this custodian now, be it itself.
    acting: OrgId,
}

pub(super) fn answers(query: u16) -> (QuerySource, Schema) {
    match query {
        1 => (QuerySource::State, json::schema::<UnitAnswer>()),
        2 => (QuerySource::Rows, json::schema::<UnitPage>()),
        3 => (QuerySource::State, json::schema::<Certificate>()),
        4 => (QuerySource::State, json::schema::<HolderAnswer>()),
        5 => (QuerySource::Rows, json::schema::<SharePage>()),
        _ => (QuerySource::State, json::schema::<SuccessionAnswer>()),
    }
}

pub(super) fn query(sources: &Sources<'_>, query: &Query) -> Result<Value, QueryStop<Reject>> {
    match query {
        Query::Get(query) => get(sources, query),
        Query::List(query) => rows::list(sources, query),
        Query::ErasureCertificate(query) => certificate::certificate(sources, query),
        Query::GetHolder(query) => holder(sources, query),
        Query::ListShares(query) => rows::shares(sources, query),
        Query::GetSuccession(query) => succession(sources, query),
    }
}

/// One unit, with the number of its live shares.
fn get(sources: &Sources<'_>, query: &Get) -> Result<Value, QueryStop<Reject>> {
    let state = &sources.state;
    let unit = state::unit(state, &query.id)?.ok_or(Reject::UnknownUnit)?;
    let live = state::live_shares(state, &unit)?;
    Ok(json::json(&UnitAnswer {
        id: query.id,
        custodian: state::custodian_of(state, &unit)?,
        erased: unit.is_erased(sources.now),
        withheld: state::is_withheld(state, &unit)?,
        live,
        margin: i16::from(live).saturating_sub(i16::from(unit.threshold)),
        unit,
    }))
}

/// What an organization keeps.
fn holder(sources: &Sources<'_>, query: &GetHolder) -> Result<Value, QueryStop<Reject>> {
    let state = &sources.state;
    let period = crate::network::kem_key(state, &query.org)?.map(|key| key.period);
    let all = HOLDERS.get(state, &())?.unwrap_or_default();
    Ok(json::json(&HolderAnswer {
        org: query.org,
        keeping: state::keeping(state, &query.org)?,
        period,
        most_rotating: all.most(),
        rotating: u64::try_from(all.rotating.len()).unwrap_or(u64::MAX),
    }))
}

/// Who acts for a custodian.
fn succession(sources: &Sources<'_>, query: &GetSuccession) -> Result<Value, QueryStop<Reject>> {
    let state = &sources.state;
    let (succession, acting) = (state::succession(state, &query.of)?, state::acting_custodian(state, &query.of)?);
    Ok(json::json(&SuccessionAnswer { of: query.of, succession, acting }))
}
