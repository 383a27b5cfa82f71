//! Rows of a node's query database, as modules see them.

use serde::Serialize;

/// A table of the query database. Its name is unique in the module; the database prefixes it with the module's.
#[derive(Clone, Copy, Debug)]
pub struct RowTable {
    /// Name, in snake case.
    pub name: &'static str,
    /// The columns; the first `key` of them are the primary key.
    pub columns: &'static [Column],
    /// Number of columns that form the primary key, at least one.
    pub key: usize,
    /// Further columns by which rows are looked up, each list an index.
    pub indexes: &'static [&'static [&'static str]],
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name, in snake case.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column holds; every column may also be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A string.
    Text,
    /// A whole number below 2⁶³.
    Integer,
}

/// A value in a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A string.
    Text(String),
    /// A whole number.
    Integer(i64),
}

impl Cell {
    /// The text form of `value`.
    #[must_use]
    pub fn text(value: &impl ToString) -> Self {
        Self::Text(value.to_string())
    }

    /// `value`, at most 2⁶³ − 1.
    #[must_use]
    pub fn integer(value: u64) -> Self {
        Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Empty | Self::Integer(_) => None,
        }
    }

    /// The number, if it is one and not negative.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Integer(number) => u64::try_from(*number).ok(),
            Self::Empty | Self::Text(_) => None,
        }
    }
}

/// A change of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowOp {
    /// Writes a whole row; one with the same key keeps its place.
    Put {
        /// The table.
        table: &'static str,
        /// A cell for each column.
        cells: Vec<Cell>,
    },
    /// Changes columns of the row with a key, if there is one.
    Set {
        /// The table.
        table: &'static str,
        /// The key.
        key: Vec<Cell>,
        /// Column and new value.
        cells: Vec<(&'static str, Cell)>,
    },
    /// Deletes the row with a key, if there is one.
    Delete {
        /// The table.
        table: &'static str,
        /// The key.
        key: Vec<Cell>,
    },
}

/// The changes that an event makes, in order.
#[derive(Debug, Default)]
pub struct Rows(Vec<RowOp>);

impl Rows {
    /// Writes a whole row.
    pub fn put(&mut self, table: &'static str, cells: Vec<Cell>) {
        self.0.push(RowOp::Put { table, cells });
    }

    /// Changes columns of a row.
    pub fn set(&mut self, table: &'static str, key: Vec<Cell>, cells: Vec<(&'static str, Cell)>) {
        self.0.push(RowOp::Set { table, key, cells });
    }

    /// Deletes a row.
    pub fn delete(&mut self, table: &'static str, key: Vec<Cell>) {
        self.0.push(RowOp::Delete { table, key });
    }

    /// The changes.
    #[must_use]
    pub fn into_ops(self) -> Vec<RowOp> {
        self.0
    }
}

/// What a query asks of a table: rows with equal columns, in the order in which they were first written.
#[derive(Clone, Debug)]
pub struct Select {
    /// The table.
    pub table: &'static str,
    /// Columns and the values they must have.
    pub equals: Vec<(&'static str, Cell)>,
    /// Only rows after the one with this place.
    pub after: Option<u64>,
    /// At most this many rows.
    pub limit: u32,
}

/// The row store failed; the node's operator finds the cause in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowsError(pub String);

impl std::fmt::Display for RowsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the row store failed: {}", self.0)
    }
}

impl std::error::Error for RowsError {}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its place in the order in which the table's rows were first written: stable, and the same on every node.
    pub place: u64,
    /// A cell per column.
    pub cells: Vec<Cell>,
}

impl Row {
    /// The cell of the column at `column`; empty beyond the last.
    #[must_use]
    pub fn cell(&self, column: usize) -> &Cell {
        self.cells.get(column).unwrap_or(&Cell::Empty)
    }
}

/// Where rows are read from. The tables belong to the module that asks.
pub trait RowSource {
    /// The rows, at most `select.limit`.
    ///
    /// # Errors
    /// [`RowsError`] if the store fails.
    fn select(&self, module: &'static str, select: &Select) -> Result<Vec<Row>, RowsError>;
}
