//! `GET /v1/receipts/{id}` and the proofs about the event tree.

use crate::support::{Node, Script, json, problem, tx};
use epione_types::Hash;
use reqwest::header;
use serde_json::json;

#[tokio::test]
async fn a_receipt_comes_in_its_bytes_or_in_json() {
    let signed = tx(1);
    let id = signed.tx.id();
    let node = Node::start(Script { txs: vec![signed], ..Script::default() }).await;
    for path in ["/v1/receipts/7".to_owned(), format!("/v1/receipts/{id}")] {
        let found = node.get(&path).await;
        assert_eq!(found.status(), 200);
        assert_eq!(found.headers()[header::CONTENT_TYPE], "application/vnd.epione.receipt");
        assert_eq!(found.bytes().await.unwrap(), [0xab, 0xcd].as_slice());
        let found = node.get_with(&path, &[("accept", "application/json, */*")]).await;
        assert_eq!(json(found, 200).await, json!({ "position": 7, "height": 12, "receipt": "abcd" }));
    }
}

#[tokio::test]
async fn receipts_that_are_not_there() {
    let node = Node::start(Script::default()).await;
    let unknown = tx(1).tx.id();
    problem(node.get("/v1/receipts/40").await, ("not-found", 404), "no final event 40").await;
    problem(node.get(&format!("/v1/receipts/{unknown}")).await, ("not-found", 404), "no transaction").await;
    for (id, what) in [("-1", "id: neither"), ("latest", "id: neither"), ("tx1qq", "id: `tx1qq` is not an identifier")]
    {
        problem(node.get(&format!("/v1/receipts/{id}")).await, ("malformed", 400), what).await;
    }
    problem(node.get("/v1/receipts/7?x=1").await, ("malformed", 400), "x").await;
    let node = Node::start(Script { unavailable: true, ..Script::default() }).await;
    problem(node.get("/v1/receipts/7").await, ("unavailable", 503), "the disk is full").await;
}

#[tokio::test]
async fn proofs_about_the_tree() {
    let node = Node::start(Script::default()).await;
    let path = json(node.get("/v1/tree/consistency?from=3&to=9").await, 200).await;
    assert_eq!(path, json!({ "from": 3, "to": 9, "path": [Hash([3; 32]), Hash([9; 32])] }));
    problem(node.get("/v1/tree/consistency?from=3&to=41").await, ("not-found", 404), "fewer than 41").await;
    problem(node.get("/v1/tree/consistency?from=9&to=3").await, ("malformed", 400), "from: 9 is above").await;
    problem(node.get("/v1/tree/consistency?from=9").await, ("malformed", 400), "to").await;
    let tile = node.get("/v1/tree/tiles/0/1?width=44").await;
    assert_eq!(tile.bytes().await.unwrap(), vec![5; 44 * 32]);
    assert_eq!(node.get("/v1/tree/tiles/0/0").await.bytes().await.unwrap().len(), 256 * 32);
    problem(node.get("/v1/tree/tiles/0/1?width=45").await, ("not-found", 404), "tile 1 of level 0").await;
    problem(node.get("/v1/tree/tiles/0/1?width=257").await, ("malformed", 400), "width: 257").await;
    problem(node.get("/v1/tree/tiles/x/1").await, ("malformed", 400), "").await;
}
