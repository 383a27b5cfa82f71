//! Real files, real SQLite; a toy module whose events are changes of rows, and the notary.

mod shelf;

use crate::{Applied, Error, Modules, Projection, TxRow};
use epione_kernel::{Cell, EventAt, Numbered, Row, RowSource as _, Select};
use epione_types::{Bytes, Entry, Hash, List, ModuleId, Origin, Text, TxId, TxResult, UnixMs, encode};
use shelf::{Event, Labeled, Placed, Removed, Spoiled};
use std::path::PathBuf;
use tempfile::TempDir;

/// A log under construction: events get their place, height and origin.
#[derive(Default)]
struct Log {
    events: Vec<(EventAt, Entry)>,
    height: u64,
}

impl Log {
    fn push(&mut self, origin: Origin, module: u16, number: u16, body: Vec<u8>) -> &mut Self {
        let position = u64::try_from(self.events.len()).unwrap();
        let time = UnixMs(1_000 * self.height);
        let body = Bytes::new(body).unwrap();
        let entry = Entry { version: 1, salt: [0; 16], origin, module: ModuleId(module), number, body };
        self.events.push((EventAt { position, height: self.height, time, origin }, entry));
        self
    }

    fn event(&mut self, event: &Event) -> &mut Self {
        self.push(Origin::Genesis, 7, event.number(), event.body())
    }

    fn tx(&mut self, id: u8, codes: &[u32]) -> &mut Self {
        let codes = List::new(codes.to_vec()).unwrap();
        self.push(Origin::Tx { id: TxId([id; 32]) }, 0, TxResult::NUMBER, encode(&TxResult { codes }))
    }

    fn placed(&mut self, shelf: u64, slot: u64, label: &str) -> &mut Self {
        self.event(&Event::Placed(Placed { shelf, slot, label: text(label) }))
    }

    fn labeled(&mut self, shelf: u64, slot: u64, label: &str) -> &mut Self {
        self.event(&Event::Labeled(Labeled { shelf, slot, label: text(label) }))
    }

    fn removed(&mut self, shelf: u64, slot: u64) -> &mut Self {
        self.event(&Event::Removed(Removed { shelf, slot }))
    }

    fn block(&mut self, height: u64) -> &mut Self {
        self.height = height;
        self
    }
}

fn text(label: &str) -> Option<Text<16>> {
    Text::new(label).ok()
}

/// Some blocks with every kind of change; slots are used again.
fn log() -> Log {
    let mut log = Log::default();
    log.placed(9, 9, "genesis");
    for height in 1..=20 {
        log.block(height);
        for tx in 0..5 {
            let id = u8::try_from(height * 5 + tx).unwrap();
            log.tx(id, &[0, (7 << 16) | 1]).placed(tx, height % 4, "a").placed(tx, height, "b");
            log.labeled(tx, height % 3, if tx == 2 { "" } else { "c" });
        }
        log.removed(height % 5, height % 4);
    }
    log
}

fn file() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rows.sqlite");
    (dir, path)
}

fn open(path: &std::path::Path) -> Projection {
    Projection::open(path, shelf::MODULES).unwrap()
}

