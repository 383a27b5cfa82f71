//! Receipts and other proofs about the event tree.
//!
//! The tree's hashes are kept beside the event log by a task of its own, after the log and outside the way to finality. No
//! receipt leaves the node that it has not verified itself.

use crate::{
    EngineBlock, Ledger, LedgerOn, ReadTenures, Unavailable, audit::PARTITION, certificate::compact, engine::Runtime,
};
use commonware_consensus::{
    marshal::Identifier,
    simplex::{scheme::ed25519::Scheme, types::Finalization},
    types::Height,
};
use commonware_cryptography::{Digestible as _, sha256::Digest};
use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::Context as StorageContext;
use commonware_utils::{NZU16, NZU64, NZUsize};

use epione_store::{EventLog, Keep, LogError, Tiles, TilesConfig};
use epione_types::{Hash, List, Origin, Plan, Tenure, Tile, TreeHead, TxId};
use epione_verify::{Anchor, Link, Receipt, Stem, verify};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{RwLock, watch};
use tracing::{error, warn};

/// Events that are looked through at once for the result of a transaction.
const PAGE: usize = 256;
/// How long a receipt waits until the tree has caught up with the log.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// There is no such event yet.
    #[error("there is no such event yet")]
    Unknown,
    /// The event is final, but no certificate that covers it is on this node yet.
    #[error("no certificate that covers the event is on this node yet; try again in a moment")]
    Uncertified,
    /// A store failed, or what the node keeps does not fit together.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<LogError> for ProofError {
    fn from(error: LogError) -> Self {
        Self::Unavailable(error.into())
    }
}

fn broken(what: &str) -> ProofError {
    ProofError::Unavailable(Unavailable::new(format!("{what}; `epione audit` tells what is wrong")))
}

/// The receipts of a real node.
pub type Receipts = ReceiptsOn<commonware_runtime::tokio::Context>;

/// Begins to keep the tree of a real node's events beside its other files.
#[must_use]
pub fn receipts(ledger: Ledger, read_tenures: ReadTenures) -> Receipts {
    ReceiptsOn::open(ledger, PARTITION, read_tenures)
}

/// Makes receipts. Cheap to clone.
pub struct ReceiptsOn<E: Runtime + StorageContext> {
    ledger: LedgerOn<E>,
    read_tenures: ReadTenures,
    tree: Tree<E>,
    /// Changes of the validators by the epoch that began with them: they never change again.
    links: Arc<Mutex<BTreeMap<u64, Link>>>,
}

impl<E: Runtime + StorageContext> Clone for ReceiptsOn<E> {
    fn clone(&self) -> Self {
        Self {
            ledger: self.ledger.clone(),
            read_tenures: self.read_tenures,
            tree: self.tree.clone(),
            links: Arc::clone(&self.links),
        }
    }
}

impl<E: Runtime + StorageContext> std::fmt::Debug for ReceiptsOn<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReceiptsOn").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}

/// The tree as the task that keeps it and those who read it share it.
struct Tree<E: StorageContext> {
    /// None while it is appended to, and for good if that failed.
    tiles: Arc<RwLock<Option<Tiles<E>>>>,
    size: watch::Receiver<u64>,
}

impl<E: StorageContext> Clone for Tree<E> {
    fn clone(&self) -> Self {
        Self { tiles: Arc::clone(&self.tiles), size: self.size.clone() }
    }
}

/// A final block with the engine's certificate of it.
struct Certified {
    block: EngineBlock,
    finalization: Finalization<Scheme, Digest>,
}

impl<E: Runtime + StorageContext> ReceiptsOn<E> {
    /// Begins to keep the tree of the ledger's events in files whose names begin with `partition`.
    #[must_use]
    pub fn open(ledger: LedgerOn<E>, partition: &str, read_tenures: ReadTenures) -> Self {
        let (grown, size) = watch::channel(0);
        let tiles = Arc::new(RwLock::new(None));
        let keeper =
            Keeper { ledger: ledger.clone(), partition: format!("{partition}-tree"), tiles: Arc::clone(&tiles), grown };
        let _task = ledger.context.child("tree").spawn(|context| async move {
            if let Err(error) = keeper.run(context).await {
                error!(%error, "the tree of events cannot be kept: no receipts until the node starts again");
            }
        });
        Self { ledger, read_tenures, tree: Tree { tiles, size }, links: Arc::default() }
    }

