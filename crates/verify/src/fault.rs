//! Why a receipt proves nothing.

use crate::Receipt;
use epione_types::{ChainId, PublicKey, TreeError};
use std::fmt;

/// Which certified header a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The one of this change of the validators, counted from one.
    Change(u32),
    /// The one of the block with the event.
    Block,
    /// The one of the block that is named beside: in archives.
    Named,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Change(number) => write!(f, "change {number} of the validators"),
            Self::Block => f.write_str("the block of the event"),
            Self::Named => f.write_str("this block"),
        }
    }
}

/// Why a receipt proves nothing. Each fault has a [number](Fault::number) that never changes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// 1: longer than any receipt.
    #[error("{len} bytes are more than any receipt has ({max})", max = Receipt::BYTES_MAX)]
    TooLong {
        /// How many bytes were given.
        len: usize,
    },
    /// 2: it does not begin as receipts do.
    #[error("this is no receipt: it does not begin with `epioneR` and a version")]
    NoReceipt,
    /// 3: another version.
    #[error("version {0} of the form of receipts is unknown; this program knows {known}", known = Receipt::VERSION)]
    Version(u8),
    /// 4: truncated, too long, or not the one encoding of its contents.
    #[error("the bytes are not those of a receipt: {0}")]
    Malformed(String),
    /// 5: what the verifier brought is no genesis.
    #[error("the genesis has no founding validators in ascending order, or epochs without blocks")]
    Anchor,
    /// 6: the receipt of another chain.
    #[error("the receipt is one of {found}, the genesis that of {expected}")]
    Chain {
        /// The chain of the receipt.
        found: ChainId,
        /// The chain of the genesis.
        expected: ChainId,
    },
    /// 7: an event of another version.
    #[error("version {0} of events is unknown")]
    EntryVersion(u8),
    /// 8: an event that calls itself the result of a transaction and is none, or the other way round.
    #[error("the event is not what its origin says: a transaction as a whole has a result and nothing else")]
    Result,
    /// 9: the validators change only with the last block of an epoch.
    #[error("{at} stands in block {height}, which is not the last one of an epoch")]
    NotLast {
        /// Which header.
        at: At,
        /// Its height.
        height: u64,
    },
    /// 10: a header from before the validators took office.
    #[error("{0} is from before those who certify it took office")]
    Order(At),
    /// 11: keys out of order, repeated, or none.
    #[error("{0} names no keys, or not in ascending order")]
    Committee(At),
    /// 12: a change to the same validators.
    #[error("{0} changes nothing")]
    NoChange(At),
    /// 13: a proposer who is no validator.
    #[error("{at} was proposed by validator {index}, who does not exist")]
    Proposer {
        /// Which header.
        at: At,
        /// The place in the committee that was named.
        index: u8,
    },
    /// 14: a tree of another size than the header's.
    #[error("the path is one in a tree of {tree_size} events, but the block has {event_size}")]
    TreeSize {
        /// Size of the tree that the receipt names.
        tree_size: u64,
        /// The header's `event_size`.
        event_size: u64,
    },
    /// 15: a path that fits no such tree.
    #[error("the path of the event cannot be right: {0}")]
    Path(#[from] TreeError),
    /// 16: the event is not in the tree.
    #[error("the path does not lead from the event to the header's `event_root`")]
    Inclusion,
    /// 17: the header's own round, told once more.
    #[error("the votes for {0} repeat the round of the header")]
    Round(At),
    /// 18: not a quorum.
    #[error("{at} has {found} votes instead of {needed}")]
    Quorum {
        /// Which header.
        at: At,
        /// Votes found.
        found: usize,
        /// Votes of a quorum.
        needed: usize,
    },
    /// 19: votes out of order, repeated, or by nobody.
    #[error("the votes for {0} are out of order, or by validators who do not exist")]
    Voters(At),
    /// 20: a vote that the validator did not sign.
    #[error("{at}: the vote of {voter} does not verify")]
    Signature {
        /// Which header.
        at: At,
        /// Whose vote it is said to be.
        voter: PublicKey,
    },
}

impl Fault {
    /// The number of this kind of fault.
    #[must_use]
    pub const fn number(&self) -> u8 {
        match self {
            Self::TooLong { .. } => 1,
            Self::NoReceipt => 2,
            Self::Version(_) => 3,
            Self::Malformed(_) => 4,
            Self::Anchor => 5,
            Self::Chain { .. } => 6,
            Self::EntryVersion(_) => 7,
            Self::Result => 8,
            Self::NotLast { .. } => 9,
            Self::Order(_) => 10,
            Self::Committee(_) => 11,
            Self::NoChange(_) => 12,
            Self::Proposer { .. } => 13,
            Self::TreeSize { .. } => 14,
            Self::Path(_) => 15,
            Self::Inclusion => 16,
            Self::Round(_) => 17,
            Self::Quorum { .. } => 18,
            Self::Voters(_) => 19,
            Self::Signature { .. } => 20,
        }
    }
}
