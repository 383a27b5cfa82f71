//! What clients send and a node refuses: each with the status and the name that docs/http.md says, and then it goes on.

use crate::consortium::{Api, Consortium, MANY, ONE, Pen, Told, commit, now};
use epione_types::{
    Bytes, Call, ChainId, DurationMs, Hash, List, ModuleId, OrgId, SignedTx, SignerId, SigningKey, Tx, UnixMs,
    limits::{NONCE_WINDOW, TX_BYTES_MAX, VALIDITY_MS_MAX},
};
use reqwest::blocking::RequestBuilder;
use serde_json::{Value, json};

/// More sequence numbers than the window of a lane has.
const GAP: u64 = NONCE_WINDOW + 8;
const JSON: &str = "application/json";
/// Nobody registered it.
const STRANGER: SignerId = SignerId::Organization(OrgId([8; 16]));
/// Stands in everything that is sent here, and must never stand in a log.
const SECRET: &[u8; 32] = b"what-nobody-may-find-in-any-log!";

fn secret() -> Hash {
    Hash(*SECRET)
}

/// What to send, and the status, name and words of the answer.
type Row = (&'static str, RequestBuilder, (u16, &'static str), &'static str);

/// Sends every row; the node answers as expected, and afterwards still follows the chain.
fn check(consortium: &Consortium, rows: Vec<Row>) {
    let api = &consortium.nodes[0].api;
    for (what, request, (status, name), words) in rows {
        let answer = Api::send(request).unwrap_or_else(|| panic!("{what}: no answer\n{}", consortium.report()));
        assert_eq!((answer.status, answer.problem()), (status, Some(name)), "{what}: {}", answer.json);
        let detail = answer.json["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{what}: `{detail}` does not say `{words}`");
        assert_eq!(api.get("/readyz").map(|answer| answer.status), Some(200), "{what}: the node does not go on");
    }
}

/// The consortium still takes what is right, and no log tells what was sent or of a panic.
fn assert_unharmed(consortium: &Consortium, pen: &mut Pen) {
    let told = consortium.nodes[1].api.submit_final(&pen.entry());
    assert_eq!(told.codes[0], 0);
    let hex: String = SECRET.iter().map(|byte| format!("{byte:02x}")).collect();
    consortium.assert_quiet(&[std::str::from_utf8(SECRET).unwrap(), &hex]);
    consortium.assert_agreement(&[told]);
}

#[test]
fn wrong_transactions() {
    let consortium = Consortium::start();
    let mut pen = consortium.pen(0, 1);
    check(&consortium, envelopes(&consortium, &mut pen));
    check(&consortium, calls(&consortium, &mut pen));
    check(&consortium, bytes(&consortium, &mut pen));
    let (rows, ahead) = replays(&consortium, &mut pen);
    check(&consortium, rows);
    // What waits behind a gap is final once the gap is filled: who sends it again waits with it.
    let (id, api) = (ahead.tx.id(), consortium.nodes[0].api.clone());
    assert_eq!(api.json(&format!("/v1/tx/{id}")), json!({ "id": id, "status": "accepted" }));
    let again = std::thread::spawn(move || api.submit_final(&ahead));
    let gap: Vec<_> = (1..GAP).map(|_| pen.entry()).collect();
    let answer = consortium.nodes[2].api.submit_many(&gap, None).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.json);
    let told = consortium.until("what waited behind a gap is final", |consortium| consortium.nodes[3].api.tx(id));
    assert_eq!(told.codes, [0]);
    assert_eq!(again.join().unwrap(), told);
    // The place of the transaction that had waited.
    pen.entry();
    expiring(&consortium, &mut pen);
    assert_unharmed(&consortium, &mut pen);
}

