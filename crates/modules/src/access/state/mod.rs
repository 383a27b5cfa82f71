//! Tables of access, and what other modules and the node may read and write.

mod facts;
mod release;

pub(super) use facts::Case;
pub use facts::is_related;
pub use release::may_release;

use crate::{
    access::{
        Access, Call,
        types::{Agreement, Agreements, Counted, Decided, Locate, Relations, Request, Suspension, Suspensions, Usage},
    },
    consent::{self, AgreementTerms, Purpose},
    emergency, network, records, subjects,
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_kernel::{Ctx, KeySet, MemoryState, Missing, Reads, Table};
use epione_types::{
    AgreementId, ChallengeId, Hash, IdentityId, LocateId, OrgId, RequestId, SignerId, SubjectId, UnitId, UnixMs,
};

pub(super) const AGREEMENTS: Table<Access, AgreementId, Agreement> = Table::new(1, "agreements");
/// The agreements from one organization to another that are proposed or in force.
pub(super) const BETWEEN: Table<Access, (OrgId, OrgId), Agreements> = Table::new(2, "between");
pub(super) const LOCATES: Table<Access, LocateId, Locate> = Table::new(3, "locates");
/// The relations of an organization to a patient.
pub(super) const RELATIONS: Table<Access, (SubjectId, OrgId), Relations> = Table::new(4, "relations");
pub(super) const REQUESTS: Table<Access, RequestId, Request> = Table::new(5, "requests");
/// What was decided on each unit of a request.
pub(super) const DECIDED: Table<Access, (RequestId, UnitId), Decided> = Table::new(6, "decided");
/// When a holder said that it released its share.
pub(super) const RELEASES: Table<Access, (RequestId, UnitId, OrgId), UnixMs> = Table::new(7, "releases");
/// Complaints of a reader about a holder.
pub(super) const COMPLAINTS: Table<Access, (RequestId, UnitId, OrgId), Complaint> = Table::new(8, "complaints");
/// What challenges took from a person towards a patient.
pub(super) const SUSPENSIONS: Table<Access, (IdentityId, SubjectId), Suspensions> = Table::new(9, "suspensions");
/// What was used up of daily quotas.
pub(super) const USAGE: Table<Access, (SignerId, Counted), Usage> = Table::new(10, "usage");

/// A complaint about a holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Complaint {
    /// Who complained.
    pub(super) by: SignerId,
    /// Commitment to the holder's answer.
    pub(super) evidence: Hash,
    /// Block time.
    pub(super) at: UnixMs,
}

/// The request or disclosure with this identifier. For other modules.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn request(from: &impl Reads, id: &RequestId) -> Result<Option<Request>, Missing> {
    REQUESTS.get(from, id)
}

/// Adds the row that [`request`] reads.
pub fn request_reads(id: &RequestId, keys: &mut KeySet) {
    keys.add(&REQUESTS, id);
}

/// The search with this identifier. For other modules.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn locate(from: &impl Reads, id: &LocateId) -> Result<Option<Locate>, Missing> {
    LOCATES.get(from, id)
}

/// What was decided on a unit of a request.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn decided(from: &impl Reads, request: &RequestId, unit: &UnitId) -> Result<Option<Decided>, Missing> {
    DECIDED.get(from, &(*request, *unit))
}

/// The agreement with this identifier, whatever its status.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn agreement(from: &impl Reads, id: &AgreementId) -> Result<Option<Agreement>, Missing> {
    AGREEMENTS.get(from, id)
}

/// The agreements in force at `now` under which `to` may ask for units of `from`.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn agreements(from: &impl Reads, of: &OrgId, to: &OrgId, now: UnixMs) -> Result<Vec<AgreementTerms>, Missing> {
    let mut in_force = Vec::new();
    for id in BETWEEN.get(from, &(*of, *to))?.unwrap_or_default().iter() {
        let found = AGREEMENTS.get(from, id)?.filter(|agreement| agreement.is_in_force(now));
        in_force.extend(found.map(|agreement| agreement.terms));
    }
    Ok(in_force)
}

/// Takes from a person what a challenge of a purpose takes: units of this patient for this purpose, from `suspension.from` on,
/// never emergency treatment. Written at once with a time to come, so that no rule waits for scheduled work; taken back by
/// [`unsuspend`]. False if the person has as many suspensions towards the patient as there may be. For the module of challenges.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn suspend(
    ctx: &mut Ctx<'_, Access>,
    person: &IdentityId,
    subject: &SubjectId,
    suspension: Suspension,
) -> Result<bool, Missing> {
    let key = (*person, *subject);
    let mut suspensions = SUSPENSIONS.get(ctx, &key)?.unwrap_or_default();
    suspensions.retain(|known| known.challenge != suspension.challenge);
    if suspensions.push(suspension).is_err() {
        return Ok(false);
    }
    SUSPENSIONS.put(ctx, &key, &suspensions);
    Ok(true)
}

