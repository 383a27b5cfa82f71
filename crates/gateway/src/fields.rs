//! The fields of calls and queries as clients give them.

use crate::problem::Problem;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The fields of a query from its parameters, as the JSON schema of its fields asks: whole numbers and booleans become
/// such, an object is given as JSON, a parameter that occurs more than once becomes an array. A parameter that the schema does not know is left as it
/// is, for the module to name it.
///
/// # Errors
/// `malformed`, naming the parameter, if a value is not a whole number or boolean where one is due.
pub(crate) fn from_parameters(
    parameters: Vec<(String, String)>,
    schema: &Value,
) -> Result<Map<String, Value>, Problem> {
    let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in parameters {
        given.entry(name).or_default().push(value);
    }
    let properties = schema.get("properties").unwrap_or(&Value::Null);
    given.into_iter().map(|(name, values)| field(name, values, properties)).collect()
}

fn field(name: String, values: Vec<String>, properties: &Value) -> Result<(String, Value), Problem> {
    let schema = properties.get(&name).unwrap_or(&Value::Null);
    let types = types(schema);
    let is_list = types.contains(&"array");
    let of_each = if is_list { self::types(schema_of_items(schema)) } else { types };
    let is_many = is_list || values.len() > 1;
    let values = values.into_iter().map(|value| scalar(&name, value, &of_each));
    let mut values = values.collect::<Result<Vec<Value>, Problem>>()?;
    let value = if is_many { Value::Array(values) } else { values.pop().unwrap_or(Value::Null) };
    Ok((name, value))
}

fn scalar(name: &str, text: String, types: &[&str]) -> Result<Value, Problem> {
    let admits = |kind| types.contains(&kind);
    if admits("integer")
        && let Some(number) = whole_number(&text)
    {
        return Ok(number);
    }
    // An object is given as JSON: nothing else that is admitted begins with a brace.
    if admits("object") && text.starts_with('{') {
        return serde_json::from_str(&text).map_err(|error| Problem::malformed(format!("{name}: not JSON: {error}")));
    }
    match text.as_str() {
        "true" if admits("boolean") => Ok(Value::Bool(true)),
        "false" if admits("boolean") => Ok(Value::Bool(false)),
        _ if types.is_empty() || admits("string") => Ok(Value::String(text)),
        _ if admits("integer") => Err(Problem::malformed(format!("{name}: not a whole number"))),
        _ if admits("boolean") => Err(Problem::malformed(format!("{name}: neither true nor false"))),
        _ => Ok(Value::String(text)),
    }
}

/// Only digits, and a sign before them: what JSON calls an integer.
fn whole_number(text: &str) -> Option<Value> {
    text.parse::<u64>().map(Value::from).or_else(|_error| text.parse::<i64>().map(Value::from)).ok()
}

/// The types that `schema` admits; none if it does not say. An optional field admits `null` besides, which a parameter
/// expresses by being absent.
fn types(schema: &Value) -> Vec<&str> {
    let own = schema.get("type").into_iter().flat_map(one_or_many).filter_map(Value::as_str);
    let inner = alternatives(schema).flat_map(types);
    // The alternatives of an enumeration may be constants without a type.
    let constant = schema.get("const").filter(|constant| constant.is_string()).map(|_constant| "string");
    own.chain(inner).chain(constant).collect()
}

fn schema_of_items(schema: &Value) -> &Value {
    let own = schema.get("items");
    own.or_else(|| alternatives(schema).find_map(|inner| inner.get("items"))).unwrap_or(&Value::Null)
}

fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    ["anyOf", "oneOf"].into_iter().filter_map(|name| schema.get(name)).flat_map(one_or_many)
}

