//! Records, consents and access by hand: what a command line asks of a node, and what it signs.

use super::exchange::{Exchange, body, keys, shown};
use epione_types::{
    ChallengeId, ConsentId, EmergencyId, Hash, LocateId, OrgId, RequestId, RestrictionId, SubjectId, Tag, UnitId,
};
use serde_json::{Value, json};

const UNIT: UnitId = UnitId([2; 32]);
const SUBJECT: SubjectId = SubjectId([3; 16]);
const ORG: OrgId = OrgId([4; 16]);
const COMMITMENT: Hash = Hash([9; 32]);
const EMERGENCY: EmergencyId = EmergencyId([6; 16]);

/// A command line: what it asks of the exchange (line, body), the call it signs, and answers of the node beyond those of all.
struct Case {
    line: String,
    exchanged: Vec<(&'static str, Value)>,
    call: (&'static str, &'static str, Value),
    answers: Vec<(&'static str, Value)>,
}

fn told(text: &str) -> Value {
    json!({ "text": text })
}

fn emergencies() -> Vec<Case> {
    let access = || {
        vec![("GET /v1/emergency/get", json!({ "value": { "access": {} }, "height": 1, "time": 1, "source": "state" }))]
    };
    vec![
        Case {
            line: format!("access break-glass --custodian {ORG} --justification unconscious --key PERSON"),
            exchanged: vec![("POST commitments/justification", told("unconscious"))],
            call: (
                "emergency",
                "break-glass",
                json!({ "custodian": ORG, "subject": null, "justification": COMMITMENT }),
            ),
            answers: access(),
        },
        Case {
            line: format!("access countersign {EMERGENCY} --key PERSON"),
            exchanged: vec![],
            call: ("emergency", "countersign", json!({ "emergency": EMERGENCY })),
            answers: access(),
        },
        Case {
            line: format!("access review {EMERGENCY} --outcome unjustified --report curiosity --key PERSON"),
            exchanged: vec![("POST commitments/evidence", told("curiosity"))],
            call: (
                "emergency",
                "review",
                json!({ "emergency": EMERGENCY, "outcome": "unjustified", "report": COMMITMENT }),
            ),
            answers: access(),
        },
    ]
}

fn challenges() -> Vec<Case> {
    let (request, challenge) = (RequestId([1; 16]), ChallengeId([1; 16]));
    let stands = || {
        let value = json!({ "challenge": { "evidence": Hash([8; 32]) }, "status": "open" });
        vec![("GET /v1/challenge/get", json!({ "value": value, "height": 1, "time": 1, "source": "state" }))]
    };
    vec![
        Case {
            line: format!("access challenge {request} --key PERSON"),
            exchanged: vec![],
            call: ("challenge", "challenge", json!({ "request": request })),
            answers: stands(),
        },
        Case {
            line: format!("access answer {challenge} --shown --key ORG"),
            exchanged: vec![],
            call: ("challenge", "answer", json!({ "challenge": challenge, "evidence": Hash([8; 32]) })),
            answers: stands(),
        },
    ]
}

fn erasures() -> Vec<Case> {
    let stands = || {
        let value = json!({ "unit": { "erasure": "none" } });
        vec![("GET /v1/records/get", json!({ "value": value, "height": 1, "time": 1, "source": "state" }))]
    };
    let decided = |options: &str, call, fields| Case {
        line: format!("record erase {UNIT} {options} --key ORG"),
        exchanged: vec![],
        call: ("records", call, fields),
        answers: stands(),
    };
    vec![
        Case {
            line: format!("record erase {UNIT} {} --key PERSON", UnitId([8; 32])),
            exchanged: vec![],
            call: ("records", "request-erasure", json!({ "units": [UNIT, UnitId([8; 32])], "attested": null })),
            answers: stands(),
        },
        Case {
            line: format!("record erase {UNIT} --attested letter --key ORG"),
            exchanged: vec![("POST commitments/evidence", told("letter"))],
            call: ("records", "request-erasure", json!({ "units": [UNIT], "attested": COMMITMENT })),
            answers: stands(),
        },
        decided("--decide grant", "decide-erasure", json!({ "unit": UNIT, "decision": "grant" })),
        decided("--decide restrict", "decide-erasure", json!({ "unit": UNIT, "decision": "restrict" })),
        decided(
            "--decide refuse --ground legal-duty",
            "decide-erasure",
            json!({ "unit": UNIT, "decision": { "refuse": "legal-duty" } }),
        ),
        decided("--cancel", "cancel-erasure", json!({ "unit": UNIT })),
        decided("--retention-over", "tombstone", json!({ "unit": UNIT })),
    ]
}

fn consents() -> Vec<Case> {
    let (consent, restriction) = (ConsentId([1; 16]), RestrictionId([1; 16]));
    let stands = || {
        let value = json!({ "consent": { "status": "active" } });
        vec![
            ("GET /v1/consent/get", json!({ "value": value, "height": 1, "time": 1, "source": "state" })),
            ("GET /v1/exchange/subjects/", json!({ "tag": Tag([7; 16]) })),
        ]
    };
    let provision = json!({
        "parent": null, "effect": "deny", "recipients": [{ "organization": ORG }, { "kind": "payer" }, { "role": "nurse" }],
        "purposes": ["TREAT", "HPAYMT"], "labels": [Tag([7; 16])], "restricted": true,
        "care": { "from": "2026-Q1", "to": "9999-Q4" }, "valid": { "from": 0, "until": 9 },
    });
    let exception = json!([
        { "parent": null, "effect": "permit", "recipients": [], "purposes": ["TREAT"], "labels": [], "restricted": false,
          "care": null, "valid": null },
        { "parent": 0, "effect": "deny", "recipients": [], "purposes": [], "labels": ["a/b"], "restricted": false,
          "care": null, "valid": null },
    ]);
    let mut tagged = exception.clone();
    tagged[1]["labels"] = json!([Tag([7; 16])]);
    let granted = |provisions: Value, form: Value, lifts: Value| json!({ "subject": SUBJECT, "provisions": provisions, "form": form, "lifts": lifts, "evidence": COMMITMENT });
    let tag = |category, class| format!("GET subjects/{SUBJECT}/tag?category={category}&class={class}");
    vec![
        Case {
            line: format!(
                "consent grant --subject {SUBJECT} --to {ORG} --to-kind payer --to-role nurse --purpose TREAT --purpose \
                 HPAYMT --label laboratory/normal --restricted --deny --from-quarter 2026-Q1 --until 9 --part2 --lifts \
                 {restriction} --evidence form --key PERSON"
            ),
            exchanged: vec![
                (tag("laboratory", "normal").leak(), Value::Null),
                ("POST commitments/evidence", told("form")),
            ],
            call: ("consent", "grant", granted(json!([provision]), json!("part2"), json!([restriction]))),
            answers: stands(),
        },
        Case {
            line: format!(
                "consent grant --subject {SUBJECT} --provisions {} --evidence form --key PERSON",
                exception.to_string().replace(' ', "")
            ),
            exchanged: vec![(tag("a", "b").leak(), Value::Null), ("POST commitments/evidence", told("form"))],
            call: ("consent", "grant", granted(tagged, Value::Null, json!([]))),
            answers: stands(),
        },
        Case {
            line: format!("consent revoke {consent} --key PERSON"),
            exchanged: vec![],
            call: ("consent", "revoke", json!({ "consent": consent })),
            answers: stands(),
        },
    ]
}

fn searches() -> Vec<Case> {
    let found = || vec![("POST /v1/exchange/locates/", json!({ "units": [], "notice": "Records may be withheld." }))];
    let token = "ab".repeat(32);
    vec![
        Case {
            line: format!(
                "access locate --custodian {ORG} --purpose ETREAT --link-token {token} --emergency {EMERGENCY} --key PERSON"
            ),
            exchanged: vec![("POST commitments/query", json!({ "link-token": token })), ("POST locates/", json!({}))],
            call: (
                "access",
                "locate",
                json!({
                    "custodian": ORG, "purpose": "ETREAT", "query": COMMITMENT, "relationship": null, "emergency": EMERGENCY,
                }),
            ),
            answers: found(),
        },
        Case {
            line: format!(
                "access locate --custodian {ORG} --purpose TREAT --identifier urn:mrn=4=7 --relationship check-in --evidence \
                 desk --key PERSON"
            ),
            exchanged: vec![
                ("POST commitments/evidence", told("desk")),
                ("POST commitments/query", json!({ "identifier": { "system": "urn:mrn", "value": "4=7" } })),
                ("POST locates/", json!({})),
            ],
            call: (
                "access",
                "locate",
                json!({
                    "custodian": ORG, "purpose": "TREAT", "query": COMMITMENT, "emergency": null,
                    "relationship": { "kind": "check-in", "evidence": COMMITMENT },
                }),
            ),
            answers: found(),
        },
    ]
}

#[tokio::test]
async fn a_command_line_becomes_requests_and_one_call() {
    let (_folder, person, org) = keys();
    for case in [emergencies(), challenges(), erasures(), consents(), searches()].into_iter().flatten() {
        let mut answers = case.answers;
        answers.push(("POST /v1/exchange/commitments/", json!({ "commitment": COMMITMENT })));
        let node = Exchange::new(&answers).await;
        let line: Vec<&str> = case.line.split(' ').collect();
        let line: Vec<&str> = line
            .into_iter()
            .map(|word| match word {
                "PERSON" => person.as_str(),
                "ORG" => org.as_str(),
                word => word,
            })
            .collect();
        let ran = node.run(&line).await;
        assert_eq!(ran.values().len(), 1, "{}", case.line);
        let calls = node.calls();
        assert_eq!(calls.len(), 1, "{}", case.line);
        assert_eq!(calls[0], case.call, "{}", case.line);
        let exchanged = node.exchanged();
        assert_eq!(exchanged.len(), case.exchanged.len(), "{}: {exchanged:?}", case.line);
        for (asked, (line, sent)) in exchanged.iter().zip(&case.exchanged) {
            assert!(asked.0.starts_with(line), "{}: {}", case.line, asked.0);
            let is_sent = if sent.is_null() { asked.1.is_empty() } else { body(asked) == *sent };
            assert!(is_sent, "{}: {asked:?}", case.line);
        }
    }
}

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
