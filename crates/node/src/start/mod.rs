//! `epione node`: from the configuration to a running node.

mod files;

mod stop;

use crate::{
    command::NodeOptions,
    config::{Config, Log, LogFormat, TlsPaths},
    genesis::{self, Checked, GenesisFile},
    run::{self, ExchangeSettings, LinkSettings, Settings},
    upgrades,
};
use anyhow::{Context as _, Result, anyhow, ensure};
use epione_cli::{
    keys::{KeyFile, KeyInfo, Purpose},
    signer::Signer as _,
};
use epione_consensus::{EngineConfig, MempoolLimits, Peer, Rules, engine::Tuning};
use epione_kernel::{Missing, View};
use epione_modules::{ALL, network};
use epione_types::{OrgId, PublicKey, SignerId, SigningKey};
use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    path::Path,
};

/// Most connections of other organizations.
const LINKS_MAX: usize = 1_024;

/// Runs a node until it is told to stop.
///
/// # Errors
/// If configuration, genesis or key cannot be used, or the node fails.
pub(crate) fn node(options: &NodeOptions) -> Result<()> {
    let config = Config::load(&options.config)?;
    log(&config.log)?;
    let settings = settings(&config)?;
    tracing::info!(
        node = settings.name,
        chain = %settings.engine.genesis.chain(),
        version = env!("CARGO_PKG_VERSION"),
        consensus = %settings.consensus_listen,
        http = %settings.http_listen,
        "starting",
    );
    run::run(settings, stop::requested(options.stdin))?;
    tracing::info!("stopped");
    Ok(())
}

