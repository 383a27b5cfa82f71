//! Fetch: a vault gives ciphertext and manifest, under the same grant as the shares; to custodian and other vaults so that they can mend
//! theirs.

use crate::{
    error::Error,
    exchange::Exchange,
    facts,
    messages::{Fetched, Message, Refusal, Reply},
    tasks::Task,
};
use epione_modules::records::Unit;
use epione_types::{Bytes, Hash, List, OrgId, RequestId, UnitId};
use epione_vault::{SignedManifest, blobs::BlobError};

impl Exchange {
    /// Gives ciphertext and manifest of a unit to `caller`.
    pub(crate) async fn give_ciphertext(
        &self,
        caller: OrgId,
        request: Option<RequestId>,
        unit: UnitId,
    ) -> Result<Reply, Error> {
        let (found, custodian) = facts::known_unit(&self.ports, &unit).await?;
        if let Some(request) = request {
            let ticket = facts::ticket(&self.ports, (request, unit), None).await?;
            if ticket.is_none_or(|ticket| ticket.org != caller) {
                return Ok(Reply::Refused(Refusal::NotPermitted));
            }
            if !facts::is_fresh(&self.ports).await? {
                return Ok(Reply::Refused(Refusal::Stale));
            }
        } else if found.is_erased(facts::head(&self.ports)?.time)
            || !(custodian == caller || found.vaults.contains(&caller))
        {
            return Ok(Reply::Refused(Refusal::NotPermitted));
        }
        let Some(kept) = self.catalog.kept(&unit, found.edition)? else {
            return Ok(Reply::Refused(Refusal::NotHere));
        };
        let Some(ciphertext) = self.sound_blob(&unit, &kept.manifest.manifest.ciphertext)? else {
            return Ok(Reply::Refused(Refusal::NotHere));
        };
        let ciphertext = Bytes::new(ciphertext).map_err(|_long| Error::Invalid("the ciphertext is too long"))?;
        let mut envelopes = List::default();
        if request.is_none() {
            for holder in found.holders.iter() {
                let present = self.present_period(&holder.org).await?;
                let here = self.catalog.envelope((unit, found.edition), &holder.org, (holder.period, present))?;
                if let Some(here) = here {
                    let _full = envelopes.push((holder.org, here.period, here.sealed));
                }
            }
        }
        Ok(Reply::Fetched(Box::new(Fetched { manifest: kept.manifest, ciphertext, envelopes })))
    }

    /// A blob of this vault; if it is corrupt or lost, none, and it is got again from another.
    fn sound_blob(&self, unit: &UnitId, hash: &Hash) -> Result<Option<Vec<u8>>, Error> {
        match self.ports.blobs.get(hash) {
            Ok(Some(bytes)) => Ok(Some(bytes)),
            Ok(None) | Err(BlobError::Corrupt(_)) => {
                self.catalog.write(self.catalog.enqueue(Task::Mend(*unit), self.now())?)?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Ciphertext and manifest of a unit, from this vault or another, as the ledger has them.
    pub(crate) async fn obtain(
        &self,
        unit: &UnitId,
        registered: &Unit,
        request: Option<RequestId>,
    ) -> Result<(SignedManifest, Vec<u8>), Error> {
        let mut last = Error::UnknownUnit(*unit);
        // The own vault first: it asks the same of the ledger.
        let own = registered.vaults.iter().filter(|vault| **vault == self.org);
        let others = registered.vaults.iter().filter(|vault| **vault != self.org);
        for vault in own.chain(others) {
            match self.ask(*vault, Message::Fetch(request, *unit)).await {
                Ok(Reply::Fetched(fetched)) => match self.checked(registered, *fetched).await {
                    Ok(found) => return Ok(found),
                    Err(error) => last = error,
                },
                Ok(_) => last = Error::Refused(*vault, Refusal::Mismatch),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Manifest and ciphertext, if they are those that the ledger has.
    async fn checked(&self, registered: &Unit, fetched: Fetched) -> Result<(SignedManifest, Vec<u8>), Error> {
        let Fetched { manifest, ciphertext, .. } = fetched;
        let inner = &manifest.manifest;
        let is_registered = inner.commitment() == registered.manifest
            && inner.edition == registered.edition
            && manifest.verify().is_ok()
            && self.is_author(&manifest).await?;
        if !is_registered {
            return Err(Error::Invalid("the manifest is not the one on the ledger"));
        }
        if Hash::sha256(&[&ciphertext]) != inner.ciphertext {
            return Err(Error::Open(epione_vault::OpenError::Ciphertext));
        }
        Ok((manifest, ciphertext.to_vec()))
    }
}
