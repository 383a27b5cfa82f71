//! A running node: wires consensus, rows and HTTP together. No logic of its own.

mod adapter;

mod fate;

mod halt;

mod data;

mod peers;

mod proofs;

mod roster;

mod rows;

mod links;

mod exchange;

mod reload;

mod vitals;

pub(crate) use data::hold;
pub(crate) use exchange::Settings as ExchangeSettings;
pub(crate) use links::Settings as LinkSettings;
use reload::watch_files;

use crate::upgrades;
use adapter::NodeLedger;
use anyhow::Context as _;
use epione_consensus::{EngineConfig, Ledger, Peer, PeerBook};
use epione_exec::{SYSTEM_REJECTS, SystemReject};
use epione_kernel::RejectDoc;
use epione_peer::{Connections, Files, Identity, Replaceable, Security, ServerTls};
use epione_projection::Projection;
use epione_types::SigningKey;
use futures::future::{BoxFuture, FutureExt as _};
use links::Links;
use roster::Roster;
use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf, sync::Arc};
use tokio::sync::watch;
use vitals::Watched;

/// What a node runs with, after configuration, genesis and keys were read and checked.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Name of this node, for its status page.
    pub(crate) name: String,
    /// Directory of all its files.
    pub(crate) data: PathBuf,
    /// The chain, and how this node runs it.
    pub(crate) engine: EngineConfig,
    /// The nodes of the genesis, and those that the configuration names; this one may be among them.
    pub(crate) peers: Vec<Peer>,
    /// Those that the configuration names: its addresses come before those on the ledger.
    pub(crate) configured_peers: Vec<Peer>,
    /// This node's key on the network between nodes; its vote key if it is a validator.
    pub(crate) key: SigningKey,
    /// Where this node listens for its peers.
    pub(crate) consensus_listen: SocketAddr,
    /// Whether peers may have private and loopback addresses.
    pub(crate) allow_private_addresses: bool,
    /// Where this node serves HTTP; a loopback address unless there is a certificate.
    pub(crate) http_listen: SocketAddr,
    /// The certificate under which it does.
    pub(crate) http_tls: Option<Files>,
    /// The links to other organizations.
    pub(crate) links: Option<LinkSettings>,
    /// The exchange of records over these links.
    pub(crate) exchange: Option<ExchangeSettings>,
    /// Threads of the runtime.
    pub(crate) worker_threads: NonZeroUsize,
    /// What an HTTP client may ask for.
    pub(crate) limits: epione_gateway::Limits,
}

/// Runs the node until `stop` resolves. Blocks the calling thread, which must not belong to a runtime.
///
/// # Errors
/// If a file cannot be opened, an address is taken, or the engine cannot start.
pub(crate) fn run(mut settings: Settings, stop: BoxFuture<'static, ()>) -> anyhow::Result<()> {
    let _held = hold(&settings.data, settings.engine.genesis.chain())?;
    upgrades::go_over(&settings.data, &mut settings.engine)?;
    let projection = Projection::open(&settings.data.join("rows.sqlite"), settings.engine.modules)?;
    let config = epione_consensus::Config {
        directory: settings.data.join("ledger"),
        engine: settings.engine.clone(),
        key: settings.key.clone(),
        listen: settings.consensus_listen,
        peers: settings.peers.clone(),
        allow_private_addresses: settings.allow_private_addresses,
        worker_threads: settings.worker_threads,
    };
    // Taken before anything else starts, so that a taken port is told at once.
    let listener = std::net::TcpListener::bind(settings.http_listen)
        .map_err(|error| anyhow::anyhow!("cannot serve HTTP on {}: {error}", settings.http_listen))?;
    listener.set_nonblocking(true)?;
    if !settings.http_listen.ip().is_loopback() {
        tracing::warn!(
            listen = %settings.http_listen,
            "HTTP clients are not authenticated: whoever reaches this address reads all that this node knows; let a firewall or \
             a proxy decide who does"
        );
    }
    let certificate = settings.http_tls.as_ref().map(Identity::load).transpose().context("`http.tls`")?;
    let outside = Outside {
        http: listener,
        certificate: certificate.map(|identity| Arc::new(Replaceable::new(identity))),
        links: settings.links.clone().map(Links::new).transpose()?,
    };
    // The engine listens itself, and would not say where it cannot.
    std::net::TcpListener::bind(settings.consensus_listen)
        .map(drop)
        .map_err(|error| anyhow::anyhow!("cannot listen for peers on {}: {error}", settings.consensus_listen))?;
    let (told, ended) = std::sync::mpsc::channel();
    let node = move |ledger, book| {
        async move {
            let result = serve(settings, (ledger, book), projection, outside, stop).await;
            // The receiver waits for this message.
            drop(told.send(result));
        }
        .boxed()
    };
    epione_consensus::run(config, Box::new(node))?;
    ended.recv().unwrap_or_else(|_gone| Err(anyhow::anyhow!("the node ended without a result")))
}

