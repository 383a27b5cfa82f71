//! The keys of a reader: one for each unit and holder of a request, all from one secret that lives in memory only.
//!
//! The ledger has one hash for all of them, the root of an RFC 6962 tree. A reader sends each holder its key with the proof that it
//! belongs to the request. Because each answer is sealed to a key of its own, the seed of one key can be published in a [`Complaint`](crate::Complaint):
//! it opens that one answer and nothing else.
//!
//! # Bytes
//! ```text
//! seed = HKDF-SHA-256(session, info = "epione/reader-seed/1" ‖ unit_id ‖ org)      the private key of X-Wing
//! hash = SHA-256("epione/reader-key/1" ‖ unit_id ‖ org ‖ public key)
//! leaf = SHA-256(0x00 ‖ hash)
//! ```

use crate::{
    kdf::hkdf,
    random::{NoRandom, Random},
    seal::{KemPublic, KemSecret},
    secret::SECRET_BYTES,
    tree,
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Hash, List, OrgId, UnitId, domain, hash, inclusion_root, leaf_hash};
use std::fmt;
use zeroize::Zeroizing;

/// Most keys of one request.
pub const READER_KEYS_MAX: usize = 1024;
/// Longest path of a reader's key: `log₂` of [`READER_KEYS_MAX`].
pub const READER_PATH_MAX: usize = 10;

/// Why a reader's keys cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReaderError {
    /// No key, or too many.
    #[error("{0} keys: a request has 1 to 1024, one for each holder of each unit")]
    Count(usize),
    /// A holder of a unit is named twice.
    #[error("{1} is twice among the holders of {0}")]
    Twice(UnitId, OrgId),
    /// No random bytes.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

/// The hash of a reader's key for one unit and holder.
#[must_use]
pub fn reader_key_hash(unit: &UnitId, holder: &OrgId, key: &KemPublic) -> Hash {
    hash(domain::READER_KEY, &[&unit.0, &holder.0, &key.to_bytes()])
}

/// The secret of one request; wiped from memory when dropped, never printed, never stored.
#[derive(Clone)]
pub struct ReaderSession {
    secret: Zeroizing<[u8; SECRET_BYTES]>,
    targets: Vec<(UnitId, OrgId)>,
    leaves: Vec<Hash>,
}

impl ReaderSession {
    /// A new session to read from these holders of these units.
    ///
    /// # Errors
    /// [`ReaderError`].
    pub fn new(targets: &[(UnitId, OrgId)], random: &mut dyn Random) -> Result<Self, ReaderError> {
        if targets.is_empty() || targets.len() > READER_KEYS_MAX {
            return Err(ReaderError::Count(targets.len()));
        }
        let mut targets = targets.to_vec();
        targets.sort_unstable();
        if let Some((target, _)) = targets.iter().zip(targets.iter().skip(1)).find(|(one, next)| one == next) {
            return Err(ReaderError::Twice(target.0, target.1));
        }
        let mut session = Self { secret: Zeroizing::new([0; SECRET_BYTES]), targets, leaves: Vec::new() };
        random.fill(&mut *session.secret)?;
        let leaf = |(unit, holder): &(UnitId, OrgId)| {
            leaf_hash(&reader_key_hash(unit, holder, &session.secret(unit, holder).public()).0)
        };
        session.leaves = session.targets.iter().map(leaf).collect();
        Ok(session)
    }

    /// What the request on the ledger says of its keys.
    #[must_use]
    pub fn root(&self) -> Hash {
        tree::root(&self.leaves)
    }

    /// The key for the answer of `holder` about `unit`, to be sent to it; none if the session was not made for it.
    #[must_use]
    pub fn key(&self, unit: &UnitId, holder: &OrgId) -> Option<ReaderKey> {
        let index = self.targets.binary_search(&(*unit, *holder)).ok()?;
        Some(ReaderKey {
            key: self.secret(unit, holder).public(),
            index: u32::try_from(index).ok()?,
            size: u32::try_from(self.targets.len()).ok()?,
            path: List::new(tree::path(&self.leaves, index)?).ok()?,
        })
    }

    /// The seed of that key: to be published in a complaint alone.
    pub(crate) fn seed(&self, unit: &UnitId, holder: &OrgId) -> Zeroizing<[u8; SECRET_BYTES]> {
        hkdf(&*self.secret, &[domain::READER_SEED, &unit.0, &holder.0])
    }

    pub(crate) fn secret(&self, unit: &UnitId, holder: &OrgId) -> KemSecret {
        KemSecret::from_seed(&self.seed(unit, holder))
    }
}

impl fmt::Debug for ReaderSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReaderSession({} keys, [private])", self.targets.len())
    }
}

/// A reader's key for one unit and holder, with the proof that it belongs to a request.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ReaderKey {
    /// The key.
    pub key: KemPublic,
    /// Its place among the keys of the request.
    pub index: u32,
    /// Number of keys of the request.
    pub size: u32,
    /// Hashes from the leaf up.
    pub path: List<Hash, READER_PATH_MAX>,
}

impl ReaderKey {
    /// Whether it is a key of the request with these `readers`, for this unit and holder.
    #[must_use]
    pub fn belongs_to(&self, readers: &Hash, unit: &UnitId, holder: &OrgId) -> bool {
        let leaf = leaf_hash(&reader_key_hash(unit, holder, &self.key).0);
        inclusion_root(leaf, self.index.into(), self.size.into(), &self.path).is_ok_and(|root| root == *readers)
    }
}
