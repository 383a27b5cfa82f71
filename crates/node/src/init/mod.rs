//! `epione init`: keys, genesis and configuration of a new consortium, in a folder per organization.
//!
//! ```text
//! D/genesis.json                        what all members agree on
//! D/lakeside-hospital/node.toml         configuration of its node, unless it runs none
//! D/lakeside-hospital/keys/root.key     keys of the organization, each readable by its owner only
//! D/lakeside-hospital/keys/tls/1.pem    certificate of its node for links to others, with its key 1.key
//! ```
//! Nothing is ever overwritten. The genesis is written last: without it the rest is not yet a consortium.

mod spec;

#[cfg(test)]
mod tests;

pub(crate) use spec::{Spec, demo};

use crate::{
    config,
    genesis::{self, Checked, GenesisFile, Terms},
};
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use epione_cli::{
    Output,
    keys::{KeyFile, Protection, Purpose},
};
use epione_consensus::is_global;
use epione_exec::Modules;
use epione_peer::{
    Files,
    identity::{Made, Validity},
};
use epione_types::{Genesis, OrgId, PublicKey, SignerId, UnixMs};
use serde_json::{Map, Value, json};
use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::Write as _,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// Name of the genesis file.
pub(crate) const GENESIS: &str = "genesis.json";
/// Ports that each node takes: HTTP, the network between nodes, and links between organizations.
pub(crate) const PORTS_PER_NODE: u16 = 3;
/// Those of them that lie side by side; the ports for links come after the pairs of all nodes.
const PAIR: u16 = 2;
/// How long the first TLS certificate of an organization is valid, in days.
pub(crate) const CERTIFICATE_DAYS: u32 = 730;

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

/// One organization while it is being founded.
struct Draft<'a> {
    spec: &'a Spec,
    folder: PathBuf,
    root: KeyFile,
    others: Vec<KeyFile>,
    tls: Option<Made>,
    addresses: Option<NodeAddresses>,
}

/// Where a node listens and is reached.
struct NodeAddresses {
    consensus: SocketAddr,
    peer: SocketAddr,
    http: SocketAddr,
    api: Option<String>,
}

/// Where the nodes of a consortium are reached.
#[derive(Clone, Copy)]
enum Reach {
    /// All at addresses of the internet.
    Global,
    /// At least one at an address of one machine, building or company.
    Private,
}

impl Reach {
    fn of(drafts: &[Draft<'_>]) -> Self {
        let mut nodes = drafts.iter().filter_map(|draft| draft.addresses.as_ref());
        if nodes.any(|node| !is_global(node.consensus.ip())) { Self::Private } else { Self::Global }
    }
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
        drafts.push(Draft::new(spec, plan, node)?);
    }
    let checked = GenesisFile::found(modules, plan.terms.clone(), parts(modules, plan, &drafts)?)?;

