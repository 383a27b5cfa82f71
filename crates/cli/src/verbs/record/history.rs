//! What was done to records.

use super::{act, options};
use crate::{Failure, Output, client::Client};
use clap::ArgMatches;
use epione_types::{IdentityId, SubjectId, UnitId};
use serde_json::{Value, json};

/// Most versions of a record that are shown.
const VERSIONS_MAX: usize = 64;
/// Who asked for records, and what was decided.
const LOG: (&str, &str, &str) = ("access", "log", "lines");

pub(super) async fn history(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let client = options::client(matches)?;
    let viewer = options::optional::<IdentityId>(matches, "viewer");
    let value = match options::optional::<UnitId>(matches, "unit") {
        Some(unit) => {
            let versions = versions(&client, unit).await?;
            let own =
                versions.iter().find(|version| version.get("id") == Some(&json!(unit))).cloned().unwrap_or_default();
            let subject: SubjectId = act::part(&client, &own.get("unit").cloned().unwrap_or_default(), "subject")?;
            let log = json!({ "subject": subject, "viewer": viewer, "unit": unit });
            let log = act::all_pages(&client, LOG, &log).await?;
            json!({ "unit": own, "versions": versions.iter().map(brief).collect::<Vec<_>>(), "log": log })
        }
        None => {
            let subject: SubjectId = options::required(matches, "subject")?;
            let records = json!({ "subject": subject });
            let records = act::all_pages(&client, ("records", "list", "units"), &records).await?;
            let log = act::all_pages(&client, LOG, &json!({ "subject": subject, "viewer": viewer })).await?;
            json!({ "subject": subject, "records": records, "log": log })
        }
    };
    Ok(out.result(&value)?)
}

/// All versions of a record, the oldest first.
async fn versions(client: &Client, unit: UnitId) -> Result<Vec<Value>, Failure> {
    let own = version(client, &json!(unit)).await?;
    let mut found = vec![own.clone()];
    let mut other = of(&own, "before");
    while let (false, true) = (other.is_null(), found.len() < VERSIONS_MAX) {
        let earlier = version(client, &other).await?;
        other = of(&earlier, "before");
        found.insert(0, earlier);
    }
    let mut other = of(&own, "after");
    while let (false, true) = (other.is_null(), found.len() < VERSIONS_MAX) {
        let later = version(client, &other).await?;
        other = of(&later, "after");
        found.push(later);
    }
    Ok(found)
}

async fn version(client: &Client, unit: &Value) -> Result<Value, Failure> {
    Ok(client.query("records", "get", &json!({ "id": unit })).await?.value)
}

fn of(version: &Value, field: &str) -> Value {
    version.get("unit").and_then(|unit| unit.get(field)).cloned().unwrap_or_default()
}

/// A version in a line.
fn brief(version: &Value) -> Value {
    json!({
        "id": version.get("id"),
        "registered_at": of(version, "registered_at"),
        "edition": of(version, "edition"),
        "entered_in_error": of(version, "entered_in_error"),
        "erased": version.get("erased"),
    })
}
