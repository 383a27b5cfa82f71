//! The exchange of one organization.

use crate::{
    catalog::Catalog,
    error::Error,
    messages::{Message, Refusal, Reply},
    ports::{LedgerError, Outcome, Ports},
    sessions::Sessions,
};
use epione_kernel::{Domain, Numbered};
use epione_types::{Bytes, Call, Entry, OrgId, Signature, UnixMs};
use std::sync::{Arc, Mutex};

/// What an organization decides about its exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Who holds the shares of its units, by preference; nobody named here leaves it to [`Settings::holders`].
    pub committee: Vec<OrgId>,
    /// How many hold shares, 4 to 7; 2 and 3 in demonstrations only.
    pub holders: usize,
    /// The vaults beside its own, by preference; nobody named here leaves it to the committee.
    pub vaults: Vec<OrgId>,
    /// Whether what was opened is kept until its grant ends.
    pub keep_copies: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { committee: Vec::new(), holders: 4, vaults: Vec::new(), keep_copies: true }
    }
}

/// The exchange of one organization. Cheap to clone; every method may be called from several tasks at once.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub(crate) org: OrgId,
    pub(crate) ports: Ports,
    pub(crate) catalog: Catalog,
    pub(crate) settings: Settings,
    pub(crate) sessions: Arc<Mutex<Sessions>>,
}

impl Exchange {
    /// The exchange of `org` over these ports.
    ///
    /// # Errors
    /// [`Error::Keys`] if there is no storage key.
    pub fn new(org: OrgId, ports: Ports, settings: Settings) -> Result<Self, Error> {
        let catalog = Catalog::open(&ports)?;
        Ok(Self { org, ports, catalog, settings, sessions: Arc::default() })
    }

    /// The organization.
    #[must_use]
    pub const fn org(&self) -> OrgId {
        self.org
    }

    /// What its node keeps.
    #[must_use]
    pub const fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    pub(crate) fn now(&self) -> UnixMs {
        self.ports.clock.now()
    }

    /// Answers what `caller` asks. The link says who the caller is.
    pub async fn serve(&self, caller: OrgId, message: Message) -> Reply {
        let answered = match message {
            Message::Keep(keep) => self.keep(caller, *keep).await,
            Message::Envelope(unit) => self.own_envelope(caller, unit).await,
            Message::Envelopes(period, after) => self.own_envelopes(caller, period, after),
            Message::Reseal(reseal) => self.keep_resealed(caller, *reseal).await,
            Message::Resealed(period, units, root) => self.confirm_resealed(caller, period, (units, root)).await,
            Message::Fetch(request, unit) => self.give_ciphertext(caller, request, unit).await,
            Message::Share(share) => self.share(caller, *share).await,
            Message::Locate(locate) => self.answer_locate(caller, *locate).await,
            Message::Offer(units) => self.take_offer(caller, &units).await,
            Message::Evidence(evidence) => self.take_evidence(caller, *evidence).await,
        };
        answered.unwrap_or_else(|error| Reply::Refused(refusal(&error)))
    }

    /// Asks another organization, or answers itself if it is this one.
    ///
    /// # Errors
    /// [`Error::Peer`]; [`Error::Refused`] if the answer is a refusal.
    pub(crate) async fn ask(&self, org: OrgId, message: Message) -> Result<Reply, Error> {
        let reply = if org == self.org {
            // On the heap: answering may ask others in turn.
            Box::pin(self.serve(org, message)).await
        } else {
            self.ports.peers.ask(org, message).await?
        };
        match reply {
            Reply::Refused(refusal) => Err(Error::Refused(org, refusal)),
            reply => Ok(reply),
        }
    }

    /// Puts calls on the ledger.
    ///
    /// # Errors
    /// [`Error::Ledger`]; [`Error::Rejected`] with the code of the first call that was refused.
    pub(crate) async fn submit(&self, calls: Vec<Call>) -> Result<Outcome, Error> {
        let outcome = self.ports.ledger.submit(calls).await?;
        match outcome.codes.iter().find(|code| **code != 0) {
            Some(code) => Err(Error::Rejected(*code)),
            None => Ok(outcome),
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Signature, Error> {
        Ok(self.ports.keys.sign(message)?)
    }

    pub(crate) fn salt(&self) -> Result<[u8; 32], Error> {
        let mut salt = [0; 32];
        self.ports.entropy.fill(&mut salt)?;
        Ok(salt)
    }
}

/// A call of the module `D`, as it stands in a transaction.
pub(crate) fn call<D: Domain>(call: &D::Call) -> Call {
    let body = Bytes::new(call.body());
    let body = body.unwrap_or_else(|_long| epione_kernel::broken("the calls of the exchange are within their limit"));
    Call { module: D::ID, call: call.number(), body }
}

/// The event of the module `D`, if it is one that this release knows.
pub(crate) fn event<D: Domain>(entry: &Entry) -> Option<D::Event> {
    if entry.module != D::ID {
        return None;
    }
    D::Event::decode(entry.number, &entry.body).ok()
}

/// What an organization that asked is told of an error: never more than that.
fn refusal(error: &Error) -> Refusal {
    match error {
        Error::Refused(_, refusal) => *refusal,
        Error::NotGranted(_) | Error::Rejected(_) | Error::NoSession(_) => Refusal::NotPermitted,
        Error::UnknownUnit(_) | Error::UnknownSubject(_) | Error::UnknownEncounter => Refusal::NotHere,
        Error::Release(_) => Refusal::Mismatch,
        Error::Invalid(_) | Error::Envelope(_) | Error::Contents(_) | Error::Reader(_) => Refusal::Malformed,
        Error::Ledger(LedgerError::Unavailable(_) | LedgerError::Faulty(_))
        | Error::Peer(_)
        | Error::Store(_)
        | Error::Blob(_)
        | Error::Keys(_)
        | Error::NoRandom(_)
        | Error::Unreadable
        | Error::Deal(_)
        | Error::Stream(_)
        | Error::Open(_)
        | Error::Complaint(_)
        | Error::TooFewHolders { .. }
        | Error::TooFewVaults { .. } => Refusal::Unavailable,
    }
}
