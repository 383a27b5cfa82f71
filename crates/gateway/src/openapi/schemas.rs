//! Schemas of what is the same for all modules.

use super::reference;
use epione_types::limits::{
    AUTHENTICATOR_DATA_BYTES_MAX, CALL_BODY_BYTES_MAX, CALLS_PER_TX_MAX, CLIENT_DATA_BYTES_MAX, NONCE_LANES,
};
use serde_json::{Value, json};

pub(super) fn schemas() -> Value {
    json!({
        "Tx": tx(),
        "Signature": { "oneOf": [ed25519(), webauthn()] },
        "SignedTx": object(&json!({ "tx": reference("Tx"), "signature": reference("Signature") })),
        "Draft": object(&json!({
            "tx": reference("Tx"),
            "id": text("^tx1[02-9ac-hj-np-z]+$", "The transaction."),
            "call_id": text("^call1[02-9ac-hj-np-z]+$", "Its call."),
            "signing_bytes": text("^([0-9a-f]{2})+$", "What the signature must cover."),
        })),
        "Progress": progress(),
        "Problem": problem(),
    })
}

fn ed25519() -> Value {
    object(&json!({
        "scheme": { "const": "ed25519" },
        "key": text("^edk1[02-9ac-hj-np-z]+$", "The key that signed."),
        "bytes": text("^[0-9a-f]{128}$", "The signature."),
    }))
}

fn webauthn() -> Value {
    let data = |max: usize, description: &str| {
        json!({
            "type": "string", "pattern": "^([0-9a-f]{2})*$", "maxLength": 2 * max, "description": description,
        })
    };
    object(&json!({
        "scheme": { "const": "webauthn" },
        "key": text("^passkey1[02-9ac-hj-np-z]+$", "The passkey that signed."),
        "bytes": text("^[0-9a-f]{128}$", "The signature `r ‖ s`, with the lower `s`."),
        "authenticator_data": data(AUTHENTICATOR_DATA_BYTES_MAX, "What the authenticator says of itself."),
        "client_data": data(CLIENT_DATA_BYTES_MAX, "What the browser says of the site, the JSON as bytes."),
    }))
}

fn tx() -> Value {
    let call = object(&json!({
        "module": integer(u64::from(u16::MAX), "Number of the module."),
        "call": integer(u64::from(u16::MAX), "Number of the call in the module."),
        "body": {
            "type": "string", "pattern": "^([0-9a-f]{2})*$", "maxLength": 2 * CALL_BODY_BYTES_MAX,
            "description": "Canonical bytes of the call's fields.",
        },
    }));
    object(&json!({
        "version": { "const": 1 },
        "chain": text("^chain1[02-9ac-hj-np-z]+$", "The chain it is for."),
        "signer": text("^(org|id)1[02-9ac-hj-np-z]+$", "Who signs it."),
        "nonce": object(&json!({
            "lane": integer(u64::from(NONCE_LANES - 1), "The lane."),
            "seq": integer(u64::MAX, "The number within the lane; the first is 1."),
        })),
        "salt": text("^[0-9a-f]{32}$", "Random bytes that blind the events."),
        "valid_until": integer(u64::MAX, "Last block time at which it may be included, in ms since 1970."),
        "calls": { "type": "array", "items": call, "minItems": 1, "maxItems": CALLS_PER_TX_MAX },
    }))
}

fn progress() -> Value {
    let result = json!({
        "type": "object",
        "required": ["code"],
        "properties": {
            "code": integer(u64::from(u32::MAX), "0 for success, else the reject's code."),
            "name": { "type": "string", "description": "Name of the reject." },
            "text": { "type": "string", "description": "What is wrong and what to do." },
        },
    });
    json!({
        "type": "object",
        "required": ["status"],
        "properties": {
            "id": text("^tx1[02-9ac-hj-np-z]+$", "The transaction; absent if it was refused."),
            "status": { "enum": ["accepted", "final", "refused"] },
            "height": integer(u64::MAX, "Height of its block, once final."),
            "index": integer(u64::from(u32::MAX), "Its position in the block, once final."),
            "time": integer(u64::MAX, "Time of its block, once final."),
            "results": { "type": "array", "items": result, "description": "One per call, once final." },
            "problem": reference("Problem"),
        },
    })
}

/// RFC 9457.
fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": text("^urn:epione:problem:[a-z-]+$", "Which problem; the last part is its name."),
            "title": { "type": "string", "description": "The problem in general." },
            "status": { "type": "integer", "description": "Status of the answer." },
            "detail": { "type": "string", "description": "What is wrong with this request." },
            "code": integer(u64::from(u32::MAX), "Code of the reject, if a rule of a module refuses."),
            "name": { "type": "string", "description": "Name of that reject." },
            "call": integer(u64::from(u16::MAX), "Position of the call that is wrong."),
        },
    })
}

/// An object with exactly these fields.
fn object(properties: &Value) -> Value {
    let names: Vec<String> = properties.as_object().into_iter().flat_map(|fields| fields.keys().cloned()).collect();
    json!({ "type": "object", "required": names, "additionalProperties": false, "properties": properties })
}

fn text(pattern: &str, description: &str) -> Value {
    json!({ "type": "string", "pattern": pattern, "description": description })
}

fn integer(max: u64, description: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "maximum": max, "description": description })
}
