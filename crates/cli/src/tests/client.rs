//! The client against a fake node.

use super::operations;
use crate::{
    client::{ANSWER_BYTES_MAX, BlockAt, Client, ClientError, Readiness, TxStatus},
    draft,
};
use epione_modules::ALL;
use epione_types::{ChainId, Hash, List, Nonce, SignedTx, SignerId, Tx, UnixMs};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// A node that gives fixed answers by the beginning of the path.
pub(super) struct Node {
    pub(super) url: String,
    /// The lines with which requests began.
    pub(super) requests: Arc<Mutex<Vec<String>>>,
}

impl Node {
    /// A node that answers with JSON.
    pub(super) fn new(answers: &[(&str, Value)]) -> impl Future<Output = Self> + use<> {
        let answers = answers.iter().map(|(path, body)| ((*path).to_owned(), response(200, &body.to_string())));
        Self::raw(answers.collect())
    }

    /// A node that answers with these bytes.
    async fn raw(answers: Vec<(String, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, answers.clone(), Arc::clone(&heard)));
            }
        });
        Self { url, requests }
    }

    fn client(&self) -> Client {
        Client::new(&self.url).unwrap()
    }

    fn heard(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

pub(super) fn response(status: u16, body: &str) -> String {
    let head = format!("HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\nretry-after: 7\r\n");
    format!(
        "{head}date: Fri, 20 Nov 2026 12:00:00 GMT\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

async fn answer(mut stream: TcpStream, answers: Vec<(String, String)>, heard: Arc<Mutex<Vec<String>>>) {
    let mut bytes = vec![0; 64 * 1024];
    let len = stream.read(&mut bytes).await.unwrap_or(0);
    let text = String::from_utf8_lossy(&bytes[..len]).into_owned();
    let line = text.lines().next().unwrap_or_default().to_owned();
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    heard.lock().unwrap().push(line);
    let found = answers.iter().find(|(begin, _)| path.starts_with(begin.as_str()));
    let missing = response(404, &problem("not-found", 404, &json!({})).to_string());
    let _ = stream.write_all(found.map_or(&missing, |(_, answer)| answer).as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn problem(kind: &str, status: u16, more: &Value) -> Value {
    let mut problem = json!({
        "type": format!("urn:epione:problem:{kind}"), "title": "A title", "status": status, "detail": "the detail",
    });
    problem.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    problem
}

/// The status of a node of `chain` whose last block has this time.
pub(super) fn status(chain: ChainId, time: u64) -> Value {
    json!({
        "chain": chain, "name": "Test", "node": "One", "version": "0.1.0", "demo": true, "height": 3, "time": time,
        "last_final_ms": 5, "event_size": 9, "state_root": Hash([1; 32]), "event_root": Hash([2; 32]),
        "voting": "votes", "mempool_txs": 0, "projection_lag": 0, "not_ready": null, "later": "unknown",
    })
}

fn tx() -> SignedTx {
    let call =
        draft::call(ALL, "notary", "commit", &json!({ "commitment": "ab".repeat(32), "kind": "report" })).unwrap();
    let key = operations();
    let tx = Tx {
        version: 1,
        chain: ChainId([1; 32]),
        signer: key.signer.unwrap(),
        nonce: Nonce { lane: 0, seq: 1 },
        salt: [3; 16],
        valid_until: UnixMs(1),
        calls: List::new(vec![call]).unwrap(),
    };
    tx.sign(&key.key)
}

async fn failing(status: u16, body: &str) -> ClientError {
    Node::raw(vec![("/".to_owned(), response(status, body))]).await.client().status().await.unwrap_err()
}

#[tokio::test]
async fn a_transaction_becomes_final() {
    let tx = tx();
    let results = json!([{ "code": 196_610, "name": "not-owner", "text": "only the owner" }]);
    let done = json!({ "id": tx.tx.id(), "status": "final", "height": 12, "index": 0, "time": 99, "results": results });
    let node = Node::new(&[
        ("/v1/tx?wait=final&timeout_ms=120000", done),
        ("/v1/tx", json!({ "id": tx.tx.id(), "status": "accepted" })),
    ])
    .await;
    let accepted = node.client().submit(&tx).await.unwrap();
    assert_eq!((accepted.status, accepted.height), (TxStatus::Accepted, None));
    let finished = node.client().submit_final(&tx, Duration::from_secs(1_000)).await.unwrap();
    assert_eq!((finished.status, finished.height), (TxStatus::Final, Some(12)));
    assert_eq!(finished.refused().map(|(at, result)| (at, result.code)), Some((0, 196_610)));
    assert_eq!(node.heard()[0], "POST /v1/tx HTTP/1.1");
}

#[tokio::test]
async fn an_answer_about_another_transaction_is_none() {
    let node = Node::new(&[("/v1/tx", json!({ "id": epione_types::TxId([9; 32]), "status": "accepted" }))]).await;
    let error = node.client().submit(&tx()).await.unwrap_err();
    assert!(matches!(error, ClientError::Answer { .. }), "{error}");
}

#[tokio::test]
async fn paths_and_parameters_are_those_of_the_interface() {
    let value = json!({ "value": { "a": 1 }, "height": 3, "time": 4, "source": "rows" });
    let seq = json!({ "next_seq": 8 });
    let node =
        Node::new(&[("/v1/notary/list", value), ("/v1/signers/", seq), ("/v1/blocks/", json!({ "b": 1 }))]).await;
    let client = node.client();
    let fields = json!({ "owner": null, "limit": 2, "text": "a b&c=d", "list": [1] });
    assert_eq!(client.query("notary", "list", &fields).await.unwrap().source, "rows");
    let signer: SignerId = operations().signer.unwrap();
    assert_eq!(client.next_seq(&signer, 4).await.unwrap(), 8);
    client.block(BlockAt::Latest).await.unwrap();
    client.block(BlockAt::Height(7)).await.unwrap();
    let heard = node.heard();
    assert_eq!(heard[0], "GET /v1/notary/list?limit=2&list=%5B1%5D&text=a+b%26c%3Dd HTTP/1.1");
    assert_eq!(heard[1], format!("GET /v1/signers/{signer}?lane=4 HTTP/1.1"));
    assert_eq!(heard[2..], ["GET /v1/blocks/latest HTTP/1.1", "GET /v1/blocks/7 HTTP/1.1"]);
}

#[tokio::test]
async fn a_problem_is_shown_whole() {
    let more = json!({ "code": 65_541, "name": "not-root", "call": 2 });
    let error = failing(422, &problem("call-refused", 422, &more).to_string()).await;
    let text = error.to_string();
    assert_eq!(text, "A title: the detail (call-refused, HTTP 422, call 2, code 65541 not-root); try again in 7 s");
    assert_eq!((error.exit_code(), error.problem().unwrap().kind()), (1, "call-refused"));
    assert_eq!(failing(404, &problem("not-found", 404, &json!({})).to_string()).await.exit_code(), 4);
    assert_eq!(failing(503, &problem("unavailable", 503, &json!({})).to_string()).await.exit_code(), 3);
    assert_eq!(failing(503, &problem("mempool-full", 503, &json!({})).to_string()).await.exit_code(), 1);
}

#[tokio::test]
async fn what_is_no_node_is_told_apart() {
    for (status, body) in [(200, "<html>"), (200, "{}"), (502, "Bad gateway"), (301, "")] {
        let error = failing(status, body).await;
        assert!(matches!(error, ClientError::Answer { .. }), "{status}: {error}");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = Client::new(&url).unwrap().status().await.unwrap_err();
    assert!(matches!(error, ClientError::Unreachable { .. }) && error.exit_code() == 3, "{error}");
    for address in ["", "localhost", "ftp://a", "127.0.0.1:7400"] {
        assert!(matches!(Client::new(address), Err(ClientError::Address(_))), "{address}");
    }
}

#[test]
fn plain_http_stays_on_this_machine() {
    for url in [
        "http://127.0.0.1:7400",
        "http://127.9.9.9:7400/below",
        "http://[::1]:7400",
        "http://localhost",
        "http://LOCALHOST:7400",
        "https://node.example",
        "https://192.0.2.1:7400",
    ] {
        assert!(Client::new(url).is_ok(), "{url}");
    }
    for url in [
        "http://192.0.2.1:7400",
        "http://0.0.0.0:7400",
        "http://[::]:7400",
        "http://[2001:db8::1]",
        "http://node.example",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://127.0.0.1@node.example",
    ] {
        let error = Client::new(url).unwrap_err();
        assert!(matches!(error, ClientError::Plain(_)) && error.exit_code() == 2, "{url}: {error}");
        assert!(error.to_string().contains("https://"), "{error}");
    }
}

#[test]
fn authorities_come_from_a_file_of_certificates() {
    use epione_peer::identity::{Made, Validity};
    let folder = tempfile::tempdir().unwrap();
    let trusting = |name: &str| Client::trusting("https://node.example", Some(&folder.path().join(name)));
    let certificate = folder.path().join("ca.pem");
    let files = epione_peer::Files { certificate, key: folder.path().join("ca.key") };
    Made::new("an authority", Validity::days(1)).unwrap().create(&files).unwrap();
    assert!(trusting("ca.pem").is_ok());
    for (name, says) in [("none.pem", "No such file"), ("ca.key", "no certificate in PEM")] {
        let error = trusting(name).unwrap_err();
        assert!(matches!(error, ClientError::Authority { .. }) && error.exit_code() == 1, "{error}");
        assert!(error.to_string().contains(says) && error.to_string().contains(name), "{error}");
    }
}

#[tokio::test]
async fn an_answer_has_a_largest_size() {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", ANSWER_BYTES_MAX + 1);
    let long = head + &" ".repeat(ANSWER_BYTES_MAX + 1);
    let node = Node::raw(vec![("/".to_owned(), long)]).await;
    let error = node.client().status_json().await.unwrap_err().to_string();
    assert!(error.contains("longer than"), "{error}");
}

#[tokio::test]
async fn readiness_and_clock() {
    let ready = Node::new(&[("/readyz", json!({})), ("/healthz", json!({}))]).await;
    assert_eq!(ready.client().readiness().await.unwrap(), Readiness::Ready);
    let time = ready.client().time_of_day().await.unwrap().unwrap();
    assert_eq!(time.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(), 1_795_176_000);
    let not =
        Node::raw(vec![("/".to_owned(), response(503, &problem("unavailable", 503, &json!({})).to_string()))]).await;
    assert_eq!(not.client().readiness().await.unwrap(), Readiness::NotReady("the detail".to_owned()));
}

#[tokio::test]
async fn events_come_in_order_until_the_end() {
    let event = |position: u64| {
        let data = json!({
            "position": position, "height": 1, "time": 2, "origin": { "tx": { "id": epione_types::TxId([1; 32]) } },
            "module": "ledger", "event": "tx-result", "fields": { "codes": [0] },
        });
        format!("id: {position}\nevent: ledger.tx-result\ndata: {data}\n\n")
    };
    let stream = format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: hi\n\n{}{}", event(4), event(5));
    let node = Node::raw(vec![("/v1/events?from=4".to_owned(), stream)]).await;
    let mut events = node.client().events(4).await.unwrap();
    let patience = Some(Duration::from_secs(5));
    assert_eq!(events.next(patience).await.unwrap().unwrap().position, 4);
    assert_eq!(events.next(patience).await.unwrap().unwrap().event, "tx-result");
    assert_eq!(events.next(patience).await.unwrap(), None);
}
