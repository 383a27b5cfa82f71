//! Paged lists of values under a key.
//!
//! The state is read by key only, never by range. An index is therefore a counted list cut into pages: the count under
//! the key, and each page under the key and its number. Removing swaps the last value into the gap, so the order is not
//! stable across removals.

use crate::{Ctx, Domain, KeySet, Missing, Reads, Table};
use epione_types::{Canonical, List};

/// Values per page: small enough that a page of 16-byte identifiers is a small row.
const PAGE: u64 = 16;
const PAGE_LEN: usize = 16;

/// A list of `V` under each key of `K`, in module `D`.
#[derive(Debug)]
pub struct Index<D, K, V> {
    counts: Table<D, K, u64>,
    pages: Table<D, (K, u64), List<V, PAGE_LEN>>,
}

impl<D: Domain, K: Canonical + Clone, V: Canonical + Clone + PartialEq> Index<D, K, V> {
    /// The index that uses the two table numbers, unique in the module and never reused.
    #[must_use]
    pub const fn new(count_table: u8, page_table: u8, name: &'static str) -> Self {
        Self { counts: Table::new(count_table, name), pages: Table::new(page_table, name) }
    }

    /// Number of values under `key`.
    ///
    /// # Errors
    /// [`Missing`] if the count is not loaded.
    pub fn len(&self, from: &impl Reads, key: &K) -> Result<u64, Missing> {
        Ok(self.counts.get(from, key)?.unwrap_or(0))
    }

    /// The values of page `page` under `key`, at most sixteen; empty beyond the last.
    ///
    /// # Errors
    /// [`Missing`] if the page is not loaded.
    pub fn page(&self, from: &impl Reads, key: &K, page: u64) -> Result<Vec<V>, Missing> {
        Ok(self.pages.get(from, &(key.clone(), page))?.map(List::into_vec).unwrap_or_default())
    }

    /// All values under `key`. For lists whose length a rule of the module bounds.
    ///
    /// # Errors
    /// [`Missing`] if a page is not loaded.
    pub fn all(&self, from: &impl Reads, key: &K) -> Result<Vec<V>, Missing> {
        let mut values = Vec::new();
        for page in 0..self.len(from, key)?.div_ceil(PAGE) {
            values.extend(self.page(from, key, page)?);
        }
        Ok(values)
    }

    /// Appends `value` under `key`.
    ///
    /// # Errors
    /// [`Missing`] if the last page is not loaded.
    pub fn push(&self, ctx: &mut Ctx<'_, D>, key: &K, value: V) -> Result<(), Missing> {
        let count = self.len(ctx, key)?;
        let page = count.checked_div(PAGE).unwrap_or(0);
        let mut values = self.page(ctx, key, page)?;
        values.push(value);
        self.write(ctx, key, page, values);
        self.counts.put(ctx, key, &count.saturating_add(1));
        Ok(())
    }

    /// Removes the first occurrence of `value` under `key`; whether there was one.
    ///
    /// # Errors
    /// [`Missing`] if a page is not loaded.
    pub fn remove(&self, ctx: &mut Ctx<'_, D>, key: &K, value: &V) -> Result<bool, Missing> {
        let mut values = self.all(ctx, key)?;
        let Some(at) = values.iter().position(|found| found == value) else {
            return Ok(false);
        };
        values.swap_remove(at);
        let count = u64::try_from(values.len()).unwrap_or(u64::MAX);
        let gap = u64::try_from(at).unwrap_or(u64::MAX).checked_div(PAGE).unwrap_or(0);
        let last = count.checked_div(PAGE).unwrap_or(0);
        for (number, chunk) in (0_u64..).zip(values.chunks(PAGE_LEN)) {
            if number == gap || number == last {
                self.write(ctx, key, number, chunk.to_vec());
            }
        }
        if count.checked_rem(PAGE) == Some(0) {
            self.pages.delete(ctx, &(key.clone(), last));
        }
        if count == 0 {
            self.counts.delete(ctx, key)
        } else {
            self.counts.put(ctx, key, &count)
        }
        Ok(true)
    }

    /// Adds the count and the first page under `key` to the hints.
    pub fn hint(&self, key: &K, keys: &mut KeySet) {
        keys.add(&self.counts, key);
        keys.add(&self.pages, &(key.clone(), 0));
    }

    fn write(&self, ctx: &mut Ctx<'_, D>, key: &K, page: u64, values: Vec<V>) {
        let values = List::new(values).unwrap_or_else(|_more| crate::broken("a page holds more values than fit"));
        self.pages.put(ctx, &(key.clone(), page), &values);
    }
}
