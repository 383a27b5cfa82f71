//! `GET /metrics`: what is counted, and that nothing of a request becomes a label.

use crate::support::{MANY, Node, ONE, Script, list, tx};
use epione_gateway::ports::Refused;
use epione_types::{Nonce, TxFault};
use std::{collections::BTreeSet, time::Duration};

/// The metrics of the node.
async fn metrics(node: &Node) -> String {
    let answer = node.get("/metrics").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    answer.text().await.unwrap()
}

#[track_caller]
fn has(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.lines().any(|found| found == *line), "no line `{line}` in:\n{text}");
    }
}

#[tokio::test]
async fn where_the_node_stands_comes_before_what_the_engine_tells() {
    let node = Node::start(Script::default()).await;
    node.get("/healthz").await;
    let text = metrics(&node).await;
    has(
        &text,
        &[
            "epione_mempool_txs 3",
            "epione_mempool_bytes 1234",
            "epione_final_height 12",
            "epione_final_age_seconds 0.25",
            "epione_event_log_events 40",
            "epione_rows_position_events 35",
            "epione_rows_lag_events 5",
            "epione_peers_known 3",
            "epione_peers_connected 2",
            "epione_event_streams 0",
            "epione_ready 1",
            "epione_halted 0",
            "epione_committee_validators 4",
            "epione_build_info{version=\"0.1.0\"} 1",
            "epione_voting{state=\"votes\"} 1",
            "epione_voting{state=\"follows\"} 0",
            "epione_voting{state=\"asks\"} 0",
            "epione_voting{state=\"forgot\"} 0",
            "epione_disk_free_bytes 5000000000.0",
            "epione_certificate_expiry_timestamp_seconds{certificate=\"clients\"} 1900000000.0",
            "epione_certificate_expiry_timestamp_seconds{certificate=\"links\"} 0.0",
            "# TYPE epione_http_request_duration_seconds histogram",
        ],
    );
    assert!(text.ends_with("# TYPE engine_views gauge\nengine_views 14\n# EOF\n"), "{text}");
    assert_eq!(text.matches("# EOF").count(), 1, "{text}");
}

#[tokio::test]
async fn a_node_that_is_not_ready_says_so() {
    let node =
        Node::start(Script { not_ready: Some("it is opening its stores".to_owned()), ..Script::default() }).await;
    has(&metrics(&node).await, &["epione_ready 0"]);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_class_of_status() {
    let node = Node::start(Script::default()).await;
    for path in ["/v1/status", "/v1/status", "/v1/blocks/3", "/v1/blocks/no", "/etc/passwd", "/v1/notary/list?limit=3"]
    {
        node.get(path).await;
    }
    node.post_json("/v1/status", &serde_json::json!({})).await;
    let text = metrics(&node).await;
    has(
        &text,
        &[
            "epione_http_requests_total{route=\"/v1/status\",status=\"2xx\"} 2",
            "epione_http_requests_total{route=\"/v1/status\",status=\"4xx\"} 1",
            "epione_http_requests_total{route=\"/v1/blocks/{height}\",status=\"4xx\"} 2",
            "epione_http_requests_total{route=\"unknown\",status=\"4xx\"} 1",
            "epione_http_requests_total{route=\"/v1/notary/list\",status=\"2xx\"} 1",
            "epione_http_request_duration_seconds_count{route=\"/v1/status\"} 3",
            "epione_http_request_duration_seconds_bucket{le=\"120.0\",route=\"/v1/status\"} 3",
        ],
    );
}

#[tokio::test]
async fn transactions_are_counted_by_what_became_of_them() {
    let used = Refused::Fault(TxFault::NonceUsed(Nonce { lane: 0, seq: 2 }));
    let refused = [(2, used), (3, Refused::MempoolFull), (4, Refused::MempoolFull)].into();
    let node = Node::start(Script { refused, ..Script::default() }).await;
    node.post("/v1/tx", MANY, list(&[tx(1), tx(2), tx(3), tx(5)])).await;
    node.post("/v1/tx", ONE, tx(4).to_bytes()).await;
    // What does not parse is no transaction.
    node.post("/v1/tx", ONE, "no").await;
    let text = metrics(&node).await;
    has(
        &text,
        &[
            "epione_txs_accepted_total 2",
            "epione_txs_refused_total{problem=\"nonce-used\"} 1",
            "epione_txs_refused_total{problem=\"mempool-full\"} 2",
            "epione_http_requests_total{route=\"/v1/tx\",status=\"2xx\"} 1",
            "epione_http_requests_total{route=\"/v1/tx\",status=\"4xx\"} 1",
            "epione_http_requests_total{route=\"/v1/tx\",status=\"5xx\"} 1",
        ],
    );
}

#[tokio::test]
async fn open_event_streams_are_counted() {
    let node = Node::start(Script::default()).await;
    let (first, second) = (node.get("/v1/events").await, node.get("/v1/events?from=7").await);
    has(&metrics(&node).await, &["epione_event_streams 2"]);
    drop((first, second));
    for _ in 0..200 {
        if metrics(&node).await.contains("epione_event_streams 0\n") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("streams that their clients left stay open");
}

#[tokio::test]
async fn whatever_is_asked_the_labels_come_from_closed_sets() {
    let node = Node::start(Script::default()).await;
    let series = |text: &str| -> BTreeSet<String> {
        let own = text.lines().filter(|line| line.starts_with("epione_"));
        own.filter_map(|line| line.rsplit_once(' ')).map(|(name, _value)| name.to_owned()).collect()
    };
    let ask = async |from: u64| {
        for number in from..from + 20 {
            node.get(&format!("/v1/tx/{number}")).await;
            node.get(&format!("/v1/signers/org{number}?lane={number}")).await;
            node.get(&format!("/secret-{number}/a")).await;
            node.get(&format!("/v1/notary/secret-{number}")).await;
            node.post("/v1/tx", ONE, tx(number).to_bytes()).await;
        }
        metrics(&node).await
    };
    metrics(&node).await;
    let first = ask(1).await;
    let later = ask(100).await;
    assert_eq!(series(&first), series(&later));
    assert!(!later.contains("secret") && !later.contains("org1"), "{later}");
}
