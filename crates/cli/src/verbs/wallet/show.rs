//! Where a wallet is known.

use super::{
    act::{all_pages, part},
    link::{find, subject_of},
    options,
};
use crate::{Failure, Output, client::Client, keys::Wallet};
use clap::ArgMatches;
use epione_types::{ChainId, OrgId};
use serde_json::{Value, json};

/// Most keys of a wallet that are looked for at one organization.
const KEYS_MAX: u32 = 16;

pub(super) async fn show(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let wallet = super::read(matches)?;
    let client = options::client(matches)?;
    let chain = client.status().await?.chain;
    let mut known = Vec::new();
    for (org, name) in organizations(&client).await? {
        known.extend(at(&client, &wallet, &chain, org, &name).await?);
    }
    out.result(&json!({ "chain": chain, "custodians": known }))?;
    if known.is_empty() {
        out.progress("No organization knows this wallet; enter it with `epione wallet link`.")?;
    }
    Ok(())
}

/// What the ledger says of the wallet's keys for one organization.
async fn at(client: &Client, wallet: &Wallet, chain: &ChainId, org: OrgId, name: &str) -> Result<Vec<Value>, Failure> {
    let mut found = Vec::new();
    for number in 0..KEYS_MAX {
        let Some(known) = find(client, &wallet.key(chain, &org, number).public()).await? else { break };
        let subject = subject_of(client, known.identity).await?;
        let log = match subject {
            Some(subject) => {
                let of = json!({ "subject": subject, "viewer": known.identity });
                all_pages(client, ("access", "log", "lines"), &of).await?
            }
            None => Vec::new(),
        };
        let of = json!({
            "organization": org, "name": name, "number": number, "identity": known.identity, "subject": subject, "log": log,
        });
        found.push(of);
    }
    Ok(found)
}

/// All organizations with their names.
async fn organizations(client: &Client) -> Result<Vec<(OrgId, String)>, Failure> {
    let listed = all_pages(client, ("network", "organizations", "organizations"), &json!({})).await?;
    listed.iter().map(|listed| Ok((part(client, listed, "id")?, part(client, listed, "name")?))).collect()
}