/// What others reach, made ready before anything else starts.
struct Outside {
    http: std::net::TcpListener,
    /// The certificate for clients.
    certificate: Option<Arc<Replaceable>>,
    links: Option<Links>,
}

/// Serves HTTP and turns events into rows until `stop` resolves or a part of the node fails.
async fn serve(
    settings: Settings,
    (ledger, mut book): (Ledger, PeerBook),
    projection: Projection,
    outside: Outside,
    stop: BoxFuture<'static, ()>,
) -> anyhow::Result<()> {
    let Outside { http, certificate, links } = outside;
    let listener = tokio::net::TcpListener::from_std(http)?;
    let (applied, applied_seen) = watch::channel(projection.applied());
    let (known, known_seen) = watch::channel(0);
    let (halted, halted_seen) = watch::channel(None);
    let track = Box::new(move |peers: &[Peer]| Ok(book.track(peers)?));
    let roster = Roster::new(track, settings.key.public(), (settings.peers, settings.configured_peers), known);
    let watched = Watched {
        ledger: ledger.clone(),
        data: settings.data.clone(),
        clients: certificate.clone(),
        links: links.as_ref().map(Links::in_force),
    };
    let port = NodeLedger {
        watched,
        name: settings.name,
        peers_known: known_seen,
        receipts: epione_consensus::receipts(ledger.clone(), settings.engine.read_tenures),
        ledger: ledger.clone(),
        reader: projection.reader(),
        applied: applied_seen,
        halted: halted_seen,
    };
    let config = epione_gateway::Config { limits: settings.limits, system_rejects: system_rejects() };
    let router = epione_gateway::router(Arc::new(port), settings.engine.modules, config)?;
    let exchange = match (settings.exchange, &links) {
        (Some(exchange), Some(links)) => {
            Some(exchange::open(exchange, &settings.data, &ledger, links.client(ledger.chain()))?)
        }
        _ => None,
    };
    let (end, ends) = watch::channel(());
    let router = match &exchange {
        Some(exchange) => router.merge(epione_gateway::exchange_router((**exchange).clone())),
        None => router,
    };
    let security = match &certificate {
        None => Security::Loopback,
        Some(certificate) => Security::Tls(ServerTls::for_clients(Arc::clone(certificate))),
    };
    let connections = Connections::standard(settings.limits.connections_max);
    let http = epione_peer::serve(listener, router, security, connections, dropped(ends.clone()));
    let links = async {
        match links {
            None => std::future::pending().await,
            Some(links) => links.serve(ledger.clone(), exchange.clone(), dropped(ends)).await,
        }
    };
    let opened = ledger.clone();
    tokio::select! {
        result = http => result?,
        result = links => result?,
        () = renewed(settings.http_tls, certificate) => {}
        () = exchange::keep(exchange.clone(), ledger.clone()) => {}
        result = rows::keep(ledger.clone(), projection, applied) => result?,
        result = roster.keep(ledger.clone()) => result?,
        result = halt::keep(ledger.clone(), &settings.data, &halted) => result?,
        result = async { opened.open().await?; std::future::pending::<anyhow::Result<()>>().await } => result?,
        () = stop => drop(end),
    }
    Ok(())
}

/// Resolves when the other end is dropped.
async fn dropped(mut ends: watch::Receiver<()>) {
    while ends.changed().await.is_ok() {}
}

/// Shows clients the certificate as it stands in its files. Never ends.
async fn renewed(files: Option<Files>, certificate: Option<Arc<Replaceable>>) {
    let (Some(files), Some(certificate)) = (files, certificate) else { return std::future::pending().await };
    let paths = vec![files.certificate.clone(), files.key.clone()];
    let replace = |identity: Identity| {
        tracing::info!(key = %identity.key(), "the certificate for clients was read again");
        certificate.replace(identity);
    };
    watch_files(paths, || Identity::load(&files), replace).await;
}

/// Why the ledger itself refuses a call, as the gateway shows it.
fn system_rejects() -> Vec<RejectDoc> {
    let doc = |(reject, name, text): &(SystemReject, &'static str, &'static str)| {
        let code = reject.code();
        RejectDoc { code, number: u16::try_from(code).unwrap_or(u16::MAX), name, text }
    };
    SYSTEM_REJECTS.iter().map(doc).collect()
}
