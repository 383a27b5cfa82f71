//! Locate: who treats a patient finds the chart that another organization keeps, without the ledger learning whose it is.
//!
//! The search stands on the ledger before the query leaves the node that asks. The custodian answers only that search, once, to the organization
//! that entered it; what it tells is what the rules would permit. "There is no such chart" and "nothing of it may be told" are the same
//! bytes but for a random salt; how long the answer took may still differ by the time that the rules need.

use crate::{
    catalog::{Opening, Source},
    error::Error,
    exchange::{Exchange, call},
    facts,
    messages::{FOUND_MAX, Found, Locate, Located, Message, Query, Refusal, Reply},
    ports::read,
    tasks::Task,
};
use epione_modules::access::{self, Access};
use epione_types::{Bytes, Hash, List, LocateId, OrgId, SubjectId, decode, encode};
use epione_vault::{
    Salt,
    tags::{Subject, commitment},
};

/// Largest query, in bytes.
const QUERY_BYTES_MAX: usize = 1024;

impl Exchange {
    /// Commits to a query, and keeps what opens the commitment. The commitment stands in the search on the ledger.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::NoRandom`].
    pub fn prepare_query(&self, query: &Query) -> Result<Hash, Error> {
        self.commit(Subject::Query, encode(query))
    }

    /// Commits to the evidence of a purpose, and keeps what opens the commitment: told to who challenges it.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::NoRandom`], [`Error::Invalid`] if the text is longer than 64 KiB.
    pub fn prepare_evidence(&self, text: &[u8]) -> Result<Hash, Error> {
        self.commit(Subject::Evidence, text.to_vec())
    }

    /// Commits to the justification of an emergency access, and keeps what opens the commitment: told to who reviews it.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::NoRandom`], [`Error::Invalid`] if the text is longer than 64 KiB.
    pub fn prepare_justification(&self, text: &[u8]) -> Result<Hash, Error> {
        self.commit(Subject::Justification, text.to_vec())
    }

    fn commit(&self, subject: Subject, text: Vec<u8>) -> Result<Hash, Error> {
        let salt = self.salt()?;
        let committed = commitment(&Salt::from_bytes(salt), subject, &text);
        let text = Bytes::new(text).map_err(|_long| Error::Invalid("the text is longer than 64 KiB"))?;
        self.catalog.write(vec![self.catalog.put_opening(&committed, &Opening { salt, text })?])?;
        Ok(committed)
    }

    /// Sends the query of a search of this organization to the custodian.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the search is not this organization's, or its query is not here; [`Error::Peer`], [`Error::Refused`].
    pub async fn locate(&self, id: &LocateId) -> Result<Located, Error> {
        let locate = *id;
        let found = read(&*self.ports.ledger, move |view| access::locate(&view, &locate)).await?;
        let found = found.filter(|found| found.org == self.org);
        let found = found.ok_or(Error::Invalid("there is no such search of this organization on the ledger"))?;
        let opening = self.catalog.opening(&found.query)?;
        let opening = opening.ok_or(Error::Invalid("the query of the search is not on this node"))?;
        let query = decode(&opening.text, QUERY_BYTES_MAX).map_err(|_decode| Error::Unreadable)?;
        let message = Message::Locate(Box::new(Locate { locate, salt: opening.salt, query }));
        match self.ask(found.custodian, message).await? {
            Reply::Located(located) => Ok(*located),
            _ => Err(Error::Refused(found.custodian, Refusal::Mismatch)),
        }
    }

    /// Answers the search of `caller`: with what it may request.
    pub(crate) async fn answer_locate(&self, caller: OrgId, asked: Locate) -> Result<Reply, Error> {
        let id = asked.locate;
        let found = read(&*self.ports.ledger, move |view| access::locate(&view, &id)).await?;
        let expected = asked.query.commitment(&Salt::from_bytes(asked.salt));
        let now = facts::head(&self.ports)?.time;
        let is_its = |found: &access::Locate| {
            found.org == caller && found.custodian == self.org && found.query == expected && now < found.expires_at
        };
        let Some(found) = found.filter(is_its) else { return Ok(Reply::Refused(Refusal::NotPermitted)) };
        // The same again, so that nobody learns more by asking twice.
        if let Some(answer) = self.catalog.answer(&id)? {
            return Ok(Reply::Located(Box::new(answer)));
        }
        let units = match self.ports.matcher.find(&asked.query)? {
            Some(subject) => self.permitted(&found, &subject).await?,
            None => List::default(),
        };
        let located = Located::new(self.salt()?, units, facts::is_treatment(found.purpose));
        let answer = access::AnswerLocate { locate: id, answer: located.commitment() };
        let mut ops = vec![self.catalog.put_answer(&id, &located)?];
        let task = Task::Submit(call::<Access>(&access::Call::AnswerLocate(answer)));
        ops.extend(self.catalog.enqueue(task, self.now())?);
        self.catalog.write(ops)?;
        Ok(Reply::Located(Box::new(located)))
    }

    /// What the rules would permit of a chart, the latest care first.
    async fn permitted(&self, search: &access::Locate, subject: &SubjectId) -> Result<List<Found, FOUND_MAX>, Error> {
        let mut sources = self.catalog.units_of_subject(subject)?;
        sources.sort_by_key(|source| std::cmp::Reverse(source.care));
        let permitted = facts::would_permit(&self.ports, search, &sources).await?;
        let mut found = List::default();
        for source in sources.iter().filter(|source| permitted.contains(&source.unit)).take(FOUND_MAX) {
            let _full = found.push(self.described(source).await?);
        }
        Ok(found)
    }

    async fn described(&self, source: &Source) -> Result<Found, Error> {
        let (registered, _) = facts::known_unit(&self.ports, &source.unit).await?;
        Ok(Found {
            unit: source.unit,
            subject: registered.subject,
            category: source.category.clone(),
            care: registered.care,
            bucket: registered.bucket,
        })
    }
}
