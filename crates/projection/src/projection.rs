//! The single writer of the row database.

use crate::{
    Error, Modules, Reader,
    error::Doing as _,
    schema::Schema,
    write::{Writer, int},
};
use epione_kernel::EventAt;
use epione_types::{Entry, Hash, UnixMs};
use rusqlite::{Connection, OptionalExtension as _, params, types::ValueRef};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Marks the file as ours: "EPIO".
const APPLICATION_ID: i32 = 0x4550_494f;

/// Room for every statement of every module; a statement that is prepared anew costs more than the row it writes.
const STATEMENTS_MAX: usize = 512;

const MOVE_CURSOR: &str = "UPDATE \"cursor\" SET \"position\" = ?1, \"height\" = ?2, \"time\" = ?3, \"block_txs\" = ?4";
const READ_CURSOR: &str = "SELECT \"position\", \"height\", \"time\", \"block_txs\" FROM \"cursor\"";

/// How far the events have become rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Position of the next event: so many have become rows.
    pub position: u64,
    /// Height of the block of the last event; zero before the first.
    pub height: u64,
    /// Time of that block.
    pub time: UnixMs,
    /// Transactions of that block so far.
    pub(crate) block_txs: i64,
}

/// The row database of a node, with the right to write it.
#[derive(Debug)]
pub struct Projection {
    path: PathBuf,
    modules: Modules,
    schema: Arc<Schema>,
    connection: Connection,
    applied: Applied,
}

impl Projection {
    /// Opens the database at `path`, or makes it. If its tables are not those of `modules`, it is made anew and the cursor
    /// is zero again.
    ///
    /// # Errors
    /// [`Error`] if a module's tables cannot be made, the file cannot be opened, or belongs to another program.
    pub fn open(path: &Path, modules: Modules) -> Result<Self, Error> {
        let schema = Arc::new(Schema::new(modules)?);
        let connection = Connection::open(path)
            .and_then(|connection| configure(&connection).map(|()| connection))
            .map_err(|source| Error::Open { path: path.to_owned(), source })?;
        let mut projection = Self { path: path.to_owned(), modules, schema, connection, applied: Applied::default() };
        match projection.fingerprint()? {
            Some(found) if found == projection.schema.fingerprint => {
                projection.applied = read_applied(&projection.connection)?;
            }
            Some(_) => {
                tracing::warn!(path = %path.display(), "the tables have changed: all rows are made again");
                projection.rebuild()?;
            }
            None => projection.rebuild()?,
        }
        Ok(projection)
    }

    /// Position of the next event to apply.
    #[must_use]
    pub fn cursor(&self) -> u64 {
        self.applied.position
    }

    /// How far the events have become rows.
    #[must_use]
    pub fn applied(&self) -> Applied {
        self.applied
    }

    /// Turns events into rows: all of them or, on an error, none. The first stands at [`Self::cursor`], each next one
    /// after it.
    ///
    /// # Errors
    /// [`Error`]; the database then stands where it stood before.
    ///
    /// # Panics
    /// If the body of an event does not decode: the log holds only what the modules emitted.
    pub fn apply(&mut self, events: &[(EventAt, Entry)]) -> Result<(), Error> {
        let transaction = self.connection.transaction().doing("begin to write rows")?;
        let writer = Writer { modules: self.modules, schema: &self.schema, connection: &transaction };
        let mut applied = self.applied;
        for (at, entry) in events {
            writer.event(&mut applied, at, entry)?;
        }
        transaction
            .prepare_cached(MOVE_CURSOR)
            .and_then(|mut sql| {
                let Applied { position, height, time, block_txs } = applied;
                sql.execute(params![int(position), int(height), int(time.0), block_txs])
            })
            .doing("move the cursor")?;
        transaction.commit().doing("commit rows")?;
        self.applied = applied;
        Ok(())
    }

    /// Drops all rows; the cursor is zero again. Readers see either all old rows or none.
    ///
    /// # Errors
    /// [`Error`]; the database then stands where it stood before.
    pub fn rebuild(&mut self) -> Result<(), Error> {
        let doing = "make the tables anew";
        let transaction = self.connection.transaction().doing(doing)?;
        for table in tables(&transaction)? {
            transaction.execute_batch(&format!("DROP TABLE \"{}\"", table.replace('"', "\"\""))).doing(doing)?;
        }
        for sql in &self.schema.ddl {
            transaction.execute_batch(sql).doing(doing)?;
        }
        transaction
            .execute("INSERT INTO \"cursor\" VALUES (0, ?1, 0, 0, 0, 0)", [&self.schema.fingerprint])
            .and_then(|_rows| transaction.pragma_update(None, "application_id", APPLICATION_ID))
            .and_then(|()| transaction.commit())
            .doing(doing)?;
        self.applied = Applied::default();
        Ok(())
    }

