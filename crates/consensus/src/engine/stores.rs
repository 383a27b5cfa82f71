//! What the engine keeps on disk, and the block that everything begins with.

use crate::{
    EngineBlock, Head, Rules, Voting,
    app::Shared,
    engine::{EngineConfig, Runtime, StartError, Tuning, committees::Committees},
    eras::state_partition,
    mempool::Mempool,
};
use commonware_consensus::simplex::{self, scheme::ed25519::Scheme};
use commonware_cryptography::{certificate::Verifier as _, ed25519, sha256::Digest};
use commonware_glue::stateful::db::DatabaseSet;
use commonware_parallel::Sequential;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::{
    archive::immutable, journal::contiguous::fixed::Config as FixedLogConfig, mmr::full::Config as MmrJournalConfig,
    qmdb::current::FixedConfig, translator::EightCap,
};
use commonware_utils::{NZU64, NZUsize};
use epione_store::{EventLog, LogConfig, States};
use epione_types::{Block, Hash, Header, OpsRange, UnixMs};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::sync::watch;

/// The block of height 0: it carries the chain's identifier and the empty state.
pub(crate) fn genesis_block<E: Runtime + commonware_storage::Context>(
    config: &EngineConfig,
) -> Result<EngineBlock, StartError> {
    let targets = <States<E> as DatabaseSet<E>>::initial_sync_targets();
    let proposer = config.founders.keys.first().copied().ok_or(StartError::Duplicate)?;
    let header = Header {
        version: Header::VERSION,
        state_format: config.genesis.state_format,
        chain: config.genesis.chain(),
        epoch: 0,
        view: 0,
        parent_view: 0,
        proposer,
        height: 0,
        time: config.genesis.time,
        parent: Hash::default(),
        committee_hash: config.founders.hash(),
        next_committee_hash: None,
        tx_root: Block::tx_root(&[]),
        event_root: Hash::sha256(&[]),
        event_size: 0,
        state_root: Hash::default(),
        ops_root: Hash(targets.root.0),
        ops_range: OpsRange { start: *targets.range.start(), end: *targets.range.end() },
    };
    let block = Block { header, txs: epione_types::List::default() };
    EngineBlock::new(block).map_err(|_proposer| StartError::Committee(proposer))
}

fn archive<C>(name: &str, cache: &CacheRef, tuning: &Tuning, codec: C) -> immutable::Config<C> {
    immutable::Config {
        metadata_partition: format!("{name}-metadata"),
        freezer_table_partition: format!("{name}-table"),
        freezer_table_initial_size: tuning.archive_buckets,
        freezer_table_resize_frequency: 4,
        freezer_table_resize_chunk_size: 16_384,
        freezer_key_partition: format!("{name}-keys"),
        freezer_key_page_cache: cache.clone(),
        freezer_value_partition: format!("{name}-values"),
        freezer_value_target_size: 1 << 30,
        freezer_value_compression: None,
        ordinal_partition: format!("{name}-ordinal"),
        items_per_section: NZU64!(1 << 16),
        codec_config: codec,
        replay_buffer: tuning.write_buffer,
        freezer_key_write_buffer: tuning.write_buffer,
        freezer_value_write_buffer: tuning.write_buffer,
        ordinal_write_buffer: tuning.write_buffer,
    }
}

/// Where and how the state is kept after so many passages into another format.
pub(crate) fn state_config(
    (partition, passages): (&str, usize),
    cache: &CacheRef,
    tuning: &Tuning,
) -> FixedConfig<EightCap, Sequential> {
    let name = state_partition(partition, passages);
    FixedConfig {
        merkle_config: MmrJournalConfig {
            // The journal keeps metadata of its own under its name with `-metadata`: the two must not meet.
            journal_partition: format!("{name}-mmr-journal"),
            metadata_partition: format!("{name}-mmr-metadata"),
            items_per_blob: NZU64!(1 << 18),
            write_buffer: tuning.write_buffer,
            replay_buffer: tuning.write_buffer,
            strategy: Sequential,
            page_cache: cache.clone(),
        },
        journal_config: FixedLogConfig {
            partition: format!("{name}-log"),
            items_per_blob: NZU64!(1 << 18),
            page_cache: cache.clone(),
            write_buffer: tuning.write_buffer,
            replay_buffer: tuning.write_buffer,
        },
        grafted_metadata_partition: format!("{name}-grafted"),
        translator: EightCap,
        init_cache: Some(NZUsize!(1 << 16)),
        init_buffer: tuning.write_buffer,
        init_concurrency: (),
    }
}

/// The store of certificates of final blocks.
pub(crate) type Finalizations<E> = immutable::Archive<E, Digest, simplex::types::Finalization<Scheme, Digest>>;
/// The store of final blocks.
pub(crate) type Blocks<E> = immutable::Archive<E, Digest, Arc<EngineBlock>>;

/// Opens the stores of finalizations and blocks.
pub(crate) async fn archives<E: Runtime + commonware_storage::Context>(
    context: &E,
    partition: &str,
    engine: &EngineConfig,
    cache: &CacheRef,
) -> Result<(Finalizations<E>, Blocks<E>), StartError> {
    let tuning = &engine.tuning;
    let failed = |error: commonware_storage::archive::Error| StartError::Blocks(error.to_string());
    let codec = Scheme::certificate_codec_config_unbounded();
    let config = archive(&format!("{partition}-finalizations"), cache, tuning, codec);
    let finalizations = immutable::Archive::init(context.child("finalizations"), config).await.map_err(failed)?;
    let config = archive(&format!("{partition}-blocks"), cache, tuning, engine.eras.clone());
    let blocks = immutable::Archive::init(context.child("blocks"), config).await.map_err(failed)?;
    Ok((finalizations, blocks))
}

/// Opens the event log.
pub(crate) async fn event_log<E: Runtime + commonware_storage::Context>(
    context: &E,
    partition: &str,
    cache: &CacheRef,
    tuning: &Tuning,
) -> Result<EventLog<E>, StartError> {
    let config = LogConfig {
        partition: format!("{partition}-events"),
        events_per_file: NZU64!(1 << 16),
        page_cache: cache.clone(),
        buffer: tuning.write_buffer,
    };
    Ok(EventLog::open(context.child("events"), config).await?)
}

pub(crate) async fn shared<E: Runtime + commonware_storage::Context>(
    context: &E,
    partition: &str,
    config: &EngineConfig,
    (genesis_block, vote_key): (EngineBlock, &Option<ed25519::PrivateKey>),
    cache: &CacheRef,
) -> Result<Shared<E>, StartError> {
    let log = event_log(context, partition, cache, &config.tuning).await?;
    let candidate_ms = u64::try_from((config.tuning.leader_timeout * 2).as_millis()).unwrap_or(u64::MAX);
    Ok(Shared {
        genesis: config.genesis.clone(),
        eras: config.eras.clone(),
        modules: config.modules,
        read_rules: config.read_rules,
        committees: Committees::new(genesis_block.header().chain, &config.founders, vote_key.clone())?,
        border: watch::Sender::new(None),
        voting: watch::Sender::new(Voting::Follows),
        founders: Arc::new(Rules::of_genesis(&config.founders)),
        genesis_block,
        pool: Arc::new(Mempool::new(config.mempool, candidate_ms)),
        outcomes: Mutex::new(HashMap::new()),
        log_size: watch::Sender::new(log.size()),
        log: tokio::sync::RwLock::new(Some(log)),
        head: watch::Sender::new(Head { block: None, next_due: None, seen_at: UnixMs(0) }),
        rules: Mutex::new(Arc::new(Rules::of_genesis(&config.founders))),
    })
}
