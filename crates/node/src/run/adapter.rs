//! What the gateway asks of the node, answered by ledger and rows.

use super::{peers, proofs, vitals::Watched};
use epione_consensus::{Ledger as Consensus, Receipts, SubmitError};
use epione_gateway::ports::{
    Answer, Fate, Finalized, FinalizedBlock, Halted, Known, Ledger, LoggedEvent, Peers, QueryFailure, Receipt, Refused,
    Status, Subject, Ticket, Unavailable, Vitals,
};
use epione_kernel::{
    Base, Missing, Module, QueryError, QuerySource, Row, RowKey, RowSource, RowsError, Select, Sources, Standing, View,
};
use epione_projection::{Applied, Reader};
use epione_types::{ChainId, Hash, PublicKey, SignedTx, SignerId, Tile, TxId, UnixMs};
use futures::{
    future::{BoxFuture, FutureExt as _},
    stream::{self, BoxStream, StreamExt as _},
};
use serde_json::Value;
use std::time::Duration;
use tokio::sync::watch;

/// Events that are read from the log at once for a stream.
const STREAM_PAGE: usize = 256;

/// The node behind the gateway.
#[derive(Debug)]
pub(super) struct NodeLedger {
    pub(super) name: String,
    /// Other nodes that this one talks to.
    pub(super) peers_known: watch::Receiver<u64>,
    pub(super) ledger: Consensus,
    pub(super) receipts: Receipts,
    pub(super) reader: Reader,
    pub(super) applied: watch::Receiver<Applied>,
    /// The end of the chain under this release, once it has come.
    pub(super) halted: watch::Receiver<Option<Halted>>,
    pub(super) watched: Watched,
}

impl NodeLedger {
    async fn state_query(
        &self,
        module: &'static dyn Module,
        query: u16,
        fields: Value,
    ) -> Result<Answer, QueryFailure> {
        let now = self.ledger.now();
        let read = move |view: View<'_>| {
            let sources = Sources { state: view, rows: &NoRows, now };
            match module.query(&sources, query, fields.clone()) {
                Err(QueryError::Missing(missing)) => Err(missing),
                answer => Ok(answer),
            }
        };
        let (answer, head) =
            self.ledger.read(&read).await.map_err(|error| QueryFailure::Unavailable(error.to_string()))?;
        let (height, time) = head.map_or((0, UnixMs(0)), |head| (head.height, head.time));
        Ok(Answer { value: answer?, height, time })
    }

    async fn rows_query(&self, module: &'static dyn Module, query: u16, fields: Value) -> Result<Answer, QueryFailure> {
        let reader = self.reader.clone();
        let answer = tokio::task::spawn_blocking(move || {
            let rows = reader.snapshot().map_err(|error| QueryFailure::Unavailable(error.to_string()))?;
            let applied = rows.applied();
            let sources = Sources { state: View::new(&NoState), rows: &rows, now: applied.time };
            let value = module.query(&sources, query, fields)?;
            Ok(Answer { value, height: applied.height, time: applied.time })
        });
        answer.await.map_err(|error| QueryFailure::Unavailable(error.to_string()))?
    }

    /// Whether a module knows the signer, by whatever key.
    async fn is_known(&self, signer: SignerId) -> Result<bool, Unavailable> {
        let modules = self.ledger.modules();
        let any_key = PublicKey::Ed25519([0; 32]);
        let read = move |view: View<'_>| {
            for module in modules {
                if module.standing(view, &signer, &any_key)? != Standing::Unknown {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let (known, _) = self.ledger.read(&read).await.map_err(|error| unavailable(&error))?;
        Ok(known)
    }

    /// Why the node takes no transactions, if so.
    fn not_ready(&self) -> Option<&'static str> {
        let height = self.ledger.head().borrow().block.as_ref().map(|block| block.header().height);
        match height {
            None => Some("the node is opening its stores"),
            Some(0) => Some("the genesis takes effect with the first block, which is not final yet"),
            Some(_) if self.ledger.has_ended() => {
                Some("the chain has reached the height at which the members agreed to upgrade")
            }
            Some(_) => None,
        }
    }
}

/// Where a stream of events goes on.
struct Next {
    position: u64,
    failed: bool,
    growth: watch::Receiver<u64>,
}

