//! Keep: a vault takes a unit, and gives its word when the disk has it.

use crate::{
    catalog::{Catalog, EnvelopeAt, KeptEnvelope},
    error::Error,
    exchange::Exchange,
    facts,
    messages::{ENVELOPES_MAX, Keep, Refusal, Reply, Reseal},
    tasks::Task,
};
use epione_modules::records::{reseal_message, vault_message};
use epione_types::{DurationMs, Hash, List, OrgId, UnitId};
use epione_vault::{Manifest, Sealed, SignedManifest, stream::sealed_len};

/// How long a unit is kept that its author does not bring to the ledger: a day.
const UNREGISTERED: DurationMs = DurationMs(24 * 60 * 60 * 1000);

impl Exchange {
    /// Takes a unit of `caller` into this vault.
    pub(crate) async fn keep(&self, caller: OrgId, keep: Keep) -> Result<Reply, Error> {
        let Keep { manifest, envelopes, ciphertext } = keep;
        if let Err(refusal) = fits(&manifest, &envelopes, &ciphertext) {
            return Ok(Reply::Refused(refusal));
        }
        let inner = &manifest.manifest;
        if inner.author != caller || !self.is_author(&manifest).await? {
            return Ok(Reply::Refused(Refusal::NotPermitted));
        }
        // Another manifest of the same edition would be another unit under the same name.
        let known = self.catalog.kept(&inner.unit, inner.edition)?;
        if known.as_ref().is_some_and(|known| known.manifest.manifest != *inner) {
            return Ok(Reply::Refused(Refusal::Mismatch));
        }
        self.ports.blobs.put(&ciphertext)?;
        if known.is_none() {
            let now = self.now();
            let mut ops = Catalog::keep(&manifest, &envelopes, now);
            ops.extend(self.catalog.enqueue(Task::Settle(inner.unit, inner.edition), now.after(UNREGISTERED))?);
            self.catalog.write(ops)?;
        }
        Ok(Reply::Kept(self.sign(&vault_message(&inner.unit, inner.edition, &inner.commitment()))?))
    }

    /// Whether the manifest is signed with a receipt key of its author.
    pub(crate) async fn is_author(&self, manifest: &SignedManifest) -> Result<bool, Error> {
        let key = manifest.signature.key();
        Ok(facts::is_receipt_key(&self.ports, manifest.manifest.author, key).await?)
    }

    /// Deletes an edition that its author did not bring to the ledger within a day, or for which the ledger does not count on this vault.
    pub(crate) async fn settle(&self, unit: &UnitId, edition: u32) -> Result<(), Error> {
        let mut ops = self.catalog.dequeue(&Task::Settle(*unit, edition))?;
        let registered = facts::unit(&self.ports, unit).await?;
        let present = registered.as_ref().filter(|found| found.edition == edition);
        let is_counted = present.is_some_and(|found| found.vaults.contains(&self.org));
        let is_own = self.catalog.source(unit)?.is_some();
        if let (false, false, Some(kept)) = (is_counted, is_own, self.catalog.kept(unit, edition)?) {
            self.ports.blobs.delete(&kept.manifest.manifest.ciphertext)?;
            ops.extend(self.forget_unit(&kept).await?);
            // The own envelope went with it.
            if present.is_some_and(|found| found.holder(&self.org).is_some()) {
                ops.extend(self.catalog.enqueue(Task::Hold(*unit), self.now())?);
            }
        }
        self.catalog.write(ops)
    }

    /// The envelope of `caller`, as far as this node has it.
    pub(crate) async fn own_envelope(&self, caller: OrgId, unit: UnitId) -> Result<Reply, Error> {
        let (found, _) = facts::known_unit(&self.ports, &unit).await?;
        let Some(dealt) = found.holder(&caller).map(|holder| holder.period) else {
            return Ok(Reply::Refused(Refusal::NotPermitted));
        };
        let present = self.present_period(&caller).await?;
        let found = self.catalog.envelope((unit, found.edition), &caller, (dealt, present))?;
        Ok(found.map_or(Reply::Refused(Refusal::NotHere), |found| Reply::Envelope(Box::new(found))))
    }