/// Who waits for a transaction that expires hears it.
fn expiring(consortium: &Consortium, pen: &mut Pen) {
    let mut tx = pen.unsigned(vec![commit(secret())]);
    let free = tx.nonce.seq;
    tx.nonce.seq += GAP;
    tx.valid_until = now().after(DurationMs(1_500));
    let signed = tx.clone().sign(&pen.key);
    let api = consortium.nodes[0].api.clone();
    let waits = std::thread::spawn(move || api.submit(&signed, Some(60_000)).unwrap());
    consortium.until("the time has passed", |_| (now() > tx.valid_until.after(DurationMs(500))).then_some(()));
    // The mempool is cleared by a block that is later.
    let mut next = pen.unsigned(vec![commit(secret())]);
    next.nonce.seq = free;
    assert_eq!(consortium.nodes[0].api.submit_final(&next.sign(&pen.key)).codes, [0]);
    let answer = waits.join().unwrap();
    assert_eq!((answer.status, answer.problem()), (422, Some("expired")), "{}", answer.json);
}

fn post(consortium: &Consortium, signed: &SignedTx) -> RequestBuilder {
    posting(consortium, ONE, signed.to_bytes())
}

fn posting(consortium: &Consortium, content_type: &str, body: Vec<u8>) -> RequestBuilder {
    consortium.nodes[0].api.posting("/v1/tx", content_type, body)
}

/// Transactions that are well formed and wrong.
fn envelopes(consortium: &Consortium, pen: &mut Pen) -> Vec<Row> {
    let other = SigningKey::from_seed([7; 32]);
    let pharmacy = consortium.pen_of_pharmacy(0);
    let mut with = |change: &dyn Fn(&mut Tx)| {
        let mut tx = pen.unsigned(vec![commit(secret())]);
        change(&mut tx);
        tx
    };
    let key = consortium.pen(0, 0).key;
    let mut changed = |change: &dyn Fn(&mut Tx)| post(consortium, &with(change).sign(&key));
    let until = |at: UnixMs| move |tx: &mut Tx| tx.valid_until = at;
    let soon = now().after(DurationMs(60_000));
    let mut rows: Vec<Row> = vec![
        ("another version", changed(&|tx| tx.version = 2), (422, "version"), "version 2"),
        ("another chain", changed(&|tx| tx.chain = ChainId([9; 32])), (422, "wrong-chain"), "is for chain"),
        ("no call", changed(&|tx| tx.calls = List::default()), (422, "no-calls"), "no call"),
        ("a lane too high", changed(&|tx| tx.nonce.lane = 256), (422, "lane"), "256"),
        ("a sequence number far ahead", changed(&|tx| tx.nonce.seq += 1_000_000), (422, "nonce-ahead"), "sequence"),
        ("sequence number zero", changed(&|tx| tx.nonce.seq = 0), (422, "nonce-used"), "sequence 0"),
        ("expired", changed(&until(UnixMs(1))), (422, "expired"), "expired"),
        ("valid too long", changed(&until(soon.after(DurationMs(VALIDITY_MS_MAX)))), (422, "valid-too-long"), "a day"),
        ("valid for ever", changed(&until(UnixMs(u64::MAX))), (422, "valid-too-long"), "a day"),
    ];
    let unknown = |tx: &mut Tx| tx.signer = STRANGER;
    rows.push(("an unknown signer", changed(&unknown), (422, "unknown-signer"), "not registered"));
    let signed = |tx: Tx, key: &SigningKey| post(consortium, &tx.sign(key));
    rows.push(("a stranger's key", signed(with(&|_| {}), &other), (422, "wrong-key"), "signing key"));
    rows.push(("another member's key", signed(with(&|_| {}), &pharmacy.key), (422, "wrong-key"), "signing key"));
    let mut forged = with(&|_| {}).sign(&key);
    forged.tx.salt[0] ^= 1;
    rows.push(("changed after it was signed", post(consortium, &forged), (422, "wrong-signature"), "signature"));
    rows
}

