//! Every bound of the ledger's wire forms, in one place. Longer input is refused by the decoder.

/// Largest signed transaction, in bytes of its canonical encoding.
pub const TX_BYTES_MAX: usize = 64 * 1024;
/// Largest body of one call, in bytes.
pub const CALL_BODY_BYTES_MAX: usize = 16 * 1024;
/// Most calls of one transaction.
pub const CALLS_PER_TX_MAX: usize = 64;
/// Most transactions of one block.
pub const BLOCK_TXS_MAX: usize = 4_000;
/// Largest sum of the transactions of one block, in bytes.
pub const BLOCK_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Largest body of one event, in bytes.
pub const EVENT_BODY_BYTES_MAX: usize = 8 * 1024;
/// Most events that one call may emit.
pub const EVENTS_PER_CALL_MAX: usize = 64;
/// Most rows that one call may read or write.
pub const ROWS_PER_CALL_MAX: usize = 256;
/// Largest row of the state, in bytes.
pub const ROW_BYTES_MAX: usize = 4 * 1024;
/// Longest key of a row, in bytes.
pub const ROW_KEY_BYTES_MAX: usize = 128;
/// How far a transaction's `valid_until` may lie ahead of the block that includes it: one day, in milliseconds.
pub const VALIDITY_MS_MAX: u64 = 24 * 60 * 60 * 1000;
/// Width of the window of sequence numbers that one nonce lane accepts.
pub const NONCE_WINDOW: u64 = 512;
/// Most nonce lanes of one signer; lanes are numbered from zero.
pub const NONCE_LANES: u16 = 256;
/// Most pieces of scheduled work that one block does.
pub const DUE_PER_BLOCK_MAX: usize = 64;
/// Largest genesis file, in bytes of its canonical encoding.
pub const GENESIS_BYTES_MAX: usize = 1024 * 1024;
/// Largest committee of validators.
pub const COMMITTEE_MAX: usize = 100;
/// Most bytes of authenticator data in a signature of a passkey; 37 without extensions.
pub const AUTHENTICATOR_DATA_BYTES_MAX: usize = 256;
/// Most bytes of client data in a signature of a passkey; about 130 as a rule.
pub const CLIENT_DATA_BYTES_MAX: usize = 1024;
