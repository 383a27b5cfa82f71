//! Own units, and what goes with them: openings, notices, copies, answers.

use crate::{
    catalog::{Catalog, Copied, Encounter, Notice, Opening, Pending, Source, key},
    error::Error,
    messages::Located,
    ports::{Op, Table},
};
use epione_types::{Hash, LocateId, RequestId, SubjectId, UnitId, encode};

impl Catalog {
    /// What is known of an own unit.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub fn source(&self, unit: &UnitId) -> Result<Option<Source>, Error> {
        self.get_wrapped(Table::Sources, &unit.0)
    }

    /// The changes that keep what is known of an own unit, findable by subject and encounter.
    pub(crate) fn put_source(&self, source: &Source) -> Result<Vec<Op>, Error> {
        let mut ops = vec![self.put_wrapped(Table::Sources, &source.unit.0, source)?];
        for index in self.source_indexes(source) {
            ops.push(Op::Put(Table::SourceIndex, index, Vec::new()));
        }
        Ok(ops)
    }

    /// The changes that forget an own unit.
    pub(crate) fn forget_source(&self, source: &Source) -> Vec<Op> {
        let mut ops = vec![Op::Delete(Table::Sources, source.unit.0.to_vec())];
        ops.extend(self.source_indexes(source).into_iter().map(|index| Op::Delete(Table::SourceIndex, index)));
        ops
    }

    fn source_indexes(&self, source: &Source) -> Vec<Vec<u8>> {
        let mut indexes = vec![self.of_subject(&source.subject)];
        indexes.extend(source.encounter.as_ref().map(|encounter| self.of_encounter(&source.subject, encounter)));
        indexes.into_iter().map(|index| key(&[&index, &source.unit.0])).collect()
    }

    fn of_subject(&self, subject: &SubjectId) -> [u8; 32] {
        self.index(&[b"subject", &subject.0])
    }

    fn of_encounter(&self, subject: &SubjectId, encounter: &Encounter) -> [u8; 32] {
        self.index(&[b"encounter", &subject.0, &encode(encounter)])
    }

    /// The registered own units of a subject.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub fn units_of_subject(&self, subject: &SubjectId) -> Result<Vec<Source>, Error> {
        self.sources(&self.of_subject(subject))
    }

    /// The registered own units of an encounter of a subject.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub fn units_of_encounter(&self, subject: &SubjectId, encounter: &Encounter) -> Result<Vec<Source>, Error> {
        self.sources(&self.of_encounter(subject, encounter))
    }

    fn sources(&self, index: &[u8]) -> Result<Vec<Source>, Error> {
        let mut sources = Vec::new();
        for key in self.keys(Table::SourceIndex, index)? {
            let Some(unit) = key.last_chunk::<32>() else { return Err(Error::Unreadable) };
            sources.extend(self.source(&UnitId(*unit))?.filter(|source| source.registered));
        }
        Ok(sources)
    }

    /// Every own unit, registered or not.
    pub(crate) fn own_units(&self) -> Result<Vec<UnitId>, Error> {
        let keys = self.keys(Table::Sources, &[])?;
        let unit = |key: Vec<u8>| <[u8; 32]>::try_from(key).map(UnitId).map_err(|_key| Error::Unreadable);
        keys.into_iter().map(unit).collect()
    }

    /// What will be known of an own unit that is being dealt anew.
    pub(crate) fn next_of(&self, unit: &UnitId) -> Result<Option<Source>, Error> {
        self.get_wrapped(Table::Next, &unit.0)
    }

    pub(crate) fn put_next(&self, next: &Source) -> Result<Op, Error> {
        self.put_wrapped(Table::Next, &next.unit.0, next)
    }

    pub(crate) fn forget_next(unit: &UnitId) -> Op {
        Op::Delete(Table::Next, unit.0.to_vec())
    }

    /// An own unit on its way to the ledger.
    pub(crate) fn pending(&self, unit: &UnitId) -> Result<Option<Pending>, Error> {
        self.get_wrapped(Table::Pending, &unit.0)
    }

    pub(crate) fn put_pending(&self, unit: &UnitId, pending: &Pending) -> Result<Op, Error> {
        self.put_wrapped(Table::Pending, &unit.0, pending)
    }

    pub(crate) fn forget_pending(unit: &UnitId) -> Op {
        Op::Delete(Table::Pending, unit.0.to_vec())
    }

    /// What opens a commitment.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub fn opening(&self, commitment: &Hash) -> Result<Option<Opening>, Error> {
        self.get_wrapped(Table::Openings, &commitment.0)
    }

    pub(crate) fn put_opening(&self, commitment: &Hash, opening: &Opening) -> Result<Op, Error> {
        self.put_wrapped(Table::Openings, &commitment.0, opening)
    }

    pub(crate) fn put_notice(&self, notice: &Notice) -> Result<Op, Error> {
        self.put_wrapped(Table::Notices, &notice_key(&notice.subject, notice.position), notice)
    }

    pub(crate) fn notice(&self, subject: &SubjectId, position: u64) -> Result<Option<Notice>, Error> {
        self.get_wrapped(Table::Notices, &notice_key(subject, position))
    }

    /// What a patient is to be told, in order.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub fn notices(&self, subject: &SubjectId) -> Result<Vec<Notice>, Error> {
        let mut notices = Vec::new();
        for key in self.keys(Table::Notices, &subject.0)? {
            notices.extend(self.get_wrapped::<Notice>(Table::Notices, &key)?);
        }
        Ok(notices)
    }

    /// What was obtained of a unit under a grant.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub fn copied(&self, request: &RequestId, unit: &UnitId) -> Result<Option<Copied>, Error> {
        self.get_wrapped(Table::Copies, &copy_key(request, unit))
    }

    pub(crate) fn put_copied(&self, request: &RequestId, unit: &UnitId, copied: &Copied) -> Result<Op, Error> {
        self.put_wrapped(Table::Copies, &copy_key(request, unit), copied)
    }

    pub(crate) fn forget_copied(request: &RequestId, unit: &UnitId) -> Op {
        Op::Delete(Table::Copies, copy_key(request, unit))
    }

    /// What was answered to a search, so that it is answered the same again.
    pub(crate) fn answer(&self, locate: &LocateId) -> Result<Option<Located>, Error> {
        self.get_wrapped(Table::Answers, &locate.0)
    }

    pub(crate) fn put_answer(&self, locate: &LocateId, located: &Located) -> Result<Op, Error> {
        self.put_wrapped(Table::Answers, &locate.0, located)
    }
}

fn notice_key(subject: &SubjectId, position: u64) -> Vec<u8> {
    key(&[&subject.0, &position.to_be_bytes()])
}

pub(crate) fn copy_key(request: &RequestId, unit: &UnitId) -> Vec<u8> {
    key(&[&request.0, &unit.0])
}
