//! The network: agreement, suspension and reinstatement by vote.

use super::{documents, height};
use crate::demo::stage::{Act, CLINIC, HOSPITAL, LABORATORY, Look, PATIENTS, PHARMACY, Stage};
use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

/// All nodes stand at the same state.
pub(super) async fn agree(stage: &Stage<'_>) -> Result<String> {
    let (height, root) = stage.agreement().await?;
    Ok(format!("at height {height} all four have the state root {}…", short(&root)))
}

/// The members suspend the pharmacy; a call of it is then refused.
pub(super) async fn suspend(stage: &mut Stage<'_>) -> Result<String> {
    // An earlier start of the demonstration may have ended here.
    if status(stage, PATIENTS, 0).await? == "suspended" {
        decide(stage, "reinstate").await?;
    }
    let decided = decide(stage, "suspend").await?;
    let found = status(stage, PATIENTS, decided).await?;
    ensure!(found == "suspended", "the pharmacy is `{found}` at {}", stage.place(PATIENTS)?);

    let fields = json!({ "commitment": "00".repeat(32), "kind": "document" });
    let refused = stage.fails(PHARMACY, Act { call: ("notary", "commit"), fields }, "suspended").await?;
    let place = stage.place(PATIENTS)?;
    Ok(format!("{place} shows it suspended; its call at height {} is refused with `suspended`", height(&refused)))
}

/// The members reinstate the pharmacy; a call of it succeeds.
pub(super) async fn reinstate(stage: &mut Stage<'_>) -> Result<String> {
    let decided = decide(stage, "reinstate").await?;
    let found = status(stage, PATIENTS, decided).await?;
    ensure!(found == "active", "the pharmacy is `{found}` at {}", stage.place(PATIENTS)?);

    let sealed = documents::commit(stage, PHARMACY, "document", "Opening hours").await?;
    documents::sees(stage, PATIENTS, &sealed).await?;
    Ok(format!("{} shows it active, and its entry {}", stage.place(PATIENTS)?, sealed.id))
}

/// The others vote for a change of the pharmacy's standing until it is decided; the height at which it took effect. All
/// four must approve a suspension, for the pharmacy counts, too; three of them are enough to reinstate it.
async fn decide(stage: &mut Stage<'_>, change: &str) -> Result<u64> {
    let org = stage.actor(PHARMACY)?.org()?;
    let what = match change {
        "suspend" => json!({ "suspend": { "org": org, "reason": "own-request" } }),
        other => json!({ (other): { "org": org } }),
    };
    let proposed =
        stage.does(HOSPITAL, Act { call: ("network", "propose"), fields: json!({ "change": what }) }).await?;
    let proposal = proposed.event_field("id").context("the event `proposed` names no proposal")?.to_owned();
    for voter in [HOSPITAL, CLINIC, LABORATORY, PATIENTS] {
        let fields = json!({ "proposal": proposal, "approve": true });
        let voted = stage.does(voter, Act { call: ("network", "vote"), fields }).await?;
        if voted.events.iter().any(|event| event.event == "proposal-enacted") {
            return Ok(height(&voted));
        }
    }
    bail!("the votes of all others did not {change} the pharmacy")
}

/// The status of the pharmacy as a node shows it.
async fn status(stage: &Stage<'_>, node: usize, height: u64) -> Result<String> {
    let id = stage.actor(PHARMACY)?.org()?;
    let answer =
        stage.sees(node, Look { query: ("network", "organization"), fields: json!({ "id": id }), height }).await?;
    let status = answer.pointer("/organization/status").and_then(Value::as_str);
    Ok(status.context("the organization has no status")?.to_owned())
}

/// The beginning of a hash.
pub(super) fn short(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}
