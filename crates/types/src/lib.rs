//! Nouns of the Epione ledger: identifiers, keys, time, the canonical encoding, transactions, blocks and events.
//!
//! Everything that crosses a wire or is hashed by more than one crate is defined here and nowhere else. The crate is
//! pure: no clock, no randomness, no I/O.
//!
//! # Source
//! Encoding: the Borsh specification with the limits of [`limits`] (docs/adr/0001-canonical-encoding.md).
#![deny(
    clippy::wildcard_enum_match_arm,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap
)]

pub mod limits;

mod codec;
mod hash;
mod ids;
mod keys;
mod time;

mod block;
mod certificate;
mod event;
mod genesis;
mod tree;
mod tx;
mod upgrade;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests;

pub use block::{Block, Header, OpsRange};
pub use certificate::{Committee, Tenure, finalize_message};
pub use codec::{Bytes, Canonical, DecodeError, List, Text, TextError, decode, encode, signing_bytes};
pub use event::{Entry, Origin, TxResult};
pub use genesis::{Genesis, GenesisModule};
pub use hash::{Hash, domain, hash};
pub use ids::{CallId, ChainId, IdError, IdentityId, NoteId, OrgId, ProposalId, SignerId, TxId, UnitId};
pub use keys::{KeyError, PublicKey, Signature, SigningKey};
pub use time::{DurationMs, UnixMs};
pub use tree::{
    Edge, Frontier, Node, Plan, TILE_WIDTH, Tile, TreeError, TreeHead, check_consistency, inclusion_root, kept_len,
    kept_size, leaf_hash, node_hash,
};
pub use tx::{Call, CallNumber, ModuleId, Nonce, SignedTx, Tx, TxFault};
pub use upgrade::{RowsRoot, Upgrade};
