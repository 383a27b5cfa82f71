//! Own subjects: a patient enters the exchange as a pseudonym with a tag key, and is found by what its custodian knows.

use crate::{
    error::Error,
    exchange::{Exchange, call},
    messages::Query,
    ports::Drawn,
};
use epione_modules::subjects::{self, Subjects};
use epione_types::{Hash, IdentityId, SubjectId, Tag};
use epione_vault::{
    LinkToken, SubjectKey,
    tags::{Label, label_tag},
};

impl Exchange {
    /// Registers a patient of this organization as a subject, findable by these identifiers.
    ///
    /// # Errors
    /// [`Error::Rejected`], [`Error::Ledger`], [`Error::Store`]. If the node stops after the ledger took it and before the key was kept, the
    /// subject stands on the ledger without units: it is registered again under another pseudonym.
    pub async fn enroll(
        &self,
        holder: Option<IdentityId>,
        evidence: Hash,
        identifiers: &[Query],
    ) -> Result<SubjectId, Error> {
        let key = SubjectKey::random(&mut Drawn(&*self.ports.entropy))?;
        let register = subjects::Register { holder, evidence };
        let outcome = self.submit(vec![call::<Subjects>(&subjects::Call::Register(register))]).await?;
        let subject = SubjectId(outcome.call(0).short());
        self.catalog.write(self.catalog.put_subject(&subject, &key, identifiers, &[])?)?;
        Ok(subject)
    }

    /// Takes a subject over that was registered otherwise, with a new tag key; nothing changes if it has one.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Invalid`].
    pub fn adopt(&self, subject: &SubjectId, identifiers: &[Query]) -> Result<(), Error> {
        let (key, known) = match self.catalog.subject(subject)? {
            Some(own) => (own.tag_key(), own.identifiers.to_vec()),
            None => (SubjectKey::random(&mut Drawn(&*self.ports.entropy))?, Vec::new()),
        };
        self.catalog.write(self.catalog.put_subject(subject, &key, identifiers, &known)?)
    }

    /// A new token that leads to this subject: for the patient, who shows it to whom it likes.
    ///
    /// # Errors
    /// [`Error::UnknownSubject`], [`Error::Store`], [`Error::NoRandom`].
    pub fn link_token(&self, subject: &SubjectId) -> Result<LinkToken, Error> {
        self.catalog.own_subject(subject)?;
        let token = LinkToken::random(&mut Drawn(&*self.ports.entropy))?;
        self.adopt(subject, &[Query::LinkToken(*token.expose())])?;
        Ok(token)
    }

    /// The tag under which the ledger knows a label of this subject: for consents.
    ///
    /// # Errors
    /// [`Error::UnknownSubject`], [`Error::Store`].
    pub fn tag(&self, subject: &SubjectId, category: &Label, class: &Label) -> Result<Tag, Error> {
        Ok(Tag(label_tag(&self.catalog.own_subject(subject)?.tag_key(), category, class)))
    }
}
