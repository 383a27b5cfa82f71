//! A wallet at one more custodian.

use super::{NEW_PASSPHRASE_FILE, act, key, options};
use crate::{
    Failure, Modules, Output,
    client::Client,
    draft,
    keys::{KeyFile, KeyFileError, Purpose},
    rotation,
};
use clap::ArgMatches;
use epione_modules::identity::IdentityKind;
use epione_types::{IdentityId, OrgId, PublicKey, SignerId, SubjectId};
use serde_json::{Value, json};
use std::path::PathBuf;

pub(super) async fn link(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let path: PathBuf = options::required(matches, "out")?;
    if path.exists() {
        return Err(Failure::Key(KeyFileError::Exists(path)));
    }
    let org: OrgId = options::required(matches, "custodian")?;
    let wallet = super::read(matches)?;
    let client = options::client(matches)?;
    let chain = client.status().await?.chain;
    let key = wallet.key(&chain, &org, options::optional(matches, "number").unwrap_or(0));
    let mut file = KeyFile { purpose: Purpose::Identity, signer: None, chain: Some(chain), key };
    let protection = key::protection(matches, NEW_PASSPHRASE_FILE, "the key for this custodian")?;

    let (holder, subject) = match find(&client, &file.key.public()).await? {
        Some(known) => match subject_of(&client, known.identity).await? {
            // The node stopped between identity and patient.
            None if known.org == org => enter(matches, &client, &json!({ "holder": known.identity })).await?,
            subject => {
                let moved =
                    if known.org == org { "" } else { ", for an identity that has moved to another organization" };
                out.progress(format_args!("The ledger has this key already{moved}: only its file is written."))?;
                (known.identity, subject)
            }
        },
        None => {
            let fields = rotation::registration_fields(org, IdentityKind::Person, &file)?;
            // What the ledger would refuse is not asked for.
            draft::call(modules, "identity", "register", &fields)?;
            let wallet = json!({ "keys": fields.get("keys"), "policy": Value::Null });
            enter(matches, &client, &json!({ "wallet": wallet })).await?
        }
    };
    file.signer = Some(SignerId::Identity(holder));
    file.create(&path, &protection)?;
    Ok(out.result(&json!({ "custodian": org, "holder": holder, "subject": subject, "key": path }))?)
}

/// Has the custodian enter the patient, with this wallet or holder.
async fn enter(
    matches: &ArgMatches,
    client: &Client,
    with: &Value,
) -> Result<(IdentityId, Option<SubjectId>), Failure> {
    let evidence: String = options::optional(matches, "evidence").ok_or_else(|| {
        Failure::Usage("--evidence TEXT is missing: how the custodian made sure who the patient is".to_owned())
    })?;
    let mut body = json!({ "identifiers": act::given_identifiers(matches), "evidence": evidence });
    if let (Some(body), Some(with)) = (body.as_object_mut(), with.as_object()) {
        body.extend(with.clone());
    }
    let answer = client.post_json(&["subjects"], &body, options::wait(matches)).await?;
    Ok((act::part(client, &answer, "holder")?, act::part(client, &answer, "subject")?))
}

/// An identity that has a key of the wallet.
pub(super) struct Known {
    pub(super) identity: IdentityId,
    /// The organization that answers for it.
    pub(super) org: OrgId,
}

/// The identity with this key, if the ledger knows one.
pub(super) async fn find(client: &Client, key: &PublicKey) -> Result<Option<Known>, Failure> {
    let answer = match client.query("identity", "find", &json!({ "key": key })).await {
        Ok(answer) => answer.value,
        Err(error) if error.problem().is_some_and(|problem| problem.name.as_deref() == Some("unknown-identity")) => {
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let identity = answer.get("identity").cloned().unwrap_or_default();
    Ok(Some(Known { identity: act::part(client, &answer, "id")?, org: act::part(client, &identity, "org")? }))
}

/// The patient that an identity is the holder of.
pub(super) async fn subject_of(client: &Client, identity: IdentityId) -> Result<Option<SubjectId>, Failure> {
    let answer = client.query("subjects", "find", &json!({ "identity": identity })).await?;
    match answer.value.get("tie").filter(|tie| !tie.is_null()) {
        Some(tie) => Ok(Some(act::part(client, tie, "subject")?)),
        None => Ok(None),
    }
}
