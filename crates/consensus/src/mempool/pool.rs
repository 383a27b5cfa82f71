//! The pool itself.

use epione_exec::CheckedTx;
use epione_types::{Nonce, OrgId, SignedTx, SignerId, TxFault, TxId, UnixMs};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{oneshot, watch};

use crate::{Final, admission::Source};

/// Transactions that did not fit before and are tried again in one block.
const MISFITS_PER_BLOCK_MAX: usize = 500;

/// How much the mempool holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MempoolLimits {
    /// Most transactions.
    pub txs: usize,
    /// Most bytes of their canonical encodings.
    pub bytes: usize,
    /// Most transactions of one organization and its identities.
    pub txs_per_org: usize,
    /// Most bytes of these.
    pub bytes_per_org: usize,
}

/// Why the pool does not take a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PoolError {
    /// The same transaction is waiting.
    Duplicate,
    /// Another transaction with the same nonce is waiting.
    NonceTaken,
    /// No room.
    Full,
    /// No room for this organization.
    OrgFull,
}

/// Why a transaction is not offered to a block for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// Since then a candidate block of a height contains it.
    Candidate(u64, UnixMs),
    /// It did not fit a block when the last final block was of this height.
    Misfit(u64),
}

#[derive(Debug)]
struct Waiting {
    tx: Arc<CheckedTx>,
    org: OrgId,
    /// A node keeps offering to the others what its own clients submitted.
    source: Source,
    offered_at: UnixMs,
    held: Option<Held>,
}

#[derive(Debug, Default)]
struct Inner {
    by_order: BTreeMap<u64, Waiting>,
    by_id: HashMap<TxId, u64>,
    by_nonce: HashMap<(SignerId, Nonce), TxId>,
    /// Number of transactions and of their bytes.
    per_org: HashMap<OrgId, (usize, usize)>,
    bytes: usize,
    /// Height of the last final block.
    height: u64,
    next_order: u64,
    waiters: HashMap<TxId, Vec<oneshot::Sender<Result<Final, TxFault>>>>,
}

/// The mempool of a node.
#[derive(Debug)]
pub(crate) struct Mempool {
    limits: MempoolLimits,
    /// After how long a candidate that did not become final no longer holds its transactions back.
    candidate_ms: u64,
    inner: Mutex<Inner>,
    arrivals: watch::Sender<u64>,
}

