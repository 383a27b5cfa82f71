//! Put: a custodian brings a record into the exchange.
//!
//! # Order
//! The unit is dealt and written to the own vault, with the task that completes it, in one step. Other vaults keep it and sign; when two
//! have, `records.register` goes on the ledger; when that is final, the unit becomes visible and the caller is told. Whoever stops in
//! between finds the task, and completes or gives up: a unit is visible wholly or not at all.

use crate::{
    catalog::{Catalog, Encounter, Pending, Source},
    error::Error,
    exchange::{Exchange, call},
    facts,
    messages::{Keep, Message, Reply},
    ports::Drawn,
    tasks::Task,
};
use epione_modules::{
    consent::{self, Consents, RestrictionKind},
    records::{self, Holder, Records, VAULTS_MAX, VAULTS_MIN, vault_message},
};
use epione_types::{
    Bytes, Call, DurationMs, Hash, IdentityId, List, OrgId, Quarter, Signature, SubjectId, Tag, UnitId, domain, encode,
    hash,
};
use epione_vault::{
    Contents, Dealt, KemPublic, Recipient, SignedManifest, Terms, deal,
    tags::{Label, label_tag},
};
use futures::future::join_all;
use std::fmt;

/// How long whoever puts a unit has for it, before the queue takes over.
pub(crate) const LEASE: DurationMs = DurationMs(120_000);

/// Vaults beside the own one, unless others are named: one of them may be down.
const OTHER_VAULTS: usize = 2;

/// A record for the exchange.
#[derive(Clone)]
pub struct PutOrder<'a> {
    /// Whose chart it belongs to: a subject of this organization.
    pub subject: SubjectId,
    /// The items, octet for octet as they were submitted. At least one; 64 MiB together.
    pub items: &'a [&'a [u8]],
    /// What it is about.
    pub category: Label,
    /// How confidential it is.
    pub class: Label,
    /// The encounter that it documents.
    pub encounter: Option<Encounter>,
    /// In whose name it was written.
    pub author: Option<IdentityId>,
    /// Whether it is about care under 42 CFR Part 2, or whatever else the custodian marks so.
    pub restricted: bool,
    /// Whether it lies in the patient-locked compartment.
    pub locked: bool,
    /// Whether the patient paid in full and asked that the plan is not told: a restriction towards payers is entered with it.
    pub self_paid: bool,
    /// When the care took place.
    pub care: Quarter,
    /// Until when it must be kept.
    pub retain_until: Quarter,
    /// The unit that it takes the place of.
    pub supersedes: Option<UnitId>,
}

impl fmt::Debug for PutOrder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PutOrder({}, [private])", self.subject)
    }
}

/// Hash of the policy to which envelopes are bound: what a unit is as to who may open it.
#[must_use]
pub(crate) fn policy(restricted: bool, locked: bool) -> Hash {
    hash(domain::UNIT_POLICY, &[&encode(&(restricted, locked))])
}

impl Exchange {
    /// Puts a record into the exchange, and returns when it is final on the ledger.
    ///
    /// # Errors
    /// [`Error::UnknownSubject`]; [`Error::Contents`]; [`Error::TooFewHolders`]; [`Error::Rejected`] by the ledger, and it is given up. After
    /// [`Error::TooFewVaults`], [`Error::Ledger`] and other temporary errors the queue goes on with it.
    pub async fn put(&self, order: &PutOrder<'_>) -> Result<UnitId, Error> {
        let own = self.catalog.own_subject(&order.subject)?;
        let tag = Tag(label_tag(&own.tag_key(), &order.category, &order.class));
        let contents = Contents::new(order.items, &mut Drawn(&*self.ports.entropy))?;
        let unit = UnitId(self.salt()?);
        let (dealt, vaults) =
            self.deal_to_committee((unit, 1), policy(order.restricted, order.locked), &contents).await?;
        let manifest = self.signed(&dealt)?;
        let source = Source {
            unit,
            subject: order.subject,
            edition: 1,
            key: *dealt.key.expose(),
            category: order.category.clone(),
            class: order.class.clone(),
            tag,
            encounter: order.encounter.clone(),
            author: order.author,
            restricted: order.restricted,
            locked: order.locked,
            self_paid: order.self_paid,
            care: order.care,
            registered: false,
        };
        let pending = Pending {
            manifest: manifest.clone(),
            supersedes: order.supersedes,
            retain_until: order.retain_until,
            vaults: vaults.clone(),
        };
        self.ports.blobs.put(&dealt.ciphertext)?;
        let now = self.now();
        let mut ops = Catalog::keep(&manifest, &dealt.envelopes, now);
        ops.extend(self.catalog.put_source(&source)?);
        ops.push(self.catalog.put_pending(&unit, &pending)?);
        ops.extend(self.catalog.enqueue(Task::Put(unit), now.after(LEASE))?);
        self.catalog.write(ops)?;
        self.complete(&unit).await?;
        Ok(unit)
    }

