//! Configuration: one commented `node.toml`; unknown keys are refused, secrets are named as files.

mod example;

#[cfg(test)]
mod tests;

pub(crate) use example::{EXAMPLE, filled};

use anyhow::{Context as _, Result, bail, ensure};
use epione_cli::secret::{SecretSource, Terminal};
use epione_types::{OrgId, PublicKey, Text};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    net::SocketAddr,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

const FILE_BYTES_MAX: u64 = 1024 * 1024;
const PAGE_CACHE_BYTES_MIN: usize = 1024 * 1024;

/// What stands in `node.toml`, checked, with absolute or process-relative paths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Name of the node.
    pub(crate) name: Text<64>,
    /// The genesis file.
    pub(crate) genesis: PathBuf,
    /// Directory of all files that the node writes.
    #[serde(default = "default::data_dir")]
    pub(crate) data_dir: PathBuf,
    /// Threads of the runtime.
    #[serde(default = "default::worker_threads")]
    pub(crate) worker_threads: NonZeroUsize,
    /// The key files.
    pub(crate) keys: KeyPaths,
    /// The network between nodes.
    pub(crate) consensus: Consensus,
    /// The HTTP interface.
    #[serde(default)]
    pub(crate) http: Http,
    /// The links to other organizations.
    #[serde(default)]
    pub(crate) peer: PeerLinks,
    /// The exchange of records.
    #[serde(default)]
    pub(crate) exchange: Exchange,
    /// The log.
    #[serde(default)]
    pub(crate) log: Log,
    /// The transactions that wait.
    #[serde(default)]
    pub(crate) mempool: Mempool,
    /// Memory.
    #[serde(default)]
    pub(crate) memory: Memory,
}

/// The key files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyPaths {
    /// The node's key among its peers; its vote key if it is a validator's.
    pub(crate) vote: PathBuf,
    /// The file with its passphrase; none if it has none, or gets it in another way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// The network between nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Consensus {
    /// Where this node listens for its peers.
    pub(crate) listen: SocketAddr,
    /// Whether peers may have private and loopback addresses.
    #[serde(default)]
    pub(crate) allow_private_addresses: bool,
    /// Peers that are reached elsewhere than `network` says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) peers: Vec<PeerAddress>,
}

/// Where a peer is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeerAddress {
    /// Its vote key.
    pub(crate) key: PublicKey,
    /// Its address.
    pub(crate) address: SocketAddr,
}

/// The HTTP interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Http {
    /// Where it is served; a loopback address unless there is a certificate.
    pub(crate) listen: SocketAddr,
    /// With what it is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls: Option<TlsPaths>,
}

/// A certificate with its chain, and its private key, both in PEM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsPaths {
    /// The certificate.
    pub(crate) certificate: PathBuf,
    /// The private key.
    pub(crate) key: PathBuf,
}

impl TlsPaths {
    /// The files as they are read.
    pub(crate) fn files(&self) -> epione_peer::Files {
        epione_peer::Files { certificate: self.certificate.clone(), key: self.key.clone() }
    }
}

/// The links to other organizations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PeerLinks {
    /// Where this node listens for the nodes of other organizations; none if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) listen: Option<SocketAddr>,
    /// Folder of the TLS certificates of the organization.
    pub(crate) certificates: PathBuf,
}

/// The exchange of records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Exchange {
    /// The key of the service identity in whose name the node acts on the ledger; none if it takes no part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<PathBuf>,
    /// The receipt key of the organization.
    pub(crate) receipt: PathBuf,
    /// The file with the passphrase of both; none if they have none, or get it in another way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// The key under which the node keeps at rest what others must not read.
    pub(crate) storage: PathBuf,
    /// Folder of the KEM keys of the organization.
    pub(crate) kem: PathBuf,
    /// Who holds the shares of the organization's units, by preference.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) committee: Vec<OrgId>,
    /// How many hold shares.
    pub(crate) holders: usize,
    /// The vaults beside its own, by preference.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) vaults: Vec<OrgId>,
    /// Whether what was opened is kept until its grant ends.
    pub(crate) keep_copies: bool,
}

/// The log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    /// What is logged, as directives of `tracing_subscriber::EnvFilter`.
    pub(crate) level: String,
    /// How it is logged.
    pub(crate) format: LogFormat,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object per line.
    Json,
}

/// The transactions that wait for a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Mempool {
    /// Most transactions.
    pub(crate) txs: NonZeroUsize,
    /// Most bytes.
    pub(crate) bytes: NonZeroUsize,
    /// Most transactions of one organization and its identities.
    pub(crate) txs_per_organization: NonZeroUsize,
    /// Most bytes of these.
    pub(crate) bytes_per_organization: NonZeroUsize,
}

/// Memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Memory {
    /// Pages of the ledger's files kept in memory, in bytes.
    pub(crate) page_cache_bytes: NonZeroUsize,
}

