//! How transactions, blocks and their outcome look in JSON.

use crate::{Modules, ports::Finalized, problem::Rejects};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use epione_kernel::Module;
use epione_types::{Call, CallId, ModuleId, Signature, SignedTx, Tx, TxId, UnixMs};
use serde::Serialize;
use serde_json::{Value, json};

/// `value` in JSON.
pub(crate) fn json_bytes<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    // The types of the gateway have string keys and no failing serializers.
    serde_json::to_vec(value).unwrap_or_default()
}

/// An answer in JSON.
pub(crate) fn answer<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> Response {
    let json = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, json)], json_bytes(value)).into_response()
}

/// What became of one call.
#[derive(Debug, Serialize)]
pub(crate) struct CallResult {
    code: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'static str>,
}

/// Where a transaction stands and what became of its calls.
#[derive(Debug, Serialize)]
pub(crate) struct FinalTx {
    id: TxId,
    status: &'static str,
    height: u64,
    index: u32,
    time: UnixMs,
    results: Vec<CallResult>,
}

impl FinalTx {
    pub(crate) fn new(tx: &Finalized, rejects: &Rejects) -> Self {
        let result = |&code: &u32| {
            let reject = rejects.get(code);
            CallResult { code, name: reject.map(|reject| reject.name), text: reject.map(|reject| reject.text) }
        };
        let results = tx.codes.iter().map(result).collect();
        Self { id: tx.id, status: "final", height: tx.height, index: tx.index, time: tx.time, results }
    }
}

/// A transaction as it was posted, and its calls in words.
#[derive(Debug, Serialize)]
pub(crate) struct Content<'a> {
    tx: &'a Tx,
    signature: &'a Signature,
    calls: Vec<ShownCall>,
}

/// A call in words: what `{module, call, body}` in the transaction stand for.
#[derive(Debug, Serialize)]
struct ShownCall {
    id: CallId,
    module: String,
    call: String,
    fields: Value,
}

impl<'a> Content<'a> {
    pub(crate) fn new(modules: Modules, signed: &'a SignedTx, id: &TxId) -> Self {
        let calls = (0_u16..).zip(signed.tx.calls.iter()).map(|(at, call)| shown(modules, call, id.call(at)));
        Self { tx: &signed.tx, signature: &signed.signature, calls: calls.collect() }
    }
}

/// The module with this number.
pub(crate) fn module(modules: Modules, id: ModuleId) -> Option<&'static dyn Module> {
    modules.iter().copied().find(|module| module.id() == id)
}

/// Numbers and bytes that this program does not know are shown as they are.
fn shown(modules: Modules, call: &Call, id: CallId) -> ShownCall {
    let known = module(modules, call.module);
    let doc = known.and_then(|known| known.surface().calls.iter().find(|doc| doc.item.item.number == call.call));
    let fields = known.and_then(|known| known.call_to_json(call.call, &call.body).ok());
    ShownCall {
        id,
        module: known.map_or_else(|| call.module.to_string(), |known| known.name().to_owned()),
        call: doc.map_or_else(|| call.call.to_string(), |doc| doc.item.item.name.to_owned()),
        fields: fields.unwrap_or_else(|| json!({ "body": hex::encode(&*call.body) })),
    }
}
