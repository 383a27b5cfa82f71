//! The wire form of a receipt.

use crate::{At, Certificate, Fault};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{ChainId, Committee, Entry, Hash, Header, List, OpsRange, UnixMs, decode, encode};

/// Most hashes of an inclusion path: one per level of the largest tree.
pub const PATH_MAX: usize = 64;
/// Most changes of the validators that one receipt goes through: one a day for more than a century.
const LINKS_MAX: usize = 65_535;

/// A receipt: an event, its place in the event tree, the certified header that names the tree, and the changes of the
/// validators since the genesis.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Receipt {
    /// The chain.
    pub chain: ChainId,
    /// Every change of the validators up to the block, in order.
    pub links: List<Link, LINKS_MAX>,
    /// The header of the block.
    pub stem: Stem,
    /// Hash of the next committee, as it stands in the header of the block.
    pub next_committee_hash: Option<Hash>,
    /// The votes for the block.
    pub certificate: Certificate,
    /// Place of the event among all events of the chain, from zero.
    pub position: u64,
    /// Number of leaves of the tree that the path belongs to: the header's `event_size`.
    pub tree_size: u64,
    /// The inclusion path, from the leaf up.
    pub path: List<Hash, PATH_MAX>,
    /// The event.
    pub entry: Entry,
}

/// A change of the validators: the last block of an epoch, certified by those before, names those after.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Link {
    /// The header of that block; its `next_committee_hash` is the hash of `committee`.
    pub stem: Stem,
    /// The votes of the validators in office.
    pub certificate: Certificate,
    /// The validators from the next block on.
    pub committee: Committee,
}

/// What of a header the verifier does not know already. It knows version, chain, epoch and committee, and the proposer's key
/// by its place in the committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Stem {
    /// Format of the authenticated state.
    pub state_format: u16,
    /// View in which the block was proposed.
    pub view: u64,
    /// View of the parent.
    pub parent_view: u64,
    /// Place of the proposer's key in the committee.
    pub proposer: u8,
    /// Height.
    pub height: u64,
    /// Block time.
    pub time: UnixMs,
    /// Hash of the parent's header.
    pub parent: Hash,
    /// Tree hash of the transactions.
    pub tx_root: Hash,
    /// Tree hash of all events.
    pub event_root: Hash,
    /// Number of events in that tree.
    pub event_size: u64,
    /// Root of the authenticated state.
    pub state_root: Hash,
    /// Root of the operation log.
    pub ops_root: Hash,
    /// The operations that state sync fetches.
    pub ops_range: OpsRange,
}

/// What a verifier knows of a header before it reads the receipt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) chain: ChainId,
    pub(crate) epoch: u64,
    pub(crate) committee: &'a Committee,
    pub(crate) next_committee_hash: Option<Hash>,
}

impl Receipt {
    /// What every receipt begins with.
    pub const MAGIC: [u8; 7] = *b"epioneR";
    /// The version of this form; stands behind [`Receipt::MAGIC`].
    pub const VERSION: u8 = 1;
    /// Bytes of the longest receipt: 65,535 changes of a committee of ten. They bound the work, too: at 65 bytes per vote a
    /// million signatures, of which the first wrong one ends it.
    pub const BYTES_MAX: usize = 64 * 1024 * 1024;

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&Self::MAGIC[..], &[Self::VERSION], &encode(self)].concat()
    }

    /// The receipt whose canonical bytes are exactly `bytes`.
    ///
    /// # Errors
    /// [`Fault::TooLong`], [`Fault::NoReceipt`], [`Fault::Version`], [`Fault::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() > Self::BYTES_MAX {
            return Err(Fault::TooLong { len: bytes.len() });
        }
        let versioned = bytes.strip_prefix(&Self::MAGIC).ok_or(Fault::NoReceipt)?;
        let (version, body) = versioned.split_first().ok_or(Fault::NoReceipt)?;
        if *version != Self::VERSION {
            return Err(Fault::Version(*version));
        }
        decode(body, Self::BYTES_MAX).map_err(|error| Fault::Malformed(error.to_string()))
    }
}

impl Stem {
    /// The stem of a header; none if its proposer is not in its committee.
    #[must_use]
    pub fn of(header: &Header, committee: &Committee) -> Option<Self> {
        let proposer = committee.keys.iter().position(|key| *key == header.proposer)?;
        Some(Self {
            state_format: header.state_format,
            view: header.view,
            parent_view: header.parent_view,
            proposer: u8::try_from(proposer).ok()?,
            height: header.height,
            time: header.time,
            parent: header.parent,
            tx_root: header.tx_root,
            event_root: header.event_root,
            event_size: header.event_size,
            state_root: header.state_root,
            ops_root: header.ops_root,
            ops_range: header.ops_range,
        })
    }

    /// The whole header.
    ///
    /// # Errors
    /// [`Fault::Proposer`].
    pub(crate) fn header(&self, at: At, known: Known<'_>) -> Result<Header, Fault> {
        let proposer = known.committee.keys.get(usize::from(self.proposer));
        let proposer = *proposer.ok_or(Fault::Proposer { at, index: self.proposer })?;
        Ok(Header {
            version: Header::VERSION,
            state_format: self.state_format,
            chain: known.chain,
            epoch: known.epoch,
            view: self.view,
            parent_view: self.parent_view,
            proposer,
            height: self.height,
            time: self.time,
            parent: self.parent,
            committee_hash: known.committee.hash(),
            next_committee_hash: known.next_committee_hash,
            tx_root: self.tx_root,
            event_root: self.event_root,
            event_size: self.event_size,
            state_root: self.state_root,
            ops_root: self.ops_root,
            ops_range: self.ops_range,
        })
    }
}
