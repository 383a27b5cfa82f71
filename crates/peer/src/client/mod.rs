//! Asking other organizations.

mod error;
mod link;

pub use error::LinkError;

use crate::{About, Hello, Identities, Registry, problem, problem::Problem, routes};
use bytes::Bytes;
use epione_types::{Hash, OrgId};
use hyper::{Request, Response};
use link::{Link, Sent};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// New connections that are tried for one request: on each of them the other side may just have seen another key registered.
const ATTEMPTS: usize = 3;
/// Connections to one organization that are kept for later requests.
const IDLE_MAX: usize = 8;

/// Whom to ask, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The organization.
    pub org: OrgId,
    /// Host and port of its node for other organizations.
    pub address: String,
}

/// What a client waits for and takes.
#[derive(Clone, Copy, Debug)]
pub struct ClientLimits {
    /// How long a connection with its handshake may take.
    pub connect_timeout: Duration,
    /// How long an answer may take.
    pub answer_timeout: Duration,
    /// Largest answer, in bytes.
    pub answer_bytes_max: usize,
}

impl ClientLimits {
    /// A little more patient than [`crate::Limits::standard`].
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            answer_timeout: Duration::from_secs(35),
            answer_bytes_max: 16 * 1024 * 1024,
        }
    }
}

/// Makes requests to other organizations; keeps connections for the next ones. Proxies of the environment are not used.
#[derive(Debug)]
pub struct Client {
    about: About,
    identities: Arc<Identities>,
    registry: Arc<dyn Registry>,
    limits: ClientLimits,
    idle: Mutex<HashMap<Target, Vec<Link>>>,
}

impl Client {
    /// Asks as the organization of `about`, which has these certificates.
    #[must_use]
    pub fn new(about: About, identities: Arc<Identities>, registry: Arc<dyn Registry>, limits: ClientLimits) -> Self {
        Self { about, identities, registry, limits, idle: Mutex::default() }
    }

    /// Who answers at `to`, and whom it takes us for. Makes a connection of its own.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn hello(&self, to: &Target) -> Result<Hello, LinkError> {
        let (link, hello) = self.connect(to).await?;
        self.keep(to, link);
        Ok(hello)
    }

    /// The answer to a request, whose URI is a path; whatever its status. A request that was certainly not acted upon, such as
    /// on a connection that the other side had closed, is made once more.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn request(&self, to: &Target, request: Request<Bytes>) -> Result<Response<Bytes>, LinkError> {
        while let Some(link) = self.take(to) {
            if let Some(answer) = self.sent(to, link, request.clone()).await? {
                return Ok(answer);
            }
        }
        for _ in 0..ATTEMPTS {
            let (link, _) = self.connect(to).await?;
            if let Some(answer) = self.sent(to, link, request.clone()).await? {
                return Ok(answer);
            }
        }
        Err(LinkError::Closed { address: to.address.clone() })
    }

    /// The answer; none if the request was certainly not acted upon.
    async fn sent(
        &self,
        to: &Target,
        mut link: Link,
        request: Request<Bytes>,
    ) -> Result<Option<Response<Bytes>>, LinkError> {
        match link.send(request, &self.limits).await? {
            Sent::Not => Ok(None),
            // The key with which this link began was replaced since: another begins with the new one.
            Sent::Answered(answer) if Problem::is(answer.body(), problem::NOT_REGISTERED) => Ok(None),
            Sent::Answered(answer) => {
                self.keep(to, link);
                Ok(Some(answer))
            }
        }
    }

    /// A connection that is still good by what the ledger says now.
    fn take(&self, to: &Target) -> Option<Link> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let links = idle.get_mut(to)?;
        while let Some(link) = links.pop() {
            if link.is_good(&*self.registry, to.org) {
                return Some(link);
            }
        }
        idle.remove(to);
        None
    }

    fn keep(&self, to: &Target, link: Link) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let links = idle.entry(to.clone()).or_default();
        if links.len() < IDLE_MAX {
            links.push(link);
        }
    }

    /// A new connection whose other side has greeted us; asked for the key that the ledger names by then, if that changed
    /// meanwhile.
    async fn connect(&self, to: &Target) -> Result<(Link, Hello), LinkError> {
        let named = || self.registry.key_of(&to.org).ok_or(LinkError::NoKey(to.org));
        let mut wanted = named()?;
        loop {
            let begun = self.connect_to(to, wanted).await;
            if !matches!(begun, Err(LinkError::NotAccepted { .. })) || named()? == wanted {
                return begun;
            }
            wanted = named()?;
        }
    }

    /// A new connection whose other side has this key and has greeted us. The own key that the ledger names is shown first; if the other side
    /// does not take it, it may be a block ahead or behind: then the others; and the first once more, as the block may have
    /// come in between.
    async fn connect_to(&self, to: &Target, wanted: Hash) -> Result<(Link, Hello), LinkError> {
        let mut refused = LinkError::NoIdentity;
        let mut owns = self.identities.best_first(self.registry.key_of(&self.about.org));
        if owns.len() > 1 {
            owns.extend(owns.first().cloned());
        }
        for own in owns {
            let link = Link::new(to, wanted, &own, &self.registry);
            let begun = async {
                let mut link = link.await?;
                let hello = link.hello(routes::HELLO, &self.limits).await?;
                Ok::<_, LinkError>((link, hello))
            };
            let late = |_elapsed| LinkError::Timeout { address: to.address.clone() };
            let begun = tokio::time::timeout(self.limits.connect_timeout, begun).await.map_err(late);
            match begun.and_then(|begun| begun) {
                Ok((link, hello)) => return self.checked(to, link, hello),
                Err(error) if error.is_about_own_key() => refused = refused.or(error),
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }

    fn checked(&self, to: &Target, link: Link, hello: Hello) -> Result<(Link, Hello), LinkError> {
        if hello.chain != self.about.chain {
            return Err(LinkError::OtherChain { address: to.address.clone(), found: hello.chain });
        }
        Ok((link, hello))
    }
}
