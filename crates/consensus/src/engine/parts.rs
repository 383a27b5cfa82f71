//! How the parts of the engine are set up that only fetch, keep and spread.

use crate::{
    EngineBlock, Eras,
    engine::{
        EngineConfig, FETCH_AGAIN, FETCH_TIMEOUT, MAILBOX, SYNC_BATCH, committees::Committees, config::Config,
        epochs_of,
    },
};
use commonware_broadcast::buffered;
use commonware_consensus::{
    marshal::{self, resolver::p2p as marshal_resolver},
    simplex::scheme::ed25519::Scheme,
    types::{FixedEpocher, ViewDelta},
};
use commonware_cryptography::{Digested, ed25519, sha256::Digest};
use commonware_glue::stateful::db::p2p as state_resolver;
use commonware_p2p::{Blocker, Provider};
use commonware_parallel::Sequential;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_utils::{NZDuration, NZU64, NZUsize};

/// How blocks are asked of peers.
pub(super) fn requests_config<P, B>(
    config: &Config,
    peers: P,
    blocker: B,
) -> marshal_resolver::Config<ed25519::PublicKey, P, B>
where
    P: Provider<PublicKey = ed25519::PublicKey>,
    B: Blocker<PublicKey = ed25519::PublicKey>,
{
    marshal_resolver::Config {
        public_key: config.peer_key.clone(),
        peer_provider: peers,
        blocker,
        mailbox_size: MAILBOX,
        fetch_timeout: NZDuration!(FETCH_TIMEOUT),
        fetch_retry_delay: FETCH_AGAIN,
        priority_requests: false,
        priority_responses: false,
    }
}

/// How blocks are spread.
pub(super) fn broadcast_config<P>(
    config: &Config,
    peers: P,
) -> buffered::Config<ed25519::PublicKey, Eras, P, Sequential>
where
    P: Provider<PublicKey = ed25519::PublicKey>,
{
    buffered::Config {
        public_key: config.peer_key.clone(),
        mailbox_size: MAILBOX,
        deque_size: 10,
        priority: true,
        codec_config: config.engine.eras.clone(),
        peer_provider: peers,
        strategy: Sequential,
    }
}

/// How state is asked of peers and served to them.
pub(super) fn state_config<P, B, D>(
    config: &Config,
    peers: P,
    blocker: B,
) -> state_resolver::Config<ed25519::PublicKey, P, B, D>
where
    P: Provider<PublicKey = ed25519::PublicKey>,
    B: Blocker<PublicKey = ed25519::PublicKey>,
{
    state_resolver::Config {
        peer_provider: peers,
        blocker,
        database: None,
        mailbox_size: NZUsize!(128),
        me: Some(config.peer_key.clone()),
        fetch_timeout: NZDuration!(FETCH_TIMEOUT),
        fetch_retry_delay: FETCH_AGAIN,
        max_serve_ops: SYNC_BATCH,
        priority_requests: false,
        priority_responses: false,
    }
}

/// How final blocks are kept and delivered.
pub(super) fn marshal_config(
    (partition, engine): (&str, &EngineConfig),
    committees: Committees,
    start: marshal::Start<Scheme, Digest, Digested<EngineBlock>>,
    cache: &CacheRef,
) -> marshal::Config<Committees, FixedEpocher, Sequential, EngineBlock, Digested<EngineBlock>> {
    let tuning = &engine.tuning;
    marshal::Config {
        provider: committees,
        epocher: epochs_of(engine),
        start,
        partition_prefix: partition.to_owned(),
        mailbox_size: MAILBOX,
        view_retention: ViewDelta::new(256),
        prunable_items_per_section: NZU64!(4096),
        page_cache: cache.clone(),
        replay_buffer: tuning.write_buffer,
        key_write_buffer: tuning.write_buffer,
        value_write_buffer: tuning.write_buffer,
        block_codec_config: engine.eras.clone(),
        max_repair: NZUsize!(20),
        max_pending_acks: NZUsize!(16),
        strategy: Sequential,
    }
}
