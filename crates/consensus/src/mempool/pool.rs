//! The pool itself.

use epione_exec::CheckedTx;
use epione_types::{Nonce, SignedTx, SignerId, TxId, UnixMs};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{oneshot, watch};

use crate::Final;

/// How much the mempool holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MempoolLimits {
    /// Most transactions.
    pub txs: usize,
    /// Most bytes of their canonical encodings.
    pub bytes: usize,
    /// Most transactions of one signer.
    pub txs_per_signer: usize,
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
    /// No room for this signer.
    SignerFull,
}

/// That a candidate block contains a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Included {
    /// Height of the candidate.
    pub(crate) height: u64,
    /// When it was seen.
    pub(crate) at: UnixMs,
}

#[derive(Debug)]
struct Waiting {
    tx: Arc<CheckedTx>,
    /// Submitted to this node, which keeps offering it to the others.
    local: bool,
    offered_at: UnixMs,
    included: Option<Included>,
}

#[derive(Debug, Default)]
struct Inner {
    by_order: BTreeMap<u64, Waiting>,
    by_id: HashMap<TxId, u64>,
    by_nonce: HashMap<(SignerId, Nonce), TxId>,
    per_signer: HashMap<SignerId, usize>,
    bytes: usize,
    next_order: u64,
    waiters: HashMap<TxId, Vec<oneshot::Sender<Final>>>,
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

    /// Takes a transaction whose signature was verified.
    pub(crate) fn insert(&self, tx: CheckedTx, local: bool, now: UnixMs) -> Result<(), PoolError> {
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
        let signers = inner.per_signer.entry(signer).or_default();
        if *signers >= self.limits.txs_per_signer {
            return Err(PoolError::SignerFull);
        }
        *signers += 1;
        let order = inner.next_order;
        inner.next_order += 1;
        inner.bytes += tx.len;
        inner.by_id.insert(tx.id, order);
        inner.by_nonce.insert((signer, nonce), tx.id);
        inner.by_order.insert(order, Waiting { tx: Arc::new(tx), local, offered_at: now, included: None });
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

    /// Transactions for a block, oldest first, up to both limits; those in a fresh candidate are passed over.
    pub(crate) fn candidates(&self, now: UnixMs, txs_max: usize, bytes_max: usize) -> Vec<Arc<CheckedTx>> {
        let inner = self.inner();
        let mut bytes = 0;
        let mut candidates = Vec::new();
        for waiting in inner.by_order.values().filter(|waiting| self.is_ready(waiting, now)) {
            if candidates.len() >= txs_max || bytes + waiting.tx.len > bytes_max {
                break;
            }
            bytes += waiting.tx.len;
            candidates.push(Arc::clone(&waiting.tx));
        }
        candidates
    }

    /// Whether a transaction waits that is in no fresh candidate.
    pub(crate) fn has_ready(&self, now: UnixMs) -> bool {
        self.inner().by_order.values().any(|waiting| self.is_ready(waiting, now))
    }

    fn is_ready(&self, waiting: &Waiting, now: UnixMs) -> bool {
        waiting.included.is_none_or(|included| now.since(included.at).0 > self.candidate_ms)
    }

    /// Notes that a candidate block contains these transactions.
    pub(crate) fn include<'a>(&self, ids: impl Iterator<Item = &'a TxId>, included: Included) {
        let mut inner = self.inner();
        for id in ids {
            if let Some(order) = inner.by_id.get(id).copied()
                && let Some(waiting) = inner.by_order.get_mut(&order)
            {
                waiting.included = Some(included);
            }
        }
    }

    /// Removes what a final block settles: its transactions, others with their nonces, and what is expired at its time.
    pub(crate) fn settle<'a>(
        &self,
        block: impl Iterator<Item = (&'a SignedTx, Final)>,
        height: u64,
        time: UnixMs,
    ) -> Vec<TxId> {
        let mut inner = self.inner();
        for (signed, outcome) in block {
            for waiter in inner.waiters.remove(&outcome.id).unwrap_or_default() {
                // The client may have gone.
                drop(waiter.send(outcome.clone()));
            }
            let taken = inner.by_nonce.get(&(signed.tx.signer, signed.tx.nonce)).copied();
            for id in taken.into_iter().chain([outcome.id]) {
                inner.remove(&id);
                // Who waits for one that lost its nonce waits in vain, and is let go.
                inner.waiters.remove(&id);
            }
        }
        let mut expired = Vec::new();
        for waiting in inner.by_order.values_mut() {
            if waiting.tx.tx.tx.valid_until < time {
                expired.push(waiting.tx.id);
            } else if waiting.included.is_some_and(|included| included.height <= height) {
                // The candidate that held it lost to this block.
                waiting.included = None;
            }
        }
        for id in &expired {
            inner.remove(id);
            inner.waiters.remove(id);
        }
        expired
    }

    /// Transactions of this node that were last offered before `before`, up to a limit; counted as offered at `now`.
    pub(crate) fn offer_again(&self, before: UnixMs, now: UnixMs, txs_max: usize) -> Vec<Arc<CheckedTx>> {
        let mut inner = self.inner();
        let stale = inner.by_order.values_mut().filter(|waiting| waiting.local && waiting.offered_at < before);
        stale
            .take(txs_max)
            .map(|waiting| {
                waiting.offered_at = now;
                Arc::clone(&waiting.tx)
            })
            .collect()
    }

    /// Tells when the transaction becomes final; nothing if it expires or is discarded.
    pub(crate) fn wait(&self, id: TxId) -> oneshot::Receiver<Final> {
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

    /// The highest sequence number of the signer's lane that waits here.
    #[must_use]
    pub(crate) fn highest_seq(&self, signer: &SignerId, lane: u16) -> Option<u64> {
        let inner = self.inner();
        let waiting = inner.by_order.values().map(|waiting| &waiting.tx.tx.tx);
        waiting.filter(|tx| tx.signer == *signer && tx.nonce.lane == lane).map(|tx| tx.nonce.seq).max()
    }

    /// Number of transactions that wait, and of their bytes.
    #[must_use]
    pub(crate) fn size(&self) -> (usize, usize) {
        let inner = self.inner();
        (inner.by_order.len(), inner.bytes)
    }
}

impl Inner {
    fn remove(&mut self, id: &TxId) {
        let Some(waiting) = self.by_id.remove(id).and_then(|order| self.by_order.remove(&order)) else {
            return;
        };
        let tx = &waiting.tx.tx.tx;
        self.by_nonce.remove(&(tx.signer, tx.nonce));
        self.bytes -= waiting.tx.len;
        if let Some(count) = self.per_signer.get_mut(&tx.signer) {
            *count -= 1;
            if *count == 0 {
                self.per_signer.remove(&tx.signer);
            }
        }
    }
}
