//! Why a key file cannot be used.

use crate::{secret::SecretError, signer::TokenError};
use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be opened, read or written.
    #[error("key file {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file of this name exists.
    #[error("key file {0} exists already; a key is never overwritten: choose another name")]
    Exists(PathBuf),
    /// Others than the owner of the file may read or change it.
    #[error(
        "key file {path} has mode {mode:04o}: others may use the key; run `chmod 600 {path}` and, if others had access, rotate the key"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Not a key file.
    #[error("key file {path}: {what}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong; never the secret.
        what: String,
    },
    /// The passphrase does not open it.
    #[error("key file {0}: the passphrase is wrong, or the file is damaged")]
    Passphrase(PathBuf),
    /// No passphrase for it is found.
    #[error("key file {path}")]
    Secret {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: SecretError,
    },
    /// The key lies on a token that cannot be used.
    #[error("key file {path}")]
    Token {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: TokenError,
    },
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

impl KeyFileError {
    pub(super) fn content(path: &Path, what: impl Into<String>) -> Self {
        Self::Content { path: path.to_owned(), what: what.into() }
    }
}
