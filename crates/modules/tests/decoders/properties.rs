//! What holds for the calls, events, queries and geneses of every module, whatever the bytes. Each function tells whether
//! the bytes were a value; it panics if a property does not hold. The fuzz targets below `fuzz/` call the same functions.

use epione_kernel::{
    BodyError, KeySet, MemoryState, Module, Overlay, QueryError, RawCtx, Row, RowSource, RowsError, Select, Source,
    Sources, View,
};
use epione_modules::ALL;
use epione_types::{
    CallId, IdentityId, OrgId, SignerId, UnixMs,
    limits::{CALL_BODY_BYTES_MAX, GENESIS_BYTES_MAX},
};
use serde_json::Value;

/// Two bytes choose a module and one of its numbers, or a number that it does not have; the rest is for that.
fn target(bytes: &[u8], numbers: impl Fn(&dyn Module) -> Vec<u16>) -> Option<(&'static dyn Module, u16, &[u8])> {
    let [module, number, rest @ ..] = bytes else { return None };
    let module = *ALL.get(usize::from(*module) % ALL.len())?;
    let numbers = numbers(module);
    let number = numbers.get(usize::from(*number) % (numbers.len() + 1)).copied().unwrap_or(u16::MAX);
    Some((module, number, rest))
}

fn calls(module: &dyn Module) -> Vec<u16> {
    module.surface().calls.iter().map(|call| call.item.item.number).collect()
}

fn queries(module: &dyn Module) -> Vec<u16> {
    module.surface().queries.iter().map(|query| query.item.item.number).collect()
}

/// The body of a call: one encoding, the same value in JSON, and checks that always give the same answer.
pub(crate) fn call(bytes: &[u8]) -> bool {
    let Some((module, number, body)) = target(bytes, calls) else { return false };
    let checked = module.check(number, body);
    assert_eq!(checked, module.check(number, body));
    // What signs makes no difference to what is read beforehand, but it is read.
    for signer in [SignerId::Organization(OrgId([1; 16])), SignerId::Identity(IdentityId([1; 16]))] {
        module.reads(&signer, number, body, &mut KeySet::default());
    }
    match checked {
        Ok(_) => {
            let json = module.call_to_json(number, body).unwrap();
            assert_eq!(module.call_from_json(number, json).unwrap(), body, "{} {number}", module.name());
            true
        }
        Err(BodyError::UnknownNumber(unknown)) => {
            assert_eq!((unknown, number), (u16::MAX, u16::MAX));
            false
        }
        Err(BodyError::Malformed(_)) => false,
        Err(BodyError::Json(error)) => panic!("bytes were read as JSON: {error}"),
    }
}

/// The body of an event: it is shown, or it is none.
pub(crate) fn event(bytes: &[u8]) -> bool {
    let numbers = |module: &dyn Module| module.surface().events.iter().map(|event| event.item.number).collect();
    let Some((module, number, body)) = target(bytes, numbers) else { return false };
    module.event_to_json(number, body).is_ok()
}

/// The fields of a call in JSON: whatever is taken has a canonical body that is taken, too, unless it is too long.
pub(crate) fn call_json(bytes: &[u8]) -> bool {
    let Some((module, number, text)) = target(bytes, calls) else { return false };
    let Ok(fields) = serde_json::from_slice::<Value>(text) else { return false };
    let Ok(body) = module.call_from_json(number, fields) else { return false };
    if body.len() <= CALL_BODY_BYTES_MAX {
        assert!(module.check(number, &body).is_ok(), "{} {number}: JSON admits what bytes do not", module.name());
    }
    true
}

/// The fields of a query in JSON, asked of an empty ledger.
pub(crate) fn query(bytes: &[u8]) -> bool {
    let Some((module, number, text)) = target(bytes, queries) else { return false };
    let Ok(fields) = serde_json::from_slice::<Value>(text) else { return false };
    ask(module, number, fields).is_ok()
}

/// Asks an empty ledger; tells what is wrong with the fields.
pub(crate) fn ask(module: &dyn Module, number: u16, fields: Value) -> Result<(), String> {
    let state = MemoryState::default();
    let sources = Sources { state: View::new(&state), rows: &NoRows, now: UnixMs(1_800_000_000_000) };
    match module.query(&sources, number, fields) {
        Ok(_) | Err(QueryError::Reject(_)) => Ok(()),
        Err(QueryError::Body(error)) => Err(error.to_string()),
        Err(error) => panic!("{} {number}: {error:?}", module.name()),
    }
}

/// A module's part of a genesis in JSON: what is taken can be begun with, or is refused.
pub(crate) fn genesis(bytes: &[u8]) -> bool {
    let [module, text @ ..] = bytes else { return false };
    let module = ALL[usize::from(*module) % ALL.len()];
    let Ok(json) = serde_json::from_slice::<Value>(text) else { return false };
    let Ok(body) = module.genesis_from_json(json) else { return false };
    if body.len() > GENESIS_BYTES_MAX {
        return true;
    }
    let (state, none) = (MemoryState::default(), Overlay::default());
    let source =
        Source { call: CallId([1; 32]), salt: [2; 16], now: UnixMs(1), height: 1, demo: true, state_format: 1 };
    let mut ctx = RawCtx::new(View::over(&state, &none, &none), source);
    let begun = module.init(&mut ctx, &body);
    assert!(begun.is_ok(), "{}: JSON admits what bytes do not", module.name());
    true
}

struct NoRows;

impl RowSource for NoRows {
    fn select(&self, _module: &'static str, _select: &Select) -> Result<Vec<Row>, RowsError> {
        Ok(Vec::new())
    }
}
