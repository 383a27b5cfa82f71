//! Own patients: entering and finding them, the tokens and tags that their wallets need, and what they are to be told.

use super::{App, problems::id};
use crate::{input, problem::Problem};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::Uri,
};
use epione_exchange::{catalog::Happened, messages::Query};
use epione_modules::identity::{Policy, ProvenKey};
use epione_types::{IdentityId, List, SubjectId, Text};
use epione_vault::tags::Label;
use serde::Deserialize;
use serde_json::{Value, json};

/// An identifier of a patient: a number in a system that the organization knows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identifier {
    system: Text<128>,
    value: Text<128>,
}

impl From<Identifier> for Query {
    fn from(Identifier { system, value }: Identifier) -> Self {
        Self::Identifier { system, value }
    }
}

/// The keys of a wallet, as it offers them to this organization.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wallet {
    /// Each with its signature over the whole registration.
    keys: List<ProvenKey, 8>,
    /// Who recovers them, and how.
    policy: Option<Policy>,
}

/// A patient who enters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Enroll {
    /// Under what the organization knows the patient.
    #[serde(default)]
    identifiers: Vec<Identifier>,
    /// How it made sure who that is: kept here, on the ledger stands a commitment.
    evidence: String,
    /// The wallet, if the patient has one that is not registered here.
    wallet: Option<Wallet>,
    /// The identity of a wallet that is registered here, if there is no `wallet`.
    holder: Option<IdentityId>,
}

/// Enters a patient of this organization: `POST /v1/exchange/subjects`.
pub(super) async fn enroll(State(exchange): App, body: Bytes) -> Result<Json<Value>, Problem> {
    let asked: Enroll = input::json(&body)?;
    let evidence = exchange.prepare_evidence(asked.evidence.as_bytes())?;
    let identifiers: Vec<Query> = asked.identifiers.into_iter().map(Query::from).collect();
    let holder = match asked.wallet {
        Some(Wallet { keys, policy }) => Some(exchange.enroll_wallet(keys, policy).await?),
        None => asked.holder,
    };
    let subject = exchange.enroll(holder, evidence, &identifiers).await?;
    Ok(Json(json!({ "subject": subject, "holder": holder })))
}

/// The subject with an identifier: `GET /v1/exchange/subjects?system=…&value=…`.
pub(super) async fn find(State(exchange): App, uri: Uri) -> Result<Json<Value>, Problem> {
    let asked: Identifier = input::parameters(&uri)?;
    let found = exchange.catalog().find(&asked.into())?;
    let subject = found.ok_or_else(|| Problem::not_found("no subject of this organization has this identifier"))?;
    Ok(Json(json!({ "subject": subject })))
}

/// A new token that leads others to the patient's chart, for the patient: `POST /v1/exchange/subjects/{id}/link-token`.
pub(super) async fn link_token(State(exchange): App, Path(subject): Path<String>) -> Result<Json<Value>, Problem> {
    let token = exchange.link_token(&id("id", &subject)?)?;
    Ok(Json(json!({ "token": hex::encode(token.expose()) })))
}

/// A label.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Labeled {
    category: Label,
    class: Label,
}

/// The tag under which the ledger knows a label of the patient: `GET /v1/exchange/subjects/{id}/tag?category=…&class=…`.
pub(super) async fn tag(State(exchange): App, Path(subject): Path<String>, uri: Uri) -> Result<Json<Value>, Problem> {
    let asked: Labeled = input::parameters(&uri)?;
    let tag = exchange.tag(&id("id", &subject)?, &asked.category, &asked.class)?;
    Ok(Json(json!({ "tag": tag })))
}

/// What the patient is to be told: `GET /v1/exchange/subjects/{id}/notices`.
pub(super) async fn notices(State(exchange): App, Path(subject): Path<String>) -> Result<Json<Value>, Problem> {
    let subject: SubjectId = id("id", &subject)?;
    let notices = exchange.notices(&subject)?.into_iter().map(|notice| {
        let what = match notice.what {
            Happened::Granted(request, org) => json!({ "granted": { "request": request, "organization": org } }),
            Happened::Denied(request, org) => json!({ "denied": { "request": request, "organization": org } }),
            Happened::Emergency(emergency) => json!({ "emergency": { "emergency": emergency } }),
            Happened::Disclosed(request, org) => json!({ "disclosed": { "request": request, "organization": org } }),
            Happened::Erasure(unit) => json!({ "erasure": { "unit": unit } }),
            Happened::Challenge(challenge) => json!({ "challenge": { "challenge": challenge } }),
        };
        json!({ "position": notice.position, "what": what, "delivered": notice.delivered })
    });
    Ok(Json(json!({ "notices": notices.collect::<Vec<_>>() })))
}