/// Sends the log to the standard error.
fn log(config: &Log) -> Result<()> {
    let filter: tracing_subscriber::EnvFilter = config.level.parse()?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let done = match config.format {
        LogFormat::Text => log.with_ansi(false).try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    done.map_err(|error| anyhow!("the log cannot be started: {error}"))
}

/// Configuration, genesis and key, read and checked against each other.
pub(crate) fn settings(config: &Config) -> Result<Settings> {
    let checked = GenesisFile::load(ALL, &config.genesis)?;
    let file = KeyFile::read(&config.keys.vote, &config.keys.passphrase()).context("`keys.vote`")?;
    ensure!(file.purpose == Purpose::Vote, "`keys.vote` is a {} key: name the vote key", file.purpose);
    let chain = checked.file.chain;
    ensure!(file.chain.is_none_or(|of| of == chain), "`keys.vote` is a key for another chain than {chain}");
    let limits = files::leave_enough(epione_gateway::Limits::local());
    // Members are few, and each keeps some connections: clients have more.
    let exchange = exchange(config, &checked, &file.info())?;
    let links = links(config, &checked, &file.info(), (limits.connections_max / 4).min(LINKS_MAX))?;
    Ok(Settings {
        name: config.name.to_string(),
        data: config.data_dir.clone(),
        peers: peers(config, &checked)?,
        configured_peers: configured(config),
        engine: engine(config, checked)?,
        key: file.key,
        consensus_listen: config.consensus.listen,
        allow_private_addresses: config.consensus.allow_private_addresses,
        http_listen: config.http.listen,
        http_tls: config.http.tls.as_ref().map(TlsPaths::files),
        links,
        exchange,
        worker_threads: config.worker_threads,
        limits,
    })
}

/// The links to other organizations, if the configuration has any.
fn links(config: &Config, checked: &Checked, file: &KeyInfo, connections_max: usize) -> Result<Option<LinkSettings>> {
    let Some(listen) = config.peer.listen else { return Ok(None) };
    let org = organization(checked, file)?.ok_or_else(|| {
        anyhow!("`peer.listen`: the key file `keys.vote` does not name the organization of this node as its `signer`")
    })?;
    let certificates = config.peer.certificates.clone();
    Ok(Some(LinkSettings { listen, org, certificates, connections_max }))
}

/// What the exchange of records needs, if the configuration has it.
fn exchange(config: &Config, checked: &Checked, file: &KeyInfo) -> Result<Option<ExchangeSettings>> {
    let Some(service) = &config.exchange.service else { return Ok(None) };
    let org = organization(checked, file)?.ok_or_else(|| {
        anyhow!(
            "`exchange.service`: the key file `keys.vote` does not name the organization of this node as its `signer`"
        )
    })?;
    let key = |path: &Path, purpose: Purpose, name: &str| -> Result<SigningKey> {
        let file = KeyFile::read(path, &config.exchange.passphrase()).with_context(|| format!("`{name}`"))?;
        ensure!(file.purpose == purpose, "`{name}` is a {} key: name the {purpose} key", file.purpose);
        let chain = checked.file.chain;
        ensure!(file.chain.is_none_or(|of| of == chain), "`{name}` is a key for another chain than {chain}");
        Ok(file.key)
    };
    Ok(Some(ExchangeSettings {
        org,
        service: key(service, Purpose::Identity, "exchange.service")?,
        receipt: key(&config.exchange.receipt, Purpose::Receipt, "exchange.receipt")?,
        storage: config.exchange.storage.clone(),
        kem: config.exchange.kem.clone(),
        decided: epione_exchange::Settings {
            committee: config.exchange.committee.clone(),
            holders: config.exchange.holders,
            vaults: config.exchange.vaults.clone(),
            keep_copies: config.exchange.keep_copies,
        },
    }))
}

/// The organization of the node with this vote key: as its file says, else as the genesis does.
///
/// # Errors
/// If the member with this key in the genesis has no root key.
pub(crate) fn organization(checked: &Checked, file: &KeyInfo) -> Result<Option<OrgId>> {
    match file.signer {
        Some(SignerId::Organization(org)) => Ok(Some(org)),
        Some(SignerId::Identity(_)) => Ok(None),
        None => genesis::owner(checked, &file.public),
    }
}

/// The chain, and how the configuration has it run.
pub(crate) fn engine(config: &Config, checked: Checked) -> Result<EngineConfig> {
    Ok(EngineConfig {
        founders: genesis::committee(&checked)?,
        eras: upgrades::load(&config.data_dir, &checked.genesis)?,
        genesis: checked.genesis,
        modules: ALL,
        read_rules,
        read_tenures: |view, last| network::tenures_until(&view, last),
        mempool: MempoolLimits {
            txs: config.mempool.txs.get(),
            bytes: config.mempool.bytes.get(),
            txs_per_org: config.mempool.txs_per_organization.get(),
            bytes_per_org: config.mempool.bytes_per_organization.get(),
        },
        tuning: Tuning { cache_pages: config.cache_pages(), ..Tuning::standard() },
    })
}

/// What of the consortium's parameters consensus obeys.
fn read_rules(view: View<'_>, height: u64) -> Result<Rules, Missing> {
    let parameters = network::parameters(&view, height)?;
    let (block_time_ahead_ms, heartbeat_ms) = (parameters.block_time_ahead_ms, parameters.heartbeat_ms);
    let halt_at = network::halt(&view)?.map(|halt| halt.height);
    let committee = network::committee(&view)?;
    let committee_changes = network::next_committee(&view)? != committee;
    Ok(Rules { block_time_ahead_ms, heartbeat_ms, halt_at, committee, committee_changes })
}

/// The nodes of the members: at the addresses of the genesis unless the configuration names others.
fn peers(config: &Config, checked: &Checked) -> Result<Vec<Peer>> {
    let mut peers = Vec::new();
    for (key, published) in genesis::nodes(checked)? {
        let configured = config.consensus.peers.iter().find(|peer| peer.key == key);
        let address = match configured {
            Some(peer) => peer.address,
            None => resolved(&published).with_context(|| format!("the node with key {key}"))?,
        };
        peers.push(Peer { key, address });
    }
    let is_known = |key: &PublicKey| peers.iter().any(|peer| peer.key == *key);
    let extra: Vec<Peer> = configured(config).into_iter().filter(|peer| !is_known(&peer.key)).collect();
    peers.extend(extra);
    Ok(peers)
}

/// The peers that the configuration names.
fn configured(config: &Config) -> Vec<Peer> {
    config.consensus.peers.iter().map(|peer| Peer { key: peer.key, address: peer.address }).collect()
}

fn resolved(published: &str) -> Result<SocketAddr> {
    let found = published.to_socket_addrs().with_context(|| {
        format!("`{published}` cannot be resolved; name its IP address under `consensus.peers` in the configuration")
    })?;
    found.into_iter().next().ok_or_else(|| anyhow!("`{published}` has no IP address"))
}