impl Config {
    /// Reads and checks the configuration in `path`.
    ///
    /// # Errors
    /// If the file cannot be read, or a key is missing, unknown or wrong: with the key.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let len = fs::metadata(path).with_context(|| format!("configuration {}", path.display()))?.len();
        ensure!(len <= FILE_BYTES_MAX, "configuration {}: {len} bytes are no configuration", path.display());
        let text = fs::read_to_string(path).with_context(|| format!("configuration {}", path.display()))?;
        let config = Self::parse(&text).with_context(|| format!("configuration {}", path.display()))?;
        Ok(config.at(path.parent().unwrap_or(Path::new(""))))
    }

    /// The checked configuration in `text`, its paths as they stand there.
    ///
    /// # Errors
    /// If a key is missing, unknown or wrong: with the key.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        let http = self.http.listen;
        if !http.ip().is_loopback() && self.http.tls.is_none() {
            bail!(
                "`http.listen` is {http}, but HTTP is not encrypted: name a certificate under `http.tls`, or use a loopback \
                 address such as 127.0.0.1:{}",
                http.port()
            );
        }
        for (key, address) in self.listens() {
            ensure!(address.port() != 0, "`{key}` has port 0: name the port that others are told");
        }
        if self.exchange.service.is_some() {
            ensure!(
                self.peer.listen.is_some(),
                "`exchange.service` is named, but records are exchanged over secure links: name `peer.listen`, too"
            );
            let holders = self.exchange.holders;
            ensure!((2..=7).contains(&holders), "`exchange.holders` is {holders}: at least 2, at most 7");
        }
        let cache = self.memory.page_cache_bytes.get();
        ensure!(cache >= PAGE_CACHE_BYTES_MIN, "`memory.page_cache_bytes` is {cache}: at least {PAGE_CACHE_BYTES_MIN}");
        self.log
            .level
            .parse::<tracing_subscriber::EnvFilter>()
            .with_context(|| format!("`log.level` is \"{}\": write for example \"info\"", self.log.level))?;
        let mut keys: Vec<PublicKey> = self.consensus.peers.iter().map(|peer| peer.key).collect();
        keys.sort_unstable();
        if let Some(twice) = keys.windows(2).find(|pair| pair.first() == pair.last()).and_then(<[PublicKey]>::first) {
            bail!("`consensus.peers` names the key {twice} twice");
        }
        Ok(())
    }

    /// Where the node listens, with the key of each address.
    pub(crate) fn listens(&self) -> Vec<(&'static str, SocketAddr)> {
        let always = [("http.listen", self.http.listen), ("consensus.listen", self.consensus.listen)];
        always.into_iter().chain(self.peer.listen.map(|address| ("peer.listen", address))).collect()
    }

    /// With paths that begin at `folder`.
    fn at(mut self, folder: &Path) -> Self {
        let tls = self.http.tls.as_mut().map(|tls| [&mut tls.certificate, &mut tls.key]);
        let own = [&mut self.genesis, &mut self.data_dir, &mut self.keys.vote, &mut self.peer.certificates];
        let exchange = &mut self.exchange;
        let of_exchange = [&mut exchange.receipt, &mut exchange.storage, &mut exchange.kem];
        let of_exchange = of_exchange.into_iter().chain(&mut exchange.service).chain(&mut exchange.passphrase_file);
        let passphrase = self.keys.passphrase_file.as_mut();
        for path in own.into_iter().chain(passphrase).chain(tls.into_iter().flatten()).chain(of_exchange) {
            *path = folder.join(&path);
        }
        self
    }

    /// Pages of 4 KiB that fit into the cache.
    pub(crate) fn cache_pages(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.memory.page_cache_bytes.get() / 4096).unwrap_or(NonZeroUsize::MIN)
    }
}

impl KeyPaths {
    /// Where the passphrase of the vote key comes from.
    pub(crate) fn passphrase(&self) -> SecretSource {
        SecretSource::new(self.passphrase_file.clone(), Terminal::Asked)
    }

    /// The same, asking nobody.
    pub(crate) fn silent_passphrase(&self) -> SecretSource {
        SecretSource::new(self.passphrase_file.clone(), Terminal::NotAsked)
    }
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 7400)), tls: None }
    }
}

impl Default for PeerLinks {
    fn default() -> Self {
        Self { listen: None, certificates: PathBuf::from("keys/tls") }
    }
}

impl Exchange {
    /// Where the passphrase of its keys comes from.
    pub(crate) fn passphrase(&self) -> SecretSource {
        SecretSource::new(self.passphrase_file.clone(), Terminal::Asked)
    }
}

impl Default for Exchange {
    fn default() -> Self {
        Self {
            service: None,
            receipt: PathBuf::from("keys/receipt.key"),
            passphrase_file: None,
            storage: PathBuf::from("keys/storage.key"),
            kem: PathBuf::from("keys/kem"),
            committee: Vec::new(),
            holders: 4,
            vaults: Vec::new(),
            keep_copies: true,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "warn,epione=info".to_owned(), format: LogFormat::Text }
    }
}

impl Default for Mempool {
    fn default() -> Self {
        let size = |size| NonZeroUsize::new(size).unwrap_or(NonZeroUsize::MIN);
        Self {
            txs: size(20_000),
            bytes: size(64 * 1024 * 1024),
            txs_per_organization: size(4_096),
            bytes_per_organization: size(16 * 1024 * 1024),
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self { page_cache_bytes: NonZeroUsize::new(32 * 1024 * 1024).unwrap_or(NonZeroUsize::MIN) }
    }
}

mod default {
    //! Defaults of the keys that stand in no section.
    use std::{num::NonZeroUsize, path::PathBuf};

    pub(super) fn data_dir() -> PathBuf {
        PathBuf::from("data")
    }

    pub(super) fn worker_threads() -> NonZeroUsize {
        NonZeroUsize::new(2).unwrap_or(NonZeroUsize::MIN)
    }
}
