//! What the gateway needs of the node, declared here and provided by the node.

use epione_kernel::{QueryError, RejectDoc};
use epione_types::{Block, ChainId, Entry, Hash, Nonce, SignedTx, SignerId, Tile, TxFault, TxId, UnixMs};
use futures::{future::BoxFuture, stream::BoxStream};
use serde::Serialize;
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// The ledger as seen from outside.
pub trait Ledger: Send + Sync + 'static {
    /// The chain.
    fn chain(&self) -> ChainId;

    /// Where the node stands.
    fn status(&self) -> BoxFuture<'_, Status>;

    /// Offers transactions to the mempool: checks, signature, limits. One that waits there already is accepted again. The
    /// answers are in the same order.
    fn submit(&self, txs: Vec<SignedTx>) -> BoxFuture<'_, Vec<Result<TxId, Refused>>>;

    /// Those of the transactions that are final and durable on this node, in the same order.
    fn finals(&self, ids: Vec<TxId>) -> BoxFuture<'_, Result<Vec<Option<Finalized>>, Unavailable>>;

    /// Waits until the transaction is final and durable on this node, at most for `timeout`.
    fn finality(&self, ticket: Ticket, timeout: Duration) -> BoxFuture<'_, Result<Fate, Unavailable>>;

    /// What this node knows of a transaction; none if it is neither final nor waiting here.
    fn tx(&self, id: TxId) -> BoxFuture<'_, Result<Option<Known>, Unavailable>>;

    /// The finalized block at `height`, or the latest.
    fn block(&self, height: Option<u64>) -> BoxFuture<'_, Result<Option<FinalizedBlock>, Unavailable>>;

    /// The next sequence number of a nonce lane, transactions in the mempool counted; none if the signer is unknown.
    fn next_seq(&self, signer: SignerId, lane: u16) -> BoxFuture<'_, Result<Option<u64>, Unavailable>>;

    /// Answers the query with this number of the module with this name.
    fn query(&self, module: &'static str, query: u16, fields: Value) -> BoxFuture<'_, Result<Answer, QueryFailure>>;

    /// Finalized events from `position` on, past ones first, then new ones as they come.
    fn events(&self, position: u64) -> BoxStream<'static, Result<LoggedEvent, Unavailable>>;

    /// The receipt of an event; none if there is no such event, or no such transaction is final.
    fn receipt(&self, of: Subject) -> BoxFuture<'_, Result<Option<Receipt>, Unavailable>>;

    /// The proof that the tree of `to` events begins with those of the tree of `from` events; none if there are fewer.
    fn consistency(&self, from: u64, to: u64) -> BoxFuture<'_, Result<Option<Vec<Hash>>, Unavailable>>;

    /// The hashes of a tile of the event tree; none if the tree does not have them all.
    fn tile(&self, tile: Tile) -> BoxFuture<'_, Result<Option<Vec<Hash>>, Unavailable>>;

    /// How many other nodes there are, and how many of them are connected.
    fn peers(&self) -> Peers;

    /// What operators watch beside the status.
    fn vitals(&self) -> BoxFuture<'_, Vitals>;

    /// The engine's own metrics in the text format of Prometheus.
    fn engine_metrics(&self) -> String;
}

/// Where a node stands.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// The chain.
    pub chain: ChainId,
    /// Name of the consortium.
    pub name: String,
    /// Name of this node, from its configuration.
    pub node: String,
    /// Version of the program.
    pub version: &'static str,
    /// Whether the genesis permits shortened periods.
    pub demo: bool,
    /// Height of the last finalized block.
    pub height: u64,
    /// Time of that block.
    pub time: UnixMs,
    /// Milliseconds since this node saw a block become final.
    pub last_final_ms: u64,
    /// Events in the log.
    pub event_size: u64,
    /// Root of the authenticated state after that block.
    pub state_root: Hash,
    /// Root of the event tree after that block.
    pub event_root: Hash,
    /// Whether this node votes: `votes`; `follows`, for its key has no seat in the committee; `asks`, while it asks the others
    /// which votes of its key they have seen; `forgot`, if there are votes that it does not remember.
    pub voting: &'static str,
    /// Format in which the state is kept.
    pub state_format: u16,
    /// What the members agreed to go on with, once the chain has reached its last height under this release; null before.
    pub halted: Option<Halted>,
    /// Transactions waiting in the mempool.
    pub mempool_txs: u64,
    /// Canonical bytes of these transactions.
    pub mempool_bytes: u64,
    /// Events not yet turned into rows.
    pub projection_lag: u64,
    /// None if the node follows the chain; else why not.
    pub not_ready: Option<String>,
}

