//! What an organization's node keeps: typed rows over the [`Store`], personal ones wrapped under its storage key.

mod identifiers;
mod kept;
mod own;
mod rows;

pub use identifiers::CatalogMatcher;
pub use rows::{
    Copied, ENCOUNTER_BYTES_MAX, Encounter, Happened, IDENTIFIERS_MAX, Kept, KeptEnvelope, Notice, Opening, OwnSubject,
    Pending, Source,
};

pub(crate) use kept::EnvelopeAt;
pub(crate) use own::copy_key;

use crate::{
    at_rest::AtRest,
    error::Error,
    ports::{Entropy, Op, Ports, Store, Table},
};
use epione_types::{Canonical, decode, encode};
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

/// Largest row, in bytes.
const ROW_BYTES_MAX: usize = 256 * 1024;
/// Rows that are read at once.
pub(crate) const PAGE: usize = 256;

/// What an organization's node keeps. Cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    store: Arc<dyn Store>,
    entropy: Arc<dyn Entropy>,
    at_rest: AtRest,
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Catalog {
    /// The catalog in this store, under this storage key.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, entropy: Arc<dyn Entropy>, storage: &[u8; 32]) -> Self {
        Self { store, entropy, at_rest: AtRest::new(storage) }
    }

    /// The catalog in the store of these ports.
    ///
    /// # Errors
    /// [`Error::Keys`] if there is no storage key.
    pub fn open(ports: &Ports) -> Result<Self, Error> {
        let storage = ports.keys.storage()?;
        Ok(Self::new(Arc::clone(&ports.store), Arc::clone(&ports.entropy), &storage))
    }

    /// Makes all changes or none, durably.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(crate) fn write(&self, ops: Vec<Op>) -> Result<(), Error> {
        if ops.is_empty() {
            return Ok(());
        }
        Ok(self.store.write(ops)?)
    }

    /// The plain row under `key`.
    pub(crate) fn get<T: Canonical>(&self, table: Table, key: &[u8]) -> Result<Option<T>, Error> {
        let row = self.store.get(table, key)?;
        row.map(|row| decode(&row, ROW_BYTES_MAX).map_err(|_decode| Error::Unreadable)).transpose()
    }

    /// The wrapped row under `key`.
    pub(crate) fn get_wrapped<T: Canonical>(&self, table: Table, key: &[u8]) -> Result<Option<T>, Error> {
        self.store.get(table, key)?.map(|row| self.unwrap_row(table, key, &row)).transpose()
    }

    pub(crate) fn unwrap_row<T: Canonical>(&self, table: Table, key: &[u8], row: &[u8]) -> Result<T, Error> {
        let plain = self.at_rest.unwrap((table, key), row)?;
        decode(&plain, ROW_BYTES_MAX).map_err(|_decode| Error::Unreadable)
    }

    /// The change that writes a plain row.
    pub(crate) fn put<T: Canonical>(table: Table, key: &[u8], value: &T) -> Op {
        Op::Put(table, key.to_vec(), encode(value))
    }

    /// The change that writes a wrapped row.
    pub(crate) fn put_wrapped<T: Canonical>(&self, table: Table, key: &[u8], value: &T) -> Result<Op, Error> {
        let plain = Zeroizing::new(encode(value));
        Ok(Op::Put(table, key.to_vec(), self.at_rest.wrap((table, key), &plain, &*self.entropy)?))
    }

    /// Bytes that are too large for a row, wrapped; and unwrapped again.
    pub(crate) fn wrap_bytes(&self, table: Table, key: &[u8], plain: &[u8]) -> Result<Vec<u8>, Error> {
        self.at_rest.wrap((table, key), plain, &*self.entropy)
    }

    pub(crate) fn unwrap_bytes(&self, table: Table, key: &[u8], bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.at_rest.unwrap((table, key), bytes)
    }

    /// At most [`PAGE`] rows whose keys begin with `prefix`.
    pub(crate) fn page(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
    ) -> Result<Vec<crate::ports::Row>, Error> {
        Ok(self.store.scan(table, prefix, after, PAGE)?)
    }

    /// All keys that begin with `prefix`.
    pub(crate) fn keys(&self, table: Table, prefix: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        let mut keys: Vec<Vec<u8>> = Vec::new();
        loop {
            let page = self.page(table, prefix, keys.last().map(Vec::as_slice))?;
            let is_last = page.len() < PAGE;
            keys.extend(page.into_iter().map(|(key, _)| key));
            if is_last {
                return Ok(keys);
            }
        }
    }

    pub(crate) fn index(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.at_rest.index(parts)
    }
}

/// The fixed parts of a key, one after the other.
pub(crate) fn key(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}