    /// Place of the result of a transaction that is final at `height`, among all events.
    ///
    /// # Errors
    /// [`ProofError`].
    pub async fn position(&self, id: TxId, height: u64) -> Result<u64, ProofError> {
        let before = self.ledger.block(height.saturating_sub(1)).await.ok_or(ProofError::Unknown)?;
        let block = self.ledger.block(height).await.ok_or(ProofError::Unknown)?;
        let (mut at, end) = (before.block.header().event_size, block.block.header().event_size);
        while at < end {
            let events = self.ledger.events(at, PAGE).await?;
            if events.is_empty() {
                break;
            }
            for event in events {
                if event.entry.origin == (Origin::Tx { id }) {
                    return Ok(at);
                }
                at += 1;
            }
        }
        Err(ProofError::Unknown)
    }

    /// The receipt of an event.
    ///
    /// # Errors
    /// [`ProofError`].
    pub async fn receipt(&self, position: u64) -> Result<Receipt, ProofError> {
        let event = self.ledger.events(position, 1).await?.pop().ok_or(ProofError::Unknown)?;
        let Certified { block, finalization } = self.certified(event.height).await?;
        let header = block.header();
        let (tenures, _) = self.ledger.tenures(self.read_tenures).await?;
        let past = tenures.iter().filter(|tenure| tenure.since_epoch <= header.epoch).count();
        let tenures = tenures.get(..past).unwrap_or_default();
        let (Some(founders), Some(office)) = (tenures.first(), tenures.last()) else {
            return Err(broken("the state names no committee"));
        };
        let stem = Stem::of(header, &office.committee);
        let certificate = compact(&block, &finalization, &office.committee);
        let (Some(stem), Some(certificate)) = (stem, certificate) else {
            return Err(broken("a certificate is not that of the committee"));
        };
        let plan = Plan::inclusion(position, header.event_size).map_err(|_outside| ProofError::Unknown)?;
        let receipt = Receipt {
            chain: self.ledger.chain(),
            links: List::new(self.links(tenures).await?)
                .map_err(|_more| broken("too many changes of the validators"))?,
            stem,
            next_committee_hash: header.next_committee_hash,
            certificate,
            position,
            tree_size: header.event_size,
            path: List::new(self.proof(&plan, header.event_size).await?)
                .map_err(|_more| broken("a path is too long"))?,
            entry: event.entry,
        };
        let anchor = Anchor::of(self.ledger.genesis(), founders.committee.clone());
        verify(&receipt.to_bytes(), &anchor)
            .map_err(|fault| broken(&format!("the receipt of event {position} does not verify here: {fault}")))?;
        Ok(receipt)
    }

    /// The proof that the tree of `to` events begins with those of the tree of `from` events.
    ///
    /// # Errors
    /// [`ProofError`]; [`ProofError::Unknown`] if there are not so many events, or `from` is above `to`.
    pub async fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, ProofError> {
        if to > *self.ledger.event_size().borrow() {
            return Err(ProofError::Unknown);
        }
        let plan = Plan::consistency(from, to).map_err(|_shrinks| ProofError::Unknown)?;
        self.proof(&plan, to).await
    }

    /// The hashes of a tile.
    ///
    /// # Errors
    /// [`ProofError`]; [`ProofError::Unknown`] if the tree does not have them all.
    pub async fn tile(&self, tile: Tile) -> Result<Vec<Hash>, ProofError> {
        let tiles = self.tree.tiles.read().await;
        let tiles = tiles.as_ref().ok_or_else(|| broken("the tree of events is closed"))?;
        tiles.tile(tile).await?.ok_or(ProofError::Unknown)
    }

    async fn proof(&self, plan: &Plan, size: u64) -> Result<Vec<Hash>, ProofError> {
        let mut grown = self.tree.size.clone();
        tokio::select! {
            caught_up = grown.wait_for(|kept| *kept >= size) => {
                caught_up.map(drop).map_err(|_closed| broken("the tree of events is closed"))?;
            }
            () = self.ledger.context.sleep(PATIENCE) => {
                let behind = "the tree of events has not caught up with the log yet; try again in a moment";
                return Err(Unavailable::new(behind.to_owned()).into());
            }
        }
        let tiles = self.tree.tiles.read().await;
        let tiles = tiles.as_ref().ok_or_else(|| broken("the tree of events is closed"))?;
        Ok(tiles.proof(plan).await?)
    }

    /// The first block from `height` on that has a certificate of its own; it covers all before it.
    async fn certified(&self, height: u64) -> Result<Certified, ProofError> {
        let head = self.ledger.head().borrow().block.as_ref().map_or(0, |block| block.header().height);
        for height in height.max(1)..=head {
            let Some(finalization) = self.ledger.marshal.get_finalization(Height::new(height)).await else { continue };
            let block = self.ledger.marshal.get_block(Identifier::Height(Height::new(height))).await;
            let block = block.ok_or(ProofError::Uncertified)?.inner().clone();
            if finalization.proposal.payload == block.digest() {
                return Ok(Certified { block, finalization });
            }
        }
        Err(ProofError::Uncertified)
    }

