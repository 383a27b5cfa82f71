//! A chain that passed into another format of its state twice: audited, and made again from its blocks.

use super::audit::{TXS, certificate, config, context, member, tx};
use crate::{
    EngineBlock, Era, Eras,
    admission::Source,
    app::{Empty, Ran},
    audit::{Audit, AuditError, Audited, PARTITION, audit},
    engine::{EngineConfig, PAGE_BYTES, stores},
    passage::{fill, pass_again},
};
use commonware_cryptography::Digestible as _;
use commonware_glue::stateful::db::DatabaseSet as _;
use commonware_runtime::{Runner as _, Supervisor as _, buffer::paged::CacheRef, tokio as runtime};
use commonware_storage::archive::Archive as _;
use epione_exec::check_tx;
use epione_modules::ALL;
use epione_store::{Logged, StateError, States, read_rows};
use epione_types::{Hash, RowsRoot, UnixMs, Upgrade};
use std::{path::Path, sync::Arc};

/// Blocks of each of the three eras.
const BLOCKS: u64 = 5;

/// The blocks of an era on the state of its format.
async fn blocks(
    runner: &runtime::Context,
    config: &EngineConfig,
    states: &States<runtime::Context>,
    parent: &mut EngineBlock,
) -> Vec<(EngineBlock, Arc<Ran>)> {
    let cache = CacheRef::new(PAGE_BYTES, config.tuning.cache_pages);
    let genesis = stores::genesis_block::<runtime::Context>(config).unwrap();
    let shared = stores::shared(runner, "proposer", config, (genesis, &None), &cache).await.unwrap();
    let mut made = Vec::new();
    for _ in 0..BLOCKS {
        let height = parent.header().height + 1;
        for number in (height - 1) * TXS..height * TXS {
            let tx = check_tx(ALL, &config.genesis.chain(), tx(config, number)).unwrap();
            shared.pool.insert(Arc::new(tx), member(1).id(), Source::Peer, UnixMs(0)).unwrap();
        }
        let now = UnixMs(config.genesis.time.0 + height * 1_000);
        let batch = states.new_batches().await;
        let proposed = shared.propose(now, (&context(parent), parent), batch, Empty::Decline).await.unwrap();
        let (block, merkleized) = proposed.expect("there are transactions");
        states.apply(merkleized).await;
        made.push((block.clone(), shared.forget(&block.digest()).unwrap()));
        *parent = block;
    }
    assert!(states.finalize().await.durable().await);
    made
}

/// The passage after `last`, and the state that it leads to.
async fn pass(
    runner: &runtime::Context,
    config: &EngineConfig,
    (states, last): (&States<runtime::Context>, &EngineBlock),
) -> (States<runtime::Context>, Era) {
    let (mut rows, mut root) = (Vec::new(), RowsRoot::default());
    let db = states.read().await;
    let read = read_rows::<_, StateError>(&db, |page| {
        page.iter().for_each(|(address, row)| root.append(address.bytes(), row));
        rows.extend(page);
        Ok(())
    });
    read.await.unwrap();
    let cache = CacheRef::new(PAGE_BYTES, config.tuning.cache_pages);
    let passages = config.eras.past().len() + 1;
    let files = stores::state_config((PARTITION, passages), &cache, &config.tuning);
    let next = States::<runtime::Context>::init(runner.child("next"), files, None).await;
    let (ops_root, ops_range) = fill(&next, &rows).await.unwrap();
    let header = last.header();
    let upgrade = Upgrade {
        height: header.height,
        block: last.hash(),
        old_format: header.state_format,
        new_format: header.state_format + 1,
        old_root: header.state_root,
        rows_root: root.root(),
    };
    (next, Era { upgrade, ops_root, ops_range })
}

