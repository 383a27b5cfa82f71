//! `epione init`: keys, genesis and configuration of a new consortium, in a folder per organization.
//!
//! ```text
//! D/genesis.json                        what all members agree on
//! D/lakeside-hospital/node.toml         configuration of its node, unless it runs none
//! D/lakeside-hospital/keys/root.key     keys of the organization, each readable by its owner only
//! D/lakeside-hospital/keys/tls/1.pem    certificate of its node for links to others, with its key 1.key
//! ```
//! Nothing is ever overwritten. The genesis is written last: without it the rest is not yet a consortium.

mod draft;
mod entry;
mod spec;

#[cfg(test)]
mod tests;

pub(crate) use entry::{Entry, enter};
pub(crate) use spec::{Spec, demo};

use crate::genesis::{self, Checked, GenesisFile, Terms};
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use draft::{Draft, Layout, NodeAddresses, Reach, create_folder, write_new};
use epione_cli::{Output, keys::Protection};
use epione_exec::Modules;
use epione_types::{Genesis, OrgId, PublicKey, UnixMs};
use serde_json::{Map, Value, json};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// Name of the genesis file.
pub(crate) const GENESIS: &str = "genesis.json";
/// Ports that each node takes: HTTP, the network between nodes, and links between organizations.
pub(crate) const PORTS_PER_NODE: u16 = 3;
/// Those of them that lie side by side; the ports for links come after the pairs of all nodes.
const PAIR: u16 = 2;

/// What is to be founded.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The folder of it all.
    pub(crate) dir: PathBuf,
    /// What is agreed besides members.
    pub(crate) terms: Terms,
    /// The founders.
    pub(crate) organizations: Vec<Spec>,
    /// HTTP port of the first node; the nodes on this machine take the following ones in pairs.
    pub(crate) base_port: u16,
    /// What protects the key files.
    pub(crate) protection: Protection,
}

/// A founded organization.
#[derive(Clone, Debug)]
pub(crate) struct Founded {
    /// Its name.
    pub(crate) name: String,
    /// Its identifier.
    pub(crate) id: OrgId,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Whether it runs a node.
    pub(crate) has_node: bool,
}

