//! What can go wrong with the row database.

use std::path::PathBuf;

/// Why the row database cannot be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened.
    #[error("cannot open the row database `{}`", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// The file is a database of another program; it is left alone.
    #[error("`{}` is a database, but not a row database of Epione", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A module declares tables that cannot be made.
    #[error("the table `{table}` of module `{module}` cannot be made: {what}")]
    Table {
        /// The module.
        module: &'static str,
        /// The table.
        table: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// An event is not the one that comes next.
    #[error("event {found} does not come next: event {expected} does")]
    Gap {
        /// The position that comes next.
        expected: u64,
        /// The position that was given.
        found: u64,
    },
    /// An event that this program does not know.
    #[error("event {position}: {what}")]
    Event {
        /// Its position.
        position: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A module writes or asks for rows that do not fit its tables.
    #[error("rows of `{table}` of module `{module}`: {what}")]
    Rows {
        /// The module.
        module: &'static str,
        /// The table.
        table: &'static str,
        /// What does not fit.
        what: String,
    },
    /// SQLite failed.
    #[error("cannot {doing}")]
    Sql {
        /// What was being done.
        doing: &'static str,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
}

/// Says what was being done when SQLite failed.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, Error>;
}

impl<T> Doing<T> for Result<T, rusqlite::Error> {
    fn doing(self, doing: &'static str) -> Result<T, Error> {
        self.map_err(|source| Error::Sql { doing, source })
    }
}
