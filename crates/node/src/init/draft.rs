//! One organization while its keys and files are being made.

use super::Spec;
use crate::config::{self, Config};
use anyhow::{Context as _, Result};
use epione_cli::keys::{KeyFile, Protection, Purpose};
use epione_consensus::is_global;
use epione_peer::{
    Files,
    identity::{Made, Validity},
};
use epione_types::{ChainId, OrgId, SignerId};
use serde_json::{Value, json};
use std::{
    fs::{DirBuilder, OpenOptions},
    io::Write as _,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// How long the first TLS certificate of an organization is valid, in days.
const CERTIFICATE_DAYS: u32 = 730;

/// One organization while it is being founded.
pub(super) struct Draft<'a> {
    pub(super) spec: &'a Spec,
    pub(super) folder: PathBuf,
    pub(super) root: KeyFile,
    pub(super) others: Vec<KeyFile>,
    tls: Option<Made>,
    pub(super) addresses: Option<NodeAddresses>,
}

/// Where a node listens and is reached.
pub(super) struct NodeAddresses {
    pub(super) consensus: SocketAddr,
    pub(super) peer: SocketAddr,
    pub(super) http: SocketAddr,
    pub(super) api: Option<String>,
}

/// Where the nodes of a consortium are reached.
#[derive(Clone, Copy)]
pub(super) enum Reach {
    /// All at addresses of the internet.
    Global,
    /// At least one at an address of one machine, building or company.
    Private,
}

impl Reach {
    pub(super) fn of(mut nodes: impl Iterator<Item = SocketAddr>) -> Self {
        if nodes.any(|node| !is_global(node.ip())) { Self::Private } else { Self::Global }
    }
}

/// What the files of an organization say beyond it.
pub(super) struct Layout {
    /// The genesis file, as seen from `node.toml`.
    pub(super) genesis: &'static str,
    pub(super) reach: Reach,
    pub(super) chain: ChainId,
}

impl<'a> Draft<'a> {
    /// Makes the keys and the certificate.
    pub(super) fn new(spec: &'a Spec, folder: PathBuf, addresses: Option<NodeAddresses>) -> Result<Self> {
        let root = KeyFile::generate(Purpose::Root)?;
        // The vote key is also that with which a node shows itself to its peers.
        let purposes: &[Purpose] =
            if addresses.is_some() { &[Purpose::Operations, Purpose::Vote] } else { &[Purpose::Operations] };
        let others = purposes.iter().map(|purpose| KeyFile::generate(*purpose)).collect::<Result<_, _>>()?;
        let made = || Made::new(&spec.name, Validity::days(CERTIFICATE_DAYS));
        let tls = addresses.is_some().then(made).transpose()?;
        Ok(Self { spec, folder, root, others, tls, addresses })
    }

    pub(super) fn id(&self) -> OrgId {
        OrgId::from_root(&self.root.key.public())
    }

    /// The member as the module `network` has it.
    pub(super) fn member(&self) -> Value {
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

    /// Writes keys, certificate and, if there is a node, its configuration.
    pub(super) fn write(&mut self, layout: &Layout, protection: &Protection) -> Result<()> {
        let node_toml = self.addresses.as_ref().map(|node| node.node_toml(&self.spec.name, layout)).transpose()?;
        let signer = SignerId::Organization(self.id());
        let keys = self.folder.join("keys");
        create_folder(&self.folder, 0o755)?;
        create_folder(&keys, 0o700)?;
        for file in std::iter::once(&mut self.root).chain(&mut self.others) {
            file.signer = Some(signer);
            file.chain = Some(layout.chain);
            file.create(&keys.join(format!("{}.key", file.purpose)), protection)?;
        }
        if let Some(tls) = &self.tls {
            let folder = keys.join("tls");
            create_folder(&folder, 0o700)?;
            tls.create(&Files { certificate: folder.join("1.pem"), key: folder.join("1.key") })?;
        }
        if let Some(text) = node_toml {
            write_new(&self.folder.join("node.toml"), &text)?;
        }
        Ok(())
    }
}

impl NodeAddresses {
    /// A node that the others reach at `consensus`, and the clients on its machine at `http`.
    pub(super) fn new(spec: &Spec, consensus: SocketAddr, http: SocketAddr) -> Self {
        let next = SocketAddr::new(consensus.ip(), consensus.port().checked_add(1).unwrap_or(7402));
        Self { consensus, peer: spec.peer.unwrap_or(next), http, api: spec.api.clone() }
    }

    fn node_toml(&self, name: &str, layout: &Layout) -> Result<String> {
        let text = |value: &str| toml::Value::from(value).to_string();
        // On this machine the node listens where it is reached; elsewhere on every address of its own.
        let listen = |reached: SocketAddr| match reached.ip() {
            ip if ip.is_loopback() => reached,
            IpAddr::V4(_) => SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), reached.port()),
            IpAddr::V6(_) => SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), reached.port()),
        };
        let filled = config::filled(&[
            ("name", text(&name.chars().take(64).collect::<String>())),
            ("genesis", text(layout.genesis)),
            ("consensus.listen", text(&listen(self.consensus).to_string())),
            ("peer.listen", text(&listen(self.peer).to_string())),
            ("consensus.allow_private_addresses", matches!(layout.reach, Reach::Private).to_string()),
            ("http.listen", text(&self.http.to_string())),
        ])?;
        Config::parse(&filled)?;
        Ok(filled)
    }
}

pub(super) fn create_folder(path: &Path, mode: u32) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(mode).create(path).with_context(|| format!("folder {}", path.display()))
}

/// Writes a file that does not exist yet.
pub(super) fn write_new(path: &Path, text: &str) -> Result<()> {
    let at = || format!("file {}", path.display());
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(path).with_context(at)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(at)
}
