//! The engine on real sockets and disks.

use crate::{
    LedgerOn,
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
use commonware_utils::{NZU32, NZUsize, ordered::Map};
use epione_types::{PublicKey, SigningKey, domain};
use futures::future::BoxFuture;
use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf, time::Duration};

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
    /// The engine's part; `vote_key` and `peer_key` are set from `key`.
    pub engine: EngineConfig,
    /// This node's key: it votes with it if it is in the committee, and shows it to its peers.
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

/// The engine's configuration without the keys.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The genesis of the chain.
    pub genesis: epione_types::Genesis,
    /// The modules, in order of execution.
    pub modules: epione_exec::Modules,
    /// Reads the consortium's parameters from the state.
    pub read_rules: crate::ReadRules,
    /// The validators.
    pub committee: epione_types::Committee,
    /// How much the mempool holds.
    pub mempool: crate::MempoolLimits,
    /// Timing and memory.
    pub tuning: engine::Tuning,
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

/// Starts the ledger and runs `node` with it; returns when `node` does. The ledger's tasks end then.
///
/// # Errors
/// [`RunError`].
pub fn run(config: Config, node: Box<dyn FnOnce(Ledger) -> BoxFuture<'static, ()> + Send>) -> Result<(), RunError> {
    let runner = runtime::Config::new()
        .with_storage_directory(config.directory.clone())
        .with_worker_threads(config.worker_threads.get());
    runtime::Runner::new(runner).start(|context| async move {
        let started = Box::pin(start(&context, config)).await?;
        let Some(engine) = started.engine else {
            node(started.ledger).await;
            return Ok(());
        };
        // A consensus engine that ends on its own has failed; the process must not seem alive.
        tokio::select! {
            () = node(started.ledger) => Ok(()),
            ended = engine => epione_kernel::broken(&format!("the consensus engine ended: {ended:?}")),
        }
    })
}

async fn start(context: &runtime::Context, config: Config) -> Result<Started<runtime::Context>, RunError> {
    let private = private_key(&config.key);
    let bytes_max = engine::message_bytes_max(config.engine.committee.keys.len());
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
    let peers_max = NonZeroUsize::new(config.peers.len() + 1).unwrap_or(NZUsize!(1));
    let mut network = lookup::Config::local(handshake, &namespace, config.listen, peers_max, bytes_max, NZUsize!(1024));
    network.allow_private_ips = config.allow_private_addresses;
    let (mut network, mut oracle) = Lookup::new(context.child("network"), network);
    oracle.track(0, addresses(&config.peers)?);
    let quota = Quota::per_second(NZU32!(4096));
    let channels = (0..engine::CHANNELS).map(|channel| network.register(channel, quota)).collect();
    network.start();

    let in_committee = config.engine.committee.keys.contains(&config.key.public());
    let engine_config = engine::Config {
        genesis: config.engine.genesis,
        modules: config.engine.modules,
        read_rules: config.engine.read_rules,
        committee: config.engine.committee,
        peer_key: private.public_key(),
        vote_key: in_committee.then_some(private),
        mempool: config.engine.mempool,
        tuning: config.engine.tuning,
    };
    let network = Network { peers: oracle.clone(), blocker: oracle, channels };
    let started = engine::start(context.child("node"), "ledger", engine_config, network, |reporter| reporter).await?;
    Ok(started)
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
