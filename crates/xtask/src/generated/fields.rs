//! Fields as rows of a table, from their JSON schema.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A shape with fewer fields than this is shown again wherever it occurs.
const WORTH_A_NAME: usize = 3;

/// What was shown on a page already: the shape, and where.
#[derive(Default)]
pub(super) struct Shown(BTreeMap<String, String>);

/// Where a table stands, for those that refer to it.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// What is described: `call`, `event` …
    pub(super) kind: &'static str,
    /// Its name.
    pub(super) name: &'a str,
}

/// Rows for the properties of `schema`, or the words that there are none.
pub(super) fn table(schema: &Value, place: Place<'_>, shown: &mut Shown) -> String {
    let mut rows = String::new();
    let mut table = Table { place, shown, rows: &mut rows };
    table.properties("", schema);
    if rows.is_empty() {
        return "No fields.\n".to_owned();
    }
    format!("| field | type | required | meaning |\n|---|---|---|---|\n{rows}")
}

struct Table<'a> {
    place: Place<'a>,
    shown: &'a mut Shown,
    rows: &'a mut String,
}

impl Table<'_> {
    fn properties(&mut self, path: &str, schema: &Value) {
        let required = list(schema, "required");
        for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let is_required = required.iter().any(|required| required == name);
            self.field(&path, field, if is_required { "yes" } else { "no" });
        }
    }

    /// The row of a field, and those of what is within.
    fn field(&mut self, path: &str, schema: &Value, required: &str) {
        let bare = without_null(schema);
        let doc = [schema, bare].into_iter().find_map(|schema| schema.get("description").and_then(Value::as_str));
        let doc = doc.unwrap_or_default();
        let inner = without_null(innermost(bare));
        let known = self.known(inner);
        let meaning = match &known {
            Some(place) => format!("{doc} Described at {place}."),
            None => format!("{doc}{}", meanings(inner)),
        };
        let kind = cell(&kind(bare));
        self.rows.push_str(&format!("| `{path}` | {kind} | {required} | {} |\n", cell(meaning.trim())));
        if known.is_some() {
            return;
        }
        self.within(path, bare);
    }

    fn within(&mut self, path: &str, schema: &Value) {
        self.properties(path, schema);
        for alternative in alternatives(schema) {
            let doc = alternative.get("description").and_then(Value::as_str).unwrap_or_default();
            for (name, field) in alternative.get("properties").and_then(Value::as_object).into_iter().flatten() {
                let mut field = field.clone();
                if let Some(object) = field.as_object_mut().filter(|_| !doc.is_empty()) {
                    let own = object.get("description").and_then(Value::as_str).unwrap_or_default();
                    object.insert("description".to_owned(), format!("{doc} {own}").trim().into());
                }
                self.field(&format!("{path}.{name}"), &field, "one of these");
            }
        }
        if let Some(items) = schema.get("items") {
            self.within(&format!("{path}[]"), without_null(items));
        }
        for (at, item) in list(schema, "prefixItems").iter().enumerate() {
            self.field(&format!("{path}[{at}]"), item, "yes");
        }
    }

    /// Where this shape was shown before on the page; it is remembered if it was not.
    fn known(&mut self, schema: &Value) -> Option<String> {
        if size(schema) < WORTH_A_NAME {
            return None;
        }
        let Place { kind, name } = self.place;
        let here = format!("[{kind} `{name}`](#{kind}-{name})");
        let shape = without_words(schema).to_string();
        if let Some(place) = self.shown.0.get(&shape) {
            return Some(place.clone());
        }
        self.shown.0.insert(shape, here);
        None
    }
}

/// The type of a value in words.
fn kind(schema: &Value) -> String {
    if let Some(names) = names(schema) {
        let names: Vec<String> = names.iter().map(|(name, _)| format!("`{name}`")).collect();
        return names.join(", ");
    }
    if !alternatives(schema).is_empty() {
        return "object with one of the fields below".to_owned();
    }
    match type_of(schema) {
        Some("string") => text(schema),
        Some("integer") => integer(schema),
        Some("boolean") => "true or false".to_owned(),
        Some("array") => array(schema),
        Some("object") => "object".to_owned(),
        _ => "any".to_owned(),
    }
}

