//! What is kept as a vault.

use crate::{
    catalog::{Catalog, Kept, PAGE, key},
    error::Error,
    ports::{Op, Table},
};
use epione_types::{Hash, OrgId, UnitId, UnixMs};
use epione_vault::{Sealed, SignedManifest};

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
            ops.push(Self::put(Table::Envelopes, &at.key(), sealed));
        }
        ops
    }

    /// The change that keeps an envelope that was sealed again.
    pub(crate) fn keep_envelope(at: &EnvelopeAt, sealed: &Sealed) -> Op {
        Self::put(Table::Envelopes, &at.key(), sealed)
    }

    /// The latest envelope of a holder, with the period to which it is sealed: none above `period_max`.
    pub(crate) fn envelope(
        &self,
        manifest: &SignedManifest,
        holder: &OrgId,
        period_max: u32,
    ) -> Result<Option<(u32, Sealed)>, Error> {
        let Some((_, dealt)) = manifest.manifest.holder(holder) else { return Ok(None) };
        let (unit, edition) = (manifest.manifest.unit, manifest.manifest.edition);
        // Rotations are monthly: there are few periods between.
        for period in (dealt.period..=period_max).rev() {
            let at = EnvelopeAt { holder: *holder, period, unit, edition };
            if let Some(sealed) = self.get(Table::Envelopes, &at.key())? {
                return Ok(Some((period, sealed)));
            }
        }
        Ok(None)
    }

    /// A page of a holder's envelopes of one period, in order of unit and edition, from the first after `after` on.
    pub(crate) fn envelopes(
        &self,
        holder: &OrgId,
        period: u32,
        after: Option<(UnitId, u32)>,
    ) -> Result<Vec<(EnvelopeAt, Sealed)>, Error> {
        let after = after.map(|(unit, edition)| EnvelopeAt { holder: *holder, period, unit, edition }.key());
        let rows = self.page(Table::Envelopes, &EnvelopeAt::of_period(holder, period), after.as_deref())?;
        let read = |(key, row): (Vec<u8>, Vec<u8>)| {
            let sealed = epione_types::decode(&row, 4096).map_err(|_decode| Error::Unreadable)?;
            Ok((EnvelopeAt::read(&key).ok_or(Error::Unreadable)?, sealed))
        };
        rows.into_iter().map(read).collect()
    }

    /// Hash over a holder's envelopes of one period, in order of unit and edition: root of the tree over
    /// `unit_id ‖ u32 edition ‖ SHA-256 of the envelope`.
    pub(crate) fn envelopes_root(&self, holder: &OrgId, period: u32) -> Result<Hash, Error> {
        let (mut tree, mut after) = (epione_types::Frontier::default(), None);
        loop {
            let page = self.envelopes(holder, period, after)?;
            for (at, sealed) in &page {
                tree.append(epione_types::leaf_hash(
                    &[&at.unit.0[..], &at.edition.to_le_bytes(), &sealed.hash().0].concat(),
                ));
                after = Some((at.unit, at.edition));
            }
            if page.len() < PAGE {
                return Ok(tree.root());
            }
        }
    }

    /// The changes that forget an edition of a unit: manifest and every envelope.
    pub(crate) fn forget_kept(&self, kept: &Kept, period_max: u32) -> Vec<Op> {
        let manifest = &kept.manifest.manifest;
        let (unit, edition) = (manifest.unit, manifest.edition);
        let mut ops = vec![Op::Delete(Table::Kept, kept_key(&unit, edition))];
        for holder in manifest.holders.iter() {
            for period in holder.period..=period_max.max(holder.period) {
                let at = EnvelopeAt { holder: holder.org, period, unit, edition };
                ops.push(Op::Delete(Table::Envelopes, at.key()));
            }
        }
        ops
    }
}

fn kept_key(unit: &UnitId, edition: u32) -> Vec<u8> {
    key(&[&unit.0, &edition.to_be_bytes()])
}
