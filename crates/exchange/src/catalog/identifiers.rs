//! Own subjects: their tag keys, and under what they are found.

use crate::{
    catalog::{Catalog, OwnSubject, key},
    error::Error,
    messages::Query,
    ports::{Matcher, Op, Table},
};
use epione_types::{SubjectId, encode};
use epione_vault::{LinkToken, SubjectKey, tags::link_commitment};

impl Catalog {
    /// What is kept of a subject of this organization.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub fn subject(&self, subject: &SubjectId) -> Result<Option<OwnSubject>, Error> {
        self.get_wrapped(Table::Subjects, &subject.0)
    }

    /// What is kept of a subject of this organization.
    ///
    /// # Errors
    /// [`Error::UnknownSubject`], [`Error::Store`], [`Error::Unreadable`].
    pub(crate) fn own_subject(&self, subject: &SubjectId) -> Result<OwnSubject, Error> {
        self.subject(subject)?.ok_or(Error::UnknownSubject(*subject))
    }

    /// The changes that make a subject findable by these queries, with the tag key that is kept of it.
    pub(crate) fn put_subject(
        &self,
        subject: &SubjectId,
        tag_key: &SubjectKey,
        found_by: &[Query],
        known: &[[u8; 32]],
    ) -> Result<Vec<Op>, Error> {
        let mut identifiers: Vec<[u8; 32]> = known.to_vec();
        identifiers.extend(found_by.iter().map(|query| self.index_of(query)));
        identifiers.sort_unstable();
        identifiers.dedup();
        let mut ops: Vec<Op> = identifiers.iter().map(|index| Self::put(Table::Identifiers, index, subject)).collect();
        let identifiers = epione_types::List::new(identifiers);
        let identifiers = identifiers.map_err(|_many| Error::Invalid("a subject has too many identifiers"))?;
        let row = OwnSubject { key: *tag_key.expose(), identifiers };
        ops.push(self.put_wrapped(Table::Subjects, &subject.0, &row)?);
        Ok(ops)
    }

    /// The changes that forget a subject: its tag key, and under what it is found.
    pub(crate) fn forget_subject(&self, subject: &SubjectId) -> Result<Vec<Op>, Error> {
        let Some(own) = self.subject(subject)? else { return Ok(Vec::new()) };
        let mut ops = vec![Op::Delete(Table::Subjects, subject.0.to_vec())];
        ops.extend(own.identifiers.iter().map(|index| Op::Delete(Table::Identifiers, index.to_vec())));
        Ok(ops)
    }

    /// Under what a query finds: the keyed hash of an identifier, or of the commitment to a link token.
    fn index_of(&self, query: &Query) -> [u8; 32] {
        match query {
            Query::LinkToken(token) => {
                let commitment = link_commitment(&LinkToken::from_bytes(*token));
                self.index(&[b"link-token", &commitment.0])
            }
            Query::Identifier { system, value } => self.index(&[b"identifier", &encode(&(system, value))]),
        }
    }

    /// The subject that a query finds.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub fn find(&self, query: &Query) -> Result<Option<SubjectId>, Error> {
        self.get(Table::Identifiers, &key(&[&self.index_of(query)]))
    }
}

/// Finds charts by the link tokens and local identifiers that the node itself keeps.
#[derive(Clone, Debug)]
pub struct CatalogMatcher(pub Catalog);

impl Matcher for CatalogMatcher {
    fn find(&self, query: &Query) -> Result<Option<SubjectId>, Error> {
        self.0.find(query)
    }
}
