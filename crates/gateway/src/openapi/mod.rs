//! `GET /openapi.json`: OpenAPI 3.1, computed from the surfaces.
//!
//! # Source
//! OpenAPI Specification 3.1.1; its schemas are JSON Schema 2020-12, as those of the surfaces are.

mod schemas;

use crate::{
    Modules,
    draft::VALID_FOR_MS_DEFAULT,
    problem::{FAULT_STATUS, FAULT_TITLE, KINDS},
    receipts, tx,
};
use epione_kernel::{CallDoc, Item, QueryDoc, Surface};
use epione_types::{
    TILE_WIDTH,
    limits::{NONCE_LANES, VALIDITY_MS_MAX},
};
use serde_json::{Map, Value, json};

/// The document that `GET /openapi.json` serves.
#[must_use]
pub fn document(modules: Modules) -> Value {
    let mut paths = fixed_paths();
    let mut tags = vec![json!({ "name": "ledger", "description": "What every node serves, whatever its modules." })];
    for module in modules {
        let surface = module.surface();
        tags.push(json!({ "name": surface.name, "description": surface.doc }));
        for call in &surface.calls {
            operation(&mut paths, &path(surface, &call.item.item), "post", drafting(surface, call));
        }
        for query in &surface.queries {
            operation(&mut paths, &path(surface, &query.item.item), "get", querying(surface, query));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Epione",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The HTTP interface of a node of a permissioned ledger for health care. Served on loopback, or under a certificate to whoever reaches its port: clients are not authenticated.",
        },
        "tags": tags,
        "paths": paths,
        "components": { "schemas": schemas::schemas(), "responses": problems() },
    })
}

fn path(surface: &Surface, item: &Item) -> String {
    format!("/v1/{}/{}", surface.name, item.name)
}

fn operation(paths: &mut Map<String, Value>, path: &str, method: &str, operation: Value) {
    if let Value::Object(methods) = paths.entry(path).or_insert_with(|| json!({})) {
        methods.insert(method.to_owned(), operation);
    }
}

fn drafting(surface: &Surface, call: &CallDoc) -> Value {
    let item = &call.item.item;
    let body = json!({
        "type": "object",
        "required": ["signer", "fields"],
        "additionalProperties": false,
        "properties": {
            "signer": { "type": "string", "description": "Who will sign." },
            "fields": item.schema,
            "lane": lane(),
            "seq": { "type": "integer", "minimum": 1, "description": "Sequence number; the lane's next if absent." },
            "valid_for_ms": {
                "type": "integer", "minimum": 1, "maximum": VALIDITY_MS_MAX, "default": VALID_FOR_MS_DEFAULT,
                "description": "For how long the transaction may be included, in milliseconds.",
            },
        },
    });
    let signer = epione_types::SignerId::Organization(epione_types::OrgId([2; 16]));
    let example = json!({ "signer": signer, "fields": item.example });
    json!({
        "tags": [surface.name],
        "operationId": format!("{}.{}", surface.name, item.name),
        "summary": call.item.doc,
        "description": refusals(surface),
        "x-while-suspended": call.while_suspended,
        "requestBody": { "required": true, "content": { "application/json": { "schema": body, "example": example } } },
        "responses": responses(200, "The bytes to sign.", &reference("Draft"), &[400, 404, 413, 415, 422, 429, 503]),
    })
}

/// What the ledger may refuse the call for once it is final.
fn refusals(surface: &Surface) -> String {
    let rejects =
        surface.rejects.iter().map(|reject| format!("\n* `{}` ({}): {}", reject.name, reject.code, reject.text));
    let list: String = rejects.collect();
    if list.is_empty() {
        "The module refuses nothing.".to_owned()
    } else {
        format!("The module refuses for, in this order:{list}")
    }
}

