//! The hashes of the event tree, kept beside the event log: what proofs are made of.
//!
//! The file follows from the log. It is written after the log, may be behind or missing, and is then completed from the log.

use crate::{EventLog, LogError};
use commonware_cryptography::sha256::Digest;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::{
    Context,
    journal::contiguous::{Contiguous as _, Many, fixed},
};
use epione_types::{Edge, Hash, Plan, Tile, TreeHead, kept_len, kept_size};
use std::num::{NonZeroU64, NonZeroUsize};

/// Events that are read from the log at once.
const PAGE: usize = 1_024;
/// Leaves after which the file is made durable: so many are read again after a crash, at most.
const SYNC_EVERY: u64 = 4_096;

/// Where and how the hashes are kept.
#[derive(Clone)]
pub struct TilesConfig {
    /// Name of the files.
    pub partition: String,
    /// Hashes per file; fixed for the life of the log.
    pub hashes_per_file: NonZeroU64,
    /// Cache of pages for reading.
    pub page_cache: CacheRef,
    /// Bytes buffered before they are written.
    pub buffer: NonZeroUsize,
}

impl std::fmt::Debug for TilesConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TilesConfig").field("partition", &self.partition).finish_non_exhaustive()
    }
}

/// The hashes of the event tree.
pub struct Tiles<E: Context> {
    journal: fixed::Journal<E, Digest>,
    edge: Edge,
    unsynced: u64,
}

impl<E: Context> std::fmt::Debug for Tiles<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tiles").field("size", &self.edge.size()).finish_non_exhaustive()
    }
}

fn engine(error: impl std::fmt::Display) -> LogError {
    LogError::Engine(format!("its tree: {error}"))
}

/// How much of what is kept is believed at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// What fits the log's length; whether the root is right is seen when it is compared with a header.
    All,
    /// Nothing: all of it is made anew from the log.
    Nothing,
}

impl<E: Context> Tiles<E> {
    /// Opens what is kept, or begins it. What a crash left of a leaf without the tiles that it fills, and what reaches beyond the
    /// log, is dropped.
    ///
    /// # Errors
    /// [`LogError::Engine`].
    pub async fn open(context: E, config: TilesConfig, logged: u64, keep: Keep) -> Result<Self, LogError> {
        let journal_config = fixed::Config {
            partition: config.partition,
            items_per_blob: config.hashes_per_file,
            page_cache: config.page_cache,
            write_buffer: config.buffer,
            replay_buffer: config.buffer,
        };
        let most = if keep == Keep::All { kept_len(logged) } else { 0 };
        let opened = context.child("open");
        let mut journal: fixed::Journal<E, Digest> =
            fixed::Journal::init_at_most(opened, journal_config.clone(), most).await.map_err(engine)?;
        let size = kept_size(journal.size());
        if kept_len(size) < journal.size() {
            drop(journal);
            let opened = context.child("trimmed");
            journal = fixed::Journal::init_at_most(opened, journal_config, kept_len(size)).await.map_err(engine)?;
        }
        let hashes = read(&journal, &Edge::positions(size)).await?;
        let edge = Edge::load(size, &hashes).ok_or_else(|| engine("hashes are missing"))?;
        Ok(Self { journal, edge, unsynced: 0 })
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.edge.size()
    }

    /// Size and root of the whole tree.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.edge.size(), root: self.edge.root() }
    }

    /// Appends leaves.
    ///
    /// # Errors
    /// [`LogError::Engine`].
    pub async fn append(mut self, leaves: &[Hash]) -> Result<Self, LogError> {
        if leaves.is_empty() {
            return Ok(self);
        }
        let mut kept = Vec::with_capacity(leaves.len() + leaves.len() / 64 + 8);
        leaves.iter().for_each(|leaf| self.edge.append(*leaf, &mut kept));
        let digests: Vec<Digest> = kept.into_iter().map(|hash| Digest::from(hash.0)).collect();
        (self.journal, _) = self.journal.append_many(Many::Flat(&digests)).await.map_err(engine)?;
        self.unsynced += u64::try_from(leaves.len()).unwrap_or(u64::MAX);
        if self.unsynced >= SYNC_EVERY {
            self.journal = self.journal.sync().await.map_err(engine)?;
            self.unsynced = 0;
        }
        Ok(self)
    }

    /// The next leaves that the log has and the tree has not; none if it has caught up.
    ///
    /// # Errors
    /// [`LogError::Engine`], [`LogError::Corrupt`].
    pub async fn missing(&self, log: &EventLog<E>) -> Result<Vec<Hash>, LogError> {
        log.leaves(self.size(), PAGE).await
    }

    /// The hashes of a proof.
    ///
    /// # Errors
    /// [`LogError::Engine`].
    pub async fn proof(&self, plan: &Plan) -> Result<Vec<Hash>, LogError> {
        plan.assemble(&read(&self.journal, &plan.positions()).await?).map_err(engine)
    }

    /// The hashes of a tile; none if the tree does not have them all.
    ///
    /// # Errors
    /// [`LogError::Engine`].
    pub async fn tile(&self, tile: Tile) -> Result<Option<Vec<Hash>>, LogError> {
        match tile.positions(self.size()) {
            Some(positions) => Ok(Some(read(&self.journal, &positions).await?)),
            None => Ok(None),
        }
    }
}

/// The hashes at `positions`, in their order, which may be any.
async fn read<E: Context>(journal: &fixed::Journal<E, Digest>, positions: &[u64]) -> Result<Vec<Hash>, LogError> {
    if positions.is_empty() {
        return Ok(Vec::new());
    }
    // The journal reads in ascending order only.
    let mut sorted = positions.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.last().is_some_and(|last| *last >= journal.size()) {
        return Err(engine("a hash beyond the end is asked for"));
    }
    let hashes = journal.read_many(&sorted).await.map_err(engine)?;
    let place = |at: &u64| sorted.binary_search(at).ok().and_then(|place| hashes.get(place));
    Ok(positions.iter().filter_map(place).map(|digest| Hash(digest.0)).collect())
}
