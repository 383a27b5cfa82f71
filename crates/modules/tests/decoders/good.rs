//! The examples of all modules, by the name of the property that is for them. They are also what fuzzing begins with.

use epione_kernel::Module;
use epione_modules::ALL;
use epione_types::SigningKey;
use serde_json::json;

/// Every module with the two bytes that choose it and its item at `index`.
fn prefixed<'a>(rest: impl Fn(&'static dyn Module) -> Vec<Vec<u8>> + 'a) -> impl Iterator<Item = Vec<u8>> + 'a {
    ALL.iter().enumerate().flat_map(move |(module, of)| {
        let prefix = move |index: usize| [u8::try_from(module).unwrap(), u8::try_from(index).unwrap()];
        rest(*of).into_iter().enumerate().map(move |(index, rest)| [prefix(index).as_slice(), &rest].concat())
    })
}

/// Names of properties, each with the bytes of a good value.
pub(crate) fn good() -> Vec<(&'static str, Vec<u8>)> {
    let bodies = |module: &'static dyn Module| {
        let items = module.surface().calls.iter().map(|call| &call.item.item);
        items.map(|item| module.call_from_json(item.number, item.example.clone()).unwrap()).collect()
    };
    let calls = |module: &'static dyn Module| {
        module.surface().calls.iter().map(|call| call.item.item.example.to_string().into_bytes()).collect()
    };
    let queries = |module: &'static dyn Module| {
        module.surface().queries.iter().map(|query| query.item.item.example.to_string().into_bytes()).collect()
    };
    let mut good = Vec::new();
    good.extend(prefixed(bodies).map(|bytes| ("call", bytes)));
    good.extend(prefixed(calls).map(|bytes| ("call_json", bytes)));
    good.extend(prefixed(queries).map(|bytes| ("query", bytes)));
    good.push(("module_genesis", genesis()));
    good
}

/// The network's part of a genesis.
fn genesis() -> Vec<u8> {
    let network = ALL.iter().position(|module| module.name() == "network").unwrap();
    let key = |seed| SigningKey::from_seed([seed; 32]).public();
    let json = json!({
        "parameters": { "heartbeat_ms": 30_000 },
        "members": [{
            "name": "Example Hospital", "kind": "hospital", "jurisdiction": "CH-BE", "role": "validator",
            "keys": { "root": key(1), "operations": key(2), "vote": key(3) },
            "addresses": { "consensus": "a.example:1", "api": "https://a.example" },
        }],
    });
    [&[u8::try_from(network).unwrap()], json.to_string().as_bytes()].concat()
}