fn querying(surface: &Surface, query: &QueryDoc) -> Value {
    let item = &query.item.item;
    let fields = item.schema.get("properties").and_then(Value::as_object);
    let required = item.schema.get("required").and_then(Value::as_array);
    let parameter = |(name, schema): (&String, &Value)| {
        let is_required = required.is_some_and(|names| names.iter().any(|required| required == name));
        let mut parameter = parameter(name, "query", schema);
        parameter["required"] = is_required.into();
        if let Some(example) = item.example.get(name).filter(|example| !example.is_null()) {
            parameter["example"] = example.clone();
        }
        parameter
    };
    let parameters: Vec<Value> = fields.into_iter().flatten().map(parameter).collect();
    let answer = json!({
        "type": "object",
        "required": ["value", "height", "time", "source"],
        "properties": {
            "value": query.answer,
            "height": { "type": "integer", "description": "Height as of which it holds." },
            "time": { "type": "integer", "description": "Block time as of which it holds, in ms since 1970." },
            "source": { "const": query.source, "description": "`state` is agreed by all, `rows` is derived by this node." },
        },
    });
    json!({
        "tags": [surface.name],
        "operationId": format!("{}.{}", surface.name, item.name),
        "summary": query.item.doc,
        "parameters": parameters,
        "responses": responses(200, "The answer.", &answer, &[400, 404, 422, 429, 503]),
    })
}

fn fixed_paths() -> Map<String, Value> {
    let id = |what: &str| parameter("id", "path", &json!({ "type": "string", "description": what }));
    let height = json!({ "oneOf": [{ "type": "integer", "minimum": 0 }, { "const": "latest" }] });
    let from = json!({ "type": "integer", "minimum": 0, "default": 0, "description": "Position of the first event." });
    let last = json!({ "type": "integer", "minimum": 0, "description": "Continue after this position." });
    let rows = [
        (
            "/v1/tx/{id}",
            "A transaction: that it waits on this node, or what became of it with its content.",
            vec![id("The transaction.")],
        ),
        ("/v1/blocks/{height}", "A finalized block with its certificate.", vec![parameter("height", "path", &height)]),
        (
            "/v1/signers/{id}",
            "The next sequence number of a nonce lane, as `next_seq`.",
            vec![id("The signer."), parameter("lane", "query", &lane())],
        ),
        (
            "/v1/events",
            "Finalized events as server-sent events.",
            vec![parameter("from", "query", &from), parameter("Last-Event-ID", "header", &last)],
        ),
        ("/v1/status", "Where the node stands.", vec![]),
        ("/v1/surface", "The surface of all modules.", vec![]),
        ("/openapi.json", "This document.", vec![]),
        ("/healthz", "Whether the process works.", vec![]),
        ("/readyz", "Whether the node follows the chain.", vec![]),
        ("/metrics", "Metrics in the text format of Prometheus.", vec![]),
    ];
    let mut paths = Map::new();
    operation(&mut paths, "/v1/tx", "post", submitting());
    for (path, summary, parameters) in rows.into_iter().chain(proofs()) {
        let content = match path {
            "/v1/events" => json!({ "text/event-stream": {} }),
            "/metrics" => json!({ "text/plain": {} }),
            "/v1/receipts/{id}" => json!({ (receipts::RECEIPT): {}, "application/json": {} }),
            "/v1/tree/tiles/{level}/{index}" => json!({ (receipts::TILE): {} }),
            _ => json!({ "application/json": {} }),
        };
        let problems: &[u16] =
            if path == "/v1/signers/{id}" { &[400, 404, 422, 429, 503] } else { &[400, 404, 429, 503] };
        let mut responses = responses(200, summary, &Value::Null, problems);
        responses["200"]["content"] = content;
        let get = json!({ "tags": ["ledger"], "summary": summary, "parameters": parameters, "responses": responses });
        operation(&mut paths, path, "get", get);
    }
    paths
}

