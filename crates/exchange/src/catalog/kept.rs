//! What is kept as a vault.

use crate::{
    catalog::{Catalog, Kept, KeptEnvelope, PAGE, key},
    error::Error,
    messages::OwnEnvelope,
    ports::{Op, Table},
};
use epione_types::{Frontier, Hash, OrgId, UnitId, UnixMs, leaf_hash};
use epione_vault::{Manifest, Sealed, SignedManifest};

/// Where an envelope is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EnvelopeAt {
    pub(crate) holder: OrgId,
    pub(crate) period: u32,
    pub(crate) unit: UnitId,
    pub(crate) edition: u32,
}

impl EnvelopeAt {
    pub(crate) fn key(&self) -> Vec<u8> {
        let of = Self::of_period(&self.holder, self.period);
        key(&[&of, &self.unit.0, &self.edition.to_be_bytes()])
    }

    /// What the keys of a holder's envelopes of one period begin with.
    pub(crate) fn of_period(holder: &OrgId, period: u32) -> Vec<u8> {
        key(&[&holder.0, &period.to_be_bytes()])
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (holder, rest) = bytes.split_first_chunk::<16>()?;
        let (period, rest) = rest.split_first_chunk::<4>()?;
        let (unit, rest) = rest.split_first_chunk::<32>()?;
        let edition = <[u8; 4]>::try_from(rest).ok()?;
        Some(Self {
            holder: OrgId(*holder),
            period: u32::from_be_bytes(*period),
            unit: UnitId(*unit),
            edition: u32::from_be_bytes(edition),
        })
    }
}