    /// A page of the envelopes of `caller` of one period.
    pub(crate) fn own_envelopes(
        &self,
        caller: OrgId,
        period: u32,
        after: Option<(UnitId, u32)>,
    ) -> Result<Reply, Error> {
        let (mut found, _) = self.catalog.envelopes(&caller, period, after)?;
        found.truncate(ENVELOPES_MAX);
        Ok(Reply::Envelopes(List::new(found).unwrap_or_default()))
    }

    /// Takes envelopes that `caller` sealed again, of whatever units.
    pub(crate) async fn keep_resealed(&self, caller: OrgId, reseal: Reseal) -> Result<Reply, Error> {
        if reseal.period != self.present_period(&caller).await? {
            return Ok(Reply::Refused(Refusal::Mismatch));
        }
        let mut ops = Vec::with_capacity(ENVELOPES_MAX);
        for found in reseal.envelopes.iter() {
            let Manifest { unit, edition, .. } = found.manifest.manifest;
            let registered = facts::unit(&self.ports, &unit).await?;
            let is_its = found.period == reseal.period
                && registered.is_some_and(|row| {
                    row.holder(&caller).is_some() && row.manifest == found.manifest.manifest.commitment()
                });
            if !is_its {
                return Ok(Reply::Refused(Refusal::Mismatch));
            }
            let at = EnvelopeAt { holder: caller, period: reseal.period, unit, edition };
            let kept = KeptEnvelope { sealed: found.sealed.clone(), manifest: Some(found.manifest.clone()) };
            ops.push(Catalog::keep_envelope(&at, &kept));
        }
        self.catalog.write(ops)?;
        Ok(Reply::Done)
    }

    /// Confirms that the envelopes of `caller` of the present period are these, and deletes those before.
    pub(crate) async fn confirm_resealed(
        &self,
        caller: OrgId,
        period: u32,
        (units, root): (u64, Hash),
    ) -> Result<Reply, Error> {
        let present = self.present_period(&caller).await?;
        if period != present || self.catalog.envelopes_root(&caller, period)? != (units, root) {
            return Ok(Reply::Refused(Refusal::Mismatch));
        }
        self.forget_outdated(&caller, period)?;
        Ok(Reply::Kept(self.sign(&reseal_message(&caller, period, units, &root))?))
    }

    /// Deletes the envelopes of a holder of the periods before `period`.
    pub(crate) fn forget_outdated(&self, holder: &OrgId, period: u32) -> Result<(), Error> {
        loop {
            let ops = self.catalog.forget_envelopes_before(holder, period)?;
            if ops.is_empty() {
                return Ok(());
            }
            self.catalog.write(ops)?;
        }
    }

    /// The period of the KEM key of an organization, as the ledger has it.
    pub(crate) async fn present_period(&self, org: &OrgId) -> Result<u32, Error> {
        let org = *org;
        let found = crate::ports::read(&*self.ports.ledger, move |view| epione_modules::network::kem_key(&view, &org));
        Ok(found.await?.map_or(0, |key| key.period))
    }
}

/// Whether manifest, envelopes and ciphertext belong together, and the signature fits.
fn fits(manifest: &SignedManifest, envelopes: &[Sealed], ciphertext: &[u8]) -> Result<(), Refusal> {
    manifest.verify().map_err(|_manifest| Refusal::Malformed)?;
    let inner = &manifest.manifest;
    let are_dealt = envelopes.len() == inner.holders.len()
        && inner.holders.iter().zip(envelopes).all(|(holder, sealed)| holder.envelope == sealed.hash());
    let is_whole = ciphertext.len() == sealed_len(inner.bucket) && Hash::sha256(&[ciphertext]) == inner.ciphertext;
    if are_dealt && is_whole { Ok(()) } else { Err(Refusal::Malformed) }
}