fn text(schema: &Value) -> String {
    let pattern = schema.get("pattern").and_then(Value::as_str).unwrap_or_default();
    let (min, max) = (number(schema, "minLength"), number(schema, "maxLength"));
    let prefix = pattern.trim_start_matches('^').split("1[").next().unwrap_or_default();
    if pattern.contains("1[02-9ac-hj-np-z]") {
        let prefixes = prefix.trim_matches(['(', ')']).split('|').map(|prefix| format!("`{prefix}1…`"));
        return prefixes.collect::<Vec<_>>().join(" or ");
    }
    let digits = pattern.strip_prefix("^[0-9a-f]{").and_then(|rest| rest.strip_suffix("}$"));
    if let Some(digits) = digits {
        return format!("{digits} hexadecimal digits");
    }
    if pattern.starts_with("^[0-9a-f]") || pattern.starts_with("^([0-9a-f]") {
        return format!("{}hexadecimal digits", between(min, max));
    }
    let length = between(min, max);
    let length = if length.is_empty() { String::new() } else { format!(", {length}bytes") };
    if pattern.is_empty() { format!("text{length}") } else { format!("text like `{pattern}`{length}") }
}

fn integer(schema: &Value) -> String {
    let unit = schema.get("x-unit").and_then(Value::as_str).map(|unit| format!(", {unit}")).unwrap_or_default();
    let default = schema.get("default").map(|default| format!("; {default} if absent")).unwrap_or_default();
    let range = match (number(schema, "minimum"), number(schema, "maximum")) {
        (Some(min), Some(max)) => format!(" from {min} to {max}"),
        (Some(min), None) if min > 0 => format!(" from {min}"),
        _ => String::new(),
    };
    format!("whole number{range}{unit}{default}")
}

fn array(schema: &Value) -> String {
    if !list(schema, "prefixItems").is_empty() {
        return format!("list of {}", list(schema, "prefixItems").len());
    }
    let max = number(schema, "maxItems").map(|max| format!(" of at most {max}")).unwrap_or_default();
    let each = schema.get("items").map_or("any".to_owned(), |items| kind(without_null(items)));
    format!("list{max}: {each}")
}

fn between(min: Option<u64>, max: Option<u64>) -> String {
    match (min, max) {
        (Some(min), Some(max)) if min == max => format!("{max} "),
        (Some(min), Some(max)) => format!("{min} to {max} "),
        (None, Some(max)) => format!("at most {max} "),
        _ => String::new(),
    }
}

/// What the values of a closed set mean, each on a line.
fn meanings(schema: &Value) -> String {
    let documented = names(schema).unwrap_or_default().into_iter().filter(|(_, doc)| !doc.is_empty());
    documented.map(|(name, doc)| format!("<br>`{name}`: {doc}")).collect()
}

/// The values of a closed set of strings, each with what it means.
fn names(schema: &Value) -> Option<Vec<(String, String)>> {
    let one = |value: &Value| {
        let doc = value.get("description").and_then(Value::as_str).unwrap_or_default();
        Some((value.get("const")?.as_str()?.to_owned(), doc.to_owned()))
    };
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().map(|value| Some((value.as_str()?.to_owned(), String::new()))).collect();
    }
    if schema.get("const").is_some() {
        return Some(vec![one(schema)?]);
    }
    let lists = list(schema, "oneOf").iter().map(names).collect::<Option<Vec<_>>>()?;
    if lists.is_empty() { None } else { Some(lists.concat()) }
}

/// The objects of which a value is one; none if it is a closed set of strings.
fn alternatives(schema: &Value) -> &[Value] {
    if names(schema).is_some() {
        return &[];
    }
    let found = list(schema, "oneOf");
    if found.is_empty() { list(schema, "anyOf") } else { found }
}

/// The alternative of an optional value that is not null.
fn without_null(schema: &Value) -> &Value {
    let is_null = |schema: &Value| schema.get("type").and_then(Value::as_str) == Some("null");
    match list(schema, "anyOf") {
        [first, null] if is_null(null) => first,
        _ => schema,
    }
}

/// What a list is of; the value itself if it is none.
fn innermost(schema: &Value) -> &Value {
    schema.get("items").map_or(schema, |items| innermost(without_null(items)))
}

/// The type that is not null.
fn type_of(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        name => name.as_str(),
    }
}

/// How many fields or values `schema` itself has.
fn size(schema: &Value) -> usize {
    let fields = schema.get("properties").and_then(Value::as_object).map_or(0, Map::len);
    fields.max(list(schema, "oneOf").len())
}