    /// Reads beside this writer.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::new(self.path.clone(), Arc::clone(&self.schema))
    }

    /// A hash over all rows, their places and the cursor: equal on two nodes exactly if their rows are.
    ///
    /// # Errors
    /// [`Error`] if a table cannot be read.
    pub fn digest(&self) -> Result<Hash, Error> {
        let mut digest = Hash::default();
        for table in self.schema.tables() {
            digest = self.digest_rows(Hash::sha256(&[&digest.0, table.name.as_bytes()]), &table.all())?;
        }
        digest = self.digest_rows(digest, "SELECT * FROM \"ledger_txs\" ORDER BY \"height\", \"position_in_block\"")?;
        self.digest_rows(digest, READ_CURSOR)
    }

    /// Chains `digest` over the rows of `sql`.
    fn digest_rows(&self, mut digest: Hash, sql: &str) -> Result<Hash, Error> {
        let doing = "read all rows";
        let mut statement = self.connection.prepare(sql).doing(doing)?;
        let columns = statement.column_count();
        let mut rows = statement.query([]).doing(doing)?;
        let mut bytes = Vec::new();
        while let Some(row) = rows.next().doing(doing)? {
            bytes.clear();
            for column in 0..columns {
                append(&mut bytes, row.get_ref(column).doing(doing)?);
            }
            digest = Hash::sha256(&[&digest.0, &bytes]);
        }
        Ok(digest)
    }

    /// The fingerprint in the file; none if the file is empty.
    fn fingerprint(&self) -> Result<Option<String>, Error> {
        let doing = "read the fingerprint of the tables";
        let tables = tables(&self.connection)?;
        let id: i32 = self.connection.pragma_query_value(None, "application_id", |row| row.get(0)).doing(doing)?;
        if tables.is_empty() {
            return Ok(None);
        }
        if id != APPLICATION_ID {
            return Err(Error::Foreign { path: self.path.clone() });
        }
        let sql = "SELECT \"fingerprint\" FROM \"cursor\"";
        self.connection.query_row(sql, [], |row| row.get(0)).optional().doing(doing)
    }
}

/// The event log is the truth, so a crash of the machine may cost the last rows: they are made again.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // In pages of 4 KiB. Random identifiers touch a page each: copying pages back after several blocks instead of after
    // each one halves the cost of a row.
    connection.pragma_update(None, "wal_autocheckpoint", 16 * 1024)?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    // In KiB where negative.
    connection.pragma_update(None, "cache_size", -64 * 1024)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.busy_timeout(Duration::from_secs(5))
}

/// The tables of the file.
fn tables(connection: &Connection) -> Result<Vec<String>, Error> {
    let doing = "list the tables";
    let sql = "SELECT \"name\" FROM \"sqlite_master\" WHERE \"type\" = 'table' AND \"name\" NOT GLOB 'sqlite_*'";
    let mut statement = connection.prepare(sql).doing(doing)?;
    let names = statement.query_map([], |row| row.get(0)).doing(doing)?;
    names.collect::<Result<_, _>>().doing(doing)
}

/// How far the rows of the database go.
pub(crate) fn read_applied(connection: &Connection) -> Result<Applied, Error> {
    let read = |row: &rusqlite::Row<'_>| {
        let number = |at: usize| row.get(at).map(|number: i64| u64::try_from(number).unwrap_or(0));
        Ok(Applied { position: number(0)?, height: number(1)?, time: UnixMs(number(2)?), block_txs: row.get(3)? })
    };
    let mut statement = connection.prepare_cached(READ_CURSOR).doing("read the cursor")?;
    statement.query_row([], read).doing("read the cursor")
}

/// Appends a value with its kind and length.
fn append(bytes: &mut Vec<u8>, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => bytes.push(0),
        ValueRef::Integer(number) => {
            bytes.push(1);
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        ValueRef::Real(number) => {
            bytes.push(2);
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        ValueRef::Text(text) | ValueRef::Blob(text) => {
            bytes.push(3);
            bytes.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
            bytes.extend_from_slice(text);
        }
    }
}
