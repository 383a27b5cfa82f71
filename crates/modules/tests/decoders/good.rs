//! The examples of all modules, by the name of the property that is for them. They are also what fuzzing begins with.

use epione_kernel::Module;
use epione_modules::ALL;

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
    good
}
