//! Spreads transactions to all nodes, so that any leader can include them.

use crate::{
    LedgerOn, SubmitError,
    admission::Source,
    app::{Shared, now},
};
use bytes::{Buf as _, Bytes};
use commonware_cryptography::ed25519;
use commonware_macros::select;
use commonware_p2p::{Blocker, Receiver, Recipients, Sender, block};
use commonware_runtime::{Clock, Spawner};
use commonware_storage::Context as StorageContext;
use epione_exec::CheckedTx;
use epione_types::{List, SignedTx, TxFault, UnixMs, decode, encode, limits::TX_BYTES_MAX};
use rand_core::CryptoRng;
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tracing::{debug, warn};

/// Most transactions of one message.
const MESSAGE_TXS_MAX: usize = 200;
/// Bytes after which a message is closed.
pub(crate) const MESSAGE_BYTES_MAX: usize = 256 * 1024 + TX_BYTES_MAX;
/// Least time between two rounds of messages: what arrives meanwhile goes together.
const PACE: Duration = Duration::from_millis(4);
/// Most transactions and bytes that are offered again at once.
const AGAIN_TXS_MAX: usize = 1_000;
const AGAIN_BYTES_MAX: usize = 1024 * 1024;
/// How often waiting transactions of this node are offered again.
const OFFER_AGAIN: Duration = Duration::from_secs(1);
/// How long a transaction waits before it is offered again.
const OFFER_AFTER_MS: u64 = 2_000;

type Batch = List<SignedTx, MESSAGE_TXS_MAX>;

/// The task that offers to the others what this node's clients submit.
pub(crate) struct Offers<E: StorageContext, S> {
    pub(crate) context: E,
    pub(crate) shared: Arc<Shared<E>>,
    pub(crate) sender: S,
    /// Transactions that this node has accepted.
    pub(crate) accepted: mpsc::UnboundedReceiver<Vec<Arc<CheckedTx>>>,
}

impl<E, S> Offers<E, S>
where
    E: Spawner + StorageContext + CryptoRng + Clock,
    S: Sender<PublicKey = ed25519::PublicKey>,
{
    /// Runs until the node stops.
    pub(crate) async fn run(mut self) {
        let mut again = self.context.current() + OFFER_AGAIN;
        loop {
            select! {
                () = self.context.sleep_until(again) => {
                    again = self.context.current() + OFFER_AGAIN;
                    let now = now(&self.context);
                    let before = UnixMs(now.0.saturating_sub(OFFER_AFTER_MS));
                    self.send(&self.shared.pool.offer_again(before, now, AGAIN_TXS_MAX, AGAIN_BYTES_MAX));
                    self.shared.pool.forget_gone_waiters();
                },
                accepted = self.accepted.recv() => {
                    let Some(mut txs) = accepted else { return };
                    while let Ok(more) = self.accepted.try_recv() {
                        txs.extend(more);
                    }
                    self.send(&txs);
                    self.context.sleep(PACE).await;
                },
            }
        }
    }

    fn send(&mut self, txs: &[Arc<CheckedTx>]) {
        let mut batch: Vec<SignedTx> = Vec::new();
        let mut bytes = 0;
        for tx in txs {
            if batch.len() == MESSAGE_TXS_MAX || bytes + tx.len > MESSAGE_BYTES_MAX - 4 {
                self.send_batch(&std::mem::take(&mut batch));
                bytes = 0;
            }
            bytes += tx.len;
            batch.push(tx.tx.clone());
        }
        self.send_batch(&batch);
    }

    fn send_batch(&mut self, batch: &[SignedTx]) {
        if batch.is_empty() {
            return;
        }
        let message = Bytes::from(encode(batch));
        // A peer that is away misses the message; what still waits is offered again.
        let _sent = self.sender.send(Recipients::All, message, false);
    }
}

/// The task that takes what the others offer.
pub(crate) struct Offered<E, R, B>
where
    E: StorageContext + Spawner + CryptoRng + Clock,
{
    pub(crate) ledger: LedgerOn<E>,
    pub(crate) receiver: R,
    pub(crate) blocker: B,
}

impl<E, R, B> Offered<E, R, B>
where
    E: Spawner + StorageContext + CryptoRng + Clock,
    R: Receiver<PublicKey = ed25519::PublicKey>,
    B: Blocker<PublicKey = ed25519::PublicKey>,
{
    /// Runs until the node stops.
    pub(crate) async fn run(mut self) {
        while let Ok((peer, mut message)) = self.receiver.recv().await {
            let len = message.remaining();
            let message = message.copy_to_bytes(len);
            let Ok(batch) = decode::<Batch>(&message, MESSAGE_BYTES_MAX) else {
                block!(self.blocker, peer, "a peer sent transactions that do not decode");
                continue;
            };
            let refused = self.ledger.take(batch.into_vec(), Source::Peer).await;
            let refused: Vec<SubmitError> = refused.into_iter().filter_map(Result::err).collect();
            // An honest node offers only what it has verified itself. What does not stand here is not verified.
            if refused.iter().any(|why| matches!(why, SubmitError::Fault(TxFault::Signature(_)))) {
                block!(self.blocker, peer, "a peer sent a transaction with a wrong signature");
                continue;
            }
            // What this node does not take may fit the state of a node that is ahead of it or behind.
            let faults: Vec<&SubmitError> = refused.iter().filter(|why| matches!(why, SubmitError::Fault(_))).collect();
            if let Some(first) = faults.first() {
                debug!(%peer, count = faults.len(), %first, "transactions of a peer do not stand here");
            }
            if refused.iter().any(|why| matches!(why, SubmitError::Full | SubmitError::OrgFull)) {
                debug!(%peer, "transactions of a peer found no room");
            }
        }
        warn!("the network between nodes has ended");
    }
}
