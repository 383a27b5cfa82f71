//! A running node: wires consensus, rows and HTTP together. No logic of its own.

mod adapter;

mod fate;

mod data;

mod peers;

mod proofs;

mod rows;

pub(crate) use data::{Vote, hold};

use crate::seat::Seat;
use adapter::NodeLedger;
use epione_consensus::{EngineConfig, Ledger, Peer};
use epione_exec::{SYSTEM_REJECTS, SystemReject};
use epione_kernel::RejectDoc;
use epione_modules::network;
use epione_projection::Projection;
use epione_types::SigningKey;
use futures::future::{BoxFuture, FutureExt as _};
use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf, sync::Arc};
use tokio::sync::watch;

/// What a node runs with, after configuration, genesis and keys were read and checked.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Name of this node, for its status page.
    pub(crate) name: String,
    /// Directory of all its files.
    pub(crate) data: PathBuf,
    /// The chain, and how this node runs it.
    pub(crate) engine: EngineConfig,
    /// All nodes, this one may be among them.
    pub(crate) peers: Vec<Peer>,
    /// This node's key on the network between nodes; its vote key if it is a validator.
    pub(crate) key: SigningKey,
    /// What that key is in the committee.
    pub(crate) seat: Seat,
    /// Where this node listens for its peers.
    pub(crate) consensus_listen: SocketAddr,
    /// Whether peers may have private and loopback addresses.
    pub(crate) allow_private_addresses: bool,
    /// Where this node serves HTTP; a loopback address.
    pub(crate) http_listen: SocketAddr,
    /// Threads of the runtime.
    pub(crate) worker_threads: NonZeroUsize,
    /// What an HTTP client may ask for.
    pub(crate) limits: epione_gateway::Limits,
}

/// Runs the node until `stop` resolves. Blocks the calling thread, which must not belong to a runtime.
///
/// # Errors
/// If a file cannot be opened, an address is taken, or the engine cannot start.
pub(crate) fn run(settings: Settings, stop: BoxFuture<'static, ()>) -> anyhow::Result<()> {
    let key = settings.key.public();
    let vote = if settings.seat == Seat::Votes { Vote::Casts(key) } else { Vote::Follows(key) };
    let _held = hold(&settings.data, settings.engine.genesis.chain(), vote)?;
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
    // The engine listens itself, and would not say where it cannot.
    std::net::TcpListener::bind(settings.consensus_listen)
        .map(drop)
        .map_err(|error| anyhow::anyhow!("cannot listen for peers on {}: {error}", settings.consensus_listen))?;
    let (told, ended) = std::sync::mpsc::channel();
    let node = move |ledger| {
        async move {
            let result = serve(settings, ledger, projection, listener, stop).await;
            // The receiver waits for this message.
            drop(told.send(result));
        }
        .boxed()
    };
    epione_consensus::run(config, Box::new(node))?;
    ended.recv().unwrap_or_else(|_gone| Err(anyhow::anyhow!("the node ended without a result")))
}

/// Serves HTTP and turns events into rows until `stop` resolves or a part of the node fails.
async fn serve(
    settings: Settings,
    ledger: Ledger,
    projection: Projection,
    listener: std::net::TcpListener,
    stop: BoxFuture<'static, ()>,
) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let (applied, applied_seen) = watch::channel(projection.applied());
    let validator = settings.seat == Seat::Votes;
    let others = settings.peers.iter().filter(|peer| peer.key != settings.key.public()).count();
    let port = NodeLedger {
        name: settings.name,
        validator,
        peers_known: u64::try_from(others).unwrap_or(u64::MAX),
        receipts: epione_consensus::receipts(ledger.clone(), |view| network::tenures(&view)),
        ledger: ledger.clone(),
        reader: projection.reader(),
        applied: applied_seen,
    };
    let config = epione_gateway::Config { limits: settings.limits, system_rejects: system_rejects() };
    let router = epione_gateway::router(Arc::new(port), settings.engine.modules, config)?;
    let (end, ends) = watch::channel(());
    let http = epione_gateway::serve(listener, router, settings.limits.connections_max, async move {
        let mut ends = ends;
        // Ends when the sender is dropped.
        while ends.changed().await.is_ok() {}
    });
    let opened = ledger.clone();
    tokio::select! {
        result = http => result?,
        result = rows::keep(ledger, projection, applied) => result?,
        result = async { opened.open().await?; std::future::pending::<anyhow::Result<()>>().await } => result?,
        () = stop => drop(end),
    }
    Ok(())
}

/// Why the ledger itself refuses a call, as the gateway shows it.
fn system_rejects() -> Vec<RejectDoc> {
    let doc = |(reject, name, text): &(SystemReject, &'static str, &'static str)| {
        let code = reject.code();
        RejectDoc { code, number: u16::try_from(code).unwrap_or(u16::MAX), name, text }
    };
    SYSTEM_REJECTS.iter().map(doc).collect()
}
