//! The event log: every finalized event of the chain in order, append-only and gapless.

use commonware_codec::RangeCfg;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::{
    Context,
    journal::contiguous::{Contiguous as _, Many, variable},
};
use epione_types::{Entry, Hash, UnixMs, decode, encode, leaf_hash, limits::EVENT_BODY_BYTES_MAX};
use std::num::{NonZeroU64, NonZeroUsize};

/// Bytes of the longest record: an event and where it stands.
const RECORD_BYTES_MAX: usize = EVENT_BODY_BYTES_MAX + 256;

/// Bytes of a record before the event: height and time of its block.
const PLACE_BYTES: usize = 16;

/// Where and how the log is kept.
#[derive(Clone)]
pub struct LogConfig {
    /// Name of the log's files.
    pub partition: String,
    /// Events per file; fixed for the life of the log.
    pub events_per_file: NonZeroU64,
    /// Cache of pages for reading.
    pub page_cache: CacheRef,
    /// Bytes buffered before they are written.
    pub buffer: NonZeroUsize,
}

impl std::fmt::Debug for LogConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogConfig").field("partition", &self.partition).finish_non_exhaustive()
    }
}

/// An event of the log and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, borsh::BorshSerialize, borsh::BorshDeserialize)]
pub struct Logged {
    /// Height of its block.
    pub height: u64,
    /// Time of its block.
    pub time: UnixMs,
    /// The event.
    pub entry: Entry,
}

/// The log cannot be read or written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LogError {
    /// The engine's own error.
    #[error("the event log failed: {0}")]
    Engine(String),
    /// Events are missing between the end of the log and the block.
    #[error("the event log ends at {end}, but the block's events begin at {begin}")]
    Gap {
        /// Number of events in the log.
        end: u64,
        /// Position of the block's first event.
        begin: u64,
    },
    /// A record does not decode.
    #[error("event {0} of the log does not decode")]
    Corrupt(u64),
}

/// The event log.
pub struct EventLog<E: Context> {
    journal: variable::Journal<E, bytes::Bytes>,
}

impl<E: Context> std::fmt::Debug for EventLog<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventLog").field("size", &self.size()).finish_non_exhaustive()
    }
}

fn engine(error: impl std::fmt::Display) -> LogError {
    LogError::Engine(error.to_string())
}

impl<E: Context> EventLog<E> {
    /// Opens the log, or begins it.
    ///
    /// # Errors
    /// [`LogError::Engine`].
    pub async fn open(context: E, config: LogConfig) -> Result<Self, LogError> {
        let config = variable::Config {
            partition: config.partition,
            items_per_section: config.events_per_file,
            compression: None,
            codec_config: RangeCfg::new(0..=RECORD_BYTES_MAX),
            page_cache: config.page_cache,
            write_buffer: config.buffer,
            replay_buffer: config.buffer,
        };
        Ok(Self { journal: variable::Journal::init(context, config).await.map_err(engine)? })
    }

    /// Number of events in the log.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.journal.size()
    }

    /// Appends the events of a block, the first of which has position `begin`, and makes them durable. Events that are in
    /// the log already are passed over, so a block can be appended again after a crash.
    ///
    /// # Errors
    /// [`LogError::Gap`] if events before `begin` are missing; [`LogError::Engine`].
    pub async fn append(self, begin: u64, events: Vec<Logged>) -> Result<Self, LogError> {
        let end = self.size();
        if begin > end {
            return Err(LogError::Gap { end, begin });
        }
        let known = usize::try_from(end - begin).unwrap_or(usize::MAX);
        let records: Vec<bytes::Bytes> = events.iter().skip(known).map(|event| encode(event).into()).collect();
        if records.is_empty() {
            return Ok(self);
        }
        let (journal, _) = self.journal.append_many(Many::Flat(&records)).await.map_err(engine)?;
        let (journal, durable) = journal.start_sync().await.map_err(engine)?;
        durable.await.map_err(engine)?;
        Ok(Self { journal })
    }

    /// At most `count` events from position `from` on.
    ///
    /// # Errors
    /// [`LogError::Engine`], [`LogError::Corrupt`].
    pub async fn read(&self, from: u64, count: usize) -> Result<Vec<Logged>, LogError> {
        let decoded = |record: &[u8]| decode(record, RECORD_BYTES_MAX).ok();
        self.records(from, count, decoded).await
    }

    /// The hashes, as leaves of the event tree, of at most `count` events from position `from` on.
    ///
    /// # Errors
    /// [`LogError::Engine`], [`LogError::Corrupt`].
    pub async fn leaves(&self, from: u64, count: usize) -> Result<Vec<Hash>, LogError> {
        self.records(from, count, |record| record.get(PLACE_BYTES..).map(leaf_hash)).await
    }

    async fn records<T>(&self, from: u64, count: usize, read: impl Fn(&[u8]) -> Option<T>) -> Result<Vec<T>, LogError> {
        let end = self.size().min(from.saturating_add(u64::try_from(count).unwrap_or(u64::MAX)));
        let positions: Vec<u64> = (from..end).collect();
        if positions.is_empty() {
            return Ok(Vec::new());
        }
        let records = self.journal.read_many(&positions).await.map_err(engine)?;
        let found = positions.into_iter().zip(records);
        found.map(|(position, record)| read(&record).ok_or(LogError::Corrupt(position))).collect()
    }
}
