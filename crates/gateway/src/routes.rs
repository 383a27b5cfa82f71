//! Which path leads where.

use crate::{
    Limits, Modules, blocks, draft, events,
    limits::{self, Gate},
    metrics::{self, Metrics},
    openapi,
    ports::Ledger,
    problem::{Problem, Rejects},
    query, receipts, show, status, tx,
};
use axum::{
    Router,
    extract::{Request, State},
    http::{Method, StatusCode, Uri, header},
    middleware,
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get, post},
};
use bytes::Bytes;
use epione_kernel::{CallDoc, Module, QueryDoc, RejectDoc};
use serde_json::json;
use std::sync::Arc;

/// What stands directly below `/v1` and so cannot be the name of a module.
const TAKEN: [&str; 8] = ["tx", "blocks", "signers", "events", "receipts", "tree", "status", "surface"];

/// What the gateway is told besides the ledger and the modules.
#[derive(Clone, Debug)]
pub struct Config {
    /// What a client may ask for.
    pub limits: Limits,
    /// Why the ledger itself, rather than a module, refuses a call.
    pub system_rejects: Vec<RejectDoc>,
}

/// Why no routes can be made from a module.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// A name that cannot stand in a path.
    #[error("`{0}` is not a name for a route: lower-case letters, digits and single hyphens")]
    Name(&'static str),
    /// A path that already leads elsewhere.
    #[error("the route `{0}` is already taken")]
    Taken(String),
}

/// What all requests share.
pub(crate) struct Gateway {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) modules: Modules,
    pub(crate) limits: Limits,
    pub(crate) gate: Gate,
    pub(crate) rejects: Rejects,
    pub(crate) metrics: Metrics,
    surface: Bytes,
    openapi: Bytes,
}

/// What all requests share, as handlers take it.
pub(crate) type App = Arc<Gateway>;

/// All routes of docs/http.md: the fixed ones, and one for each call and query of `modules`.
///
/// # Errors
/// [`RouteError`] if names of modules, calls or queries do not make paths of their own.
pub fn router(ledger: Arc<dyn Ledger>, modules: Modules, config: Config) -> Result<Router, RouteError> {
    let Config { limits, system_rejects } = config;
    let surfaces: Vec<_> = modules.iter().map(|module| module.surface()).collect();
    let surface = json!({ "modules": surfaces, "system_rejects": system_rejects });
    let app = Arc::new(Gateway {
        ledger,
        modules,
        limits,
        gate: Gate::new(&limits),
        rejects: Rejects::new(&system_rejects, modules),
        metrics: Metrics::new(),
        surface: show::json_bytes(&surface).into(),
        openapi: show::json_bytes(&openapi::document(modules)).into(),
    });
    let mut router = fixed();
    let mut taken: Vec<String> = TAKEN.iter().map(|&name| name.to_owned()).collect();
    for module in modules.iter().copied() {
        claim(&mut taken, module.name().to_owned(), module.name())?;
        router = of_module(router, module, &mut taken)?;
    }
    Ok(router
        .fallback(nothing_here)
        .method_not_allowed_fallback(nothing_here)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), limits::guard))
        .with_state(app))
}

fn fixed() -> Router<App> {
    Router::new()
        .route("/v1/tx", post(tx::submit))
        .route("/v1/tx/{id}", get(tx::get))
        .route("/v1/blocks/{height}", get(blocks::get))
        .route("/v1/signers/{id}", get(draft::signer))
        .route("/v1/events", get(events::events))
        .route("/v1/receipts/{id}", get(receipts::get))
        .route("/v1/tree/consistency", get(receipts::consistency))
        .route("/v1/tree/tiles/{level}/{index}", get(receipts::tile))
        .route("/v1/status", get(status::status))
        .route("/v1/surface", get(|State(app): State<App>| async move { document(&app.surface) }))
        .route("/openapi.json", get(|State(app): State<App>| async move { document(&app.openapi) }))
        .route("/healthz", get(status::healthz))
        .route("/readyz", get(status::readyz))
        .route("/metrics", get(metrics::metrics))
}

/// A call and a query may share a path: one is posted, the other is got.
fn of_module(
    mut router: Router<App>,
    module: &'static dyn Module,
    taken: &mut Vec<String>,
) -> Result<Router<App>, RouteError> {
    for call in &module.surface().calls {
        let name = call.item.item.name;
        claim(taken, format!("POST {}/{name}", module.name()), name)?;
        router = router.route(&format!("/v1/{}/{name}", module.name()), drafting(module, call));
    }
    for query in &module.surface().queries {
        let name = query.item.item.name;
        claim(taken, format!("GET {}/{name}", module.name()), name)?;
        router = router.route(&format!("/v1/{}/{name}", module.name()), querying(module, query));
    }
    Ok(router)
}

fn drafting(module: &'static dyn Module, call: &'static CallDoc) -> MethodRouter<App> {
    let target = draft::Target { module, call };
    post(move |State(app): State<App>, request: Request| draft::draft(app, target, request))
}

fn querying(module: &'static dyn Module, query: &'static QueryDoc) -> MethodRouter<App> {
    let target = query::Target { module, query };
    get(move |State(app): State<App>, uri: Uri| query::query(app, target, uri))
}

fn claim(taken: &mut Vec<String>, route: String, name: &'static str) -> Result<(), RouteError> {
    let is_part =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if !name.split('-').all(is_part) {
        return Err(RouteError::Name(name));
    }
    if taken.contains(&route) {
        return Err(RouteError::Taken(route));
    }
    taken.push(route);
    Ok(())
}

fn document(json: &Bytes) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], json.clone()).into_response()
}

/// Says what does not exist: the module, its call or query, or the whole route.
async fn nothing_here(State(app): State<App>, method: Method, uri: Uri) -> Problem {
    let mut parts = uri.path().split('/').skip(1);
    let parts = [parts.next(), parts.next(), parts.next(), parts.next()];
    let [Some("v1"), Some(module), Some(name), None] = parts else { return no_route(&method) };
    if TAKEN.contains(&module) {
        return no_route(&method);
    }
    let Some(module) = app.modules.iter().find(|known| known.name() == module) else {
        return Problem::not_found("there is no such module; GET /v1/surface lists what there is");
    };
    let surface = module.surface();
    let is_call = surface.calls.iter().any(|call| call.item.item.name == name);
    let is_query = surface.queries.iter().any(|query| query.item.item.name == name);
    let module = module.name();
    match (method, is_call, is_query) {
        (Method::POST, _, true) => {
            Problem::not_found(format!("module `{module}` has this as a query, not as a call: use GET"))
        }
        (_, true, _) => Problem::not_found(format!("module `{module}` has this as a call: use POST")),
        (Method::POST, ..) => Problem::not_found(format!("module `{module}` has no such call")),
        _ => Problem::not_found(format!("module `{module}` has no such query")),
    }
}

fn no_route(method: &Method) -> Problem {
    Problem::not_found(format!("there is no such route for {method}"))
}
