//! Emergencies: the access, the second practitioner, the review.

use super::{act::Act, options};
use crate::{Failure, Modules, Output};
use clap::ArgMatches;
use epione_modules::emergency::Outcome;
use epione_types::{EmergencyId, OrgId, SubjectId};
use serde_json::{Value, json};

pub(super) async fn break_glass(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let act = Act::of(modules, matches)?;
    act.identity()?;
    let justification: String = options::required(matches, "justification")?;
    let fields = json!({
        "custodian": options::required::<OrgId>(matches, "custodian")?,
        "subject": options::optional::<SubjectId>(matches, "subject"),
        "justification": act.commit("justification", &justification).await?,
    });
    let done = act.make("emergency", "break-glass", &fields, out).await?;
    let id = EmergencyId(done.first.short());
    let access = standing(&act, &id).await?;
    Ok(out.result(&done.with(json!({
        "emergency": id,
        "expires_at": access.get("expires_at"),
        "countersign_until": access.get("countersign_by"),
        "review_until": access.get("review_by"),
    })))?)
}

pub(super) async fn countersign(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let id: EmergencyId = options::required(matches, "emergency")?;
    let act = Act::of(modules, matches)?;
    let done = act.make("emergency", "countersign", &json!({ "emergency": id }), out).await?;
    let access = standing(&act, &id).await?;
    Ok(out.result(&done.with(json!({ "emergency": id, "countersigned": access.get("countersigned") })))?)
}

pub(super) async fn review(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let id: EmergencyId = options::required(matches, "emergency")?;
    let act = Act::of(modules, matches)?;
    let report: String = options::required(matches, "report")?;
    let fields = json!({
        "emergency": id,
        "outcome": options::required::<Outcome>(matches, "outcome")?,
        "report": act.commit("evidence", &report).await?,
    });
    let done = act.make("emergency", "review", &fields, out).await?;
    let access = standing(&act, &id).await?;
    Ok(out.result(&done.with(json!({ "emergency": id, "review": access.get("review") })))?)
}

/// What the ledger says of an access.
async fn standing(act: &Act, id: &EmergencyId) -> Result<Value, Failure> {
    let answer = act.client.query("emergency", "get", &json!({ "id": id })).await?.value;
    Ok(answer.get("access").cloned().unwrap_or_default())
}
