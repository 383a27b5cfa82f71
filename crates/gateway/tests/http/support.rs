//! A ledger that answers as it is told, and a node that serves it.

use epione_gateway::{
    Config, Limits,
    ports::{
        Answer, Fate, Finalized, FinalizedBlock, Known, Ledger, LoggedEvent, Peers, QueryFailure, Receipt, Refused,
        Status, Subject, Ticket, Unavailable, Vitals,
    },
    router,
};
use epione_kernel::{MemoryState, RejectDoc, Row, RowSource, RowsError, Select, Sources, View};
use epione_peer::{Connections, Security, serve};
use epione_types::{
    Bytes, Call, ChainId, Hash, List, ModuleId, Nonce, OrgId, SignedTx, SignerId, SigningKey, Tile, Tx, TxFault, TxId,
    UnixMs,
};
use futures::{
    FutureExt as _, StreamExt as _,
    future::{BoxFuture, pending, ready},
    stream::{self, BoxStream},
};
use reqwest::{Client, RequestBuilder, Response, StatusCode, header};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};
use tokio::net::TcpListener;

pub(crate) const CHAIN: ChainId = ChainId([7; 32]);
pub(crate) const KNOWN: SignerId = SignerId::Organization(OrgId([1; 16]));
pub(crate) const UNKNOWN: SignerId = SignerId::Organization(OrgId([9; 16]));
pub(crate) const NOW: UnixMs = UnixMs(1_800_000_000_000);

/// What the fake ledger answers.
#[derive(Clone, Default)]
pub(crate) struct Script {
    /// Refuses the transactions with these sequence numbers.
    pub(crate) refused: BTreeMap<u64, Refused>,
    /// Codes of final transactions; without them nothing becomes final.
    pub(crate) codes: Option<Vec<u32>>,
    pub(crate) txs: Vec<SignedTx>,
    /// A transaction that waits.
    pub(crate) waits: Option<TxId>,
    /// Why transactions that are waited for never become final.
    pub(crate) lost: Option<TxFault>,
    pub(crate) block: Option<FinalizedBlock>,
    pub(crate) events: Vec<LoggedEvent>,
    /// After the events the stream fails instead of waiting for more.
    pub(crate) events_fail: bool,
    pub(crate) query_fails: Option<QueryFailure>,
    pub(crate) not_ready: Option<String>,
    /// Nothing but this is ever answered.
    pub(crate) unavailable: bool,
    /// No answer comes.
    pub(crate) silent: bool,
}

/// A ledger that answers as it is told.
#[derive(Default)]
pub(crate) struct Fake {
    pub(crate) script: Mutex<Script>,
    /// What was submitted.
    pub(crate) submitted: Mutex<Vec<SignedTx>>,
    /// What was asked: name, query, fields.
    pub(crate) asked: Mutex<Vec<(&'static str, u16, Value)>>,
}

impl Fake {
    fn script(&self) -> Script {
        self.script.lock().unwrap().clone()
    }

    fn answer<T: Send + 'static>(&self, answer: T) -> BoxFuture<'_, Result<T, Unavailable>> {
        let script = self.script();
        if script.silent {
            return pending().boxed();
        }
        ready(if script.unavailable { Err(Unavailable("the disk is full".to_owned())) } else { Ok(answer) }).boxed()
    }

    fn finalized(id: TxId, codes: Vec<u32>) -> Finalized {
        Finalized { id, height: 12, index: 3, time: NOW, codes }
    }
}

struct NoRows;

impl RowSource for NoRows {
    fn select(&self, _module: &'static str, _select: &Select) -> Result<Vec<Row>, RowsError> {
        Ok(Vec::new())
    }
}

impl Ledger for Fake {
    fn chain(&self) -> ChainId {
        CHAIN
    }

    fn status(&self) -> BoxFuture<'_, Status> {
        let script = self.script();
        if script.silent {
            return pending().boxed();
        }
        let status = Status {
            chain: CHAIN,
            name: "Consortium".to_owned(),
            node: "here".to_owned(),
            version: "0.1.0",
            demo: true,
            height: 12,
            time: NOW,
            last_final_ms: 250,
            event_size: 40,
            state_root: Hash([1; 32]),
            event_root: Hash([2; 32]),
            voting: "votes",
            state_format: 1,
            halted: None,
            mempool_txs: 3,
            mempool_bytes: 1_234,
            projection_lag: 5,
            not_ready: script.not_ready,
        };
        ready(status).boxed()
    }

