//! `GET /v1/{module}/{query}`.

use crate::support::{KNOWN, Node, Script, json, problem};
use epione_gateway::ports::QueryFailure;
use epione_types::NoteId;
use serde_json::{Value, json};

#[tokio::test]
async fn an_answer_says_as_of_when_and_from_where() {
    let node = Node::start(Script::default()).await;
    let answer = json(node.get("/v1/notary/list").await, 200).await;
    let expected = json!({
        "value": { "notes": [], "next": null }, "height": 12, "time": 1_800_000_000_000_u64, "source": "rows",
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn parameters_become_fields() {
    let node = Node::start(Script::default()).await;
    let path = format!("/v1/notary/list?limit=10&owner={KNOWN}&after=0");
    json(node.get(&path).await, 200).await;
    let asked = node.fake.asked.lock().unwrap().clone();
    assert_eq!(asked, [("notary", 2, json!({ "limit": 10, "owner": KNOWN, "after": 0 }))]);
}

#[tokio::test]
async fn the_example_of_every_query_is_understood() {
    let node = Node::start(Script::default()).await;
    for module in epione_modules::ALL {
        for query in &module.surface().queries {
            let item = &query.item.item;
            let pairs = item.example.as_object().unwrap().iter().flat_map(|(name, value)| match value {
                Value::Null => vec![],
                Value::Array(values) => values.iter().map(|value| pair(name, value)).collect(),
                value => vec![pair(name, value)],
            });
            let path = format!("/v1/{}/{}?{}", module.name(), item.name, pairs.collect::<Vec<_>>().join("&"));
            let answer = node.get(&path).await;
            assert_ne!(answer.status(), 400, "{path}: {}", answer.text().await.unwrap());
        }
    }
}

fn pair(name: &str, value: &Value) -> String {
    format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let node = Node::start(Script::default()).await;
    for (path, words) in [
        ("get", "missing field `id`"),
        ("get?id=note1x", "id: `note1x` is not an identifier"),
        ("get?id=", "id: "),
        ("get?id=a&id=b", "id: invalid type: sequence"),
        ("get?id=a&more=1", "id: `a` is not an identifier"),
        ("list?more=1", "unknown field `more`"),
        ("list?limit=ten", "limit: not a whole number"),
        ("list?limit=-1", "limit: invalid value"),
        ("list?limit=99999999999", "limit: invalid value"),
        ("list?owner=nobody&limit=1", "owner: `nobody` is not an identifier"),
    ] {
        problem(node.get(&format!("/v1/notary/{path}")).await, ("malformed", 400), words).await;
    }
}

#[tokio::test]
async fn refusals_and_failures() {
    let node = Node::start(Script::default()).await;
    let path = format!("/v1/notary/get?id={}", NoteId([1; 16]));
    let refused = problem(node.get(&path).await, ("refused", 422), "there is no such entry").await;
    assert_eq!((&refused["code"], &refused["name"]), (&json!(196_609), &json!("not-found")));
    assert_eq!(refused.get("call"), None);
    node.fake.script.lock().unwrap().query_fails = Some(QueryFailure::Unavailable("syncing".to_owned()));
    problem(node.get(&path).await, ("unavailable", 503), "syncing").await;
    node.fake.script.lock().unwrap().query_fails = Some(QueryFailure::Fields("odd".to_owned()));
    problem(node.get(&path).await, ("malformed", 400), "odd").await;
}
