//! Links to the other organizations, tried with the own certificates. Whom to expect says the own node, which must run.

use super::Finding;
use crate::{config::Config, genesis::Checked, start};
use epione_cli::{client::Client as Node, keys::KeyInfo};
use epione_modules::network;
use epione_peer::{
    About, Client as Links, ClientLimits, Identities, LinkError, Registry, Standing, Status, Target, load_folder,
};
use epione_types::{Hash, OrgId};
use futures::future::join_all;
use serde_json::{Value, json};
use std::sync::Arc;

const ADVICE: &str = "ask the member whether its node runs and which certificate it shows; `epione query network organization` \
                      tells key and address that it published";

/// The members that have a key, as the own node knows them.
#[derive(Debug, Default)]
struct Known(Vec<(Hash, Standing)>);

impl Registry for Known {
    fn by_key(&self, key: &Hash) -> Option<Standing> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, standing)| *standing)
    }

    fn key_of(&self, org: &OrgId) -> Option<Hash> {
        self.0.iter().find(|(_, standing)| standing.org == *org).map(|(key, _)| *key)
    }
}

/// Every published link but the own; nothing if the own node does not run, or has none itself.
pub(super) async fn examine(config: &Config, checked: &Checked, node: Option<&Node>) -> Vec<Finding> {
    let own =
        KeyInfo::read(&config.keys.vote).ok().and_then(|(file, _)| start::organization(checked, &file).ok().flatten());
    let (Some(_), Some(own)) = (config.peer.listen, own) else { return Vec::new() };
    let Some(node) = node else { return Vec::new() };
    let (Some(members), Ok(identities)) = (members(node).await, load_folder(&config.peer.certificates)) else {
        return Vec::new();
    };
    let keys = members.iter().filter_map(|(org, member)| {
        let status = match member.status {
            network::Status::Active => Status::Active,
            network::Status::Suspended => Status::Suspended,
            network::Status::Left => return None,
        };
        Some((member.keys.tls?, Standing { org: *org, status }))
    });
    let known: Arc<dyn Registry> = Arc::new(Known(keys.collect()));
    let about = About { org: own, chain: checked.file.chain, version: env!("CARGO_PKG_VERSION") };
    let links = Links::new(about, Arc::new(Identities::new(identities)), known, ClientLimits::standard());
    let others = members.iter().filter(|(org, member)| *org != own && member.status != network::Status::Left);
    let tried = others.filter_map(|(org, member)| {
        let address = member.addresses.peer.as_ref()?.to_string();
        Some(link(&links, member.name.as_str(), Target { org: *org, address }))
    });
    join_all(tried).await
}

/// All organizations, as the node behind `client` has them; none if it does not say.
async fn members(client: &Node) -> Option<Vec<(OrgId, network::Organization)>> {
    let (mut found, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = client.query("network", "organizations", &json!({ "after": after })).await.ok()?.value;
        for listed in page.get("organizations")?.as_array()? {
            let id = listed.get("id")?;
            let answer = client.query("network", "organization", &json!({ "id": id })).await.ok()?;
            let organization = answer.value.get("organization")?.clone();
            found.push((serde_json::from_value(id.clone()).ok()?, serde_json::from_value(organization).ok()?));
        }
        after = page.get("next").cloned().unwrap_or_default();
        if after.is_null() {
            return Some(found);
        }
    }
}

async fn link(links: &Links, name: &str, target: Target) -> Finding {
    let about = format!("link to {name} at {}", target.address);
    match links.hello(&target).await {
        Ok(hello) if hello.caller.status == Status::Active => {
            Finding::good(about, format!("secure by {}", hello.group))
        }
        Ok(_) => {
            Finding::warning(about, "it sees this organization as suspended", "see `epione query network proposals`")
        }
        Err(LinkError::NoIdentity) => {
            Finding::problem(about, "this node has no certificate", "see `peer.certificates`")
        }
        Err(error) => Finding::warning(about, format!("{:#}", anyhow::Error::from(error)), ADVICE),
    }
}