    /// The changes between these committees.
    async fn links(&self, tenures: &[Tenure]) -> Result<Vec<Link>, ProofError> {
        let mut links = Vec::with_capacity(tenures.len());
        for (before, after) in tenures.iter().zip(tenures.iter().skip(1)) {
            let known = self.links.lock().unwrap_or_else(PoisonError::into_inner).get(&after.since_epoch).cloned();
            let link = match known {
                Some(link) => link,
                None => self.link(before, after).await?,
            };
            self.links.lock().unwrap_or_else(PoisonError::into_inner).insert(after.since_epoch, link.clone());
            links.push(link);
        }
        Ok(links)
    }

    async fn link(&self, before: &Tenure, after: &Tenure) -> Result<Link, ProofError> {
        let height = self.ledger.genesis().last_of_epoch(after.since_epoch.saturating_sub(1));
        let Certified { block, finalization } = self.certified(height).await?;
        let stem = Stem::of(block.header(), &before.committee);
        let certificate = compact(&block, &finalization, &before.committee);
        match (stem, certificate) {
            (Some(stem), Some(certificate)) if block.header().height == height => {
                Ok(Link { stem, certificate, committee: after.committee.clone() })
            }
            _ => Err(broken(&format!(
                "block {height}, with which the validators changed, has no certificate of its own"
            ))),
        }
    }
}

/// Keeps the tree.
struct Keeper<E: Runtime + StorageContext> {
    ledger: LedgerOn<E>,
    partition: String,
    tiles: Arc<RwLock<Option<Tiles<E>>>>,
    grown: watch::Sender<u64>,
}

impl<E: Runtime + StorageContext> Keeper<E> {
    /// Follows the log for ever.
    async fn run(self, context: E) -> Result<(), LogError> {
        let mut head = self.ledger.head();
        if head.wait_for(|head| head.block.is_some()).await.is_err() {
            return Ok(());
        }
        let mut logged = self.ledger.event_size();
        let opened = self.open(&context, "kept", Keep::All).await?;
        *self.tiles.write().await = Some(opened);
        let mut trust = Keep::All;
        loop {
            let size = *logged.borrow_and_update();
            self.catch_up(size).await?;
            if !self.is_right().await {
                if trust == Keep::Nothing {
                    return Err(LogError::Engine(
                        "the events do not have the root that the last block names".to_owned(),
                    ));
                }
                warn!("the tree of events does not fit the last block: it is made anew from the log");
                trust = Keep::Nothing;
                let opened = self.open(&context, "anew", Keep::Nothing).await?;
                *self.tiles.write().await = Some(opened);
                continue;
            }
            self.grown.send_replace(size);
            if logged.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    async fn open(&self, context: &E, name: &'static str, keep: Keep) -> Result<Tiles<E>, LogError> {
        let config = TilesConfig {
            partition: self.partition.clone(),
            hashes_per_file: NZU64!(1 << 20),
            page_cache: CacheRef::new(NZU16!(4096), NZUsize!(256)),
            buffer: NZUsize!(64 * 1024),
        };
        // Files that are open elsewhere in this task are closed first.
        drop(self.tiles.write().await.take());
        let logged = *self.ledger.event_size().borrow();
        Tiles::open(context.child(name), config, logged, keep).await
    }

    /// Appends what the log has up to `size`.
    async fn catch_up(&self, size: u64) -> Result<(), LogError> {
        loop {
            let mut guard = self.tiles.write().await;
            let Some(tiles) = guard.take() else { return Err(LogError::Engine("the tree is closed".to_owned())) };
            if tiles.size() >= size {
                *guard = Some(tiles);
                return Ok(());
            }
            let leaves = {
                let log = self.ledger.shared.log.read().await;
                self.leaves(&tiles, log.as_ref()).await?
            };
            if leaves.is_empty() {
                return Err(LogError::Gap { end: tiles.size(), begin: size });
            }
            *guard = Some(tiles.append(&leaves).await?);
        }
    }

    async fn leaves(&self, tiles: &Tiles<E>, log: Option<&EventLog<E>>) -> Result<Vec<Hash>, LogError> {
        match log {
            Some(log) => tiles.missing(log).await,
            None => Err(LogError::Engine("the event log is closed".to_owned())),
        }
    }

    /// Whether the tree has the root that the last block names. Nothing is wrong while one of them is ahead of the other.
    async fn is_right(&self) -> bool {
        let named = self.ledger.head().borrow().block.as_ref().map(|block| {
            let header = block.header();
            TreeHead { size: header.event_size, root: header.event_root }
        });
        let kept = self.tiles.read().await.as_ref().map(Tiles::head);
        match (named, kept) {
            (Some(named), Some(kept)) if named.size == kept.size => named.root == kept.root,
            _ => true,
        }
    }
}