fn one_or_many(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use std::collections::BTreeSet;

    fn schema() -> Value {
        let mixed = json!({ "anyOf": [{ "type": "integer" }, { "type": "string" }] });
        let kind = json!({ "anyOf": [{ "oneOf": [{ "const": "a" }, { "const": "b" }] }, { "type": "null" }] });
        json!({ "properties": {
            "text": { "type": "string" },
            "number": { "type": "integer" },
            "maybe": { "type": ["integer", "null"] },
            "flag": { "type": ["boolean", "null"] },
            "mixed": mixed,
            "kind": kind,
            "numbers": { "type": "array", "items": { "type": "integer" } },
            "maybe_texts": { "anyOf": [{ "type": "array", "items": { "type": "string" } }, { "type": "null" }] },
            "any": {},
            "thing": { "type": "object" },
            "things": { "type": "array", "items": { "type": "object" } },
        }})
    }

    fn read(query: &[(&str, &str)]) -> Result<Value, String> {
        let given = query.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        from_parameters(given, &schema()).map(Value::Object).map_err(|problem| problem.detail)
    }

    #[test]
    fn values_become_what_the_schema_asks_for() {
        let rows: [(&[(&str, &str)], Value); 16] = [
            (&[("thing", r#"{"a":1}"#)], json!({ "thing": { "a": 1 } })),
            (&[("things", r#"{"a":1}"#), ("things", "{}")], json!({ "things": [{ "a": 1 }, {}] })),
            (&[], json!({})),
            (&[("text", "7")], json!({ "text": "7" })),
            (&[("text", "")], json!({ "text": "" })),
            (&[("number", "7")], json!({ "number": 7 })),
            (&[("number", "-7")], json!({ "number": -7 })),
            (&[("number", "18446744073709551615")], json!({ "number": u64::MAX })),
            (&[("maybe", "0"), ("flag", "true")], json!({ "maybe": 0, "flag": true })),
            (&[("mixed", "7")], json!({ "mixed": 7 })),
            (&[("mixed", "x")], json!({ "mixed": "x" })),
            (&[("kind", "a")], json!({ "kind": "a" })),
            (&[("numbers", "1")], json!({ "numbers": [1] })),
            (&[("numbers", "1"), ("text", "x"), ("numbers", "2")], json!({ "numbers": [1, 2], "text": "x" })),
            (&[("maybe_texts", "1"), ("maybe_texts", "2")], json!({ "maybe_texts": ["1", "2"] })),
            // For the module to refuse: a list where one is due, and names that nobody knows.
            (
                &[("text", "a"), ("text", "b"), ("more", "1"), ("any", "1")],
                json!({ "text": ["a", "b"], "more": "1", "any": "1" }),
            ),
        ];
        for (query, expected) in rows {
            assert_eq!(read(query).unwrap(), expected, "{query:?}");
        }
    }

    #[test]
    fn wrong_values_are_named() {
        let rows = [
            (("number", "x"), "number: not a whole number"),
            (("number", ""), "number: not a whole number"),
            (("number", "1.0"), "number: not a whole number"),
            (("number", "1e3"), "number: not a whole number"),
            (("maybe", "18446744073709551616"), "maybe: not a whole number"),
            (("maybe", "null"), "maybe: not a whole number"),
            (("flag", "1"), "flag: neither true nor false"),
            (("numbers", "x"), "numbers: not a whole number"),
        ];
        for (given, expected) in rows {
            assert_eq!(read(&[given]).unwrap_err(), expected);
        }
    }
    proptest! {
        #[test]
        fn whatever_is_given_becomes_what_the_schema_asks_for_or_is_named(
            given in prop::collection::vec(("text|number|maybe|flag|mixed|kind|numbers|maybe_texts|any|more", ".{0,8}"), 0..6)
        ) {
            match from_parameters(given.clone(), &schema()) {
                Ok(fields) => {
                    let names: BTreeSet<&String> = given.iter().map(|(name, _)| name).collect();
                    prop_assert_eq!(fields.keys().collect::<BTreeSet<_>>(), names);
                    for (name, value) in &fields {
                        let one_or_many = one_or_many(value);
                        prop_assert_eq!(one_or_many.len(), given.iter().filter(|(other, _)| other == name).count());
                        let fits = |value: &Value| match name.as_str() {
                            "number" | "maybe" | "numbers" => value.is_number(),
                            "flag" => value.is_boolean(),
                            "mixed" => value.is_number() || value.is_string(),
                            _ => value.is_string(),
                        };
                        prop_assert!(one_or_many.iter().all(fits), "{}: {}", name, value);
                    }
                }
                Err(problem) => {
                    let is_named = |(name, _): &(String, String)| problem.detail.starts_with(&format!("{name}: "));
                    prop_assert!(given.iter().any(is_named), "{}", problem.detail);
                }
            }
        }

        #[test]
        fn whole_numbers_keep_their_value(number in any::<u64>(), negative in any::<i64>()) {
            prop_assert_eq!(read(&[("number", &number.to_string())]).unwrap(), json!({ "number": number }));
            prop_assert_eq!(read(&[("number", &negative.to_string())]).unwrap(), json!({ "number": negative }));
        }
    }
}