/// Founds a consortium: makes keys, genesis and configurations and writes them.
///
/// # Errors
/// If the plan is not acceptable, something of it exists already, or a file cannot be written.
pub(crate) fn found(modules: Modules, plan: &Plan) -> Result<(Checked, Vec<Founded>)> {
    check(plan)?;
    let mut drafts = Vec::new();
    for spec in &plan.organizations {
        let node = u16::try_from(drafts.iter().filter(|draft: &&Draft<'_>| draft.addresses.is_some()).count())?;
        let addresses = if spec.has_node { Some(addresses(spec, plan, node)?) } else { None };
        drafts.push(Draft::new(spec, plan.dir.join(spec.folder()), addresses)?);
    }
    let checked = GenesisFile::found(modules, plan.terms.clone(), parts(modules, plan, &drafts)?)?;

    create_folder(&plan.dir, 0o755)?;
    let mut founded = Vec::new();
    let reach = Reach::of(drafts.iter().filter_map(|draft| draft.addresses.as_ref()).map(|node| node.consensus));
    let layout = Layout { genesis: "../genesis.json", reach, chain: checked.file.chain };
    for draft in &mut drafts {
        draft.write(&layout, &plan.protection)?;
        let (name, folder) = (draft.spec.name.clone(), draft.folder.clone());
        founded.push(Founded { name, id: draft.id(), folder, has_node: draft.spec.has_node });
    }
    write_new(&plan.dir.join(GENESIS), &checked.file.text()?)?;
    Ok((checked, founded))
}

/// The organizations founded in `dir`, by its genesis; the folders have the names that [`found`] gave them.
///
/// # Errors
/// If a member of the genesis has no folder.
pub(crate) fn founded(dir: &Path, checked: &Checked) -> Result<Vec<Founded>> {
    genesis::members(checked)
        .iter()
        .map(|member| {
            let name = member.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let spec = Spec { name: name.clone(), ..spec_of(member) };
            let folder = dir.join(spec.folder());
            ensure!(folder.is_dir(), "{}: the folder of `{name}` is missing", folder.display());
            let root: PublicKey = member
                .pointer("/keys/root")
                .and_then(Value::as_str)
                .ok_or_else(|| anyhow!("the genesis names no root key of `{name}`"))?
                .parse()?;
            Ok(Founded { name, id: OrgId::from_root(&root), folder, has_node: spec.has_node })
        })
        .collect()
}

fn spec_of(member: &Value) -> Spec {
    let text = |key: &str| member.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, jurisdiction, role) = (text("kind"), text("jurisdiction"), text("role"));
    let has_node = member.pointer("/addresses/consensus").is_some_and(Value::is_string);
    Spec { name: text("name"), kind, jurisdiction, role, has_node, consensus: None, peer: None, api: None }
}

/// Nothing of the plan exists yet, and no two organizations share a folder.
fn check(plan: &Plan) -> Result<()> {
    ensure!(!plan.organizations.is_empty(), "there is no organization: give --org or --preset demo");
    let genesis = plan.dir.join(GENESIS);
    ensure!(!genesis.exists(), "{} exists already: choose another --dir", genesis.display());
    let mut folders: Vec<String> = plan.organizations.iter().map(Spec::folder).collect();
    for folder in &folders {
        let folder = plan.dir.join(folder);
        ensure!(!folder.exists(), "{} exists already: choose another --dir, or remove it", folder.display());
    }
    folders.sort_unstable();
    if let Some(twice) = folders.windows(2).find(|pair| pair.first() == pair.last()).and_then(<[String]>::first) {
        bail!("two organizations would share the folder `{twice}`: give them different names");
    }
    Ok(())
}

/// Where the node with this number is reached: on this machine unless the organization names other addresses.
fn addresses(spec: &Spec, plan: &Plan, node: u16) -> Result<NodeAddresses> {
    let nodes = u16::try_from(plan.organizations.iter().filter(|spec| spec.has_node).count())?;
    let after = |offset: Option<u16>| {
        let port = offset.and_then(|offset| plan.base_port.checked_add(offset)).filter(|port| *port < u16::MAX);
        port.ok_or_else(|| {
            anyhow!("--base-port {} leaves no room for the ports of all nodes: choose a lower one", plan.base_port)
        })
    };
    let port = after(node.checked_mul(PAIR))?;
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let http = local(port);
    match spec.consensus {
        Some(elsewhere) => Ok(NodeAddresses::new(spec, elsewhere, http)),
        None => {
            let peer = local(after(nodes.checked_mul(PAIR).and_then(|pairs| pairs.checked_add(node)))?);
            // The interface of a node elsewhere is not at the loopback address of this machine.
            let api = spec.api.clone().or_else(|| Some(format!("http://{http}")));
            Ok(NodeAddresses { consensus: local(port.saturating_add(1)), peer, http, api })
        }
    }
}

/// What each module begins with: the network with its members, the others empty.
fn parts(modules: Modules, plan: &Plan, drafts: &[Draft<'_>]) -> Result<Map<String, Value>> {
    let network = modules.iter().find(|module| module.name() == "network");
    let network = network.ok_or_else(|| anyhow!("this release has no module `network`"))?;
    for draft in drafts {
        // Alone first: so that what is wrong is told with the organization.
        let alone = json!({ "members": [draft.member()] });
        network.genesis_from_json(alone).with_context(|| format!("organization `{}`", draft.spec.name))?;
    }
    let members: Vec<Value> = drafts.iter().map(Draft::member).collect();
    let part = |name: &str| if name == "network" { json!({ "members": members }) } else { json!({}) };
    ensure!(
        plan.terms.epoch_blocks >= Genesis::EPOCH_BLOCKS_MIN,
        "--epoch-blocks is below {}",
        Genesis::EPOCH_BLOCKS_MIN
    );
    Ok(modules.iter().map(|module| (module.name().to_owned(), part(module.name()))).collect())
}

/// The time of day, as a chain begins with it.
pub(crate) fn now() -> UnixMs {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    UnixMs(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Whether `dir` holds a consortium.
pub(crate) fn is_founded(dir: &Path) -> bool {
    fs::exists(dir.join(GENESIS)).unwrap_or(false)
}

/// `epione init`: founds a consortium and tells what to do with it.
pub(crate) fn run(modules: Modules, plan: &Plan, out: &mut Output) -> Result<()> {
    let (checked, founded) = found(modules, plan)?;
    let organizations = founded.iter().map(
        |founded| json!({ "name": founded.name, "id": founded.id, "folder": founded.folder, "node": founded.has_node }),
    );
    out.result(&json!({
        "chain": checked.file.chain,
        "genesis": plan.dir.join(GENESIS),
        "organizations": organizations.collect::<Vec<_>>(),
    }))?;
    out.progress(match plan.protection {
        Protection::None => "The keys are not encrypted: whoever reads a key file has the key; `epione key passphrase` encrypts it.",
        Protection::Passphrase(_) => {
            "All keys have the passphrase that you gave: let every organization choose its own with `epione key passphrase`, \
             and give that of `vote.key` to its node, by `keys.passphrase_file` or the credential `vote-passphrase`."
        }
    })?;
    out.progress("Take every `root.key` offline; start a node with `epione node --config FOLDER/node.toml`.")?;
    Ok(())
}