impl Mempool {
    /// An empty pool.
    #[must_use]
    pub(crate) fn new(limits: MempoolLimits, candidate_ms: u64) -> Self {
        Self { limits, candidate_ms, inner: Mutex::default(), arrivals: watch::Sender::new(0) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A panic while the lock is held ends the process, so the contents are never half changed.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a transaction that was verified and can stand on the final state.
    pub(crate) fn insert(&self, tx: Arc<CheckedTx>, org: OrgId, source: Source, now: UnixMs) -> Result<(), PoolError> {
        let mut inner = self.inner();
        if inner.by_id.contains_key(&tx.id) {
            return Err(PoolError::Duplicate);
        }
        let (signer, nonce) = (tx.tx.tx.signer, tx.tx.tx.nonce);
        if inner.by_nonce.contains_key(&(signer, nonce)) {
            return Err(PoolError::NonceTaken);
        }
        if inner.by_order.len() >= self.limits.txs || inner.bytes + tx.len > self.limits.bytes {
            return Err(PoolError::Full);
        }
        let (txs, bytes) = inner.per_org.get(&org).copied().unwrap_or_default();
        if txs >= self.limits.txs_per_org || bytes + tx.len > self.limits.bytes_per_org {
            return Err(PoolError::OrgFull);
        }
        inner.per_org.insert(org, (txs + 1, bytes + tx.len));
        let order = inner.next_order;
        inner.next_order += 1;
        inner.bytes += tx.len;
        inner.by_id.insert(tx.id, order);
        inner.by_nonce.insert((signer, nonce), tx.id);
        inner.by_order.insert(order, Waiting { tx, org, source, offered_at: now, held: None });
        drop(inner);
        self.arrivals.send_modify(|count| *count += 1);
        Ok(())
    }

    /// A number that changes when a transaction arrives.
    pub(crate) fn arrivals(&self) -> watch::Receiver<u64> {
        self.arrivals.subscribe()
    }

    /// Whether the transaction waits here with just this signature: then it was checked and verified before.
    pub(crate) fn verified(&self, id: &TxId, tx: &SignedTx) -> Option<Arc<CheckedTx>> {
        let inner = self.inner();
        let waiting = inner.by_order.get(inner.by_id.get(id)?)?;
        (waiting.tx.tx.signature == tx.signature).then(|| Arc::clone(&waiting.tx))
    }

    /// Transactions for a block, up to both limits: the oldest first, then those that did not fit an earlier block. Those in
    /// a fresh candidate are passed over.
    pub(crate) fn candidates(&self, now: UnixMs, txs_max: usize, bytes_max: usize) -> Vec<Arc<CheckedTx>> {
        let inner = self.inner();
        let ready = || inner.by_order.values().filter(|waiting| self.is_ready(waiting, inner.height, now));
        let tried = |waiting: &Waiting| if let Some(Held::Misfit(height)) = waiting.held { Some(height) } else { None };
        let mut again: Vec<&Waiting> = ready().filter(|waiting| tried(waiting).is_some()).collect();
        // Those that were not tried for longest, so that everyone has a turn.
        again.sort_by_key(|waiting| tried(waiting));
        again.truncate(MISFITS_PER_BLOCK_MAX);
        let mut bytes = 0;
        let mut candidates = Vec::new();
        for waiting in ready().filter(|waiting| tried(waiting).is_none()).chain(again) {
            if candidates.len() >= txs_max || bytes + waiting.tx.len > bytes_max {
                break;
            }
            bytes += waiting.tx.len;
            candidates.push(Arc::clone(&waiting.tx));
        }
        candidates
    }

    /// Whether a transaction waits that may be offered to a block now.
    pub(crate) fn has_ready(&self, now: UnixMs) -> bool {
        let inner = self.inner();
        inner.by_order.values().any(|waiting| self.is_ready(waiting, inner.height, now))
    }

    fn is_ready(&self, waiting: &Waiting, height: u64, now: UnixMs) -> bool {
        match waiting.held {
            None => true,
            Some(Held::Candidate(_, since)) => now.since(since).0 > self.candidate_ms,
            Some(Held::Misfit(since)) => since < height,
        }
    }

    /// Notes that a candidate block contains these transactions: they are not offered to another for a while.
    pub(crate) fn include<'a>(&self, ids: impl Iterator<Item = &'a TxId>, height: u64, now: UnixMs) {
        self.inner().hold(ids, Held::Candidate(height, now));
    }

    /// Notes that these transactions did not fit a block: they are offered again after the next final one.
    pub(crate) fn pass_over<'a>(&self, ids: impl Iterator<Item = &'a TxId>) {
        let mut inner = self.inner();
        let held = Held::Misfit(inner.height);
        inner.hold(ids, held);
    }

    /// Removes what a final block settles: its transactions, others with their nonces, and what is expired at its time.
    pub(crate) fn settle<'a>(
        &self,
        block: impl Iterator<Item = (&'a SignedTx, Final)>,
        height: u64,
        time: UnixMs,
    ) -> Vec<TxId> {
        let mut inner = self.inner();
        inner.height = height;
        for (signed, outcome) in block {
            let taken = inner.by_nonce.get(&(signed.tx.signer, signed.tx.nonce)).copied();
            inner.remove(&outcome.id);
            inner.tell(&outcome.id, &Ok(outcome.clone()));
            if let Some(other) = taken.filter(|taken| *taken != outcome.id) {
                inner.remove(&other);
                inner.tell(&other, &Err(TxFault::NonceUsed(signed.tx.nonce)));
            }
        }
        let mut expired = Vec::new();
        for waiting in inner.by_order.values_mut() {
            if waiting.tx.tx.tx.valid_until < time {
                expired.push((waiting.tx.id, TxFault::Expired(waiting.tx.tx.tx.valid_until)));
            } else if matches!(waiting.held, Some(Held::Candidate(candidate, _)) if candidate <= height) {
                // The candidate that held it lost to this block.
                waiting.held = None;
            }
        }
        drop(inner);
        self.discard(&expired);
        expired.into_iter().map(|(id, _)| id).collect()
    }

    /// Transactions that did not fit a block.
    pub(crate) fn misfits(&self) -> Vec<Arc<CheckedTx>> {
        let inner = self.inner();
        let misfits = inner.by_order.values().filter(|waiting| matches!(waiting.held, Some(Held::Misfit(_))));
        misfits.map(|waiting| Arc::clone(&waiting.tx)).collect()
    }

