//! Transactions: an opaque envelope around the calls of modules.
//!
//! The envelope knows neither modules nor calls: `{module, call, body}` are two numbers and bytes. What a transaction
//! needs to be valid in a block stands in [`TxFault`]; what its calls are refused for stands in the modules.

use crate::{
    Bytes, CallId, ChainId, DecodeError, Hash, List, Signature, SignerId, SigningKey, TxId, UnixMs, codec, domain,
    hash,
    limits::{CALL_BODY_BYTES_MAX, CALLS_PER_TX_MAX, TX_BYTES_MAX},
};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Number of a module on the wire; never reused.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct ModuleId(pub u16);

impl ModuleId {
    /// The ledger itself: nonces, event tree, scheduled work.
    pub const SYSTEM: Self = Self(0);
}

impl fmt::Display for ModuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Number of a call within its module; never reused.
pub type CallNumber = u16;

/// One call of one module.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The module.
    pub module: ModuleId,
    /// The call within the module.
    pub call: CallNumber,
    /// Canonical bytes of the call's fields; hexadecimal in JSON.
    pub body: Bytes<CALL_BODY_BYTES_MAX>,
}

/// Place of a transaction in its signer's order: a lane and a sequence number within it.
///
/// Lanes are independent; within a lane a window of [`crate::limits::NONCE_WINDOW`] numbers is accepted in any order,
/// each once. So a signer can submit in parallel and nothing can be replayed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Nonce {
    /// The lane, below [`crate::limits::NONCE_LANES`].
    pub lane: u16,
    /// The number within the lane; the first is 1.
    pub seq: u64,
}

/// A transaction before it is signed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tx {
    /// Version of this form: 1.
    pub version: u8,
    /// The chain it is for.
    pub chain: ChainId,
    /// Who signs it.
    pub signer: SignerId,
    /// Its place in the signer's order.
    pub nonce: Nonce,
    /// Random bytes that blind the events of this transaction: 16 bytes, hexadecimal in JSON.
    #[serde(with = "salt")]
    pub salt: [u8; 16],
    /// Last block time at which it may be included, at most a day ahead.
    pub valid_until: UnixMs,
    /// One to [`CALLS_PER_TX_MAX`] calls; each succeeds or is refused alone.
    pub calls: List<Call, CALLS_PER_TX_MAX>,
}

/// A signed transaction.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedTx {
    /// What is signed.
    pub tx: Tx,
    /// The signature over [`Tx::signing_bytes`].
    pub signature: Signature,
}

/// Why a transaction may not stand in a block. A block that contains such a transaction is invalid, so nobody can use up
/// another's nonce.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TxFault {
    /// The bytes are not a transaction.
    #[error("the transaction is malformed: {0}")]
    Malformed(DecodeError),
    /// Not version 1.
    #[error("transaction version {0} is not known; this node knows version 1")]
    Version(u8),
    /// For another chain.
    #[error("the transaction is for chain {found}, this is {expected}")]
    Chain {
        /// This chain.
        expected: ChainId,
        /// The transaction's chain.
        found: ChainId,
    },
    /// Without a call.
    #[error("the transaction has no call")]
    NoCalls,
    /// A call of a module that does not exist.
    #[error("call {index}: there is no module {module}")]
    UnknownModule {
        /// Position of the call.
        index: u16,
        /// The module asked for.
        module: ModuleId,
    },
    /// A call that its module does not have.
    #[error("call {index}: module {module} has no call {call}")]
    UnknownCall {
        /// Position of the call.
        index: u16,
        /// The module.
        module: ModuleId,
        /// The call asked for.
        call: CallNumber,
    },
    /// The body of a call does not decode.
    #[error("call {index}: the body is malformed: {error}")]
    MalformedCall {
        /// Position of the call.
        index: u16,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// A call breaks a rule that needs no state.
    #[error("call {index}: refused with code {code}: {text}")]
    Check {
        /// Position of the call.
        index: u16,
        /// The reject's code.
        code: u32,
        /// The reject's text.
        text: &'static str,
    },
    /// The signature does not verify.
    #[error("the signature {0}")]
    Signature(crate::KeyError),
    /// The lane does not exist.
    #[error("nonce lane {0} is too high; lanes are numbered 0 to 255")]
    Lane(u16),
    /// The block is later than `valid_until`.
    #[error("the transaction expired at {0}")]
    Expired(UnixMs),
    /// `valid_until` is more than a day ahead.
    #[error("valid_until {0} lies more than a day ahead of the block")]
    ValidTooLong(UnixMs),
    /// No organization or identity has this identifier.
    #[error("signer {0} is not registered")]
    UnknownSigner(SignerId),
    /// The key is not, or no longer, a signing key of the signer.
    #[error("the key is not a current signing key of {0}")]
    Key(SignerId),
    /// The sequence number was used, or lies behind the window.
    #[error("sequence {} of lane {} was already used", .0.seq, .0.lane)]
    NonceUsed(Nonce),
    /// The sequence number lies beyond the window.
    #[error("sequence {} of lane {} lies beyond the window; the next is {next}", nonce.seq, nonce.lane)]
    NonceAhead {
        /// The nonce.
        nonce: Nonce,
        /// The lowest number not yet used.
        next: u64,
    },
}

