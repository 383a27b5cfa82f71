//! The rows of the exchange in SQLite: what cannot be made again from the ledger.

use anyhow::{Context as _, Result};
use epione_exchange::ports::{Op, Row, Store, StoreError, Table};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::{
    fmt,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Rows by table and key, in one file. Each write is one transaction and on the disk when it returns.
pub(super) struct SqliteStore(Mutex<Connection>);

impl SqliteStore {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// If it cannot be opened or is no such file.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let at = || format!("the store of the exchange {}", path.display());
        let connection = Connection::open(path).with_context(at)?;
        // Every commit reaches the disk; readers do not wait for the writer.
        connection.pragma_update(None, "journal_mode", "WAL").with_context(at)?;
        connection.pragma_update(None, "synchronous", "FULL").with_context(at)?;
        // What is deleted is overwritten: wrapped keys of erased units do not linger in free pages.
        connection.pragma_update(None, "secure_delete", "ON").with_context(at)?;
        let schema = "CREATE TABLE IF NOT EXISTS rows (
            tab INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (tab, key)
        ) WITHOUT ROWID, STRICT";
        connection.execute_batch(schema).with_context(at)?;
        Ok(Self(Mutex::new(connection)))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore")
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn failed(error: rusqlite::Error) -> StoreError {
    StoreError(error.to_string())
}

/// The first key above all that begin with `prefix`; none if there is none.
fn end_of(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

impl Store for SqliteStore {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT value FROM rows WHERE tab = ?1 AND key = ?2").map_err(failed)?;
        statement.query_row(params![table.number(), key], |row| row.get(0)).optional().map_err(failed)
    }

    fn scan(&self, table: Table, prefix: &[u8], after: Option<&[u8]>, max: usize) -> Result<Vec<Row>, StoreError> {
        let connection = self.connection();
        let sql = "SELECT key, value FROM rows WHERE tab = ?1 AND key >= ?2 AND (?3 IS NULL OR key > ?3)
            AND (?4 IS NULL OR key < ?4) ORDER BY key LIMIT ?5";
        let mut statement = connection.prepare_cached(sql).map_err(failed)?;
        let limit = i64::try_from(max).unwrap_or(i64::MAX);
        let found = statement.query_map(params![table.number(), prefix, after, end_of(prefix), limit], |row| {
            Ok((row.get(0)?, row.get(1)?))
        });
        found.map_err(failed)?.collect::<Result<_, _>>().map_err(failed)
    }

    fn write(&self, ops: Vec<Op>) -> Result<(), StoreError> {
        let mut connection = self.connection();
        let transaction = connection.transaction().map_err(failed)?;
        for op in ops {
            match op {
                Op::Put(table, key, value) => {
                    let sql = "INSERT INTO rows (tab, key, value) VALUES (?1, ?2, ?3)
                        ON CONFLICT (tab, key) DO UPDATE SET value = excluded.value";
                    let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
                    statement.execute(params![table.number(), key, value]).map_err(failed)?;
                }
                Op::Delete(table, key) => {
                    let sql = "DELETE FROM rows WHERE tab = ?1 AND key = ?2";
                    let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
                    statement.execute(params![table.number(), key]).map_err(failed)?;
                }
            }
        }
        transaction.commit().map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_in_order_below_their_prefix() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("exchange.sqlite")).unwrap();
        let put = |key: &[u8]| Op::Put(Table::Kept, key.to_vec(), vec![1]);
        let other = Op::Put(Table::Tasks, vec![1, 5], vec![2]);
        store.write(vec![put(&[1, 0xff, 0xff]), put(&[1, 2]), put(&[2]), put(&[1]), put(&[0, 9]), other]).unwrap();
        let keys = |prefix: &[u8], after: Option<&[u8]>, max| {
            store.scan(Table::Kept, prefix, after, max).unwrap().into_iter().map(|(key, _)| key).collect::<Vec<_>>()
        };
        assert_eq!(keys(&[1], None, 9), [vec![1], vec![1, 2], vec![1, 0xff, 0xff]]);
        assert_eq!(keys(&[1], Some(&[1]), 1), [vec![1, 2]]);
        assert_eq!(keys(&[1, 0xff], None, 9), [vec![1, 0xff, 0xff]]);
        assert_eq!(keys(&[], None, 9).len(), 5);
        assert_eq!(keys(&[0xff], None, 9), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn what_was_written_is_there_after_the_file_was_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exchange.sqlite");
        let store = SqliteStore::open(&path).unwrap();
        store
            .write(vec![Op::Put(Table::Sources, vec![7], vec![8]), Op::Put(Table::Sources, vec![9], vec![1])])
            .unwrap();
        store.write(vec![Op::Put(Table::Sources, vec![7], vec![6]), Op::Delete(Table::Sources, vec![9])]).unwrap();
        drop(store);
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(store.get(Table::Sources, &[7]), Ok(Some(vec![6])));
        assert_eq!(store.get(Table::Sources, &[9]), Ok(None));
        assert_eq!(store.get(Table::Kept, &[7]), Ok(None));
    }
}