    /// Brings a pending unit to the ledger, or gives it up. Nothing is wrong if it is not pending any more.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Rejected`] it is given up, or still pending if only its restriction was refused.
    pub(crate) async fn complete(&self, unit: &UnitId) -> Result<(), Error> {
        let (Some(pending), Some(source)) = (self.catalog.pending(unit)?, self.catalog.source(unit)?) else {
            return self.catalog.write(self.catalog.dequeue(&Task::Put(*unit))?);
        };
        // It may have become final though its answer was lost.
        if facts::unit(&self.ports, unit).await?.is_none() {
            let signatures = self.vault_words(&pending.manifest, &pending.vaults).await?;
            // Before the unit exists, so that it never stands without.
            if source.self_paid {
                self.submit(vec![self.restriction(&source)?]).await?;
            }
            match self.submit(vec![register(&source, &pending, signatures)]).await {
                Ok(_final) => {}
                Err(error @ Error::Rejected(_)) => {
                    self.give_up(&source, &pending)?;
                    return Err(error);
                }
                Err(error) => return Err(error),
            }
        }
        let mut visible = source.clone();
        visible.registered = true;
        let mut ops = self.catalog.put_source(&visible)?;
        ops.push(Catalog::forget_pending(unit));
        ops.extend(self.catalog.dequeue(&Task::Put(*unit))?);
        self.catalog.write(ops)
    }

    /// The restriction towards payers of what the patient paid for.
    fn restriction(&self, source: &Source) -> Result<Call, Error> {
        let mut units = List::default();
        let _one = units.push(source.unit);
        let restrict = consent::Restrict {
            subject: source.subject,
            kind: RestrictionKind::SelfPaid,
            units,
            towards: List::default(),
            evidence: Hash(self.salt()?),
        };
        Ok(call::<Consents>(&consent::Call::Restrict(restrict)))
    }

    /// Forgets a unit that the ledger refuses. Other vaults forget it by themselves.
    fn give_up(&self, source: &Source, pending: &Pending) -> Result<(), Error> {
        let manifest = &pending.manifest.manifest;
        self.ports.blobs.delete(&manifest.ciphertext)?;
        let mut ops = self.catalog.forget_source(source);
        ops.push(Catalog::forget_pending(&source.unit));
        ops.extend(self.catalog.dequeue(&Task::Put(source.unit))?);
        if let Some(kept) = self.catalog.kept(&source.unit, manifest.edition)? {
            ops.extend(self.catalog.forget_kept(&kept, 0));
        }
        self.catalog.write(ops)
    }

    /// Deals contents to the committee of this organization; with the vaults that are to keep them, this one first.
    pub(crate) async fn deal_to_committee(
        &self,
        (unit, edition): (UnitId, u32),
        policy: Hash,
        contents: &Contents,
    ) -> Result<(Dealt, List<OrgId, VAULTS_MAX>), Error> {
        let candidates = facts::candidates(&self.ports).await?;
        let mut able: Vec<_> = candidates.iter().filter(|one| one.may_hold && one.kem.is_some()).collect();
        let preference = |org: &OrgId| {
            let named = self.settings.committee.iter().position(|named| named == org);
            // This organization holds a share of its own units, if it may.
            (named.unwrap_or(usize::MAX), *org != self.org)
        };
        able.sort_by_key(|one| preference(&one.org));
        if !self.settings.committee.is_empty() {
            able.retain(|one| self.settings.committee.contains(&one.org));
        }
        let needed = self.settings.holders;
        if able.len() < needed {
            return Err(Error::TooFewHolders { needed, found: able.len() });
        }
        let mut committee = Vec::with_capacity(needed);
        for one in able.into_iter().take(needed) {
            let Some(kem) = &one.kem else { continue };
            let key = KemPublic::from_bytes(&kem.key.0[..]);
            let key = key.map_err(|_seal| Error::Invalid("a KEM key on the ledger is none"))?;
            committee.push(Recipient { org: one.org, period: kem.period, key });
        }
        // More than half, and three of four.
        let threshold = u8::try_from(committee.len().div_euclid(2).saturating_add(1)).unwrap_or(u8::MAX);
        let terms = Terms { unit, edition, author: self.org, policy, threshold, committee: &committee };
        let dealt = deal(&terms, contents, &mut Drawn(&*self.ports.entropy))?;
        let others: Vec<OrgId> = if self.settings.vaults.is_empty() {
            committee.iter().map(|holder| holder.org).filter(|org| *org != self.org).take(OTHER_VAULTS).collect()
        } else {
            self.settings.vaults.clone()
        };
        let mut vaults: List<OrgId, VAULTS_MAX> = List::default();
        for org in std::iter::once(self.org).chain(others) {
            if !vaults.contains(&org) {
                let _full = vaults.push(org);
            }
        }
        Ok((dealt, vaults))
    }

