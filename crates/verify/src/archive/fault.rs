//! What is wrong with an archive, and where.

use epione_types::{ChainId, Hash, TxFault};
use std::fmt;

/// The first thing that is wrong with an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Name of the file, within the folder of the archive.
    pub file: String,
    /// Height of the block, if it is about one.
    pub height: Option<u64>,
    /// What is wrong.
    pub fault: Fault,
}

impl Damage {
    /// A fault of a file as a whole.
    #[must_use]
    pub fn of(file: &str, fault: Fault) -> Self {
        Self { file: file.to_owned(), height: None, fault }
    }

    /// The number of the fault.
    #[must_use]
    pub const fn number(&self) -> u8 {
        self.fault.number()
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.height {
            Some(height) => write!(f, "{}: block {height}: {}", self.file, self.fault),
            None => write!(f, "{}: {}", self.file, self.fault),
        }
    }
}

impl std::error::Error for Damage {}

/// What is wrong with a file of an archive. Each fault has a [number](Fault::number) that never changes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// 1: a file that should be there is not.
    #[error("the file is missing")]
    Missing,
    /// 2: a file that does not belong to the archive.
    #[error("the manifest names no such file: it belongs to no archive, or to another one")]
    Unexpected,
    /// 3: the manifest is that of no archive, or of another version.
    #[error("this is no manifest of an archive of version 1")]
    NoManifest,
    /// 4: the manifest was changed, cut off or written otherwise than it is written.
    #[error("the manifest was changed or cut off: {0}")]
    Manifest(String),
    /// 5: the segments do not follow each other from block 1 to the last.
    #[error("the segments of the manifest do not lead from block 1 to block {0} without gap or overlap")]
    Segments(u64),
    /// 6: another length.
    #[error("the file has {found} bytes, the manifest says {expected}: one of the two was changed")]
    Length {
        /// Bytes of the file.
        found: u64,
        /// Bytes according to the manifest.
        expected: u64,
    },
    /// 7: another content.
    #[error("the file has the SHA-256 {found}, the manifest says {expected}: one of the two was changed")]
    Sum {
        /// SHA-256 of the file.
        found: Hash,
        /// SHA-256 according to the manifest.
        expected: Hash,
    },
    /// 8: what the verifier brought is no genesis.
    #[error("the genesis has no founding validators in ascending order, or epochs without blocks")]
    Anchor,
    /// 9: something of another chain.
    #[error("this is of {found}, the genesis is that of {expected}")]
    Chain {
        /// The chain it is of.
        found: ChainId,
        /// The chain of the genesis.
        expected: ChainId,
    },
    /// 10: it does not begin as segments do, or is longer than any.
    #[error("this is no segment of an archive: it does not begin with `epioneA` and a version")]
    NoSegment,
    /// 11: another version.
    #[error("version {0} of the form of segments is unknown; this program knows 1")]
    Version(u8),
    /// 12: a record that is not there to its end.
    #[error("the file ends within the record that begins at byte {0}: it was cut off")]
    Torn(u64),
    /// 13: a record that does not decode, or not from its one encoding.
    #[error("the record at byte {at} is not canonical: {why}")]
    Malformed {
        /// Place of the record in the file.
        at: u64,
        /// What the decoder says.
        why: String,
    },
    /// 14: another block than the one that follows.
    #[error("here stands block {0}: the records are mixed up")]
    Height(u64),
    /// 15: more or fewer blocks than the name of the file says.
    #[error("the blocks of the file end with {found}, its name says {expected}")]
    End {
        /// Height of the last block, zero if there is none.
        found: u64,
        /// Height according to the name.
        expected: u64,
    },
    /// 16: a header of another version.
    #[error("version {0} of headers is unknown")]
    HeaderVersion(u16),
    /// 17: another epoch than that of the height.
    #[error("the header says epoch {found}, its height is one of epoch {expected}")]
    Epoch {
        /// The epoch of the header.
        found: u64,
        /// The epoch of the height.
        expected: u64,
    },
    /// 18: it does not follow the block before.
    #[error("the parent is {found}, but the block before has the hash {expected}")]
    Parent {
        /// The parent that the header names.
        found: Hash,
        /// Hash of the block before.
        expected: Hash,
    },
    /// 19: not later than the block before.
    #[error("the time is not later than that of the block before")]
    Time,
    /// 20: the header names other validators than are in office.
    #[error("the header names other validators than are in office")]
    Committee,
    /// 21: proposed by nobody.
    #[error("the proposer is no validator in office")]
    Proposer,
    /// 22: next validators named where an epoch does not end, or not named where it does.
    #[error("the next validators stand in the header of the last block of an epoch, and only there")]
    NextCommittee,
    /// 23: the keys of the next validators are not those that the header names.
    #[error("the keys of the next validators are missing, superfluous, or not those that the header names")]
    Successors,
    /// 24: the header names other transactions.
    #[error("the transactions are not those of the header's `tx_root`")]
    TxRoot,
    /// 25: a transaction that may not stand in a block.
    #[error("transaction {index}: {why}")]
    Tx {
        /// Place of the transaction in the block, from zero.
        index: usize,
        /// Why.
        why: Box<TxFault>,
    },
    /// 26: an event of an unknown version, or a result that is none.
    #[error("event {position}: {why}")]
    Event {
        /// Place of the event among all events of the chain, from zero.
        position: u64,
        /// Why.
        why: Box<crate::Fault>,
    },
    /// 27: an event that stands where nothing of its origin belongs.
    #[error(
        "event {0} does not belong there: first come those of the genesis and of scheduled work, then of each \
         transaction its result and those of its calls"
    )]
    Origin(u64),
    /// 28: transactions without a result.
    #[error("{found} of {expected} transactions have a result")]
    Results {
        /// Transactions with a result.
        found: usize,
        /// Transactions.
        expected: usize,
    },
    /// 29: another number of events.
    #[error("there are {found} events, the header's `event_size` is {expected}")]
    EventSize {
        /// Events up to this block.
        found: u64,
        /// The header's `event_size`.
        expected: u64,
    },
    /// 30: other events.
    #[error("the events are not those of the header's `event_root`")]
    EventRoot,
    /// 31: a certificate that proves nothing; faults 17 to 20 of receipts.
    #[error("{0}")]
    Certificate(crate::Fault),
    /// 32: votes of a round that the block was not proposed in.
    #[error("the votes are of another round, which only the last block of an epoch may have, and only a later one")]
    Again,
    /// 33: a block with which the validators change, or the last one, without a certificate.
    #[error(
        "the block has no certificate of its own, which the last block and one with which the validators change must \
         have"
    )]
    Uncertified,
    /// 34: the manifest says of the last block what is not so.
    #[error("the blocks end with {height}, {head}, and {events} events; the manifest says otherwise")]
    Head {
        /// Height of the last block.
        height: u64,
        /// Its hash.
        head: Hash,
        /// Number of events.
        events: u64,
    },
}

