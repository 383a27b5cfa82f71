//! A search for a chart.

use super::{
    act::{self, Act},
    options,
};
use crate::{Failure, Modules, Output, client::Client};
use clap::ArgMatches;
use epione_modules::{access::RelationKind, consent::Purpose};
use epione_types::{EmergencyId, LocateId, OrgId};
use serde_json::{Value, json};
use std::time::Duration;

pub(super) async fn locate(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    if let Some(locate) = options::optional::<LocateId>(matches, "again") {
        let found = ask(&options::client(matches)?, locate, options::wait(matches)).await?;
        return show(found, out);
    }
    let act = Act::of(modules, matches)?;
    act.identity()?;
    let sought = match options::optional::<String>(matches, "link-token") {
        Some(token) => json!({ "link-token": token }),
        None => json!({ "identifier": act::given_identifiers(matches).pop() }),
    };
    let relationship = match options::optional::<RelationKind>(matches, "relationship") {
        Some(kind) => {
            let evidence: String = options::required(matches, "evidence")?;
            Some(json!({ "kind": kind, "evidence": act.commit("evidence", &evidence).await? }))
        }
        None => None,
    };
    let fields = json!({
        "custodian": options::required::<OrgId>(matches, "custodian")?,
        "purpose": options::required::<Purpose>(matches, "purpose")?,
        "query": act.commitment("query", &sought).await?,
        "relationship": relationship,
        "emergency": options::optional::<EmergencyId>(matches, "emergency"),
    });
    let done = act.make("access", "locate", &fields, out).await?;
    let locate = LocateId(done.first.short());
    match ask(&act.client, locate, act.wait).await {
        Ok(found) => show(found, out),
        Err(error) => {
            out.progress(format_args!(
                "The search is on the ledger; ask again with `epione access locate --again {locate}`."
            ))?;
            Err(error)
        }
    }
}

/// What the custodian answers to a search that is final.
async fn ask(client: &Client, locate: LocateId, wait: Duration) -> Result<Value, Failure> {
    let answer = client.post_json(&["locates", &locate.to_string()], &json!({}), wait).await?;
    let units: Vec<Value> = act::part(client, &answer, "units")?;
    let notice: Option<String> = act::part(client, &answer, "notice")?;
    Ok(json!({ "locate": locate, "units": units, "notice": notice }))
}

fn show(mut found: Value, out: &mut Output) -> Result<(), Failure> {
    let is_silent = found.get("notice").is_none_or(Value::is_null);
    if let Some(fields) = found.as_object_mut().filter(|_| is_silent) {
        fields.remove("notice");
    }
    Ok(out.result(&found)?)
}