impl Catalog {
    /// The unit that is kept as a vault, in this edition.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub fn kept(&self, unit: &UnitId, edition: u32) -> Result<Option<Kept>, Error> {
        self.get(Table::Kept, &kept_key(unit, edition))
    }

    /// The editions of a unit that are kept as a vault.
    pub(crate) fn editions(&self, unit: &UnitId) -> Result<Vec<u32>, Error> {
        let keys = self.keys(Table::Kept, &unit.0)?;
        let edition = |key: &Vec<u8>| key.last_chunk::<4>().map(|edition| u32::from_be_bytes(*edition));
        Ok(keys.iter().filter_map(edition).collect())
    }

    /// A page of what is kept as a vault, from the first after `after` on.
    pub(crate) fn kept_page(&self, after: Option<(UnitId, u32)>) -> Result<Vec<Kept>, Error> {
        let after = after.map(|(unit, edition)| kept_key(&unit, edition));
        let rows = self.page(Table::Kept, &[], after.as_deref())?;
        let read = |(_, row): (_, Vec<u8>)| epione_types::decode(&row, 64 * 1024).map_err(|_decode| Error::Unreadable);
        rows.into_iter().map(read).collect()
    }

    /// The changes that keep a unit with its envelopes as dealt.
    pub(crate) fn keep(manifest: &SignedManifest, envelopes: &[Sealed], now: UnixMs) -> Vec<Op> {
        let (unit, edition) = (manifest.manifest.unit, manifest.manifest.edition);
        let row = Kept { manifest: manifest.clone(), kept_at: now };
        let mut ops = vec![Self::put(Table::Kept, &kept_key(&unit, edition), &row)];
        for (holder, sealed) in manifest.manifest.holders.iter().zip(envelopes) {
            let at = EnvelopeAt { holder: holder.org, period: holder.period, unit, edition };
            ops.push(Self::keep_envelope(&at, &KeptEnvelope { sealed: sealed.clone(), manifest: None }));
        }
        ops
    }

    /// The change that keeps one envelope.
    pub(crate) fn keep_envelope(at: &EnvelopeAt, envelope: &KeptEnvelope) -> Op {
        Self::put(Table::Envelopes, &at.key(), envelope)
    }

    /// The latest envelope of a holder with its period and manifest, between the period as dealt and the present one.
    pub(crate) fn envelope(
        &self,
        (unit, edition): (UnitId, u32),
        holder: &OrgId,
        (dealt, present): (u32, u32),
    ) -> Result<Option<OwnEnvelope>, Error> {
        // Rotations are monthly: there are few periods between.
        for period in (dealt..=present.max(dealt)).rev() {
            let at = EnvelopeAt { holder: *holder, period, unit, edition };
            let Some(found) = self.get::<KeptEnvelope>(Table::Envelopes, &at.key())? else { continue };
            return self.with_manifest(&at, found);
        }
        Ok(None)
    }

    fn with_manifest(&self, at: &EnvelopeAt, found: KeptEnvelope) -> Result<Option<OwnEnvelope>, Error> {
        let KeptEnvelope { sealed, manifest } = found;
        let manifest = match manifest {
            Some(manifest) => Some(manifest),
            None => self.kept(&at.unit, at.edition)?.map(|kept| kept.manifest),
        };
        Ok(manifest.map(|manifest| OwnEnvelope { manifest, period: at.period, sealed }))
    }

    /// A page of a holder's envelopes of one period, in order of unit and edition, from the first after `after` on; with where it ends, if
    /// there may be more.
    pub(crate) fn envelopes(
        &self,
        holder: &OrgId,
        period: u32,
        after: Option<(UnitId, u32)>,
    ) -> Result<(Vec<OwnEnvelope>, Option<(UnitId, u32)>), Error> {
        let after = after.map(|(unit, edition)| EnvelopeAt { holder: *holder, period, unit, edition }.key());
        let rows = self.page(Table::Envelopes, &EnvelopeAt::of_period(holder, period), after.as_deref())?;
        let is_full = rows.len() >= PAGE;
        let (mut page, mut last) = (Vec::with_capacity(rows.len()), None);
        for (key, row) in rows {
            let at = EnvelopeAt::read(&key).ok_or(Error::Unreadable)?;
            let found = epione_types::decode(&row, 64 * 1024).map_err(|_decode| Error::Unreadable)?;
            page.extend(self.with_manifest(&at, found)?);
            last = Some((at.unit, at.edition));
        }
        Ok((page, last.filter(|_| is_full)))
    }

    /// How many envelopes of a holder of one period there are, and a hash over them in order of unit and edition: root of the tree over
    /// `unit_id ‖ u32 edition ‖ SHA-256 of the envelope`.
    pub(crate) fn envelopes_root(&self, holder: &OrgId, period: u32) -> Result<(u64, Hash), Error> {
        let (mut tree, mut after) = (Frontier::default(), None);
        loop {
            let (page, next) = self.envelopes(holder, period, after)?;
            for found in &page {
                let Manifest { unit, edition, .. } = found.manifest.manifest;
                let leaf = [&unit.0[..], &edition.to_le_bytes(), &found.sealed.hash().0].concat();
                tree.append(leaf_hash(&leaf));
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok((tree.size(), tree.root())),
            }
        }
    }

    /// The changes that forget a page of a holder's envelopes of the periods before `period`; none if there are no more.
    pub(crate) fn forget_envelopes_before(&self, holder: &OrgId, period: u32) -> Result<Vec<Op>, Error> {
        let rows = self.page(Table::Envelopes, &holder.0, None)?;
        let mut ops = Vec::new();
        for (key, _) in rows {
            let at = EnvelopeAt::read(&key).ok_or(Error::Unreadable)?;
            if at.period >= period {
                break;
            }
            ops.push(Op::Delete(Table::Envelopes, key));
        }
        Ok(ops)
    }

    /// The changes that forget every envelope of one holder of an edition.
    pub(crate) fn forget_envelope(
        (unit, edition): (UnitId, u32),
        holder: &OrgId,
        (dealt, present): (u32, u32),
    ) -> Vec<Op> {
        let at = |period| EnvelopeAt { holder: *holder, period, unit, edition };
        (dealt..=present.max(dealt)).map(|period| Op::Delete(Table::Envelopes, at(period).key())).collect()
    }

    /// The changes that forget an edition of a unit: manifest and every envelope.
    pub(crate) fn forget_kept(&self, kept: &Kept, period_max: u32) -> Vec<Op> {
        let manifest = &kept.manifest.manifest;
        let (unit, edition) = (manifest.unit, manifest.edition);
        let mut ops = vec![Op::Delete(Table::Kept, kept_key(&unit, edition))];
        for holder in manifest.holders.iter() {
            ops.extend(Self::forget_envelope((unit, edition), &holder.org, (holder.period, period_max)));
        }
        ops
    }
}

fn kept_key(unit: &UnitId, edition: u32) -> Vec<u8> {
    key(&[&unit.0, &edition.to_be_bytes()])
}
