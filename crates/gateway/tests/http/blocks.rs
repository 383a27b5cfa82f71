//! `GET /v1/blocks/{height}`.

use crate::support::{CHAIN, NOW, Node, Script, json, problem, tx};
use epione_gateway::ports::FinalizedBlock;
use epione_types::{Block, Hash, Header, List, OpsRange, PublicKey, SignedTx};
use serde_json::json;

fn block(txs: Vec<SignedTx>) -> Block {
    let header = Header {
        version: 1,
        state_format: 1,
        chain: CHAIN,
        epoch: 0,
        view: 13,
        parent_view: 12,
        proposer: PublicKey::Ed25519([1; 32]),
        height: 12,
        time: NOW,
        parent: Hash([1; 32]),
        committee_hash: Hash([2; 32]),
        next_committee_hash: None,
        tx_root: Block::tx_root(&txs),
        event_root: Hash([3; 32]),
        event_size: 9,
        state_root: Hash([4; 32]),
        ops_root: Hash([5; 32]),
        ops_range: OpsRange { start: 1, end: 2 },
    };
    Block { header, txs: List::new(txs).unwrap() }
}

#[tokio::test]
async fn a_block_is_shown_with_certificate_and_calls_in_words() {
    let block = block(vec![tx(1), tx(2)]);
    let found = FinalizedBlock { block: block.clone(), certificate: Some(vec![0xca, 0xfe]) };
    let node = Node::start(Script { block: Some(found), ..Script::default() }).await;
    let shown = json(node.get("/v1/blocks/12").await, 200).await;
    assert_eq!((&shown["hash"], &shown["certificate"]), (&json!(block.header.hash()), &json!("cafe")));
    let header: Header = serde_json::from_value(shown["header"].clone()).unwrap();
    assert_eq!(header, block.header);
    let second = &shown["txs"][1];
    assert_eq!(second["id"], json!(tx(2).tx.id()));
    let signed: SignedTx =
        serde_json::from_value(json!({ "tx": second["tx"], "signature": second["signature"] })).unwrap();
    assert_eq!(signed, tx(2));
    assert_eq!((&second["calls"][0]["module"], &second["calls"][0]["call"]), (&json!("notary"), &json!("commit")));
    assert_eq!(json(node.get("/v1/blocks/latest").await, 200).await, shown);
}

#[tokio::test]
async fn blocks_that_are_not_there() {
    let found = FinalizedBlock { block: block(vec![]), certificate: None };
    let node = Node::start(Script { block: Some(found), ..Script::default() }).await;
    assert_eq!(json(node.get("/v1/blocks/12").await, 200).await["certificate"], json!(null));
    problem(node.get("/v1/blocks/13").await, ("not-found", 404), "`13`").await;
    for height in ["first", "-1", "1.5", "18446744073709551616"] {
        problem(node.get(&format!("/v1/blocks/{height}")).await, ("malformed", 400), "height: neither").await;
    }
    node.fake.script.lock().unwrap().unavailable = true;
    problem(node.get("/v1/blocks/latest").await, ("unavailable", 503), "the disk is full").await;
}