    fn submit(&self, txs: Vec<SignedTx>) -> BoxFuture<'_, Vec<Result<TxId, Refused>>> {
        let script = self.script();
        let offer = |tx: &SignedTx| script.refused.get(&tx.tx.nonce.seq).cloned().map_or(Ok(tx.tx.id()), Err);
        let answers = txs.iter().map(offer).collect();
        self.submitted.lock().unwrap().extend(txs);
        if script.silent { pending().boxed() } else { ready(answers).boxed() }
    }

    fn finals(&self, ids: Vec<TxId>) -> BoxFuture<'_, Result<Vec<Option<Finalized>>, Unavailable>> {
        let Script { txs, codes, .. } = self.script();
        let is_final = |id: &TxId| txs.iter().any(|signed| signed.tx.id() == *id);
        let found = |id: TxId| is_final(&id).then(|| Self::finalized(id, codes.clone().unwrap_or_default()));
        self.answer(ids.into_iter().map(found).collect())
    }

    fn finality(&self, ticket: Ticket, timeout: Duration) -> BoxFuture<'_, Result<Fate, Unavailable>> {
        let Script { codes, lost, .. } = self.script();
        match (codes, lost) {
            (_, Some(fault)) => self.answer(Fate::Lost(fault)),
            (Some(codes), None) => self.answer(Fate::Final(Self::finalized(ticket.id, codes))),
            (None, None) => async move {
                tokio::time::sleep(timeout).await;
                Ok(Fate::Waits)
            }
            .boxed(),
        }
    }

    fn tx(&self, id: TxId) -> BoxFuture<'_, Result<Option<Known>, Unavailable>> {
        let script = self.script();
        let found = script.txs.into_iter().find(|signed| signed.tx.id() == id);
        let codes = script.codes.unwrap_or_default();
        let known = found.map(|signed| Known::Final(Self::finalized(id, codes), Box::new(signed)));
        self.answer(known.or_else(|| (script.waits == Some(id)).then_some(Known::Waits)))
    }

    fn block(&self, height: Option<u64>) -> BoxFuture<'_, Result<Option<FinalizedBlock>, Unavailable>> {
        let block = self.script().block;
        self.answer(block.filter(|found| height.is_none_or(|height| found.block.header.height == height)))
    }

    fn next_seq(&self, signer: SignerId, lane: u16) -> BoxFuture<'_, Result<Option<u64>, Unavailable>> {
        self.answer((signer == KNOWN).then_some(7 + u64::from(lane)))
    }

    fn query(&self, module: &'static str, query: u16, fields: Value) -> BoxFuture<'_, Result<Answer, QueryFailure>> {
        self.asked.lock().unwrap().push((module, query, fields.clone()));
        if let Some(failure) = self.script().query_fails {
            return ready(Err(failure)).boxed();
        }
        let module = epione_modules::ALL.iter().find(|known| known.name() == module).unwrap();
        let state = MemoryState::default();
        let sources = Sources { state: View::new(&state), rows: &NoRows, now: NOW };
        let value = module.query(&sources, query, fields);
        ready(value.map(|value| Answer { value, height: 12, time: NOW }).map_err(QueryFailure::from)).boxed()
    }

    fn receipt(&self, of: Subject) -> BoxFuture<'_, Result<Option<Receipt>, Unavailable>> {
        let txs = self.script().txs;
        let position = match of {
            Subject::Event(position) => (position < 40).then_some(position),
            Subject::Tx(id) => txs.iter().any(|signed| signed.tx.id() == id).then_some(7),
        };
        self.answer(position.map(|position| Receipt { bytes: vec![0xab, 0xcd], position, height: 12 }))
    }

    fn consistency(&self, from: u64, to: u64) -> BoxFuture<'_, Result<Option<Vec<Hash>>, Unavailable>> {
        self.answer((to <= 40).then(|| vec![Hash([from as u8; 32]), Hash([to as u8; 32])]))
    }

    fn tile(&self, tile: Tile) -> BoxFuture<'_, Result<Option<Vec<Hash>>, Unavailable>> {
        let has = tile.positions(300).is_some();
        self.answer(has.then(|| vec![Hash([5; 32]); usize::from(tile.width)]))
    }

    fn events(&self, position: u64) -> BoxStream<'static, Result<LoggedEvent, Unavailable>> {
        let script = self.script();
        let past = script.events.into_iter().filter(move |event| event.position >= position).map(Ok);
        let rest = if script.events_fail {
            stream::iter([Err(Unavailable("the log\nis gone".to_owned()))]).boxed()
        } else {
            stream::pending().boxed()
        };
        stream::iter(past).chain(rest).boxed()
    }

    fn peers(&self) -> Peers {
        Peers { known: 3, connected: 2 }
    }

    fn vitals(&self) -> BoxFuture<'_, Vitals> {
        let script = self.script();
        if script.silent {
            return pending().boxed();
        }
        let until = UNIX_EPOCH + Duration::from_secs(1_900_000_000);
        let certificates = vec![("clients", Some(until)), ("links", None)];
        ready(Vitals { committee: 4, halted: false, disk_free: Some(5e9), certificates }).boxed()
    }

    fn engine_metrics(&self) -> String {
        "# TYPE engine_views gauge\nengine_views 14\n# EOF\n".to_owned()
    }
}