    pub(crate) fn signed(&self, dealt: &Dealt) -> Result<SignedManifest, Error> {
        let signature = self.sign(&dealt.manifest.signing_bytes())?;
        Ok(SignedManifest { manifest: dealt.manifest.clone(), signature })
    }

    /// The words of the vaults that they keep an edition that this node keeps, too.
    ///
    /// # Errors
    /// [`Error::TooFewVaults`]; [`Error::UnknownUnit`] if it is not here.
    pub(crate) async fn vault_words(
        &self,
        manifest: &SignedManifest,
        vaults: &[OrgId],
    ) -> Result<List<Signature, VAULTS_MAX>, Error> {
        let inner = &manifest.manifest;
        let ciphertext = self.ports.blobs.get(&inner.ciphertext)?.ok_or(Error::UnknownUnit(inner.unit))?;
        let mut envelopes = List::default();
        for holder in inner.holders.iter() {
            let periods = (holder.period, holder.period);
            let found = self.catalog.envelope((inner.unit, inner.edition), &holder.org, periods)?;
            let _full = envelopes.push(found.ok_or(Error::UnknownUnit(inner.unit))?.sealed);
        }
        let ciphertext = Bytes::new(ciphertext).map_err(|_long| Error::Invalid("the ciphertext is too long"))?;
        let keep = Keep { manifest: manifest.clone(), envelopes, ciphertext };
        let commitment = inner.commitment();
        let message = vault_message(&inner.unit, inner.edition, &commitment);
        let others = vaults.iter().filter(|org| **org != self.org);
        let asked = others.map(|org| self.ask(*org, Message::Keep(Box::new(keep.clone()))));
        let mut signatures: List<Signature, VAULTS_MAX> = List::default();
        let _one = signatures.push(self.sign(&message)?);
        for reply in join_all(asked).await {
            if let Ok(Reply::Kept(signature)) = reply
                && signature.verify(&message).is_ok()
            {
                let _full = signatures.push(signature);
            }
        }
        if signatures.len() < VAULTS_MIN {
            return Err(Error::TooFewVaults { needed: VAULTS_MIN, found: signatures.len() });
        }
        Ok(signatures)
    }
}

/// The call that brings a unit to the ledger.
fn register(source: &Source, pending: &Pending, vaults: List<Signature, VAULTS_MAX>) -> Call {
    let manifest = &pending.manifest.manifest;
    call::<Records>(&records::Call::Register(records::Register {
        unit: source.unit,
        subject: source.subject,
        manifest: manifest.commitment(),
        holders: ledger_holders(manifest),
        threshold: manifest.threshold,
        label: source.tag,
        restricted: source.restricted,
        locked: source.locked,
        care: source.care,
        bucket: manifest.bucket.number(),
        retain_until: pending.retain_until,
        supersedes: pending.supersedes,
        vaults,
    }))
}

/// The committee of a manifest as the ledger has it.
pub(crate) fn ledger_holders(manifest: &epione_vault::Manifest) -> records::Holders {
    let mut holders = records::Holders::default();
    for holder in manifest.holders.iter() {
        let _full = holders.push(Holder { org: holder.org, period: holder.period });
    }
    holders
}