/// Transactions with calls that are none.
fn calls(consortium: &Consortium, pen: &mut Pen) -> Vec<Row> {
    let good = commit(secret());
    let mut with = |module, call, body: Vec<u8>| {
        let call = Call { module: ModuleId(module), call, body: Bytes::new(body).unwrap() };
        post(consortium, &pen.tx(vec![good.clone(), call]))
    };
    let body = || commit(secret()).body.to_vec();
    let (short, long) = (body()[1..].to_vec(), [body(), vec![0]].concat());
    let mut unknown_kind = body();
    *unknown_kind.last_mut().unwrap() = 200;
    let malformed = (422, "malformed-call");
    vec![
        ("no such module", with(999, 1, body()), (422, "unknown-module"), "call 1: there is no module 999"),
        ("the ledger itself", with(0, 1, body()), (422, "unknown-module"), "call 1: there is no module 0"),
        ("no such call", with(3, 99, body()), (422, "unknown-call"), "call 1: module 3 has no call 99"),
        ("a body too short", with(3, 1, short), malformed, "call 1: the body is malformed"),
        ("a body too long", with(3, 1, long), malformed, "call 1: the body is malformed"),
        ("a kind that is none", with(3, 1, unknown_kind), malformed, "call 1: the body is malformed"),
        ("no body", with(3, 1, Vec::new()), malformed, "call 1: the body is malformed"),
    ]
}

