//! What a client may ask for, and the guard that every request passes.

use crate::{
    clock,
    problem::{Problem, TOO_LARGE, UNAVAILABLE},
    routes::App,
};
use axum::{
    body::Body,
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Addresses whose rate is remembered; beyond it those that have been quiet are forgotten.
const ADDRESSES_MAX: usize = 10_000;
/// Memory reserved for a body before its first byte has come.
const BODY_RESERVED_MAX: usize = 64 * 1024;
/// Routes that supervisors ask: a busy node is not a sick one.
const ALWAYS_OPEN: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// What a client may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest body of a request, in bytes.
    pub body_bytes_max: usize,
    /// How long the body of a request may take to arrive.
    pub body_timeout: Duration,
    /// How long the node may take for an answer, waiting for finality not counted.
    pub answer_timeout: Duration,
    /// Requests of one remote address per second, in the long run.
    pub requests_per_second: NonZeroU32,
    /// Requests of one remote address at once, after it has been quiet.
    pub requests_burst: NonZeroU32,
    /// Requests that are worked on or waited for at once; event streams are not counted.
    pub requests_at_once_max: usize,
    /// Event streams at once.
    pub streams_max: usize,
    /// Connections at once; each takes a file descriptor.
    pub connections_max: usize,
    /// After how much silence an event stream sends a comment.
    pub keep_alive: Duration,
}

impl Limits {
    /// Limits for a node whose clients are programs on the same machine.
    #[must_use]
    pub const fn local() -> Self {
        Self {
            body_bytes_max: 2 * 1024 * 1024,
            body_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(10),
            requests_per_second: NonZeroU32::MIN.saturating_add(9_999),
            requests_burst: NonZeroU32::MIN.saturating_add(19_999),
            requests_at_once_max: 4_096,
            streams_max: 64,
            connections_max: 8_192,
            keep_alive: Duration::from_secs(15),
        }
    }
}

/// Who may come in now.
#[derive(Debug)]
pub(crate) struct Gate {
    /// The moment at which each address has its whole burst again: a token bucket in one number.
    full_at: Mutex<HashMap<IpAddr, Instant>>,
    /// Time in which one request is earned.
    interval: Duration,
    /// Time in which a whole burst is earned.
    burst: Duration,
    at_once: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    streams_max: usize,
}

impl Gate {
    pub(crate) fn new(limits: &Limits) -> Self {
        let interval = Duration::from_secs(1) / limits.requests_per_second.get();
        let permits = |max: usize| Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS)));
        let streams = permits(limits.streams_max);
        Self {
            full_at: Mutex::default(),
            interval,
            burst: interval.saturating_mul(limits.requests_burst.get()),
            at_once: permits(limits.requests_at_once_max),
            streams_max: streams.available_permits(),
            streams,
        }
    }

    /// Takes one request from the bucket of `address`.
    fn take(&self, address: IpAddr, now: Instant) -> Result<(), Problem> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= ADDRESSES_MAX {
            full_at.retain(|_address, full| *full > now);
        }
        let is_crowded = full_at.len() >= ADDRESSES_MAX && !full_at.contains_key(&address);
        let full = full_at.get(&address).map_or(now, |full| (*full).max(now));
        let then = full + self.interval;
        let wait = then.saturating_duration_since(now).saturating_sub(self.burst);
        if wait > Duration::ZERO || is_crowded {
            let seconds = wait.as_secs().saturating_add(1);
            return Err(Problem::too_many("this address sends too many requests; try again later", seconds));
        }
        full_at.insert(address, then);
        Ok(())
    }

    fn admit(&self, address: IpAddr) -> Result<OwnedSemaphorePermit, Problem> {
        self.take(address, clock::instant())?;
        permit(&self.at_once, "the node works on as many requests as it may; try again later")
    }

    /// A place for an event stream, as long as it is held.
    pub(crate) fn stream(&self) -> Result<OwnedSemaphorePermit, Problem> {
        permit(&self.streams, "as many event streams are open as may be; try again later")
    }

    /// How many event streams are open.
    pub(crate) fn streams_open(&self) -> u64 {
        u64::try_from(self.streams_max.saturating_sub(self.streams.available_permits())).unwrap_or(u64::MAX)
    }
}

fn permit(semaphore: &Arc<Semaphore>, detail: &str) -> Result<OwnedSemaphorePermit, Problem> {
    Arc::clone(semaphore).try_acquire_owned().map_err(|_full| Problem::too_many(detail, 1))
}

/// Lets a request in if the limits allow it. Logs its route, status and duration and nothing else of it.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let start = clock::instant();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
    let permit = if ALWAYS_OPEN.contains(&route) { Ok(None) } else { app.gate.admit(address).map(Some) };
    let mut response = match permit {
        Ok(_permit) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let (status, duration) = (response.status(), start.elapsed());
    app.metrics.answered(route, status, duration);
    tracing::debug!(route, status = status.as_u16(), ?duration, "request");
    response
}

/// The whole body of a request.
///
/// # Errors
/// `too-large` above the limit, `malformed` if it does not arrive whole in time.
pub(crate) async fn body(limits: &Limits, headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let late = || Problem::malformed(format!("the body did not arrive within {:?}", limits.body_timeout));
    tokio::time::timeout(limits.body_timeout, collect(limits.body_bytes_max, headers, body))
        .await
        .unwrap_or_else(|_elapsed| Err(late()))
}

async fn collect(bytes_max: usize, headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse::<usize>().ok());
    let mut bytes = BytesMut::with_capacity(announced.unwrap_or(0).min(BODY_RESERVED_MAX));
    let mut chunks = body.into_data_stream();
    let mut discarded = 0_usize;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_broken| Problem::malformed("the body ends before its announced end"))?;
        if discarded > 0 || chunk.len() > bytes_max.saturating_sub(bytes.len()) {
            discarded = discarded.saturating_add(chunk.len());
        } else {
            bytes.extend_from_slice(&chunk);
        }
        // A client that is still sending hears the answer only if what it sends is read. There is an end to that, too.
        if discarded > bytes_max.saturating_mul(4) {
            break;
        }
    }
    if discarded > 0 {
        return Err(Problem::new(TOO_LARGE, format!("the body is longer than {bytes_max} bytes")));
    }
    Ok(bytes.freeze())
}

/// Does work that takes milliseconds beside the threads that serve others.
///
/// # Errors
/// `unavailable` if the work panics.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let broken = |_panic| Problem::new(UNAVAILABLE, "the node failed; the cause is in its log");
    tokio::task::spawn_blocking(work).await.map_err(broken)
}

/// What the node answers, if it does so in time.
///
/// # Errors
/// `unavailable`.
pub(crate) async fn in_time<T>(limits: &Limits, answer: impl Future<Output = T>) -> Result<T, Problem> {
    let late =
        |_elapsed| Problem::new(UNAVAILABLE, format!("the node did not answer within {:?}", limits.answer_timeout));
    tokio::time::timeout(limits.answer_timeout, answer).await.map_err(late)
}
