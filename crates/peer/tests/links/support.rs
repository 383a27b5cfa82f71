//! A ledger in memory, and organizations that serve and ask.

use axum::routing::{get, post};
use bytes::Bytes;
use epione_peer::{
    About, Access, Client, ClientLimits, Connections, Identities, Identity, Limits, LinkError, Registry, Routes,
    Security, ServerTls, Standing, Status, Target,
    identity::{Made, Validity},
    serve,
};
use epione_types::{ChainId, Hash, OrgId};
use hyper::{Request, Response};
use std::{
    collections::HashMap,
    future::pending,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};
use tokio::net::TcpListener;

pub(crate) const HOSPITAL: OrgId = OrgId([1; 16]);
pub(crate) const CLINIC: OrgId = OrgId([2; 16]);
pub(crate) const CHAIN: ChainId = ChainId([7; 32]);

/// What the ledger says, as one organization has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<HashMap<Hash, Standing>>>);

impl Ledger {
    /// Names a key, in the place of the one that the organization had.
    pub(crate) fn register(&self, org: OrgId, key: Hash) {
        let mut keys = self.0.lock().unwrap();
        keys.retain(|_key, standing| standing.org != org);
        keys.insert(key, Standing { org, status: Status::Active });
    }

    pub(crate) fn set(&self, org: OrgId, status: Status) {
        self.0.lock().unwrap().values_mut().filter(|standing| standing.org == org).for_each(|standing| {
            standing.status = status;
        });
    }

    pub(crate) fn leave(&self, org: OrgId) {
        self.0.lock().unwrap().retain(|_key, standing| standing.org != org);
    }
}

impl Registry for Ledger {
    fn by_key(&self, key: &Hash) -> Option<Standing> {
        self.0.lock().unwrap().get(key).copied()
    }

    fn key_of(&self, org: &OrgId) -> Option<Hash> {
        self.0.lock().unwrap().iter().find(|(_, standing)| standing.org == *org).map(|(key, _)| *key)
    }
}

/// A certificate that is valid now.
pub(crate) fn made() -> Made {
    Made::new("an organization", Validity::days(30)).unwrap()
}

pub(crate) fn identity() -> Identity {
    made().identity().unwrap()
}

/// A certificate whose validity begins and ends so many seconds from now.
pub(crate) fn valid(from: i64, until: i64) -> Identity {
    let at = |seconds: i64| {
        let distance = Duration::from_secs(seconds.unsigned_abs());
        if seconds < 0 { SystemTime::now() - distance } else { SystemTime::now() + distance }
    };
    Made::new("dated", Validity { from: at(from), until: at(until) }).unwrap().identity().unwrap()
}

pub(crate) fn about(org: OrgId) -> About {
    About { org, chain: CHAIN, version: "1.2.3" }
}

/// An organization with its certificates and its view of the ledger.
pub(crate) struct Org {
    pub(crate) org: OrgId,
    pub(crate) ledger: Ledger,
    pub(crate) identities: Arc<Identities>,
}

impl Org {
    pub(crate) fn new(org: OrgId, ledger: &Ledger, identity: Identity) -> Self {
        Self { org, ledger: ledger.clone(), identities: Arc::new(Identities::new(vec![identity])) }
    }

    pub(crate) fn registry(&self) -> Arc<dyn Registry> {
        Arc::new(self.ledger.clone())
    }

    pub(crate) fn client(&self) -> Client {
        self.client_of(CHAIN)
    }

    pub(crate) fn client_of(&self, chain: ChainId) -> Client {
        let about = About { chain, ..about(self.org) };
        Client::new(about, Arc::clone(&self.identities), self.registry(), ClientLimits::standard())
    }

    pub(crate) fn tls(&self) -> ServerTls {
        ServerTls::for_peers(self.org, Arc::clone(&self.identities), self.registry())
    }

    /// Serves: `/everyone` and `/active` by access, `/echo` gives back what it gets.
    pub(crate) async fn serve(&self) -> Target {
        self.serve_with(Limits::standard()).await
    }

    pub(crate) async fn serve_with(&self, limits: Limits) -> Target {
        self.serve_within(limits, Connections::standard(99)).await
    }

    pub(crate) async fn serve_within(&self, limits: Limits, connections: Connections) -> Target {
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            "slow"
        };
        let routes = Routes::new(about(self.org), self.registry(), limits)
            .route("/everyone", Access::Everyone, get(async || "shares"))
            .route("/active", Access::ActiveOnly, get(async || "more"))
            .route("/slow", Access::Everyone, get(slow))
            .route("/echo", Access::Everyone, post(async |body: Bytes| body));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let security = Security::Tls(self.tls());
        tokio::spawn(serve(listener, routes.into_router(), security, connections, pending()));
        Target { org: self.org, address: address.to_string() }
    }
}

/// Two organizations that know each other, the first of which serves.
pub(crate) async fn pair() -> (Ledger, Org, Org, Target) {
    let ledger = Ledger::default();
    let (hospital, clinic) = (identity(), identity());
    ledger.register(HOSPITAL, hospital.key());
    ledger.register(CLINIC, clinic.key());
    let hospital = Org::new(HOSPITAL, &ledger, hospital);
    let clinic = Org::new(CLINIC, &ledger, clinic);
    let target = hospital.serve().await;
    (ledger, hospital, clinic, target)
}

pub(crate) fn asking(path: &str) -> Request<Bytes> {
    Request::get(path).body(Bytes::new()).unwrap()
}

/// Status and body of the answer to a GET.
pub(crate) async fn ask(client: &Client, to: &Target, path: &str) -> Result<(u16, String), LinkError> {
    Ok(read(&client.request(to, asking(path)).await?))
}

pub(crate) fn read(answer: &Response<Bytes>) -> (u16, String) {
    (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned())
}

pub(crate) fn address(target: &Target) -> SocketAddr {
    target.address.parse().unwrap()
}
