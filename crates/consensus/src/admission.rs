//! Which transactions are taken into the mempool: the same rules for those of clients and those of peers.
//!
//! Whoever fills the pool, or takes a nonce in it, must be able to: signer, key, times and nonce are compared with the final
//! state before anything is verified or kept.

use crate::{
    LedgerOn, SubmitError, Unavailable,
    mempool::{self, PoolError},
};
use commonware_runtime::{Clock, Spawner};
use commonware_storage::Context as StorageContext;
use epione_exec::{BlockInfo, CheckedTx, Execution, TxStop, check_tx, tx_reads};
use epione_kernel::{KeySet, Missing};
use epione_store::{Db, Loaded, OfDb, load};
use epione_types::{KeyError, OrgId, SignedTx, TxFault, TxId, UnixMs};
use rand::{SeedableRng as _, rngs::StdRng};
use rand_core::{CryptoRng, Rng as _};
use std::sync::{Arc, PoisonError};

/// Transactions that are compared with the state before it is let go.
const LOOK_AT_ONCE: usize = 500;

type Checked = Result<CheckedTx, SubmitError>;

/// Who offers a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A client of this node, which keeps offering it to the others.
    Client,
    /// Another node.
    Peer,
}

impl<E: StorageContext + Spawner + CryptoRng + Clock> LedgerOn<E> {
    /// Offers transactions: each is checked, compared with the final state, verified, put into the mempool and sent to the
    /// other nodes. The answers are in the same order.
    pub async fn submit(&self, txs: Vec<SignedTx>) -> Vec<Result<TxId, SubmitError>> {
        self.take(txs, Source::Client).await
    }

    /// Takes transactions into the mempool; the answers are in the same order.
    pub(crate) async fn take(&self, txs: Vec<SignedTx>, source: Source) -> Vec<Result<TxId, SubmitError>> {
        let mut answers: Vec<Option<SubmitError>> = Vec::with_capacity(txs.len());
        let mut fresh = Vec::with_capacity(txs.len());
        for tx in txs {
            let answer = self.known(&tx, source);
            if answer.is_none() {
                fresh.push(tx);
            }
            answers.push(answer);
        }
        let mut fresh = self.accept(fresh, source).await.into_iter();
        let missing = || epione_kernel::broken("a transaction has no answer");
        answers
            .into_iter()
            .map(|answer| match answer {
                Some(refused) => Err(refused),
                None => fresh.next().unwrap_or_else(missing),
            })
            .collect()
    }

    /// Whether the transaction waits here already. One that a client brings again is offered on by this node, too.
    fn known(&self, tx: &SignedTx, source: Source) -> Option<SubmitError> {
        let id = tx.tx.id();
        if !self.shared.pool.contains(&id) {
            return None;
        }
        if source == Source::Client
            && let Some(tx) = self.shared.pool.adopt(&id)
        {
            // The task ends only with the node.
            drop(self.accepted.send(vec![tx]));
        }
        Some(SubmitError::Duplicate(id))
    }

    async fn accept(&self, txs: Vec<SignedTx>, source: Source) -> Vec<Result<TxId, SubmitError>> {
        let height = self.shared.pool.height();
        let (checked, stand) = self.checked(txs, source).await;
        let good = checked.iter().flatten();
        let standing = good.zip(&stand).filter(|(_, stands)| stands.is_ok()).map(|(tx, _)| &tx.tx);
        let mut verified = mempool::verify(&mut self.dice(), standing).into_iter();
        let mut stand = stand.into_iter();
        let (now, mut accepted) = (self.now(), Vec::new());
        let mut answers: Vec<Result<TxId, SubmitError>> = Vec::with_capacity(checked.len());
        for tx in checked {
            answers.push(tx.and_then(|tx| {
                let org = stand.next().unwrap_or_else(|| epione_kernel::broken("a transaction has no standing"))?;
                // Only those that stand were verified, in the same order.
                if verified.next() != Some(true) {
                    return Err(TxFault::Signature(KeyError::Signature).into());
                }
                let tx = Arc::new(tx);
                self.insert(&tx, org, source, now)?;
                accepted.push(Arc::clone(&tx));
                Ok(tx.id)
            }));
        }
        if self.shared.pool.height() != height {
            self.withdraw_lost(&mut accepted, &mut answers).await;
        }
        if source == Source::Client && !accepted.is_empty() {
            // The task ends only with the node.
            drop(self.accepted.send(accepted));
        }
        answers
    }

    /// The transactions that pass the checks that need no state; of each of these, in order, whether it stands.
    async fn checked(&self, txs: Vec<SignedTx>, source: Source) -> (Vec<Checked>, Vec<Result<OrgId, SubmitError>>) {
        if source == Source::Client {
            let checked: Vec<Checked> = txs.into_iter().map(|tx| self.check(tx)).collect();
            let stand = self.stand(&checked.iter().flatten().map(|tx| &tx.tx).collect::<Vec<_>>()).await;
            return (checked, stand);
        }
        // A check may cost more than a look at the state: what a peer sends of strangers does not get that far.
        let mut orgs = Vec::new();
        let stand = self.stand(&txs.iter().collect::<Vec<_>>()).await;
        let checked = txs.into_iter().zip(stand).map(|(tx, stands)| {
            let org = stands?;
            let tx = self.check(tx)?;
            orgs.push(Ok(org));
            Ok(tx)
        });
        (checked.collect(), orgs)
    }

