//! What the gateway asks of the node, answered by ledger and rows.

use epione_consensus::{Final, Ledger as Consensus, SubmitError};
use epione_gateway::ports::{
    Answer, Finalized, FinalizedBlock, Ledger, LoggedEvent, QueryFailure, Refused, Status, Unavailable,
};
use epione_kernel::{
    Base, Missing, Module, QueryError, QuerySource, Row, RowKey, RowSource, RowsError, Select, Sources, View,
};
use epione_projection::{Applied, Reader};
use epione_types::{ChainId, SignedTx, SignerId, TxId, UnixMs};
use futures::{
    future::{BoxFuture, FutureExt as _},
    stream::{self, BoxStream, StreamExt as _},
};
use serde_json::Value;
use std::time::Duration;
use tokio::sync::watch;

/// Events that are read from the log at once for a stream.
const STREAM_PAGE: usize = 256;
/// How often the rows are asked whether a transaction is final, besides being told.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// The node behind the gateway.
#[derive(Debug)]
pub(super) struct NodeLedger {
    pub(super) name: String,
    pub(super) validator: bool,
    pub(super) ledger: Consensus,
    pub(super) reader: Reader,
    pub(super) applied: watch::Receiver<Applied>,
}

/// A final transaction as the gateway shows it.
fn finalized(tx: Final) -> Finalized {
    Finalized { id: tx.id, height: tx.height, index: tx.index, time: tx.time, codes: tx.codes }
}

impl NodeLedger {
    /// The finalized transaction, if it has become a row.
    async fn row(&self, id: TxId) -> Result<Option<Finalized>, Unavailable> {
        let reader = self.reader.clone();
        let row = tokio::task::spawn_blocking(move || reader.tx(&id)).await;
        let row = row.map_err(|error| unavailable(&error))?.map_err(|error| unavailable(&error))?;
        Ok(row.map(|row| Finalized { id, height: row.height, index: row.index, time: row.time, codes: row.codes }))
    }

    /// Waits until the transaction is final: told by consensus if it waits there, else looked for among the rows.
    async fn until_final(&self, id: TxId) -> Option<Finalized> {
        // Asked before it is looked up, so that a block in between is not missed.
        let mut told = self.ledger.wait(id);
        if self.ledger.is_waiting(&id) {
            return told.await.ok().map(finalized);
        }
        loop {
            if let Ok(Some(found)) = self.row(id).await {
                return Some(found);
            }
            tokio::select! {
                tx = &mut told => return tx.ok().map(finalized),
                () = tokio::time::sleep(ASK_AGAIN) => {}
            }
        }
    }

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

fn unavailable(error: &impl ToString) -> Unavailable {
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
            Status {
                chain: self.chain(),
                name: self.ledger.genesis().name.to_string(),
                node: self.name.clone(),
                version: env!("CARGO_PKG_VERSION"),
                demo: self.ledger.genesis().demo,
                height: header.as_ref().map_or(0, |header| header.height),
                time: header.as_ref().map_or(UnixMs(0), |header| header.time),
                last_final_ms: self.ledger.now().since(head.seen_at).0,
                event_size,
                state_root: header.as_ref().map(|header| header.state_root).unwrap_or_default(),
                event_root: header.as_ref().map(|header| header.event_root).unwrap_or_default(),
                validator: self.validator,
                mempool_txs: u64::try_from(self.ledger.mempool_size().0).unwrap_or(u64::MAX),
                projection_lag: event_size.saturating_sub(applied),
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
            let refused = |error| match error {
                SubmitError::Fault(fault) => Refused::Fault(fault),
                SubmitError::Duplicate(id) => Refused::Duplicate(id),
                SubmitError::Full => Refused::MempoolFull,
                SubmitError::SignerFull => Refused::SignerFull,
                SubmitError::Unavailable(error) => Refused::Unavailable(error.to_string()),
            };
            answers.into_iter().map(|answer| answer.map_err(refused)).collect()
        }
        .boxed()
    }

    fn finality(&self, id: TxId, timeout: Duration) -> BoxFuture<'_, Option<Finalized>> {
        async move { tokio::time::timeout(timeout, self.until_final(id)).await.ok().flatten() }.boxed()
    }

    fn tx(&self, id: TxId) -> BoxFuture<'_, Result<Option<(Finalized, SignedTx)>, Unavailable>> {
        async move {
            let Some(found) = self.row(id).await? else { return Ok(None) };
            let block = self.ledger.block(found.height).await;
            let index = usize::try_from(found.index).unwrap_or(usize::MAX);
            let tx = block.and_then(|certified| certified.block.block().txs.get(index).cloned());
            match tx {
                Some(tx) => Ok(Some((found, tx))),
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

    fn metrics(&self) -> String {
        self.ledger.metrics()
    }
}
