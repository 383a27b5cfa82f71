//! Disclose: a custodian itself gives exactly one encounter to another organization, such as a claimed one to the plan.

use crate::{
    catalog::Encounter,
    error::Error,
    exchange::{Exchange, call},
    facts,
    messages::{Message, Refusal, Reply, UNITS_MAX},
    tasks::Task,
};
use epione_modules::{
    access::{self, Access, LawfulOrder},
    consent::Purpose,
};
use epione_types::{DurationMs, Hash, List, OrgId, RequestId, SubjectId, UnitId};
use std::fmt;

/// How long a disclosure can be opened: a day, if the network permits that long.
const DISCLOSED: DurationMs = DurationMs(24 * 60 * 60 * 1000);

/// What is to be disclosed, to whom and why.
#[derive(Clone)]
pub struct Disclosure {
    /// Whose chart.
    pub subject: SubjectId,
    /// The encounter: its units and no others.
    pub encounter: Encounter,
    /// Who is to read them.
    pub to: OrgId,
    /// For what.
    pub purpose: Purpose,
    /// Commitment to the claim or other ground: of [`Exchange::prepare_evidence`].
    pub claim: Hash,
    /// The law that requires it.
    pub law: Option<LawfulOrder>,
}

impl fmt::Debug for Disclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Disclosure({} to {}, [private])", self.subject, self.to)
    }
}

impl Exchange {
    /// Discloses an encounter. The rules decide on each unit; the recipient's node opens what they grant. One request per sixteen units.
    ///
    /// # Errors
    /// [`Error::UnknownEncounter`]; [`Error::Peer`] or [`Error::Refused`] if the recipient gives no reader's key; [`Error::Rejected`],
    /// [`Error::Ledger`].
    pub async fn disclose(&self, disclosure: &Disclosure) -> Result<Vec<RequestId>, Error> {
        let Disclosure { subject, encounter, to, purpose, claim, law } = disclosure;
        let units: Vec<UnitId> =
            self.catalog.units_of_encounter(subject, encounter)?.iter().map(|source| source.unit).collect();
        if units.is_empty() {
            return Err(Error::UnknownEncounter);
        }
        let mut requests = Vec::new();
        for units in units.chunks(UNITS_MAX) {
            let units = List::new(units.to_vec()).unwrap_or_default();
            let Reply::Readers(reader) = self.ask(*to, Message::Offer(units.clone())).await? else {
                return Err(Error::Refused(*to, Refusal::Mismatch));
            };
            let expires_at = facts::head(&self.ports)?.time.after(self.grant_time().await?);
            let disclose =
                access::Disclose { units, to: *to, purpose: *purpose, reader, claim: *claim, law: *law, expires_at };
            let outcome = self.submit(vec![call::<Access>(&access::Call::Disclose(disclose))]).await?;
            requests.push(RequestId(outcome.call(0).short()));
        }
        Ok(requests)
    }

    /// How long a disclosure can be opened: no longer than the network permits.
    async fn grant_time(&self) -> Result<DurationMs, Error> {
        use epione_modules::network::{self, Parameter};
        let height = facts::head(&self.ports)?.height;
        let most = crate::ports::read(&*self.ports.ledger, move |view| {
            Ok(network::settings(&view)?.get(Parameter::GrantMs, height))
        });
        Ok(DISCLOSED.min(DurationMs(most.await?)))
    }

    /// Makes reader's keys for units that `caller`, their custodian, wishes to disclose to this organization.
    pub(crate) async fn take_offer(&self, caller: OrgId, units: &[UnitId]) -> Result<Reply, Error> {
        for unit in units {
            let (_, custodian) = facts::known_unit(&self.ports, unit).await?;
            if custodian != caller {
                return Ok(Reply::Refused(Refusal::NotPermitted));
            }
        }
        Ok(Reply::Readers(self.reader(units).await?))
    }

    /// Opens what was disclosed to this organization, and keeps it until the grant ends.
    pub(crate) async fn receive(&self, request: &RequestId) -> Result<(), Error> {
        let opened = self.open(request).await?;
        let failed = opened.into_iter().find_map(|(_, contents)| contents.err());
        match failed {
            Some(error) => Err(error),
            None => self.catalog.write(self.catalog.dequeue(&Task::Receive(*request))?),
        }
    }
}