impl TxFault {
    /// Stable name of the fault, for programs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Version(_) => "version",
            Self::Chain { .. } => "wrong-chain",
            Self::NoCalls => "no-calls",
            Self::UnknownModule { .. } => "unknown-module",
            Self::UnknownCall { .. } => "unknown-call",
            Self::MalformedCall { .. } => "malformed-call",
            Self::Check { .. } => "call-refused",
            Self::Signature(_) => "wrong-signature",
            Self::Lane(_) => "lane",
            Self::Expired(_) => "expired",
            Self::ValidTooLong(_) => "valid-too-long",
            Self::UnknownSigner(_) => "unknown-signer",
            Self::Key(_) => "wrong-key",
            Self::NonceUsed(_) => "nonce-used",
            Self::NonceAhead { .. } => "nonce-ahead",
        }
    }
}

impl Tx {
    /// The version of this form.
    pub const VERSION: u8 = 1;

    /// The bytes a signature covers: `u8 length of domain ‖ domain ‖ canonical bytes`.
    #[must_use]
    pub fn signing_bytes(&self) -> Vec<u8> {
        codec::signing_bytes(domain::TX, self)
    }

    /// The transaction's identifier: hash of its unsigned canonical bytes.
    #[must_use]
    pub fn id(&self) -> TxId {
        TxId(hash(domain::TX_ID, &[&codec::encode(self)]).0)
    }

    /// The identifier of the call at position `index`.
    #[must_use]
    pub fn call_id(&self, index: u16) -> CallId {
        self.id().call(index)
    }

    /// Signs the transaction.
    #[must_use]
    pub fn sign(self, key: &SigningKey) -> SignedTx {
        let signature = key.sign(&self.signing_bytes());
        SignedTx { tx: self, signature }
    }
}

impl SignedTx {
    /// The transaction in `bytes`.
    ///
    /// # Errors
    /// [`TxFault::Malformed`] if the bytes are not canonical or beyond the limits.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TxFault> {
        codec::decode(bytes, TX_BYTES_MAX).map_err(TxFault::Malformed)
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Blinding of the event at position `index` among those of this transaction.
    #[must_use]
    pub fn event_salt(&self, index: u32) -> [u8; 16] {
        hash(domain::EVENT_SALT, &[&self.tx.salt, &index.to_le_bytes()]).truncated()
    }

    /// Leaf of this transaction in the tree behind [`crate::Header::tx_root`].
    #[must_use]
    pub fn leaf(&self) -> Hash {
        crate::leaf_hash(&self.to_bytes())
    }
}

mod salt {
    //! Sixteen bytes as hexadecimal text.
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(salt: &[u8; 16], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(salt))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 16], D::Error> {
        let mut salt = [0; 16];
        hex::decode_to_slice(<String as Deserialize>::deserialize(deserializer)?, &mut salt)
            .map_err(|error| D::Error::custom(format!("salt is not 32 hexadecimal digits: {error}")))?;
        Ok(salt)
    }
}