fn select(equals: Vec<(&'static str, Cell)>, after: Option<u64>, limit: u32) -> Select {
    Select { table: "order", equals, after, limit }
}

/// All rows as `place shelf slot label group`.
fn rows(projection: &Projection) -> Vec<String> {
    let rows = projection.reader().select("shelf", &select(vec![], None, 1000)).unwrap();
    rows.iter().map(line).collect()
}

fn line(row: &Row) -> String {
    let cells = row.cells.iter().map(|cell| match cell {
        Cell::Empty => "-".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Integer(number) => number.to_string(),
    });
    let cells: Vec<String> = cells.collect();
    format!("{} {}", row.place, cells.join(" "))
}

#[test]
fn put_keeps_the_place_and_set_and_delete_find_the_key() {
    let (_dir, path) = file();
    let mut projection = open(&path);
    let mut log = Log::default();
    log.placed(1, 1, "first").placed(1, 2, "second").placed(2, 1, "third").labeled(1, 2, "new").labeled(8, 8, "none");
    log.block(3).placed(1, 1, "again").removed(2, 1).removed(8, 8).labeled(1, 2, "");
    projection.apply(&log.events).unwrap();
    assert_eq!(rows(&projection), ["1 1 1 again 3", "2 1 2 - 0"]);
    // A place is never handed out twice.
    let before = log.events.len();
    log.placed(2, 1, "fourth");
    projection.apply(&log.events[before..]).unwrap();
    let place = projection.reader().select("shelf", &select(vec![("shelf", Cell::Integer(2))], None, 9)).unwrap();
    assert!(place[0].place > 3, "{}", line(&place[0]));
}

#[test]
fn pages_follow_the_order_of_places() {
    let (_dir, path) = file();
    let mut projection = open(&path);
    let mut log = Log::default();
    for slot in 0..25 {
        log.placed(slot % 2, slot, if slot % 5 == 0 { "" } else { "x" });
    }
    projection.apply(&log.events).unwrap();
    let reader = projection.reader();
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = reader.select("shelf", &select(vec![("shelf", Cell::Integer(1))], after, 5)).unwrap();
        seen.extend(page.iter().map(|row| row.cell(1).as_u64().unwrap()));
        let Some(last) = page.last().filter(|_| page.len() == 5) else { break };
        after = Some(last.place);
    }
    assert_eq!(seen, (0..25).filter(|slot| slot % 2 == 1).collect::<Vec<_>>());
    let empty = select(vec![("shelf", Cell::Integer(1)), ("label", Cell::Empty)], None, 9);
    assert_eq!(reader.select("shelf", &empty).unwrap().len(), 2);
    assert!(reader.select("shelf", &select(vec![], Some(u64::MAX), 9)).unwrap().is_empty());
    assert!(reader.select("shelf", &select(vec![], None, 0)).unwrap().is_empty());
    assert!(reader.select("shelf", &select(vec![("no_such", Cell::Empty)], None, 9)).is_err());
    assert!(reader.select("shelf", &Select { table: "nothing", ..empty }).is_err());
}

#[test]
fn a_page_by_an_indexed_column_is_found_by_index() {
    let schema = crate::schema::Schema::new(shelf::MODULES).unwrap();
    let (_dir, path) = file();
    drop(open(&path));
    let connection = rusqlite::Connection::open(&path).unwrap();
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    let x = Cell::text(&"x");
    let tables = [
        (vec![("label", x.clone())], "shelf_order_by_label"),
        (vec![("group", Cell::Integer(1)), ("label", x)], "shelf_order_by_group_and_label"),
        (vec![("shelf", Cell::Integer(1)), ("slot", Cell::Integer(1))], "autoindex_shelf_order_1"),
        (vec![], "PRIMARY KEY"),
    ];
    for (equals, index) in tables {
        let sql = schema.table("shelf", "order").unwrap().select(&select(equals, None, 1)).unwrap();
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut lines = explain.raw_query();
        let plan: String = lines.next().unwrap().unwrap().get(3).unwrap();
        assert!(lines.next().unwrap().is_none(), "{sql} needs a second step");
        assert!(plan.starts_with("SEARCH") && plan.contains(index), "{sql}: {plan}");
    }
}

#[test]
fn transactions_are_found_with_their_place_in_the_block() {
    let (_dir, path) = file();
    let mut projection = open(&path);
    let mut log = Log::default();
    log.block(1).tx(1, &[0]).placed(1, 1, "x").tx(2, &[0, 458_753]).block(2).tx(3, &[0]);
    // A batch may end within a block.
    let (first, second) = log.events.split_at(2);
    projection.apply(first).unwrap();
    projection.apply(second).unwrap();
    let found = |id: u8| projection.reader().tx(&TxId([id; 32])).unwrap();
    let row = |height, index, codes| Some(TxRow { height, index, time: UnixMs(height * 1000), codes });
    assert_eq!(found(1), row(1, 0, vec![0]));
    assert_eq!(found(2), row(1, 1, vec![0, 458_753]));
    assert_eq!(found(3), row(2, 0, vec![0]));
    assert_eq!(found(4), None);
}

