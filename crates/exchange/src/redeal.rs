//! Redeal: a custodian deals a unit anew, with another key and committee and the same contents.

use crate::{
    catalog::Catalog,
    error::Error,
    exchange::{Exchange, call},
    facts,
    put::{ledger_holders, policy},
    tasks::Task,
};
use epione_modules::records::{self, Records};
use epione_types::{OrgId, UnitId};
use epione_vault::{Contents, stream::decrypt};

impl Exchange {
    /// The contents of an own unit.
    ///
    /// # Errors
    /// [`Error::UnknownUnit`] if it is none of this organization; [`Error::Blob`], [`Error::Stream`].
    pub async fn own_contents(&self, unit: &UnitId) -> Result<Contents, Error> {
        let source = self.catalog.source(unit)?.ok_or(Error::UnknownUnit(*unit))?;
        let kept = self.catalog.kept(unit, source.edition)?.ok_or(Error::UnknownUnit(*unit))?;
        let manifest = &kept.manifest.manifest;
        let here = self.ports.blobs.get(&manifest.ciphertext);
        let ciphertext = match here {
            Ok(Some(ciphertext)) => ciphertext,
            // Lost or corrupt here: another vault has it.
            _ => {
                self.mend(unit).await?;
                self.ports.blobs.get(&manifest.ciphertext)?.ok_or(Error::UnknownUnit(*unit))?
            }
        };
        let bytes = decrypt(&source.unit_key(), (unit, manifest.edition), manifest.bucket, &ciphertext)?;
        Ok(Contents::from_bytes(bytes)?)
    }

    /// Deals an own unit anew, and returns when that is final. The edition before is deleted then.
    ///
    /// # Errors
    /// [`Error::UnknownUnit`], [`Error::TooFewHolders`], [`Error::TooFewVaults`], [`Error::Rejected`], [`Error::Ledger`].
    pub async fn redeal(&self, unit: &UnitId) -> Result<u32, Error> {
        let (registered, custodian) = facts::known_unit(&self.ports, unit).await?;
        let Some(source) = self.catalog.source(unit)?.filter(|_| custodian == self.org) else {
            return Err(Error::UnknownUnit(*unit));
        };
        if let Some(finished) = self.finish_redeal(unit, &registered, source.edition)? {
            return Ok(finished);
        }
        let contents = self.own_contents(unit).await?;
        let edition = registered.edition.saturating_add(1);
        let policy = policy(registered.restricted, registered.locked);
        let (dealt, vaults) = self.deal_to_committee((*unit, edition), policy, &contents).await?;
        let manifest = self.signed(&dealt)?;
        self.ports.blobs.put(&dealt.ciphertext)?;
        // The key of the new edition is kept with the old one until the ledger has decided between them.
        let mut next = source.clone();
        (next.edition, next.key) = (edition, *dealt.key.expose());
        let mut ops = Catalog::keep(&manifest, &dealt.envelopes, self.now());
        ops.push(self.catalog.put_next(&next)?);
        ops.extend(self.catalog.enqueue(Task::Redeal(*unit), self.now().after(crate::put::LEASE))?);
        self.catalog.write(ops)?;
        let redeal = records::Redeal {
            unit: *unit,
            edition,
            manifest: manifest.manifest.commitment(),
            holders: ledger_holders(&manifest.manifest),
            threshold: manifest.manifest.threshold,
            vaults: self.vault_words(&manifest, &vaults).await?,
        };
        self.submit(vec![call::<Records>(&records::Call::Redeal(redeal))]).await?;
        let (registered, _) = facts::known_unit(&self.ports, unit).await?;
        self.finish_redeal(unit, &registered, source.edition)?;
        Ok(edition)
    }

    /// Takes the key of the edition that the ledger has into the place of the one before, if it was dealt here and is not there yet.
    fn finish_redeal(&self, unit: &UnitId, registered: &records::Unit, before: u32) -> Result<Option<u32>, Error> {
        if registered.edition == before {
            return Ok(None);
        }
        let Some(next) = self.catalog.next_of(unit)?.filter(|next| next.edition == registered.edition) else {
            return Ok(None);
        };
        let kept = self.catalog.kept(unit, next.edition)?.ok_or(Error::UnknownUnit(*unit))?;
        if kept.manifest.manifest.commitment() != registered.manifest {
            return Err(Error::Invalid("the ledger has another manifest of this edition"));
        }
        let mut ops = self.catalog.put_source(&next)?;
        ops.push(Catalog::forget_next(unit));
        ops.extend(self.catalog.dequeue(&Task::Redeal(*unit))?);
        ops.extend(self.catalog.enqueue(Task::Former(*unit, before), self.now())?);
        self.catalog.write(ops)?;
        Ok(Some(next.edition))
    }

    /// Has own units dealt anew of which `org` holds shares that it cannot give any more.
    pub(crate) async fn replace(&self, org: &OrgId) -> Result<(), Error> {
        let mut ops = self.catalog.dequeue(&Task::Replace(*org))?;
        for unit in self.catalog.own_units()? {
            let Some(registered) = facts::unit(&self.ports, &unit).await? else { continue };
            let is_living = !registered.is_erased(facts::head(&self.ports)?.time);
            if is_living && registered.holder(org).is_some() {
                ops.extend(self.catalog.enqueue(Task::Redeal(unit), self.now())?);
            }
        }
        self.catalog.write(ops)
    }

    /// Deletes an edition that is not the present one, and says so if this vault acknowledged it.
    pub(crate) async fn forget_former(&self, unit: &UnitId, edition: u32) -> Result<(), Error> {
        let (registered, _) = facts::known_unit(&self.ports, unit).await?;
        let mut ops = self.catalog.dequeue(&Task::Former(*unit, edition))?;
        if registered.edition > edition {
            if let Some(kept) = self.catalog.kept(unit, edition)? {
                self.ports.blobs.delete(&kept.manifest.manifest.ciphertext)?;
                ops.extend(self.forget_unit(&kept).await?);
            }
            let is_owed = |former: &&records::FormerCopy| former.vault == self.org && former.edition == edition;
            if registered.former.iter().any(|former| is_owed(&former)) {
                ops.extend(self.acknowledge(unit, edition, records::DeletionOf::Ciphertext)?);
            }
        }
        self.catalog.write(ops)
    }
}