impl Next {
    /// The next events and where the stream goes on after them; waits if there are none yet.
    async fn page(mut self, ledger: &Consensus) -> Option<(Vec<Result<LoggedEvent, Unavailable>>, Self)> {
        if self.failed {
            return None;
        }
        loop {
            self.growth.mark_unchanged();
            match ledger.events(self.position, STREAM_PAGE).await {
                Ok(events) if events.is_empty() => self.growth.changed().await.ok()?,
                Ok(events) => {
                    let begin = self.position;
                    self.position += u64::try_from(events.len()).unwrap_or(0);
                    let page = (begin..).zip(events).map(|(position, event)| {
                        Ok(LoggedEvent { position, height: event.height, time: event.time, entry: event.entry })
                    });
                    return Some((page.collect(), self));
                }
                Err(error) => {
                    self.failed = true;
                    return Some((vec![Err(unavailable(&error))], self));
                }
            }
        }
    }
}

pub(super) fn unavailable(error: &impl ToString) -> Unavailable {
    Unavailable(error.to_string())
}

/// A state query reads no rows.
struct NoRows;

impl RowSource for NoRows {
    fn select(&self, module: &'static str, _select: &Select) -> Result<Vec<Row>, RowsError> {
        Err(RowsError(format!("a state query of `{module}` asked for rows")))
    }
}

/// A query of rows reads no state.
struct NoState;

impl Base for NoState {
    fn row(&self, key: &RowKey) -> Result<Option<&[u8]>, Missing> {
        Err(Missing(key.clone()))
    }
}

impl Ledger for NodeLedger {
    fn chain(&self) -> ChainId {
        self.ledger.chain()
    }

