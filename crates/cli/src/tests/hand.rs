//! Records and access by hand: contents octet for octet, decisions in words, and what goes wrong.

use super::{
    cases::{COMMITMENT, EMERGENCY, ORG, SUBJECT, UNIT, told},
    exchange::{Exchange, body, keys, shown},
};
use epione_types::{ChallengeId, ConsentId, Hash, LocateId, RequestId, RestrictionId};
use serde_json::{Value, json};

/// A node that decides so on one unit.
async fn deciding(granted: bool, rules: Value, open: Value) -> Exchange {
    let unit = json!({ "unit": UNIT, "granted": granted, "rules": rules, "holders": [] });
    let answer = json!({ "value": { "units": [unit] }, "height": 1, "time": 1, "source": "state" });
    Exchange::new(&[
        ("POST /v1/exchange/commitments/", json!({ "commitment": COMMITMENT })),
        ("POST /v1/exchange/readers", json!({ "reader": Hash([5; 32]) })),
        ("POST /v1/exchange/requests/", open),
        ("GET /v1/access/request", answer),
    ])
    .await
}

fn requesting(person: &str) -> Vec<String> {
    let line = format!("access request {UNIT} --purpose TREAT --role physician --evidence referred --key {person}");
    line.split(' ').map(str::to_owned).collect()
}

#[tokio::test]
async fn what_is_granted_is_opened_octet_for_octet() {
    let (folder, person, _) = keys();
    // Octets that are no text: 0, 255, line feed.
    let open = json!({ "request": RequestId([1; 16]), "units": [{ "unit": UNIT, "items": ["AP8K"] }] });
    let node = deciding(true, json!([{ "consent": { "id": ConsentId([1; 16]), "provision": 0 } }]), open).await;
    let mut line = requesting(&person);
    line.extend(["--open", "--out", &shown(folder.path())].map(str::to_owned));
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    let values = node.run(&line).await.values();
    assert_eq!(values[0]["units"][0]["decision"], "granted");
    let because = values[0]["units"][0]["because"].as_str().unwrap();
    assert!(because.contains("provision 0 of the consent cons1"), "{because}");
    assert_eq!(std::fs::read(folder.path().join(UNIT.to_string())).unwrap(), [0, 255, 10]);
    let (module, call, fields) = node.calls().pop().unwrap();
    assert_eq!((module, call), ("access", "request"));
    assert_eq!(fields["reader"], json!(Hash([5; 32])));
    assert_eq!((&fields["evidence"], &fields["role"]), (&json!(COMMITMENT), &json!("physician")));
    assert_eq!(body(&node.exchanged()[0]), json!({ "units": [UNIT] }));
    // A file that is there is not written over.
    let again = node.run(&line).await.failure();
    assert!(again.contains("name another file"), "{again}");
}

#[tokio::test]
async fn what_is_denied_is_told_with_its_rules() {
    let (_folder, person, _) = keys();
    let node = deciding(false, json!(["no-relationship"]), json!(500)).await;
    let line = requesting(&person);
    let line: Vec<&str> = line.iter().map(String::as_str).chain(["--open"]).collect();
    let ran = node.run(&line).await;
    assert!(ran.text.contains("no relationship to the patient is on the ledger"), "{}", ran.text);
    let failure = ran.result.unwrap_err();
    assert!(failure.to_string().contains("nothing was granted") && failure.exit_code() == 1, "{failure}");
    // Nothing is opened.
    assert!(!node.exchanged().iter().any(|(line, _)| line.contains("open")));
}

#[tokio::test]
async fn a_search_is_asked_again_by_its_identifier() {
    let (_folder, person, _) = keys();
    let node = Exchange::new(&[
        ("POST /v1/exchange/commitments/", json!({ "commitment": COMMITMENT })),
        ("POST /v1/exchange/locates/", json!(502)),
    ])
    .await;
    let (custodian, token) = (ORG.to_string(), "ab".repeat(32));
    let emergency = EMERGENCY.to_string();
    let line = ["access", "locate", "--custodian", &custodian, "--purpose", "ETREAT", "--link-token", &token];
    let line = [&line[..], &["--emergency", &emergency]].concat();
    let failure = node.run(&[&line[..], &["--key", &person]].concat()).await.failure();
    assert!(failure.contains("elsewhere"), "{failure}");

    let node = Exchange::new(&[("POST /v1/exchange/locates/", json!({ "units": [], "notice": null }))]).await;
    let locate = LocateId([1; 16]).to_string();
    let values = node.run(&["access", "locate", "--again", &locate]).await.values();
    assert_eq!(values, [json!({ "locate": locate, "units": [] })]);
    assert!(node.calls().is_empty());
}

