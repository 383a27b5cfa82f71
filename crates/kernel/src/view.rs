//! Reading the state: a base, and writes laid over it.

use crate::RowKey;
use std::collections::BTreeMap;

/// A row that must be loaded before the call can be run. The driver loads it and runs the call again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(pub RowKey);

/// The state below all writes of a block.
pub trait Base {
    /// The row at `key`, or that there is none.
    ///
    /// # Errors
    /// [`Missing`] if it is not known yet whether there is one.
    fn row(&self, key: &RowKey) -> Result<Option<&[u8]>, Missing>;
}

/// Writes laid over a base: a row, or its absence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay(BTreeMap<RowKey, Option<Vec<u8>>>);

impl Overlay {
    /// Writes a row, or deletes it.
    pub fn set(&mut self, key: RowKey, row: Option<Vec<u8>>) {
        self.0.insert(key, row);
    }

    /// Lays `later` over this overlay.
    pub fn absorb(&mut self, later: Self) {
        self.0.extend(later.0);
    }

    /// What was written at `key`: nothing, a row, or its absence.
    #[must_use]
    pub fn at(&self, key: &RowKey) -> Option<Option<&[u8]>> {
        self.0.get(key).map(Option::as_deref)
    }

    /// Number of rows written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The writes in ascending order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&RowKey, Option<&[u8]>)> {
        self.0.iter().map(|(key, row)| (key, row.as_deref()))
    }
}

/// The state as a call sees it: a base under the writes of the block, of the transaction and of the call.
#[derive(Clone, Copy)]
pub struct View<'a> {
    base: &'a dyn Base,
    /// Later writes first.
    layers: [Option<&'a Overlay>; 3],
}

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").field("layers", &self.layers).finish_non_exhaustive()
    }
}

impl<'a> View<'a> {
    /// The state of `base` alone.
    #[must_use]
    pub fn new(base: &'a dyn Base) -> Self {
        Self { base, layers: [None; 3] }
    }

    /// The state of `base` under the writes of a block.
    #[must_use]
    pub fn after(base: &'a dyn Base, block: &'a Overlay) -> Self {
        Self { base, layers: [None, None, Some(block)] }
    }

    /// The state of `base` under the writes of a block and, later than those, of one transaction in it.
    #[must_use]
    pub fn over(base: &'a dyn Base, block: &'a Overlay, tx: &'a Overlay) -> Self {
        Self { base, layers: [None, Some(tx), Some(block)] }
    }

    pub(crate) fn with_call(self, call: &'a Overlay) -> Self {
        let [_, tx, block] = self.layers;
        Self { layers: [Some(call), tx, block], ..self }
    }

    /// The row at `key`.
    ///
    /// # Errors
    /// [`Missing`] if the base has not loaded it.
    pub fn row(&self, key: &RowKey) -> Result<Option<&'a [u8]>, Missing> {
        for layer in self.layers.into_iter().flatten() {
            if let Some(written) = layer.at(key) {
                return Ok(written);
            }
        }
        self.base.row(key)
    }
}

/// What rows can be read from: a [`View`] or a [`crate::Ctx`].
pub trait Reads {
    /// The state as it is seen from here.
    fn view(&self) -> View<'_>;
}

impl Reads for View<'_> {
    fn view(&self) -> View<'_> {
        *self
    }
}

/// A whole state in memory; nothing is ever missing. Used by tests, the audit and the simulator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryState(BTreeMap<RowKey, Vec<u8>>);

impl MemoryState {
    /// Applies the writes of a block.
    pub fn apply(&mut self, writes: &Overlay) {
        for (key, row) in writes.iter() {
            match row {
                Some(row) => self.0.insert(key.clone(), row.to_vec()),
                None => self.0.remove(key),
            };
        }
    }

    /// All rows in ascending order of their addresses.
    pub fn iter(&self) -> impl Iterator<Item = (&RowKey, &[u8])> {
        self.0.iter().map(|(key, row)| (key, row.as_slice()))
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn range(&self, from: RowKey) -> impl Iterator<Item = (&RowKey, &[u8])> {
        self.0.range(from..).map(|(key, row)| (key, row.as_slice()))
    }
}

impl Base for MemoryState {
    fn row(&self, key: &RowKey) -> Result<Option<&[u8]>, Missing> {
        Ok(self.0.get(key).map(Vec::as_slice))
    }
}

impl Reads for MemoryState {
    fn view(&self) -> View<'_> {
        View::new(self)
    }
}