    fn check(&self, tx: SignedTx) -> Checked {
        Ok(check_tx(self.shared.modules, &self.chain(), tx)?)
    }

    /// Takes out again what became final, or lost its nonce, by a block that came while it was taken in.
    async fn withdraw_lost(&self, accepted: &mut Vec<Arc<CheckedTx>>, answers: &mut [Result<TxId, SubmitError>]) {
        let lost = self.lost(accepted).await;
        self.shared.pool.discard(&lost);
        for (id, fault) in lost {
            accepted.retain(|tx| tx.id != id);
            for answer in answers.iter_mut().filter(|answer| **answer == Ok(id)) {
                *answer = Err(fault.clone().into());
            }
        }
    }

    fn insert(&self, tx: &Arc<CheckedTx>, org: OrgId, source: Source, now: UnixMs) -> Result<(), SubmitError> {
        self.shared.pool.insert(Arc::clone(tx), org, source, now).map_err(|refused| match refused {
            PoolError::Duplicate => SubmitError::Duplicate(tx.id),
            PoolError::NonceTaken => TxFault::NonceUsed(tx.tx.tx.nonce).into(),
            PoolError::Full => SubmitError::Full,
            PoolError::OrgFull => SubmitError::OrgFull,
        })
    }

    /// Randomness for a batch of signatures; nobody waits for another's batch.
    fn dice(&self) -> StdRng {
        let mut seed = [0; 32];
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut seed);
        StdRng::from_seed(seed)
    }

    /// Whether each transaction could stand in a block on the final state, now or when others of its lane have: times,
    /// signer, key, nonce. The organization that answers for its signer.
    async fn stand(&self, txs: &[&SignedTx]) -> Vec<Result<OrgId, SubmitError>> {
        if txs.is_empty() {
            return Vec::new();
        }
        let databases = self.databases.clone().await;
        let db = databases.read().await;
        let mut loaded = Loaded::default();
        let mut keys = KeySet::default();
        for tx in txs {
            tx_reads(self.shared.modules, tx, &mut keys);
        }
        if let Err(error) = load(&OfDb::<E>(&db), keys.into_rows(), &mut loaded).await {
            return txs.iter().map(|_| Err(Unavailable::from(error.clone()).into())).collect();
        }
        let mut results = Vec::with_capacity(txs.len());
        for tx in txs {
            results.push(self.stands(&db, &mut loaded, tx).await);
        }
        results
    }

    async fn stands(&self, db: &Db<E>, loaded: &mut Loaded, tx: &SignedTx) -> Result<OrgId, SubmitError> {
        let header_time = self.shared.head.borrow().block.as_ref().map_or(UnixMs(0), |block| block.header().time);
        let info = BlockInfo {
            chain: self.chain(),
            height: u64::MAX,
            time: self.now().max(header_time),
            demo: self.shared.genesis.demo,
            next_epoch: None,
            state_format: self.shared.eras.present(),
            upgrade: None,
        };
        loop {
            match Execution::new(self.shared.modules, info).standing(loaded, tx) {
                Ok((by, lane)) => {
                    lane.may_wait(tx.tx.nonce)?;
                    return Ok(by.rights.org);
                }
                // Blocks may still come that are older than it, on a node that lags most of all.
                Err(TxStop::Fault(TxFault::Expired(until))) if until >= header_time => {
                    return Err(Unavailable::not_yet_expired(until).into());
                }
                Err(TxStop::Fault(fault)) => return Err(fault.into()),
                Err(TxStop::Missing(Missing(row))) => {
                    load(&OfDb::<E>(db), vec![row], loaded).await.map_err(Unavailable::from)?;
                }
            }
        }
    }

    /// Takes transactions out of the mempool that did not fit a block and never will: their nonce is used, their key
    /// replaced, their signer gone. What is expired leaves with the next final block.
    pub(crate) async fn discard_lost(&self) {
        // The state is let go in between: the engine may want to write it.
        for misfits in self.shared.pool.misfits().chunks(LOOK_AT_ONCE) {
            let lost = self.lost(misfits).await;
            self.shared.pool.discard(&lost);
        }
    }

    /// Those of the transactions that cannot stand any more, and why.
    async fn lost(&self, txs: &[Arc<CheckedTx>]) -> Vec<(TxId, TxFault)> {
        let stand = self.stand(&txs.iter().map(|tx| &tx.tx).collect::<Vec<_>>()).await;
        let lost = txs.iter().zip(stand).filter_map(|(tx, stands)| match stands {
            Err(SubmitError::Fault(TxFault::Expired(_) | TxFault::ValidTooLong(_))) => None,
            Err(SubmitError::Fault(fault)) => Some((tx.id, fault)),
            _ => None,
        });
        lost.collect()
    }
}
