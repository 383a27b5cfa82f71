//! `GET /v1/status`, `/v1/surface`, `/healthz` and `/readyz`.

use crate::support::{CHAIN, Node, Script, json, problem};
use epione_gateway::{Config, Limits, RouteError, router};
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn status_says_where_the_node_stands() {
    let node = Node::start(Script::default()).await;
    let answer = node.get("/v1/status").await;
    assert!(answer.headers().contains_key("date"));
    let status = json(answer, 200).await;
    assert_eq!((&status["chain"], &status["height"], &status["voting"]), (&json!(CHAIN), &json!(12), &json!("votes")));
    assert_eq!(status["peers"], json!({ "known": 3, "connected": 2 }));
}

#[tokio::test]
async fn health_is_not_readiness() {
    let node = Node::start(Script::default()).await;
    json(node.get("/healthz").await, 200).await;
    json(node.get("/readyz").await, 200).await;
    node.fake.script.lock().unwrap().not_ready = Some("no block for 30 s".to_owned());
    json(node.get("/healthz").await, 200).await;
    problem(node.get("/readyz").await, ("unavailable", 503), "no block for 30 s").await;
}

#[tokio::test]
async fn the_surface_lists_every_module() {
    let node = Node::start(Script::default()).await;
    let surface = json(node.get("/v1/surface").await, 200).await;
    let names: Vec<&str> =
        surface["modules"].as_array().unwrap().iter().map(|module| module["name"].as_str().unwrap()).collect();
    let expected: Vec<&str> = epione_modules::ALL.iter().map(|module| module.name()).collect();
    assert_eq!(names, expected);
    assert_eq!(surface["system_rejects"][0]["name"], "suspended");
}

#[tokio::test]
async fn two_modules_of_one_name_make_no_routes() {
    let twice: Vec<&'static dyn epione_kernel::Module> =
        epione_modules::ALL.iter().chain(epione_modules::ALL).copied().collect();
    let config = Config { limits: Limits::local(), system_rejects: Vec::new() };
    let error = router(Arc::new(crate::support::Fake::default()), twice.leak(), config).unwrap_err();
    assert!(matches!(error, RouteError::Taken(_)), "{error}");
}
