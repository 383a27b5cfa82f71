//! `POST /v1/tx`.

use crate::support::{MANY, Node, ONE, Script, json, list, problem, tx, tx_of, unknown_call};
use epione_gateway::ports::Refused;
use epione_types::{DecodeError, KeyError, ModuleId, Nonce, SignedTx, TxFault, TxId, UnixMs};
use serde_json::{Value, json};

const JSON: &str = "application/json";

#[tokio::test]
async fn one_transaction_is_accepted_in_both_forms() {
    let node = Node::start(Script::default()).await;
    let signed = tx(1);
    let expected = json!({ "id": signed.tx.id(), "status": "accepted" });
    let answer = node.post("/v1/tx", ONE, signed.to_bytes()).await;
    assert_eq!(json(answer, 202).await, expected);
    let answer = node.post("/v1/tx", "Application/JSON; charset=utf-8", serde_json::to_vec(&signed).unwrap()).await;
    assert_eq!(json(answer, 202).await, expected);
    assert_eq!(*node.fake.submitted.lock().unwrap(), [signed.clone(), signed]);
}

#[tokio::test]
async fn waiting_leads_to_the_result_of_each_call() {
    let owner = (3 << 16) | 2;
    let node = Node::start(Script { codes: Some(vec![0, owner, 1, 99]), ..Script::default() }).await;
    let signed = tx(1);
    let answer = json(node.post("/v1/tx?wait=final", ONE, signed.to_bytes()).await, 200).await;
    let expected = json!({
        "id": signed.tx.id(), "status": "final", "height": 12, "index": 3, "time": 1_800_000_000_000_u64,
        "results": [
            { "code": 0 },
            { "code": owner, "name": "not-owner", "text": "only the owner of the entry may do this" },
            { "code": 1, "name": "suspended", "text": "the organization is suspended" },
            { "code": 99 },
        ],
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn what_is_not_final_in_time_is_still_accepted() {
    let node = Node::start(Script::default()).await;
    let answer = node.post("/v1/tx?wait=final&timeout_ms=20", ONE, tx(1).to_bytes()).await;
    assert_eq!(json(answer, 202).await["status"], "accepted");
    let answer = node.post("/v1/tx?wait=final&timeout_ms=20", MANY, list(&[tx(1), tx(2)])).await;
    let answers = json(answer, 200).await;
    assert_eq!(answers[1], json!({ "id": tx(2).tx.id(), "status": "accepted" }));
}

#[tokio::test]
async fn many_are_answered_in_order() {
    let refused = [(2, Refused::OrganizationFull), (3, Refused::Fault(TxFault::NoCalls))].into();
    let node = Node::start(Script { refused, codes: Some(vec![0]), ..Script::default() }).await;
    let txs: Vec<SignedTx> = (1..=4).map(tx).collect();
    for (content_type, body) in [(MANY, list(&txs)), (JSON, serde_json::to_vec(&txs).unwrap())] {
        let answers = json(node.post("/v1/tx", content_type, body.clone()).await, 200).await;
        let statuses: Vec<&str> =
            answers.as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, ["accepted", "refused", "refused", "accepted"]);
        assert_eq!(answers[0]["id"], json!(txs[0].tx.id()));
        assert_eq!(answers[1]["problem"]["type"], "urn:epione:problem:organization-full");
        assert_eq!(answers[2]["problem"]["status"], 422);
        let answers = json(node.post("/v1/tx?wait=final", content_type, body).await, 200).await;
        assert_eq!((&answers[0]["status"], &answers[1]["status"]), (&json!("final"), &json!("refused")));
    }
    assert_eq!(json(node.post("/v1/tx", MANY, list(&[])).await, 200).await, json!([]));
    assert_eq!(json(node.post("/v1/tx", JSON, " [ ] ").await, 200).await, json!([]));
}

#[tokio::test]
async fn what_is_final_is_told_again_whatever_it_is_refused_for() {
    let (repeated, other) = (tx(1), tx(2));
    let nonce = Nonce { lane: 0, seq: 1 };
    let hiding = [TxFault::NonceUsed(nonce), TxFault::Expired(UnixMs(1)), TxFault::Key(crate::support::KNOWN)];
    for fault in hiding {
        let name = fault.name();
        let refused = [(1, Refused::Fault(fault.clone())), (2, Refused::Fault(fault))].into();
        let script = Script { refused, codes: Some(vec![0]), txs: vec![repeated.clone()], ..Script::default() };
        let node = Node::start(script).await;
        for path in ["/v1/tx", "/v1/tx?wait=final"] {
            let answer = json(node.post(path, ONE, repeated.to_bytes()).await, 200).await;
            assert_eq!((&answer["status"], &answer["height"]), (&json!("final"), &json!(12)), "{name}");
            problem(node.post(path, ONE, other.to_bytes()).await, (name, 422), "").await;
            let answers = node.post(path, MANY, list(&[other.clone(), repeated.clone(), tx(3)])).await;
            let answers = json(answers, 200).await;
            assert_eq!((&answers[0]["status"], &answers[1]["status"]), (&json!("refused"), &json!("final")), "{name}");
            assert_eq!(answers[1]["id"], json!(repeated.tx.id()));
        }
        // Who cannot look it up does not say that it was never final.
        node.fake.script.lock().unwrap().unavailable = true;
        problem(node.post("/v1/tx", ONE, repeated.to_bytes()).await, ("unavailable", 503), "the disk is full").await;
    }
}

#[tokio::test]
async fn what_is_lost_while_it_is_waited_for_is_a_problem() {
    let nonce = Nonce { lane: 0, seq: 1 };
    for (fault, name) in [(TxFault::Expired(UnixMs(1)), "expired"), (TxFault::NonceUsed(nonce), "nonce-used")] {
        let node = Node::start(Script { lost: Some(fault), ..Script::default() }).await;
        problem(node.post("/v1/tx?wait=final", ONE, tx(1).to_bytes()).await, (name, 422), "").await;
        let answers = json(node.post("/v1/tx?wait=final", MANY, list(&[tx(1)])).await, 200).await;
        assert_eq!(answers[0]["status"], "refused");
        assert_eq!(answers[0]["problem"]["type"], format!("urn:epione:problem:{name}"));
    }
}

#[tokio::test]
async fn a_transaction_that_waits_is_shown_as_accepted() {
    let id = tx(1).tx.id();
    let node = Node::start(Script { waits: Some(id), ..Script::default() }).await;
    let shown = json(node.get(&format!("/v1/tx/{id}")).await, 200).await;
    assert_eq!(shown, json!({ "id": id, "status": "accepted" }));
}

#[tokio::test]
async fn bytes_that_are_no_transaction_are_malformed() {
    let node = Node::start(Script::default()).await;
    let whole = tx(1).to_bytes();
    let mut not_canonical = whole.clone();
    // The tag of the signer is neither 0 nor 1.
    not_canonical[33] = 2;
    let followed = [whole.as_slice(), &[0]].concat();
    let too_long = vec![0; epione_types::limits::TX_BYTES_MAX + 1];
    for (body, words) in [
        (vec![], "malformed"),
        (whole[..whole.len() - 1].to_vec(), "malformed"),
        (not_canonical.clone(), "not canonical"),
        (followed, "not canonical"),
        (too_long, "limit"),
    ] {
        problem(node.post("/v1/tx", ONE, body).await, ("malformed", 400), words).await;
    }
    let two = list(&[tx(1), tx(2)]);
    let count = |count: u32, rest: &[u8]| [&count.to_le_bytes(), rest].concat();
    for (body, words) in [
        (vec![], "number of transactions is missing"),
        (vec![1, 0, 0], "number of transactions is missing"),
        (two[..two.len() - 1].to_vec(), "[1]: the transaction is malformed"),
        (count(3, &two[4..]), "[2]: the transaction is malformed"),
        (count(1, &two[4..]), "bytes follow the last transaction"),
        (count(1, &not_canonical), "[0]: the transaction is malformed"),
        (count(1_001, &two[4..]), "1001 transactions are above the limit of 1000"),
        (count(u32::MAX, &[]), "above the limit"),
    ] {
        problem(node.post("/v1/tx", MANY, body).await, ("malformed", 400), words).await;
    }
    assert!(node.fake.submitted.lock().unwrap().is_empty());
}

#[tokio::test]
async fn json_that_is_no_transaction_names_the_field() {
    let node = Node::start(Script::default()).await;
    let good = serde_json::to_value(tx(1)).unwrap();
    let spoiled = |path: &str, value: Value| {
        let mut json = good.clone();
        *json.pointer_mut(path).unwrap() = value;
        json.to_string()
    };
    let many: Vec<&Value> = vec![&good; 1_001];
    for (body, words) in [
        (String::new(), "EOF"),
        ("{".to_owned(), "EOF"),
        ("null".to_owned(), "invalid type"),
        (format!("{good}{good}"), "trailing characters"),
        (spoiled("/tx/calls/0/body", json!("xyz")), "tx.calls[0].body: not hexadecimal"),
        (spoiled("/tx/nonce/seq", json!(-1)), "tx.nonce.seq: invalid value"),
        (spoiled("/tx/signer", json!("org1x")), "tx.signer: `org1x` is not an identifier"),
        (spoiled("/tx/salt", json!("00")), "tx.salt: salt is not 32 hexadecimal digits"),
        (spoiled("/signature/key", json!("edk1")), "signature.key: "),
        (spoiled("/tx", json!({ "more": 1 })), "tx.more: unknown field `more`"),
        (spoiled("/signature", json!({})), "signature: missing field `scheme`"),
        (format!("[{good}, {}]", spoiled("/tx/version", json!(300))), "[1].tx.version: "),
        (json!(many).to_string(), "1001 transactions are above the limit of 1000"),
    ] {
        problem(node.post("/v1/tx", JSON, body).await, ("malformed", 400), words).await;
    }
}

#[tokio::test]
async fn other_content_types_are_unsupported() {
    let node = Node::start(Script::default()).await;
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application", "\u{e4}"] {
        let answer = node.post("/v1/tx", content_type, tx(1).to_bytes()).await;
        problem(answer, ("unsupported-media-type", 415), "application/vnd.epione.txs").await;
    }
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let node = Node::start(Script::default()).await;
    for (query, words) in [
        ("wait=accepted", "wait"),
        ("wait=final&timeout_ms=soon", "timeout_ms"),
        ("wait=final&timeout_ms=120001", "timeout_ms: 120001 is above 120000"),
        ("wait=final&timeout_ms=-1", "timeout_ms"),
        ("when=now", "when"),
    ] {
        let answer = node.post(&format!("/v1/tx?{query}"), ONE, tx(1).to_bytes()).await;
        problem(answer, ("malformed", 400), words).await;
    }
}

/// A refusal and what its problem must say.
struct Refusal {
    refused: Refused,
    name: &'static str,
    status: u16,
    call: Option<u64>,
    retry_after: Option<&'static str>,
}

/// Every fault, and what else refuses.
fn refusals() -> Vec<Refusal> {
    let nonce = Nonce { lane: 0, seq: 1 };
    let (signer, chain) = (crate::support::KNOWN, crate::support::CHAIN);
    let broken = || DecodeError::Malformed("cut".to_owned());
    let module = ModuleId(3);
    let faults = [
        (TxFault::Malformed(broken()), "malformed", 400, None),
        (TxFault::Version(2), "version", 422, None),
        (TxFault::Chain { expected: chain, found: chain }, "wrong-chain", 422, None),
        (TxFault::NoCalls, "no-calls", 422, None),
        (TxFault::UnknownModule { index: 1, module }, "unknown-module", 422, Some(1)),
        (TxFault::UnknownCall { index: 2, module, call: 9 }, "unknown-call", 422, Some(2)),
        (TxFault::MalformedCall { index: 3, error: broken() }, "malformed-call", 422, Some(3)),
        (TxFault::Check { index: 4, code: (3 << 16) | 1, text: "no" }, "call-refused", 422, Some(4)),
        (TxFault::Signature(KeyError::Signature), "wrong-signature", 422, None),
        (TxFault::Lane(300), "lane", 422, None),
        (TxFault::Expired(UnixMs(1)), "expired", 422, None),
        (TxFault::ValidTooLong(UnixMs(1)), "valid-too-long", 422, None),
        (TxFault::UnknownSigner(signer), "unknown-signer", 422, None),
        (TxFault::Key(signer), "wrong-key", 422, None),
        (TxFault::NonceUsed(nonce), "nonce-used", 422, None),
        (TxFault::NonceAhead { nonce, next: 2 }, "nonce-ahead", 422, None),
    ];
    let of_fault = |(fault, name, status, call): (TxFault, _, _, _)| {
        assert_eq!(fault.name(), name);
        Refusal { refused: Refused::Fault(fault), name, status, call, retry_after: None }
    };
    let others = [
        (Refused::MempoolFull, "mempool-full", 503, Some("1")),
        (Refused::OrganizationFull, "organization-full", 429, Some("1")),
        (Refused::Unavailable("no peers".to_owned()), "unavailable", 503, None),
    ];
    let of_other = |(refused, name, status, retry_after)| Refusal { refused, name, status, call: None, retry_after };
    faults.into_iter().map(of_fault).chain(others.into_iter().map(of_other)).collect()
}

#[tokio::test]
async fn every_refusal_has_its_problem() {
    let node = Node::start(Script::default()).await;
    for Refusal { refused, name, status, call, retry_after } in refusals() {
        let words = match &refused {
            Refused::Fault(fault) => fault.to_string(),
            Refused::Unavailable(why) => why.clone(),
            Refused::MempoolFull | Refused::OrganizationFull => "try again".to_owned(),
        };
        node.fake.script.lock().unwrap().refused = [(1, refused)].into();
        let answer = node.post("/v1/tx", ONE, tx(1).to_bytes()).await;
        assert_eq!(answer.headers().get("retry-after").map(|after| after.to_str().unwrap()), retry_after, "{name}");
        let alone = problem(answer, (name, status), &words).await;
        assert_eq!(alone.get("call").and_then(Value::as_u64), call, "{alone}");
        if name == "call-refused" {
            assert_eq!((&alone["code"], &alone["name"]), (&json!(196_609), &json!("not-found")));
        }
        let answers = json(node.post("/v1/tx", MANY, list(&[tx(1)])).await, 200).await;
        assert_eq!(answers, json!([{ "status": "refused", "problem": alone }]));
    }
}

#[tokio::test]
async fn a_final_transaction_is_shown_with_its_content_in_words() {
    let (known, unknown) = (tx(1), tx_of(2, vec![unknown_call()]));
    let script = Script { codes: Some(vec![0]), txs: vec![known.clone(), unknown.clone()], ..Script::default() };
    let node = Node::start(script).await;
    let shown = json(node.get(&format!("/v1/tx/{}", known.tx.id())).await, 200).await;
    assert_eq!((&shown["status"], &shown["height"], &shown["index"]), (&json!("final"), &json!(12), &json!(3)));
    assert_eq!(shown["results"], json!([{ "code": 0 }]));
    let again: SignedTx =
        serde_json::from_value(json!({ "tx": shown["tx"], "signature": shown["signature"] })).unwrap();
    assert_eq!(again, known);
    let call = &shown["calls"][0];
    assert_eq!((&call["module"], &call["call"]), (&json!("notary"), &json!("commit")));
    assert_eq!((&call["fields"]["kind"], &call["id"]), (&json!("protocol"), &json!(known.tx.call_id(0))));
    let shown = json(node.get(&format!("/v1/tx/{}", unknown.tx.id())).await, 200).await;
    let call = &shown["calls"][0];
    assert_eq!(
        (&call["module"], &call["call"], &call["fields"]),
        (&json!("4000"), &json!("9"), &json!({ "body": "cafe" }))
    );
}

#[tokio::test]
async fn a_transaction_that_is_not_there() {
    let node = Node::start(Script::default()).await;
    let path = format!("/v1/tx/{}", TxId([4; 32]));
    problem(node.get(&path).await, ("not-found", 404), &TxId([4; 32]).to_string()).await;
    problem(node.get("/v1/tx/tx1abc").await, ("malformed", 400), "id: `tx1abc` is not an identifier").await;
    problem(node.get("/v1/tx/%ff").await, ("malformed", 400), "").await;
    problem(node.get(&format!("{path}?more=1")).await, ("malformed", 400), "more").await;
    node.fake.script.lock().unwrap().unavailable = true;
    problem(node.get(&path).await, ("unavailable", 503), "the disk is full").await;
}
