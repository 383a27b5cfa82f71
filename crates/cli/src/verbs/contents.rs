//! Contents of records: items in base64 from a node, octet for octet to a file or the terminal.

use crate::{
    Failure, Format, Output,
    client::{Client, ClientError},
};
use base64ct::{Base64, Encoding as _};
use epione_types::UnitId;
use serde_json::{Value, json};
use std::{
    fs::OpenOptions,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// The items of one unit.
pub(super) struct Items {
    unit: UnitId,
    base64: Vec<String>,
    octets: Vec<Zeroizing<Vec<u8>>>,
}

impl Items {
    /// The items in the field `items` of what a node answered.
    pub(super) fn of(client: &Client, unit: UnitId, answer: &Value) -> Result<Self, Failure> {
        let base64: Vec<String> = super::act::part(client, answer, "items")?;
        let decoded = base64.iter().map(|item| Base64::decode_vec(item).map(Zeroizing::new));
        let octets = decoded.collect::<Result<_, _>>().map_err(|_base64| {
            let what = "an item is not in base64".to_owned();
            Failure::Node(ClientError::Answer { url: client.url().to_owned(), what })
        })?;
        Ok(Self { unit, base64, octets })
    }

    /// Writes the one item to `path`; several to `path` with `-1`, `-2` … behind it. Gives the files.
    pub(super) fn write(&self, path: &Path) -> Result<Vec<PathBuf>, Failure> {
        let mut written = Vec::new();
        for (at, octets) in self.octets.iter().enumerate() {
            let path = match self.octets.len() {
                1 => path.to_owned(),
                _ => {
                    let mut name = path.as_os_str().to_owned();
                    name.push(format!("-{}", at.saturating_add(1)));
                    PathBuf::from(name)
                }
            };
            create(&path, octets)?;
            written.push(path);
        }
        Ok(written)
    }

    /// Writes them into `folder`, named by their unit.
    pub(super) fn write_into(&self, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
        self.write(&folder.join(self.unit.to_string()))
    }

    /// Shows them: as text for people, in base64 for programs.
    pub(super) fn show(&self, out: &mut Output) -> Result<(), Failure> {
        if out.format() == Format::Json {
            return Ok(out.result(&json!({ "unit": self.unit, "items": self.base64 }))?);
        }
        for octets in &self.octets {
            let is_plain = |c: &char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
            match std::str::from_utf8(octets) {
                Ok(text) if text.chars().all(|c| is_plain(&c)) => out.text(text)?,
                _ => {
                    let text = "the record is not plain text: name a file for it with --out FILE";
                    return Err(Failure::Usage(text.to_owned()));
                }
            }
        }
        Ok(())
    }
}

/// Writes a new file that only its owner may read: there is a record in it.
fn create(path: &Path, octets: &[u8]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        let hint = if error.kind() == std::io::ErrorKind::AlreadyExists { "; name another file" } else { "" };
        Failure::Refused(format!("{}: {error}{hint}", path.display()))
    };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(octets).and_then(|()| file.sync_all()).map_err(failed)
}
