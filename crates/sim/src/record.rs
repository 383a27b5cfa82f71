//! What was promised to clients. It is kept outside the nodes, so that it survives their crashes.

use crate::replica::Replica;
use epione_consensus::Final;
use epione_types::{DurationMs, Genesis, Hash, TxFault, TxId, UnixMs};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What became of an accepted transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its node still owes an answer.
    Waiting,
    /// It was told final.
    Told(Final),
    /// Its node let it go, and told why.
    Dropped(Option<TxFault>),
    /// Its node crashed before it answered.
    Orphaned,
}

/// A transaction that a node accepted.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The node.
    pub node: u32,
    /// When.
    pub at: UnixMs,
    /// Until when it may be included.
    pub valid_until: UnixMs,
    /// What became of it.
    pub fate: Fate,
    /// When that was known.
    pub settled_at: UnixMs,
}

#[derive(Debug)]
struct Inner {
    replica: Replica,
    submissions: BTreeMap<TxId, Submission>,
    /// Per node the number of transactions it accepted in all its lives.
    accepted: BTreeMap<u32, u32>,
    /// Per node the number of its lives.
    lives: BTreeMap<u32, u16>,
    /// Transactions in the name of others.
    squatted: BTreeSet<TxId>,
    /// Founders that were expelled.
    left: BTreeSet<u32>,
    refusals: BTreeMap<String, u64>,
    /// The transaction that proposes to end the chain.
    begun: Vec<TxId>,
    failure: Option<String>,
    now: UnixMs,
}

/// What was promised, and the replica to which all are held. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Record(Arc<Mutex<Inner>>);

impl Record {
    /// Nothing was promised yet.
    #[must_use]
    pub fn new(genesis: Genesis) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            replica: Replica::new(genesis),
            submissions: BTreeMap::new(),
            accepted: BTreeMap::new(),
            lives: BTreeMap::new(),
            squatted: BTreeSet::new(),
            left: BTreeSet::new(),
            refusals: BTreeMap::new(),
            begun: Vec::new(),
            failure: None,
            now: UnixMs(0),
        })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A node begins a life; what it owed in the last one is owed no more. The number of the life.
    pub fn begin_life(&self, node: u32) -> u16 {
        let mut inner = self.inner();
        for submission in inner.submissions.values_mut() {
            if submission.node == node && submission.fate == Fate::Waiting {
                submission.fate = Fate::Orphaned;
            }
        }
        let life = inner.lives.entry(node).or_default();
        *life = life.saturating_add(1);
        *life
    }

    /// A node accepted a transaction.
    pub fn accepted(&self, id: TxId, node: u32, at: UnixMs, valid_until: UnixMs) {
        let mut inner = self.inner();
        *inner.accepted.entry(node).or_default() += 1;
        let fate = Fate::Waiting;
        inner.submissions.insert(id, Submission { node, at, valid_until, fate, settled_at: at });
    }

    /// Somebody offered transactions in the name of others.
    pub fn squat(&self, ids: impl Iterator<Item = TxId>) {
        self.inner().squatted.extend(ids);
    }

    /// Transactions that somebody offered in the name of others.
    #[must_use]
    pub fn squatted(&self) -> BTreeSet<TxId> {
        self.inner().squatted.clone()
    }

    /// A node refused a transaction.
    pub fn refused(&self, reason: String) {
        *self.inner().refusals.entry(reason).or_default() += 1;
    }

    /// A node told the fate of a transaction, or let it go.
    pub fn settled(&self, id: &TxId, told: Result<Final, Option<TxFault>>, at: UnixMs) {
        if let Some(submission) = self.inner().submissions.get_mut(id) {
            submission.fate = told.map_or_else(Fate::Dropped, Fate::Told);
            submission.settled_at = at;
        }
    }

    /// Number of transactions that a node accepted in all its lives.
    #[must_use]
    pub fn accepted_by(&self, node: u32) -> u32 {
        self.inner().accepted.get(&node).copied().unwrap_or(0)
    }

    /// A founder was expelled, and submits nothing more.
    pub fn left(&self, node: u32) {
        self.inner().left.insert(node);
    }

    /// Whether a node has accepted its share of `txs` transactions, or will accept no more.
    #[must_use]
    pub fn is_done(&self, node: u32, txs: u32) -> bool {
        self.accepted_by(node) >= txs || self.inner().left.contains(&node)
    }

    /// The transactions with which decisions began.
    #[must_use]
    pub fn begun(&self) -> Vec<TxId> {
        self.inner().begun.clone()
    }

    /// Notes the transaction with which a decision begins.
    pub fn began(&self, id: TxId) {
        self.inner().begun.push(id);
    }

    /// Number of transactions to which a node still owes an answer.
    #[must_use]
    pub fn owed(&self) -> usize {
        self.inner().submissions.values().filter(|submission| submission.fate == Fate::Waiting).count()
    }

    /// Number of transactions that were told final.
    #[must_use]
    pub fn told(&self) -> usize {
        self.inner().submissions.values().filter(|submission| matches!(submission.fate, Fate::Told(_))).count()
    }

    /// All accepted transactions.
    #[must_use]
    pub fn submissions(&self) -> Vec<(TxId, Submission)> {
        self.inner().submissions.iter().map(|(id, submission)| (*id, submission.clone())).collect()
    }

    /// Why transactions were refused, with their number.
    #[must_use]
    pub fn refusals(&self) -> BTreeMap<String, u64> {
        self.inner().refusals.clone()
    }

    /// Times from acceptance to finality of those told final, ascending.
    #[must_use]
    pub fn latencies(&self) -> Vec<DurationMs> {
        let inner = self.inner();
        let told = inner.submissions.values().filter(|submission| matches!(submission.fate, Fate::Told(_)));
        let mut latencies: Vec<DurationMs> = told.map(|told| told.settled_at.since(told.at)).collect();
        latencies.sort_unstable();
        latencies
    }

    /// Reads the replica.
    pub fn replica<T>(&self, read: impl FnOnce(&Replica) -> T) -> T {
        read(&self.inner().replica)
    }

    /// Gives the replica a block; a wrong one fails the run.
    pub fn take(&self, block: &epione_types::Block) {
        let mut inner = self.inner();
        if let Err(failure) = inner.replica.take(block) {
            inner.failure.get_or_insert(failure);
        }
    }

    /// Notes that something went wrong.
    pub fn fail(&self, failure: String) {
        self.inner().failure.get_or_insert(failure);
    }

    /// What went wrong first.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.inner().failure.clone()
    }

    /// Notes the simulated time.
    pub fn at(&self, now: UnixMs) {
        let mut inner = self.inner();
        inner.now = inner.now.max(now);
    }

    /// The simulated time that was last noted.
    #[must_use]
    pub fn now(&self) -> UnixMs {
        self.inner().now
    }

    /// A digest of the chain.
    #[must_use]
    pub fn digest(&self) -> Hash {
        self.inner().replica.digest()
    }
}
