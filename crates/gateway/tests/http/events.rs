//! `GET /v1/events`.

use crate::support::{NOW, Node, Script, problem};
use epione_gateway::{Limits, ports::LoggedEvent};
use epione_types::{Bytes, Entry, List, ModuleId, Origin, TxId, TxResult, encode};
use reqwest::Response;
use serde_json::{Value, json};
use std::time::Duration;

const TX: TxId = TxId([4; 32]);

fn event(position: u64, origin: Origin, (module, number): (u16, u16), body: Vec<u8>) -> LoggedEvent {
    let (module, body) = (ModuleId(module), Bytes::new(body).unwrap());
    let entry = Entry { version: 1, salt: [0; 16], origin, module, number, body };
    LoggedEvent { position, height: 12, time: NOW, entry }
}

fn script() -> Script {
    let result = TxResult { codes: List::new(vec![0, 9]).unwrap() };
    let note = epione_types::NoteId([1; 16]);
    let events = vec![
        event(0, Origin::Tx { id: TX }, (0, 1), encode(&result)),
        event(1, Origin::Call { id: TX, index: 0 }, (3, 4), encode(&note)),
        event(2, Origin::Genesis, (4_000, 9), vec![0xca, 0xfe]),
        event(3, Origin::Due { height: 12 }, (3, 99), vec![1]),
    ];
    Script { events, ..Script::default() }
}

/// Reads a stream frame by frame.
struct Frames {
    response: Response,
    text: String,
}

impl Frames {
    fn new(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self { response, text: String::new() }
    }

    /// The next frame; none at the end.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((frame, rest)) = self.text.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(frame);
            }
            let chunk = tokio::time::timeout(Duration::from_secs(10), self.response.chunk()).await.unwrap();
            self.text.push_str(std::str::from_utf8(&chunk.unwrap()?).unwrap());
        }
    }

    /// Identifier, name and data of the next event.
    async fn event(&mut self) -> (String, String, Value) {
        let frame = self.next().await.unwrap();
        let field = |name: &str| {
            let line = frame.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.unwrap_or_else(|| panic!("no {name} in {frame}")).to_owned()
        };
        (field("id"), field("event"), serde_json::from_str(&field("data")).unwrap())
    }
}

#[tokio::test]
async fn events_are_told_in_words() {
    let node = Node::start(script()).await;
    let mut frames = Frames::new(node.get("/v1/events?from=0").await);
    let (id, name, data) = frames.event().await;
    assert_eq!((id.as_str(), name.as_str()), ("0", "ledger.tx-result"));
    let expected = json!({
        "position": 0, "height": 12, "time": NOW, "origin": { "tx": { "id": TX } },
        "module": "ledger", "event": "tx-result", "fields": { "codes": [0, 9] },
    });
    assert_eq!(data, expected);
    let (id, name, data) = frames.event().await;
    assert_eq!((id.as_str(), name.as_str()), ("1", "notary.withdrawn"));
    assert_eq!(data["origin"], json!({ "call": { "id": TX, "index": 0 } }));
    assert_eq!(data["fields"], json!({ "id": epione_types::NoteId([1; 16]) }));
    let (_, name, data) = frames.event().await;
    assert_eq!((name.as_str(), &data["origin"]), ("4000.9", &json!("genesis")));
    assert_eq!(data["fields"], json!({ "body": "cafe" }));
    let (_, name, data) = frames.event().await;
    assert_eq!((name.as_str(), &data["origin"]), ("notary.99", &json!({ "due": { "height": 12 } })));
}

#[tokio::test]
async fn a_client_continues_where_it_stopped() {
    let node = Node::start(script()).await;
    for (path, last, first) in [
        ("/v1/events", None, "0"),
        ("/v1/events?from=2", None, "2"),
        ("/v1/events", Some("1"), "2"),
        ("/v1/events?from=0", Some("2"), "3"),
    ] {
        let headers: Vec<(&'static str, &str)> = last.map(|last| ("last-event-id", last)).into_iter().collect();
        let mut frames = Frames::new(node.get_with(path, &headers).await);
        assert_eq!(frames.event().await.0, first, "{path} {last:?}");
    }
}

#[tokio::test]
async fn a_quiet_stream_is_kept_alive_and_a_failing_one_ends() {
    let limits = Limits { keep_alive: Duration::from_millis(20), ..Limits::local() };
    let node = Node::with_limits(script(), limits).await;
    let mut frames = Frames::new(node.get("/v1/events?from=3").await);
    frames.event().await;
    assert_eq!(frames.next().await.unwrap(), ":");
    assert_eq!(frames.next().await.unwrap(), ":");
    node.fake.script.lock().unwrap().events_fail = true;
    let mut frames = Frames::new(node.get("/v1/events?from=3").await);
    frames.event().await;
    assert_eq!(frames.next().await.unwrap(), ": the node cannot answer now: the log is gone");
    assert_eq!(frames.next().await, None);
}

#[tokio::test]
async fn streams_are_bounded_and_given_back() {
    let node = Node::with_limits(script(), Limits { streams_max: 1, ..Limits::local() }).await;
    let mut frames = Frames::new(node.get("/v1/events").await);
    frames.event().await;
    problem(node.get("/v1/events").await, ("too-many-requests", 429), "event streams").await;
    drop(frames);
    for _ in 0..100 {
        let answer = node.get("/v1/events").await;
        if answer.status() == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the place of a stream that was left is not given back");
}

#[tokio::test]
async fn wrong_positions_are_malformed() {
    let node = Node::start(script()).await;
    problem(node.get("/v1/events?from=x").await, ("malformed", 400), "from").await;
    problem(node.get("/v1/events?to=1").await, ("malformed", 400), "to").await;
    let answer = node.get_with("/v1/events", &[("last-event-id", "x")]).await;
    problem(answer, ("malformed", 400), "Last-Event-ID").await;
}
