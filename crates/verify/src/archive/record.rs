//! The wire form of a segment: records, each a block with what makes it final and what followed from it.

use super::Fault;
use crate::Certificate;
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Block, Committee, Entry, List, decode, encode};

/// What every segment begins with.
const MAGIC: [u8; 7] = *b"epioneA";
/// The version of this form; stands behind the magic.
const VERSION: u8 = 1;
/// Bytes of the longest record: far more than the events of any block have.
const RECORD_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Bytes of the longest segment: the longest record, with others before it.
pub const SEGMENT_BYTES_MAX: usize = 2 * RECORD_BYTES_MAX;
/// Most events of a block: each call of each transaction emits as many as it may, and some more of scheduled work.
const EVENTS_MAX: usize = 1 << 24;
/// Bytes before a record: its length.
const LENGTH_BYTES: usize = 4;

/// A block with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Record {
    /// The block.
    pub block: Block,
    /// The votes for it; a block without them is final by a later one.
    pub certificate: Option<Certificate>,
    /// The validators of the next epoch, if others than before: in the last block of an epoch.
    pub successors: Option<Committee>,
    /// The events of the block.
    pub events: List<Entry, EVENTS_MAX>,
}

/// The bytes that a segment begins with, before its first record.
#[must_use]
pub fn begin_segment() -> Vec<u8> {
    [&MAGIC[..], &[VERSION]].concat()
}

impl Record {
    /// Appends the record to a segment. None, and nothing is appended, if it is longer than any may be.
    #[must_use]
    pub fn append(&self, segment: &mut Vec<u8>) -> Option<()> {
        let bytes = encode(self);
        let len = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= RECORD_BYTES_MAX)?;
        segment.extend_from_slice(&len.to_le_bytes());
        segment.extend_from_slice(&bytes);
        Some(())
    }
}

/// The records of a segment, as far as they can be read; nothing comes after a fault.
pub(super) struct Records<'a> {
    rest: &'a [u8],
    at: u64,
}

impl<'a> Records<'a> {
    /// Those of the segment with these bytes.
    ///
    /// # Errors
    /// [`Fault::NoSegment`], [`Fault::Version`].
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, Fault> {
        let versioned = bytes.strip_prefix(&MAGIC).filter(|_| bytes.len() <= SEGMENT_BYTES_MAX);
        let (version, rest) = versioned.and_then(<[u8]>::split_first).ok_or(Fault::NoSegment)?;
        match *version {
            VERSION => Ok(Self { rest, at: place(bytes.len().saturating_sub(rest.len())) }),
            other => Err(Fault::Version(other)),
        }
    }

    fn read(&mut self) -> Result<Record, Fault> {
        let at = self.at;
        let (len, rest) = self.rest.split_first_chunk::<LENGTH_BYTES>().ok_or(Fault::Torn(at))?;
        let len = usize::try_from(u32::from_le_bytes(*len)).unwrap_or(usize::MAX);
        let (record, rest) = rest.split_at_checked(len).ok_or(Fault::Torn(at))?;
        let record = decode(record, RECORD_BYTES_MAX);
        self.at = at.saturating_add(place(len)).saturating_add(place(LENGTH_BYTES));
        self.rest = rest;
        record.map_err(|error| Fault::Malformed { at, why: error.to_string() })
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let read = self.read();
        if read.is_err() {
            self.rest = &[];
        }
        Some(read)
    }
}

fn place(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
