//! Rows in the authenticated store.

use crate::{
    Address, AddressedRow, Db, Loaded, OfBatch, OfDb, ROWS_AT_ONCE, SlotSource as _, StateError, States, load,
    read_rows, slots::slot_count, write, write_rows,
};
use commonware_glue::stateful::db::{DatabaseSet as _, Merkleized as _, Unmerkleized as _};
use commonware_parallel::Sequential;
use commonware_runtime::{Runner as _, Supervisor as _, buffer::paged::CacheRef, deterministic};
use commonware_storage::{
    journal::contiguous::fixed::Config as LogConfig, mmr::full::Config as MmrConfig, qmdb::current::FixedConfig,
    translator::EightCap,
};
use commonware_utils::{NZU16, NZU64, NZUsize};
use epione_kernel::{Base as _, Dice, Overlay, RowKey};
use epione_types::{ModuleId, limits::ROW_BYTES_MAX};
use std::collections::BTreeMap;

type Context = deterministic::Context;
/// Every row that was ever written; none for one that was deleted.
type Model = BTreeMap<RowKey, Option<Vec<u8>>>;

fn config(name: &str) -> FixedConfig<EightCap, Sequential> {
    let page_cache = CacheRef::new(NZU16!(1024), NZUsize!(64));
    FixedConfig {
        merkle_config: MmrConfig {
            journal_partition: format!("{name}-mmr-journal"),
            metadata_partition: format!("{name}-mmr-metadata"),
            items_per_blob: NZU64!(1 << 10),
            write_buffer: NZUsize!(4096),
            replay_buffer: NZUsize!(4096),
            strategy: Sequential,
            page_cache: page_cache.clone(),
        },
        journal_config: LogConfig {
            partition: format!("{name}-operations"),
            items_per_blob: NZU64!(1 << 10),
            page_cache,
            write_buffer: NZUsize!(4096),
            replay_buffer: NZUsize!(4096),
        },
        grafted_metadata_partition: format!("{name}-grafted"),
        translator: EightCap,
        init_cache: Some(NZUsize!(1 << 10)),
        init_buffer: NZUsize!(4096),
        init_concurrency: (),
    }
}

async fn open(context: &Context) -> States<Context> {
    open_as(context, "state").await
}

async fn open_as(context: &Context, name: &'static str) -> States<Context> {
    States::<Context>::init(context.child(name), config(name), None).await
}

fn row(key: u64) -> RowKey {
    RowKey { module: ModuleId(3), table: 1, key: key.to_le_bytes().to_vec() }
}

fn one(key: u64, value: Option<Vec<u8>>) -> Overlay {
    let mut writes = Overlay::default();
    writes.set(row(key), value);
    writes
}

/// Writes a block durably; the number of operations it took, and the root after it.
async fn block(states: &States<Context>, writes: &Overlay) -> (u64, [u8; 32]) {
    let before = *states.committed_targets().await.range.end();
    let batch = write::<Context>(states.new_batches().await, writes, &mut Loaded::default()).await.unwrap();
    let merkleized = batch.merkleize().await.unwrap();
    let (end, root) = (*merkleized.bounds().tip.size, merkleized.root().0);
    states.apply(merkleized).await;
    assert!(states.finalize().await.durable().await);
    (end - before, root)
}

/// Loads a row from the final state and from a batch over it; both must agree.
async fn read(states: &States<Context>, key: &RowKey) -> Option<Vec<u8>> {
    let batch = states.new_batches().await;
    let (mut of_batch, mut of_db) = (Loaded::default(), Loaded::default());
    load(&OfBatch::<Context>(&batch), vec![key.clone()], &mut of_batch).await.unwrap();
    {
        let db = states.read().await;
        load(&OfDb::<Context>(&db), vec![key.clone()], &mut of_db).await.unwrap();
    }
    assert!(of_db.knows(key));
    let value = of_db.row(key).unwrap().map(<[u8]>::to_vec);
    assert_eq!(of_batch.row(key).unwrap().map(<[u8]>::to_vec), value);
    value
}

