//! Records, consents and access by hand: a table of command lines, with what each asks of a node and the call it signs.

use super::exchange::{Exchange, body, keys};
use epione_types::{
    ChallengeId, ConsentId, EmergencyId, Hash, OrgId, RequestId, RestrictionId, SubjectId, Tag, UnitId,
};
use serde_json::{Value, json};

pub(super) const UNIT: UnitId = UnitId([2; 32]);
pub(super) const SUBJECT: SubjectId = SubjectId([3; 16]);
pub(super) const ORG: OrgId = OrgId([4; 16]);
pub(super) const COMMITMENT: Hash = Hash([9; 32]);
pub(super) const EMERGENCY: EmergencyId = EmergencyId([6; 16]);

/// A command line: what it asks of the exchange (line, body), the call it signs, and answers of the node beyond those of all.
struct Case {
    line: String,
    exchanged: Vec<(&'static str, Value)>,
    call: (&'static str, &'static str, Value),
    answers: Vec<(&'static str, Value)>,
}

pub(super) fn told(text: &str) -> Value {
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