    create_folder(&plan.dir, 0o755)?;
    let mut founded = Vec::new();
    let reach = Reach::of(&drafts);
    for draft in &mut drafts {
        founded.push(draft.write(&checked, reach, &plan.protection)?);
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
    Spec { name: text("name"), kind, jurisdiction, role, has_node, consensus: None, api: None }
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

impl<'a> Draft<'a> {
    fn new(spec: &'a Spec, plan: &Plan, node: u16) -> Result<Self> {
        let root = KeyFile::generate(Purpose::Root)?;
        // The vote key is also that with which a node shows itself to its peers.
        let purposes: &[Purpose] =
            if spec.has_node { &[Purpose::Operations, Purpose::Vote] } else { &[Purpose::Operations] };
        let others = purposes.iter().map(|purpose| KeyFile::generate(*purpose)).collect::<Result<_, _>>()?;
        let addresses = if spec.has_node { Some(NodeAddresses::new(spec, plan, node)?) } else { None };
        let made = || Made::new(&spec.name, Validity::days(CERTIFICATE_DAYS));
        let tls = spec.has_node.then(made).transpose()?;
        Ok(Self { spec, folder: plan.dir.join(spec.folder()), root, others, tls, addresses })
    }

    fn id(&self) -> OrgId {
        OrgId::from_root(&self.root.key.public())
    }

    /// The member as the genesis of the module `network` has it.
    fn member(&self) -> Value {
        let key = |purpose| self.others.iter().find(|key| key.purpose == purpose).map(|file| file.key.public());
        json!({
            "name": self.spec.name,
            "kind": self.spec.kind,
            "jurisdiction": self.spec.jurisdiction,
            "role": self.spec.role,
            "keys": {
                "root": self.root.key.public(),
                "operations": key(Purpose::Operations),
                "vote": key(Purpose::Vote),
                "receipt": null,
                "tls": self.tls.as_ref().map(Made::key),
                "kem": null,
            },
            "addresses": {
                "consensus": self.addresses.as_ref().map(|node| node.consensus.to_string()),
                "api": self.addresses.as_ref().and_then(|node| node.api.as_deref()),
                "peer": self.addresses.as_ref().map(|node| node.peer.to_string()),
            },
        })
    }

    fn write(&mut self, checked: &Checked, reach: Reach, protection: &Protection) -> Result<Founded> {
        let signer = SignerId::Organization(self.id());
        let keys = self.folder.join("keys");
        create_folder(&self.folder, 0o755)?;
        create_folder(&keys, 0o700)?;
        for file in std::iter::once(&mut self.root).chain(&mut self.others) {
            file.signer = Some(signer);
            file.chain = Some(checked.file.chain);
            file.create(&keys.join(format!("{}.key", file.purpose)), protection)?;
        }
        if let Some(tls) = &self.tls {
            let folder = keys.join("tls");
            create_folder(&folder, 0o700)?;
            tls.create(&Files { certificate: folder.join("1.pem"), key: folder.join("1.key") })?;
        }
        if let Some(addresses) = &self.addresses {
            write_new(&self.folder.join("node.toml"), &addresses.node_toml(&self.spec.name, reach)?)?;
        }
        let (name, folder) = (self.spec.name.clone(), self.folder.clone());
        Ok(Founded { name, id: self.id(), folder, has_node: self.addresses.is_some() })
    }
}

impl NodeAddresses {
    /// The addresses of the node with this number: on this machine unless the organization names others.
    fn new(spec: &Spec, plan: &Plan, node: u16) -> Result<Self> {
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
        let consensus = spec.consensus.unwrap_or_else(|| local(port.saturating_add(1)));
        let peer = match spec.consensus {
            None => local(after(nodes.checked_mul(PAIR).and_then(|pairs| pairs.checked_add(node)))?),
            Some(elsewhere) => SocketAddr::new(elsewhere.ip(), elsewhere.port().checked_add(1).unwrap_or(7402)),
        };
        // The interface of a node elsewhere is not at the loopback address of this machine.
        let here = spec.consensus.is_none().then(|| format!("http://{http}"));
        Ok(Self { consensus, peer, http, api: spec.api.clone().or(here) })
    }

    fn node_toml(&self, name: &str, reach: Reach) -> Result<String> {
        let text = |value: &str| toml::Value::from(value).to_string();
        // On this machine the node listens where it is reached; elsewhere on every address of its own.
        let here = self.consensus.ip().is_loopback();
        let listen = |reached: SocketAddr| {
            if here { reached } else { SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), reached.port()) }
        };
        config::filled(&[
            ("name", text(&name.chars().take(64).collect::<String>())),
            ("genesis", text("../genesis.json")),
            ("consensus.listen", text(&listen(self.consensus).to_string())),
            ("peer.listen", text(&listen(self.peer).to_string())),
            ("consensus.allow_private_addresses", matches!(reach, Reach::Private).to_string()),
            ("http.listen", text(&self.http.to_string())),
        ])
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

fn create_folder(path: &Path, mode: u32) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(mode).create(path).with_context(|| format!("folder {}", path.display()))
}

/// Writes a file that does not exist yet.
fn write_new(path: &Path, text: &str) -> Result<()> {
    let at = || format!("file {}", path.display());
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(path).with_context(at)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(at)
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
