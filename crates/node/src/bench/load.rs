//! The load: transactions signed beforehand, posted over HTTP.

use crate::demo::Consortium;
use anyhow::{Context as _, Result, bail, ensure};
use epione_cli::{keys::KeyFile, secret::SecretSource};
use epione_kernel::Numbered as _;
use epione_modules::notary;
use epione_types::{
    Bytes, Call, ChainId, Hash, List, ModuleId, Nonce, SignerId, SigningKey, Tx, UnixMs, encode,
    limits::VALIDITY_MS_MAX,
};
use serde_json::Value;
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::{sync::Mutex, task::JoinSet};

/// Nonce lanes that each signer uses: so that its windows never fill.
const LANES: u16 = 64;
/// How long to wait when the mempool is full.
const BACK_OFF: Duration = Duration::from_millis(20);
const POLL: Duration = Duration::from_millis(5);

/// Makes signed transactions in the name of the organizations in turn.
pub(super) struct Signed {
    chain: ChainId,
    signers: Vec<(SignerId, SigningKey)>,
    made: u64,
}

impl Signed {
    pub(super) fn new(consortium: &Consortium) -> Result<Self> {
        let mut signers = Vec::new();
        for organization in consortium.organizations.iter().filter(|organization| organization.has_node) {
            let key = KeyFile::read(&organization.folder.join("keys/operations.key"), &SecretSource::none())?;
            signers.push((SignerId::Organization(organization.id), key.key));
        }
        Ok(Self { chain: consortium.chain, signers, made: 0 })
    }

    /// The canonical bytes of `count` transactions.
    pub(super) fn txs(&mut self, count: usize) -> Vec<Vec<u8>> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        let valid_until = UnixMs(now + VALIDITY_MS_MAX / 2);
        (0..count).map(|_| self.tx(valid_until)).collect()
    }

    fn tx(&mut self, valid_until: UnixMs) -> Vec<u8> {
        let signers = u64::try_from(self.signers.len()).unwrap_or(1);
        let (turn, round) = (self.made % signers, self.made / signers);
        let (signer, key) = &self.signers[usize::try_from(turn).unwrap_or(0)];
        let lane = u16::try_from(round % u64::from(LANES)).unwrap_or(0);
        let seq = round / u64::from(LANES) + 1;
        let commitment = Hash::sha256(&[b"bench", &self.made.to_le_bytes()]);
        self.made += 1;
        let call = notary::Call::Commit(notary::Commit { commitment, kind: notary::Kind::Dataset });
        let body = Bytes::new(call.body()).unwrap_or_default();
        let call = Call { module: ModuleId(3), call: call.number(), body };
        let tx = Tx {
            version: Tx::VERSION,
            chain: self.chain,
            signer: *signer,
            nonce: Nonce { lane, seq },
            salt: commitment.truncated(),
            valid_until,
            calls: List::new(vec![call]).unwrap_or_default(),
        };
        tx.sign(key).to_bytes()
    }
}

/// Clients of all nodes.
#[derive(Clone)]
pub(super) struct Load {
    client: reqwest::Client,
    urls: Arc<Vec<String>>,
}

impl Load {
    pub(super) fn new(urls: Vec<String>) -> Result<Self> {
        let client =
            reqwest::Client::builder().timeout(Duration::from_secs(60)).pool_max_idle_per_host(1024).build()?;
        Ok(Self { client, urls: Arc::new(urls) })
    }

    fn url(&self, node: usize) -> &str {
        &self.urls[node % self.urls.len()]
    }

    /// Posts one transaction and waits until it is final; how long that took.
    pub(super) async fn until_final(&self, node: usize, tx: Vec<u8>) -> Result<Duration> {
        let url = format!("{}/v1/tx?wait=final", self.url(node));
        let begun = Instant::now();
        let request = self.client.post(url).header("content-type", "application/octet-stream").body(tx);
        let answer = request.send().await?.text().await?;
        let elapsed = begun.elapsed();
        ensure!(answer.contains("\"final\""), "a transaction did not become final: {answer}");
        Ok(elapsed)
    }

    /// Posts all transactions, `batch` at a time over `connections`; those refused for lack of room again.
    pub(super) async fn post_all(&self, txs: Vec<Vec<u8>>, batch: usize, connections: usize) -> Result<()> {
        let batches: Vec<Vec<Vec<u8>>> = txs.chunks(batch).map(<[Vec<u8>]>::to_vec).collect();
        let queue = Arc::new(Mutex::new(batches.into_iter()));
        let mut posters = JoinSet::new();
        for node in 0..connections {
            let (load, queue) = (self.clone(), Arc::clone(&queue));
            posters.spawn(async move {
                loop {
                    let Some(batch) = queue.lock().await.next() else { return anyhow::Ok(()) };
                    load.post(node, batch).await?;
                }
            });
        }
        while let Some(ended) = posters.join_next().await {
            ended??;
        }
        Ok(())
    }

