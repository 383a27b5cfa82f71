//! Spreads transactions to all validators, so that any leader can include them.

use crate::{
    app::{Shared, now},
    mempool::{self, PoolError},
};
use bytes::{Buf as _, Bytes};
use commonware_cryptography::ed25519;
use commonware_macros::select;
use commonware_p2p::{Receiver, Recipients, Sender};
use commonware_runtime::{Clock, Spawner};
use commonware_storage::Context as StorageContext;
use epione_exec::{CheckedTx, check_tx};
use epione_types::{List, SignedTx, UnixMs, decode, encode, limits::TX_BYTES_MAX};
use rand_core::CryptoRng;
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tracing::{debug, warn};

/// Most transactions of one message.
const MESSAGE_TXS_MAX: usize = 1_000;
/// Bytes after which a message is closed.
pub(crate) const MESSAGE_BYTES_MAX: usize = 256 * 1024 + TX_BYTES_MAX;
/// How often waiting transactions of this node are offered again.
const OFFER_AGAIN: Duration = Duration::from_secs(1);
/// How long a transaction waits before it is offered again.
const OFFER_AFTER_MS: u64 = 2_000;

type Batch = List<SignedTx, MESSAGE_TXS_MAX>;

/// The task that sends and receives transactions.
pub(crate) struct Gossip<E: StorageContext, S, R> {
    pub(crate) context: E,
    pub(crate) shared: Arc<Shared<E>>,
    pub(crate) sender: S,
    pub(crate) receiver: R,
    /// Transactions that this node has accepted.
    pub(crate) accepted: mpsc::UnboundedReceiver<Vec<Arc<CheckedTx>>>,
}

impl<E, S, R> Gossip<E, S, R>
where
    E: Spawner + StorageContext + CryptoRng + Clock,
    S: Sender<PublicKey = ed25519::PublicKey>,
    R: Receiver<PublicKey = ed25519::PublicKey>,
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
                    self.send(&self.shared.pool.offer_again(before, now, MESSAGE_TXS_MAX));
                    self.shared.pool.forget_gone_waiters();
                },
                accepted = self.accepted.recv() => {
                    let Some(mut txs) = accepted else { return };
                    while let Ok(more) = self.accepted.try_recv() {
                        txs.extend(more);
                    }
                    self.send(&txs);
                },
                received = self.receiver.recv() => {
                    let Ok((peer, mut message)) = received else { return };
                    let len = message.remaining();
                    self.receive(&peer, &message.copy_to_bytes(len));
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

    fn receive(&mut self, peer: &ed25519::PublicKey, message: &[u8]) {
        let Ok(batch) = decode::<Batch>(message, MESSAGE_BYTES_MAX) else {
            warn!(%peer, "a peer sent transactions that do not decode");
            return;
        };
        let chain = &self.shared.genesis_block.header().chain;
        let mut fresh = Vec::new();
        for tx in batch.into_vec() {
            match check_tx(self.shared.modules, chain, tx) {
                Ok(tx) if self.shared.pool.contains(&tx.id) => {}
                Ok(tx) => fresh.push(tx),
                Err(fault) => warn!(%peer, fault = fault.name(), "a peer sent a transaction that is not well formed"),
            }
        }
        let verified = mempool::verify(&mut self.context, fresh.iter().map(|tx| &tx.tx));
        let now = now(&self.context);
        for (tx, good) in fresh.into_iter().zip(verified) {
            if !good {
                warn!(%peer, "a peer sent a transaction with a wrong signature");
                continue;
            }
            match self.shared.pool.insert(tx, false, now) {
                Ok(()) | Err(PoolError::Duplicate) => {}
                Err(refused) => debug!(?refused, "a peer's transaction found no room"),
            }
        }
    }
}
