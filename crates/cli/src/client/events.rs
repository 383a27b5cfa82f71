//! Finalized events as server-sent events.
//!
//! # Source
//! HTML Living Standard, §9.2.6 "Interpreting an event stream": the fields `data`, `event` and `id`, and comments.

use crate::client::{ClientError, from_reqwest};
use epione_types::{Origin, UnixMs};
use reqwest::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::VecDeque, time::Duration};

/// Longest line of the stream, in bytes.
const LINE_BYTES_MAX: usize = 1024 * 1024;

/// A finalized event, as a node tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEvent {
    /// Its place among all events of the chain, from zero.
    pub position: u64,
    /// Height of its block.
    pub height: u64,
    /// Time of its block.
    pub time: UnixMs,
    /// What it came from.
    pub origin: Origin,
    /// The module that emitted it.
    pub module: String,
    /// Its name.
    pub event: String,
    /// Its fields.
    pub fields: Value,
}

/// A stream of finalized events.
#[derive(Debug)]
pub struct Events {
    response: Response,
    parser: Parser,
}

impl Events {
    pub(crate) fn new(response: Response) -> Self {
        Self { response, parser: Parser::default() }
    }

    /// The next event; none if the node ended the stream. Without `patience` it is awaited without limit.
    ///
    /// # Errors
    /// [`ClientError`], a timeout if nothing at all comes for as long as `patience`.
    pub async fn next(&mut self, patience: Option<Duration>) -> Result<Option<LedgerEvent>, ClientError> {
        loop {
            if let Some(data) = self.parser.events.pop_front() {
                return serde_json::from_str(&data).map(Some).map_err(|error| self.broken(error.to_string()));
            }
            let chunk = self.response.chunk();
            let chunk = match patience {
                None => chunk.await,
                Some(patience) => tokio::time::timeout(patience, chunk).await.map_err(|_late| self.late(patience))?,
            };
            let url = self.response.url();
            match chunk.map_err(|error| from_reqwest(url, &error, Duration::ZERO))? {
                Some(bytes) => self.parser.push(&bytes).map_err(|what| self.broken(what))?,
                None => return Ok(None),
            }
        }
    }

    fn broken(&self, what: String) -> ClientError {
        ClientError::Answer { url: self.response.url().to_string(), what }
    }

    fn late(&self, patience: Duration) -> ClientError {
        crate::client::late(self.response.url(), patience)
    }
}

/// Takes bytes as they come and gives the data of whole events.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    line: Vec<u8>,
    data: String,
    pub(crate) events: VecDeque<String>,
    after_return: bool,
}

impl Parser {
    /// Takes more bytes of the stream. A line ends with `\n`, `\r` or both.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), String> {
        for &byte in bytes {
            let is_second = byte == b'\n' && self.after_return;
            self.after_return = byte == b'\r';
            if is_second {
                continue;
            }
            if byte == b'\n' || byte == b'\r' {
                let line = std::mem::take(&mut self.line);
                self.end_of_line(&line)?;
            } else if self.line.len() < LINE_BYTES_MAX {
                self.line.push(byte);
            } else {
                return Err(format!("a line of the event stream is longer than {LINE_BYTES_MAX} bytes"));
            }
        }
        Ok(())
    }

    fn end_of_line(&mut self, line: &[u8]) -> Result<(), String> {
        let line = std::str::from_utf8(line).map_err(|_utf8| "the event stream is not UTF-8".to_owned())?;
        if line.is_empty() {
            if !self.data.is_empty() {
                self.events.push_back(std::mem::take(&mut self.data));
            }
            return Ok(());
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        // A comment has an empty name; `id` and `event` repeat what the data says.
        if name == "data" {
            if !self.data.is_empty() {
                self.data.push('\n');
            }
            if self.data.len().saturating_add(value.len()) > LINE_BYTES_MAX {
                return Err(format!("an event of the stream is longer than {LINE_BYTES_MAX} bytes"));
            }
            self.data.push_str(value.strip_prefix(' ').unwrap_or(value));
        }
        Ok(())
    }
}
