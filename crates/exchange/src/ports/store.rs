//! A small durable store of rows, ordered by their keys.

use std::fmt;

/// A table of the store. Numbers are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// How far each duty has come: name → position.
    Cursors,
    /// What is to be done: task → [`crate::tasks::Task`].
    Tasks,
    /// When: time ‖ task → nothing.
    Due,
    /// What is kept as a vault: unit ‖ edition → signed manifest and whose it is.
    Kept,
    /// Envelopes that are kept as a vault: holder ‖ period ‖ unit ‖ edition → envelope.
    Envelopes,
    /// What is known of own units: unit → wrapped.
    Sources,
    /// Own units by what they belong to: keyed hash ‖ unit → nothing.
    SourceIndex,
    /// Keys of own subjects: subject → wrapped.
    Subjects,
    /// Subjects by local identifiers and link tokens: keyed hash → subject.
    Identifiers,
    /// Openings of commitments: commitment → wrapped.
    Openings,
    /// Notices for patients: subject ‖ position → wrapped.
    Notices,
    /// What was obtained under a grant: request ‖ unit → wrapped.
    Copies,
    /// Answers to searches: search → wrapped.
    Answers,
    /// Complaints that were made: request ‖ unit ‖ holder → complaint.
    Complaints,
    /// Own units on their way to the ledger: unit → wrapped.
    Pending,
    /// Own units that are being dealt anew: unit → what will be known of them, wrapped.
    Next,
}

impl Table {
    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Cursors => 1,
            Self::Tasks => 2,
            Self::Due => 3,
            Self::Kept => 4,
            Self::Envelopes => 5,
            Self::Sources => 6,
            Self::SourceIndex => 7,
            Self::Subjects => 8,
            Self::Identifiers => 9,
            Self::Openings => 10,
            Self::Notices => 11,
            Self::Copies => 12,
            Self::Answers => 13,
            Self::Complaints => 14,
            Self::Pending => 15,
            Self::Next => 16,
        }
    }
}

/// A change of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Writes a row.
    Put(Table, Vec<u8>, Vec<u8>),
    /// Deletes a row, if there is one.
    Delete(Table, Vec<u8>),
}

/// The store failed; the node's operator finds the cause in the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store of the exchange failed: {0}")]
pub struct StoreError(pub String);

/// A row with its key.
pub type Row = (Vec<u8>, Vec<u8>);

/// Rows by table and key. Every method may be called from several threads at once.
pub trait Store: fmt::Debug + Send + Sync {
    /// The row under `key`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// At most `max` rows whose keys begin with `prefix`, ascending, from the first above `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn scan(&self, table: Table, prefix: &[u8], after: Option<&[u8]>, max: usize) -> Result<Vec<Row>, StoreError>;

    /// Makes all changes or none, in order. When it returns, they outlive a loss of power.
    ///
    /// # Errors
    /// [`StoreError`]; after an error the changes may or may not be made.
    fn write(&self, ops: Vec<Op>) -> Result<(), StoreError>;
}
