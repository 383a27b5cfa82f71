//! What other organizations may ask, and the guard that every request of theirs passes.

use crate::{
    Registry, Side, Standing, Status,
    crowd::Crowd,
    pins,
    problem::{NOT_FOUND, NOT_REGISTERED, Problem, SUSPENDED, TOO_MANY, UNAVAILABLE},
    server::Secured,
};
use axum::{
    Extension, Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get},
};
use epione_types::{ChainId, OrgId};
use rustls::pki_types::UnixTime;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// The path of [`Hello`].
pub(crate) const HELLO: &str = "/peer/v1/hello";

/// Which organizations a route is open to. Every route says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Suspended ones, too: what a suspended member still owes and may do (releasing shares, answering patients, export,
    /// treatment in emergencies).
    Everyone,
    /// Only those in good standing.
    ActiveOnly,
}

/// Who asks; a handler takes it as `Extension<Caller>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller(pub Standing);

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The organization of this node.
    pub org: OrgId,
    /// The chain that it follows.
    pub chain: ChainId,
    /// Version of the program.
    pub version: &'static str,
}

/// What a node says when it is greeted: `GET /peer/v1/hello`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The organization that answers.
    pub org: OrgId,
    /// The chain that it follows.
    pub chain: ChainId,
    /// Version of its program.
    pub version: String,
    /// Who asks, as the node that answers sees it.
    pub caller: Standing,
    /// The group of the key exchange, as both sides agreed on it.
    pub group: String,
}

/// What an organization may ask at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest body of a request, in bytes.
    pub body_bytes_max: usize,
    /// How long the node may take for an answer, the arrival of the body included.
    pub answer_timeout: Duration,
    /// Requests of one organization that are worked on at once.
    pub requests_at_once_max: usize,
}

impl Limits {
    /// Limits for a consortium of any size.
    #[must_use]
    pub const fn standard() -> Self {
        Self { body_bytes_max: 16 * 1024 * 1024, answer_timeout: Duration::from_secs(30), requests_at_once_max: 128 }
    }
}

/// Routes for other organizations, each with its [`Access`].
#[derive(Debug)]
pub struct Routes {
    router: Router,
    guard: Arc<Guard>,
}

impl Routes {
    /// Only the greeting, open to everyone.
    #[must_use]
    pub fn new(about: About, registry: Arc<dyn Registry>, limits: Limits) -> Self {
        let guard = Guard { registry, limits, under_way: Crowd::new(limits.requests_at_once_max) };
        let routes = Self { router: Router::new(), guard: Arc::new(guard) };
        let hello = move |Extension(Caller(caller)): Extension<Caller>, Extension(link): Extension<Secured>| {
            let (about, group) = (about.clone(), link.group());
            let hello = Hello { org: about.org, chain: about.chain, version: about.version.to_owned(), caller, group };
            std::future::ready(Json(hello))
        };
        routes.route(HELLO, Access::Everyone, get(hello))
    }

    /// With one more route.
    #[must_use]
    pub fn route(self, path: &str, access: Access, methods: MethodRouter) -> Self {
        let guard = (Arc::clone(&self.guard), access);
        let methods = methods.layer(middleware::from_fn_with_state(guard, check));
        Self { router: self.router.route(path, methods), guard: self.guard }
    }

    /// To be served.
    pub fn into_router(self) -> Router {
        let nothing = || std::future::ready(Problem::new(NOT_FOUND, "there is nothing at this path"));
        let guard = (Arc::clone(&self.guard), Access::Everyone);
        let nothing = axum::routing::any(nothing).layer(middleware::from_fn_with_state(guard, check));
        let body = DefaultBodyLimit::max(self.guard.limits.body_bytes_max);
        self.router.fallback_service(nothing).layer(body)
    }
}

/// Who may come in now.
#[derive(Debug)]
struct Guard {
    registry: Arc<dyn Registry>,
    limits: Limits,
    under_way: Crowd<OrgId>,
}

impl Guard {
    /// Whose certificate it is, now.
    fn standing(&self, link: Option<&Secured>) -> Result<Standing, Problem> {
        let certificate = link.and_then(Secured::certificate);
        let certificate = certificate.ok_or_else(|| Problem::new(NOT_REGISTERED, "there is no certificate"))?;
        let standing = pins::standing(&*self.registry, certificate, Side::Client, UnixTime::now());
        standing.map_err(|refusal| Problem::new(NOT_REGISTERED, format!("your certificate: {refusal}")))
    }
}

/// Lets a request in if its organization may make it, as the ledger says at this moment.
async fn check(State((guard, access)): State<(Arc<Guard>, Access)>, request: Request, next: Next) -> Response {
    let mut response = match admitted(&guard, access, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn admitted(guard: &Guard, access: Access, mut request: Request, next: Next) -> Result<Response, Problem> {
    let standing = guard.standing(request.extensions().get())?;
    match (standing.status, access) {
        (Status::Active, _) | (Status::Suspended, Access::Everyone) => {}
        (Status::Suspended, Access::ActiveOnly) => {
            let detail = "your organization is suspended, and this is open only to those in good standing";
            return Err(Problem::new(SUSPENDED, detail));
        }
    }
    let detail = "your organization has too many requests under way; try again later";
    let under_way = guard.under_way.enter(standing.org);
    let _under_way = under_way.ok_or_else(|| Problem::new(TOO_MANY, detail))?;
    request.extensions_mut().insert(Caller(standing));
    let late = |_elapsed| Problem::new(UNAVAILABLE, "the node did not answer in time");
    tokio::time::timeout(guard.limits.answer_timeout, next.run(request)).await.map_err(late)
}
