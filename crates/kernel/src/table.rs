//! Typed tables.

use crate::{Ctx, Domain, MemoryState, Missing, Reads, RowKey, broken};
use epione_types::{
    Canonical, decode, encode,
    limits::{ROW_BYTES_MAX, ROW_KEY_BYTES_MAX},
};
use std::marker::PhantomData;

/// A table of module `D`: rows of `V` under keys of `K`, read and written one by one.
///
/// A table is a private constant of its module, so nobody else can write it: writing takes a `Ctx<D>`.
pub struct Table<D, K, V> {
    number: u8,
    name: &'static str,
    rows: PhantomData<fn(D, K) -> V>,
}

impl<D, K, V> std::fmt::Debug for Table<D, K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Table({} {})", self.number, self.name)
    }
}

impl<D: Domain, K: Canonical, V: Canonical> Table<D, K, V> {
    /// The table with this number, unique in its module and never reused.
    #[must_use]
    pub const fn new(number: u8, name: &'static str) -> Self {
        Self { number, name, rows: PhantomData }
    }

    /// The table's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Address of the row under `key`.
    #[must_use]
    pub fn row(&self, key: &K) -> RowKey {
        RowKey { module: D::ID, table: self.number, key: encode(key) }
    }

    /// The row under `key`.
    ///
    /// # Errors
    /// [`Missing`] if the row is not loaded.
    ///
    /// # Panics
    /// If the stored bytes are not a `V`: the state is corrupt.
    pub fn get(&self, from: &impl Reads, key: &K) -> Result<Option<V>, Missing> {
        Ok(from.view().row(&self.row(key))?.map(|bytes| self.decode(bytes)))
    }

    /// Writes `value` under `key`.
    ///
    /// # Panics
    /// If key or value are beyond the limits of a row: the types of a module do not permit that.
    pub fn put(&self, ctx: &mut Ctx<'_, D>, key: &K, value: &V) {
        let (row, bytes) = (self.row(key), encode(value));
        if row.key.len() > ROW_KEY_BYTES_MAX || bytes.len() > ROW_BYTES_MAX {
            broken("a row is beyond the limits of key or value");
        }
        ctx.raw().set(row, Some(bytes));
    }

    /// Deletes the row under `key`, if there is one.
    pub fn delete(&self, ctx: &mut Ctx<'_, D>, key: &K) {
        ctx.raw().set(self.row(key), None);
    }

    /// All rows of a whole state, in ascending order of their keys. For laws and tests.
    pub fn all<'a>(&'a self, state: &'a MemoryState) -> impl Iterator<Item = (K, V)> + 'a {
        let from = RowKey { module: D::ID, table: self.number, key: Vec::new() };
        state.range(from).take_while(|(row, _)| row.module == D::ID && row.table == self.number).map(|(row, bytes)| {
            let Ok(key) = decode(&row.key, ROW_KEY_BYTES_MAX) else {
                broken("a key of the state does not decode");
            };
            (key, self.decode(bytes))
        })
    }

    fn decode(&self, bytes: &[u8]) -> V {
        decode(bytes, ROW_BYTES_MAX).unwrap_or_else(|_error| broken("a row of the state does not decode"))
    }
}