    /// Removes transactions that can never stand in a block again, and tells who waits for them why.
    pub(crate) fn discard(&self, lost: &[(TxId, TxFault)]) {
        let mut inner = self.inner();
        for (id, fault) in lost {
            inner.remove(id);
            inner.tell(id, &Err(fault.clone()));
        }
    }

    /// Height of the last final block.
    pub(crate) fn height(&self) -> u64 {
        self.inner().height
    }

    /// Counts a transaction that a peer brought as one of this node's clients; none if it does not wait or was one before.
    pub(crate) fn adopt(&self, id: &TxId) -> Option<Arc<CheckedTx>> {
        let mut inner = self.inner();
        let order = inner.by_id.get(id).copied()?;
        let waiting = inner.by_order.get_mut(&order).filter(|waiting| waiting.source == Source::Peer)?;
        waiting.source = Source::Client;
        Some(Arc::clone(&waiting.tx))
    }

    /// Transactions of this node that were last offered before `before`, up to both limits; counted as offered at `now`.
    pub(crate) fn offer_again(
        &self,
        before: UnixMs,
        now: UnixMs,
        txs_max: usize,
        bytes_max: usize,
    ) -> Vec<Arc<CheckedTx>> {
        let mut inner = self.inner();
        let mut bytes = 0;
        let stale = inner
            .by_order
            .values_mut()
            .filter(|waiting| waiting.source == Source::Client && waiting.offered_at < before);
        stale
            .take(txs_max)
            .take_while(|waiting| {
                bytes += waiting.tx.len;
                bytes <= bytes_max
            })
            .map(|waiting| {
                waiting.offered_at = now;
                Arc::clone(&waiting.tx)
            })
            .collect()
    }

    /// Tells when the transaction becomes final, or why it never will.
    pub(crate) fn wait(&self, id: TxId) -> oneshot::Receiver<Result<Final, TxFault>> {
        let (sender, receiver) = oneshot::channel();
        let mut inner = self.inner();
        let waiters = inner.waiters.entry(id).or_default();
        waiters.retain(|waiter| !waiter.is_closed());
        waiters.push(sender);
        receiver
    }

    /// Drops the waiters of clients that have gone.
    pub(crate) fn forget_gone_waiters(&self) {
        self.inner().waiters.retain(|_, waiters| {
            waiters.retain(|waiter| !waiter.is_closed());
            !waiters.is_empty()
        });
    }

    /// Whether the transaction waits here.
    #[must_use]
    pub(crate) fn contains(&self, id: &TxId) -> bool {
        self.inner().by_id.contains_key(id)
    }

    /// The lowest sequence number from `from` on that no waiting transaction of the signer's lane has.
    #[must_use]
    pub(crate) fn next_free(&self, signer: &SignerId, lane: u16, from: u64) -> u64 {
        let inner = self.inner();
        let is_taken = |seq: &u64| inner.by_nonce.contains_key(&(*signer, Nonce { lane, seq: *seq }));
        (from..u64::MAX).find(|seq| !is_taken(seq)).unwrap_or(u64::MAX)
    }

    /// Number of transactions that wait, and of their bytes.
    #[must_use]
    pub(crate) fn size(&self) -> (usize, usize) {
        let inner = self.inner();
        (inner.by_order.len(), inner.bytes)
    }
}

impl Inner {
    fn tell(&mut self, id: &TxId, fate: &Result<Final, TxFault>) {
        for waiter in self.waiters.remove(id).unwrap_or_default() {
            // The client may have gone.
            drop(waiter.send(fate.clone()));
        }
    }

    fn hold<'a>(&mut self, ids: impl Iterator<Item = &'a TxId>, held: Held) {
        for id in ids {
            if let Some(order) = self.by_id.get(id)
                && let Some(waiting) = self.by_order.get_mut(order)
            {
                waiting.held = Some(held);
            }
        }
    }

    fn remove(&mut self, id: &TxId) {
        let Some(waiting) = self.by_id.remove(id).and_then(|order| self.by_order.remove(&order)) else {
            return;
        };
        let tx = &waiting.tx.tx.tx;
        self.by_nonce.remove(&(tx.signer, tx.nonce));
        self.bytes -= waiting.tx.len;
        if let Some((txs, bytes)) = self.per_org.get_mut(&waiting.org) {
            *txs -= 1;
            *bytes -= waiting.tx.len;
            if *txs == 0 {
                self.per_org.remove(&waiting.org);
            }
        }
    }
}