/// A served fake.
pub(crate) struct Node {
    pub(crate) fake: Arc<Fake>,
    pub(crate) address: SocketAddr,
    client: Client,
}

impl Node {
    pub(crate) async fn start(script: Script) -> Self {
        Self::with_limits(script, Limits::local()).await
    }

    pub(crate) async fn with_limits(script: Script, limits: Limits) -> Self {
        let fake = Arc::new(Fake { script: Mutex::new(script), ..Fake::default() });
        let suspended = RejectDoc { code: 1, number: 1, name: "suspended", text: "the organization is suspended" };
        let config = Config { limits, system_rejects: vec![suspended] };
        let router = router(Arc::<Fake>::clone(&fake), epione_modules::ALL, config).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Connections::standard(limits.connections_max);
        tokio::spawn(serve(listener, router, Security::Loopback, connections, pending()));
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        Self { fake, address, client }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.get_with(path, &[]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&'static str, &str)]) -> Response {
        let request = self.client.get(self.url(path));
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
    }

    pub(crate) fn posting(&self, path: &str, content_type: &str) -> RequestBuilder {
        self.client.post(self.url(path)).header(header::CONTENT_TYPE, content_type)
    }

    pub(crate) async fn post(&self, path: &str, content_type: &str, body: impl Into<reqwest::Body>) -> Response {
        self.posting(path, content_type).body(body).send().await.unwrap()
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Response {
        self.post(path, "application/json", body.to_string()).await
    }
}

/// A transaction of [`KNOWN`] with one call of the notary.
pub(crate) fn tx(seq: u64) -> SignedTx {
    let notary = epione_modules::ALL.iter().find(|module| module.name() == "notary").unwrap();
    let example = notary.surface().calls[0].item.item.example.clone();
    let body = Bytes::new(notary.call_from_json(1, example).unwrap()).unwrap();
    let call = Call { module: notary.id(), call: 1, body };
    tx_of(seq, vec![call])
}

pub(crate) fn tx_of(seq: u64, calls: Vec<Call>) -> SignedTx {
    let tx = Tx {
        version: 1,
        chain: CHAIN,
        signer: KNOWN,
        nonce: Nonce { lane: 0, seq },
        salt: [3; 16],
        valid_until: NOW,
        calls: List::new(calls).unwrap(),
    };
    tx.sign(&SigningKey::from_seed([5; 32]))
}

/// A call that no module knows.
pub(crate) fn unknown_call() -> Call {
    Call { module: ModuleId(4_000), call: 9, body: Bytes::new(vec![0xca, 0xfe]).unwrap() }
}

/// Canonical bytes of a list of transactions.
pub(crate) fn list(txs: &[SignedTx]) -> Vec<u8> {
    let mut bytes = u32::try_from(txs.len()).unwrap().to_le_bytes().to_vec();
    bytes.extend(txs.iter().flat_map(SignedTx::to_bytes));
    bytes
}

pub(crate) const ONE: &str = "application/octet-stream";
pub(crate) const MANY: &str = "application/vnd.epione.txs";

/// The JSON of an answer with this status.
#[track_caller]
pub(crate) fn json(response: Response, status: u16) -> impl Future<Output = Value> {
    assert_eq!(response.status(), StatusCode::from_u16(status).unwrap(), "{response:?}");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert_eq!(response.headers()["cache-control"], "no-store");
    async { response.json().await.unwrap() }
}

/// The problem in an answer, which has this name and status and whose detail contains these words.
#[track_caller]
pub(crate) fn problem<'a>(
    response: Response,
    (name, status): (&'a str, u16),
    words: &'a str,
) -> impl Future<Output = Value> + 'a {
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json", "{response:?}");
    let json = json(response, status);
    async move {
        let problem = json.await;
        assert_eq!(problem["type"], format!("urn:epione:problem:{name}"), "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        assert!(!problem["title"].as_str().unwrap().is_empty(), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem} does not contain `{words}`");
        problem
    }
}
