//! Own subjects: a patient enters the exchange as a pseudonym with a tag key, and is found by what its custodian knows.

use crate::{
    error::Error,
    exchange::{Exchange, call},
    messages::Query,
    ports::Drawn,
};
use epione_modules::{
    identity::{self, Identities, IdentityKind, KEYS_MAX, Policy, ProvenKey},
    records::{self, Correction, Records, Retagging},
    subjects::{self, Subjects},
};
use epione_types::{Hash, IdentityId, List, SubjectId, Tag, UnitId};
use epione_vault::{
    LinkToken, SubjectKey,
    tags::{Label, label_tag},
};

impl Exchange {
    /// Registers the wallet of a patient of this organization: its keys, each with its signature over the whole registration.
    ///
    /// # Errors
    /// [`Error::Rejected`], [`Error::Ledger`].
    pub async fn enroll_wallet(
        &self,
        keys: List<ProvenKey, KEYS_MAX>,
        policy: Option<Policy>,
    ) -> Result<IdentityId, Error> {
        let enroll = identity::Enroll { org: self.org, kind: IdentityKind::Person, keys, policy };
        let outcome = self.submit(vec![call::<Identities>(&identity::Call::Enroll(enroll))]).await?;
        Ok(IdentityId(outcome.call(0).short()))
    }

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

    /// Moves own units to another subject of this organization, under its tags: after a merger, the end of one, or a record in the wrong chart.
    ///
    /// # Errors
    /// [`Error::UnknownSubject`], [`Error::UnknownUnit`], [`Error::Invalid`] for more than sixteen units; [`Error::Rejected`],
    /// [`Error::Ledger`].
    pub async fn retag(&self, units: &[UnitId], to: &SubjectId, correction: Correction) -> Result<(), Error> {
        let key = self.catalog.own_subject(to)?.tag_key();
        let mut moved = Vec::with_capacity(units.len());
        for unit in units {
            let source = self.catalog.source(unit)?.ok_or(Error::UnknownUnit(*unit))?;
            moved.push(Retagging { unit: *unit, label: Tag(label_tag(&key, &source.category, &source.class)) });
        }
        let units = List::new(moved).map_err(|_many| Error::Invalid("at most sixteen units are moved at once"))?;
        let retag = records::Retag { units, to: *to, correction };
        self.submit(vec![call::<Records>(&records::Call::Retag(retag))]).await?;
        Ok(())
    }

    /// The tag under which the ledger knows a label of this subject: for consents.
    ///
    /// # Errors
    /// [`Error::UnknownSubject`], [`Error::Store`].
    pub fn tag(&self, subject: &SubjectId, category: &Label, class: &Label) -> Result<Tag, Error> {
        Ok(Tag(label_tag(&self.catalog.own_subject(subject)?.tag_key(), category, class)))
    }
}
