//! Writing the rows of one event.

use crate::{
    Error, Modules,
    error::Doing as _,
    projection::Applied,
    schema::{Schema, Table},
};
use epione_kernel::{Cell, EventAt, Module, RawEvent, RowOp, Rows};
use epione_types::{Entry, ModuleId, Origin, TxId, TxResult, decode, limits::EVENT_BODY_BYTES_MAX};
use rusqlite::{
    Connection, ToSql, params, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

const PUT_TX: &str = "INSERT INTO \"ledger_txs\" VALUES (?1, ?2, ?3, ?4, ?5)";

/// Writes the rows of events within one SQLite transaction.
pub(crate) struct Writer<'a> {
    pub(crate) modules: Modules,
    pub(crate) schema: &'a Schema,
    pub(crate) connection: &'a Connection,
}

impl Writer<'_> {
    /// Writes the rows of the event at `applied.position` and moves on.
    pub(crate) fn event(&self, applied: &mut Applied, at: &EventAt, entry: &Entry) -> Result<(), Error> {
        if at.position != applied.position {
            return Err(Error::Gap { expected: applied.position, found: at.position });
        }
        if at.height != applied.height {
            applied.block_txs = 0;
        }
        if entry.module == ModuleId::SYSTEM {
            self.tx_result(applied, at, entry)?;
        } else {
            self.rows(at, entry)?;
        }
        applied.position = at.position.saturating_add(1);
        applied.height = at.height;
        applied.time = at.time;
        Ok(())
    }

    /// The ledger itself emits one event per transaction, so their number within the block is its index.
    fn tx_result(&self, applied: &mut Applied, at: &EventAt, entry: &Entry) -> Result<(), Error> {
        let wrong = |what: &str| Error::Event { position: at.position, what: what.to_owned() };
        let (TxResult::NUMBER, Origin::Tx { id: TxId(id) }) = (entry.number, at.origin) else {
            return Err(wrong("the ledger itself has no such event"));
        };
        decode::<TxResult>(&entry.body, EVENT_BODY_BYTES_MAX).map_err(|error| wrong(&error.to_string()))?;
        let place = (int(at.height), applied.block_txs, int(at.time.0));
        self.connection
            .prepare_cached(PUT_TX)
            .and_then(|mut sql| sql.execute(params![id, place.0, place.1, place.2, &*entry.body]))
            .doing("write a transaction")?;
        applied.block_txs = applied.block_txs.saturating_add(1);
        Ok(())
    }

    fn rows(&self, at: &EventAt, entry: &Entry) -> Result<(), Error> {
        let module = self.module(at.position, entry.module)?;
        let event = RawEvent { module: entry.module, number: entry.number, body: entry.body.to_vec() };
        let mut rows = Rows::default();
        module.project(&event, at, &mut rows);
        rows.into_ops().iter().try_for_each(|op| self.op(module.name(), op))
    }

    fn module(&self, position: u64, id: ModuleId) -> Result<&'static dyn Module, Error> {
        let known = self.modules.iter().copied().find(|module| module.id() == id);
        known.ok_or_else(|| Error::Event { position, what: format!("there is no module {id}") })
    }

    fn op(&self, module: &'static str, op: &RowOp) -> Result<(), Error> {
        match op {
            RowOp::Put { table, cells } => {
                let table = self.schema.table(module, table)?;
                table.check_row(cells)?;
                self.run(&table.put, cells.iter())
            }
            RowOp::Set { cells, .. } if cells.is_empty() => Ok(()),
            RowOp::Set { table, key, cells } => {
                let table = self.schema.table(module, table)?;
                table.check_key(key)?;
                self.run(&table.set(cells)?, cells.iter().map(|(_, cell)| cell).chain(key))
            }
            RowOp::Delete { table, key } => {
                let table: &Table = self.schema.table(module, table)?;
                table.check_key(key)?;
                self.run(&table.delete, key.iter())
            }
        }
    }

    fn run<'c>(&self, sql: &str, cells: impl Iterator<Item = &'c Cell>) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(sql).doing("prepare a statement")?;
        statement.execute(params_from_iter(cells.map(SqlCell))).doing("write a row")?;
        Ok(())
    }
}

/// A cell as a parameter of a statement.
pub(crate) struct SqlCell<'a>(pub(crate) &'a Cell);

impl ToSql for SqlCell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Cell::Empty => ValueRef::Null,
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Integer(number) => ValueRef::Integer(*number),
        }))
    }
}

/// Heights, times and positions lie far below 2⁶³.
pub(crate) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