/// The slots that are there are those of the model, and no other.
async fn assert_holds(db: &Db<Context>, model: &Model) {
    for (key, value) in model {
        let count = value.as_ref().map_or(0, |value| slot_count(value.len()));
        let keys: Vec<_> =
            (0..=slot_count(ROW_BYTES_MAX)).map(|at| Address::of(key).slot(u8::try_from(at).unwrap())).collect();
        let slots = OfDb::<Context>(db).slots(&keys.iter().collect::<Vec<_>>()).await.unwrap();
        for (at, slot) in slots.into_iter().enumerate() {
            assert_eq!(slot.is_some(), at < count, "slot {at} of {key:?}, which has {count}");
        }
    }
}

/// A length of every magnitude, those around the borders of slots among them.
fn length(dice: &mut Dice) -> usize {
    let border = usize::try_from(dice.below(43)).unwrap() * 96;
    match dice.below(4) {
        0 => usize::try_from(dice.below(96)).unwrap(),
        1 => border.saturating_sub(2).saturating_add(usize::try_from(dice.below(3)).unwrap()).min(ROW_BYTES_MAX),
        _ => usize::try_from(dice.below(u64::try_from(ROW_BYTES_MAX).unwrap() + 1)).unwrap(),
    }
}

/// Some puts, of new contents, of contents that change little, and deletes.
fn random_writes(dice: &mut Dice, model: &Model) -> Overlay {
    let mut writes = Overlay::default();
    for _ in 0..=dice.below(6) {
        let key = row(dice.below(12));
        let old = model.get(&key).cloned().flatten();
        let value = match (dice.below(5), old) {
            (0, _) => None,
            (1, Some(mut old)) if !old.is_empty() => {
                let at = usize::try_from(dice.below(u64::try_from(old.len()).unwrap())).unwrap();
                old[at] ^= 1;
                Some(old)
            }
            (2, Some(mut old)) => {
                old.resize(length(dice), 7);
                Some(old)
            }
            (_, _) => Some(vec![u8::try_from(dice.below(256)).unwrap(); length(dice)]),
        };
        writes.set(key, value);
    }
    writes
}

#[test]
fn rows_are_those_of_a_model_and_leave_no_stale_slots() {
    for seed in 0..4 {
        deterministic::Runner::seeded(seed).start(|context| async move {
            let states = open(&context).await;
            let (mut dice, mut model) = (Dice::new(seed), Model::new());
            for _ in 0..30 {
                let writes = random_writes(&mut dice, &model);
                model.extend(writes.iter().map(|(key, value)| (key.clone(), value.map(<[u8]>::to_vec))));
                block(&states, &writes).await;
                for (key, value) in &model {
                    assert_eq!(read(&states, key).await, *value, "seed {seed}");
                }
                assert_holds(&*states.read().await, &model).await;
            }
        });
    }
}

#[test]
fn the_root_depends_on_the_rows_alone_however_often_they_are_loaded() {
    let roots: Vec<[u8; 32]> = (0..2)
        .map(|seed| {
            deterministic::Runner::seeded(seed).start(|context| async move {
                let states = open(&context).await;
                let mut last = [0; 32];
                for key in 0..8 {
                    if seed == 1 {
                        read(&states, &row(key)).await;
                    }
                    last = block(&states, &one(key, Some(vec![1; 300]))).await.1;
                }
                last
            })
        })
        .collect();
    assert_eq!(roots[0], roots[1]);
}

#[test]
fn slots_that_do_not_change_are_not_written() {
    deterministic::Runner::default().start(|context| async move {
        let states = open(&context).await;
        let long: Vec<u8> = (0..4_000_u32).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let (all, _) = block(&states, &one(1, Some(long.clone()))).await;
        let (nothing, root) = block(&states, &Overlay::default()).await;
        let (same, same_root) = block(&states, &one(1, Some(long.clone()))).await;
        let (nothing_again, after) = block(&states, &Overlay::default()).await;
        assert_eq!(same, nothing_again, "a row with the same content takes as many operations as none");
        assert!(root != same_root || same_root != after, "the commits differ");
        let mut changed = long.clone();
        changed[2_000] ^= 1;
        let (one_slot, _) = block(&states, &one(1, Some(changed))).await;
        assert!(one_slot < all / 4, "one changed slot took {one_slot} operations, {all} the whole row");
        assert!(nothing <= one_slot);
    });
}

