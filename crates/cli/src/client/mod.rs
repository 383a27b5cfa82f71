//! A client of the HTTP interface of a node (docs/http.md).
//!
//! One request per function, no hidden retries, an explicit deadline on each. Proxies of the environment are not used, and
//! an answer beyond [`ANSWER_BYTES_MAX`] (of an exchange: beyond sixteen records) is refused. Over `https://` a node shows a certificate of an authority that the system
//! trusts, or of one that is named ([`Client::trusting`]).

mod answer;
mod events;
mod exchange;
mod problem;

pub use answer::{BlockAt, CallResult, NodePeers, NodeStatus, QueryAnswer, TxAnswer, TxStatus};
#[cfg(test)]
pub(crate) use events::Parser;
pub use events::{Events, LedgerEvent};
pub use problem::{ClientError, Problem};

use epione_types::{SignedTx, SignerId, TxId};
use reqwest::{Certificate, RequestBuilder, Response, StatusCode, Url, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{
    net::IpAddr,
    path::Path,
    time::{Duration, SystemTime},
};

/// Largest answer that is read, in bytes.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Longest time that a node waits for finality on behalf of a client.
pub const WAIT_MAX: Duration = Duration::from_secs(120);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// A client of one node.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
}

/// Whether a node follows the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It does.
    Ready,
    /// It answers, but does not follow the chain: why not.
    NotReady(String),
}

/// Whether a host, as it stands in a URL, is this machine: `localhost` (RFC 6761 §6.3) or a loopback address.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

impl Client {
    /// A client of the node at `url`, such as `http://127.0.0.1:7400`.
    ///
    /// # Errors
    /// [`ClientError::Address`] if this is not a URL over HTTP, [`ClientError::Plain`] if it is `http://` to a host that is
    /// not the loopback of this machine.
    pub fn new(url: &str) -> Result<Self, ClientError> {
        Self::trusting(url, None)
    }

    /// A client of the node at `url`, which shows a certificate of one of the authorities in the file `ca`, in PEM; without
    /// it, of one that the system trusts.
    ///
    /// # Errors
    /// As [`Client::new`], and [`ClientError::Authority`] if there is no certificate in the file.
    pub fn trusting(url: &str, ca: Option<&Path>) -> Result<Self, ClientError> {
        let wrong = || ClientError::Address(url.to_owned());
        let base = Url::parse(url).map_err(|_url| wrong())?;
        if !matches!(base.scheme(), "http" | "https") || base.cannot_be_a_base() {
            return Err(wrong());
        }
        if base.scheme() == "http" && !base.host_str().is_some_and(is_loopback) {
            return Err(ClientError::Plain(url.to_owned()));
        }
        let http = match ca {
            None => reqwest::Client::builder(),
            Some(path) => reqwest::Client::builder().tls_certs_only(authorities(path)?),
        };
        let http = http
            .connect_timeout(CONNECT_TIMEOUT)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("epione/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_builder| wrong())?;
        Ok(Self { http, base })
    }

    /// The address of the node.
    #[must_use]
    pub fn url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Submits a signed transaction; the node answers when it is in its mempool.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn submit(&self, tx: &SignedTx) -> Result<TxAnswer, ClientError> {
        self.post(tx, self.at(&["v1", "tx"]), ANSWER_TIMEOUT).await
    }

    /// Submits a signed transaction and waits until it is final, at most `wait` (cut to [`WAIT_MAX`]).
    ///
    /// If that time passes the answer's status is still [`TxStatus::Accepted`].
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn submit_final(&self, tx: &SignedTx, wait: Duration) -> Result<TxAnswer, ClientError> {
        let wait = wait.min(WAIT_MAX);
        let mut url = self.at(&["v1", "tx"]);
        url.query_pairs_mut().append_pair("wait", "final").append_pair("timeout_ms", &wait.as_millis().to_string());
        self.post(tx, url, wait.saturating_add(ANSWER_TIMEOUT)).await
    }

    async fn post(&self, tx: &SignedTx, url: Url, timeout: Duration) -> Result<TxAnswer, ClientError> {
        let request = self.http.post(url.clone()).header(header::CONTENT_TYPE, "application/octet-stream");
        let answer: TxAnswer = json(&url, send(request.body(tx.to_bytes()), &url, timeout).await?).await?;
        if answer.id != tx.tx.id() {
            let what = format!("it speaks of transaction {}, {} was submitted", answer.id, tx.tx.id());
            return Err(ClientError::Answer { url: url.to_string(), what });
        }
        Ok(answer)
    }

    /// Where the node stands.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn status(&self) -> Result<NodeStatus, ClientError> {
        self.get(self.at(&["v1", "status"])).await
    }

