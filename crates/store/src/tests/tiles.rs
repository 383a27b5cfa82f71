//! The hashes of the event tree beside the log.

use super::log::{events, open};
use crate::{EventLog, Keep, Tiles, TilesConfig};
use commonware_runtime::{Runner as _, Supervisor as _, buffer::paged::CacheRef, deterministic};
use commonware_utils::{NZU16, NZU64, NZUsize};
use epione_types::{Frontier, Hash, Plan, Tile, TreeHead, check_consistency, inclusion_root};

type Context = deterministic::Context;

async fn tiles(context: &Context, name: &'static str, logged: u64, keep: Keep) -> Tiles<Context> {
    let config = TilesConfig {
        partition: "tree".to_owned(),
        hashes_per_file: NZU64!(100),
        page_cache: CacheRef::new(NZU16!(1024), NZUsize!(16)),
        buffer: NZUsize!(1024),
    };
    Tiles::open(context.child(name), config, logged, keep).await.unwrap()
}

async fn caught_up(mut tiles: Tiles<Context>, log: &EventLog<Context>) -> Tiles<Context> {
    loop {
        let leaves = tiles.missing(log).await.unwrap();
        if leaves.is_empty() {
            return tiles;
        }
        tiles = tiles.append(&leaves).await.unwrap();
    }
}

/// The root of the first events by the frontier that execution uses.
fn head(size: u64) -> TreeHead {
    let mut frontier = Frontier::default();
    events(0..size).iter().for_each(|event| frontier.append(event.entry.leaf()));
    TreeHead { size, root: frontier.root() }
}

async fn check(tiles: &Tiles<Context>, size: u64) {
    assert_eq!(tiles.head(), head(size));
    for position in [0, 1, 255, 256, size / 2, size - 1] {
        let proof = tiles.proof(&Plan::inclusion(position, size).unwrap()).await.unwrap();
        let leaf = events(position..position + 1)[0].entry.leaf();
        assert_eq!(inclusion_root(leaf, position, size, &proof), Ok(head(size).root), "{position} of {size}");
    }
    for from in [1, 256, 300, size - 1, size] {
        let proof = tiles.proof(&Plan::consistency(from, size).unwrap()).await.unwrap();
        assert_eq!(check_consistency(head(from), head(size), &proof), Ok(()), "{from} to {size}");
    }
}

#[test]
fn the_tree_follows_the_log_and_goes_on_after_a_restart() {
    deterministic::Runner::default().start(|context| async move {
        let log = open(&context).await.append(0, events(0..700)).await.unwrap();
        let kept = caught_up(tiles(&context, "first", 700, Keep::All).await, &log).await;
        check(&kept, 700).await;
        drop(kept);
        // What was not made durable is made again from the log.
        let log = log.append(700, events(700..1_000)).await.unwrap();
        let kept = caught_up(tiles(&context, "second", 1_000, Keep::All).await, &log).await;
        check(&kept, 1_000).await;
        let tile = |level, index, width| kept.tile(Tile { level, index, width });
        let leaves: Vec<Hash> = events(768..1_000).iter().map(|event| event.entry.leaf()).collect();
        assert_eq!(tile(0, 3, 232).await.unwrap(), Some(leaves));
        assert_eq!(tile(1, 0, 3).await.unwrap().map(|tile| tile.len()), Some(3));
        assert_eq!(tile(1, 0, 4).await.unwrap(), None);
    });
}

/// Of 5,000 leaves the first 4,096 are made durable.
#[test]
fn what_is_kept_is_not_believed_beyond_the_log() {
    deterministic::Runner::default().start(|context| async move {
        let log = open(&context).await.append(0, events(0..5_000)).await.unwrap();
        drop(caught_up(tiles(&context, "first", 5_000, Keep::All).await, &log).await);
        let kept = tiles(&context, "second", 5_000, Keep::All).await;
        assert!((4_096..=5_000).contains(&kept.size()), "{}", kept.size());
        assert_eq!(kept.head(), head(kept.size()));
        drop(caught_up(kept, &log).await);
        // The log is shorter than the tree: a leaf whose filled tile is cut off goes, too.
        for (name, logged) in [("third", 4_096), ("fourth", 4_095), ("fifth", 257), ("sixth", 256), ("seventh", 3)] {
            let kept = tiles(&context, name, logged, Keep::All).await;
            assert_eq!(kept.head(), head(logged));
        }
        let kept = tiles(&context, "eighth", 5_000, Keep::Nothing).await;
        assert_eq!(kept.head(), head(0));
        check(&caught_up(kept, &log).await, 5_000).await;
    });
}
