//! Links to other organizations: whom the final state of the ledger lets in, and the own certificates.

use super::{exchange, watch_files};
use anyhow::{Context as _, Result, ensure};
use epione_consensus::Ledger;
use epione_exchange::Exchange;
use epione_modules::network;
use epione_peer::{
    About, Client, ClientLimits, Connections, Identities, Identity, Limits, Registry, Routes, Security, ServerTls,
    Standing, Status, load_folder, serve,
};
use epione_types::{ChainId, Hash, OrgId};
use std::{
    collections::HashMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};
use tokio::net::TcpListener;

/// How long to wait when the state lags behind the head that was told.
const LAG: Duration = Duration::from_millis(20);
/// How long before its end the log warns of a certificate.
const EXPIRES_SOON: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Connections that every organization may have, however few there are.
const OF_ONE_MIN: usize = 8;

/// How a node has links.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where it listens for the nodes of other organizations.
    pub(crate) listen: SocketAddr,
    /// Its own organization.
    pub(crate) org: OrgId,
    /// Folder of its certificates.
    pub(crate) certificates: PathBuf,
    /// Most connections at once.
    pub(crate) connections_max: usize,
}

/// The TLS keys of all organizations, as of the last final block.
#[derive(Debug, Default)]
struct Members(RwLock<HashMap<Hash, Standing>>);

impl Registry for Members {
    fn by_key(&self, key: &Hash) -> Option<Standing> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    fn key_of(&self, org: &OrgId) -> Option<Hash> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|(_, standing)| standing.org == *org).map(|(key, _)| *key)
    }
}

/// The links of a node, before they are served.
pub(super) struct Links {
    settings: Settings,
    identities: Arc<Identities>,
    members: Arc<Members>,
    listener: std::net::TcpListener,
}

impl Links {
    /// Reads the certificates and takes the port.
    ///
    /// # Errors
    /// If there is no certificate, one cannot be used, or the port is taken.
    pub(super) fn new(settings: Settings) -> Result<Self> {
        let folder = settings.certificates.display();
        let identities =
            load_folder(&settings.certificates).with_context(|| format!("`peer.certificates` {folder}"))?;
        ensure!(
            !identities.is_empty(),
            "`peer.certificates`: {folder} has no certificate: make one with `epione key tls --out {folder}/1`, or take \
             `peer.listen` out"
        );
        let listener = std::net::TcpListener::bind(settings.listen).map_err(|error| {
            anyhow::anyhow!("cannot listen for other organizations on {}: {error}", settings.listen)
        })?;
        listener.set_nonblocking(true)?;
        warn_of_expiry(&identities);
        Ok(Self { identities: Arc::new(Identities::new(identities)), settings, members: Arc::default(), listener })
    }

    /// Which of the certificates is in force, and until when.
    pub(super) fn in_force(&self) -> InForce {
        let members: Arc<dyn Registry> = Arc::<Members>::clone(&self.members);
        InForce { org: self.settings.org, members, identities: Arc::clone(&self.identities) }
    }

    /// Asks other organizations in the name of this one.
    pub(super) fn client(&self, chain: ChainId) -> Client {
        let members: Arc<dyn Registry> = Arc::<Members>::clone(&self.members);
        Client::new(self.about(chain), Arc::clone(&self.identities), members, ClientLimits::standard())
    }

    fn about(&self, chain: ChainId) -> About {
        About { org: self.settings.org, chain, version: env!("CARGO_PKG_VERSION") }
    }

    /// Serves until `shutdown` resolves: the greeting, and what the exchange answers.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub(super) async fn serve(
        self,
        ledger: Ledger,
        exchange: Option<Arc<Exchange>>,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<()> {
        let about = self.about(ledger.chain());
        let Self { settings, identities, members, listener } = self;
        let registry: Arc<dyn Registry> = Arc::<Members>::clone(&members);
        let routes = Routes::new(about, Arc::clone(&registry), Limits::standard());
        let routes = match &exchange {
            Some(exchange) => exchange::mount(routes, exchange),
            None => routes,
        };
        let tls = ServerTls::for_peers(settings.org, Arc::clone(&identities), registry);
        let max = settings.connections_max;
        let connections = Connections { of_one_max: (max / 4).max(OF_ONE_MIN), ..Connections::standard(max) };
        let listener = TcpListener::from_std(listener)?;
        let folder = settings.certificates.clone();
        let load = {
            let folder = folder.clone();
            move || load_folder(&folder)
        };
        let reloaded = watch_files(vec![folder], load, |found: Vec<Identity>| {
            warn_of_expiry(&found);
            identities.replace(found);
            tracing::info!(keys = ?identities.keys(), "certificates for links to other organizations were read again");
        });
        tokio::select! {
            served = serve(listener, routes.into_router(), Security::Tls(tls), connections, shutdown) => Ok(served?),
            kept = keep(&ledger, &members, &identities, settings.org) => kept,
            () = reloaded => Ok(()),
        }
    }
}

/// The certificate of the key that the ledger names.
#[derive(Debug)]
pub(super) struct InForce {
    org: OrgId,
    members: Arc<dyn Registry>,
    identities: Arc<Identities>,
}

impl InForce {
    /// Until when it is valid; none if the node has no such certificate.
    pub(super) fn until(&self) -> Option<SystemTime> {
        self.identities.valid_until(self.members.key_of(&self.org)?)
    }
}

fn warn_of_expiry(identities: &[Identity]) {
    for identity in identities {
        if let Err(refusal) = identity.examine(EXPIRES_SOON) {
            let key = identity.key();
            tracing::warn!(%key, %refusal, "a certificate for links is or will be refused within 30 days: replace it");
        }
    }
}

/// Keeps the keys as the final state names them.
async fn keep(ledger: &Ledger, members: &Members, own: &Identities, org: OrgId) -> Result<()> {
    let mut head = ledger.head();
    let mut told = None;
    loop {
        let height = head.borrow_and_update().block.as_ref().map(|block| block.header().height);
        if let Some(height) = height {
            let (keys, read_at) = read(ledger).await?;
            *members.0.write().unwrap_or_else(PoisonError::into_inner) = keys;
            tell(members.key_of(&org), own, &mut told);
            if read_at < height {
                tokio::time::sleep(LAG).await;
                continue;
            }
        }
        head.changed().await?;
    }
}

/// Says once in the log if the key that the ledger names for this organization is not here.
fn tell(registered: Option<Hash>, own: &Identities, told: &mut Option<Option<Hash>>) {
    let is_here = registered.is_some_and(|key| own.keys().contains(&key));
    if is_here {
        *told = None;
    } else if told.replace(registered) != Some(registered) {
        tracing::warn!(
            registered = ?registered,
            here = ?own.keys(),
            "the TLS key that the ledger names for this organization is not in `peer.certificates`: other organizations \
             refuse this node; register the one that is here with `epione key register-tls`"
        );
    }
}

/// The keys of all who have not left, and the height as of which they were read.
async fn read(ledger: &Ledger) -> Result<(HashMap<Hash, Standing>, u64)> {
    let (members, head) = ledger.read(&|view| network::members(&view)).await?;
    let mut keys = HashMap::with_capacity(members.len());
    for org in members {
        let (found, _) = ledger.read(&move |view| network::organization(&view, &org)).await?;
        let Some(found) = found else { continue };
        let status = match found.status {
            network::Status::Active => Status::Active,
            network::Status::Suspended => Status::Suspended,
            network::Status::Left => continue,
        };
        keys.extend(found.keys.tls.map(|key| (key, Standing { org, status })));
    }
    Ok((keys, head.map_or(0, |head| head.height)))
}
