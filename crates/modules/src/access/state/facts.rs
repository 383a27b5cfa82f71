//! What a decision on a request rests on, as it stands at a moment.

use crate::{
    access::{
        state::{self, RELATIONS},
        types::{Relation, RelationKind, Request},
    },
    consent::{self, AgreementTerms, Basis, Decision, Purpose, RequestFacts, UnitFacts, UnitState},
    emergency,
    network::{self, CoreUse, OrganizationKind},
    records::{self, Unit},
    subjects::{self, Subject},
};
use epione_kernel::{Missing, Reads};
use epione_types::{OrgId, Quarter, SubjectId, UnitId, UnixMs};

/// Whether an organization has a relation to a patient at `now` that serves `purpose`: a claim never serves treatment.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn is_related(
    from: &impl Reads,
    subject: &SubjectId,
    org: &OrgId,
    purpose: Purpose,
    now: UnixMs,
) -> Result<bool, Missing> {
    let relations = RELATIONS.get(from, &(*subject, *org))?.unwrap_or_default();
    let is_care = purpose.core_use() == Some(CoreUse::Treatment);
    let serves = |relation: &Relation| {
        relation.until >= Quarter::of(now) && (relation.relationship.kind != RelationKind::Claim || !is_care)
    };
    Ok(relations.iter().any(serves))
}

/// All that a decision on the units of one request rests on, but the units.
#[derive(Debug)]
pub(in crate::access) struct Case {
    facts: RequestFacts,
    basis: Basis,
    agreements: Vec<AgreementTerms>,
    now: UnixMs,
}

impl Case {
    /// The case of `request` as it stands at `now`, which is not before the request.
    pub(in crate::access) fn of(from: &impl Reads, request: &Request, now: UnixMs) -> Result<Self, Missing> {
        let Request { org, custodian, subject, purpose, .. } = request;
        let patient = subjects::subject(from, subject)?;
        let emergency = match (request.emergency, &request.person) {
            (Some(id), Some(person)) if emergency::in_force(from, &id, person, subject, now)? => Some(id),
            _ => None,
        };
        let facts = RequestFacts {
            org: *org,
            org_kind: network::organization(from, org)?.map_or(OrganizationKind::Other, |found| found.kind),
            person: request.person,
            role: request.role,
            purpose: *purpose,
            law: request.law.map(|law| law.basis),
            emergency,
            relationship: is_related(from, subject, org, *purpose, now)?,
            suspended: is_challenged(from, request, patient.as_ref(), now)?,
            disclosure: request.is_disclosure(),
        };
        Ok(Self {
            facts,
            basis: consent::basis(from, subject, custodian, now)?,
            agreements: state::agreements(from, custodian, org, now)?,
            now,
        })
    }

    /// What the rules decide on a unit of the patient.
    pub(in crate::access) fn decide(&self, from: &impl Reads, id: &UnitId, unit: &Unit) -> Result<Decision, Missing> {
        let state = if unit.is_erased(self.now) {
            UnitState::Erased
        } else if records::is_withheld(from, unit)? {
            UnitState::Withheld
        } else {
            UnitState::Living
        };
        let facts = UnitFacts {
            id: *id,
            custodian: records::custodian_of(from, unit)?,
            subject: unit.subject,
            label: unit.label,
            restricted: unit.restricted,
            // A unit whose use the custodian restricted instead of erasing it is opened by the patient alone, like a locked one.
            locked: unit.locked || unit.erasure.is_restricted_use(),
            care: unit.care,
            state,
        };
        Ok(self.basis.decide(&facts, &self.facts, &self.agreements, self.now))
    }
}

/// Whether a challenge keeps who requested from this patient, or did from a chart that was merged into this one.
fn is_challenged(
    from: &impl Reads,
    request: &Request,
    patient: Option<&Subject>,
    now: UnixMs,
) -> Result<bool, Missing> {
    let Some(person) = &request.person else {
        return Ok(false);
    };
    let absorbed = patient.iter().flat_map(|patient| patient.absorbed.iter());
    for subject in std::iter::once(&request.subject).chain(absorbed) {
        if state::is_suspended(from, person, subject, request.purpose, now)? {
            return Ok(true);
        }
    }
    Ok(false)
}
