//! The manifest of a unit: what its author dealt, to whom, and how each part of it is recognized. It contains no secret.

use crate::{
    bucket::Bucket,
    secret::{Blind, UnitKey},
    shamir::{SHARES_MAX, ShamirError, Share, check_scheme},
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{
    DecodeError, Hash, KeyError, List, OrgId, Signature, UnitId, decode, domain, encode, hash, signing_bytes,
};

/// Most holders of one unit.
pub const HOLDERS_MAX: usize = 7;
const _: () = assert!(HOLDERS_MAX == SHARES_MAX as usize, "each holder has one share");
/// Largest signed manifest, in bytes of its canonical encoding.
pub const MANIFEST_BYTES_MAX: usize = 8 * 1024;

/// One member of the committee of a unit. Its share has the number of its place, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Holder {
    /// The organization.
    pub org: OrgId,
    /// The period of its key to which the envelope was sealed as dealt.
    pub period: u32,
    /// Commitment to its share: [`share_commitment`].
    pub share: Hash,
    /// SHA-256 of its envelope as dealt.
    pub envelope: Hash,
}

/// What an author dealt.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Manifest {
    /// Version of this form: [`Manifest::VERSION`].
    pub version: u8,
    /// The unit.
    pub unit: UnitId,
    /// Which deal of the unit this is: raised by each further deal.
    pub edition: u32,
    /// SHA-256 of the ciphertext.
    pub ciphertext: Hash,
    /// The size of the padded contents.
    pub bucket: Bucket,
    /// Commitment to the unit key: [`key_commitment`].
    pub key_commitment: Hash,
    /// How many shares are enough, at least 2.
    pub threshold: u8,
    /// The committee: at least as many as the threshold, at most 7, each once.
    pub holders: List<Holder, HOLDERS_MAX>,
    /// Root of the tree over the commitments to the items: the same in every edition.
    pub items_root: Hash,
    /// Who dealt.
    pub author: OrgId,
    /// Hash of the policy under which the unit may be released.
    pub policy: Hash,
}

/// Why a manifest is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The bytes are not the canonical encoding of a signed manifest.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A later version of the form.
    #[error("version {0} of manifests is unknown")]
    Version(u8),
    /// No possible threshold.
    #[error(transparent)]
    Scheme(#[from] ShamirError),
    /// An organization would have two shares.
    #[error("{0} is twice in the committee")]
    Twice(OrgId),
    /// The signature does not fit the manifest.
    #[error("the signature {0}")]
    Signature(KeyError),
}

impl Manifest {
    /// The present version of the form.
    pub const VERSION: u8 = 1;

    /// Whether version, threshold and committee are possible.
    ///
    /// # Errors
    /// [`ManifestError::Version`], [`ManifestError::Scheme`], [`ManifestError::Twice`].
    pub fn check(&self) -> Result<(), ManifestError> {
        if self.version != Self::VERSION {
            return Err(ManifestError::Version(self.version));
        }
        check_scheme(self.threshold, u8::try_from(self.holders.len()).unwrap_or(u8::MAX))?;
        let orgs: Vec<OrgId> = self.holders.iter().map(|holder| holder.org).collect();
        check_once(&orgs)
    }

    /// What stands on the ledger: `SHA-256("epione/manifest/1" ‖ canonical bytes)`. It commits to a random key, so nobody can guess it.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        hash(domain::MANIFEST, &[&encode(self)])
    }

    /// What its author signs.
    #[must_use]
    pub fn signing_bytes(&self) -> Vec<u8> {
        signing_bytes(domain::MANIFEST_SIGNATURE, self)
    }

    /// The place of `org` in the committee, with the number of its share.
    #[must_use]
    pub fn holder(&self, org: &OrgId) -> Option<(u8, &Holder)> {
        (1..).zip(self.holders.iter()).find(|(_, holder)| holder.org == *org)
    }
}

pub(crate) fn check_once(orgs: &[OrgId]) -> Result<(), ManifestError> {
    let mut sorted = orgs.to_vec();
    sorted.sort_unstable();
    let twice = sorted.iter().zip(sorted.iter().skip(1)).find(|(one, next)| one == next);
    twice.map_or(Ok(()), |(org, _)| Err(ManifestError::Twice(*org)))
}

/// A manifest with its author's signature.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedManifest {
    /// The manifest.
    pub manifest: Manifest,
    /// Of [`Manifest::signing_bytes`].
    pub signature: Signature,
}

impl SignedManifest {
    /// The signed manifest that these bytes are, if it is possible and the signature fits.
    ///
    /// Whether the key is one of the author's, and whether the ledger has this commitment, is for the caller to ask.
    ///
    /// # Errors
    /// [`ManifestError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ManifestError> {
        let signed: Self = decode(bytes, MANIFEST_BYTES_MAX)?;
        signed.verify()?;
        Ok(signed)
    }

    /// Whether the manifest is possible and the signature fits.
    ///
    /// # Errors
    /// [`ManifestError`] but [`ManifestError::Decode`].
    pub fn verify(&self) -> Result<(), ManifestError> {
        self.manifest.check()?;
        self.signature.verify(&self.manifest.signing_bytes()).map_err(ManifestError::Signature)
    }
}

/// The commitment to a unit key: `SHA-256("epione/unit-key/1" ‖ unit_id ‖ unit_key)`.
#[must_use]
pub fn key_commitment(unit: &UnitId, key: &UnitKey) -> Hash {
    hash(domain::UNIT_KEY, &[&unit.0, key.expose()])
}

/// The commitment to a share: `SHA-256("epione/share/1" ‖ unit_id ‖ u8 number ‖ share ‖ blind)`.
#[must_use]
pub fn share_commitment(unit: &UnitId, share: &Share, blind: &Blind) -> Hash {
    hash(domain::SHARE, &[&unit.0, &[share.index()], share.expose(), blind.expose()])
}