/// The routes of receipts and the event tree.
fn proofs() -> [(&'static str, &'static str, Vec<Value>); 3] {
    let id = json!({ "type": "string", "description": "A transaction, for its result, or the position of an event." });
    let size = |name: &str| {
        let mut size =
            parameter(name, "query", &json!({ "type": "integer", "minimum": 0, "description": "Number of events." }));
        size["required"] = true.into();
        size
    };
    let level =
        json!({ "type": "integer", "minimum": 0, "maximum": 7, "description": "Its hashes cover 256^level events." });
    let index = json!({ "type": "integer", "minimum": 0, "description": "Its place in the level." });
    let width = json!({ "type": "integer", "minimum": 1, "maximum": TILE_WIDTH, "default": TILE_WIDTH, "description": "Hashes." });
    [
        (
            "/v1/receipts/{id}",
            "The receipt of an event: canonical bytes, or JSON if that is what the client accepts first.",
            vec![parameter("id", "path", &id)],
        ),
        (
            "/v1/tree/consistency",
            "The proof that the event tree of one size grew into that of another (RFC 9162, 2.1.4).",
            vec![size("from"), size("to")],
        ),
        (
            "/v1/tree/tiles/{level}/{index}",
            "The hashes of a tile of the event tree, 32 bytes each (C2SP tlog-tiles).",
            vec![
                parameter("level", "path", &level),
                parameter("index", "path", &index),
                parameter("width", "query", &width),
            ],
        ),
    ]
}

fn submitting() -> Value {
    let wait = json!({ "const": "final", "description": "Answer only when the transactions are final." });
    let timeout = json!({
        "type": "integer", "minimum": 0, "maximum": tx::WAIT_MS_MAX, "default": tx::WAIT_MS_DEFAULT,
        "description": "How long to wait for finality, in milliseconds.",
    });
    let signed = reference("SignedTx");
    let many = json!({ "type": "array", "items": signed, "maxItems": tx::TXS_MAX });
    let answer = json!({ "oneOf": [reference("Progress"), { "type": "array", "items": reference("Progress") }] });
    let mut responses =
        responses(200, "Final, now or before, or the answers to many.", &answer, &[400, 413, 415, 422, 429, 503]);
    responses["202"] = json!({
        "description": "It waits in the mempool, from this request or an earlier one.",
        "content": { "application/json": { "schema": reference("Progress") } },
    });
    json!({
        "tags": ["ledger"],
        "summary": "Submits one signed transaction or many.",
        "parameters": [parameter("wait", "query", &wait), parameter("timeout_ms", "query", &timeout)],
        "requestBody": { "required": true, "content": {
            tx::ONE: { "schema": { "type": "string", "description": "Canonical bytes of one signed transaction." } },
            tx::MANY: { "schema": { "type": "string", "description": "Canonical bytes of a list of signed transactions." } },
            tx::JSON: { "schema": { "oneOf": [signed, many] } },
        } },
        "responses": responses,
    })
}

fn lane() -> Value {
    json!({ "type": "integer", "minimum": 0, "maximum": NONCE_LANES - 1, "default": 0, "description": "Nonce lane." })
}

fn parameter(name: &str, place: &str, schema: &Value) -> Value {
    let description = schema.get("description").cloned().unwrap_or_default();
    json!({ "name": name, "in": place, "required": place == "path", "description": description, "schema": schema })
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn responses(status: u16, description: &str, schema: &Value, problems: &[u16]) -> Value {
    let content = json!({ "application/json": { "schema": schema } });
    let mut responses = Map::new();
    responses.insert(status.to_string(), json!({ "description": description, "content": content }));
    for problem in problems {
        responses.insert(problem.to_string(), json!({ "$ref": format!("#/components/responses/{problem}") }));
    }
    Value::Object(responses)
}

/// One response for each status, which lists the problems that have it.
fn problems() -> Value {
    let mut lists: std::collections::BTreeMap<u16, Vec<String>> = std::collections::BTreeMap::new();
    for kind in KINDS {
        lists.entry(kind.status).or_default().push(format!("`{}`: {}", kind.name, kind.title));
    }
    lists.entry(FAULT_STATUS).or_default().push(format!("name of the fault: {FAULT_TITLE}"));
    let response = |(status, list): (u16, Vec<String>)| {
        let content = json!({ "application/problem+json": { "schema": reference("Problem") } });
        (status.to_string(), json!({ "description": list.join("; "), "content": content }))
    };
    Value::Object(lists.into_iter().map(response).collect())
}
