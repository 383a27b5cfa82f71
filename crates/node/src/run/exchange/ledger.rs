//! The ledger in the name of the node's service identity.

use anyhow::Result;
use epione_consensus::{Final, Ledger as Consensus, SubmitError};
use epione_exchange::ports::{Head, Ledger, LedgerError, Outcome, Question};
use epione_modules::network::{self, ClaimedKey};
use epione_types::{
    Call, DurationMs, Entry, IdentityId, List, Nonce, SignedTx, SignerId, SigningKey, Tx, TxFault, TxId,
};
use futures::future::{BoxFuture, FutureExt as _};
use std::time::Duration;
use tokio::sync::{Mutex, oneshot};

/// Tells what becomes of a transaction.
type Told = oneshot::Receiver<Result<Final, TxFault>>;

/// The nonce lane of what the node signs by itself.
const LANE: u16 = 0;
/// How long what the node signs may wait for a block.
const VALID: DurationMs = DurationMs::from_secs(120);
/// How long its end is waited for: a little longer than it is valid.
const GIVEN_UP: Duration = Duration::from_secs(150);
/// How long to wait before the mempool is offered a transaction again that it had no room for.
const AGAIN: Duration = Duration::from_millis(200);

/// Reads and writes the ledger of this node.
#[derive(Debug)]
pub(super) struct ServiceLedger {
    ledger: Consensus,
    key: SigningKey,
    /// The next sequence number, as far as this process knows.
    next: Mutex<u64>,
}

impl ServiceLedger {
    pub(super) fn new(ledger: Consensus, key: SigningKey) -> Self {
        Self { ledger, key, next: Mutex::new(1) }
    }

    /// The identity whose key it is, once it is registered.
    async fn service(&self) -> Result<Option<IdentityId>, LedgerError> {
        let claimed = ClaimedKey::Signing(self.key.public());
        let found = self.ledger.read(&move |view| network::key_use(&view, &claimed)).await;
        let (claim, _) = found.map_err(|error| unavailable(&error))?;
        Ok(claim.and_then(|claim| match claim.owner {
            SignerId::Identity(id) => Some(id),
            SignerId::Organization(_) => None,
        }))
    }

    /// Signs the calls and hands them to the mempool; the transaction, and who tells what becomes of it.
    async fn send(&self, calls: Vec<Call>) -> Result<(TxId, Told), LedgerError> {
        let service = self.service().await?.ok_or_else(|| {
            LedgerError::Unavailable(
                "the service identity of this node is not registered: `epione org enroll` does that".to_owned(),
            )
        })?;
        let signer = SignerId::Identity(service);
        let calls =
            List::new(calls).map_err(|_more| LedgerError::Faulty("more calls than a transaction has".to_owned()))?;
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| LedgerError::Unavailable(error.to_string()))?;
        // One at a time, so that no two take the same number.
        let mut next = self.next.lock().await;
        loop {
            let free = self.ledger.next_seq(signer, LANE).await.map_err(|error| unavailable(&error))?;
            let seq = free.max(*next);
            let tx = Tx {
                version: 1,
                chain: self.ledger.chain(),
                signer,
                nonce: Nonce { lane: LANE, seq },
                salt,
                valid_until: self.ledger.now().after(VALID),
                calls: calls.clone(),
            };
            let (id, signature) = (tx.id(), self.key.sign(&tx.signing_bytes()));
            // Asked for first, so that a block in between is not missed.
            let told = self.ledger.wait(id);
            match self.ledger.submit(vec![SignedTx { tx, signature }]).await.pop() {
                Some(Ok(_) | Err(SubmitError::Duplicate(_))) => {
                    *next = seq.saturating_add(1);
                    return Ok((id, told));
                }
                Some(Err(SubmitError::Fault(TxFault::NonceUsed(_)))) => *next = seq.saturating_add(1),
                // What was counted here never came to a block: the window is where the ledger says.
                Some(Err(SubmitError::Fault(TxFault::NonceAhead { next: ledger, .. }))) => *next = ledger,
                Some(Err(SubmitError::Fault(fault))) => return Err(LedgerError::Faulty(fault.to_string())),
                Some(Err(SubmitError::Full | SubmitError::OrgFull)) => tokio::time::sleep(AGAIN).await,
                Some(Err(SubmitError::Unavailable(error))) => return Err(unavailable(&error)),
                None => return Err(LedgerError::Unavailable("the mempool did not answer".to_owned())),
            }
        }
    }
}

fn unavailable(error: &impl ToString) -> LedgerError {
    LedgerError::Unavailable(error.to_string())
}

impl Ledger for ServiceLedger {
    fn submit(&self, calls: Vec<Call>) -> BoxFuture<'_, Result<Outcome, LedgerError>> {
        async move {
            let (id, told) = self.send(calls).await?;
            match tokio::time::timeout(GIVEN_UP, told).await {
                Ok(Ok(Ok(tx))) => Ok(Outcome { tx: id, height: tx.height, time: tx.time, codes: tx.codes }),
                Ok(Ok(Err(fault))) => Err(LedgerError::Unavailable(fault.to_string())),
                Ok(Err(_closed)) => Err(LedgerError::Unavailable("the node stops".to_owned())),
                Err(_elapsed) => Err(LedgerError::Unavailable(format!("{id} is not final after {GIVEN_UP:?}"))),
            }
        }
        .boxed()
    }

    fn ask<'a>(&'a self, question: &'a Question<'a>) -> BoxFuture<'a, Result<(), LedgerError>> {
        async move {
            let ((), _) = self.ledger.read(question).await.map_err(|error| unavailable(&error))?;
            Ok(())
        }
        .boxed()
    }

    fn events(&self, from: u64, max: usize) -> BoxFuture<'_, Result<Vec<Entry>, LedgerError>> {
        async move {
            let found = self.ledger.events(from, max).await.map_err(|error| unavailable(&error))?;
            Ok(found.into_iter().map(|logged| logged.entry).collect())
        }
        .boxed()
    }

    fn head(&self) -> Option<Head> {
        let head = self.ledger.head();
        let head = head.borrow();
        let header = head.block.as_ref()?.header();
        Some(Head { height: header.height, time: header.time, seen_at: head.seen_at })
    }
}
