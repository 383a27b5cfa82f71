//! Doubting the purpose of a request, and the answer to it.

use super::{
    act::{self, Act},
    options,
};
use crate::{Failure, Modules, Output, client::Client};
use clap::ArgMatches;
use epione_types::{ChallengeId, Hash, RequestId};
use serde_json::{Value, json};

pub(super) async fn challenge(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let request: RequestId = options::required(matches, "request")?;
    let act = Act::of(modules, matches)?;
    let done = act.make("challenge", "challenge", &json!({ "request": request }), out).await?;
    let id = ChallengeId(done.first.short());
    let (challenge, status) = standing(&act.client, &id).await?;
    let until = challenge.get("answer_by");
    Ok(out.result(&done.with(json!({ "challenge": id, "status": status, "answer_until": until })))?)
}

pub(super) async fn answer(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let id: ChallengeId = options::required(matches, "challenge")?;
    if !matches.get_flag("shown") {
        let client = options::client(matches)?;
        client.post_json(&["challenges", &id.to_string(), "answer"], &json!({}), options::wait(matches)).await?;
        return Ok(out.result(&answered(&client, &id).await?)?);
    }
    let act = Act::of(modules, matches)?;
    // What was shown is what the request committed to: the ledger takes no other.
    let (challenge, _) = standing(&act.client, &id).await?;
    let evidence: Hash = act::part(&act.client, &challenge, "evidence")?;
    let done = act.make("challenge", "answer", &json!({ "challenge": id, "evidence": evidence }), out).await?;
    Ok(out.result(&done.with(answered(&act.client, &id).await?))?)
}

/// Where a challenge stands after its answer.
async fn answered(client: &Client, id: &ChallengeId) -> Result<Value, Failure> {
    let (challenge, status) = standing(client, id).await?;
    Ok(json!({ "challenge": id, "status": status, "decide_until": challenge.get("decide_by") }))
}

/// What was shown to the own organization, or to a patient of it.
pub(super) async fn evidence(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let id: ChallengeId = options::required(matches, "challenge")?;
    let path = ["challenges", &id.to_string(), "evidence"];
    Ok(out.result(&options::client(matches)?.get_json(&path, &[], options::wait(matches)).await?)?)
}

/// What the ledger says of a challenge, and where it stands now.
async fn standing(client: &Client, id: &ChallengeId) -> Result<(Value, Value), Failure> {
    let answer = client.query("challenge", "get", &json!({ "id": id })).await?.value;
    let of = |name: &str| answer.get(name).cloned().unwrap_or_default();
    Ok((of("challenge"), of("status")))
}
