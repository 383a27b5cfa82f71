//! The handle through which the rest of the node uses the ledger.

use crate::{
    EngineBlock, ReadTenures, Voting,
    app::{Shared, now},
};
use commonware_codec::Encode as _;
use commonware_consensus::{
    marshal::{self, Identifier, standard::Standard},
    simplex::scheme::ed25519::Scheme,
    types::Height,
};
use commonware_cryptography::Digestible as _;
use commonware_runtime::{Clock, Metrics, Spawner};
use commonware_storage::Context as StorageContext;
use epione_exec::{CheckedTx, Head as StateHead, Lane, Modules};
use epione_kernel::{Agenda, Missing, View};
use epione_store::{AddressedRow, Loaded, LogError, Logged, OfDb, StateError, States, load, read_rows};
use epione_types::{ChainId, Genesis, Hash, SignerId, Tenure, TxFault, TxId, UnixMs};
use futures::future::{self, BoxFuture};
use rand_core::CryptoRng;
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot, watch};

/// A final transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Final {
    /// The transaction.
    pub id: TxId,
    /// Height of its block.
    pub height: u64,
    /// Its position in the block.
    pub index: u32,
    /// Time of its block.
    pub time: UnixMs,
    /// Per call 0 for success, else the reject's code.
    pub codes: Vec<u32>,
}

/// The last final block.
#[derive(Clone, Debug)]
pub struct Head {
    /// The block; none until the node has opened its state.
    pub block: Option<EngineBlock>,
    /// When the next piece of scheduled work falls due.
    pub next_due: Option<UnixMs>,
    /// When this node saw it become final, by its own clock.
    pub seen_at: UnixMs,
}

/// A final block with its certificate.
#[derive(Clone, Debug)]
pub struct Certified {
    /// The block.
    pub block: EngineBlock,
    /// The engine's finalization of this block; none if it became final through a descendant.
    pub finalization: Option<Vec<u8>>,
}

/// Why a transaction is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// It may not stand in a block.
    #[error(transparent)]
    Fault(#[from] TxFault),
    /// It is waiting already.
    #[error("the transaction {0} is waiting already")]
    Duplicate(TxId),
    /// The mempool is full.
    #[error("the mempool is full")]
    Full,
    /// The organization that answers for the signer has too many transactions waiting.
    #[error("too many transactions of this organization and its identities are waiting")]
    OrgFull,
    /// The state cannot be read.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// A store failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the node cannot answer now: {0}")]
pub struct Unavailable(String);

impl Unavailable {
    pub(crate) const fn new(why: String) -> Self {
        Self(why)
    }

    /// A transaction was valid until then: not by this node's clock any more, but by the last block that it knows.
    pub(crate) fn not_yet_expired(until: UnixMs) -> Self {
        let until = until.0;
        Self(format!(
            "valid_until {until} has passed, but the chain has not reached it: the transaction may still become final"
        ))
    }
}

impl From<StateError> for Unavailable {
    fn from(error: StateError) -> Self {
        Self(error.to_string())
    }
}

impl From<LogError> for Unavailable {
    fn from(error: LogError) -> Self {
        Self(error.to_string())
    }
}

/// The final state, once the engine has opened it.
pub(crate) type Databases<E> = future::Shared<BoxFuture<'static, States<E>>>;

/// The ledger on the runtime `E`. Cheap to clone.
pub struct LedgerOn<E: StorageContext + Spawner + CryptoRng + Clock> {
    pub(crate) context: Arc<E>,
    /// Randomness for batch verification.
    pub(crate) rng: Arc<Mutex<E>>,
    pub(crate) shared: Arc<Shared<E>>,
    pub(crate) accepted: mpsc::UnboundedSender<Vec<Arc<CheckedTx>>>,
    pub(crate) marshal: marshal::core::Mailbox<Scheme, Standard<EngineBlock>>,
    /// The final state. Asked for before the first block is run: the engine hands it out no more while a block waits.
    pub(crate) databases: Databases<E>,
}

impl<E: StorageContext + Spawner + CryptoRng + Clock> Clone for LedgerOn<E> {
    fn clone(&self) -> Self {
        Self {
            context: Arc::clone(&self.context),
            rng: Arc::clone(&self.rng),
            shared: Arc::clone(&self.shared),
            accepted: self.accepted.clone(),
            marshal: self.marshal.clone(),
            databases: self.databases.clone(),
        }
    }
}

impl<E: StorageContext + Spawner + CryptoRng + Clock> std::fmt::Debug for LedgerOn<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LedgerOn").field("chain", &self.chain()).finish_non_exhaustive()
    }
}

