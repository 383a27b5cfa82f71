//! Erase: what is here of an erased unit is deleted, and said so on the ledger; and what of an erasure is proved.

use crate::{
    catalog::Kept,
    error::Error,
    exchange::{Exchange, call},
    facts,
    ports::{Op, read},
    tasks::Task,
};
use epione_modules::{
    records::{self, DeletionOf, Erasure, Records},
    subjects::{self, SubjectStatus},
};
use epione_types::{OrgId, SubjectId, UnitId, UnixMs};

/// What the ledger proves of an erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// Since when nobody obtains a share; every holder refuses from then on.
    pub erased_since: Option<UnixMs>,
    /// Who says what it deleted, and when: words, signed, not proofs.
    pub deletions: Vec<records::Deletion>,
    /// Holders whose key of the time of the unit is destroyed, by their word: a copy of their envelope on any backup opens no more.
    pub keys_destroyed: Vec<OrgId>,
}

/// What of an erasure is outstanding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outstanding {
    /// Who has not yet said that it deleted what.
    pub deletions: Vec<(OrgId, DeletionOf)>,
    /// Vaults that have not yet said that they deleted a copy of an earlier edition, with the edition.
    pub former: Vec<(OrgId, u32)>,
    /// Holders that have not yet begun another period: until then a stolen key with an old envelope gives their share.
    pub keys: Vec<OrgId>,
}

/// What is proved of the erasure of a unit, and what is outstanding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The unit.
    pub unit: UnitId,
    /// Its custodian.
    pub custodian: OrgId,
    /// Whose it was: the custodian's pseudonym.
    pub subject: SubjectId,
    /// The height as of which this is said.
    pub height: u64,
    /// What is proved.
    pub proved: Proved,
    /// What is outstanding.
    pub outstanding: Outstanding,
}

impl Certificate {
    /// What no ledger can prove: it stands on every certificate.
    pub const LIMITS: &'static str = "Who read the unit before its erasure may have charted it. That a copy was deleted is the signed word of its \
        keeper. The custodian's own record system is outside of this.";

    /// Whether nothing is outstanding.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let Outstanding { deletions, former, keys } = &self.outstanding;
        self.proved.erased_since.is_some() && deletions.is_empty() && former.is_empty() && keys.is_empty()
    }
}

impl Exchange {
    /// Deletes what is here of a unit that is erased, and has that acknowledged. If it is not erased yet, the task waits; if it is not to be
    /// any more, it ends.
    pub(crate) async fn erase(&self, unit: &UnitId) -> Result<Option<UnixMs>, Error> {
        let (registered, custodian) = facts::known_unit(&self.ports, unit).await?;
        let now = facts::head(&self.ports)?.time;
        if !registered.is_erased(now) {
            if let Erasure::Granted { effective_at, .. } = registered.erasure {
                return Ok(Some(effective_at));
            }
            self.catalog.write(self.catalog.dequeue(&Task::Erase(*unit))?)?;
            return Ok(None);
        }
        let mut ops = self.catalog.dequeue(&Task::Erase(*unit))?;
        for edition in self.catalog.editions(unit)? {
            let Some(kept) = self.catalog.kept(unit, edition)? else { continue };
            self.ports.blobs.delete(&kept.manifest.manifest.ciphertext)?;
            ops.extend(self.forget_unit(&kept).await?);
        }
        let edition = registered.edition;
        if registered.vaults.contains(&self.org) {
            ops.extend(self.acknowledge(unit, edition, DeletionOf::Ciphertext)?);
        }
        if let Some(dealt) = registered.holder(&self.org) {
            let present = self.present_period(&self.org).await?;
            ops.extend(crate::catalog::Catalog::forget_envelope((*unit, edition), &self.org, (dealt.period, present)));
            ops.extend(self.acknowledge(unit, edition, DeletionOf::Envelope)?);
        }
        if custodian == self.org {
            ops.extend(self.forget_own(unit, &registered.subject).await?);
            ops.extend(self.acknowledge(unit, edition, DeletionOf::TagKey)?);
        }
        self.catalog.write(ops)?;
        Ok(None)
    }

