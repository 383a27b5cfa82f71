//! The HTTP interface of a node, as a client sees it.

use epione_types::{SignedTx, TxId};
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::Value;
use std::{io::Read as _, net::SocketAddr, time::Duration};

/// Content type of one signed transaction.
pub(crate) const ONE: &str = "application/octet-stream";
/// Content type of a list of signed transactions.
pub(crate) const MANY: &str = "application/vnd.epione.txs";

/// No request of a test takes longer, unless the node hangs.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The interface of one node.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) address: SocketAddr,
    scheme: &'static str,
    client: Client,
}

/// Status and content of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) json: Value,
}

/// How long the node is to wait for finality, in milliseconds.
pub(crate) type Wait = Option<u64>;

/// What a client was told of a final transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) id: TxId,
    pub(crate) height: u64,
    pub(crate) index: u64,
    pub(crate) codes: Vec<u64>,
}

impl Told {
    /// What `answer` tells, if it tells of a final transaction.
    pub(crate) fn of(answer: &Value) -> Option<Self> {
        if answer["status"] != "final" {
            return None;
        }
        let results = answer["results"].as_array().unwrap();
        Some(Self {
            id: answer["id"].as_str().unwrap().parse().unwrap(),
            height: answer["height"].as_u64().unwrap(),
            index: answer["index"].as_u64().unwrap(),
            codes: results.iter().map(|result| result["code"].as_u64().unwrap()).collect(),
        })
    }
}

impl Answer {
    fn of(response: Response) -> reqwest::Result<Self> {
        let status = response.status().as_u16();
        let bytes = response.bytes()?;
        Ok(Self { status, json: serde_json::from_slice(&bytes).unwrap_or_default() })
    }

    /// Name of the problem, if it is one.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.json["type"].as_str()?.strip_prefix("urn:epione:problem:")
    }
}

impl Api {
    pub(crate) fn new(port: u16) -> Self {
        let client = Client::builder().no_proxy().timeout(TIMEOUT).build().unwrap();
        Self { address: SocketAddr::from(([127, 0, 0, 1], port)), scheme: "http", client }
    }

    /// The same interface over TLS, under a certificate of this authority, in PEM.
    pub(crate) fn over_tls(&self, authority: &str) -> Self {
        let authority = reqwest::Certificate::from_pem(authority.as_bytes()).unwrap();
        let client = Client::builder().no_proxy().timeout(TIMEOUT).tls_certs_only([authority]).build().unwrap();
        Self { address: self.address, scheme: "https", client }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// The answer to a GET; none if the node is not there.
    pub(crate) fn get(&self, path: &str) -> Option<Answer> {
        Answer::of(self.client.get(self.url(path)).send().ok()?).ok()
    }

    /// The value that a GET leads to.
    pub(crate) fn json(&self, path: &str) -> Value {
        let answer = self.get(path).unwrap_or_else(|| panic!("no answer to GET {path}"));
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.json);
        answer.json
    }

    /// The text that a GET leads to.
    pub(crate) fn text(&self, path: &str) -> String {
        let answer = self.client.get(self.url(path)).send().unwrap();
        assert_eq!(answer.status(), 200, "GET {path}");
        answer.text().unwrap()
    }

    /// A POST of bytes, to be changed before it is sent.
    pub(crate) fn posting(&self, path: &str, content_type: &str, body: Vec<u8>) -> RequestBuilder {
        self.client.post(self.url(path)).header("content-type", content_type).body(body)
    }

    /// The answer to a request; none if the node is not there, or goes away.
    pub(crate) fn send(request: RequestBuilder) -> Option<Answer> {
        Answer::of(request.send().ok()?).ok()
    }

    pub(crate) fn status(&self) -> Option<Value> {
        self.get("/v1/status").filter(|answer| answer.status == 200).map(|answer| answer.json)
    }

    pub(crate) fn height(&self) -> Option<u64> {
        self.status()?["height"].as_u64()
    }

    /// Submits one transaction.
    pub(crate) fn submit(&self, tx: &SignedTx, wait: Wait) -> Option<Answer> {
        Self::send(self.posting(&format!("/v1/tx{}", query(wait)), ONE, tx.to_bytes()))
    }

    /// Submits one transaction and waits until it is final.
    #[track_caller]
    pub(crate) fn submit_final(&self, tx: &SignedTx) -> Told {
        let answer = self.submit(tx, Some(45_000)).expect("the node answers");
        assert_eq!(answer.status, 200, "{}", answer.json);
        Told::of(&answer.json).unwrap()
    }

    /// Submits many transactions in one request.
    pub(crate) fn submit_many(&self, txs: &[SignedTx], wait: Wait) -> Option<Answer> {
        let mut body = u32::try_from(txs.len()).unwrap().to_le_bytes().to_vec();
        body.extend(txs.iter().flat_map(SignedTx::to_bytes));
        Self::send(self.posting(&format!("/v1/tx{}", query(wait)), MANY, body))
    }

    /// What the node says of a transaction, if it is final.
    pub(crate) fn tx(&self, id: TxId) -> Option<Told> {
        let answer = self.get(&format!("/v1/tx/{id}"))?;
        assert!(matches!(answer.status, 200 | 404), "{id}: {}", answer.json);
        Told::of(&answer.json)
    }

    /// A stream of events that goes on as long as it is held.
    pub(crate) fn stream(&self) -> Response {
        self.client.get(self.url("/v1/events?from=0")).send().unwrap()
    }

    /// The first `count` events, octet by octet as they are sent, without the comments that keep a stream alive.
    pub(crate) fn events(&self, count: u64) -> String {
        let mut stream = self.client.get(self.url("/v1/events?from=0")).send().unwrap();
        let (mut bytes, mut chunk) = (Vec::new(), vec![0; 64 * 1024]);
        let frames = |bytes: &[u8]| bytes.windows(2).filter(|pair| *pair == b"\n\n").count();
        let mut found = 0;
        while found < usize::try_from(count).unwrap() {
            let len = stream.read(&mut chunk).unwrap();
            assert_ne!(len, 0, "the stream ended after {found} of {count} events");
            // The end of a frame may stand across two pieces.
            let from = bytes.len().saturating_sub(1);
            bytes.extend_from_slice(&chunk[..len]);
            found += frames(&bytes[from..]);
        }
        let text = String::from_utf8(bytes).unwrap();
        text.split_inclusive("\n\n").filter(|frame| !frame.starts_with(':')).collect()
    }
}

fn query(wait: Wait) -> String {
    wait.map_or_else(String::new, |ms| format!("?wait=final&timeout_ms={ms}"))
}
