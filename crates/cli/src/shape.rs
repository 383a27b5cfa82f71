//! A JSON schema in a few words: what a value given as JSON looks like.

use serde_json::{Map, Value};

/// How deep lists and objects are shown.
const DEPTH: usize = 5;

/// The alternatives that `schema` allows, each as a pattern: `{"org": org1…, "reason": other | misuse}`.
pub(crate) fn alternatives(schema: &Value) -> Vec<String> {
    let choices = of(schema, "oneOf").or_else(|| of(schema, "anyOf"));
    match choices {
        Some(choices) if !are_names(choices) => choices.iter().filter(|choice| !is_null(choice)).map(shape).collect(),
        _ => vec![shape(schema)],
    }
}

/// The alternative of an optional value that is not null.
pub(crate) fn without_null(schema: &Value) -> &Value {
    match of(schema, "anyOf").or_else(|| of(schema, "oneOf")) {
        Some([first, null]) if is_null(null) => first,
        Some([null, second]) if is_null(null) => second,
        _ => schema,
    }
}

/// The type that is not null.
pub(crate) fn type_of(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(name) => Some(name),
        Value::Array(names) => {
            let mut names = names.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            names.next().filter(|_| names.next().is_none())
        }
        _ => None,
    }
}

/// The values of a closed set of strings, each with what it means.
pub(crate) fn names(schema: &Value) -> Option<Vec<(String, String)>> {
    if let Some(names) = of(schema, "enum") {
        let names = names.iter().filter(|name| !name.is_null());
        return names.map(|name| Some((name.as_str()?.to_owned(), String::new()))).collect();
    }
    let mut found = Vec::new();
    for alternative in of(schema, "oneOf")? {
        let doc = alternative.get("description").and_then(Value::as_str).unwrap_or_default();
        match alternative.get("const") {
            Some(name) => found.push((name.as_str()?.to_owned(), doc.trim_end_matches('.').replace('\n', " "))),
            None => found.extend(names(alternative)?),
        }
    }
    Some(found)
}

/// The alternatives that are just a name, beside others that have fields.
pub(crate) fn bare_names(schema: &Value) -> Vec<String> {
    let choices = of(schema, "oneOf").or_else(|| of(schema, "anyOf")).unwrap_or_default();
    let named = choices.iter().filter(|choice| are_names(std::slice::from_ref(choice)));
    named.filter_map(names_of_one).flatten().collect()
}

fn names_of_one(choice: &Value) -> Option<Vec<String>> {
    match choice.get("const").and_then(Value::as_str) {
        Some(name) => Some(vec![name.to_owned()]),
        None => Some(names(choice)?.into_iter().map(|(name, _)| name).collect()),
    }
}

/// What stands for a text: `org1…` for an identifier, `HEX` for bytes.
pub(crate) fn placeholder(schema: &Value) -> String {
    let pattern = schema.get("pattern").and_then(Value::as_str).unwrap_or_default();
    if pattern.contains("[0-9a-f]") {
        return "HEX".to_owned();
    }
    let prefix = pattern.trim_start_matches('^').split("1[").next().unwrap_or_default();
    let is_prefix = |c: char| c.is_ascii_lowercase() || "(|)".contains(c);
    if pattern.contains("1[") && prefix.chars().all(is_prefix) {
        let kinds = prefix.trim_matches(['(', ')']).split('|').map(|kind| format!("{kind}1…"));
        return kinds.collect::<Vec<_>>().join("|");
    }
    "TEXT".to_owned()
}

fn of<'s>(schema: &'s Value, key: &str) -> Option<&'s [Value]> {
    schema.get(key).and_then(Value::as_array).map(Vec::as_slice)
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

fn are_names(choices: &[Value]) -> bool {
    choices.iter().all(|choice| choice.get("const").is_some() || choice.get("enum").is_some())
}

fn shape(schema: &Value) -> String {
    shape_at(schema, DEPTH)
}

fn shape_at(schema: &Value, depth: usize) -> String {
    let schema = without_null(schema);
    if let Some(names) = names(schema) {
        return names.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(" | ");
    }
    let Some(deeper) = depth.checked_sub(1) else { return "…".to_owned() };
    if let Some(choices) = of(schema, "oneOf").or_else(|| of(schema, "anyOf")) {
        let choices = choices.iter().filter(|choice| !is_null(choice)).map(|choice| shape_at(choice, deeper));
        return choices.collect::<Vec<_>>().join(" | ");
    }
    match type_of(schema) {
        Some("string") => format!("\"{}\"", placeholder(schema)),
        Some("integer") => "INTEGER".to_owned(),
        Some("boolean") => "true | false".to_owned(),
        Some("array") => format!("[{}, …]", schema.get("items").map_or("…".to_owned(), |item| shape_at(item, deeper))),
        Some("object") => match schema.get("properties").and_then(Value::as_object) {
            Some(properties) => object(schema, properties, deeper),
            None => "{…}".to_owned(),
        },
        _ => "…".to_owned(),
    }
}

fn object(schema: &Value, properties: &Map<String, Value>, depth: usize) -> String {
    let required: Vec<&str> = of(schema, "required").unwrap_or_default().iter().filter_map(Value::as_str).collect();
    let fields = properties.iter().map(|(name, field)| {
        let mark = if required.contains(&name.as_str()) { "" } else { "?" };
        format!("\"{name}\"{mark}: {}", shape_at(field, depth))
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
}
