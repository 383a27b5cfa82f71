//! Share: a holder gives its share of a unit to a reader whom the ledger granted it. The heart of the exchange.
//!
//! # What is asked, in this order
//! 1. The executed final state of this node grants it to the organization that asks, now: by [`epione_modules::access::may_release`], at
//!    block time and by the own clock.
//! 2. The state is fresh: block time does not lag behind the own clock by more than it may run ahead, and the last final block was seen within
//!    ten seconds. Else the release is put on the ledger first, which makes a block due; then everything is asked again.
//! 3. The reader's key belongs to the request, for this unit and holder.
//! 4. The envelope opens with the own key of its period, and contains the share that the manifest on the ledger commits to.
//!
//! Before the answer leaves the node, the task that records it on the ledger is durable.

use crate::{
    catalog::{Catalog, EnvelopeAt, KeptEnvelope},
    error::Error,
    exchange::{Exchange, call},
    facts,
    messages::{Message, OwnEnvelope, Refusal, Reply, Share},
    ports::Drawn,
    tasks::Task,
};
use epione_modules::access::{self, Access, Ticket};
use epione_types::{Call, OrgId, UnitId};
use epione_vault::{Envelope, Grant, Manifest, SignedAnswer, release};

impl Exchange {
    /// Gives the own share of a unit to `caller`, if the ledger grants it.
    pub(crate) async fn share(&self, caller: OrgId, share: Share) -> Result<Reply, Error> {
        let asked = (share.request, share.unit);
        let Some(mut ticket) = facts::ticket(&self.ports, asked, Some(self.org)).await? else {
            return Ok(Reply::Refused(Refusal::NotPermitted));
        };
        if ticket.org != caller {
            return Ok(Reply::Refused(Refusal::NotPermitted));
        }
        let recorded =
            call::<Access>(&access::Call::Release(access::Release { request: share.request, unit: share.unit }));
        if !facts::is_fresh(&self.ports).await? {
            // Whether it was recorded before does not matter: a block comes either way.
            self.ports.ledger.submit(vec![recorded.clone()]).await?;
            ticket = match facts::ticket(&self.ports, asked, Some(self.org)).await? {
                Some(ticket) if ticket.org == caller => ticket,
                Some(_) | None => return Ok(Reply::Refused(Refusal::NotPermitted)),
            };
            if !facts::is_fresh(&self.ports).await? {
                return Ok(Reply::Refused(Refusal::Stale));
            }
        }
        let envelope = self.held((share.unit, ticket.edition), &ticket).await?;
        let Some(secret) = self.ports.keys.kem(envelope.period)? else {
            return Ok(Reply::Refused(Refusal::KeyGone));
        };
        let grant = Grant { request: share.request.0, readers: ticket.reader };
        let opened = Envelope {
            manifest: &envelope.manifest.manifest,
            holder: self.org,
            period: envelope.period,
            sealed: &envelope.sealed,
        };
        let answer = release(&opened, &secret, &grant, &share.reader, &mut Drawn(&*self.ports.entropy))?;
        let signature = self.sign(&answer.signing_bytes())?;
        self.record(recorded, &ticket)?;
        Ok(Reply::Share(Box::new(SignedAnswer { answer, signature })))
    }

    /// Has the release recorded on the ledger, once.
    fn record(&self, recorded: Call, ticket: &Ticket) -> Result<(), Error> {
        if ticket.released {
            return Ok(());
        }
        self.catalog.write(self.catalog.enqueue(Task::Submit(recorded), self.now())?)
    }

    /// The own envelope of a unit, here or from a vault, with the manifest that the ledger has.
    async fn held(&self, (unit, edition): (UnitId, u32), ticket: &Ticket) -> Result<OwnEnvelope, Error> {
        let present = self.present_period(&self.org).await?;
        let here = self.catalog.envelope((unit, edition), &self.org, (ticket.period, present))?;
        match here.filter(|here| here.manifest.manifest.commitment() == ticket.manifest) {
            Some(here) => Ok(here),
            None => self.hold(&unit).await,
        }
    }

    /// Gets the own envelope of a unit from one of its vaults, and keeps it.
    pub(crate) async fn hold(&self, unit: &UnitId) -> Result<OwnEnvelope, Error> {
        let (found, _) = facts::known_unit(&self.ports, unit).await?;
        let mut last = Error::UnknownUnit(*unit);
        for vault in found.vaults.iter().filter(|vault| **vault != self.org) {
            match self.ask(*vault, Message::Envelope(*unit)).await {
                Ok(Reply::Envelope(envelope)) if envelope.manifest.manifest.commitment() == found.manifest => {
                    let Manifest { unit, edition, .. } = envelope.manifest.manifest;
                    let at = EnvelopeAt { holder: self.org, period: envelope.period, unit, edition };
                    let kept =
                        KeptEnvelope { sealed: envelope.sealed.clone(), manifest: Some(envelope.manifest.clone()) };
                    self.catalog.write(vec![Catalog::keep_envelope(&at, &kept)])?;
                    return Ok(*envelope);
                }
                Ok(_) => last = Error::Refused(*vault, Refusal::Mismatch),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}
