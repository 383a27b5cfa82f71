//! Scrub and mend: what a vault lost or what rotted on its disk is got again from another vault.

use crate::{
    catalog::{Catalog, EnvelopeAt, KeptEnvelope},
    error::Error,
    exchange::Exchange,
    facts,
    messages::{Message, Refusal, Reply},
    tasks::Task,
};
use epione_types::{Hash, UnitId};
use epione_vault::blobs::Health;

/// What a scrub found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// Units whose ciphertext is sound.
    pub sound: u64,
    /// Units whose ciphertext is lost or corrupt: they are got again by the queue.
    pub damaged: u64,
}

impl Exchange {
    /// Reads the ciphertext of every unit that is kept here; what is lost or corrupt is got again by the queue.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Blob`].
    pub fn scrub(&self) -> Result<Mended, Error> {
        let (mut mended, mut after) = (Mended::default(), None);
        loop {
            let page = self.catalog.kept_page(after)?;
            let mut ops = Vec::new();
            for kept in &page {
                let manifest = &kept.manifest.manifest;
                after = Some((manifest.unit, manifest.edition));
                match self.ports.blobs.verify(&manifest.ciphertext)? {
                    Health::Sound => mended.sound = mended.sound.saturating_add(1),
                    Health::Corrupt | Health::Missing => {
                        mended.damaged = mended.damaged.saturating_add(1);
                        ops.extend(self.catalog.enqueue(Task::Mend(manifest.unit), self.now())?);
                    }
                }
            }
            self.catalog.write(ops)?;
            if page.is_empty() {
                return Ok(mended);
            }
        }
    }

    /// Gets a unit again that the ledger says is kept here. Nothing is wrong if it is sound, erased, or not to be here.
    pub(crate) async fn mend(&self, unit: &UnitId) -> Result<(), Error> {
        let (registered, custodian) = facts::known_unit(&self.ports, unit).await?;
        let is_over = registered.is_erased(facts::head(&self.ports)?.time);
        let is_ours = registered.vaults.contains(&self.org) || custodian == self.org;
        let kept = self.catalog.kept(unit, registered.edition)?;
        let is_sound = match &kept {
            Some(kept) => self.ports.blobs.verify(&kept.manifest.manifest.ciphertext)? == Health::Sound,
            None => false,
        };
        if is_over || !is_ours || is_sound {
            return self.catalog.write(self.catalog.dequeue(&Task::Mend(*unit))?);
        }
        let mut last = Error::UnknownUnit(*unit);
        for vault in registered.vaults.iter().filter(|vault| **vault != self.org) {
            let fetched = match self.ask(*vault, Message::Fetch(None, *unit)).await {
                Ok(Reply::Fetched(fetched)) => fetched,
                Ok(_) => {
                    last = Error::Refused(*vault, Refusal::Mismatch);
                    continue;
                }
                Err(error) => {
                    last = error;
                    continue;
                }
            };
            let manifest = &fetched.manifest.manifest;
            let is_it = manifest.commitment() == registered.manifest
                && fetched.manifest.verify().is_ok()
                && Hash::sha256(&[&fetched.ciphertext]) == manifest.ciphertext;
            if !is_it {
                last = Error::Refused(*vault, Refusal::Mismatch);
                continue;
            }
            self.ports.blobs.put(&fetched.ciphertext)?;
            let mut ops = Catalog::keep(&fetched.manifest, &[], self.now());
            for (holder, period, sealed) in fetched.envelopes.iter() {
                let at = EnvelopeAt { holder: *holder, period: *period, unit: *unit, edition: manifest.edition };
                let kept = KeptEnvelope { sealed: sealed.clone(), manifest: None };
                ops.push(Catalog::keep_envelope(&at, &kept));
            }
            ops.extend(self.catalog.dequeue(&Task::Mend(*unit))?);
            return self.catalog.write(ops);
        }
        Err(last)
    }
}
