//! Addresses of rows.

use crate::{Domain, Table};
use borsh::BorshSerialize;
use epione_types::{Canonical, ModuleId};

/// Address of a row: module, table and the canonical bytes of the row's key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct RowKey {
    /// The module that owns the table.
    pub module: ModuleId,
    /// The table within the module.
    pub table: u8,
    /// Canonical bytes of the key, at most [`epione_types::limits::ROW_KEY_BYTES_MAX`].
    pub key: Vec<u8>,
}

/// Rows that a call will likely read: a hint that saves time and never changes a result.
#[derive(Debug, Default)]
pub struct KeySet(Vec<RowKey>);

impl KeySet {
    /// Adds the row of `table` under `key`.
    pub fn add<D: Domain, K: Canonical, V: Canonical>(&mut self, table: &Table<D, K, V>, key: &K) {
        self.0.push(table.row(key));
    }

    /// Adds a row by its address.
    pub fn add_row(&mut self, row: RowKey) {
        self.0.push(row);
    }

    /// The rows, in the order in which they were added.
    #[must_use]
    pub fn into_rows(self) -> Vec<RowKey> {
        self.0
    }
}
