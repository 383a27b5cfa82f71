//! The tables of all modules, and the statements that write and read them.

use crate::{Error, Modules};
use epione_kernel::{Cell, ColumnKind, RowTable, Select};
use epione_types::Hash;
use std::{collections::BTreeMap, fmt::Write as _};

/// Changes whenever the tables of this crate itself do.
const LAYOUT: &str = "1";

/// The tables that belong to no module.
const OWN: [&str; 2] = [
    "CREATE TABLE \"ledger_txs\" (\"tx\" BLOB PRIMARY KEY, \"height\" INTEGER NOT NULL, \
     \"position_in_block\" INTEGER NOT NULL, \"time\" INTEGER NOT NULL, \"codes\" BLOB NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE \"cursor\" (\"only\" INTEGER PRIMARY KEY CHECK (\"only\" = 0), \"fingerprint\" TEXT NOT NULL, \
     \"position\" INTEGER NOT NULL, \"height\" INTEGER NOT NULL, \"time\" INTEGER NOT NULL, \
     \"block_txs\" INTEGER NOT NULL) STRICT",
];

/// All tables of a program.
#[derive(Debug)]
pub(crate) struct Schema {
    /// By module and table.
    tables: BTreeMap<(&'static str, &'static str), Table>,
    /// What creates them, and this crate's own.
    pub(crate) ddl: Vec<String>,
    /// Hash of what creates them.
    pub(crate) fingerprint: String,
}

/// A table with its statements.
#[derive(Debug)]
pub(crate) struct Table {
    module: &'static str,
    shape: &'static RowTable,
    /// Name in the database, quoted.
    pub(crate) name: String,
    /// Writes a row; the parameters are its cells.
    pub(crate) put: String,
    /// Deletes a row; the parameters are its key.
    pub(crate) delete: String,
}

impl Schema {
    /// The tables of `modules`.
    pub(crate) fn new(modules: Modules) -> Result<Self, Error> {
        let mut tables = BTreeMap::new();
        let mut ddl: Vec<String> = OWN.iter().map(|&own| own.to_owned()).collect();
        let mut names = vec!["ledger_txs".to_owned(), "cursor".to_owned()];
        for module in modules {
            for shape in module.tables() {
                let table = Table::new(module.name(), shape)?;
                if names.contains(&table.name) {
                    return Err(table.cannot_be_made("another table has this name"));
                }
                table.create(&mut ddl);
                names.push(table.name.clone());
                tables.insert((module.name(), shape.name), table);
            }
        }
        let fingerprint = Hash::sha256(&[LAYOUT.as_bytes(), ddl.join("\n").as_bytes()]).to_string();
        Ok(Self { tables, ddl, fingerprint })
    }

    /// The table `table` of `module`.
    pub(crate) fn table(&self, module: &'static str, table: &'static str) -> Result<&Table, Error> {
        let unknown = || Error::Rows { module, table, what: "the module has no such table".to_owned() };
        self.tables.get(&(module, table)).ok_or_else(unknown)
    }

    /// Every table, in the order of module and table names.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }
}

impl Table {
    fn new(module: &'static str, shape: &'static RowTable) -> Result<Self, Error> {
        let mut table = Self { module, shape, name: String::new(), put: String::new(), delete: String::new() };
        table.check()?;
        table.name = format!("{module}_{}", shape.name);
        table.put = table.put_sql();
        table.delete = format!("DELETE FROM \"{}\" WHERE {}", table.name, table.key_equals(1));
        Ok(table)
    }

