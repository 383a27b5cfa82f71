//! What the gateway counts, and where the node stands, as `GET /metrics` shows them.
//!
//! Labels come from closed sets: templates of routes, classes of status, names of problems. None says who asked, or for
//! what.

use crate::{
    limits,
    ports::{Peers, Status, Vitals},
    problem::Problem,
    routes::App,
};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use std::{
    sync::atomic::AtomicU64,
    time::{Duration, UNIX_EPOCH},
};

/// Upper ends of the classes of durations, in seconds.
const SECONDS: [f64; 10] = [0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabel {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    route: String,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProblemLabel {
    problem: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VersionLabel {
    version: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CertificateLabel {
    certificate: &'static str,
}

/// What [`Status::voting`] may say.
const VOTING: [&str; 4] = ["votes", "follows", "asks", "forgot"];

type Whole = Gauge<u64, AtomicU64>;
type Seconds = Gauge<f64, AtomicU64>;

/// Everything that is counted or measured.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<AnswerLabels, Counter>,
    durations: Family<RouteLabel, Histogram, fn() -> Histogram>,
    accepted: Counter,
    refused: Family<ProblemLabel, Counter>,
    streams: Whole,
    node: Node,
}

/// Where the node stands, as of the last time that it was asked.
#[derive(Debug, Default)]
struct Node {
    mempool_txs: Whole,
    mempool_bytes: Whole,
    height: Whole,
    final_age: Seconds,
    event_size: Whole,
    rows_position: Whole,
    rows_lag: Whole,
    peers_known: Whole,
    peers_connected: Whole,
    ready: Whole,
    halted: Whole,
    committee: Whole,
    build: Family<VersionLabel, Whole>,
    voting: Family<StateLabel, Whole>,
    certificates: Family<CertificateLabel, Seconds>,
    disk_free: Gauge<f64, AtomicU64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let constructor: fn() -> Histogram = || Histogram::new(SECONDS);
        let mut metrics = Self {
            registry: Registry::with_prefix("epione"),
            requests: Family::default(),
            durations: Family::new_with_constructor(constructor),
            accepted: Counter::default(),
            refused: Family::default(),
            streams: Gauge::default(),
            node: Node::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("http_requests", "Requests by route and class of status", self.requests.clone());
        let help = "Time to the head of the answer by route, waiting for finality included";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, self.durations.clone());
        registry.register("event_streams", "Event streams that are open", self.streams.clone());
        registry.register("txs_accepted", "Submitted transactions that the mempool took or had", self.accepted.clone());
        registry.register("txs_refused", "Submitted transactions that were refused, by problem", self.refused.clone());
        let node = &self.node;
        let gauges = [
            ("mempool_txs", "Transactions that wait in the mempool", &node.mempool_txs),
            ("mempool_bytes", "Canonical bytes of the transactions in the mempool", &node.mempool_bytes),
            ("final_height", "Height of the last final block", &node.height),
            ("event_log_events", "Events in the log", &node.event_size),
            ("rows_position_events", "Events that have become rows", &node.rows_position),
            ("rows_lag_events", "Events that have not become rows yet", &node.rows_lag),
            ("peers_known", "Other nodes that this one is configured to talk to", &node.peers_known),
            ("peers_connected", "Other nodes that are connected now", &node.peers_connected),
            ("ready", "1 if the node follows the chain, else 0", &node.ready),
            ("halted", "1 if the chain has reached the height at which the members agreed to stop", &node.halted),
            ("committee_validators", "Validators in the committee of the last final block", &node.committee),
        ];
        for (name, help, gauge) in gauges {
            registry.register(name, help, gauge.clone());
        }
        let help = "Time since this node saw a block become final";
        registry.register_with_unit("final_age", help, Unit::Seconds, node.final_age.clone());
        registry.register("build_info", "1, with the version of the program", node.build.clone());
        registry.register(
            "voting",
            "1 for the state in which this node is with its votes, else 0",
            node.voting.clone(),
        );
        let help = "End of the certificate in use, since 1970; 0 if there is none that others accept";
        registry.register_with_unit("certificate_expiry_timestamp", help, Unit::Seconds, node.certificates.clone());
        let help = "Room on the disk of the data directory";
        registry.register_with_unit("disk_free", help, Unit::Bytes, node.disk_free.clone());
    }

    /// A request was answered.
    pub(crate) fn answered(&self, route: &str, status: StatusCode, duration: Duration) {
        let route = route.to_owned();
        self.durations.get_or_create(&RouteLabel { route: route.clone() }).observe(duration.as_secs_f64());
        self.requests.get_or_create(&AnswerLabels { route, status: class(status) }).inc();
    }

    /// A transaction was offered to the mempool.
    pub(crate) fn offered(&self, refused: Option<&Problem>) {
        match refused {
            None => self.accepted.inc(),
            Some(problem) => self.refused.get_or_create(&ProblemLabel { problem: problem.kind.name }).inc(),
        };
    }

    fn standing(&self, status: &Status, peers: Peers) {
        let node = &self.node;
        node.build.get_or_create(&VersionLabel { version: status.version }).set(1);
        for state in VOTING {
            node.voting.get_or_create(&StateLabel { state }).set(u64::from(status.voting == state));
        }
        node.ready.set(u64::from(status.not_ready.is_none()));
        node.mempool_txs.set(status.mempool_txs);
        node.mempool_bytes.set(status.mempool_bytes);
        node.height.set(status.height);
        node.final_age.set(Duration::from_millis(status.last_final_ms).as_secs_f64());
        node.event_size.set(status.event_size);
        node.rows_position.set(status.event_size.saturating_sub(status.projection_lag));
        node.rows_lag.set(status.projection_lag);
        node.peers_known.set(peers.known);
        node.peers_connected.set(peers.connected);
    }

    fn vital(&self, vitals: &Vitals) {
        let node = &self.node;
        node.halted.set(u64::from(vitals.halted));
        node.committee.set(vitals.committee);
        node.disk_free.set(vitals.disk_free.unwrap_or(f64::NAN));
        for (certificate, until) in &vitals.certificates {
            let since = until.and_then(|until| until.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
            node.certificates.get_or_create(&CertificateLabel { certificate }).set(since.as_secs_f64());
        }
    }
}

const fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

/// Own metrics, then those of the engine.
pub(crate) async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let metrics = &app.metrics;
    let status = limits::in_time(&app.limits, app.ledger.status()).await?;
    metrics.standing(&status, app.ledger.peers());
    metrics.vital(&limits::in_time(&app.limits, app.ledger.vitals()).await?);
    metrics.streams.set(app.gate.streams_open());
    let mut text = String::new();
    // Writing into a string does not fail.
    let _ = text::encode_registry(&mut text, &metrics.registry);
    text.push_str(&app.ledger.engine_metrics());
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