/// Makes the chain in `whole` as a node keeps it, and its blocks alone in `bare`; the configuration with its passages.
fn kept(whole: &Path, bare: &Path) -> EngineConfig {
    let runner = |directory: &Path| {
        let config = runtime::Config::new().with_storage_directory(directory.to_owned()).with_worker_threads(1);
        runtime::Runner::new(config)
    };
    let (config, made) = runner(whole).start(|context_of_node| async move {
        let mut config = config();
        let cache = CacheRef::new(PAGE_BYTES, config.tuning.cache_pages);
        let files = stores::state_config((PARTITION, 0), &cache, &config.tuning);
        let mut states = States::<runtime::Context>::init(context_of_node.child("state"), files, None).await;
        let mut parent = stores::genesis_block::<runtime::Context>(&config).unwrap();
        let mut made = Vec::new();
        for era in ["first", "second", "third"] {
            made.extend(blocks(&context_of_node.child(era), &config, &states, &mut parent).await);
            if era != "third" {
                let (next, passed) = pass(&context_of_node.child(era), &config, (&states, &parent)).await;
                let past = [config.eras.past(), &[passed]].concat();
                (states, config.eras) = (next, Eras::new(1, past));
            }
        }
        let mut log = stores::event_log(&context_of_node, PARTITION, &cache, &config.tuning).await.unwrap();
        for (block, ran) in &made {
            let (height, time) = (block.header().height, block.header().time);
            let logged = |entry: &epione_types::Entry| Logged { height, time, entry: entry.clone() };
            let begin = log.size();
            log = log.append(begin, ran.outcome.entries.iter().map(logged).collect()).await.unwrap();
        }
        keep(&context_of_node, &config, &made).await;
        (config, made)
    });
    let blocks = (config.clone(), made);
    runner(bare).start(|context| async move { keep(&context, &blocks.0, &blocks.1).await });
    config
}

/// Keeps blocks and certificates.
async fn keep(runner: &runtime::Context, config: &EngineConfig, made: &[(EngineBlock, Arc<Ran>)]) {
    let cache = CacheRef::new(PAGE_BYTES, config.tuning.cache_pages);
    let (mut finalizations, mut blocks) = stores::archives(runner, PARTITION, config, &cache).await.unwrap();
    for (block, _) in made {
        let height = block.header().height;
        blocks = blocks.put(height, block.digest(), &Arc::new(block.clone())).await.unwrap();
        finalizations = finalizations.put(height, block.digest(), &certificate(config, block)).await.unwrap();
    }
    drop((blocks.sync().await.unwrap(), finalizations.sync().await.unwrap()));
}

fn audited(directory: &Path, engine: EngineConfig) -> Result<Audited, AuditError> {
    let scratch = tempfile::tempdir().unwrap();
    let what = Audit { directory: directory.to_owned(), scratch: scratch.path().join("scratch"), engine };
    audit(&what, &mut |_| Ok(()))
}

#[test]
fn two_passages_are_audited_and_made_again_from_the_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, bare) = (folder.path().join("whole"), folder.path().join("bare"));
    let config = kept(&whole, &bare);
    let past = config.eras.past().to_vec();
    assert_eq!(
        past.iter().map(|era| (era.upgrade.height, era.upgrade.new_format)).collect::<Vec<_>>(),
        [(5, 2), (10, 3)]
    );
    let found = audited(&whole, config.clone()).unwrap();
    assert_eq!((found.height, found.state_height, found.txs), (3 * BLOCKS, 3 * BLOCKS, 3 * BLOCKS * TXS));

    // How a format that is past began only its release can tell; its rows every one.
    let with = |change: &dyn Fn(&mut Vec<Era>)| {
        let mut past = past.clone();
        change(&mut past);
        audited(&whole, EngineConfig { eras: Eras::new(1, past), ..config.clone() })
    };
    assert!(with(&|past| past[0].ops_root = Hash([9; 32])).is_ok());
    for (change, expected) in [
        (
            &(|past: &mut Vec<Era>| past[1].ops_root = Hash([9; 32])) as &dyn Fn(&mut Vec<Era>),
            "after block 10: the node's state",
        ),
        (&|past| past[0].upgrade.rows_root = Hash([9; 32]), "after block 5: the rows are others"),
        (&|past| past[0].upgrade.block = Hash([9; 32]), "after block 5: the block is another one"),
    ] {
        let error = with(change).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    let fresh = EngineConfig { eras: Eras::new(1, Vec::new()), ..config.clone() };
    assert_eq!(pass_again(&bare, &fresh).unwrap(), past);
    let found = audited(&bare, config).unwrap();
    assert_eq!((found.height, found.state_height), (3 * BLOCKS, 2 * BLOCKS), "the node itself runs the rest");
}
