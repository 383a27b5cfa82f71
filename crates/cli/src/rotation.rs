//! Replacing a key of an organization: what the new key signs, and the fields of the call.

use crate::{
    Failure,
    client::Client,
    keys::{KeyFile, Purpose},
};
use epione_modules::network;
use epione_types::{OrgId, PublicKey};
use serde::Deserialize;
use serde_json::{Value, json};

/// Where an organization stands with its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Standing {
    /// Number of its rotations so far: the number that the next one carries.
    pub rotation: u32,
    /// Its keys.
    pub keys: SigningKeys,
}

/// The keys of an organization that sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct SigningKeys {
    /// Replaces the other keys.
    pub root: PublicKey,
    /// Signs transactions.
    pub operations: PublicKey,
}

/// Where `org` stands, as the node says. A wrong number only makes the call be refused.
///
/// # Errors
/// [`Failure`] if the node does not answer, or knows no such organization.
pub async fn standing(client: &Client, org: OrgId) -> Result<Standing, Failure> {
    let answer = client.query("network", "organization", &json!({ "id": org })).await?;
    let organization = answer.value.get("organization").cloned().unwrap_or_default();
    serde_json::from_value(organization)
        .map_err(|error| Failure::Refused(format!("the answer about {org} at {} is none: {error}", client.url())))
}

/// The fields of `network.rotate-key` by which `new` takes the place of the key of the same purpose.
///
/// The new key signs for itself, so that nobody registers a key that he does not hold.
///
/// # Errors
/// [`Failure::Usage`] if the key is not one of an organization.
pub fn fields(org: OrgId, rotation: u32, new: &KeyFile) -> Result<Value, Failure> {
    let purpose = match new.purpose {
        Purpose::Root => network::Purpose::Root,
        Purpose::Operations => network::Purpose::Operations,
        Purpose::Vote => network::Purpose::Vote,
        Purpose::Receipt => network::Purpose::Receipt,
        Purpose::Identity => return Err(Failure::Usage("an identity's key is no key of an organization".to_owned())),
    };
    let proof = new.key.sign(&network::rotation_message(&org, purpose, rotation));
    Ok(json!({ "org": org, "rotation": rotation, "key": { (new.purpose.name()): proof } }))
}
