//! What a unit contains: items, each octet for octet as it was submitted, each with its salt.
//!
//! # Bytes
//! `u8 version 1 ‖ u32 number of items ‖ per item: salt (32) ‖ u32 length ‖ bytes`. The salts are inside, so that who may read a unit can
//! show one of its items to others without the rest, and nobody else can guess an item from its commitment.

use crate::{
    bucket::Bucket,
    random::{NoRandom, Random},
    secret::SECRET_BYTES,
    tree,
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Hash, List, TreeError, domain, hash, inclusion_root, leaf_hash};
use std::{fmt, ops::Range};
use zeroize::Zeroizing;

/// Most items of one unit.
pub const ITEMS_MAX: usize = 4096;
/// Longest path of a proof that an item belongs to a unit: `log₂` of [`ITEMS_MAX`].
pub const ITEM_PATH_MAX: usize = 12;
const VERSION: u8 = 1;
const HEAD_BYTES: usize = 5;

/// Why these items or bytes are no contents of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentsError {
    /// No item, or too many.
    #[error("{0} items: a unit has 1 to 4096")]
    Count(usize),
    /// More than the largest unit.
    #[error("the items are longer than 64 MiB together")]
    TooLong,
    /// The bytes do not follow the form.
    #[error("the bytes are no contents of a unit")]
    Malformed,
    /// No random bytes.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

/// One item.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Item<'a> {
    /// What hides it behind its commitment.
    pub salt: &'a [u8; SECRET_BYTES],
    /// The item itself.
    pub bytes: &'a [u8],
}

impl Item<'_> {
    /// Its commitment: `SHA-256("epione/item/1" ‖ salt ‖ bytes)`.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        hash(domain::ITEM, &[self.salt, self.bytes])
    }
}

impl fmt::Debug for Item<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Item([private])")
    }
}

/// The contents of a unit, in clear; wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct Contents {
    bytes: Zeroizing<Vec<u8>>,
    /// Where the bytes of each item are; its salt stands 36 bytes before.
    places: Vec<Range<usize>>,
}

impl Contents {
    /// The contents with these items, each under a new salt.
    ///
    /// # Errors
    /// [`ContentsError`] but [`ContentsError::Malformed`].
    pub fn new(items: &[&[u8]], random: &mut dyn Random) -> Result<Self, ContentsError> {
        if items.is_empty() || items.len() > ITEMS_MAX {
            return Err(ContentsError::Count(items.len()));
        }
        let mut len = HEAD_BYTES;
        for item in items {
            len = len.saturating_add(SECRET_BYTES + 4).saturating_add(item.len());
        }
        if Bucket::of(len).is_none() {
            return Err(ContentsError::TooLong);
        }
        // Reserved at once, so that no copy stays behind when it grows.
        let mut bytes = Zeroizing::new(Vec::with_capacity(len));
        bytes.push(VERSION);
        bytes.extend_from_slice(&length(items.len())?);
        for item in items {
            let mut salt = Zeroizing::new([0; SECRET_BYTES]);
            random.fill(&mut *salt)?;
            bytes.extend_from_slice(&*salt);
            bytes.extend_from_slice(&length(item.len())?);
            bytes.extend_from_slice(item);
        }
        Self::from_bytes(bytes)
    }

    /// The contents that these bytes are.
    ///
    /// # Errors
    /// [`ContentsError::Malformed`], [`ContentsError::Count`], [`ContentsError::TooLong`].
    pub fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Result<Self, ContentsError> {
        if Bucket::of(bytes.len()).is_none() {
            return Err(ContentsError::TooLong);
        }
        let places = places(&bytes)?;
        Ok(Self { bytes, places })
    }