#[test]
fn a_row_that_is_empty_is_not_a_row_that_is_missing() {
    deterministic::Runner::default().start(|context| async move {
        let states = open(&context).await;
        assert_eq!(read(&states, &row(1)).await, None);
        block(&states, &one(1, Some(Vec::new()))).await;
        assert_eq!(read(&states, &row(1)).await, Some(Vec::new()));
        block(&states, &one(1, None)).await;
        assert_eq!(read(&states, &row(1)).await, None);
    });
}

#[test]
fn deleting_what_is_not_there_writes_nothing() {
    deterministic::Runner::default().start(|context| async move {
        let states = open(&context).await;
        block(&states, &one(1, Some(vec![1; 500]))).await;
        block(&states, &Overlay::default()).await;
        let (nothing, _) = block(&states, &Overlay::default()).await;
        let (deleting, _) = block(&states, &one(2, None)).await;
        assert_eq!(deleting, nothing);
    });
}

#[test]
fn rows_survive_a_crash() {
    let (root, checkpoint) = deterministic::Runner::default().start_and_recover(|context| async move {
        let states = open(&context).await;
        block(&states, &one(1, Some(vec![1; 3_000]))).await;
        block(&states, &one(1, Some(vec![2; 100]))).await;
        block(&states, &one(2, Some(vec![3; 700]))).await.1
    });
    deterministic::Runner::from(checkpoint).start(|context| async move {
        let states = open(&context).await;
        assert_eq!(read(&states, &row(1)).await, Some(vec![2; 100]));
        assert_eq!(read(&states, &row(2)).await, Some(vec![3; 700]));
        let model = Model::from([(row(1), Some(vec![2; 100])), (row(2), Some(vec![3; 700]))]);
        assert_holds(&*states.read().await, &model).await;
        assert_eq!(states.read().await.root().0, root);
    });
}

/// All rows of a state, as they are handed out.
async fn pages(states: &States<Context>) -> Vec<Vec<AddressedRow>> {
    let mut pages = Vec::new();
    let db = states.read().await;
    let read = read_rows::<Context, StateError>(&db, |page| {
        pages.push(page);
        Ok(())
    });
    read.await.unwrap();
    pages
}

#[test]
fn all_rows_are_read_in_order_and_lead_to_one_root_whatever_their_history() {
    let count = u64::try_from(ROWS_AT_ONCE).unwrap() + 100;
    let roots: Vec<[u8; 32]> = [false, true]
        .into_iter()
        .map(|detour| {
            deterministic::Runner::default().start(|context| async move {
                let states = open(&context).await;
                let length = |key: u64| usize::try_from(key * 37 % 700).unwrap();
                let mut all = Overlay::default();
                if detour {
                    // Rows that are gone, and contents that are not the last.
                    for key in 0..count + 50 {
                        all.set(row(key), Some(vec![9; 333]));
                    }
                    block(&states, &all).await;
                    (count..count + 50).for_each(|key| all.set(row(key), None));
                }
                (0..count).for_each(|key| all.set(row(key), Some(vec![1; length(key)])));
                block(&states, &all).await;

                let pages = pages(&states).await;
                assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [ROWS_AT_ONCE, 100]);
                let mut expected: Vec<AddressedRow> =
                    (0..count).map(|key| (Address::of(&row(key)), vec![1; length(key)])).collect();
                expected.sort();
                assert_eq!(pages.concat(), expected);

                let other = open_as(&context, "other").await;
                for page in &pages {
                    write_rows::<Context>(&other, page).await.unwrap();
                }
                assert_eq!(read(&other, &row(36)).await, Some(vec![1; length(36)]));
                assert_eq!(self::pages(&other).await, pages);
                other.read().await.root().0
            })
        })
        .collect();
    assert_eq!(roots[0], roots[1]);
}

#[test]
fn an_empty_state_has_no_rows() {
    deterministic::Runner::default().start(|context| async move {
        assert!(pages(&open(&context).await).await.is_empty());
    });
}
