//! Dealing a unit: its contents under a new key, the key in shares, each share in the envelope of one holder.
//!
//! A further deal of the same unit is the same again, with the next edition and the same [`Contents`]: key, polynomial, blinds, ciphertext
//! and envelopes are new, the root of the items stays. Shares of two editions never join.

use crate::{
    bucket::Bucket,
    contents::Contents,
    envelope::{Context, Opening},
    manifest::{Holder, Manifest, ManifestError, check_once, key_commitment},
    random::{NoRandom, Random},
    seal::{KemPublic, SealError, Sealed},
    secret::{Blind, UnitKey},
    shamir::{ShamirError, split},
    stream::{StreamError, encrypt},
};
use epione_types::{Hash, List, OrgId, UnitId};

/// Who gets a share.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The organization.
    pub org: OrgId,
    /// The period of its key.
    pub period: u32,
    /// Its key of that period.
    pub key: KemPublic,
}

/// What the author decides about a deal.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The unit.
    pub unit: UnitId,
    /// Which deal of the unit this is.
    pub edition: u32,
    /// Who deals.
    pub author: OrgId,
    /// Hash of the policy under which the unit may be released.
    pub policy: Hash,
    /// How many shares are enough, at least 2.
    pub threshold: u8,
    /// The committee: at least as many as the threshold, at most 7, each organization once. Shares are numbered in this order.
    pub committee: &'a [Recipient],
}

/// Why a unit cannot be dealt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DealError {
    /// No possible threshold or number of holders.
    #[error(transparent)]
    Scheme(#[from] ShamirError),
    /// An organization would have two shares.
    #[error("{0} is twice in the committee")]
    Twice(OrgId),
    /// The contents cannot be encrypted.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// A share cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No random bytes.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

/// A unit as it was dealt.
#[derive(Debug)]
pub struct Dealt {
    /// The manifest, to be signed with [`Manifest::signing_bytes`].
    pub manifest: Manifest,
    /// The envelopes, in the order of the committee.
    pub envelopes: Vec<Sealed>,
    /// The ciphertext, for the vaults.
    pub ciphertext: Vec<u8>,
    /// The key, for the custodian's own copy alone: wiped when dropped.
    pub key: UnitKey,
}

/// Deals `contents`.
///
/// # Errors
/// [`DealError`].
pub fn deal(terms: &Terms<'_>, contents: &Contents, random: &mut dyn Random) -> Result<Dealt, DealError> {
    let orgs: Vec<OrgId> = terms.committee.iter().map(|recipient| recipient.org).collect();
    let count = u8::try_from(orgs.len()).unwrap_or(u8::MAX);
    if let Err(ManifestError::Twice(org)) = check_once(&orgs) {
        return Err(DealError::Twice(org));
    }
    let key = UnitKey::random(random)?;
    let shares = split(key.expose(), terms.threshold, count, random)?;
    let bytes = contents.as_bytes();
    let ciphertext = encrypt(&key, &terms.unit, terms.edition, bytes)?;
    let (mut holders, mut envelopes) = (List::default(), Vec::with_capacity(orgs.len()));
    for (recipient, share) in terms.committee.iter().zip(shares) {
        let opening = Opening { share, blind: Blind::random(random)? };
        let context = Context {
            unit: terms.unit,
            edition: terms.edition,
            policy: terms.policy,
            threshold: terms.threshold,
            committee: &orgs,
            index: opening.share.index(),
            period: recipient.period,
        };
        let sealed = context.seal(&recipient.key, &opening, random)?;
        let (share, envelope) = (opening.commitment(&terms.unit), sealed.hash());
        let holder = Holder { org: recipient.org, period: recipient.period, share, envelope };
        if holders.push(holder).is_err() {
            crate::broken("a scheme has at most 7 holders");
        }
        envelopes.push(sealed);
    }
    let manifest = Manifest {
        version: Manifest::VERSION,
        unit: terms.unit,
        edition: terms.edition,
        ciphertext: Hash::sha256(&[&ciphertext]),
        bucket: Bucket::of(bytes.len()).ok_or(StreamError::TooLong(bytes.len()))?,
        key_commitment: key_commitment(&terms.unit, &key),
        threshold: terms.threshold,
        holders,
        items_root: contents.root(),
        author: terms.author,
        policy: terms.policy,
    };
    Ok(Dealt { manifest, envelopes, ciphertext, key })
}