#[test]
fn batches_reopening_and_rebuilding_lead_to_the_same_rows() {
    let log = log();
    let digest = |batch: usize, reopen: bool| {
        let (_dir, path) = file();
        let mut projection = open(&path);
        for events in log.events.chunks(batch) {
            projection.apply(events).unwrap();
            if reopen {
                drop(projection);
                projection = open(&path);
                assert_eq!(projection.cursor(), events.last().unwrap().0.position + 1);
            }
        }
        let digest = projection.digest().unwrap();
        projection.rebuild().unwrap();
        assert_eq!(projection.applied(), Applied::default());
        assert!(rows(&projection).is_empty());
        projection.apply(&log.events).unwrap();
        assert_eq!(projection.digest().unwrap(), digest);
        digest
    };
    let whole = digest(usize::MAX, false);
    assert_eq!([digest(1, false), digest(3, true), digest(17, true)], [whole; 3]);
    assert_ne!(whole, Hash::default());
}

#[test]
fn the_digest_sees_a_changed_row() {
    let (_dir, path) = file();
    let mut projection = open(&path);
    projection.apply(&log().events).unwrap();
    let before = projection.digest().unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    for change in [
        "UPDATE shelf_order SET label = 'z' WHERE place = 1",
        "UPDATE shelf_order SET place = 100000 WHERE place = 1",
        "UPDATE ledger_txs SET time = time + 1 WHERE height = 1 AND position_in_block = 0",
        "UPDATE cursor SET position = position + 1",
    ] {
        other.execute_batch("SAVEPOINT change").unwrap();
        assert_eq!(other.execute(change, []).unwrap(), 1);
        other.execute_batch("RELEASE change").unwrap();
        assert_ne!(projection.digest().unwrap(), before, "{change}");
    }
}

#[test]
fn a_gap_or_a_repetition_is_refused_and_changes_nothing() {
    let (_dir, path) = file();
    let mut projection = open(&path);
    let log = log();
    projection.apply(&log.events[..10]).unwrap();
    let before = projection.digest().unwrap();
    for (events, found) in [(&log.events[11..], 11), (&log.events[9..], 9)] {
        let error = projection.apply(events).unwrap_err();
        assert!(matches!(error, Error::Gap { expected: 10, found: at } if at == found), "{error}");
    }
    let hole = [log.events[10].clone(), log.events[12].clone()];
    let error = projection.apply(&hole).unwrap_err();
    assert!(matches!(error, Error::Gap { expected: 11, found: 12 }), "{error}");
    assert_eq!((projection.cursor(), projection.digest().unwrap()), (10, before));
    projection.apply(&[]).unwrap();
    projection.apply(&log.events[10..]).unwrap();
}

#[test]
fn an_event_that_cannot_be_projected_leaves_no_trace() {
    let (_dir, path) = file();
    let mut projection = open(&path);
    let before = projection.digest().unwrap();
    let mut logs: Vec<Log> = Vec::new();
    for how in 0..=8 {
        logs.push(Log::default());
        logs.last_mut().unwrap().placed(1, 1, "x").event(&Event::Spoiled(Spoiled { how }));
    }
    for (module, number) in [(8, 1), (0, 2)] {
        logs.push(Log::default());
        logs.last_mut().unwrap().push(Origin::Genesis, module, number, vec![]);
    }
    logs.push(Log::default());
    logs.last_mut().unwrap().push(Origin::Tx { id: TxId([1; 32]) }, 0, 1, vec![1]);
    for log in logs {
        let error = projection.apply(&log.events).unwrap_err();
        assert!(matches!(error, Error::Rows { .. } | Error::Event { .. } | Error::Sql { .. }), "{error}");
        assert_eq!(projection.digest().unwrap(), before, "{error}");
    }
}

