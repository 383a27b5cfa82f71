//! One function per call: check, write, emit. Here what needs no state and what calls share; the calls beside it.

mod agreements;
mod locates;
mod releases;
mod requests;

pub(super) use agreements::{accept_agreement, end_agreement, propose_agreement};
pub(super) use locates::{answer_locate, end_relation, locate, relate};
pub(super) use releases::{complain, release, withdraw};
pub(super) use requests::{disclose, request};

use crate::{
    access::{
        Access, Call, Reject,
        state::{LOCATES, USAGE},
        types::{Counted, Locate, Usage, are_terms_sound},
    },
    identity::{self, IdentityKind},
    network::{self, Organization, Parameter, Status},
    subjects,
};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop};
use epione_types::{IdentityId, LocateId, OrgId, SignerId, UnitId};
use std::collections::BTreeSet;

/// What needs no state.
pub(super) fn check(call: &Call) -> Result<(), Reject> {
    match call {
        Call::ProposeAgreement(call) => {
            if call.from == call.to {
                return Err(Reject::PartiesInvalid);
            }
            if !are_terms_sound(&call.purposes, &call.categories) {
                return Err(Reject::TermsInvalid);
            }
            if call.restricted && call.notice.is_none() { Err(Reject::NoticeMissing) } else { Ok(()) }
        }
        Call::LocateChart(call) => {
            let is_core = call.purpose.core_use().is_some();
            let is_named = call.relationship.is_some() || call.emergency.is_some();
            if is_core && !is_named { Err(Reject::RelationshipMissing) } else { Ok(()) }
        }
        Call::RequestUnits(call) => check_units(&call.units),
        Call::Disclose(call) => check_units(&call.units),
        Call::AcceptAgreement(_)
        | Call::EndAgreement(_)
        | Call::AnswerLocate(_)
        | Call::Relate(_)
        | Call::EndRelation(_)
        | Call::Withdraw(_)
        | Call::Release(_)
        | Call::Complain(_) => Ok(()),
    }
}

fn check_units(units: &[UnitId]) -> Result<(), Reject> {
    let distinct: BTreeSet<&UnitId> = units.iter().collect();
    if units.is_empty() || distinct.len() < units.len() { Err(Reject::UnitsInvalid) } else { Ok(()) }
}

/// The signer as an organization that acts by a key of its own.
fn organization(by: &Signer) -> Result<OrgId, Stop<Reject>> {
    match by.id {
        SignerId::Organization(org) => Ok(org),
        SignerId::Identity(_) => Err(Reject::NotOrganization.into()),
    }
}

/// The signer as a practitioner or program that asks for an organization of the network.
fn requester(ctx: &Ctx<'_, Access>, by: &Signer) -> Result<IdentityId, Stop<Reject>> {
    let SignerId::Identity(id) = by.id else {
        return Err(Reject::NotRequester.into());
    };
    let kind = identity::identity(ctx, &id, ctx.now())?.map(|identity| identity.kind);
    let asks = matches!(kind, Some(IdentityKind::Practitioner | IdentityKind::Service));
    if asks && member(ctx, &by.rights.org)?.is_some() { Ok(id) } else { Err(Reject::NotRequester.into()) }
}

/// The organization, if it has not left. Suspended ones answer still.
fn member(ctx: &Ctx<'_, Access>, org: &OrgId) -> Result<Option<Organization>, Missing> {
    Ok(network::organization(ctx, org)?.filter(|organization| organization.status != Status::Left))
}

/// The organization, if it is in good standing.
fn active(ctx: &Ctx<'_, Access>, org: &OrgId) -> Result<Option<Organization>, Missing> {
    Ok(network::organization(ctx, org)?.filter(|organization| organization.status == Status::Active))
}

/// Whether the signer acts for the organization: by its own key or a program of it.
fn acts_for(ctx: &Ctx<'_, Access>, by: &Signer, org: &OrgId) -> Result<bool, Missing> {
    subjects::is_custodian(ctx, by, org, ctx.now())
}

/// The search.
fn search(ctx: &Ctx<'_, Access>, id: &LocateId) -> Result<Locate, Stop<Reject>> {
    Ok(LOCATES.get(ctx, id)?.ok_or(Reject::UnknownLocate)?)
}

/// Counts `more` against the daily quotas of a person, if there is one, and of the organization. In an emergency it is counted
/// and never refused: emergencies have quotas of their own.
fn spend(
    ctx: &mut Ctx<'_, Access>,
    counted: Counted,
    (person, org): (Option<IdentityId>, OrgId),
    (more, is_emergency): (u64, bool),
) -> Done<Access> {
    let (of_person, of_org) = match counted {
        Counted::Locates => (Parameter::LocatesPerPersonDay, Parameter::LocatesPerOrganizationDay),
        Counted::Units => (Parameter::RequestsPerPersonDay, Parameter::RequestsPerOrganizationDay),
    };
    let settings = network::settings(ctx)?;
    let day = ctx.now().0 / 86_400_000;
    let person = person.map(|person| (SignerId::Identity(person), of_person));
    for (signer, parameter) in person.into_iter().chain([(SignerId::Organization(org), of_org)]) {
        let before = USAGE.get(ctx, &(signer, counted))?.filter(|usage| usage.day == day).unwrap_or_default();
        let used = before.used.saturating_add(more);
        if used > settings.get(parameter, ctx.height()) && !is_emergency {
            return Err(Reject::QuotaExceeded.into());
        }
        USAGE.put(ctx, &(signer, counted), &Usage { day, used });
    }
    Ok(())
}
