//! The engine on real sockets and disks.

use crate::{
    LedgerOn,
    audit::PARTITION,
    block::engine_key,
    engine::{self, Network, StartError, Started},
};
use commonware_codec::DecodeExt as _;
use commonware_cryptography::{ChaCha20Poly1305, Signer as _, ed25519};
use commonware_p2p::{
    Address, AddressableManager as _,
    authenticated::lookup::{self, Network as Lookup},
};
use commonware_runtime::{Quota, Runner as _, Supervisor as _, tokio as runtime};
use commonware_stream::{
    cups::{self, Cups},
    sake::{self, Sake},
};
use commonware_utils::{IpAddrExt, NZU32, NZUsize, ordered::Map};
use epione_types::{PublicKey, SigningKey, domain};
use futures::future::BoxFuture;
use std::{
    net::{IpAddr, SocketAddr},
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

/// Messages of one channel to one peer, on average: more than eight a view at a hundred views a second.
const MESSAGES_PER_SECOND: NonZeroU32 = NZU32!(1024);
/// The same of the channel of transactions: a node sends at most one each four milliseconds, and some more under load.
const OFFERS_PER_SECOND: NonZeroU32 = NZU32!(320);
/// Messages of one channel to one peer at once. The network reserves memory for as many of every peer and channel.
const MESSAGES_BURST: NonZeroU32 = NZU32!(128);

/// Members that may enter before a node must be started again to talk to all of them: the network reserves memory for each.
const PEERS_TO_COME: usize = 32;
/// Editions of the list of peers whose members stay connected: the present one, and the one before.
const PEER_EDITIONS: NonZeroUsize = NZUsize!(2);

/// The ledger on a real node.
pub type Ledger = LedgerOn<runtime::Context>;

/// Another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its key on the network between nodes: the vote key.
    pub key: PublicKey,
    /// Where it listens.
    pub address: SocketAddr,
}

/// What a real node needs.
#[derive(Clone, Debug)]
pub struct Config {
    /// Directory of the ledger's files; only this process may use it.
    pub directory: PathBuf,
    /// The chain, and how this node runs it.
    pub engine: engine::EngineConfig,
    /// This node's key: it votes with it while it is in the committee, and shows it to its peers.
    pub key: SigningKey,
    /// Where this node listens for its peers.
    pub listen: SocketAddr,
    /// All nodes, this one may be among them.
    pub peers: Vec<Peer>,
    /// Whether peers may have private and loopback addresses.
    pub allow_private_addresses: bool,
    /// Threads of the runtime.
    pub worker_threads: NonZeroUsize,
}

/// Whether the network takes an address for one that is reached from everywhere. A peer at another one is used only if private
/// addresses are allowed.
#[must_use]
pub fn is_global(address: IpAddr) -> bool {
    IpAddrExt::is_global(&address)
}

/// The node cannot start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The engine cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A peer's key is not a point of the curve, or stands twice in the list.
    #[error("the list of peers has a wrong or repeated key")]
    Peers,
}

/// Who the peers are; they change as members come and go.
#[derive(Debug)]
pub struct PeerBook {
    oracle: lookup::Oracle<ed25519::PublicKey>,
    edition: u64,
    peers_max: usize,
}

impl PeerBook {
    /// From now on talks to just these, this node may be among them. Returns how many of them were left out because they are
    /// more than the node made room for at its start.
    ///
    /// # Errors
    /// [`RunError::Peers`].
    pub fn track(&mut self, peers: &[Peer]) -> Result<usize, RunError> {
        let kept = peers.get(..self.peers_max).unwrap_or(peers);
        let addresses = addresses(kept)?;
        self.edition = self.edition.saturating_add(1);
        self.oracle.track(self.edition, addresses);
        Ok(peers.len().saturating_sub(kept.len()))
    }
}

/// The rest of a node: it runs with the ledger, and with the book of its peers.
pub(crate) type Node = Box<dyn FnOnce(Ledger, PeerBook) -> BoxFuture<'static, ()> + Send>;

/// Starts the ledger and runs `node` with it; returns when `node` does. The ledger's tasks end then.
///
/// # Errors
/// [`RunError`].
pub fn run(config: Config, node: Node) -> Result<(), RunError> {
    let runner = runtime::Config::new()
        .with_storage_directory(config.directory.clone())
        .with_worker_threads(config.worker_threads.get());
    runtime::Runner::new(runner).start(|context| async move {
        let (started, book) = Box::pin(start(&context, config)).await?;
        // A consensus engine that ends on its own has failed; the process must not seem alive.
        tokio::select! {
            () = node(started.ledger, book) => Ok(()),
            ended = started.engine => epione_kernel::broken(&format!("the consensus engine ended: {ended:?}")),
        }
    })
}

async fn start(context: &runtime::Context, config: Config) -> Result<(Started<runtime::Context>, PeerBook), RunError> {
    let private = private_key(&config.key);
    let bytes_max = engine::message_bytes_max(&config.engine.eras);
    let handshake = Cups::<_, ChaCha20Poly1305>::new(
        Sake {
            signer: private.clone(),
            synchrony_bound: Duration::from_secs(5),
            max_handshake_age: Duration::from_secs(10),
            version: sake::Version::V1,
        },
        cups::Version::V1,
    );
    let namespace = [domain::PEERS, &config.engine.genesis.chain().0].concat();
    let peers_max = NonZeroUsize::new(config.peers.len() + PEERS_TO_COME).unwrap_or(NZUsize!(1));
    let mut network = lookup::Config::local(handshake, &namespace, config.listen, peers_max, bytes_max, NZUsize!(1024));
    network.allow_private_ips = config.allow_private_addresses;
    network.tracked_peer_sets = PEER_EDITIONS;
    let (mut network, mut oracle) = Lookup::new(context.child("network"), network);
    oracle.track(0, addresses(&config.peers)?);
    let quota = |channel| {
        let rate = if channel == engine::TRANSACTIONS { OFFERS_PER_SECOND } else { MESSAGES_PER_SECOND };
        Quota::per_second(rate).allow_burst(MESSAGES_BURST)
    };
    let channels = (0..engine::CHANNELS).map(|channel| network.register(channel, quota(channel))).collect();
    network.start();

    let engine_config = engine::Config {
        engine: config.engine,
        peer_key: private.public_key(),
        vote_key: Some(private),
        trusts_log: false,
    };
    let book = PeerBook { oracle: oracle.clone(), edition: 0, peers_max: peers_max.get() };
    let network = Network { peers: oracle.clone(), blocker: oracle, channels };
    let started = engine::start(context.child("node"), PARTITION, engine_config, network, |reporter| reporter).await?;
    Ok((started, book))
}

/// A key of ours as the engine's.
fn private_key(key: &SigningKey) -> ed25519::PrivateKey {
    // Any 32 bytes are a seed (RFC 8032 §5.1.5).
    ed25519::PrivateKey::decode(bytes::Bytes::copy_from_slice(&key.seed()))
        .unwrap_or_else(|_error| epione_kernel::broken("a seed of 32 bytes is a private key"))
}

fn addresses(peers: &[Peer]) -> Result<Map<ed25519::PublicKey, Address>, RunError> {
    let mut addresses = Vec::with_capacity(peers.len());
    for peer in peers {
        addresses.push((engine_key(&peer.key).ok_or(RunError::Peers)?, Address::from(peer.address)));
    }
    addresses.try_into().map_err(|_duplicate| RunError::Peers)
}
