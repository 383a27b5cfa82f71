//! What the nodes of organizations ask each other: bodies of `POST /peer/v1/exchange/{name}`, in canonical bytes.
//!
//! The link says who asks ([`crate::Exchange::serve`] takes it as `caller`); nothing in a message is believed about that. Every message is
//! answered, if only by a [`Refusal`]. Nothing here goes on the ledger.

mod located;
mod query;

pub use located::{FOUND_MAX, Found, LOCATED_BYTES, Located};
pub use query::{Query, SYSTEM_BYTES_MAX, VALUE_BYTES_MAX};

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{
    Bytes, ChallengeId, DecodeError, Hash, List, LocateId, OrgId, RequestId, Signature, UnitId, decode, encode,
};
use epione_vault::{
    HOLDERS_MAX, MANIFEST_BYTES_MAX, ReaderKey, Sealed, SignedAnswer, SignedManifest, blobs::BLOB_BYTES_MAX,
};
use std::fmt;

/// Most envelopes of one message.
pub const ENVELOPES_MAX: usize = 64;
/// Most units of one message.
pub const UNITS_MAX: usize = 16;
/// Longest evidence, in bytes.
pub const EVIDENCE_BYTES_MAX: usize = 64 * 1024;
/// Room for the frame of a message: numbers, lengths, identifiers.
const FRAME_BYTES: usize = 1024;
const SEALED_BYTES: usize = 2 * 1200;
/// Largest reply of any kind, in bytes.
pub const REPLY_BYTES_MAX: usize =
    BLOB_BYTES_MAX.saturating_add(MANIFEST_BYTES_MAX).saturating_add(HOLDERS_MAX * SEALED_BYTES + FRAME_BYTES);
const _: () =
    assert!(REPLY_BYTES_MAX > ENVELOPES_MAX * (MANIFEST_BYTES_MAX + SEALED_BYTES), "a page of envelopes fits");

/// A unit for a vault.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Keep {
    /// Its manifest, signed by its author.
    pub manifest: SignedManifest,
    /// The envelopes, in the order of the committee.
    pub envelopes: List<Sealed, HOLDERS_MAX>,
    /// The ciphertext.
    pub ciphertext: Bytes<BLOB_BYTES_MAX>,
}

/// A share for a granted request.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Share {
    /// The request.
    pub request: RequestId,
    /// The unit.
    pub unit: UnitId,
    /// The reader's key for this unit and holder.
    pub reader: ReaderKey,
}

/// What a search on the ledger is for.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Locate {
    /// The search.
    pub locate: LocateId,
    /// Opens the commitment on the ledger.
    pub salt: [u8; 32],
    /// What is searched for.
    pub query: Query,
}

/// Envelopes of a holder, sealed again.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Reseal {
    /// The period of the new key.
    pub period: u32,
    /// The new envelopes, each with its manifest: the vault may not have the unit.
    pub envelopes: List<OwnEnvelope, ENVELOPES_MAX>,
}

/// The text behind the commitment of a request, for who challenges it.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Evidence {
    /// The challenge.
    pub challenge: ChallengeId,
    /// Opens the commitment on the ledger.
    pub salt: [u8; 32],
    /// The evidence.
    pub text: Bytes<EVIDENCE_BYTES_MAX>,
}

/// What one organization asks of another.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Message {
    /// Of a vault: keep a unit. Answered by [`Reply::Kept`].
    Keep(Box<Keep>),
    /// Of a vault: my own envelope of a unit. Answered by [`Reply::Envelope`].
    Envelope(UnitId),
    /// Of a vault: my own envelopes of a period, from the first after this unit and edition. Answered by [`Reply::Envelopes`].
    Envelopes(u32, Option<(UnitId, u32)>),
    /// Of a vault: keep my envelopes, sealed again. Answered by [`Reply::Done`].
    Reseal(Box<Reseal>),
    /// Of a vault: confirm that you have all of my envelopes of this period, so many with this hash over them, and none of before. Answered
    /// by [`Reply::Kept`].
    Resealed(u32, u64, Hash),
    /// Of a vault: manifest and ciphertext of a unit, under a granted request, or as its custodian or vault. Answered by [`Reply::Fetched`].
    Fetch(Option<RequestId>, UnitId),
    /// Of a holder: its share. Answered by [`Reply::Share`].
    Share(Box<Share>),
    /// Of a custodian: whether it has a chart. Answered by [`Reply::Located`].
    Locate(Box<Locate>),
    /// Of a recipient: the hash of a reader's keys for these units, which are to be disclosed to it. Answered by [`Reply::Readers`].
    Offer(List<UnitId, UNITS_MAX>),
    /// Of a challenger: take note of this evidence. Answered by [`Reply::Done`].
    Evidence(Box<Evidence>),
}

