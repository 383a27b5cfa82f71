//! Why a command failed, and the exit code that says so.
//!
//! A message does not repeat the one of its source: whoever shows it shows the whole chain.

use crate::{client::ClientError, keys::KeyFileError, secret::SecretError, signer::TokenError};
use epione_peer::IdentityError;
use std::io;

/// The exit codes, as `--help` shows them.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed: refused by the ledger, a check did not hold, a file could not be used
  2  usage: an option is missing, unknown or wrong
  3  the node cannot be reached or does not follow the chain
  4  not found
  5  not final yet, or not finished in time";

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An option is wrong.
    #[error("{0}")]
    Usage(String),
    /// The ledger, or a check before it, refuses.
    #[error("{0}")]
    Refused(String),
    /// It was not finished in time, and may still be.
    #[error("{0}")]
    Unfinished(String),
    /// The node did not answer as it should.
    #[error(transparent)]
    Node(#[from] ClientError),
    /// A key file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// There is no passphrase or PIN.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A key on a token cannot be used.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A TLS certificate or its key cannot be used or made.
    #[error(transparent)]
    Certificate(#[from] IdentityError),
    /// The output cannot be written.
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
}

impl Failure {
    /// The exit code, as in [`EXIT_CODES`].
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_)
            | Self::Key(_)
            | Self::Secret(_)
            | Self::Token(_)
            | Self::Certificate(_)
            | Self::Output(_) => 1,
            Self::Usage(_) => 2,
            Self::Unfinished(_) => 5,
            Self::Node(error) => error.exit_code(),
        }
    }

    /// Whether only the reader of the output went away: no failure to speak of.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
