//! The notary: committing to a document, and showing it later.

use super::{Memory, height};
use crate::demo::stage::{Act, CLINIC, LABORATORY, Look, PATIENTS, Stage};
use anyhow::{Context as _, Result, anyhow, ensure};
use epione_modules::notary;
use epione_types::{Hash, SignerId};
use serde_json::{Value, json};

/// An entry of the notary, with what opens it.
#[derive(Clone, Debug)]
pub(super) struct Sealed {
    /// The entry.
    pub(super) id: String,
    /// Its owner.
    pub(super) owner: SignerId,
    /// Height of its block.
    pub(super) height: u64,
    key: Hash,
    document: Hash,
}

/// The clinic commits; the laboratory sees the entry.
pub(super) async fn notarize(stage: &mut Stage<'_>, memory: &mut Memory) -> Result<String> {
    let text = "Protocol of a study of sleep in shift workers, version 1";
    let sealed = commit(stage, CLINIC, "protocol", text).await?;
    let note = sees(stage, LABORATORY, &sealed).await?;
    ensure!(text_of(&note, "status") == "committed", "the status is `{}`", text_of(&note, "status"));
    let (place, id, height) = (stage.place(LABORATORY)?, sealed.id.clone(), sealed.height);
    memory.protocol = Some(sealed);
    Ok(format!("{place} shows {id}, committed at height {height}, and nothing of the document"))
}

/// The clinic reveals; the patient association sees it, and computes the commitment from what was shown.
pub(super) async fn reveal(stage: &mut Stage<'_>, memory: &mut Memory) -> Result<String> {
    let sealed = memory.protocol.clone().context("no protocol was notarized")?;
    let fields = json!({ "id": sealed.id, "key": sealed.key, "document": sealed.document });
    let submission = stage.does(CLINIC, Act { call: ("notary", "reveal"), fields }).await?;
    let note = sees(stage, PATIENTS, &Sealed { height: height(&submission), ..sealed.clone() }).await?;
    ensure!(text_of(&note, "status") == "revealed", "the status is `{}`", text_of(&note, "status"));
    let opened = notary::commitment(&sealed.owner, &sealed.key, &sealed.document);
    ensure!(text_of(&note, "commitment") == opened.to_string(), "what was revealed does not open the commitment");
    let place = stage.place(PATIENTS)?;
    Ok(format!(
        "{place} computes the same commitment from document and key: the clinic held it at height {}",
        sealed.height
    ))
}

/// An actor commits to a document.
pub(super) async fn commit(stage: &mut Stage<'_>, actor: usize, kind: &str, text: &str) -> Result<Sealed> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| anyhow!("the operating system gives no random bytes: {error}"))?;
    let (owner, key, document) = (stage.actor(actor)?.id()?, Hash(key), Hash::sha256(&[text.as_bytes()]));
    let fields = json!({ "commitment": notary::commitment(&owner, &key, &document), "kind": kind });
    let submission = stage.does(actor, Act { call: ("notary", "commit"), fields }).await?;
    let id = submission.event_field("id").context("the event `committed` names no entry")?.to_owned();
    Ok(Sealed { id, owner, height: height(&submission), key, document })
}

/// The entry as another node shows it: the same commitment of the same owner.
pub(super) async fn sees(stage: &Stage<'_>, node: usize, sealed: &Sealed) -> Result<Value> {
    let look = Look { query: ("notary", "get"), fields: json!({ "id": sealed.id }), height: sealed.height };
    let note = stage.sees(node, look).await?;
    ensure!(text_of(&note, "owner") == sealed.owner.to_string(), "the owner is `{}`", text_of(&note, "owner"));
    let commitment = notary::commitment(&sealed.owner, &sealed.key, &sealed.document);
    ensure!(text_of(&note, "commitment") == commitment.to_string(), "the commitment is another one");
    Ok(note)
}

fn text_of<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}