/// What a message is called in the path: the only names there are.
pub const NAMES: [&str; 10] =
    ["keep", "envelope", "envelopes", "reseal", "resealed", "fetch", "share", "locate", "offer", "evidence"];

impl Message {
    /// Its name in the path.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Keep(_) => "keep",
            Self::Envelope(_) => "envelope",
            Self::Envelopes(..) => "envelopes",
            Self::Reseal(_) => "reseal",
            Self::Resealed(..) => "resealed",
            Self::Fetch(..) => "fetch",
            Self::Share(_) => "share",
            Self::Locate(_) => "locate",
            Self::Offer(_) => "offer",
            Self::Evidence(_) => "evidence",
        }
    }

    /// Largest message of this name, in bytes.
    #[must_use]
    pub fn bytes_max(name: &str) -> usize {
        match name {
            "keep" => REPLY_BYTES_MAX,
            "reseal" => ENVELOPES_MAX.saturating_mul(SEALED_BYTES + MANIFEST_BYTES_MAX).saturating_add(FRAME_BYTES),
            "evidence" => EVIDENCE_BYTES_MAX.saturating_add(FRAME_BYTES),
            _ => 4 * FRAME_BYTES,
        }
    }

    /// Whether an organization that is suspended may ask this: what it still owes others, and emergency treatment.
    #[must_use]
    pub fn while_suspended(name: &str) -> bool {
        // What the ledger does not permit to it is refused anyway, message by message.
        name != "keep"
    }

    /// The message that these bytes of the path `name` are.
    ///
    /// # Errors
    /// [`DecodeError`] if they are not canonical, too many, or a message of another name.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, DecodeError> {
        let message: Self = decode(bytes, Self::bytes_max(name))?;
        if message.name() == name {
            Ok(message)
        } else {
            Err(DecodeError::Malformed(format!("a message `{}` where `{name}` is expected", message.name())))
        }
    }

    /// Its canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// The envelope of the holder that asks.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OwnEnvelope {
    /// The manifest of the unit.
    pub manifest: SignedManifest,
    /// The period of the key to which it is sealed.
    pub period: u32,
    /// The envelope.
    pub sealed: Sealed,
}

/// A unit as a vault has it.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Fetched {
    /// Its manifest.
    pub manifest: SignedManifest,
    /// Its ciphertext.
    pub ciphertext: Bytes<BLOB_BYTES_MAX>,
    /// The envelopes that the vault has, with holder and period: for another vault or the custodian, none for a reader.
    pub envelopes: List<(OrgId, u32, Sealed), HOLDERS_MAX>,
}

/// What an organization answers.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Reply {
    /// It is durably kept: a vault's word, signed with its receipt key.
    Kept(Signature),
    /// Done.
    Done,
    /// The envelope of who asks.
    Envelope(Box<OwnEnvelope>),
    /// Envelopes of who asks, in order of unit and edition; empty after the last.
    Envelopes(List<OwnEnvelope, ENVELOPES_MAX>),
    /// A unit as it is kept.
    Fetched(Box<Fetched>),
    /// A share.
    Share(Box<SignedAnswer>),
    /// What a custodian found.
    Located(Box<Located>),
    /// The hash of a reader's keys.
    Readers(Hash),
    /// No.
    Refused(Refusal),
}

/// Why a message is refused. It tells nothing that the ledger does not tell who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, thiserror::Error)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Refusal {
    /// The ledger does not permit it, as this node sees it.
    #[error("the ledger does not permit it")]
    NotPermitted = 0,
    /// There is no such thing here.
    #[error("it is not here")]
    NotHere = 1,
    /// This node does not see the present state of the ledger. To be tried again.
    #[error("the node lags behind the ledger")]
    Stale = 2,
    /// The node cannot do it now. To be tried again.
    #[error("the node cannot do it now")]
    Unavailable = 3,
    /// It contradicts itself, its signature or its hashes.
    #[error("the message contradicts itself")]
    Malformed = 4,
    /// It does not fit what the ledger has.
    #[error("the message does not fit the ledger")]
    Mismatch = 5,
    /// The key of that period is destroyed or lost.
    #[error("the key of that period is gone")]
    KeyGone = 6,
}

impl Refusal {
    /// Whether to try again later.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        matches!(self, Self::Stale | Self::Unavailable)
    }
}

impl Reply {
    /// The reply that these bytes are.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode(bytes, REPLY_BYTES_MAX)
    }

    /// Its canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

impl fmt::Debug for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = &self.manifest.manifest;
        write!(f, "Keep({} edition {}, {} bytes)", manifest.unit, manifest.edition, self.ciphertext.len())
    }
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = &self.manifest.manifest;
        write!(f, "Fetched({} edition {}, {} bytes)", manifest.unit, manifest.edition, self.ciphertext.len())
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Evidence({}, [private])", self.challenge)
    }
}