    /// Where the node stands, with all that it says.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn status_json(&self) -> Result<Value, ClientError> {
        self.get(self.at(&["v1", "status"])).await
    }

    /// The time of day at the node, to the second, from the `Date` of an answer; none if it names none.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn time_of_day(&self) -> Result<Option<SystemTime>, ClientError> {
        let url = self.at(&["healthz"]);
        let response = send(self.http.get(url.clone()), &url, ANSWER_TIMEOUT).await?;
        let date = response.headers().get(header::DATE).and_then(|date| date.to_str().ok());
        Ok(date.and_then(|date| httpdate::parse_http_date(date).ok()))
    }

    /// Whether the node follows the chain.
    ///
    /// # Errors
    /// [`ClientError`] if it does not answer at all.
    pub async fn readiness(&self) -> Result<Readiness, ClientError> {
        let url = self.at(&["readyz"]);
        match send(self.http.get(url.clone()), &url, ANSWER_TIMEOUT).await {
            Ok(_) => Ok(Readiness::Ready),
            Err(ClientError::Problem(problem)) if problem.status == 503 => Ok(Readiness::NotReady(problem.detail)),
            Err(error) => Err(error),
        }
    }

    /// The next sequence number of a nonce lane of `signer`.
    ///
    /// # Errors
    /// [`ClientError`]; a problem `not-found` if the signer is not registered.
    pub async fn next_seq(&self, signer: &SignerId, lane: u16) -> Result<u64, ClientError> {
        let mut url = self.at(&["v1", "signers", &signer.to_string()]);
        url.query_pairs_mut().append_pair("lane", &lane.to_string());
        let answer: Value = self.get(url.clone()).await?;
        answer.get("next_seq").and_then(Value::as_u64).ok_or_else(|| ClientError::Answer {
            url: url.to_string(),
            what: "the number `next_seq` is missing".to_owned(),
        })
    }

    /// A transaction: that it waits, or what became of it with its content.
    ///
    /// # Errors
    /// [`ClientError`]; a problem `not-found` if it is neither final nor waits on the node.
    pub async fn tx(&self, id: &TxId) -> Result<Value, ClientError> {
        self.get(self.at(&["v1", "tx", &id.to_string()])).await
    }

    /// A finalized block.
    ///
    /// # Errors
    /// [`ClientError`]; a problem `not-found` if there is none at this height yet.
    pub async fn block(&self, at: BlockAt) -> Result<Value, ClientError> {
        self.get(self.at(&["v1", "blocks", &at.to_string()])).await
    }

    /// The bytes of the receipt of a transaction (`tx1…`) or of the event at a position, as the node gives them.
    ///
    /// # Errors
    /// [`ClientError`]; a problem `not-found` if there is no such event.
    pub async fn receipt(&self, id: &str) -> Result<Vec<u8>, ClientError> {
        let url = self.at(&["v1", "receipts", id]);
        let response = send(self.http.get(url.clone()), &url, ANSWER_TIMEOUT).await?;
        body(&url, response, ANSWER_BYTES_MAX).await
    }

    /// The answer to a query; `fields` is an object, absent fields are left out.
    ///
    /// # Errors
    /// [`ClientError`]; a problem `refused` if a rule of the module refuses it.
    pub async fn query(&self, module: &str, query: &str, fields: &Value) -> Result<QueryAnswer, ClientError> {
        let mut url = self.at(&["v1", module, query]);
        for (name, value) in fields.as_object().into_iter().flatten() {
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            url.query_pairs_mut().append_pair(name, &text);
        }
        self.get(url).await
    }

    /// Finalized events from `position` on: past ones first, then new ones as they come.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn events(&self, position: u64) -> Result<Events, ClientError> {
        let mut url = self.at(&["v1", "events"]);
        url.query_pairs_mut().append_pair("from", &position.to_string());
        let request = self.http.get(url.clone()).header(header::ACCEPT, "text/event-stream");
        // Only the beginning of the answer has a deadline: the stream itself has no end.
        let begin = async { request.send().await.map_err(|error| from_reqwest(&url, &error, ANSWER_TIMEOUT)) };
        let begun = tokio::time::timeout(ANSWER_TIMEOUT, begin).await.map_err(|_late| late(&url, ANSWER_TIMEOUT))?;
        Ok(Events::new(checked(&url, begun?).await?))
    }

    async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, ClientError> {
        json(&url, send(self.http.get(url.clone()), &url, ANSWER_TIMEOUT).await?).await
    }

    fn at(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

/// The certificates in the file at `path`.
fn authorities(path: &Path) -> Result<Vec<Certificate>, ClientError> {
    let wrong = |what: String| ClientError::Authority { path: path.to_owned(), what };
    let text = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let found = Certificate::from_pem_bundle(&text).map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() {
        return Err(wrong("there is no certificate in PEM in it".to_owned()));
    }
    Ok(found)
}

async fn send(request: RequestBuilder, url: &Url, timeout: Duration) -> Result<Response, ClientError> {
    let response = request.timeout(timeout).send().await.map_err(|error| from_reqwest(url, &error, timeout))?;
    checked(url, response).await
}

/// `response` if it is a success, else the problem in it.
async fn checked(url: &Url, response: Response) -> Result<Response, ClientError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let bytes = body(url, response, ANSWER_BYTES_MAX).await?;
    let problem = serde_json::from_slice::<Problem>(&bytes).map_err(|_json| not_a_problem(url, status, &bytes))?;
    Err(ClientError::Problem(Box::new(Problem { retry_after_secs: retry_after, ..problem })))
}