impl Fault {
    /// The number of this kind of fault.
    #[must_use]
    pub const fn number(&self) -> u8 {
        match self {
            Self::Missing => 1,
            Self::Unexpected => 2,
            Self::NoManifest => 3,
            Self::Manifest(_) => 4,
            Self::Segments(_) => 5,
            Self::Length { .. } => 6,
            Self::Sum { .. } => 7,
            Self::Anchor => 8,
            Self::Chain { .. } => 9,
            Self::NoSegment => 10,
            Self::Version(_) => 11,
            Self::Torn(_) => 12,
            Self::Malformed { .. } => 13,
            Self::Height(_) => 14,
            Self::End { .. } => 15,
            Self::HeaderVersion(_) => 16,
            Self::Epoch { .. } => 17,
            Self::Parent { .. } => 18,
            Self::Time => 19,
            Self::Committee => 20,
            Self::Proposer => 21,
            Self::NextCommittee => 22,
            Self::Successors => 23,
            Self::TxRoot => 24,
            Self::Tx { .. } => 25,
            Self::Event { .. } => 26,
            Self::Origin(_) => 27,
            Self::Results { .. } => 28,
            Self::EventSize { .. } => 29,
            Self::EventRoot => 30,
            Self::Certificate(_) => 31,
            Self::Again => 32,
            Self::Uncertified => 33,
            Self::Head { .. } => 34,
        }
    }
}
