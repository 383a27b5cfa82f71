//! Records of others: searching for a chart, requesting, opening, and what is disclosed of one's own.

use super::{App, problems::id, records::items};
use crate::{input, problem::Problem};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use epione_exchange::{
    Disclosure,
    catalog::Encounter,
    messages::{Located, Query},
};
use epione_modules::{access::LawfulOrder, consent::Purpose};
use epione_types::{ChallengeId, Hash, LocateId, OrgId, RequestId, SubjectId, Text, UnitId};
use serde::Deserialize;
use serde_json::{Value, json};

/// Most units of one request.
const UNITS_MAX: usize = 16;

/// What is searched for: a token of the patient, or a number in a system that the custodian knows.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Sought {
    LinkToken(String),
    Identifier { system: Text<128>, value: Text<128> },
}

/// What is committed to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    text: String,
}

/// Keeps a query, evidence or justification here, and gives the commitment to it that stands in a call:
/// `POST /v1/exchange/commitments/{query,evidence,justification}`.
pub(super) async fn commit(
    State(exchange): App,
    Path(what): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let commitment = match what.as_str() {
        "query" => {
            let query = match input::json(&body)? {
                Sought::LinkToken(text) => {
                    let mut token = [0; 32];
                    hex::decode_to_slice(&text, &mut token)
                        .map_err(|_digits| Problem::malformed("link-token: is not 64 hexadecimal digits"))?;
                    Query::LinkToken(token)
                }
                Sought::Identifier { system, value } => Query::Identifier { system, value },
            };
            exchange.prepare_query(&query)?
        }
        "evidence" => exchange.prepare_evidence(input::json::<Told>(&body)?.text.as_bytes())?,
        "justification" => exchange.prepare_justification(input::json::<Told>(&body)?.text.as_bytes())?,
        _ => return Err(Problem::not_found("commit to a query, evidence or justification")),
    };
    Ok(Json(json!({ "commitment": commitment })))
}

/// Asks the custodian what it has, after the search is final: `POST /v1/exchange/locates/{id}`.
pub(super) async fn locate(State(exchange): App, Path(locate): Path<String>) -> Result<Json<Value>, Problem> {
    let located = exchange.locate(&id::<LocateId>("id", &locate)?).await?;
    let units = located.units.iter().map(|found| {
        let (unit, subject, category) = (&found.unit, &found.subject, &found.category);
        json!({ "unit": unit, "subject": subject, "category": category, "care": found.care, "bucket": found.bucket })
    });
    let notice = located.notice.then_some(Located::NOTICE);
    Ok(Json(json!({ "units": units.collect::<Vec<_>>(), "notice": notice })))
}

/// Units.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Units {
    units: Vec<UnitId>,
}

/// Makes the keys of a reader in the memory of this node; their hash stands in the request: `POST /v1/exchange/readers`.
pub(super) async fn reader(State(exchange): App, body: Bytes) -> Result<Json<Value>, Problem> {
    let Units { units } = input::json(&body)?;
    if units.is_empty() || units.len() > UNITS_MAX {
        return Err(Problem::malformed(format!("units: at least 1, at most {UNITS_MAX}")));
    }
    let reader = exchange.reader(&units).await?;
    Ok(Json(json!({ "reader": reader })))
}

/// Opens what was granted: `POST /v1/exchange/requests/{id}/open`. Per unit its items in base64, or why not.
pub(super) async fn open(State(exchange): App, Path(request): Path<String>) -> Result<Json<Value>, Problem> {
    let request: RequestId = id("id", &request)?;
    let opened = exchange.open(&request).await?;
    let units = opened.into_iter().map(|(unit, contents)| match contents {
        Ok(contents) => json!({ "unit": unit, "items": items(&contents) }),
        Err(error) => json!({ "unit": unit, "problem": Problem::from(error) }),
    });
    Ok(Json(json!({ "request": request, "units": units.collect::<Vec<_>>() })))
}

/// What was opened before, as long as the grant lasts: `GET /v1/exchange/requests/{id}/copies/{unit}`.
pub(super) async fn copy(
    State(exchange): App,
    Path((request, unit)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let (request, unit): (RequestId, UnitId) = (id("id", &request)?, id("unit", &unit)?);
    let copy = exchange.copy(&request, &unit)?;
    let contents = copy.ok_or_else(|| Problem::not_found("this node has no copy under that grant, or not any more"))?;
    Ok(Json(json!({ "unit": unit, "items": items(&contents) })))
}

/// What is to be disclosed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    subject: SubjectId,
    encounter: Encounter,
    to: OrgId,
    purpose: Purpose,
    /// The claim or other ground: kept here, on the ledger stands a commitment.
    claim: String,
    law: Option<LawfulOrder>,
}

/// Discloses exactly one encounter: `POST /v1/exchange/disclosures`.
pub(super) async fn disclose(State(exchange): App, body: Bytes) -> Result<Json<Value>, Problem> {
    let Asked { subject, encounter, to, purpose, claim, law } = input::json(&body)?;
    let claim: Hash = exchange.prepare_evidence(claim.as_bytes())?;
    let requests = exchange.disclose(&Disclosure { subject, encounter, to, purpose, claim, law }).await?;
    Ok(Json(json!({ "requests": requests })))
}

/// Shows the evidence of a challenged request of this organization to the custodian, and says so on the ledger:
/// `POST /v1/exchange/challenges/{id}/answer`.
pub(super) async fn answer(State(exchange): App, Path(challenge): Path<String>) -> Result<Json<Value>, Problem> {
    let challenge: ChallengeId = id("id", &challenge)?;
    exchange.answer_challenge(&challenge).await?;
    Ok(Json(json!({ "challenge": challenge })))
}

/// The evidence that was shown for a challenge of this organization, or of a patient of it:
/// `GET /v1/exchange/challenges/{id}/evidence`.
pub(super) async fn evidence(State(exchange): App, Path(challenge): Path<String>) -> Result<Json<Value>, Problem> {
    let challenge: ChallengeId = id("id", &challenge)?;
    let opening = exchange.evidence(&challenge).await?;
    let opening = opening.ok_or_else(|| Problem::not_found("no evidence for this challenge was shown to this node"))?;
    let text = String::from_utf8_lossy(&opening.text);
    Ok(Json(json!({ "challenge": challenge, "evidence": text })))
}
