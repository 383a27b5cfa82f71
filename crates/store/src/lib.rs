//! The authenticated state and the event log, over the storage engine.
//!
//! Rows of the modules are cut into slots of fixed size ([`slots`]), because the engine's state sync serves fixed-size
//! values (docs/adr/0003). The event log is append-only and gapless; projection, streams and duties read nothing else. The
//! hashes of its tree are kept beside it, for proofs.

mod slots;

mod state;

mod rows;

mod log;

mod tiles;

#[cfg(test)]
mod tests;

pub use log::{EventLog, LogConfig, LogError, Logged};
pub use rows::{AddressedRow, ROWS_AT_ONCE, read_rows, write_rows};
pub use slots::{Address, SLOT_BYTES, row_slots};
pub use state::{
    Batch, Db, Loaded, Merkleized, OfBatch, OfDb, STATE_FORMAT, Slot, SlotSource, StateError, States, load, write,
};
pub use tiles::{Keep, Tiles, TilesConfig};
