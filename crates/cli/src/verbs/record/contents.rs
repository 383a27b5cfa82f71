//! Records into a node, and out of it.

use super::{octets::Items, options};
use crate::{Failure, Output};
use clap::ArgMatches;
use epione_types::{IdentityId, Quarter, RequestId, SubjectId, UnitId};
use std::path::PathBuf;

/// Largest record, in octets: what a node takes at once.
const RECORD_BYTES_MAX: u64 = 12 * 1024 * 1024;

pub(super) async fn put(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let path: PathBuf = options::required(matches, "file")?;
    let failed = |error: std::io::Error| Failure::Usage(format!("{}: {error}", path.display()));
    let size = std::fs::metadata(&path).map_err(failed)?.len();
    if size > RECORD_BYTES_MAX {
        let text = format!("{}: {size} bytes are more than {RECORD_BYTES_MAX}; put it in parts", path.display());
        return Err(Failure::Usage(text));
    }
    let octets = std::fs::read(&path).map_err(failed)?;
    let mut parameters = vec![
        ("subject", options::required::<SubjectId>(matches, "subject")?.to_string()),
        ("category", options::required::<String>(matches, "category")?),
        ("class", options::required::<String>(matches, "class")?),
        ("care", options::required::<Quarter>(matches, "care")?.to_string()),
        ("retain_until", options::required::<Quarter>(matches, "retain-until")?.to_string()),
    ];
    let given = [
        ("encounter", options::optional::<String>(matches, "encounter")),
        ("author", options::optional::<IdentityId>(matches, "author").map(|id| id.to_string())),
        ("supersedes", options::optional::<UnitId>(matches, "supersedes").map(|unit| unit.to_string())),
    ];
    parameters.extend(given.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let flags = [("restricted", "restricted"), ("locked", "locked"), ("self_paid", "self-paid")];
    parameters.extend(
        flags.into_iter().filter(|(_, option)| matches.get_flag(option)).map(|(name, _)| (name, true.to_string())),
    );
    let client = options::client(matches)?;
    let answer = client.post_bytes(&["records"], &parameters, octets, options::wait(matches)).await?;
    Ok(out.result(&answer)?)
}

pub(super) async fn get(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let unit: UnitId = options::required(matches, "unit")?;
    let client = options::client(matches)?;
    let of = unit.to_string();
    let path = match options::optional::<RequestId>(matches, "request") {
        Some(request) => vec!["requests".to_owned(), request.to_string(), "copies".to_owned(), of],
        None => vec!["records".to_owned(), of],
    };
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let answer = client.get_json(&path, &[], options::wait(matches)).await?;
    let items = Items::of(&client, unit, &answer)?;
    match options::optional::<PathBuf>(matches, "out") {
        Some(path) => {
            let written = items.write(&path)?;
            Ok(out.result(&serde_json::json!({ "unit": unit, "files": written }))?)
        }
        None => items.show(out),
    }
}
