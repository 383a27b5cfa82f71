//! The end of a record, and its new beginning under other keys.

use super::{act::Act, options};
use crate::{Failure, Modules, Output};
use clap::ArgMatches;
use epione_modules::records::RefusalGround;
use epione_types::{Call, UnitId};
use serde_json::{Value, json};

pub(super) async fn erase(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let decision = decision(matches)?;
    let act = Act::of(modules, matches)?;
    let units: Vec<UnitId> = options::several(matches, "unit");
    let of_each = |call: &str, more: &Value| -> Result<Vec<Call>, Failure> {
        let fields = |unit: &UnitId| {
            let mut fields = json!({ "unit": unit });
            if let (Some(fields), Some(more)) = (fields.as_object_mut(), more.as_object()) {
                fields.extend(more.clone());
            }
            fields
        };
        units.iter().map(|unit| act.call("records", call, &fields(unit))).collect()
    };
    let (what, calls) = if let Some(decision) = decision {
        ("decided", of_each("decide-erasure", &json!({ "decision": decision }))?)
    } else if matches.get_flag("cancel") {
        ("cancelled", of_each("cancel-erasure", &json!({}))?)
    } else if matches.get_flag("retention-over") {
        ("granted", of_each("tombstone", &json!({}))?)
    } else {
        let attested = match options::optional::<String>(matches, "attested") {
            Some(text) => Some(act.commit("evidence", &text).await?),
            None => None,
        };
        let fields = json!({ "units": units, "attested": attested });
        ("requested", vec![act.call("records", "request-erasure", &fields)?])
    };
    let done = act.submit(calls, out).await?;
    let mut standing = Vec::new();
    for unit in &units {
        let answer = act.client.query("records", "get", &json!({ "id": unit })).await?.value;
        let erasure = answer.get("unit").and_then(|unit| unit.get("erasure")).cloned().unwrap_or_default();
        standing.push(json!({ "unit": unit, "erasure": erasure }));
    }
    Ok(out.result(&done.with(json!({ "erasure": what, "units": standing })))?)
}

/// What the custodian decides, if it does.
fn decision(matches: &ArgMatches) -> Result<Option<Value>, Failure> {
    let ground = options::optional::<RefusalGround>(matches, "ground");
    match (options::optional::<String>(matches, "decide").as_deref(), ground) {
        (Some("refuse"), Some(ground)) => Ok(Some(json!({ "refuse": ground }))),
        (Some("refuse"), None) => {
            Err(Failure::Usage("--ground is missing: why the erasure is refused, such as `legal-duty`".to_owned()))
        }
        (Some(_), Some(_)) => Err(Failure::Usage("--ground goes with `--decide refuse` only".to_owned())),
        (decision, None) => Ok(decision.map(|decision| json!(decision))),
        (None, Some(_)) => Err(Failure::Usage("--ground goes with `--decide refuse`".to_owned())),
    }
}

pub(super) async fn redeal(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let unit: UnitId = options::required(matches, "unit")?;
    let client = options::client(matches)?;
    let path = ["records", &unit.to_string(), "redeal"];
    Ok(out.result(&client.post_bytes(&path, &[], Vec::new(), options::wait(matches)).await?)?)
}

pub(super) async fn certificate(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let unit: UnitId = options::required(matches, "unit")?;
    let client = options::client(matches)?;
    let path = ["records", &unit.to_string(), "erasure-certificate"];
    Ok(out.result(&client.get_json(&path, &[], options::wait(matches)).await?)?)
}
