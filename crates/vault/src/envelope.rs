//! The envelope of a holder: its share, sealed to its key of one period.
//!
//! # Bytes
//! ```text
//! message = share (32) ‖ blind (32)
//! info    = "epione/envelope/1"
//! aad     = unit_id ‖ u32 edition ‖ policy ‖ u8 threshold ‖ u32 n ‖ org_1 … org_n ‖ u8 number of the share ‖ u32 period
//! ```
//! The period is that of the key it is sealed to. So the vault can tell envelopes of an old period by their place, and none of them
//! opens as one of another period, unit, edition, policy, committee or holder.

use crate::{
    manifest::{Manifest, share_commitment},
    random::Random,
    seal::{KemPublic, KemSecret, SealError, Sealed, open, seal},
    secret::{Blind, SECRET_BYTES},
    shamir::Share,
};
use borsh::BorshSerialize;
use epione_types::{Hash, OrgId, UnitId, domain, encode};
use zeroize::Zeroizing;

/// Bytes of a share with its blind.
pub const OPENING_BYTES: usize = 2 * SECRET_BYTES;

/// A share with what hides its commitment.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The share.
    pub share: Share,
    /// The blind.
    pub blind: Blind,
}

impl Opening {
    pub(crate) fn message(&self) -> Zeroizing<[u8; OPENING_BYTES]> {
        let mut message = Zeroizing::new([0; OPENING_BYTES]);
        for (to, from) in message.iter_mut().zip(self.share.expose().iter().chain(self.blind.expose())) {
            *to = *from;
        }
        message
    }

    /// The opening of share `index` in a message, if it is one.
    pub(crate) fn from_message(index: u8, message: &[u8]) -> Option<Self> {
        let (share, blind) = message.split_first_chunk::<SECRET_BYTES>()?;
        let blind = Blind::from_bytes(*<&[u8; SECRET_BYTES]>::try_from(blind).ok()?);
        Some(Self { share: Share::new(index, *share).ok()?, blind })
    }

    /// The commitment to it.
    #[must_use]
    pub fn commitment(&self, unit: &UnitId) -> Hash {
        share_commitment(unit, &self.share, &self.blind)
    }
}

/// What an envelope is bound to.
#[derive(BorshSerialize)]
pub(crate) struct Context<'a> {
    pub(crate) unit: UnitId,
    pub(crate) edition: u32,
    pub(crate) policy: Hash,
    pub(crate) threshold: u8,
    pub(crate) committee: &'a [OrgId],
    pub(crate) index: u8,
    pub(crate) period: u32,
}

impl Context<'_> {
    pub(crate) fn seal(&self, to: &KemPublic, opening: &Opening, random: &mut dyn Random) -> Result<Sealed, SealError> {
        seal(to, (domain::ENVELOPE, &encode(self)), &*opening.message(), random)
    }
}

/// Why an envelope cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The organization has no share of this unit.
    #[error("{0} is not in the committee of this unit")]
    NoHolder(OrgId),
    /// It does not open with this key: of another period, holder, unit or edition, or changed.
    #[error("the envelope of {holder} does not open with its key of period {period}")]
    DoesNotOpen {
        /// Whose envelope.
        holder: OrgId,
        /// The period of the key.
        period: u32,
    },
    /// It opens, but the share is not the one that the manifest commits to.
    #[error("the envelope of {0} contains another share than the manifest says")]
    WrongShare(OrgId),
    /// It could not be sealed again.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// One envelope, and what must be known to open it.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// The manifest of its unit, checked by [`Manifest::check`] and against the ledger.
    pub manifest: &'a Manifest,
    /// Whose envelope it is.
    pub holder: OrgId,
    /// The period of the key it is sealed to.
    pub period: u32,
    /// The envelope.
    pub sealed: &'a Sealed,
}

impl Envelope<'_> {
    /// Whether it is the one that was dealt: if it is and does not open, or has another share, its author is at fault.
    #[must_use]
    pub fn is_as_dealt(&self) -> bool {
        let dealt = self.manifest.holder(&self.holder);
        dealt.is_some_and(|(_, dealt)| dealt.period == self.period && dealt.envelope == self.sealed.hash())
    }

    /// Opens it with the holder's key of its period, and compares the share with the manifest.
    ///
    /// # Errors
    /// [`EnvelopeError`] but [`EnvelopeError::Seal`].
    pub fn open(&self, secret: &KemSecret) -> Result<Opening, EnvelopeError> {
        let (holder, period) = (self.holder, self.period);
        let (index, dealt) = self.manifest.holder(&holder).ok_or(EnvelopeError::NoHolder(holder))?;
        let committee = self.committee();
        let aad = encode(&self.context(&committee, index, period));
        let message = open(secret, (domain::ENVELOPE, &aad), self.sealed)
            .map_err(|_seal| EnvelopeError::DoesNotOpen { holder, period })?;
        let opening = Opening::from_message(index, &message).ok_or(EnvelopeError::WrongShare(holder))?;
        if opening.commitment(&self.manifest.unit) == dealt.share {
            Ok(opening)
        } else {
            Err(EnvelopeError::WrongShare(holder))
        }
    }

    /// Seals the share to the holder's key of another period. The share stays the same, and with it the manifest.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn reseal(
        &self,
        secret: &KemSecret,
        period: u32,
        key: &KemPublic,
        random: &mut dyn Random,
    ) -> Result<Sealed, EnvelopeError> {
        let opening = self.open(secret)?;
        let committee = self.committee();
        Ok(self.context(&committee, opening.share.index(), period).seal(key, &opening, random)?)
    }

    fn committee(&self) -> Vec<OrgId> {
        self.manifest.holders.iter().map(|holder| holder.org).collect()
    }

    fn context<'a>(&self, committee: &'a [OrgId], index: u8, period: u32) -> Context<'a> {
        let Manifest { unit, edition, policy, threshold, .. } = *self.manifest;
        Context { unit, edition, policy, threshold, committee, index, period }
    }
}