fn not_a_problem(url: &Url, status: StatusCode, bytes: &[u8]) -> ClientError {
    let start: String = String::from_utf8_lossy(bytes).chars().take(200).collect();
    ClientError::Answer { url: url.to_string(), what: format!("HTTP {status} without a problem in it: {start:?}") }
}

async fn json<T: DeserializeOwned>(url: &Url, response: Response) -> Result<T, ClientError> {
    json_of(url, response, ANSWER_BYTES_MAX).await
}

/// The JSON value in `response`, which has at most `bytes_max`.
async fn json_of<T: DeserializeOwned>(url: &Url, response: Response, bytes_max: usize) -> Result<T, ClientError> {
    let bytes = body(url, response, bytes_max).await?;
    serde_json::from_slice(&bytes)
        .map_err(|error| ClientError::Answer { url: url.to_string(), what: error.to_string() })
}

async fn body(url: &Url, mut response: Response, bytes_max: usize) -> Result<Vec<u8>, ClientError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| from_reqwest(url, &error, ANSWER_TIMEOUT))? {
        if bytes.len().saturating_add(chunk.len()) > bytes_max {
            let what = format!("it is longer than {bytes_max} bytes");
            return Err(ClientError::Answer { url: url.to_string(), what });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn from_reqwest(url: &Url, error: &reqwest::Error, timeout: Duration) -> ClientError {
    if error.is_timeout() && !error.is_connect() {
        return late(url, timeout);
    }
    // The innermost cause says it best: "connection refused".
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let mut cause = cause.to_string();
    if cause.contains("UnknownIssuer") {
        cause.push_str(" (name its authority with --ca FILE)");
    }
    ClientError::Unreachable { url: url.to_string(), cause }
}

fn late(url: &Url, timeout: Duration) -> ClientError {
    ClientError::Timeout { url: url.to_string(), after_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX) }
}