    fn status(&self) -> BoxFuture<'_, Status> {
        async move {
            let head = self.ledger.head().borrow().clone();
            let header = head.block.as_ref().map(|block| block.header().clone());
            let event_size = *self.ledger.event_size().borrow();
            let applied = self.applied.borrow().position;
            let (mempool_txs, mempool_bytes) = self.ledger.mempool_size();
            let whole = |number| u64::try_from(number).unwrap_or(u64::MAX);
            Status {
                chain: self.chain(),
                name: self.ledger.genesis().name.to_string(),
                node: self.name.clone(),
                version: env!("CARGO_PKG_VERSION"),
                demo: self.ledger.genesis().demo,
                height: header.as_ref().map_or(0, |header| header.height),
                time: header.as_ref().map_or(UnixMs(0), |header| header.time),
                last_final_ms: header.as_ref().map_or(0, |_block| self.ledger.now().since(head.seen_at).0),
                event_size,
                state_root: header.as_ref().map(|header| header.state_root).unwrap_or_default(),
                event_root: header.as_ref().map(|header| header.event_root).unwrap_or_default(),
                voting: self.ledger.voting().borrow().name(),
                mempool_txs: whole(mempool_txs),
                mempool_bytes: whole(mempool_bytes),
                projection_lag: event_size.saturating_sub(applied),
                state_format: header.as_ref().map_or(0, |header| header.state_format),
                halted: self.halted.borrow().clone(),
                not_ready: self.not_ready().map(str::to_owned),
            }
        }
        .boxed()
    }

    fn submit(&self, txs: Vec<SignedTx>) -> BoxFuture<'_, Vec<Result<TxId, Refused>>> {
        async move {
            if let Some(why) = self.not_ready() {
                return txs.iter().map(|_tx| Err(Refused::Unavailable(why.to_owned()))).collect();
            }
            let answers = self.ledger.submit(txs).await;
            let told = |answer| match answer {
                // It was accepted before, and waits.
                Ok(id) | Err(SubmitError::Duplicate(id)) => Ok(id),
                Err(SubmitError::Fault(fault)) => Err(Refused::Fault(fault)),
                Err(SubmitError::Full) => Err(Refused::MempoolFull),
                Err(SubmitError::OrgFull) => Err(Refused::OrganizationFull),
                Err(SubmitError::Unavailable(error)) => Err(Refused::Unavailable(error.to_string())),
            };
            answers.into_iter().map(told).collect()
        }
        .boxed()
    }

    fn finals(&self, ids: Vec<TxId>) -> BoxFuture<'_, Result<Vec<Option<Finalized>>, Unavailable>> {
        self.all_rows(ids).boxed()
    }

    fn finality(&self, ticket: Ticket, timeout: Duration) -> BoxFuture<'_, Result<Fate, Unavailable>> {
        async move { tokio::time::timeout(timeout, self.fate(ticket)).await.unwrap_or(Ok(Fate::Waits)) }.boxed()
    }

    fn tx(&self, id: TxId) -> BoxFuture<'_, Result<Option<Known>, Unavailable>> {
        async move {
            let mut found = self.row(id).await?;
            if found.is_none() {
                if self.ledger.is_waiting(&id) {
                    return Ok(Some(Known::Waits));
                }
                // It may have left the mempool just now, or be no row yet.
                found = self.all_rows(vec![id]).await?.pop().flatten();
            }
            let Some(found) = found else { return Ok(None) };
            let block = self.ledger.block(found.height).await;
            let index = usize::try_from(found.index).unwrap_or(usize::MAX);
            let tx = block.and_then(|certified| certified.block.block().txs.get(index).cloned());
            match tx {
                Some(tx) => Ok(Some(Known::Final(found, Box::new(tx)))),
                None => Err(Unavailable("the block of the transaction cannot be read".to_owned())),
            }
        }
        .boxed()
    }

    fn block(&self, height: Option<u64>) -> BoxFuture<'_, Result<Option<FinalizedBlock>, Unavailable>> {
        async move {
            let latest = self.ledger.head().borrow().block.as_ref().map_or(0, |block| block.header().height);
            let height = height.unwrap_or(latest);
            if height > latest {
                return Ok(None);
            }
            let found = self.ledger.block(height).await;
            Ok(found.map(|certified| FinalizedBlock {
                block: (**certified.block.block()).clone(),
                certificate: certified.finalization,
            }))
        }
        .boxed()
    }

    fn next_seq(&self, signer: SignerId, lane: u16) -> BoxFuture<'_, Result<Option<u64>, Unavailable>> {
        async move {
            if !self.is_known(signer).await? {
                return Ok(None);
            }
            let next = self.ledger.next_seq(signer, lane).await.map_err(|error| unavailable(&error))?;
            Ok(Some(next))
        }
        .boxed()
    }

    fn query(&self, module: &'static str, query: u16, fields: Value) -> BoxFuture<'_, Result<Answer, QueryFailure>> {
        async move {
            let modules = self.ledger.modules();
            let Some(module) = modules.iter().copied().find(|known| known.name() == module) else {
                return Err(QueryFailure::Fields(format!("there is no module `{module}`")));
            };
            let queries = &module.surface().queries;
            match queries.iter().find(|doc| doc.item.item.number == query).map(|doc| doc.source) {
                Some(QuerySource::State) => self.state_query(module, query, fields).await,
                Some(QuerySource::Rows) => self.rows_query(module, query, fields).await,
                None => Err(QueryFailure::Fields(format!("module `{}` has no query {query}", module.name()))),
            }
        }
        .boxed()
    }

    fn events(&self, position: u64) -> BoxStream<'static, Result<LoggedEvent, Unavailable>> {
        let ledger = self.ledger.clone();
        let next = Next { position, failed: false, growth: ledger.event_size() };
        let pages = stream::unfold((next, ledger), |(next, ledger)| async move {
            let (page, next) = next.page(&ledger).await?;
            Some((stream::iter(page), (next, ledger)))
        });
        pages.flatten().boxed()
    }

    fn receipt(&self, of: Subject) -> BoxFuture<'_, Result<Option<Receipt>, Unavailable>> {
        self.receipt_of(of).boxed()
    }

    fn consistency(&self, from: u64, to: u64) -> BoxFuture<'_, Result<Option<Vec<Hash>>, Unavailable>> {
        async move { proofs::found(self.receipts.consistency(from, to).await) }.boxed()
    }

    fn tile(&self, tile: Tile) -> BoxFuture<'_, Result<Option<Vec<Hash>>, Unavailable>> {
        async move { proofs::found(self.receipts.tile(tile).await) }.boxed()
    }

    fn peers(&self) -> Peers {
        Peers { known: *self.peers_known.borrow(), connected: peers::connected(&self.ledger.metrics()) }
    }

    fn vitals(&self) -> BoxFuture<'_, Vitals> {
        self.watched.look().boxed()
    }

    fn engine_metrics(&self) -> String {
        self.ledger.metrics()
    }
}
