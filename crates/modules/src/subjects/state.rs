//! Tables of subjects, and what other modules may read.

use crate::{
    identity::{self, IdentityKind, IdentityStatus},
    network,
    subjects::{
        Call, Subjects,
        types::{Authority, Subject, SubjectStatus, Tie},
    },
};
use epione_kernel::{KeySet, MemoryState, Missing, Reads, Signer, Table};
use epione_types::{IdentityId, OrgId, SignerId, SubjectId, Tag, UnixMs};

pub(super) const SUBJECTS: Table<Subjects, SubjectId, Subject> = Table::new(1, "subjects");
pub(super) const TIES: Table<Subjects, IdentityId, Tie> = Table::new(2, "ties");

/// The subject with this identifier, whatever its status. For other modules.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn subject(from: &impl Reads, id: &SubjectId) -> Result<Option<Subject>, Missing> {
    SUBJECTS.get(from, id)
}

/// All subjects of a whole state. For laws, generators and tests of other modules.
pub fn subjects(state: &MemoryState) -> impl Iterator<Item = (SubjectId, Subject)> + '_ {
    SUBJECTS.all(state)
}

/// The subject, or the one into which it was merged. For other modules.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn resolve(from: &impl Reads, id: &SubjectId) -> Result<Option<(SubjectId, Subject)>, Missing> {
    let found = SUBJECTS.get(from, id)?;
    match found.as_ref().map(|subject| subject.status) {
        // What takes the place of another is never merged itself: one step suffices.
        Some(SubjectStatus::Merged { into }) => Ok(SUBJECTS.get(from, &into)?.map(|subject| (into, subject))),
        Some(SubjectStatus::Active | SubjectStatus::Closed) | None => Ok(found.map(|subject| (*id, subject))),
    }
}

/// The subject whose holder this identity is. For other modules.
///
/// # Errors
/// [`Missing`] if the row is not loaded.
pub fn subject_of_holder(from: &impl Reads, identity: &IdentityId) -> Result<Option<SubjectId>, Missing> {
    Ok(TIES.get(from, identity)?.filter(|tie| tie.is_holder).map(|tie| tie.subject))
}

/// The subject to which this identity is tied, as holder or representative. For other modules.
///
/// # Errors
/// [`Missing`] if the row is not loaded.
pub fn tie(from: &impl Reads, identity: &IdentityId) -> Result<Option<Tie>, Missing> {
    TIES.get(from, identity)
}

/// By what right `by` acts on the subject, whatever its status; none if by no right. For other modules.
///
/// # Errors
/// [`Missing`] if the identity of a service is not loaded.
pub fn authority(from: &impl Reads, subject: &Subject, by: &Signer, now: UnixMs) -> Result<Option<Authority>, Missing> {
    if let SignerId::Identity(identity) = by.id
        && let Some(authority) = subject.authority_of(&identity, now)
    {
        return Ok(Some(authority));
    }
    Ok(is_custodian(from, by, &subject.custodian, now)?.then_some(Authority::Custodian))
}

/// Whether units with the label `tag` are hidden from `identity`, with their log lines and notices: from a holder or
/// representative beyond its scope, and from everybody else. For other modules.
#[must_use]
pub fn hides(subject: &Subject, identity: &IdentityId, tag: &Tag, now: UnixMs) -> bool {
    subject.authority_of(identity, now).is_none_or(|authority| !authority.covers(tag))
}

/// Whether `by` acts for the organization `org`: as the organization itself, or as a service of it. For other modules.
///
/// # Errors
/// [`Missing`] if the identity of the signer is not loaded.
pub fn is_custodian(from: &impl Reads, by: &Signer, org: &OrgId, now: UnixMs) -> Result<bool, Missing> {
    Ok(organization_of(from, by, now)? == Some(*org))
}

/// The organization for which `by` acts, as [`is_custodian`] has it. For other modules.
///
/// # Errors
/// [`Missing`] if the identity of the signer is not loaded.
pub fn organization_of(from: &impl Reads, by: &Signer, now: UnixMs) -> Result<Option<OrgId>, Missing> {
    let id = match by.id {
        SignerId::Organization(org) => return Ok(Some(org)),
        SignerId::Identity(id) => id,
    };
    let found = identity::identity(from, &id, now)?;
    let service = found.filter(|found| found.kind == IdentityKind::Service && found.status == IdentityStatus::Active);
    Ok(service.map(|service| service.org))
}

/// Adds the row of a subject to the hints.
pub fn subject_reads(id: &SubjectId, keys: &mut KeySet) {
    keys.add(&SUBJECTS, id);
}

/// Adds the row that [`subject_of_holder`] and [`tie`] read.
pub fn tie_reads(identity: &IdentityId, keys: &mut KeySet) {
    keys.add(&TIES, identity);
}

pub(super) fn reads(by: &SignerId, call: &Call, keys: &mut KeySet) {
    let tied = |identity: &IdentityId, keys: &mut KeySet| {
        identity::identity_reads(identity, keys);
        tie_reads(identity, keys);
    };
    match call {
        Call::Register(call) => {
            if let Some(holder) = &call.holder {
                tied(holder, keys);
            }
        }
        Call::Offer(call) => {
            subject_reads(&call.subject, keys);
            tied(&call.identity, keys);
            network::settings_reads(keys);
        }
        Call::Appoint(call) => {
            subject_reads(&call.subject, keys);
            tied(&call.representative.identity, keys);
        }
        Call::HandOver(call) => {
            subject_reads(&call.subject, keys);
            if let Some(holder) = &call.holder {
                tied(holder, keys);
            }
        }
        Call::Merge(call) => {
            subject_reads(&call.from, keys);
            subject_reads(&call.into, keys);
        }
        Call::WithdrawOffer(call) => subject_reads(&call.subject, keys),
        Call::TakeOver(call) => {
            subject_reads(&call.subject, keys);
            if let SignerId::Identity(identity) = by {
                tie_reads(identity, keys);
            }
        }
        Call::Dismiss(call) => subject_reads(&call.subject, keys),
        Call::SetScope(call) => subject_reads(&call.subject, keys),
        Call::SetQuorum(call) => subject_reads(&call.subject, keys),
        Call::PlanHandOver(call) => subject_reads(&call.subject, keys),
        Call::DeclareDeceased(call) => subject_reads(&call.subject, keys),
        Call::DeclareLiving(call) => subject_reads(&call.subject, keys),
        Call::Unmerge(call) => subject_reads(&call.subject, keys),
        Call::Close(call) => subject_reads(&call.subject, keys),
    }
}