/// Bytes that are no transaction, or none in the canonical form.
fn bytes(consortium: &Consortium, pen: &mut Pen) -> Vec<Row> {
    let tx = pen.tx(vec![commit(secret())]).to_bytes();
    let send = |body: Vec<u8>| posting(consortium, ONE, body);
    let many = |body: Vec<u8>| posting(consortium, MANY, body);
    let cut = |len: usize| tx[..len].to_vec();
    let malformed = (400, "malformed");
    let more = [tx.clone(), vec![0]].concat();
    // Behind version and chain the number that says whether an organization or an identity signs.
    let mut other_signer = tx.clone();
    other_signer[33] = 2;
    let scheme_at = tx.len() - 97;
    let mut other_scheme = tx.clone();
    other_scheme[scheme_at] = 9;
    // The number of calls: many more than follow.
    let calls_at = 1 + 32 + 17 + 10 + 16 + 8;
    let mut many_calls = tx.clone();
    many_calls[calls_at..calls_at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let count = |count: u32| [count.to_le_bytes().as_slice(), &tx].concat();
    let secrets: Vec<u8> = SECRET.iter().copied().cycle().take(TX_BYTES_MAX + 1).collect();
    let huge: Vec<u8> = SECRET.iter().copied().cycle().take(3 * 1024 * 1024).collect();
    vec![
        ("nothing", send(Vec::new()), malformed, "malformed"),
        ("one byte", send(cut(1)), malformed, "malformed"),
        ("half", send(cut(tx.len() / 2)), malformed, "malformed"),
        ("all but the last byte", send(cut(tx.len() - 1)), malformed, "malformed"),
        ("a byte more", send(more), malformed, "malformed"),
        ("a signer of no kind", send(other_signer), malformed, "malformed"),
        ("a signature of no scheme", send(other_scheme), malformed, "malformed"),
        ("four billion calls", send(many_calls), malformed, "above the limit"),
        ("longer than a transaction may be", send(secrets), malformed, "more than the limit of 65536"),
        ("longer than a request may be", send(huge), (413, "too-large"), "longer than 2097152"),
        ("a list without its length", many(vec![1, 0]), malformed, "number of transactions"),
        ("a list shorter than it says", many(count(2)), malformed, "[1]"),
        ("a list longer than it says", many([count(1), vec![7]].concat()), malformed, "1 bytes follow"),
        ("a list of more than may be", many(count(1_001)), malformed, "1001 transactions"),
        ("a list of four billion", many(count(u32::MAX)), malformed, "4294967295 transactions"),
        ("another content type", posting(consortium, "text/plain", tx.clone()), (415, "unsupported-media-type"), ONE),
        ("a transaction as a list", many(tx.clone()), malformed, ""),
        ("a transaction as JSON", posting(consortium, JSON, tx.clone()), malformed, "line 1"),
    ]
}

/// What was in a block, or waits for one, sent again.
fn replays(consortium: &Consortium, pen: &mut Pen) -> (Vec<Row>, SignedTx) {
    let tx = pen.unsigned(vec![commit(secret())]);
    let signed = tx.clone().sign(&pen.key);
    let told = consortium.nodes[0].api.submit_final(&signed);
    // What is final is told again as it was told before.
    for wait in [None, Some(45_000)] {
        let answer = consortium.nodes[0].api.submit(&signed, wait).unwrap();
        assert_eq!((answer.status, Told::of(&answer.json).as_ref()), (200, Some(&told)), "{}", answer.json);
    }
    // Beyond the window, so that it waits.
    let mut ahead = pen.unsigned(vec![commit(secret())]);
    ahead.nonce.seq += GAP;
    let ahead = ahead.sign(&pen.key);
    for _ in 0..2 {
        assert_eq!(consortium.nodes[0].api.submit(&ahead, None).unwrap().status, 202);
    }
    let again = Tx { salt: [9; 16], ..tx }.sign(&pen.key);
    let waiting_too = Tx { salt: [9; 16], ..ahead.tx.clone() }.sign(&pen.key);
    let rows = vec![
        ("another with the nonce of a final one", post(consortium, &again), (422, "nonce-used"), "already used"),
        (
            "another with the nonce of a waiting one",
            post(consortium, &waiting_too),
            (422, "nonce-used"),
            "already used",
        ),
    ];
    (rows, ahead)
}

#[test]
fn wrong_requests() {
    let consortium = Consortium::start();
    let mut pen = consortium.pen(0, 1);
    check(&consortium, documents(&consortium, &mut pen));
    check(&consortium, drafts(&consortium, &pen));
    check(&consortium, routes(&consortium));
    assert_unharmed(&consortium, &mut pen);
}

/// JSON that is no transaction.
fn documents(consortium: &Consortium, pen: &mut Pen) -> Vec<Row> {
    let good = serde_json::to_value(pen.tx(vec![commit(secret())])).unwrap();
    let send = |text: String| posting(consortium, JSON, text.into_bytes());
    let with = |at: &str, value: Value| {
        let mut changed = good.clone();
        *changed.pointer_mut(at).unwrap() = value;
        send(changed.to_string())
    };
    let without = |at: &str, name: &str| {
        let mut changed = good.clone();
        changed.pointer_mut(at).unwrap().as_object_mut().unwrap().remove(name).unwrap();
        send(changed.to_string())
    };
    let more = |at: &str| {
        let mut changed = good.clone();
        changed.pointer_mut(at).unwrap()["more"] = json!(1);
        send(changed.to_string())
    };
    let malformed = (400, "malformed");
    let text = good.to_string();
    let damaged = good["tx"]["chain"].as_str().unwrap().replace("chain1", "chain2");
    vec![
        ("cut off", send(text[..text.len() / 2].to_owned()), malformed, "EOF"),
        ("text behind it", send(format!("{text} {text}")), malformed, "trailing"),
        ("no object", send("7".to_owned()), malformed, "invalid type"),
        ("very deep", send("[".repeat(100_000)), malformed, ""),
        ("a field missing", without("/tx", "nonce"), malformed, "tx: missing field `nonce`"),
        ("a field missing deep inside", without("/tx/calls/0", "body"), malformed, "tx.calls[0]: missing field `body`"),
        ("a field too many", more("/tx/nonce"), malformed, "tx.nonce.more: unknown field `more`"),
        ("a text for a number", with("/tx/nonce/seq", json!("7")), malformed, "tx.nonce.seq: invalid type"),
        ("a number too large", with("/tx/nonce/lane", json!(65_536)), malformed, "tx.nonce.lane: invalid value"),
        ("a negative number", with("/tx/valid_until", json!(-1)), malformed, "tx.valid_until: "),
        ("a fraction", with("/tx/valid_until", json!(1.5)), malformed, "tx.valid_until: "),
        ("no hexadecimal digits", with("/tx/calls/0/body", json!("xy")), malformed, "tx.calls[0].body: not hex"),
        ("a salt too short", with("/tx/salt", json!("00")), malformed, "tx.salt: "),
        ("a damaged identifier", with("/tx/chain", json!(damaged)), malformed, "tx.chain: "),
        ("an identifier of another kind", with("/tx/signer", good["tx"]["chain"].clone()), malformed, "tx.signer: "),
        ("a scheme that is none", with("/signature/scheme", json!("rot13")), malformed, "signature"),
        ("a wrong element", send(json!([good, 7]).to_string()), malformed, "[1]: invalid type"),
        ("an empty list is none", send("[".to_owned()), malformed, "EOF"),
    ]
}

/// Calls that cannot be drafted.
fn drafts(consortium: &Consortium, pen: &Pen) -> Vec<Row> {
    let api = &consortium.nodes[0].api;
    let ask = |fields: Value| {
        let body = json!({ "signer": pen.signer, "fields": fields }).to_string().into_bytes();
        api.posting("/v1/notary/commit", JSON, body)
    };
    let hex: String = SECRET.iter().map(|byte| format!("{byte:02x}")).collect();
    let malformed = (400, "malformed");
    let unknown = "fields: more: unknown field `more`";
    let body = json!({ "signer": STRANGER, "fields": { "commitment": hex, "kind": "protocol" } }).to_string();
    let stranger = api.posting("/v1/notary/commit", JSON, body.into_bytes());
    vec![
        ("no fields", ask(json!({})), malformed, "fields: missing field `commitment`"),
        ("a field missing", ask(json!({ "commitment": hex })), malformed, "fields: missing field `kind`"),
        ("a field unknown", ask(json!({ "commitment": hex, "kind": "protocol", "more": 1 })), malformed, unknown),
        ("a wrong kind", ask(json!({ "commitment": hex, "kind": "poem" })), malformed, "fields: kind: unknown variant"),
        ("a short hash", ask(json!({ "commitment": "ab", "kind": "protocol" })), malformed, "fields: commitment: "),
        ("bytes", api.posting("/v1/notary/commit", ONE, SECRET.to_vec()), (415, "unsupported-media-type"), JSON),
        ("an unknown signer", stranger, (422, "unknown-signer"), "not registered"),
    ]
}

/// Paths and parameters that lead nowhere.
fn routes(consortium: &Consortium) -> Vec<Row> {
    let api = &consortium.nodes[0].api;
    let secret = std::str::from_utf8(SECRET).unwrap();
    let get = |path: &str| reqwest::blocking::Client::new().get(api.url(path)).header("x-secret", secret);
    let (malformed, missing) = ((400, "malformed"), (404, "not-found"));
    let owner = format!("/v1/notary/list?owner={secret}");
    let height = format!("/v1/blocks/{secret}");
    vec![
        ("no such route", get(&format!("/{secret}")), missing, "no such route"),
        ("no such module", get(&format!("/v1/{secret}/get")), missing, "no such module"),
        ("no such query", get(&format!("/v1/notary/{secret}")), missing, "no such query"),
        ("a call that is got", get("/v1/notary/commit"), missing, "use POST"),
        ("no such block", get("/v1/blocks/9999999999"), missing, ""),
        ("no height", get(&height), malformed, ""),
        ("no such signer", get(&format!("/v1/signers/{STRANGER}")), missing, "not registered"),
        ("no transaction's identifier", get(&format!("/v1/tx/{secret}")), malformed, "id: "),
        ("a parameter missing", get("/v1/notary/get"), malformed, "missing field `id`"),
        ("a parameter wrong", get(&owner), malformed, "owner: "),
        ("a parameter unknown", get("/v1/notary/list?more=1"), malformed, "more: unknown field `more`"),
        ("a parameter twice", get("/v1/notary/list?limit=1&limit=2"), malformed, "limit: invalid type"),
        ("a wrong position", get(&format!("/v1/events?from={secret}")), malformed, "from"),
        ("a wait that is none", api.posting("/v1/tx?wait=long", ONE, Vec::new()), malformed, "wait"),
        (
            "a wait too long",
            api.posting("/v1/tx?wait=final&timeout_ms=120001", ONE, Vec::new()),
            malformed,
            "timeout_ms",
        ),
    ]
}
