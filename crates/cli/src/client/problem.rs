//! What can go wrong between client and node, with everything the node said about it.

use serde::Deserialize;
use std::{fmt, path::PathBuf};

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Not a URL over HTTP.
    #[error("`{0}` is not the address of a node; give a URL such as http://127.0.0.1:7400")]
    Address(String),
    /// HTTP without encryption to another machine.
    #[error(
        "`{0}` is another machine, and http:// is not encrypted: give an https:// URL of that node or of the proxy before \
         it, or run this command on the machine of the node with http://127.0.0.1"
    )]
    Plain(String),
    /// The authorities to be trusted cannot be read.
    #[error("--ca {path}: {what}")]
    Authority {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// No connection, or it broke.
    #[error("no answer from {url}: {cause}; check that the node runs and that this is its `http.listen` address")]
    Unreachable {
        /// The request.
        url: String,
        /// What the connection failed with.
        cause: String,
    },
    /// No answer in time.
    #[error("no answer from {url} within {after_ms} ms; the node may be busy: look at its log")]
    Timeout {
        /// The request.
        url: String,
        /// How long was waited, in milliseconds.
        after_ms: u64,
    },
    /// The node refused the request.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// Something answered, but not as a node does.
    #[error("the answer from {url} is not one of an Epione node: {what}")]
    Answer {
        /// The request.
        url: String,
        /// What is wrong with the answer.
        what: String,
    },
}

impl ClientError {
    /// The problem that the node reported, if it did.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }

    /// The exit code of a command that ends with this error.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Address(_) | Self::Plain(_) => 2,
            Self::Unreachable { .. } => 3,
            Self::Timeout { .. } => 5,
            Self::Answer { .. } | Self::Authority { .. } => 1,
            Self::Problem(problem) => match problem.status {
                404 => 4,
                503 if problem.kind() == "unavailable" => 3,
                _ => 1,
            },
        }
    }
}

/// A problem as the node reports it (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// `urn:epione:problem:<kind>`.
    #[serde(rename = "type")]
    pub urn: String,
    /// HTTP status.
    pub status: u16,
    /// What kind of problem it is, in words.
    #[serde(default)]
    pub title: String,
    /// What is wrong here.
    #[serde(default)]
    pub detail: String,
    /// For a refused call: the reject's code.
    #[serde(default)]
    pub code: Option<u32>,
    /// For a refused call: the reject's name.
    #[serde(default)]
    pub name: Option<String>,
    /// For a refused call: its position in the transaction.
    #[serde(default)]
    pub call: Option<u16>,
    /// After how many seconds the node invites another attempt.
    #[serde(skip)]
    pub retry_after_secs: Option<u64>,
}

impl Problem {
    /// The stable name of the problem, for programs.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.urn.rsplit(':').next().unwrap_or_default()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.title.as_str(), self.detail.as_str()) {
            ("", "") => f.write_str("the node refused the request")?,
            ("", text) | (text, "") => f.write_str(text)?,
            (title, detail) => write!(f, "{title}: {detail}")?,
        }
        write!(f, " ({}, HTTP {}", self.kind(), self.status)?;
        if let Some(call) = self.call {
            write!(f, ", call {call}")?;
        }
        match (self.code, &self.name) {
            (Some(code), Some(name)) => write!(f, ", code {code} {name}")?,
            (Some(code), None) => write!(f, ", code {code}")?,
            _ => {}
        }
        f.write_str(")")?;
        if let Some(secs) = self.retry_after_secs {
            write!(f, "; try again in {secs} s")?;
        }
        Ok(())
    }
}
