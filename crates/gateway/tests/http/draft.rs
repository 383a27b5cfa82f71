//! `POST /v1/{module}/{call}` and `GET /v1/signers/{id}`.

use crate::support::{CHAIN, KNOWN, NOW, Node, Script, UNKNOWN, json, problem};
use epione_types::{ModuleId, SigningKey, Tx, limits::VALIDITY_MS_MAX};
use serde_json::{Value, json};

const COMMIT: &str = "/v1/notary/commit";

fn ask(more: &Value) -> Value {
    let hash = "ab".repeat(32);
    let mut ask = json!({ "signer": KNOWN, "fields": { "commitment": hash, "kind": "protocol" } });
    for (name, value) in more.as_object().unwrap() {
        ask[name] = value.clone();
    }
    ask
}

#[tokio::test]
async fn every_call_of_every_module_can_be_drafted_signed_and_posted() {
    let node = Node::start(Script::default()).await;
    for module in epione_modules::ALL {
        for call in &module.surface().calls {
            let item = &call.item.item;
            let path = format!("/v1/{}/{}", module.name(), item.name);
            let ask = json!({ "signer": KNOWN, "fields": item.example });
            let answer = node.post_json(&path, &ask).await;
            if answer.status() == 422 {
                // An example may break a rule that needs more than itself.
                problem(answer, ("call-refused", 422), "").await;
                continue;
            }
            let draft = json(answer, 200).await;
            let tx: Tx = serde_json::from_value(draft["tx"].clone()).unwrap();
            assert_eq!((tx.chain, tx.signer, tx.version), (CHAIN, KNOWN, 1));
            assert_eq!((tx.calls[0].module, tx.calls[0].call), (module.id(), item.number));
            assert_eq!(module.call_to_json(item.number, &tx.calls[0].body).unwrap(), item.example);
            assert_eq!(draft["id"], json!(tx.id()));
            assert_eq!(draft["call_id"], json!(tx.call_id(0)));
            assert_eq!(draft["signing_bytes"], hex::encode(tx.signing_bytes()));
            let signature = SigningKey::from_seed([5; 32]).sign(&tx.signing_bytes());
            let signed = json!({ "tx": draft["tx"], "signature": signature });
            json(node.post_json("/v1/tx", &signed).await, 202).await;
        }
    }
}

#[tokio::test]
async fn what_is_absent_is_filled_in() {
    let node = Node::start(Script::default()).await;
    let draft = |more: Value| {
        let node = &node;
        async move { json(node.post_json(COMMIT, &ask(&more)).await, 200).await["tx"].clone() }
    };
    let tx = draft(json!({})).await;
    assert_eq!(tx["nonce"], json!({ "lane": 0, "seq": 7 }));
    let salt = tx["salt"].clone();
    assert_ne!(salt, json!("00".repeat(16)));
    let tx = draft(json!({ "lane": 3 })).await;
    assert_eq!(tx["nonce"], json!({ "lane": 3, "seq": 10 }));
    assert_ne!(tx["salt"], salt);
    // Block time of the fake lies in the future: it counts.
    let tx = draft(json!({ "seq": 99, "valid_for_ms": 60_000 })).await;
    assert_eq!(tx["nonce"]["seq"], 99);
    assert_eq!(tx["valid_until"], NOW.0 + 60_000);
    // Who gives a sequence number need not be known to this node yet.
    let tx = draft(json!({ "signer": UNKNOWN, "seq": 1 })).await;
    assert_eq!(tx["signer"], json!(UNKNOWN));
}

