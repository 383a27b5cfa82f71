//! A key is replaced: the new one proves itself, the old one is refused from then on.

use super::{documents, height};
use crate::demo::stage::{Act, CLINIC, LABORATORY, Look, PATIENTS, Stage};
use anyhow::{Context as _, Result, bail, ensure};
use epione_cli::{
    keys::{KeyFile, Protection, Purpose},
    rotation,
    secret::SecretSource,
};
use serde_json::{Value, json};
use std::fs;

/// The laboratory replaces its operations key.
pub(super) async fn rotate(stage: &mut Stage<'_>) -> Result<String> {
    recover(stage).await?;
    let actor = stage.actor(LABORATORY)?.clone();
    let (org, (current, next)) = (actor.org()?, paths(&actor.keys));
    let standing = rotation::standing(stage.client(LABORATORY)?, org).await?;
    let mut new = KeyFile::generate(Purpose::Operations)?;
    (new.signer, new.chain) = (actor.key.signer, actor.key.chain);
    // On disk before it is registered: a key that is in force must never be lost.
    new.create(&next, &Protection::None)?;
    let fields = rotation::fields(org, standing.rotation, &new)?;
    let rotated = stage.does(LABORATORY, Act { call: ("network", "rotate-key"), fields }).await?;
    fs::rename(&next, &current).with_context(|| format!("key file {}", current.display()))?;

    let found = registered(stage, PATIENTS, height(&rotated)).await?;
    ensure!(found == new.key.public().to_string(), "{} shows another key, {found}", stage.place(PATIENTS)?);
    old_key_is_refused(stage).await?;
    stage.hand_key(LABORATORY, new)?;
    let sealed = documents::commit(stage, LABORATORY, "report", "Reference ranges").await?;
    documents::sees(stage, CLINIC, &sealed).await?;
    Ok(format!(
        "{} shows the new key; a transaction with the old one is refused, one with the new one is final",
        stage.place(PATIENTS)?
    ))
}

/// The key with which the laboratory still acts here signs nothing any more.
async fn old_key_is_refused(stage: &mut Stage<'_>) -> Result<()> {
    let fields = json!({ "commitment": "00".repeat(32), "kind": "document" });
    let tx = stage.sign(LABORATORY, &Act { call: ("notary", "commit"), fields }).await?;
    match stage.client(LABORATORY)?.submit(&tx).await {
        Ok(_) => bail!("a transaction with the old key is accepted"),
        Err(error) if error.problem().is_some_and(|problem| problem.kind() == "wrong-key") => Ok(()),
        Err(error) => Err(error).context("a transaction with the old key is not refused for its key"),
    }
}

/// Finishes a rotation that an earlier start of the demonstration left half done.
async fn recover(stage: &mut Stage<'_>) -> Result<()> {
    let (current, next) = paths(&stage.actor(LABORATORY)?.keys);
    if !next.exists() {
        return Ok(());
    }
    let new = KeyFile::read(&next, &SecretSource::none())?;
    if registered(stage, LABORATORY, 0).await? == new.key.public().to_string() {
        fs::rename(&next, &current).with_context(|| format!("key file {}", next.display()))?;
        return stage.hand_key(LABORATORY, new);
    }
    fs::remove_file(&next).with_context(|| format!("key file {}", next.display()))
}

/// The files of the key in force and of its successor.
fn paths(keys: &std::path::Path) -> (std::path::PathBuf, std::path::PathBuf) {
    (keys.join("operations.key"), keys.join("operations.key.new"))
}

/// The operations key of the laboratory as a node shows it.
async fn registered(stage: &Stage<'_>, node: usize, height: u64) -> Result<String> {
    let id = stage.actor(LABORATORY)?.org()?;
    let answer =
        stage.sees(node, Look { query: ("network", "organization"), fields: json!({ "id": id }), height }).await?;
    let key = answer.pointer("/organization/keys/operations").and_then(Value::as_str);
    Ok(key.context("the organization has no operations key")?.to_owned())
}
