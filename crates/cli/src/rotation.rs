//! Registering and replacing keys: what a new key signs, and the fields of the call.
//!
//! A new key signs for itself, so that nobody registers a key that he does not hold. What it signs is computed here from
//! what the user asked for.

use crate::{
    Failure,
    client::Client,
    keys::Purpose,
    signer::{Signer, TokenError},
};
use epione_modules::{identity, network};
use epione_types::{IdentityId, OrgId, PublicKey};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// Where an organization stands with its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Standing {
    /// Number of its rotations so far: the number that the next one carries.
    pub rotation: u32,
}

/// Where an identity stands with its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct IdentityStanding {
    /// How often its keys changed: the number that the next change carries.
    pub changes: u32,
}

/// Where `org` stands, as the node says. A wrong number only makes the call be refused.
///
/// # Errors
/// [`Failure`] if the node does not answer, or knows no such organization.
pub async fn standing(client: &Client, org: OrgId) -> Result<Standing, Failure> {
    let answer = client.query("network", "organization", &json!({ "id": org })).await?;
    part(client, &answer.value, "organization")
}

/// Where `identity` stands, as the node says. A wrong number only makes the call be refused.
///
/// # Errors
/// [`Failure`] if the node does not answer, or knows no such identity.
pub async fn identity_standing(client: &Client, identity: IdentityId) -> Result<IdentityStanding, Failure> {
    let answer = client.query("identity", "get", &json!({ "id": identity })).await?;
    part(client, &answer.value, "identity")
}

fn part<T: DeserializeOwned>(client: &Client, answer: &Value, name: &str) -> Result<T, Failure> {
    let part = answer.get(name).cloned().unwrap_or_default();
    serde_json::from_value(part).map_err(|error| {
        Failure::Refused(format!("the answer from {} has no `{name}` of this release: {error}", client.url()))
    })
}

/// The fields of `network.rotate-key` by which `new` takes the place of the key of the same purpose.
///
/// # Errors
/// [`Failure::Usage`] if the key is not one of an organization; [`Failure::Token`] if it does not sign.
pub fn fields(org: OrgId, rotation: u32, new: &dyn Signer) -> Result<Value, Failure> {
    let info = new.info();
    let purpose = match info.purpose {
        Purpose::Root => network::Purpose::Root,
        Purpose::Operations => network::Purpose::Operations,
        Purpose::Vote => network::Purpose::Vote,
        Purpose::Receipt => network::Purpose::Receipt,
        Purpose::Identity | Purpose::Wallet => {
            return Err(Failure::Usage(format!("a key for `{}` is no key of an organization", info.purpose)));
        }
    };
    let proof = new.sign(&network::rotation_message(&org, purpose, rotation))?;
    Ok(json!({ "org": org, "rotation": rotation, "key": { (info.purpose.name()): proof } }))
}

/// The fields of `identity.rotate-key` by which `new` takes the place of `old`, both signing transactions.
///
/// # Errors
/// [`TokenError`] if the new key does not sign.
pub fn identity_fields(
    identity: IdentityId,
    changes: u32,
    old: &PublicKey,
    new: &dyn Signer,
) -> Result<Value, TokenError> {
    let role = identity::KeyRole::Sign;
    let proof = new.sign(&identity::key_message(&identity, role, changes))?;
    Ok(json!({ "identity": identity, "changes": changes, "old": old, "role": role, "new": proof }))
}

/// The fields of `identity.register` for an identity with the one key `new`, which signs transactions.
///
/// # Errors
/// [`TokenError`] if the new key does not sign.
pub fn registration_fields(org: OrgId, kind: identity::IdentityKind, new: &dyn Signer) -> Result<Value, TokenError> {
    let role = identity::KeyRole::Sign;
    let keys = [identity::IdentityKey { key: new.info().public, role }];
    let proof = new.sign(&identity::registration_message(&org, kind, &keys, None))?;
    Ok(json!({ "org": org, "kind": kind, "keys": [{ "role": role, "proof": proof }], "policy": null }))
}