    /// The bytes that are encrypted.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The items, in order.
    pub fn items(&self) -> impl ExactSizeIterator<Item = Item<'_>> {
        self.places.iter().map(|place| self.item(place))
    }

    fn item(&self, place: &Range<usize>) -> Item<'_> {
        let salt = self.bytes.get(..place.start).and_then(|before| before.last_chunk::<{ SECRET_BYTES + 4 }>());
        let salt = salt.and_then(|head| head.first_chunk::<SECRET_BYTES>());
        match (salt, self.bytes.get(place.clone())) {
            (Some(salt), Some(bytes)) => Item { salt, bytes },
            _ => crate::broken("places of items lie within the contents"),
        }
    }

    fn leaves(&self) -> Vec<Hash> {
        self.items().map(|item| leaf_hash(&item.commitment().0)).collect()
    }

    /// Root of the tree over the commitments to the items: the same in every edition of the unit.
    #[must_use]
    pub fn root(&self) -> Hash {
        tree::root(&self.leaves())
    }

    /// The proof that the item at `index` belongs to the unit. Tells its salt, its place and how many there are, nothing of the rest.
    #[must_use]
    pub fn prove(&self, index: usize) -> Option<ItemProof> {
        let item = self.items().nth(index)?;
        Some(ItemProof {
            salt: *item.salt,
            index: u32::try_from(index).ok()?,
            size: u32::try_from(self.places.len()).ok()?,
            path: List::new(tree::path(&self.leaves(), index)?).ok()?,
        })
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contents({} items, [private])", self.places.len())
    }
}

fn length(len: usize) -> Result<[u8; 4], ContentsError> {
    u32::try_from(len).map(u32::to_le_bytes).map_err(|_large| ContentsError::TooLong)
}

fn places(bytes: &[u8]) -> Result<Vec<Range<usize>>, ContentsError> {
    let (version, rest) = bytes.split_first().ok_or(ContentsError::Malformed)?;
    let (count, mut rest) = rest.split_first_chunk::<4>().ok_or(ContentsError::Malformed)?;
    let count = usize::try_from(u32::from_le_bytes(*count)).map_err(|_large| ContentsError::Malformed)?;
    if *version != VERSION {
        return Err(ContentsError::Malformed);
    }
    if count == 0 || count > ITEMS_MAX {
        return Err(ContentsError::Count(count));
    }
    let mut places = Vec::with_capacity(count);
    for _ in 0..count {
        let (_salt, after) = rest.split_first_chunk::<SECRET_BYTES>().ok_or(ContentsError::Malformed)?;
        let (len, after) = after.split_first_chunk::<4>().ok_or(ContentsError::Malformed)?;
        let len = usize::try_from(u32::from_le_bytes(*len)).map_err(|_large| ContentsError::Malformed)?;
        let begin = bytes.len().saturating_sub(after.len());
        let (item, after) = after.split_at_checked(len).ok_or(ContentsError::Malformed)?;
        places.push(begin..begin.saturating_add(item.len()));
        rest = after;
    }
    if rest.is_empty() { Ok(places) } else { Err(ContentsError::Malformed) }
}

/// That one item belongs to a unit, to be shown to others together with the item.
///
/// The place and number of items are as told: a proof with others of them may also hold. What is proved is that the item is one of the unit.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ItemProof {
    /// The item's salt.
    pub salt: [u8; SECRET_BYTES],
    /// Its place among the items, from 0.
    pub index: u32,
    /// Number of items of the unit.
    pub size: u32,
    /// Hashes from the leaf up.
    pub path: List<Hash, ITEM_PATH_MAX>,
}

impl ItemProof {
    /// The root that the proof leads to from `bytes`: the item belongs to the unit if the unit's manifest has this root.
    ///
    /// # Errors
    /// [`TreeError`] if no tree has such a proof.
    pub fn root(&self, bytes: &[u8]) -> Result<Hash, TreeError> {
        let leaf = leaf_hash(&Item { salt: &self.salt, bytes }.commitment().0);
        inclusion_root(leaf, self.index.into(), self.size.into(), &self.path)
    }
}

impl fmt::Debug for ItemProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ItemProof({} of {}, [private])", self.index, self.size)
    }
}