/// Takes back what [`suspend`] wrote for a challenge; false if there is nothing. For the module of challenges.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn unsuspend(
    ctx: &mut Ctx<'_, Access>,
    person: &IdentityId,
    subject: &SubjectId,
    challenge: &ChallengeId,
) -> Result<bool, Missing> {
    let key = (*person, *subject);
    let mut suspensions = SUSPENSIONS.get(ctx, &key)?.unwrap_or_default();
    let before = suspensions.len();
    suspensions.retain(|known| known.challenge != *challenge);
    if suspensions.is_empty() {
        SUSPENSIONS.delete(ctx, &key);
    } else {
        SUSPENSIONS.put(ctx, &key, &suspensions);
    }
    Ok(suspensions.len() < before)
}

/// Adds the row that [`suspend`] and [`unsuspend`] read.
pub fn suspension_reads(person: &IdentityId, subject: &SubjectId, keys: &mut KeySet) {
    keys.add(&SUSPENSIONS, &(*person, *subject));
}

/// Whether a challenge keeps the person from units of the patient for this purpose at `now`.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn is_suspended(
    from: &impl Reads,
    person: &IdentityId,
    subject: &SubjectId,
    purpose: Purpose,
    now: UnixMs,
) -> Result<bool, Missing> {
    let suspensions = SUSPENSIONS.get(from, &(*person, *subject))?.unwrap_or_default();
    // In both directions: who asks for more or for less than what was challenged asks for it.
    let reaches = |known: &Suspension| purpose.is_a(known.purpose) || known.purpose.is_a(purpose);
    Ok(suspensions.iter().any(|known| known.from <= now && reaches(known)))
}

/// What challenges took, or will take, from a person towards a patient. For the module of challenges.
///
/// # Errors
/// [`Missing`] if the row is not loaded.
pub fn suspensions(from: &impl Reads, person: &IdentityId, subject: &SubjectId) -> Result<Vec<Suspension>, Missing> {
    Ok(SUSPENSIONS.get(from, &(*person, *subject))?.map(epione_types::List::into_vec).unwrap_or_default())
}

/// All requests and disclosures of a whole state. For laws, generators and tests of other modules.
pub fn requests(state: &MemoryState) -> impl Iterator<Item = (RequestId, Request)> + '_ {
    REQUESTS.all(state)
}

pub(super) fn reads(by: &SignerId, call: &Call, keys: &mut KeySet) {
    let quota = |counted: Counted, keys: &mut KeySet| {
        keys.add(&USAGE, &(*by, counted));
        network::settings_reads(keys);
    };
    let units = |units: &[UnitId], keys: &mut KeySet| units.iter().for_each(|unit| records::unit_reads(unit, keys));
    match call {
        Call::ProposeAgreement(call) => {
            keys.add(&BETWEEN, &(call.from, call.to));
            network::status_reads(&call.from, keys);
            network::status_reads(&call.to, keys);
        }
        Call::AcceptAgreement(call) => keys.add(&AGREEMENTS, &call.agreement),
        Call::EndAgreement(call) => keys.add(&AGREEMENTS, &call.agreement),
        Call::LocateChart(call) => {
            network::status_reads(&call.custodian, keys);
            quota(Counted::Locates, keys);
        }
        Call::AnswerLocate(call) => keys.add(&LOCATES, &call.locate),
        Call::Relate(call) => {
            keys.add(&RELATIONS, &(call.subject, call.org));
            subjects::subject_reads(&call.subject, keys);
        }
        Call::EndRelation(call) => {
            keys.add(&RELATIONS, &(call.subject, call.org));
            subjects::subject_reads(&call.subject, keys);
        }
        Call::RequestUnits(call) => {
            quota(Counted::Units, keys);
            units(&call.units, keys);
            call.consents.iter().for_each(|id| consent::consent_reads(id, keys));
            if let (Some(id), SignerId::Identity(person)) = (&call.emergency, by) {
                emergency::access_reads(id, person, keys);
            }
        }
        Call::Disclose(call) => {
            quota(Counted::Units, keys);
            units(&call.units, keys);
            network::status_reads(&call.to, keys);
        }
        Call::Withdraw(call) => keys.add(&REQUESTS, &call.request),
        Call::Release(call) => {
            keys.add(&REQUESTS, &call.request);
            keys.add(&DECIDED, &(call.request, call.unit));
        }
        Call::Complain(call) => {
            keys.add(&REQUESTS, &call.request);
            keys.add(&DECIDED, &(call.request, call.unit));
            keys.add(&COMPLAINTS, &(call.request, call.unit, call.holder));
        }
    }
}
