//! `GET /openapi.json`.

use crate::support::{Node, Script, json};
use serde_json::Value;

#[tokio::test]
async fn the_document_lists_every_call_and_query_with_schema_and_example() {
    let node = Node::start(Script::default()).await;
    let document = json(node.get("/openapi.json").await, 200).await;
    assert_eq!(document["openapi"], "3.1.0");
    for module in epione_modules::ALL {
        let surface = module.surface();
        for call in &surface.calls {
            let item = &call.item.item;
            let operation = &document["paths"][format!("/v1/{}/{}", surface.name, item.name)]["post"];
            assert_eq!(operation["operationId"], format!("{}.{}", surface.name, item.name));
            let content = &operation["requestBody"]["content"]["application/json"];
            assert_eq!(&content["schema"]["properties"]["fields"], item.schema.as_value());
            assert_eq!(content["example"]["fields"], item.example);
            for reject in &surface.rejects {
                assert!(operation["description"].as_str().unwrap().contains(reject.name), "{}", reject.name);
            }
        }
        for query in &surface.queries {
            let item = &query.item.item;
            let operation = &document["paths"][format!("/v1/{}/{}", surface.name, item.name)]["get"];
            let answer = &operation["responses"]["200"]["content"]["application/json"]["schema"];
            assert_eq!(&answer["properties"]["value"], query.answer.as_value());
            let parameters = operation["parameters"].as_array().unwrap();
            let fields = item.schema.get("properties").and_then(Value::as_object);
            let names: Vec<&String> = fields.into_iter().flat_map(|fields| fields.keys()).collect();
            let listed: Vec<&str> = parameters.iter().map(|one| one["name"].as_str().unwrap()).collect();
            assert_eq!(listed, names);
        }
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_fixed_route_is_listed() {
    let node = Node::start(Script::default()).await;
    let document = json(node.get("/openapi.json").await, 200).await;
    check_references(&document, &document);
    let table = include_str!("../../../../docs/http.md");
    let routes = table.lines().filter_map(|line| line.strip_prefix("| `")).flat_map(|line| {
        let (routes, _) = line.split_once(" |").unwrap();
        routes.split('`').filter(|part| part.starts_with("GET ") || part.starts_with("POST ")).collect::<Vec<_>>()
    });
    // What has contents in it is described in the page alone: these routes are there only where the node has an exchange.
    let routes = routes.filter(|route| !route.contains("/v1/exchange"));
    let routes = routes.chain(["POST /v1/tx"]).map(|route| route.split('?').next().unwrap());
    for route in routes.filter(|route| !route.contains("{module}") && !route.ends_with("/latest")) {
        let (method, path) = route.split_once(' ').unwrap();
        let operation = &document["paths"][path][method.to_lowercase()];
        assert!(operation["responses"].is_object(), "{route}");
    }
}

fn check_references(document: &Value, value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| check_references(document, item)),
        Value::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference}");
            }
            fields.values().for_each(|item| check_references(document, item));
        }
        _ => {}
    }
}

/// What people read is written by hand: it must not lack what programs read.
#[tokio::test]
async fn the_page_about_http_names_every_route_problem_and_metric() {
    let page = include_str!("../../../../docs/http.md");
    let node = Node::start(Script::default()).await;
    let document = json(node.get("/openapi.json").await, 200).await;
    let of_ledger = |operations: &Value| operations.as_object().unwrap().values().any(|one| one["tags"][0] == "ledger");
    for (path, operations) in document["paths"].as_object().unwrap() {
        if of_ledger(operations) {
            assert!(page.contains(path.as_str()), "docs/http.md does not name the route {path}");
        }
    }
    for response in document["components"]["responses"].as_object().unwrap().values() {
        let names = response["description"].as_str().unwrap().split('`').skip(1).step_by(2);
        for name in names {
            assert!(
                page.contains(&format!("| `{name}`")) || page.contains(&format!("`{name}`, ")),
                "no problem {name}"
            );
        }
    }
    let metrics = node.get("/metrics").await.text().await.unwrap();
    let own = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE epione_"));
    for name in own.filter_map(|rest| rest.split(' ').next()) {
        assert!(page.contains(&format!("`epione_{name}")), "docs/http.md does not name the metric epione_{name}");
    }
}
