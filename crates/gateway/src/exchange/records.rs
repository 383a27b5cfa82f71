//! Own records: putting, reading, dealing again, and what is proved of an erasure.

use super::{App, problems::id};
use crate::{input, problem::Problem};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, Uri},
};
use base64ct::{Base64, Encoding as _};
use epione_exchange::{Certificate, PutOrder, catalog::Encounter};
use epione_types::{IdentityId, Quarter, SubjectId, UnitId};
use epione_vault::{Contents, tags::Label};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a record is; its octets are the body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    subject: SubjectId,
    category: Label,
    class: Label,
    encounter: Option<Encounter>,
    author: Option<IdentityId>,
    #[serde(default)]
    restricted: bool,
    #[serde(default)]
    locked: bool,
    #[serde(default)]
    self_paid: bool,
    care: Quarter,
    retain_until: Quarter,
    supersedes: Option<UnitId>,
}

/// Puts a record, octet for octet the body: `POST /v1/exchange/records?subject=…&category=…&…`. Answered when it is final.
pub(super) async fn put(State(exchange): App, uri: Uri, body: Bytes) -> Result<(StatusCode, Json<Value>), Problem> {
    let asked: Described = input::parameters(&uri)?;
    let order = PutOrder {
        subject: asked.subject,
        items: &[&body],
        category: asked.category,
        class: asked.class,
        encounter: asked.encounter,
        author: asked.author,
        restricted: asked.restricted,
        locked: asked.locked,
        self_paid: asked.self_paid,
        care: asked.care,
        retain_until: asked.retain_until,
        supersedes: asked.supersedes,
    };
    let unit = exchange.put(&order).await?;
    Ok((StatusCode::CREATED, Json(json!({ "unit": unit }))))
}

/// A record of this organization, from its own source: `GET /v1/exchange/records/{id}`.
pub(super) async fn own(State(exchange): App, Path(unit): Path<String>) -> Result<Json<Value>, Problem> {
    let unit: UnitId = id("id", &unit)?;
    let contents = exchange.own_contents(&unit).await?;
    Ok(Json(json!({ "unit": unit, "items": items(&contents) })))
}

/// The items of a unit in base64, in order.
pub(super) fn items(contents: &Contents) -> Vec<String> {
    contents.items().map(|item| Base64::encode_string(item.bytes)).collect()
}

/// Deals a record again, under new keys: `POST /v1/exchange/records/{id}/redeal`.
pub(super) async fn redeal(State(exchange): App, Path(unit): Path<String>) -> Result<Json<Value>, Problem> {
    let unit: UnitId = id("id", &unit)?;
    let edition = exchange.redeal(&unit).await?;
    Ok(Json(json!({ "unit": unit, "edition": edition })))
}

/// What is proved of an erasure, and what is outstanding: `GET /v1/exchange/records/{id}/erasure-certificate`.
pub(super) async fn certificate(State(exchange): App, Path(unit): Path<String>) -> Result<Json<Value>, Problem> {
    let certificate = exchange.erasure_certificate(&id("id", &unit)?).await?;
    let Certificate { unit, custodian, subject, height, proved, outstanding } = &certificate;
    let pair = |(org, of): &(_, _)| json!({ "organization": org, "of": of });
    Ok(Json(json!({
        "unit": unit,
        "custodian": custodian,
        "subject": subject,
        "height": height,
        "complete": certificate.is_complete(),
        "proved": {
            "erased_since": proved.erased_since,
            "deletions": proved.deletions,
            "keys_destroyed": proved.keys_destroyed,
        },
        "outstanding": {
            "deletions": outstanding.deletions.iter().map(pair).collect::<Vec<_>>(),
            "former": outstanding.former.iter().map(|(org, edition)| {
                json!({ "organization": org, "edition": edition })
            }).collect::<Vec<_>>(),
            "keys": outstanding.keys,
        },
        "limits": Certificate::LIMITS,
    })))
}