#[tokio::test]
async fn what_cannot_be_drafted() {
    let node = Node::start(Script::default()).await;
    let fields = |fields: Value| ask(&json!({ "fields": fields }));
    let hash = "ab".repeat(32);
    for (ask, words) in [
        (json!({}), "missing field `signer`"),
        (json!({ "signer": KNOWN }), "missing field `fields`"),
        (ask(&json!({ "more": 1 })), "unknown field `more`"),
        (ask(&json!({ "signer": "org1x" })), "signer: `org1x` is not an identifier"),
        (ask(&json!({ "lane": -1 })), "lane: "),
        (ask(&json!({ "seq": "7" })), "seq: "),
        (ask(&json!({ "valid_for_ms": 0 })), "valid_for_ms: 0 is not in 1 to"),
        (ask(&json!({ "valid_for_ms": VALIDITY_MS_MAX + 1 })), "valid_for_ms: "),
        (fields(json!([hash, "protocol"])), "fields: invalid type"),
        (fields(json!({ "commitment": hash })), "fields: missing field `kind`"),
        (fields(json!({ "commitment": hash, "kind": "protocol", "more": 1 })), "unknown field `more`"),
        (fields(json!({ "commitment": hash, "kind": "poem" })), "fields: kind: unknown variant `poem`"),
        (fields(json!({ "commitment": "ab", "kind": "protocol" })), "fields: commitment: not a hash"),
    ] {
        problem(node.post_json(COMMIT, &ask).await, ("malformed", 400), words).await;
    }
    problem(node.post_json(COMMIT, &ask(&json!({ "lane": 256 }))).await, ("lane", 422), "256").await;
    let unknown = ask(&json!({ "signer": UNKNOWN }));
    problem(node.post_json(COMMIT, &unknown).await, ("unknown-signer", 422), &UNKNOWN.to_string()).await;
    let answer = node.post(COMMIT, "application/octet-stream", "{}").await;
    problem(answer, ("unsupported-media-type", 415), "application/json").await;
    problem(node.post(COMMIT, "application/json", "{\"signer\"").await, ("malformed", 400), "EOF").await;
    problem(node.post_json(&format!("{COMMIT}?a=1"), &ask(&json!({}))).await, ("malformed", 400), "`a`").await;
    node.fake.script.lock().unwrap().unavailable = true;
    problem(node.post_json(COMMIT, &ask(&json!({}))).await, ("unavailable", 503), "the disk is full").await;
}

#[tokio::test]
async fn names_that_do_not_exist_are_told_apart() {
    let node = Node::start(Script::default()).await;
    let missing = ("not-found", 404);
    let body = ask(&json!({}));
    problem(node.post_json("/v1/nothing/commit", &body).await, missing, "no such module").await;
    problem(node.post_json("/v1/notary/nothing", &body).await, missing, "module `notary` has no such call").await;
    problem(node.post_json("/v1/notary/list", &body).await, missing, "use GET").await;
    problem(node.get(COMMIT).await, missing, "use POST").await;
    problem(node.get("/v1/notary/nothing").await, missing, "module `notary` has no such query").await;
    problem(node.get("/v1/notary").await, missing, "no such route").await;
    problem(node.get("/v2").await, missing, "no such route").await;
    problem(node.get("/").await, missing, "no such route").await;
    let answer = node.get("/v1/tx").await;
    assert_eq!(answer.headers()["allow"], "POST");
    problem(answer, missing, "no such route for GET").await;
    assert!(!epione_modules::ALL.iter().any(|module| module.id() == ModuleId(4_000)));
}

#[tokio::test]
async fn the_next_sequence_number_of_a_lane() {
    let node = Node::start(Script::default()).await;
    let answer = json(node.get(&format!("/v1/signers/{KNOWN}?lane=2")).await, 200).await;
    assert_eq!(answer, json!({ "signer": KNOWN, "lane": 2, "next_seq": 9 }));
    assert_eq!(json(node.get(&format!("/v1/signers/{KNOWN}")).await, 200).await["next_seq"], 7);
    problem(node.get(&format!("/v1/signers/{UNKNOWN}")).await, ("not-found", 404), &UNKNOWN.to_string()).await;
    problem(node.get("/v1/signers/tx1x").await, ("malformed", 400), "id: ").await;
    problem(node.get(&format!("/v1/signers/{KNOWN}?lane=x")).await, ("malformed", 400), "lane").await;
    problem(node.get(&format!("/v1/signers/{KNOWN}?lane=256")).await, ("lane", 422), "256").await;
    problem(node.get(&format!("/v1/signers/{KNOWN}?line=1")).await, ("malformed", 400), "line").await;
}

#[tokio::test]
async fn a_node_that_does_not_follow_the_chain_drafts_nothing() {
    let node = Node::start(Script { not_ready: Some("opening".to_owned()), ..Script::default() }).await;
    // It would not know the block time, and every signer would be new to it.
    problem(node.post_json(COMMIT, &ask(&json!({ "seq": 3 }))).await, ("unavailable", 503), "opening").await;
    problem(node.get(&format!("/v1/signers/{KNOWN}")).await, ("unavailable", 503), "opening").await;
}