#[tokio::test]
async fn a_record_goes_in_and_comes_out_octet_for_octet() {
    let folder = tempfile::tempdir().unwrap();
    let octets: Vec<u8> = (0..=255).collect();
    let path = folder.path().join("record");
    std::fs::write(&path, &octets).unwrap();
    let node = Exchange::new(&[("POST /v1/exchange/records?", json!({ "unit": UNIT }))]).await;
    let line = format!(
        "record put --subject {SUBJECT} --category a --class b&c --care 2026-Q4 --retain-until 2036-Q4 --encounter v --self-paid {}",
        shown(&path)
    );
    let line: Vec<&str> = line.split(' ').collect();
    assert_eq!(node.run(&line).await.values(), [json!({ "unit": UNIT })]);
    let (asked, sent) = node.exchanged().pop().unwrap();
    let parameters = format!(
        "POST records?subject={SUBJECT}&category=a&class=b%26c&care=2026-Q4&retain_until=2036-Q4&encounter=v&self_paid=true"
    );
    assert_eq!((asked, sent), (parameters, octets.clone()));

    use base64ct::{Base64, Encoding as _};
    let items = json!({ "unit": UNIT, "items": [Base64::encode_string(&octets), "YQ=="] });
    let (own, copy) = ("GET /v1/exchange/records/", "GET /v1/exchange/requests/");
    let node = Exchange::new(&[(own, items.clone()), (copy, items)]).await;
    let (unit, request, to) = (UNIT.to_string(), RequestId([1; 16]).to_string(), folder.path().join("read"));
    node.run(&["record", "get", &unit, "--out", &shown(&to)]).await.values();
    assert_eq!(std::fs::read(folder.path().join("read-1")).unwrap(), octets);
    assert_eq!(std::fs::read(folder.path().join("read-2")).unwrap(), b"a");
    node.run(&["record", "get", &unit, "--request", &request]).await.values();
    let lines: Vec<String> = node.exchanged().into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [format!("GET records/{unit}"), format!("GET requests/{request}/copies/{unit}")]);
}

#[tokio::test]
async fn a_text_may_lie_in_a_file() {
    let (folder, person, _) = keys();
    let path = folder.path().join("report");
    std::fs::write(&path, "of two\nlines").unwrap();
    let node = Exchange::new(&[
        ("POST /v1/exchange/commitments/evidence", json!({ "commitment": COMMITMENT })),
        ("GET /v1/emergency/get", json!({ "value": {}, "height": 1, "time": 1, "source": "state" })),
    ])
    .await;
    let line = format!("access review {EMERGENCY} --outcome mistaken --report @{} --key {person}", shown(&path));
    node.run(&line.split(' ').collect::<Vec<_>>()).await.values();
    assert_eq!(body(&node.exchanged()[0]), told("of two\nlines"));
}

#[tokio::test]
async fn what_is_about_a_person_stands_in_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record");
    std::fs::write(&path, b"a").unwrap();
    // Nobody listens there: the error names the address.
    let line = format!(
        "record put --subject {SUBJECT} --category secret-category --class b --care 2026-Q4 --retain-until 2036-Q4 {}",
        shown(&path)
    );
    let mut node = Exchange::new(&[]).await;
    node.url = "http://127.0.0.1:1".to_owned();
    let failure = node.run(&line.split(' ').collect::<Vec<_>>()).await.failure();
    assert!(failure.contains("/v1/exchange/records") && !failure.contains("secret-category"), "{failure}");
}

#[tokio::test]
async fn the_node_shows_the_evidence_and_answers() {
    let stands = json!({ "challenge": { "decide_by": 7 }, "status": "answered" });
    let challenge = ChallengeId([1; 16]).to_string();
    let node = Exchange::new(&[
        ("POST /v1/exchange/challenges/", json!({ "challenge": challenge })),
        ("GET /v1/challenge/get", json!({ "value": stands, "height": 1, "time": 1, "source": "state" })),
    ])
    .await;
    let expected = json!({ "challenge": challenge, "status": "answered", "decide_until": 7 });
    assert_eq!(node.run(&["access", "answer", &challenge]).await.values(), [expected]);
    assert_eq!(node.exchanged()[0].0, format!("POST challenges/{challenge}/answer"));
    assert!(node.calls().is_empty());
}

#[tokio::test]
async fn only_one_visit_is_disclosed() {
    let request = RequestId([1; 16]);
    let unit =
        json!({ "unit": UNIT, "granted": false, "rules": [{ "restriction": RestrictionId([1; 16]) }], "holders": [] });
    let node = Exchange::new(&[
        ("POST /v1/exchange/disclosures", json!({ "requests": [request] })),
        ("GET /v1/access/request", json!({ "value": { "units": [unit] }, "height": 1, "time": 1, "source": "state" })),
    ])
    .await;
    let line = format!("access disclose --subject {SUBJECT} --encounter v --to {ORG} --purpose HPAYMT --claim c");
    let ran = node.run(&line.split(' ').collect::<Vec<_>>()).await;
    assert!(ran.text.contains("the mandatory restriction rstr1"), "{}", ran.text);
    assert!(ran.failure().contains("nothing may be disclosed"));
    let expected = json!({
        "subject": SUBJECT, "encounter": "v", "to": ORG, "purpose": "HPAYMT", "claim": "c", "law": null,
    });
    assert_eq!(body(&node.exchanged()[0]), expected);
}