/// The end of the chain under the present release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Halted {
    /// Height of the last block.
    pub height: u64,
    /// The release that continues.
    pub release: String,
    /// The format in which it keeps the state.
    pub state_format: u16,
    /// Root of all live rows, once they are written into the file for that release; it is the same on every node.
    pub rows: Option<Hash>,
}

/// The other nodes as this one sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Peers {
    /// How many this node is configured to talk to, itself not counted.
    pub known: u64,
    /// How many of them have a connection to this node now.
    pub connected: u64,
}

/// What operators watch beside the status.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vitals {
    /// Validators in the committee of the last final block; 0 if there is none.
    pub committee: u64,
    /// Whether the chain has reached the height at which the members agreed to stop.
    pub halted: bool,
    /// Bytes that are free on the disk of the data directory; none if the system does not say.
    pub disk_free: Option<f64>,
    /// Until when each certificate of the node is valid, by what it is for: `clients`, `links`. None if there is none that
    /// others accept.
    pub certificates: Vec<(&'static str, Option<SystemTime>)>,
}

/// Why a transaction was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It may not stand in a block.
    Fault(TxFault),
    /// The mempool is full.
    MempoolFull,
    /// The organization that answers for the signer has too many transactions waiting.
    OrganizationFull,
    /// The node does not follow the chain.
    Unavailable(String),
}

/// What is kept of a transaction while it is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The transaction.
    pub id: TxId,
    /// Its place in the signer's order.
    pub nonce: Nonce,
    /// Last block time at which it may be included.
    pub valid_until: UnixMs,
}

impl Ticket {
    /// That of `signed`.
    #[must_use]
    pub fn of(signed: &SignedTx) -> Self {
        let tx = &signed.tx;
        Self { id: tx.id(), nonce: tx.nonce, valid_until: tx.valid_until }
    }
}

/// What became of an accepted transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is final.
    Final(Finalized),
    /// It waits.
    Waits,
    /// It waits no longer and will never be final.
    Lost(TxFault),
}

/// A transaction that a node knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is final; with its content.
    Final(Finalized, Box<SignedTx>),
    /// It waits for a block.
    Waits,
}

/// A finalized transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finalized {
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

/// A finalized block.
#[derive(Clone, Debug)]
pub struct FinalizedBlock {
    /// The block.
    pub block: Block,
    /// Engine bytes of the certificate that finalized it or a descendant; none if the node does not have them.
    pub certificate: Option<Vec<u8>>,
}

/// An event of the log.
#[derive(Clone, Debug)]
pub struct LoggedEvent {
    /// Its place among all events of the chain, from zero.
    pub position: u64,
    /// Height of its block.
    pub height: u64,
    /// Time of its block.
    pub time: UnixMs,
    /// The event.
    pub entry: Entry,
}

/// What a receipt is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The result of a transaction.
    Tx(TxId),
    /// The event at this place among all events of the chain.
    Event(u64),
}

/// A receipt, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its canonical bytes (docs/receipts.md).
    pub bytes: Vec<u8>,
    /// Place of its event among all events of the chain.
    pub position: u64,
    /// Height of the block whose certificate it carries.
    pub height: u64,
}

/// The answer to a query.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The value.
    pub value: Value,
    /// Height as of which it holds.
    pub height: u64,
    /// Block time as of which it holds.
    pub time: UnixMs,
}

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryFailure {
    /// The query's fields are wrong: what and where.
    Fields(String),
    /// A rule of the module refuses it.
    Refused(RejectDoc),
    /// A store failed, or the node does not follow the chain.
    Unavailable(String),
}

impl From<QueryError> for QueryFailure {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Body(error) => Self::Fields(error.to_string()),
            QueryError::Reject(reject) => Self::Refused(reject),
            QueryError::Missing(_) => Self::Unavailable("a row of the state could not be loaded".to_owned()),
            QueryError::Rows(error) => Self::Unavailable(error.to_string()),
        }
    }
}

/// A store of the node failed; the cause is in its log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the node cannot answer now: {0}")]
pub struct Unavailable(pub String);
