//! What clients may not do.

use crate::support::{Node, ONE, Script, json, problem, tx};
use epione_gateway::Limits;
use futures::stream;
use std::{num::NonZeroU32, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

fn rate(per_second: u32, burst: u32) -> Limits {
    let some = |number| NonZeroU32::new(number).unwrap();
    Limits { requests_per_second: some(per_second), requests_burst: some(burst), ..Limits::local() }
}

#[tokio::test]
async fn bodies_above_the_limit_are_too_large() {
    let node = Node::start(Script::default()).await;
    let max = Limits::local().body_bytes_max;
    for path in ["/v1/tx", "/v1/notary/commit"] {
        for len in [max + 1, 3 * max] {
            let answer = node.post(path, "application/json", vec![b' '; len]).await;
            problem(answer, ("too-large", 413), "longer than 2097152 bytes").await;
        }
        let answer = node.post(path, "application/json", vec![b' '; max]).await;
        problem(answer, ("malformed", 400), "EOF").await;
    }
    // Without a length announced.
    let chunk = || Ok::<_, std::io::Error>(vec![0_u8; 64 * 1024]);
    let chunks = reqwest::Body::wrap_stream(stream::iter((0..40).map(move |_| chunk())));
    problem(node.post("/v1/tx", ONE, chunks).await, ("too-large", 413), "longer than 2097152 bytes").await;
}

#[tokio::test]
async fn a_slow_body_is_not_waited_for() {
    let limits = Limits { body_timeout: Duration::from_millis(50), ..Limits::local() };
    let node = Node::with_limits(Script::default(), limits).await;
    let mut client = TcpStream::connect(node.address).await.unwrap();
    let head =
        "POST /v1/tx HTTP/1.1\r\nhost: a\r\ncontent-type: application/octet-stream\r\ncontent-length: 100\r\n\r\nab";
    client.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // The connection ends with the answer: what the client may still send is nobody's.
    tokio::time::timeout(Duration::from_secs(10), client.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("the body did not arrive within 50ms"), "{answer}");
}

#[tokio::test]
async fn a_body_that_is_cut_off_reaches_nobody() {
    let node = Node::start(Script::default()).await;
    let body = tx(1).to_bytes();
    let mut client = TcpStream::connect(node.address).await.unwrap();
    let head = "POST /v1/tx HTTP/1.1\r\nhost: a\r\ncontent-type: application/octet-stream\r\n";
    client.write_all(format!("{head}content-length: {}\r\n\r\n", body.len() + 1).as_bytes()).await.unwrap();
    client.write_all(&body).await.unwrap();
    client.shutdown().await.unwrap();
    let mut answer = Vec::new();
    // Whether an answer still comes is the server's choice.
    let _ = client.read_to_end(&mut answer).await;
    assert!(node.fake.submitted.lock().unwrap().is_empty());
}

/// Asks until it is too often, which it soon is.
async fn until_refused(node: &Node, path: &str) -> reqwest::Response {
    for _ in 0..1_000 {
        let answer = node.get(path).await;
        if answer.status() == 429 {
            return answer;
        }
    }
    panic!("{path} is never refused");
}

#[tokio::test]
async fn requests_above_the_rate_are_told_when_to_come_again() {
    let node = Node::with_limits(Script::default(), rate(1, 3)).await;
    for _ in 0..3 {
        json(node.get("/v1/status").await, 200).await;
    }
    let answer = until_refused(&node, "/v1/status").await;
    let seconds: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=2).contains(&seconds), "{seconds}");
    problem(answer, ("too-many-requests", 429), "this address").await;
    // Also where there is nothing, but not for supervisors.
    until_refused(&node, "/nothing").await;
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(node.get(path).await.status(), 200);
    }
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    json(node.get("/v1/status").await, 200).await;
}

#[tokio::test]
async fn requests_at_once_are_bounded() {
    let node = Node::with_limits(Script::default(), Limits { requests_at_once_max: 1, ..Limits::local() }).await;
    let waiting = node.posting("/v1/tx?wait=final&timeout_ms=2000", ONE).body(tx(1).to_bytes()).send();
    let asking = async {
        let submitted = || !node.fake.submitted.lock().unwrap().is_empty();
        while !submitted() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let answer = node.get("/v1/status").await;
        assert_eq!(answer.headers()["retry-after"], "1");
        problem(answer, ("too-many-requests", 429), "as many requests as it may").await;
    };
    let (waited, ()) = futures::join!(waiting, asking);
    assert_eq!(waited.unwrap().status(), 202);
    json(node.get("/v1/status").await, 200).await;
}

#[tokio::test]
async fn a_node_that_does_not_answer_is_unavailable() {
    let limits = Limits { answer_timeout: Duration::from_millis(50), ..Limits::local() };
    let node = Node::with_limits(Script { silent: true, ..Script::default() }, limits).await;
    let late = "did not answer within 50ms";
    problem(node.get("/v1/status").await, ("unavailable", 503), late).await;
    problem(node.get("/readyz").await, ("unavailable", 503), late).await;
    problem(node.get("/v1/blocks/latest").await, ("unavailable", 503), late).await;
    problem(node.post("/v1/tx", ONE, tx(1).to_bytes()).await, ("unavailable", 503), late).await;
    assert_eq!(node.get("/healthz").await.status(), 200);
}