    async fn post(&self, node: usize, mut batch: Vec<Vec<u8>>) -> Result<()> {
        let url = format!("{}/v1/tx", self.url(node));
        while !batch.is_empty() {
            let mut body = encode(&u32::try_from(batch.len())?);
            batch.iter().for_each(|tx| body.extend_from_slice(tx));
            let request = self.client.post(&url).header("content-type", "application/vnd.epione.txs").body(body);
            let response = request.send().await?;
            let status = response.status();
            let text = response.text().await?;
            if status.as_u16() == 429 || status.as_u16() == 503 {
                tokio::time::sleep(BACK_OFF).await;
                continue;
            }
            ensure!(status.is_success(), "a POST was answered with {status}: {text}");
            if !text.contains("\"refused\"") {
                return Ok(());
            }
            batch = refused(&text, batch)?;
            tokio::time::sleep(BACK_OFF).await;
        }
        Ok(())
    }

    /// Posts the transactions one by one at a fixed pace, each to the next node; how long each took to be final.
    pub(super) async fn paced(&self, txs: Vec<Vec<u8>>, pace: Duration) -> Result<Vec<Duration>> {
        let mut ticks = tokio::time::interval(pace);
        let mut posts = JoinSet::new();
        for (node, tx) in txs.into_iter().enumerate() {
            ticks.tick().await;
            let load = self.clone();
            posts.spawn(async move { load.until_final(node, tx).await });
        }
        let mut latencies = Vec::new();
        while let Some(post) = posts.join_next().await {
            latencies.push(post??);
        }
        Ok(latencies)
    }

    /// Waits until no node has a transaction waiting.
    pub(super) async fn settled(&self, limit: Duration) -> Result<Duration> {
        self.until(limit, "all transactions to be final", |status| status["mempool_txs"] == 0).await
    }

    /// Waits until all final events are rows on every node.
    pub(super) async fn rows_caught_up(&self, limit: Duration) -> Result<Duration> {
        self.until(limit, "the rows to catch up", |status| status["projection_lag"] == 0).await
    }

    /// Height of the last final block of a node.
    pub(super) async fn height(&self, node: usize) -> Result<u64> {
        self.status(self.url(node)).await?["height"].as_u64().context("a status has no height")
    }

    /// Waits until a node stands at `height` at least, with all its rows.
    pub(super) async fn caught_up(&self, node: usize, height: u64, limit: Duration) -> Result<()> {
        let holds = |status: &Value| {
            status["height"].as_u64().is_some_and(|found| found >= height) && status["projection_lag"] == 0
        };
        self.until_at(self.url(node), (Instant::now(), limit), "the node to catch up", &holds).await
    }

    /// Whether a node votes, or how else it stands.
    pub(super) async fn voting(&self, node: usize) -> Result<String> {
        let status = self.status(self.url(node)).await?;
        Ok(status["voting"].as_str().context("a status does not say whether the node votes")?.to_owned())
    }

    /// Waits until a node votes.
    pub(super) async fn votes(&self, node: usize, limit: Duration) -> Result<()> {
        self.until_at(self.url(node), (Instant::now(), limit), "the node to vote", &|status| {
            status["voting"] == "votes"
        })
        .await
    }

    async fn until(&self, limit: Duration, what: &str, holds: impl Fn(&Value) -> bool) -> Result<Duration> {
        let begun = Instant::now();
        for url in self.urls.iter() {
            self.until_at(url, (begun, limit), what, &holds).await?;
        }
        Ok(begun.elapsed())
    }

    async fn until_at(
        &self,
        url: &str,
        (begun, limit): (Instant, Duration),
        what: &str,
        holds: &impl Fn(&Value) -> bool,
    ) -> Result<()> {
        loop {
            let status = self.status(url).await?;
            if holds(&status) {
                return Ok(());
            }
            if begun.elapsed() > limit {
                bail!("waited {limit:?} for {what} at {url}: {status}");
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn status(&self, url: &str) -> Result<Value> {
        Ok(self.client.get(format!("{url}/v1/status")).send().await?.json().await?)
    }
}

/// The transactions of a batch that were refused for lack of room; any other refusal is an error.
fn refused(answer: &str, batch: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
    let answers: Vec<Value> = serde_json::from_str(answer).context("an answer to a batch")?;
    let mut again = Vec::new();
    for (tx, answer) in batch.into_iter().zip(answers) {
        if answer["status"] != "refused" {
            continue;
        }
        let kind = answer["problem"]["type"].as_str().unwrap_or_default();
        ensure!(kind.ends_with("-full"), "a transaction was refused: {answer}");
        again.push(tx);
    }
    Ok(again)
}
