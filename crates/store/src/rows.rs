//! All live rows of a state: read in order, and written into a state that is empty. So a chain passes into another format.

use crate::{Address, Db, OfDb, StateError, States, slots::row_slots, state::complete};
use commonware_glue::stateful::db::{DatabaseSet as _, Unmerkleized as _};
use commonware_runtime::Spawner;
use commonware_storage::Context;
use futures::StreamExt as _;

/// Rows that are written at once: part of how the first root of a format comes about, so it never changes.
pub const ROWS_AT_ONCE: usize = 1_024;

/// A row and its address.
pub type AddressedRow = (Address, Vec<u8>);

/// Hands all live rows to `take`, in ascending order of their addresses, at most [`ROWS_AT_ONCE`] at a time.
///
/// # Errors
/// [`StateError`], and what `take` refuses.
pub async fn read_rows<E: Context, R: From<StateError>>(
    db: &Db<E>,
    mut take: impl FnMut(Vec<AddressedRow>) -> Result<(), R>,
) -> Result<(), R> {
    let mut slots = Box::pin(db.stream_range(..));
    let mut firsts = Vec::with_capacity(ROWS_AT_ONCE);
    loop {
        let slot = slots.next().await.transpose().map_err(|error| StateError::Engine(error.to_string()))?;
        let has_more = slot.is_some();
        // The other slots of a row are looked up: they do not lie beside the first.
        firsts.extend(slot.and_then(|(key, slot)| Some((Address::from_bytes(key.0)?, Some(slot)))));
        if firsts.len() == ROWS_AT_ONCE || !has_more && !firsts.is_empty() {
            let firsts = std::mem::take(&mut firsts);
            let addresses: Vec<Address> = firsts.iter().map(|(address, _)| *address).collect();
            let rows = complete(&OfDb::<E>(db), firsts).await?;
            take(addresses.into_iter().zip(rows.into_iter().flatten()).collect())?;
        }
        if !has_more {
            return Ok(());
        }
    }
}

/// Writes rows into a state that holds those before them and no others, and makes them durable. All calls but the last are
/// given [`ROWS_AT_ONCE`] rows, in ascending order of their addresses.
///
/// # Errors
/// [`StateError`].
pub async fn write_rows<E: Spawner + Context>(states: &States<E>, rows: &[AddressedRow]) -> Result<(), StateError> {
    let mut batch = states.new_batches().await;
    for (address, row) in rows {
        for (index, slot) in (0_u8..).zip(row_slots(row)) {
            batch = batch.write(address.slot(index), Some(slot));
        }
    }
    let merkleized = batch.merkleize().await.map_err(|error| StateError::Engine(error.to_string()))?;
    states.apply(merkleized).await;
    if states.finalize().await.durable().await {
        Ok(())
    } else {
        Err(StateError::Engine("the rows cannot be made durable".to_owned()))
    }
}