    /// Names come from static tables only; they are checked because they become part of statements.
    fn check(&self) -> Result<(), Error> {
        let columns = self.shape.columns.iter().map(|column| column.name);
        for name in [self.module, self.shape.name].into_iter().chain(columns) {
            if name.is_empty() || !name.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase()) {
                return Err(self.cannot_be_made(&format!("`{name}` is not lower-case letters and underscores")));
            }
        }
        if self.shape.key == 0 || self.shape.key > self.shape.columns.len() {
            return Err(self.cannot_be_made("the key is not one or more of the columns"));
        }
        for (at, column) in self.shape.columns.iter().enumerate() {
            let before = self.shape.columns.iter().take(at);
            if column.name == "place" || before.into_iter().any(|other| other.name == column.name) {
                return Err(self.cannot_be_made(&format!("there are two columns `{}`", column.name)));
            }
        }
        for name in self.shape.indexes.iter().copied().flatten() {
            if self.column(name).is_none() {
                return Err(self.cannot_be_made(&format!("an index names `{name}`, which is not a column")));
            }
        }
        Ok(())
    }

    fn create(&self, ddl: &mut Vec<String>) {
        let mut sql = format!("CREATE TABLE \"{}\" (\"place\" INTEGER PRIMARY KEY AUTOINCREMENT", self.name);
        for (at, column) in self.shape.columns.iter().enumerate() {
            let kind = match column.kind {
                ColumnKind::Text => "TEXT",
                ColumnKind::Integer => "INTEGER",
            };
            // SQLite holds empty cells to be unlike each other, so an empty key would never be found again.
            let key = if at < self.shape.key { " NOT NULL" } else { "" };
            let _ = write!(sql, ", \"{}\" {kind}{key}", column.name);
        }
        let _ = write!(sql, ", UNIQUE ({})) STRICT", self.key_columns());
        ddl.push(sql);
        for columns in self.shape.indexes {
            let index = format!("{}_by_{}", self.name, columns.join("_and_"));
            let columns = list(columns.iter().copied());
            ddl.push(format!("CREATE INDEX \"{index}\" ON \"{}\" ({columns})", self.name));
        }
    }

    fn put_sql(&self) -> String {
        let names = || self.shape.columns.iter().map(|column| column.name);
        let values: Vec<String> = (1..=names().count()).map(|at| format!("?{at}")).collect();
        let changes: Vec<String> =
            names().skip(self.shape.key).map(|name| format!("\"{name}\" = excluded.\"{name}\"")).collect();
        // A row that only has a key is already as it should be.
        let change =
            if changes.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", changes.join(", ")) };
        format!(
            "INSERT INTO \"{}\" ({}) VALUES ({}) ON CONFLICT ({}) DO {change}",
            self.name,
            list(names()),
            values.join(", "),
            self.key_columns(),
        )
    }

    /// Changes `columns` of a row; the parameters are their cells, then the key.
    pub(crate) fn set(&self, columns: &[(&'static str, Cell)]) -> Result<String, Error> {
        let mut sql = format!("UPDATE \"{}\" SET ", self.name);
        for (at, (name, _)) in (1..).zip(columns) {
            let column = self.column(name).filter(|column| *column >= self.shape.key);
            column.ok_or_else(|| self.wrong(format!("`{name}` is not a column outside the key")))?;
            let comma = if at == 1 { "" } else { ", " };
            let _ = write!(sql, "{comma}\"{name}\" = ?{at}");
        }
        let _ = write!(sql, " WHERE {}", self.key_equals(columns.len().saturating_add(1)));
        Ok(sql)
    }

    /// Reads a page; the parameters are the cells of `equals` that are not empty, then the place, then the limit. The
    /// first column is the place.
    pub(crate) fn select(&self, select: &Select) -> Result<String, Error> {
        let mut sql = format!(
            "SELECT \"place\", {} FROM \"{}\" WHERE ",
            list(self.shape.columns.iter().map(|column| column.name)),
            self.name
        );
        let mut next = 1_usize;
        for (name, cell) in &select.equals {
            self.column(name).ok_or_else(|| self.wrong(format!("there is no column `{name}`")))?;
            if *cell == Cell::Empty {
                let _ = write!(sql, "\"{name}\" IS NULL AND ");
            } else {
                let _ = write!(sql, "\"{name}\" = ?{next} AND ");
                next = next.saturating_add(1);
            }
        }
        let limit = next.saturating_add(1);
        let _ = write!(sql, "\"place\" > ?{next} ORDER BY \"place\" LIMIT ?{limit}");
        Ok(sql)
    }

    /// Reads every row in the order of places.
    pub(crate) fn all(&self) -> String {
        format!("SELECT * FROM \"{}\" ORDER BY \"place\"", self.name)
    }

    /// Whether `cells` are a whole row.
    pub(crate) fn check_row(&self, cells: &[Cell]) -> Result<(), Error> {
        let (found, columns) = (cells.len(), self.shape.columns.len());
        if found != columns {
            return Err(self.wrong(format!("{found} cells were given for {columns} columns")));
        }
        self.check_cells(cells.iter().take(self.shape.key))
    }

    /// Whether `cells` are a key.
    pub(crate) fn check_key(&self, cells: &[Cell]) -> Result<(), Error> {
        let (found, key) = (cells.len(), self.shape.key);
        if found != key {
            return Err(self.wrong(format!("{found} cells were given for a key of {key}")));
        }
        self.check_cells(cells.iter())
    }

    fn check_cells<'a>(&self, mut key: impl Iterator<Item = &'a Cell>) -> Result<(), Error> {
        if key.any(|cell| *cell == Cell::Empty) {
            return Err(self.wrong("a cell of the key is empty".to_owned()));
        }
        Ok(())
    }

    /// Position of the column `name`.
    fn column(&self, name: &str) -> Option<usize> {
        self.shape.columns.iter().position(|column| column.name == name)
    }

    fn key_columns(&self) -> String {
        list(self.shape.columns.iter().take(self.shape.key).map(|column| column.name))
    }

    /// The key's columns equal the parameters from `first` on.
    fn key_equals(&self, first: usize) -> String {
        let columns = self.shape.columns.iter().take(self.shape.key);
        let equals: Vec<String> =
            (first..).zip(columns).map(|(at, column)| format!("\"{}\" = ?{at}", column.name)).collect();
        equals.join(" AND ")
    }

    fn cannot_be_made(&self, what: &str) -> Error {
        Error::Table { module: self.module, table: self.shape.name, what: what.to_owned() }
    }

    fn wrong(&self, what: String) -> Error {
        Error::Rows { module: self.module, table: self.shape.name, what }
    }
}

/// Quoted names with commas between them.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
