//! For tests of this crate and of those that use it: a store in memory that loses what was not written.

use crate::ports::{Op, Row, Store, StoreError, Table};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A store in memory, with the failures of a disk on demand. What was written stays when the one who wrote it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    rows: BTreeMap<(Table, Vec<u8>), Vec<u8>>,
    writes: u64,
    /// After how many further writes the process dies: every later one fails.
    left: Option<u64>,
}

impl MemoryStore {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the process die after `writes` further writes: all later ones fail, until [`MemoryStore::restart`].
    pub fn die_after(&self, writes: u64) {
        self.state().left = Some(writes);
    }

    /// Whether the process has died.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.state().left == Some(0)
    }

    /// Lets writes succeed again.
    pub fn restart(&self) {
        self.state().left = None;
    }

    /// How many writes succeeded.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.state().writes
    }

    /// How many rows a table has.
    #[must_use]
    pub fn len(&self, table: Table) -> usize {
        self.state().rows.keys().filter(|(of, _)| *of == table).count()
    }

    /// Whether a table has no row.
    #[must_use]
    pub fn is_empty(&self, table: Table) -> bool {
        self.len(table) == 0
    }

    /// Everything that is stored, keys and values one after the other: for searching what must not be there.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for ((_, key), row) in &self.state().rows {
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(row);
        }
        bytes
    }
}

impl Store for MemoryStore {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.state().rows.get(&(table, key.to_vec())).cloned())
    }

    fn scan(&self, table: Table, prefix: &[u8], after: Option<&[u8]>, max: usize) -> Result<Vec<Row>, StoreError> {
        let state = self.state();
        let from = after.unwrap_or(prefix).to_vec();
        let rows = state.rows.range((table, from)..).map(|((of, key), row)| (*of, key, row));
        let rows = rows.take_while(|(of, key, _)| *of == table && key.starts_with(prefix));
        let rows = rows.filter(|(_, key, _)| after.is_none_or(|after| key.as_slice() > after));
        Ok(rows.take(max).map(|(_, key, row)| (key.clone(), row.clone())).collect())
    }

    fn write(&self, ops: Vec<Op>) -> Result<(), StoreError> {
        let mut state = self.state();
        if let Some(left) = state.left {
            let Some(less) = left.checked_sub(1) else { return Err(StoreError("the process has died".to_owned())) };
            state.left = Some(less);
        }
        for op in ops {
            match op {
                Op::Put(table, key, row) => drop(state.rows.insert((table, key), row)),
                Op::Delete(table, key) => drop(state.rows.remove(&(table, key))),
            }
        }
        state.writes = state.writes.saturating_add(1);
        Ok(())
    }
}
