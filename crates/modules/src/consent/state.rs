//! Tables of consent, and what other modules may read.

use crate::{
    consent::{
        Call, Consents,
        types::{ActiveConsent, Author, Basis, Consent, ConsentStatus, Restriction},
    },
    identity, network,
    subjects::{self, Scope, Subject},
};
use epione_kernel::{Index, KeySet, Missing, Reads, Table};
use epione_types::{ConsentId, OrgId, RestrictionId, SignerId, SubjectId, UnixMs};

pub(super) const CONSENTS: Table<Consents, ConsentId, Consent> = Table::new(1, "consents");
pub(super) const RESTRICTIONS: Table<Consents, RestrictionId, Restriction> = Table::new(2, "restrictions");
/// The consents of a subject that are active or proposed.
pub(super) const CONSENTS_OF: Index<Consents, SubjectId, ConsentId> = Index::new(3, 4, "consents-of");
/// The restrictions of a subject that are not lifted.
pub(super) const RESTRICTIONS_OF: Index<Consents, SubjectId, RestrictionId> = Index::new(5, 6, "restrictions-of");

/// The consent with this identifier, whatever its status. For other modules.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn consent(from: &impl Reads, id: &ConsentId) -> Result<Option<Consent>, Missing> {
    CONSENTS.get(from, id)
}

/// The restriction with this identifier, be it lifted. For other modules.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn restriction(from: &impl Reads, id: &RestrictionId) -> Result<Option<Restriction>, Missing> {
    RESTRICTIONS.get(from, id)
}

/// All consents that count for units of the subject: its own, and those of subjects merged into it. For other modules.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn active(from: &impl Reads, id: &SubjectId, now: UnixMs) -> Result<Vec<ActiveConsent>, Missing> {
    let Some(subject) = subjects::subject(from, id)? else {
        return Ok(Vec::new());
    };
    let mut active = Vec::new();
    collect(from, (id, &subject), now, false, &mut active)?;
    for absorbed in subject.absorbed.iter() {
        if let Some(subject) = subjects::subject(from, absorbed)? {
            collect(from, (absorbed, &subject), now, true, &mut active)?;
        }
    }
    Ok(active)
}

fn collect(
    from: &impl Reads,
    (id, subject): (&SubjectId, &Subject),
    now: UnixMs,
    absorbed: bool,
    active: &mut Vec<ActiveConsent>,
) -> Result<(), Missing> {
    for id in CONSENTS_OF.all(from, id)? {
        if let Some(consent) = CONSENTS.get(from, &id)?
            && consent.status == ConsentStatus::Active
        {
            let within = present_scope(subject, &consent.author, now);
            active.push(ActiveConsent { id, consent, within, absorbed });
        }
    }
    Ok(())
}

/// On which labels the author of a consent may decide now: what is hidden from it later is beyond its consent, too. Of one
/// who acts no longer for the patient nothing is known but what it could decide on then.
fn present_scope(subject: &Subject, author: &Author, now: UnixMs) -> Scope {
    match author {
        Author::Holder if subject.holder.is_some() => subject.scope_of_holder(now),
        Author::Representative(identity) => {
            let found = subject.representatives.iter().find(|representative| representative.identity == *identity);
            found.map_or(Scope::All, |representative| representative.scope.clone())
        }
        Author::Holder | Author::Attested(_) => Scope::All,
    }
}

/// All restrictions that hold for units of the subject: its own, and those of subjects merged into it. For other modules.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn restrictions(from: &impl Reads, id: &SubjectId) -> Result<Vec<(RestrictionId, Restriction)>, Missing> {
    let absorbed = subjects::subject(from, id)?.map(|subject| subject.absorbed).unwrap_or_default();
    let mut found = Vec::new();
    for subject in std::iter::once(id).chain(absorbed.iter()) {
        for id in RESTRICTIONS_OF.all(from, subject)? {
            found.extend(RESTRICTIONS.get(from, &id)?.map(|restriction| (id, restriction)));
        }
    }
    Ok(found)
}

/// Everything for decisions about the subject's units at `custodian`, but unit, request and agreements. For other modules.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn basis(from: &impl Reads, subject: &SubjectId, custodian: &OrgId, now: UnixMs) -> Result<Basis, Missing> {
    let organization = network::organization(from, custodian)?;
    let policies = network::policies(from)?;
    Ok(Basis {
        consents: active(from, subject, now)?,
        restrictions: restrictions(from, subject)?,
        defaults: organization.map(|organization| policies.get(&organization.jurisdiction)).unwrap_or_default(),
    })
}

/// Adds to the hints what [`active`] and [`restrictions`] read of a subject, as far as it is known beforehand.
pub fn subject_reads(id: &SubjectId, keys: &mut KeySet) {
    subjects::subject_reads(id, keys);
    CONSENTS_OF.hint(id, keys);
    RESTRICTIONS_OF.hint(id, keys);
}

/// Adds the row of a consent to the hints: a request that names the consents on which it relies is decided sooner.
pub fn consent_reads(id: &ConsentId, keys: &mut KeySet) {
    keys.add(&CONSENTS, id);
}

pub(super) fn reads(by: &SignerId, call: &Call, keys: &mut KeySet) {
    if let SignerId::Identity(id) = by {
        identity::identity_reads(id, keys);
    }
    match call {
        Call::Grant(call) => {
            subject_reads(&call.subject, keys);
            call.lifts.iter().for_each(|id| keys.add(&RESTRICTIONS, id));
        }
        Call::Amend(call) => {
            consent_reads(&call.consent, keys);
            call.lifts.iter().for_each(|id| keys.add(&RESTRICTIONS, id));
        }
        Call::Confirm(call) => consent_reads(&call.consent, keys),
        Call::Revoke(call) => consent_reads(&call.consent, keys),
        Call::Restrict(call) => subject_reads(&call.subject, keys),
        Call::Lift(call) => keys.add(&RESTRICTIONS, &call.restriction),
    }
}
