//! What a decision on a request rests on, as it stands at a moment.

use crate::{
    access::{
        state::{self, RELATIONS},
        types::{Relation, RelationKind, Request},
    },
    consent::{
        self, AgreementTerms, Consent, Decision, Purpose, RequestFacts, Restriction, UnitFacts, UnitState, decide,
    },
    emergency,
    network::{self, CoreUse, Defaults, OrganizationKind},
    records::{self, Unit},
    subjects::{self, SubjectStatus},
};
use epione_kernel::{Missing, Reads};
use epione_types::{ConsentId, OrgId, Quarter, RestrictionId, SubjectId, UnitId, UnixMs};

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
pub(in crate::access) struct Case {
    facts: RequestFacts,
    consents: Vec<(ConsentId, Consent)>,
    restrictions: Vec<(RestrictionId, Restriction)>,
    agreements: Vec<AgreementTerms>,
    defaults: Defaults,
    is_patient_known: bool,
    now: UnixMs,
}

impl Case {
    /// The case of `request` as it stands at `now`, which is not before the request.
    pub(in crate::access) fn of(from: &impl Reads, request: &Request, now: UnixMs) -> Result<Self, Missing> {
        let Request { org, custodian, subject, purpose, .. } = request;
        let emergency = match (request.emergency, &request.person) {
            (Some(id), Some(person)) if emergency::in_force(from, &id, person, subject, now)? => Some(id),
            _ => None,
        };
        let suspended = match &request.person {
            Some(person) => state::is_suspended(from, person, subject, *purpose, now)?,
            None => false,
        };
        let org_kind = network::organization(from, org)?.map_or(OrganizationKind::Other, |found| found.kind);
        let keeper = network::organization(from, custodian)?;
        let defaults = match keeper {
            Some(keeper) => network::policies(from)?.get(&keeper.jurisdiction),
            None => Defaults::default(),
        };
        let patient = subjects::subject(from, subject)?;
        let facts = RequestFacts {
            org: *org,
            org_kind,
            person: request.person,
            role: request.role,
            purpose: *purpose,
            law: request.law.map(|law| law.basis),
            emergency,
            relationship: is_related(from, subject, org, *purpose, now)?,
            suspended,
            disclosure: request.is_disclosure(),
        };
        Ok(Self {
            facts,
            consents: consent::active(from, subject, now)?,
            restrictions: consent::restrictions(from, subject)?,
            agreements: state::agreements(from, custodian, org, now)?,
            defaults,
            is_patient_known: patient.is_some_and(|patient| !matches!(patient.status, SubjectStatus::Merged { .. })),
            now,
        })
    }

    /// What the rules decide on a unit of the patient.
    pub(in crate::access) fn decide(&self, from: &impl Reads, id: &UnitId, unit: &Unit) -> Result<Decision, Missing> {
        let state = if unit.is_erased(self.now) {
            UnitState::Erased
        } else if unit.entered_in_error || !self.is_patient_known {
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
            locked: unit.locked,
            care: unit.care,
            state,
        };
        Ok(decide(
            &facts,
            &self.facts,
            &self.consents,
            &self.restrictions,
            &self.agreements,
            &self.defaults,
            self.now,
        ))
    }
}
