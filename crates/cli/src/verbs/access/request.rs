//! Requests for records, and what they obtained.

use super::{
    act::{self, Act},
    law,
    octets::Items,
    options, rules,
};
use crate::{Failure, Modules, Output, client::Client};
use clap::ArgMatches;
use epione_modules::consent::{LegalBasis, PractitionerRole, Purpose};
use epione_types::{DurationMs, EmergencyId, Hash, IdentityId, LocateId, OrgId, RequestId, SubjectId, UnitId};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

pub(super) async fn request(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let folder = options::optional::<PathBuf>(matches, "out");
    if let Some(folder) = &folder {
        check_folder(folder)?;
    }
    let units: Vec<UnitId> = options::several(matches, "unit");
    let act = Act::of(modules, matches)?;
    act.identity()?;
    let lasts = DurationMs(options::required::<u64>(matches, "for-ms")?);
    let evidence: String = options::required(matches, "evidence")?;
    let reader = act.client.post_json(&["readers"], &json!({ "units": units }), act.wait).await?;
    let fields = json!({
        "units": units,
        "purpose": options::required::<Purpose>(matches, "purpose")?,
        "role": options::optional::<PractitionerRole>(matches, "role"),
        "reader": act::part::<Hash>(&act.client, &reader, "reader")?,
        "evidence": act.commit("evidence", &evidence).await?,
        "law": law(&act, matches).await?,
        "emergency": options::optional::<EmergencyId>(matches, "emergency"),
        "locate": options::optional::<LocateId>(matches, "locate"),
        "consents": [],
        "expires_at": act::now().after(lasts),
    });
    let done = act.make("access", "request", &fields, out).await?;
    let request = RequestId(done.first.short());
    let (decided, granted) = decisions(&act.client, request).await?;
    out.result(&done.with(json!({ "request": request, "expires_at": fields.get("expires_at"), "units": decided })))?;
    if granted == 0 {
        return Err(Failure::Refused(
            "nothing was granted; what was denied stands on the ledger with the rules".to_owned(),
        ));
    }
    if matches.get_flag("open") {
        return opened(&act.client, request, folder.as_deref(), act.wait, out).await;
    }
    Ok(())
}

/// What was decided on each unit of a request, and how many were granted.
async fn decisions(client: &Client, request: RequestId) -> Result<(Vec<Value>, usize), Failure> {
    let answer = client.query("access", "request", &json!({ "id": request })).await?.value;
    let (mut decided, mut granted) = (Vec::new(), 0_usize);
    for unit in act::part::<Vec<Value>>(client, &answer, "units")? {
        let is_granted: bool = act::part(client, &unit, "granted")?;
        let of: Vec<Value> = act::part(client, &unit, "rules")?;
        granted = granted.saturating_add(usize::from(is_granted));
        let decision = if is_granted { "granted" } else { "denied" };
        decided
            .push(json!({ "unit": unit.get("unit"), "decision": decision, "because": rules::told(&of), "rules": of }));
    }
    Ok((decided, granted))
}

pub(super) async fn open(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let folder = options::optional::<PathBuf>(matches, "out");
    if let Some(folder) = &folder {
        check_folder(folder)?;
    }
    let request = options::required(matches, "request")?;
    opened(&options::client(matches)?, request, folder.as_deref(), options::wait(matches), out).await
}

/// Has the node open what a request obtained, and writes or shows it.
async fn opened(
    client: &Client,
    request: RequestId,
    folder: Option<&Path>,
    wait: Duration,
    out: &mut Output,
) -> Result<(), Failure> {
    let answer = client.post_json(&["requests", &request.to_string(), "open"], &json!({}), wait).await?;
    let (mut written, mut failed) = (Vec::new(), Vec::new());
    for unit in act::part::<Vec<Value>>(client, &answer, "units")? {
        let id: UnitId = act::part(client, &unit, "unit")?;
        if let Some(problem) = unit.get("problem") {
            let detail = problem.get("detail").and_then(Value::as_str).unwrap_or("the node gives no reason");
            failed.push(format!("{id}: {detail}"));
            continue;
        }
        let items = Items::of(client, id, &unit)?;
        match folder {
            Some(folder) => written.push(json!({ "unit": id, "files": items.write_into(folder)? })),
            None => items.show(out)?,
        }
    }
    if folder.is_some() {
        out.result(&json!({ "request": request, "opened": written }))?;
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::Unfinished(format!("not opened: {}", failed.join("; ")))) }
}

/// That there is such a folder: it is said before anything is requested.
fn check_folder(folder: &Path) -> Result<(), Failure> {
    if folder.is_dir() {
        return Ok(());
    }
    Err(Failure::Usage(format!("--out {}: there is no such folder", folder.display())))
}

pub(super) async fn list(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let client = options::client(matches)?;
    let (query, fields) = match options::optional::<SubjectId>(matches, "subject") {
        Some(subject) => {
            ("log", json!({ "subject": subject, "viewer": options::optional::<IdentityId>(matches, "viewer") }))
        }
        None => {
            let of = |name: &str| options::optional::<OrgId>(matches, name);
            let person = options::optional::<IdentityId>(matches, "person");
            ("requests", json!({ "org": of("org"), "custodian": of("custodian"), "person": person }))
        }
    };
    Ok(out.result(&client.query("access", query, &act::paged(fields, matches)).await?.value)?)
}

pub(super) async fn disclose(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let (client, wait) = (options::client(matches)?, options::wait(matches));
    let law = match options::optional::<LegalBasis>(matches, "law") {
        Some(basis) => {
            let text = json!({ "text": options::required::<String>(matches, "authority")? });
            let answer = client.post_json(&["commitments", "evidence"], &text, wait).await?;
            Some(json!({ "basis": basis, "authority": act::part::<Hash>(&client, &answer, "commitment")? }))
        }
        None => None,
    };
    let body = json!({
        "subject": options::required::<SubjectId>(matches, "subject")?,
        "encounter": options::required::<String>(matches, "encounter")?,
        "to": options::required::<OrgId>(matches, "to")?,
        "purpose": options::required::<Purpose>(matches, "purpose")?,
        "claim": options::required::<String>(matches, "claim")?,
        "law": law,
    });
    let answer = client.post_json(&["disclosures"], &body, wait).await?;
    let (mut shown, mut granted) = (Vec::new(), 0_usize);
    for request in act::part::<Vec<RequestId>>(&client, &answer, "requests")? {
        let (decided, of_it) = decisions(&client, request).await?;
        granted = granted.saturating_add(of_it);
        shown.push(json!({ "request": request, "units": decided }));
    }
    out.result(&json!({ "disclosures": shown }))?;
    match granted {
        0 => Err(Failure::Refused(
            "nothing may be disclosed; what was denied stands on the ledger with the rules".to_owned(),
        )),
        _ => Ok(()),
    }
}