/// The schema without what does not change its shape.
fn without_words(schema: &Value) -> Value {
    let mut bare = schema.clone();
    if let Some(object) = bare.as_object_mut() {
        for word in ["title", "description", "additionalProperties", "type", "default"] {
            object.remove(word);
        }
    }
    bare
}

fn list<'s>(schema: &'s Value, key: &str) -> &'s [Value] {
    schema.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn number(schema: &Value, key: &str) -> Option<u64> {
    schema.get(key).and_then(Value::as_u64)
}

/// `text` as the cell of a table.
pub(super) fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PLACE: Place<'_> = Place { kind: "call", name: "try" };

    fn rows(schema: &Value) -> Vec<String> {
        let table = table(schema, PLACE, &mut Shown::default());
        table.lines().skip(2).map(str::to_owned).collect()
    }

    #[test]
    fn every_kind_of_field_has_a_row() {
        let schema = json!({
            "required": ["a_id", "b_hash"],
            "properties": {
                "a_id": { "type": "string", "pattern": "^(org|id)1[02-9ac-hj-np-z]+$", "description": "Who\nsigns." },
                "b_hash": { "type": "string", "pattern": "^[0-9a-f]{64}$" },
                "c_bytes": { "type": "string", "pattern": "^([0-9a-f]{2})*$", "maxLength": 20 },
                "d_time": { "type": ["integer", "null"], "minimum": 0, "x-unit": "ms" },
                "e_small": { "type": "integer", "minimum": 0, "maximum": 255, "default": 7 },
                "f_kind": { "anyOf": [{ "oneOf": [
                    { "const": "x", "description": "An x." }, { "const": "y" }
                ] }, { "type": "null" }] },
                "g_flag": { "type": "boolean" },
                "h_name": { "type": "string", "minLength": 1, "maxLength": 9 },
                "i_url": { "type": "string", "pattern": "^(a|b)$" },
            },
        });
        let expected = [
            "| `a_id` | `org1…` or `id1…` | yes | Who signs. |",
            "| `b_hash` | 64 hexadecimal digits | yes |  |",
            "| `c_bytes` | at most 20 hexadecimal digits | no |  |",
            "| `d_time` | whole number, ms | no |  |",
            "| `e_small` | whole number from 0 to 255; 7 if absent | no |  |",
            "| `f_kind` | `x`, `y` | no | <br>`x`: An x. |",
            "| `g_flag` | true or false | no |  |",
            "| `h_name` | text, 1 to 9 bytes | no |  |",
            "| `i_url` | text like `^(a\\|b)$` | no |  |",
        ];
        assert_eq!(rows(&schema), expected);
    }

    #[test]
    fn what_lies_within_has_rows_of_its_own() {
        let pair = json!({ "required": ["x"], "properties": { "x": { "type": "boolean" } }, "type": "object" });
        let choice = json!({ "oneOf": [
            { "properties": { "key": { "type": "boolean" } }, "description": "By key." },
            { "properties": { "pair": pair } },
        ] });
        let schema = json!({ "properties": {
            "choice": choice,
            "list": { "type": "array", "maxItems": 3, "items": pair },
            "tuple": { "type": "array", "prefixItems": [{ "type": "boolean" }, pair] },
        } });
        let expected = [
            "| `choice` | object with one of the fields below | no |  |",
            "| `choice.key` | true or false | one of these | By key. |",
            "| `choice.pair` | object | one of these |  |",
            "| `choice.pair.x` | true or false | yes |  |",
            "| `list` | list of at most 3: object | no |  |",
            "| `list[].x` | true or false | yes |  |",
            "| `tuple` | list of 2 | no |  |",
            "| `tuple[0]` | true or false | yes |  |",
            "| `tuple[1]` | object | yes |  |",
            "| `tuple[1].x` | true or false | yes |  |",
        ];
        assert_eq!(rows(&schema), expected);
    }

    #[test]
    fn a_large_shape_is_shown_once() {
        let flag = json!({ "type": "boolean" });
        let large = json!({ "type": "object", "properties": { "x": flag, "y": flag, "z": flag } });
        let schema = json!({ "properties": { "a": large, "b": { "type": "array", "items": large } } });
        let found = rows(&schema);
        assert_eq!(found.len(), 5, "{found:?}");
        assert_eq!(found[4], "| `b` | list: object | no | Described at [call `try`](#call-try). |");
    }

    #[test]
    fn nothing_is_said_to_be_nothing() {
        assert_eq!(table(&json!({ "type": "object" }), PLACE, &mut Shown::default()), "No fields.\n");
    }
}