impl<E: StorageContext + Spawner + CryptoRng + Clock + Metrics> LedgerOn<E> {
    /// Metrics of the engine in the text format of Prometheus.
    #[must_use]
    pub fn metrics(&self) -> String {
        self.context.encode()
    }
}

impl<E: StorageContext + Spawner + CryptoRng + Clock> LedgerOn<E> {
    /// The chain.
    #[must_use]
    pub fn chain(&self) -> ChainId {
        self.shared.genesis_block.header().chain
    }

    /// The genesis.
    #[must_use]
    pub fn genesis(&self) -> &Genesis {
        &self.shared.genesis
    }

    /// The modules.
    #[must_use]
    pub fn modules(&self) -> Modules {
        self.shared.modules
    }

    /// The last final block, and each that follows.
    #[must_use]
    pub fn head(&self) -> watch::Receiver<Head> {
        self.shared.head.subscribe()
    }

    /// Number of events in the log, and each growth of it.
    #[must_use]
    pub fn event_size(&self) -> watch::Receiver<u64> {
        self.shared.log_size.subscribe()
    }

    /// Whether the chain has reached the height at which the members agreed to upgrade; no block follows in this format.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        let last = self.shared.eras.end(&self.shared.genesis, self.shared.final_rules().halt_at);
        let height = self.shared.head.borrow().block.as_ref().map(|block| block.header().height);
        last.is_some() && height >= last
    }

    /// Hands all live rows of the final state to `take`, in ascending order of their addresses. For the time after the last
    /// block of a format: until then a block may come in between.
    ///
    /// # Errors
    /// [`Unavailable`] if the state store fails or `take` does.
    pub async fn rows(
        &self,
        mut take: impl FnMut(Vec<AddressedRow>) -> Result<(), String> + Send,
    ) -> Result<(), Unavailable> {
        let databases = self.databases.clone().await;
        let db = databases.read().await;
        read_rows::<E, Unavailable>(&db, |rows| take(rows).map_err(Unavailable)).await
    }

    /// Whether this node votes, and each change of it.
    #[must_use]
    pub fn voting(&self) -> watch::Receiver<Voting> {
        self.shared.voting.subscribe()
    }

    /// Number of transactions that wait, and of their bytes.
    #[must_use]
    pub fn mempool_size(&self) -> (usize, usize) {
        self.shared.pool.size()
    }

    /// This node's clock.
    #[must_use]
    pub fn now(&self) -> UnixMs {
        now(&*self.context)
    }

    /// Waits until the node has opened its state, and takes the last final block from it.
    ///
    /// # Errors
    /// [`Unavailable`] if a store fails.
    pub async fn open(&self) -> Result<(), Unavailable> {
        let read_rules = self.shared.read_rules;
        let read = move |view: View<'_>| {
            let height = StateHead::of(view)?.map_or(0, |head| head.height);
            Ok((Agenda::next(view)?, read_rules(view, height)?))
        };
        let ((next_due, rules), head) = self.read(&read).await?;
        let height = head.map_or(0, |head| head.height);
        let block = self.block(height).await.map(|certified| certified.block);
        let seen_at = self.now();
        self.shared.head.send_if_modified(|current| {
            let stale = current.block.is_none();
            if stale {
                if height > 0 {
                    self.shared.set_final_rules(Arc::new(rules));
                }
                *current = Head { block, next_due, seen_at };
            }
            stale
        });
        Ok(())
    }

    /// Reads the final state, loading rows until `read` has all it needs; with the block after which the state is.
    ///
    /// # Errors
    /// [`Unavailable`] if the state store fails.
    pub async fn read<T>(
        &self,
        read: &(dyn Fn(View<'_>) -> Result<T, Missing> + Send + Sync),
    ) -> Result<(T, Option<StateHead>), Unavailable> {
        let databases = self.databases.clone().await;
        let db = databases.read().await;
        let mut loaded = Loaded::default();
        loop {
            // A view must not live across a wait: it is not `Send`.
            let answer = {
                let view = View::new(&loaded);
                read(view).and_then(|value| Ok((value, StateHead::of(view)?)))
            };
            match answer {
                Ok(answer) => return Ok(answer),
                Err(Missing(row)) => load(&OfDb::<E>(&db), vec![row], &mut loaded).await?,
            }
        }
    }

    /// All committees since the genesis, in the order in which they took office, and the head of the state that has them.
    pub(crate) async fn tenures(&self, read: ReadTenures) -> Result<(Vec<Tenure>, Option<StateHead>), Unavailable> {
        let ((mut tenures, mut before), head) = self.read(&move |view| read(view, None)).await?;
        // Those before never change again, whatever the state is by now.
        while let Some(last) = before {
            let ((mut earlier, next), _) = self.read(&move |view| read(view, Some(last))).await?;
            earlier.append(&mut tenures);
            (tenures, before) = (earlier, next);
        }
        Ok((tenures, head))
    }

    /// Tells when the transaction becomes final, or why it never will. A transaction that is final already is not told
    /// again.
    #[must_use]
    pub fn wait(&self, id: TxId) -> oneshot::Receiver<Result<Final, TxFault>> {
        self.shared.pool.wait(id)
    }

    /// Whether the transaction waits for a block on this node.
    #[must_use]
    pub fn is_waiting(&self, id: &TxId) -> bool {
        self.shared.pool.contains(id)
    }

    /// The lowest sequence number of a lane that is neither used, nor below one that is, nor taken by a transaction that waits
    /// here.
    ///
    /// # Errors
    /// [`Unavailable`] if the state store fails.
    pub async fn next_seq(&self, signer: SignerId, lane: u16) -> Result<u64, Unavailable> {
        let (used, _) = self.read(&move |view| Ok(Lane::of(view, &signer, lane)?.high())).await?;
        // Above all that were used: a lower one that is free may lie just below one that is used.
        Ok(self.shared.pool.next_free(&signer, lane, used.saturating_add(1)))
    }

    /// At most `count` events from `position` on.
    ///
    /// # Errors
    /// [`Unavailable`] if the log cannot be read.
    pub async fn events(&self, position: u64, count: usize) -> Result<Vec<Logged>, Unavailable> {
        let log = self.shared.log.read().await;
        match log.as_ref() {
            Some(log) => Ok(log.read(position, count).await?),
            None => Err(Unavailable("the event log is closed".to_owned())),
        }
    }

    /// The final block at `height` with its certificate; none if there is none yet.
    pub async fn block(&self, height: u64) -> Option<Certified> {
        if height == 0 {
            return Some(Certified { block: self.shared.genesis_block.clone(), finalization: None });
        }
        let block = self.marshal.get_block(Identifier::Height(Height::new(height))).await?;
        let finalization = self.marshal.get_finalization(Height::new(height)).await;
        let own = finalization.filter(|found| found.proposal.payload == block.digest());
        Some(Certified { block: block.inner().clone(), finalization: own.map(|found| found.encode().to_vec()) })
    }

    /// Hash of the genesis block.
    #[must_use]
    pub fn genesis_hash(&self) -> Hash {
        self.shared.genesis_block.hash()
    }
}
