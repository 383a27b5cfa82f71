//! Reading rows beside the writer.

use crate::{
    Applied, Error,
    error::Doing as _,
    projection::read_applied,
    schema::Schema,
    write::{SqlCell, int},
};
use epione_kernel::{Cell, Row, RowSource, RowsError, Select};
use epione_types::{TxId, TxResult, UnixMs, decode, limits::EVENT_BODY_BYTES_MAX};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, types::ValueRef};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Connections that are kept for the next reader; more are opened when more threads read at once.
const KEPT_MAX: usize = 8;

const READ_TX: &str =
    "SELECT \"height\", \"position_in_block\", \"time\", \"codes\" FROM \"ledger_txs\" WHERE \"tx\" = ?1";

/// Reads rows from any thread. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Reader(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    path: PathBuf,
    schema: Arc<Schema>,
    idle: Mutex<Vec<Connection>>,
}

/// A finalized transaction, as the rows know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxRow {
    /// Height of its block.
    pub height: u64,
    /// Its position in the block.
    pub index: u32,
    /// Time of its block.
    pub time: UnixMs,
    /// Per call 0 for success, else `module << 16 | reject number`.
    pub codes: Vec<u32>,
}

/// All rows as of one event: what is read from it does not change while the writer goes on.
#[derive(Debug)]
pub struct Snapshot {
    pool: Arc<Pool>,
    /// None only while it is dropped.
    connection: Option<Connection>,
    applied: Applied,
}

impl Reader {
    pub(crate) fn new(path: PathBuf, schema: Arc<Schema>) -> Self {
        Self(Arc::new(Pool { path, schema, idle: Mutex::default() }))
    }

    /// All rows as they are now. Short-lived: while it lives, the write-ahead log cannot shrink.
    ///
    /// # Errors
    /// [`Error`] if the database cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| self.0.open(), Ok)?;
        connection.execute_batch("BEGIN").doing("begin to read rows")?;
        // The first read fixes what the transaction sees.
        let applied = read_applied(&connection)?;
        Ok(Snapshot { pool: Arc::clone(&self.0), connection: Some(connection), applied })
    }

    /// The finalized transaction with this identifier.
    ///
    /// # Errors
    /// [`Error`] if the database cannot be read.
    pub fn tx(&self, id: &TxId) -> Result<Option<TxRow>, Error> {
        self.snapshot()?.tx(id)
    }
}

impl RowSource for Reader {
    fn select(&self, module: &'static str, select: &Select) -> Result<Vec<Row>, RowsError> {
        self.snapshot().map_err(|error| failed(&error))?.select(module, select)
    }
}

impl Pool {
    fn open(&self) -> Result<Connection, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || {
            let connection = Connection::open_with_flags(&self.path, flags)?;
            connection.set_prepared_statement_cache_capacity(128);
            connection.busy_timeout(Duration::from_secs(5))?;
            Ok(connection)
        };
        open().map_err(|source| Error::Open { path: self.path.clone(), source })
    }
}

impl Snapshot {
    /// How far the events have become rows.
    #[must_use]
    pub fn applied(&self) -> Applied {
        self.applied
    }

    /// The finalized transaction with this identifier.
    ///
    /// # Errors
    /// [`Error`] if the database cannot be read.
    pub fn tx(&self, id: &TxId) -> Result<Option<TxRow>, Error> {
        let doing = "read a transaction";
        let Some(connection) = &self.connection else { return Ok(None) };
        let mut statement = connection.prepare_cached(READ_TX).doing(doing)?;
        statement.query_row([&id.0], tx_row).optional().doing(doing)
    }

    fn page(&self, module: &'static str, select: &Select) -> Result<Vec<Row>, Error> {
        let doing = "read a page of rows";
        let Some(connection) = &self.connection else { return Ok(Vec::new()) };
        let sql = self.pool.schema.table(module, select.table)?.select(select)?;
        let mut statement = connection.prepare_cached(&sql).doing(doing)?;
        let after = Cell::Integer(int(select.after.unwrap_or(0)));
        let limit = Cell::Integer(i64::from(select.limit));
        let equals = select.equals.iter().map(|(_, cell)| cell).filter(|cell| **cell != Cell::Empty);
        let cells = equals.chain([&after, &limit]).map(SqlCell);
        let rows = statement.query_map(rusqlite::params_from_iter(cells), row).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }
}

impl RowSource for Snapshot {
    fn select(&self, module: &'static str, select: &Select) -> Result<Vec<Row>, RowsError> {
        self.page(module, select).map_err(|error| failed(&error))
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if connection.execute_batch("COMMIT").is_err() {
            return;
        }
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT_MAX {
            idle.push(connection);
        }
    }
}

/// Tells the operator the cause and the module that there is one.
fn failed(error: &Error) -> RowsError {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(%error, cause, "rows cannot be read");
    RowsError("the cause is in the log of the node".to_owned())
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let place: i64 = row.get(0)?;
    let cells = (1..row.as_ref().column_count()).map(|column| cell(row, column)).collect::<Result<_, _>>()?;
    Ok(Row { place: u64::try_from(place).unwrap_or(0), cells })
}

fn cell(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Cell> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(Cell::Empty),
        ValueRef::Integer(number) => Ok(Cell::Integer(number)),
        ValueRef::Text(_) => row.get(column).map(Cell::Text),
        // The tables are strict: there is nothing else in them.
        other => Err(rusqlite::Error::InvalidColumnType(column, "cell".to_owned(), other.data_type())),
    }
}

fn tx_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<TxRow> {
    let number = |at: usize| row.get(at).map(|number: i64| u64::try_from(number).unwrap_or(0));
    let codes: TxResult = decode(row.get_ref(3)?.as_blob()?, EVENT_BODY_BYTES_MAX)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Blob, Box::new(error)))?;
    Ok(TxRow { height: number(0)?, index: row.get(1)?, time: UnixMs(number(2)?), codes: codes.codes.into_vec() })
}