#[test]
fn other_tables_are_made_anew() {
    let (_dir, path) = file();
    let log = log();
    let mut projection = open(&path);
    projection.apply(&log.events).unwrap();
    let old = projection.digest().unwrap();
    drop(projection);
    let mut projection = Projection::open(&path, shelf::OTHER_TABLES).unwrap();
    assert_eq!(projection.cursor(), 0);
    projection.apply(&log.events).unwrap();
    assert_ne!(projection.digest().unwrap(), old);
    drop(projection);
    let mut projection = open(&path);
    assert_eq!(projection.cursor(), 0);
    projection.apply(&log.events).unwrap();
    assert_eq!(projection.digest().unwrap(), old);
}

#[test]
fn names_and_files_that_are_not_ours_are_refused() {
    let (dir, path) = file();
    let error = Projection::open(&path, shelf::BAD_TABLES).unwrap_err();
    assert!(matches!(error, Error::Table { module: "shelf", .. }), "{error}");
    let foreign = dir.path().join("foreign.sqlite");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE cursor (a)").unwrap();
    let error = Projection::open(&foreign, shelf::MODULES).unwrap_err();
    assert!(matches!(error, Error::Foreign { .. }), "{error}");
    let error = Projection::open(dir.path(), shelf::MODULES).unwrap_err();
    assert!(matches!(error, Error::Open { .. }), "{error}");
}

#[test]
fn a_snapshot_does_not_move_while_the_writer_does() {
    let (_dir, path) = file();
    let mut projection = open(&path);
    let log = log();
    projection.apply(&log.events[..30]).unwrap();
    let reader = projection.reader();
    let snapshot = reader.snapshot().unwrap();
    let page = select(vec![], None, 1000);
    let before = snapshot.select("shelf", &page).unwrap();
    projection.apply(&log.events[30..]).unwrap();
    assert_eq!(snapshot.select("shelf", &page).unwrap(), before);
    assert_eq!(snapshot.applied().position, 30);
    assert_ne!(reader.select("shelf", &page).unwrap(), before);
    assert_eq!(reader.snapshot().unwrap().applied(), projection.applied());
    projection.rebuild().unwrap();
    assert_eq!(snapshot.select("shelf", &page).unwrap(), before);
    drop(snapshot);
    assert!(reader.select("shelf", &page).unwrap().is_empty());
}

#[test]
fn many_threads_read_while_one_writes() {
    let (_dir, path) = file();
    let mut projection = open(&path);
    let log = log();
    let reader = projection.reader();
    std::thread::scope(|threads| {
        for _ in 0..8 {
            let reader = reader.clone();
            threads.spawn(move || {
                for _ in 0..50 {
                    let snapshot = reader.snapshot().unwrap();
                    let count = |limit| snapshot.select("shelf", &select(vec![], None, limit)).unwrap().len();
                    assert_eq!(count(1000), count(1000));
                }
            });
        }
        for events in log.events.chunks(4) {
            projection.apply(events).unwrap();
        }
    });
    assert_eq!(projection.cursor(), u64::try_from(log.events.len()).unwrap());
}

#[test]
fn the_notary_lists_what_was_committed() {
    let modules: Modules = epione_modules::ALL;
    let notary = modules.iter().find(|module| module.name() == "notary").unwrap();
    let (_dir, path) = file();
    let mut projection = Projection::open(&path, modules).unwrap();
    let mut log = Log::default();
    for event in &notary.surface().events {
        let number = event.item.number;
        let json = &event.item.example;
        let body = match event.item.name {
            "committed" => committed(),
            _ => continue,
        };
        assert_eq!(&notary.event_to_json(number, &body).unwrap(), json);
        log.push(Origin::Genesis, notary.id().0, number, body);
    }
    projection.apply(&log.events).unwrap();
    let rows = projection.reader().select("notary", &Select { table: "notes", ..select(vec![], None, 9) }).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].cell(2).as_str(), Some("protocol"));
}

/// Canonical bytes of the notary's example of `committed`.
fn committed() -> Vec<u8> {
    let owner = epione_types::SignerId::Organization(epione_types::OrgId([2; 16]));
    encode(&(epione_types::NoteId([1; 16]), owner, epione_modules::notary::Kind::Protocol, Hash([0xab; 32])))
}
