//! The identities: practitioners and others for whom an organization answers.

use super::{documents, height};
use crate::demo::stage::{Act, Actor, HOSPITAL, LABORATORY, Look, PATIENTS, Stage};
use anyhow::{Context as _, Result, ensure};
use epione_cli::{
    keys::{KeyFile, Purpose},
    rotation,
};
use epione_modules::identity::IdentityKind;
use epione_types::SignerId;
use serde_json::{Value, json};

/// The hospital registers a practitioner, who then signs with a key of its own.
pub(super) async fn register(stage: &mut Stage<'_>) -> Result<String> {
    let hospital = stage.actor(HOSPITAL)?.clone();
    let mut key = KeyFile::generate(Purpose::Identity)?;
    let fields = rotation::registration_fields(hospital.org()?, IdentityKind::Practitioner, &key)?;
    let registered = stage.does(HOSPITAL, Act { call: ("identity", "register"), fields }).await?;
    let id = registered.event_field("id").context("the event `registered` names no identity")?.to_owned();

    let look = Look { query: ("identity", "get"), fields: json!({ "id": id }), height: height(&registered) };
    let seen = stage.sees(LABORATORY, look).await?;
    let text = |pointer: &str| seen.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    ensure!(text("/identity/org") == hospital.org()?.to_string(), "another organization answers for it");
    ensure!(text("/identity/kind") == "practitioner", "it is registered as `{}`", text("/identity/kind"));
    ensure!(text("/identity/keys/0/key") == key.key.public().to_string(), "it is registered with another key");

    (key.signer, key.chain) = (Some(SignerId::Identity(id.parse()?)), hospital.key.chain);
    let practitioner = stage.enter(Actor::new("the practitioner", key, hospital.keys, HOSPITAL));
    let sealed = documents::commit(stage, practitioner, "report", "Discharge summary template").await?;
    documents::sees(stage, PATIENTS, &sealed).await?;
    Ok(format!(
        "{} shows {id}; {} shows an entry that the practitioner signed",
        stage.place(LABORATORY)?,
        stage.place(PATIENTS)?
    ))
}