    /// The changes that forget an edition with every envelope.
    pub(crate) async fn forget_unit(&self, kept: &Kept) -> Result<Vec<Op>, Error> {
        let mut present = 0;
        for holder in kept.manifest.manifest.holders.iter() {
            present = self.present_period(&holder.org).await?.max(present);
        }
        Ok(self.catalog.forget_kept(kept, present))
    }

    /// The changes that forget what the custodian knows of a unit: its key, and the tag key of a subject whose chart has ended and has no
    /// other unit. The tag key of a living chart stays: the patient's denies name its tags.
    async fn forget_own(&self, unit: &UnitId, subject: &SubjectId) -> Result<Vec<Op>, Error> {
        let Some(source) = self.catalog.source(unit)? else { return Ok(Vec::new()) };
        let mut ops = self.catalog.forget_source(&source);
        ops.push(crate::catalog::Catalog::forget_next(unit));
        let whose = *subject;
        let found = read(&*self.ports.ledger, move |view| subjects::subject(&view, &whose)).await?;
        let is_over = found.is_none_or(|found| found.status != SubjectStatus::Active);
        let others = self.catalog.units_of_subject(&source.subject)?;
        if is_over && others.iter().all(|other| other.unit == *unit) {
            ops.extend(self.catalog.forget_subject(&source.subject)?);
        }
        Ok(ops)
    }

    /// The changes that have a deletion acknowledged on the ledger.
    pub(crate) fn acknowledge(&self, unit: &UnitId, edition: u32, of: DeletionOf) -> Result<Vec<Op>, Error> {
        let acknowledge = records::AcknowledgeDeletion { unit: *unit, edition, of };
        let task = Task::Submit(call::<Records>(&records::Call::AcknowledgeDeletion(acknowledge)));
        self.catalog.enqueue(task, self.now())
    }

    /// What is proved of the erasure of a unit, and what is outstanding, as the executed final state of this node has it.
    ///
    /// # Errors
    /// [`Error::UnknownUnit`], [`Error::Ledger`].
    pub async fn erasure_certificate(&self, unit: &UnitId) -> Result<Certificate, Error> {
        let (registered, custodian) = facts::known_unit(&self.ports, unit).await?;
        let head = facts::head(&self.ports)?;
        let said = |org: OrgId, of: DeletionOf| {
            registered.acknowledged.iter().any(|deletion| deletion.org == org && deletion.of == of)
        };
        let mut owed: Vec<(OrgId, DeletionOf)> = Vec::new();
        owed.extend(registered.vaults.iter().map(|vault| (*vault, DeletionOf::Ciphertext)));
        owed.extend(registered.holders.iter().map(|holder| (holder.org, DeletionOf::Envelope)));
        owed.push((custodian, DeletionOf::TagKey));
        owed.retain(|(org, of)| !said(*org, *of));
        let erased_since = registered.erasure.since().filter(|since| *since <= head.time);
        let (mut destroyed, mut keys) = (Vec::new(), Vec::new());
        for holder in registered.holders.iter() {
            let org = holder.org;
            let keeping = read(&*self.ports.ledger, move |view| records::keeping(&view, &org)).await?;
            let rotated = keeping.finished.is_some_and(|finished| {
                finished.period > holder.period && erased_since.is_some_and(|since| since <= finished.begun_at)
            });
            if rotated { destroyed.push(org) } else { keys.push(org) }
        }
        Ok(Certificate {
            unit: *unit,
            custodian,
            subject: registered.subject,
            height: head.height,
            proved: Proved { erased_since, deletions: registered.acknowledged.to_vec(), keys_destroyed: destroyed },
            outstanding: Outstanding {
                deletions: owed,
                former: registered.former.iter().map(|former| (former.vault, former.edition)).collect(),
                keys,
            },
        })
    }
}
