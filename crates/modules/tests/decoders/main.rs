//! Modules meet what others send: random bytes, and good ones with some damage. The properties are those that are fuzzed
//! (see `fuzz/README.md`).

mod good;
mod properties;

use epione_kernel::Module;
use epione_modules::ALL;
use proptest::prelude::*;
use serde_json::{Value, json};

type Property = fn(&[u8]) -> bool;

/// The examples with their properties.
fn good() -> Vec<(Property, Vec<u8>)> {
    let property = |name| -> Property {
        match name {
            "call" => properties::call,
            "call_json" => properties::call_json,
            "query" => properties::query,
            "module_genesis" => properties::genesis,
            other => panic!("no property is called {other}"),
        }
    };
    good::good().into_iter().map(|(name, bytes)| (property(name), bytes)).collect()
}

#[test]
fn examples_are_good_and_their_neighbors_keep_the_properties() {
    for (property, bytes) in good() {
        assert!(property(&bytes), "{}", String::from_utf8_lossy(&bytes));
        for at in 2..bytes.len() {
            property(&bytes[..at]);
            for flip in [0x01, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                property(&damaged);
                properties::event(&damaged);
                properties::genesis(&damaged[1..]);
            }
        }
    }
}

#[test]
fn a_module_begins_with_nothing() {
    for module in 0..u8::try_from(ALL.len()).unwrap() {
        assert!(properties::genesis(&[&[module], b"{}".as_slice()].concat()) || module == 0);
        assert!(!properties::genesis(&[&[module], b"{\"more\": 1}".as_slice()].concat()));
        assert!(!properties::genesis(&[&[module], b"[".as_slice()].concat()));
    }
}

/// The error for a field that cannot be what it is.
fn complaint(module: &dyn Module, is_call: bool, number: u16, fields: Value) -> Option<String> {
    if is_call {
        module.call_from_json(number, fields).err().map(|error| error.to_string())
    } else {
        properties::ask(module, number, fields).err()
    }
}

/// The errors for every place of an example that has another value than it may: each with the path of the place.
fn misplaced(
    example: &Value,
    at: &str,
    path: &str,
    complain: &dyn Fn(Value) -> Option<String>,
    whole: &Value,
) -> usize {
    let inner: Vec<(String, String, &Value)> = match example {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| {
                (format!("{at}/{name}"), [path, name].join(if path.is_empty() { "" } else { "." }), value)
            })
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (format!("{at}/{index}"), format!("{path}[{index}]"), value))
            .collect(),
        _ => Vec::new(),
    };
    let mut count = 0;
    for (at, path, value) in inner {
        let mut fields = whole.clone();
        *fields.pointer_mut(&at).unwrap() = json!({ "no": { "such": "value" } });
        let error = complain(fields).unwrap_or_else(|| panic!("{path} may be anything"));
        assert!(error.starts_with(&path), "`{error}` does not name {path}");
        count += 1 + misplaced(value, &at, &path, complain, whole);
    }
    count
}

#[test]
fn every_error_names_the_path_of_the_field() {
    let mut count = 0;
    for module in ALL {
        let calls = module.surface().calls.iter().map(|call| (true, &call.item.item));
        let queries = module.surface().queries.iter().map(|query| (false, &query.item.item));
        for (is_call, item) in calls.chain(queries) {
            let complain = |fields| complaint(*module, is_call, item.number, fields);
            count += misplaced(&item.example, "", "", &complain, &item.example);
        }
    }
    assert!(count > 40, "{count}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_keep_the_properties(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for property in [properties::call as Property, properties::event, properties::call_json, properties::query] {
            property(&bytes);
        }
    }

    #[test]
    fn damaged_examples_keep_the_properties(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..8),
        cut in 0_usize..8,
    ) {
        let good = good();
        let (property, example) = which.get(&good);
        let mut damaged = example.clone();
        let from = 2 + at.index(damaged.len() - 1);
        let to = damaged.len().min(from + cut);
        damaged.splice(from.min(to)..to, bytes);
        property(&damaged);
        properties::event(&damaged);
    }
}
