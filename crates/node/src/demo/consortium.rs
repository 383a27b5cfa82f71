//! The consortium of a demonstration: founded, or found in the folder.

use crate::{
    command::BASE_PORT,
    config::Config,
    demo::{log, place::Place},
    genesis::{Checked, GenesisFile, Terms},
    init::{self, Founded, GENESIS, PORTS_PER_NODE, Plan, Spec},
};
use anyhow::{Context as _, Result, bail, ensure};
use epione_cli::{Modules, Output, keys::Protection};
use epione_types::{ChainId, Text};
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    time::{Duration, Instant},
};

/// The first ports of the blocks that are tried for a new consortium lie below this one, so far apart.
const BASE_PORT_END: u16 = 8400;
const BASE_PORT_STEP: usize = 20;
const EPOCH_BLOCKS: u64 = 100;
/// How long nodes of an earlier start may take to end; they end by themselves when the demonstration that started them is
/// gone.
const ALONE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(100);

/// The consortium.
#[derive(Clone, Debug)]
pub(crate) struct Consortium {
    /// Its chain.
    pub(crate) chain: ChainId,
    /// Its organizations; those with a node first, in the order of the nodes.
    pub(crate) organizations: Vec<Founded>,
    /// Its nodes.
    pub(crate) nodes: Vec<NodeFiles>,
}

/// Where a node is reached and what stands where.
#[derive(Clone, Debug)]
pub(crate) struct NodeFiles {
    /// Name of its organization.
    pub(crate) name: String,
    /// Its HTTP interface.
    pub(crate) url: String,
    /// Where it listens, with the key of the configuration: for clients, for peers, and for links.
    pub(crate) listens: Vec<(&'static str, SocketAddr)>,
    /// Its configuration.
    pub(crate) config: PathBuf,
    /// Its log.
    pub(crate) log: PathBuf,
}

impl Consortium {
    /// The consortium in `place`, founded there if there is none; its ports are free.
    ///
    /// # Errors
    /// If the folder holds another consortium, or a port is taken.
    pub(crate) async fn prepare(
        modules: Modules,
        place: &Place,
        base_port: Option<u16>,
        out: &mut Output,
    ) -> Result<Self> {
        let dir = place.dir();
        let is_new = !init::is_founded(dir);
        let (checked, organizations) = if is_new {
            let plan = plan(dir.to_owned(), init::demo(), base_port)?;
            init::found(modules, &plan)?
        } else {
            let checked = GenesisFile::load(modules, &dir.join(GENESIS))?;
            let organizations = is_demo(&checked).then(|| init::founded(dir, &checked)).transpose()?;
            let Some(organizations) = organizations else {
                bail!("{} holds a consortium that is no demonstration: choose another --dir", dir.display());
            };
            (checked, organizations)
        };
        let consortium = Self::of(&checked, organizations, base_port)?;
        consortium.until_alone(out).await?;
        let what = if is_new { "A new consortium" } else { "The consortium" };
        let (dir, chain) = (dir.display(), consortium.chain);
        out.progress(format_args!("{what} in {dir}, its keys without passphrases\nchain {chain}\n"))?;
        Ok(consortium)
    }

    /// A new consortium of other organizations, for a measurement.
    ///
    /// # Errors
    /// If it cannot be founded, or no ports are free.
    pub(crate) fn found(modules: Modules, place: &Place, organizations: Vec<Spec>) -> Result<Self> {
        let (checked, organizations) = init::found(modules, &plan(place.dir().to_owned(), organizations, None)?)?;
        Self::of(&checked, organizations, None)
    }

    fn of(checked: &Checked, organizations: Vec<Founded>, base_port: Option<u16>) -> Result<Self> {
        let mut nodes: Vec<NodeFiles> = Vec::new();
        for organization in organizations.iter().filter(|organization| organization.has_node) {
            let path = organization.folder.join("node.toml");
            let config = Config::load(&path)?;
            let port = config.http.listen.port();
            if let Some(given) = base_port.filter(|given| nodes.is_empty() && *given != port) {
                bail!(
                    "--base-port {given}: this demonstration was founded with {port}; leave the option out, or choose \
                     another --dir"
                );
            }
            nodes.push(NodeFiles {
                name: organization.name.clone(),
                url: format!("http://{}", config.http.listen),
                listens: config.listens(),
                config: path,
                log: organization.folder.join("node.log"),
            });
        }
        Ok(Self { chain: checked.file.chain, organizations, nodes })
    }

    /// Waits until no node of an earlier start lives, as after a demonstration that was killed; then the ports are free.
    async fn until_alone(&self, out: &mut Output) -> Result<()> {
        let begun = Instant::now();
        let mut is_said = false;
        while let Some(node) = self.nodes.iter().find(|node| log::is_held(&node.log)) {
            ensure!(
                begun.elapsed() < ALONE,
                "the node of {} from an earlier start still runs after {ALONE:?}: stop it; see {}",
                node.name,
                node.log.display()
            );
            if !is_said {
                out.progress("Waiting for the nodes of an earlier start to end")?;
                is_said = true;
            }
            tokio::time::sleep(POLL).await;
        }
        for node in &self.nodes {
            for (key, address) in &node.listens {
                ensure!(
                    is_free(*address),
                    "{address} is in use, which is `{key}` in {}: stop the program that listens there, or found a new \
                     demonstration with another --dir",
                    node.config.display()
                );
            }
        }
        Ok(())
    }
}

fn plan(dir: PathBuf, organizations: Vec<Spec>, base_port: Option<u16>) -> Result<Plan> {
    let nodes = organizations.iter().filter(|spec| spec.has_node).count();
    let count = u16::try_from(nodes)?.saturating_mul(PORTS_PER_NODE);
    let base_port = match base_port {
        Some(port) => {
            if let Some(taken) = taken(port, count) {
                bail!(
                    "port {taken} is in use; the demonstration needs {port} to {}: choose another --base-port",
                    port.saturating_add(count).saturating_sub(1)
                );
            }
            port
        }
        None => (BASE_PORT..BASE_PORT_END)
            .step_by(BASE_PORT_STEP)
            .find(|port| taken(*port, count).is_none())
            .with_context(|| format!("no {count} free ports in a row from {BASE_PORT} on: choose --base-port"))?,
    };
    let name = Text::new("Epione demonstration").context("the name of the demonstration")?;
    let terms = Terms { name, time: init::now(), demo: true, epoch_blocks: EPOCH_BLOCKS };
    // What a demonstration signs is worth nothing: its keys are as they are, and it says so.
    Ok(Plan { dir, terms, organizations, base_port, protection: Protection::None })
}

/// Whether this is a consortium as [`plan`] makes it: only then does the story fit.
fn is_demo(checked: &Checked) -> bool {
    let members = checked.file.modules.get("network").and_then(|part| part.get("members"));
    let names = members.and_then(|members| {
        members.as_array()?.iter().map(|member| member.get("name")?.as_str()).collect::<Option<Vec<_>>>()
    });
    let expected: Vec<String> = init::demo().into_iter().map(|spec| spec.name).collect();
    checked.file.demo && names.is_some_and(|names| names == expected)
}

/// The first port in use of the `count` ones from `base` on.
fn taken(base: u16, count: u16) -> Option<u16> {
    (base..base.saturating_add(count)).find(|port| !is_free(SocketAddr::from((Ipv4Addr::LOCALHOST, *port))))
}

/// Whether nothing listens at `address`.
pub(crate) fn is_free(address: SocketAddr) -> bool {
    TcpListener::bind(address).is_ok()
}
