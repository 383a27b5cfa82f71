//! Why a use case did not succeed.

use crate::{
    messages::Refusal,
    ports::{KeysError, LedgerError, PeerError, StoreError},
};
use epione_types::{OrgId, RequestId, SubjectId, UnitId};
use epione_vault::{
    ComplaintError, ContentsError, DealError, EnvelopeError, NoRandom, OpenError, ReaderError, ReleaseError,
    blobs::BlobError, stream::StreamError,
};

/// Why a use case did not succeed. No text of it contains anything about a person.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The ledger did not do it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The rules refuse it, with this code of the ledger.
    #[error("the ledger refuses it with code {0}")]
    Rejected(u32),
    /// Another organization gave no answer.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// Another organization refused.
    #[error("{0} refuses: {1}")]
    Refused(OrgId, Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store of ciphertext failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A private key cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// No random bytes.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
    /// A row of the store is not what this node wrote under its storage key.
    #[error("a row of the store cannot be read: it is corrupt, or was written under another storage key")]
    Unreadable,
    /// The items are no contents of a unit.
    #[error(transparent)]
    Contents(#[from] ContentsError),
    /// The unit cannot be dealt.
    #[error(transparent)]
    Deal(#[from] DealError),
    /// The contents cannot be decrypted.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// An envelope cannot be used.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A share cannot be released.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// A reader's keys cannot be made.
    #[error(transparent)]
    Reader(#[from] ReaderError),
    /// The unit cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A complaint cannot be made.
    #[error(transparent)]
    Complaint(#[from] ComplaintError),
    /// This organization keeps no such subject.
    #[error("{0} is not a subject of this organization, or its key is destroyed")]
    UnknownSubject(SubjectId),
    /// There is no such unit here or on the ledger.
    #[error("{0} is not known")]
    UnknownUnit(UnitId),
    /// There is no such encounter of that subject.
    #[error("there is no unit of that encounter")]
    UnknownEncounter,
    /// The ledger has not granted this.
    #[error("{0} is not granted, or not any more")]
    NotGranted(RequestId),
    /// The keys of a reader are no longer in memory: to be requested again.
    #[error("the reader's keys of {0} are not in the memory of this node: request again")]
    NoSession(RequestId),
    /// Too few organizations can hold shares, or have a key for it.
    #[error("{found} organizations can hold shares, {needed} are needed")]
    TooFewHolders {
        /// How many are needed.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// Too few vaults have it durably.
    #[error("{found} vaults have acknowledged, {needed} are needed")]
    TooFewVaults {
        /// How many are needed.
        needed: usize,
        /// How many did.
        found: usize,
    },
    /// What is asked contradicts itself or the ledger.
    #[error("{0}")]
    Invalid(&'static str),
}

impl Error {
    /// Whether the same may succeed later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Ledger(LedgerError::Unavailable(_))
            | Self::Peer(_)
            | Self::Store(_)
            | Self::Blob(_)
            | Self::Keys(_)
            | Self::NoRandom(_)
            | Self::TooFewHolders { .. }
            | Self::TooFewVaults { .. }
            | Self::Open(OpenError::TooFew { .. } | OpenError::Ciphertext) => true,
            Self::Refused(_, refusal) => refusal.is_temporary(),
            Self::Ledger(LedgerError::Faulty(_))
            | Self::Rejected(_)
            | Self::Unreadable
            | Self::Contents(_)
            | Self::Deal(_)
            | Self::Stream(_)
            | Self::Envelope(_)
            | Self::Release(_)
            | Self::Reader(_)
            | Self::Open(_)
            | Self::Complaint(_)
            | Self::UnknownSubject(_)
            | Self::UnknownUnit(_)
            | Self::UnknownEncounter
            | Self::NotGranted(_)
            | Self::NoSession(_)
            | Self::Invalid(_) => false,
        }
    }
}
