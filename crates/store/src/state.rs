//! The authenticated state: loading rows before a block is run, and writing them after.

use crate::slots::{Address, SLOT_BYTES, join, row_len, row_slots, slot_count};
use commonware_cryptography::{Sha256, sha256::Digest};
use commonware_glue::stateful::db::{DatabaseSet, Shared};
use commonware_parallel::Sequential;
use commonware_runtime::Spawner;
use commonware_storage::{Context, mmr, qmdb::current::ordered::fixed, translator::EightCap};
use commonware_utils::sequence::FixedBytes;
use epione_kernel::{Base, Missing, Overlay, RowKey};
use std::{collections::HashMap, future::Future};

/// Format of the authenticated state that this release writes: how rows become slots, and how the roots are computed. A
/// genesis names it, and so does every header; a release with another one continues a chain at an agreed height.
pub const STATE_FORMAT: u16 = 1;

/// A value of the authenticated store.
pub type Slot = FixedBytes<SLOT_BYTES>;
/// The authenticated store.
pub type Db<E> = fixed::Db<mmr::Family, E, Digest, Slot, Sha256, EightCap, 32, Sequential>;
/// The authenticated store as the engine manages it.
pub type States<E> = Shared<Db<E>>;
/// Speculative state on which a block is run.
pub type Batch<E> = <States<E> as DatabaseSet<E>>::Unmerkleized;
/// Speculative state after a block, with its roots.
pub type Merkleized<E> = <States<E> as DatabaseSet<E>>::Merkleized;

/// The storage engine failed, or holds bytes that are not rows.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StateError {
    /// The engine's own error.
    #[error("the state store failed: {0}")]
    Engine(String),
    /// A row without all of its slots.
    #[error("the state store holds an incomplete row")]
    Incomplete,
}

/// Where slots are read from.
pub trait SlotSource: Sync {
    /// The slots under `keys`, in the same order.
    ///
    /// # Errors
    /// [`StateError::Engine`].
    fn slots(&self, keys: &[&Digest]) -> impl Future<Output = Result<Vec<Option<Slot>>, StateError>> + Send;
}

/// The state on which a block is run, as a source of slots.
#[derive(Clone, Copy)]
pub struct OfBatch<'a, E: Spawner + Context>(pub &'a Batch<E>);

/// The finalized state, as a source of slots.
#[derive(Clone, Copy)]
pub struct OfDb<'a, E: Context>(pub &'a Db<E>);

impl<E: Spawner + Context> std::fmt::Debug for OfBatch<'_, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OfBatch")
    }
}

impl<E: Context> std::fmt::Debug for OfDb<'_, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OfDb")
    }
}

impl<E: Spawner + Context> SlotSource for OfBatch<'_, E> {
    async fn slots(&self, keys: &[&Digest]) -> Result<Vec<Option<Slot>>, StateError> {
        self.0.get_many(keys).await.map_err(|error| StateError::Engine(error.to_string()))
    }
}

impl<E: Context> SlotSource for OfDb<'_, E> {
    async fn slots(&self, keys: &[&Digest]) -> Result<Vec<Option<Slot>>, StateError> {
        self.0.get_many(keys).await.map_err(|error| StateError::Engine(error.to_string()))
    }
}

/// Rows that were loaded; all others are missing.
#[derive(Debug, Default)]
pub struct Loaded(HashMap<RowKey, Option<Vec<u8>>>);

impl Loaded {
    /// Whether the row, or its absence, is known.
    #[must_use]
    pub fn knows(&self, row: &RowKey) -> bool {
        self.0.contains_key(row)
    }
}

impl Base for Loaded {
    fn row(&self, key: &RowKey) -> Result<Option<&[u8]>, Missing> {
        self.0.get(key).map(Option::as_deref).ok_or_else(|| Missing(key.clone()))
    }
}

/// Loads those of `rows` that are not loaded yet.
///
/// # Errors
/// [`StateError`].
pub async fn load(source: &impl SlotSource, rows: Vec<RowKey>, loaded: &mut Loaded) -> Result<(), StateError> {
    let mut wanted: Vec<RowKey> = rows.into_iter().filter(|row| !loaded.knows(row)).collect();
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.is_empty() {
        return Ok(());
    }
    let addresses: Vec<Address> = wanted.iter().map(Address::of).collect();
    let keys: Vec<Digest> = addresses.iter().map(|address| address.slot(0)).collect();
    let firsts = source.slots(&keys.iter().collect::<Vec<_>>()).await?;
    let rows = complete(source, addresses.into_iter().zip(firsts).collect()).await?;
    loaded.0.extend(wanted.into_iter().zip(rows));
    Ok(())
}

/// The rows with these first slots, which tell how many more a row has.
pub(crate) async fn complete(
    source: &impl SlotSource,
    firsts: Vec<(Address, Option<Slot>)>,
) -> Result<Vec<Option<Vec<u8>>>, StateError> {
    let more: Vec<Digest> = firsts.iter().flat_map(|(address, first)| further(*address, first.as_ref())).collect();
    let mut rest =
        if more.is_empty() { Vec::new() } else { source.slots(&more.iter().collect::<Vec<_>>()).await? }.into_iter();
    let mut rows = Vec::with_capacity(firsts.len());
    for (_, first) in firsts {
        let Some(first) = first else {
            rows.push(None);
            continue;
        };
        let count = slot_count(row_len(&first));
        let mut slots = vec![first];
        for slot in rest.by_ref().take(count - 1) {
            slots.push(slot.ok_or(StateError::Incomplete)?);
        }
        rows.push(Some(join(&slots).ok_or(StateError::Incomplete)?));
    }
    Ok(rows)
}

/// Keys of the slots of a row after its first.
fn further(address: Address, first: Option<&Slot>) -> impl Iterator<Item = Digest> + use<> {
    let count = first.map_or(1, |first| slot_count(row_len(first)));
    (1..count).map(move |index| address.slot(u8::try_from(index).unwrap_or(u8::MAX)))
}

/// Writes the rows of a block into `batch`. Slots that do not change are not written again.
///
/// # Errors
/// [`StateError`] if a row that is written could not be loaded first.
pub async fn write<E: Spawner + Context>(
    batch: Batch<E>,
    writes: &Overlay,
    loaded: &mut Loaded,
) -> Result<Batch<E>, StateError> {
    load(&OfBatch::<E>(&batch), writes.iter().map(|(row, _)| row.clone()).collect(), loaded).await?;
    let mut batch = batch;
    for (row, value) in writes.iter() {
        let address = Address::of(row);
        let old = loaded.0.get(row).and_then(Option::as_deref).map(row_slots).unwrap_or_default();
        let new = value.map(row_slots).unwrap_or_default();
        for index in 0..old.len().max(new.len()) {
            let (before, after) = (old.get(index), new.get(index));
            if before != after {
                batch = batch.write(address.slot(u8::try_from(index).unwrap_or(u8::MAX)), after.cloned());
            }
        }
    }
    Ok(batch)
}
