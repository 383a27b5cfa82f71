//! Evidence: who was challenged shows the challenger what its request rests on, outside the ledger.
//!
//! It goes to the custodian of the chart, which is the challenger, or keeps it for its patient who is.

use crate::{
    catalog::Opening,
    error::Error,
    exchange::{Exchange, call},
    messages::{Evidence, Message, Refusal, Reply},
    ports::read,
};
use epione_modules::challenge::{self, Challenge, Challenges};
use epione_types::{ChallengeId, OrgId};
use epione_vault::{
    Salt,
    tags::{Subject, commitment},
};

impl Exchange {
    /// Answers a challenge of a request of this organization: shows the evidence to the custodian, then says so on the ledger.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no such challenge of this organization, or the evidence is not here; [`Error::Peer`],
    /// [`Error::Refused`], [`Error::Rejected`], [`Error::Ledger`].
    pub async fn answer_challenge(&self, id: &ChallengeId) -> Result<(), Error> {
        let found = self.challenge(id).await?.filter(|found| found.org == self.org);
        let found = found.ok_or(Error::Invalid("there is no such challenge of a request of this organization"))?;
        let opening = self.catalog.opening(&found.evidence)?;
        let Opening { salt, text } =
            opening.ok_or(Error::Invalid("the evidence of the request is not on this node"))?;
        let evidence = Evidence { challenge: *id, salt, text };
        self.ask(found.custodian, Message::Evidence(Box::new(evidence))).await?;
        let answer = challenge::Answer { challenge: *id, evidence: found.evidence };
        self.submit(vec![call::<Challenges>(&challenge::Call::Answer(answer))]).await?;
        Ok(())
    }

    /// The evidence that was shown to this organization for a challenge, or to a patient of it.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Ledger`].
    pub async fn evidence(&self, id: &ChallengeId) -> Result<Option<Opening>, Error> {
        match self.challenge(id).await? {
            Some(found) => self.catalog.opening(&found.evidence),
            None => Ok(None),
        }
    }

    async fn challenge(&self, id: &ChallengeId) -> Result<Option<Challenge>, Error> {
        let id = *id;
        Ok(read(&*self.ports.ledger, move |view| challenge::challenge(&view, &id)).await?)
    }

    /// Takes evidence about a request that somebody here challenged, if it is what the request committed to.
    pub(crate) async fn take_evidence(&self, caller: OrgId, evidence: Evidence) -> Result<Reply, Error> {
        let found = self.challenge(&evidence.challenge).await?;
        let found = found.filter(|found| found.custodian == self.org && found.org == caller);
        let Some(found) = found else { return Ok(Reply::Refused(Refusal::NotPermitted)) };
        let Evidence { salt, text, .. } = evidence;
        if commitment(&Salt::from_bytes(salt), Subject::Evidence, &text) != found.evidence {
            return Ok(Reply::Refused(Refusal::Mismatch));
        }
        self.catalog.write(vec![self.catalog.put_opening(&found.evidence, &Opening { salt, text })?])?;
        Ok(Reply::Done)
    }
}
