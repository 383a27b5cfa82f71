//! Rotate: a holder seals its shares to a new KEM key, and destroys the one before; so what was erased meanwhile stays closed on any backup.
//!
//! # Order
//! The new key is kept durably, then `records.begin-rotation` fixes which units live. Every own envelope of a living unit is sealed again, to
//! this node and to another vault; both sign a hash over all of them. Only after `records.finish-rotation` is final are the old keys
//! destroyed. Whoever stops in between goes on where it was: envelopes that were sealed again stay as they are.

use crate::{
    catalog::{Catalog, EnvelopeAt, KeptEnvelope},
    error::Error,
    exchange::{Exchange, call},
    facts,
    messages::{ENVELOPES_MAX, Message, OwnEnvelope, Reply, Reseal},
    ports::{Drawn, read},
    tasks::Task,
};
use epione_modules::{
    network::{self, KemKey, XWingKey},
    records::{self, Records, VAULTS_MAX, VAULTS_MIN, reseal_message},
};
use epione_types::{Hash, List, OrgId, Signature, UnitId};
use epione_vault::{Envelope, KemPublic, KemSecret, Manifest};

impl Exchange {
    /// Begins the next period of the own KEM key. What follows is done by the queue.
    ///
    /// # Errors
    /// [`Error::Rejected`], for example while as many rotate as may; [`Error::Keys`], [`Error::Ledger`].
    pub async fn begin_rotation(&self) -> Result<u32, Error> {
        let org = self.org;
        let known = read(&*self.ports.ledger, move |view| network::kem_key(&view, &org)).await?;
        let period = known.map_or(0, |key| key.period.saturating_add(1));
        let public = self.ports.keys.create_kem(period)?;
        let key = XWingKey::new(public.to_bytes().to_vec()).ok_or(Error::Invalid("a KEM key has another length"))?;
        let begin = records::BeginRotation { key: KemKey { period, key } };
        self.submit(vec![call::<Records>(&records::Call::BeginRotation(begin))]).await?;
        // The event does the same, if the node stops here.
        self.catalog.write(self.catalog.enqueue(Task::Rotate(period), self.now())?)?;
        Ok(period)
    }

    /// Goes on with a rotation until the old keys are destroyed. Nothing is wrong if it is finished.
    pub(crate) async fn rotate(&self, period: u32) -> Result<(), Error> {
        let org = self.org;
        let keeping = read(&*self.ports.ledger, move |view| records::keeping(&view, &org)).await?;
        if keeping.rotation.is_some_and(|rotation| rotation.period == period) {
            self.reseal_all(period).await?;
            let (units, root) = self.catalog.envelopes_root(&self.org, period)?;
            let vaults = self.reseal_words((period, units, root)).await?;
            let finish = records::FinishRotation { org: self.org, period, units, envelopes: root, vaults };
            self.submit(vec![call::<Records>(&records::Call::FinishRotation(finish))]).await?;
        } else if keeping.finished.is_none_or(|finished| finished.period < period) {
            // It never began, or another one did since.
            return self.catalog.write(self.catalog.dequeue(&Task::Rotate(period))?);
        }
        for old in 0..period {
            self.ports.keys.destroy_kem(old)?;
        }
        self.forget_outdated(&self.org, period)?;
        self.catalog.write(self.catalog.dequeue(&Task::Rotate(period))?)
    }

    /// Seals every own envelope of a living unit to the key of `period`.
    async fn reseal_all(&self, period: u32) -> Result<(), Error> {
        let public = self.ports.keys.create_kem(period)?;
        for old in 0..period {
            let Some(secret) = self.ports.keys.kem(old)? else { continue };
            let mut after = None;
            loop {
                let (page, next) = self.catalog.envelopes(&self.org, old, after)?;
                let mut ops = Vec::with_capacity(page.len());
                for found in &page {
                    ops.extend(self.resealed(found, &secret, (period, &public)).await?);
                }
                self.catalog.write(ops)?;
                match next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
        }
        Ok(())
    }

    /// The change that keeps an envelope sealed again; none if its unit does not live, or it was sealed again before.
    async fn resealed(
        &self,
        found: &OwnEnvelope,
        secret: &KemSecret,
        (period, public): (u32, &KemPublic),
    ) -> Result<Option<crate::ports::Op>, Error> {
        let manifest = &found.manifest.manifest;
        let Manifest { unit, edition, .. } = *manifest;
        let registered = facts::unit(&self.ports, &unit).await?;
        let now = facts::head(&self.ports)?.time;
        let lives = registered.is_some_and(|row| row.edition == edition && !row.is_erased(now));
        let at = EnvelopeAt { holder: self.org, period, unit, edition };
        if !lives || self.catalog.envelope((unit, edition), &self.org, (period, period))?.is_some() {
            return Ok(None);
        }
        let old = Envelope { manifest, holder: self.org, period: found.period, sealed: &found.sealed };
        let sealed = old.reseal(secret, period, public, &mut Drawn(&*self.ports.entropy))?;
        let kept = KeptEnvelope { sealed, manifest: Some(found.manifest.clone()) };
        Ok(Some(Catalog::keep_envelope(&at, &kept)))
    }

    /// The words of two vaults at least, this one among them, that they have every envelope of the new period.
    async fn reseal_words(
        &self,
        (period, units, root): (u32, u64, Hash),
    ) -> Result<List<Signature, VAULTS_MAX>, Error> {
        let message = reseal_message(&self.org, period, units, &root);
        let mut words: List<Signature, VAULTS_MAX> = List::default();
        let _one = words.push(self.sign(&message)?);
        for vault in self.vaults_beside().await? {
            if words.len() >= VAULTS_MIN {
                break;
            }
            match self.send_resealed(vault, (period, units, root)).await {
                Ok(signature) if signature.verify(&message).is_ok() => {
                    let _full = words.push(signature);
                }
                Ok(_) | Err(_) => {}
            }
        }
        if words.len() < VAULTS_MIN {
            return Err(Error::TooFewVaults { needed: VAULTS_MIN, found: words.len() });
        }
        Ok(words)
    }

    async fn send_resealed(&self, vault: OrgId, (period, units, root): (u32, u64, Hash)) -> Result<Signature, Error> {
        let mut after: Option<(UnitId, u32)> = None;
        loop {
            let (page, next) = self.catalog.envelopes(&self.org, period, after)?;
            for part in page.chunks(ENVELOPES_MAX) {
                let envelopes = List::new(part.to_vec()).unwrap_or_default();
                self.ask(vault, Message::Reseal(Box::new(Reseal { period, envelopes }))).await?;
            }
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        match self.ask(vault, Message::Resealed(period, units, root)).await? {
            Reply::Kept(signature) => Ok(signature),
            _ => Err(Error::Refused(vault, crate::messages::Refusal::Mismatch)),
        }
    }

    /// The other organizations that may keep envelopes for this one, those named in the settings first.
    async fn vaults_beside(&self) -> Result<Vec<OrgId>, Error> {
        let mut vaults: Vec<OrgId> = self.settings.vaults.clone();
        for one in facts::candidates(&self.ports).await? {
            if one.may_hold && !vaults.contains(&one.org) {
                vaults.push(one.org);
            }
        }
        vaults.retain(|org| *org != self.org);
        Ok(vaults)
    }
}
