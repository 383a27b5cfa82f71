//! Golden vectors: `vectors/*.json`, so that other programs can be held to the same bytes.
//!
//! With `EPIONE_VECTORS=write` in the environment the files are written; a changed file is a changed format.

use crate::{
    Block, Bytes, Call, CallId, ChainId, Committee, Entry, Genesis, GenesisModule, Hash, Header, IdentityId, List,
    ModuleId, Nonce, NoteId, OpsRange, OrgId, Origin, ProposalId, PublicKey, SignedTx, SignerId, SigningKey, Text, Tx,
    TxId, TxResult, UnitId, UnixMs, decode, encode, finalize_message,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::PathBuf};

/// Files that tests of other crates read.
const ELSEWHERE: [&str; 7] = [
    "archive.json",
    "archives",
    "finalize.json",
    "notary-commitment.json",
    "receipt.json",
    "rfc6962-proofs.json",
    "vault",
];

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors"))
}

#[expect(clippy::disallowed_methods, reason = "a test may ask whether to write the files anew")]
fn is_writing() -> bool {
    std::env::var("EPIONE_VECTORS").is_ok_and(|value| value == "write")
}

/// Every file with what must be in it.
fn files() -> Vec<(&'static str, Value)> {
    vec![
        ("tx.json", file("Unsigned transactions; the hash is the identifier.", txs())),
        (
            "signed-tx.json",
            file("Signed transactions; the hash is the leaf in the tree of transactions.", signed_txs()),
        ),
        ("header.json", file("Block headers; the hash is the payload that consensus certifies.", headers())),
        ("entry.json", file("Events as they stand in the log; the hash is the leaf in the event tree.", entries())),
        ("genesis.json", file("The genesis of a chain; the hash is the chain's identifier.", genesis())),
        ("ids.json", file("Identifiers and keys: bytes and text.", ids())),
        ("finalize-message.json", file("What a finalize vote signs; the hash is its SHA-256.", messages())),
    ]
}

#[expect(clippy::needless_pass_by_value, reason = "the list is made for this call")]
fn file(about: &str, vectors: Vec<Value>) -> Value {
    json!({ "about": about, "vectors": vectors })
}

#[test]
fn the_files_hold_these_vectors() {
    for (name, expected) in files() {
        let path = folder().join(name);
        if is_writing() {
            std::fs::write(&path, format!("{expected:#}\n")).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        let found: Value = serde_json::from_str(&found).unwrap_or_default();
        assert!(found == expected, "vectors/{name} differs from what the code makes: is the format meant to change?");
    }
}

#[test]
fn no_file_is_unread() {
    let known: BTreeSet<String> =
        files().into_iter().map(|(name, _)| name).chain(ELSEWHERE).map(str::to_owned).collect();
    let found: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    assert_eq!(found, known);
}

fn key(byte: u8) -> SigningKey {
    SigningKey::from_seed([byte; 32])
}

fn tx(calls: Vec<Call>, signer: SignerId) -> Tx {
    Tx {
        version: Tx::VERSION,
        chain: ChainId([0xc4; 32]),
        signer,
        nonce: Nonce { lane: 3, seq: 258 },
        salt: [0x5a; 16],
        valid_until: UnixMs(1_800_000_000_000),
        calls: List::new(calls).unwrap(),
    }
}

/// One call by an organization, and two by an identity.
fn both() -> [(&'static str, Tx); 2] {
    let call =
        |module, call, body: &[u8]| Call { module: ModuleId(module), call, body: Bytes::new(body.into()).unwrap() };
    [
        ("one call of an organization", tx(vec![call(3, 1, &[0xab; 33])], SignerId::Organization(OrgId([2; 16])))),
        (
            "two calls of an identity",
            tx(vec![call(2, 7, &[]), call(513, 2, &[1])], SignerId::Identity(IdentityId([9; 16]))),
        ),
    ]
}

fn txs() -> Vec<Value> {
    let vector = |(name, tx): (&str, Tx)| {
        let bytes = encode(&tx);
        assert_eq!(decode::<Tx>(&bytes, 1000).as_ref(), Ok(&tx));
        let value = serde_json::to_value(&tx).unwrap();
        assert_eq!(serde_json::from_value::<Tx>(value.clone()).unwrap(), tx);
        json!({
            "name": name,
            "value": value,
            "hex": hex::encode(bytes),
            "hash": Hash(tx.id().0),
            "id": tx.id(),
            "signing_bytes": hex::encode(tx.signing_bytes()),
            "calls": [tx.call_id(0), tx.call_id(1)],
        })
    };
    both().into_iter().map(vector).collect()
}

fn signed_txs() -> Vec<Value> {
    let vector = |(name, tx): (&str, Tx)| {
        let signed = tx.sign(&key(1));
        assert_eq!(signed.signature.verify(&signed.tx.signing_bytes()), Ok(()));
        assert_eq!(SignedTx::from_bytes(&signed.to_bytes()).unwrap(), signed);
        json!({
            "name": name,
            "seed": hex::encode(key(1).seed()),
            "value": serde_json::to_value(&signed).unwrap(),
            "hex": hex::encode(signed.to_bytes()),
            "hash": signed.leaf(),
            "event_salts": [hex::encode(signed.event_salt(0)), hex::encode(signed.event_salt(1))],
        })
    };
    let mut vectors: Vec<Value> = both().into_iter().map(vector).collect();
    let [one, two] = both().map(|(_, tx)| tx.sign(&key(1)));
    vectors.push(json!({ "name": "tree of both", "hash": Block::tx_root(&[one, two]) }));
    vectors
}

fn header(next_committee_hash: Option<Hash>) -> Header {
    Header {
        version: Header::VERSION,
        state_format: 1,
        chain: ChainId([0xc4; 32]),
        epoch: 1,
        view: 300,
        parent_view: 299,
        proposer: key(2).public(),
        height: 70_000,
        time: UnixMs(1_800_000_000_001),
        parent: Hash([4; 32]),
        committee_hash: committee().hash(),
        next_committee_hash,
        tx_root: Hash([6; 32]),
        event_root: Hash([7; 32]),
        event_size: 1_000_000,
        state_root: Hash([8; 32]),
        ops_root: Hash([9; 32]),
        ops_range: OpsRange { start: 10, end: 2_000_000 },
    }
}

fn committee() -> Committee {
    let mut keys: Vec<PublicKey> = (2..6).map(|byte| key(byte).public()).collect();
    keys.sort_unstable();
    Committee { keys: List::new(keys).unwrap() }
}

fn headers() -> Vec<Value> {
    let vector = |(name, header): (&str, Header)| {
        let bytes = encode(&header);
        assert_eq!(decode::<Header>(&bytes, 1000).as_ref(), Ok(&header));
        let value = serde_json::to_value(&header).unwrap();
        assert_eq!(serde_json::from_value::<Header>(value.clone()).unwrap(), header);
        json!({ "name": name, "value": value, "hex": hex::encode(bytes), "hash": header.hash() })
    };
    let headers = [("within an epoch", header(None)), ("last of an epoch", header(Some(Hash([5; 32]))))];
    let mut vectors: Vec<Value> = headers.into_iter().map(vector).collect();
    let committee = committee();
    vectors.push(json!({
        "name": "committee",
        "value": serde_json::to_value(&committee).unwrap(),
        "hex": hex::encode(encode(&committee)),
        "hash": committee.hash(),
    }));
    vectors
}

fn entries() -> Vec<Value> {
    let id = TxId([0x77; 32]);
    let result = TxResult { codes: List::new(vec![0, 3 << 16 | 1]).unwrap() };
    let entry = |origin, module, number, body: Vec<u8>| Entry {
        version: Entry::VERSION,
        salt: [0x5b; 16],
        origin,
        module: ModuleId(module),
        number,
        body: Bytes::new(body).unwrap(),
    };
    let all = [
        ("result of a transaction", entry(Origin::Tx { id }, 0, TxResult::NUMBER, encode(&result))),
        ("event of a call", entry(Origin::Call { id, index: 1 }, 3, 4, vec![1; 16])),
        ("event of the genesis", entry(Origin::Genesis, 1, 1, vec![2])),
        ("event of scheduled work", entry(Origin::Due { height: 70_000 }, 1, 6, vec![3; 16])),
    ];
    let vector = |(name, entry): (&str, Entry)| {
        let bytes = encode(&entry);
        assert_eq!(decode::<Entry>(&bytes, 1000).as_ref(), Ok(&entry));
        json!({
            "name": name,
            "value": {
                "version": entry.version,
                "salt": hex::encode(entry.salt),
                "origin": entry.origin,
                "module": entry.module,
                "number": entry.number,
                "body": entry.body,
            },
            "hex": hex::encode(bytes),
            "hash": entry.leaf(),
        })
    };
    all.into_iter().map(vector).collect()
}

fn genesis() -> Vec<Value> {
    let part = |module, body: &[u8]| GenesisModule { module: ModuleId(module), body: Bytes::new(body.into()).unwrap() };
    let genesis = Genesis {
        version: Genesis::VERSION,
        state_format: 1,
        name: Text::new("Example Consortium").unwrap(),
        time: UnixMs(1_800_000_000_000),
        salt: [0x5c; 16],
        demo: false,
        epoch_blocks: 10_000,
        modules: List::new(vec![part(1, &[1, 2, 3]), part(3, &[])]).unwrap(),
    };
    let bytes = encode(&genesis);
    assert_eq!(decode::<Genesis>(&bytes, 1000).as_ref(), Ok(&genesis));
    let modules: Vec<Value> =
        genesis.modules.iter().map(|part| json!({ "module": part.module, "body": part.body })).collect();
    vec![json!({
        "name": "two modules",
        "value": {
            "version": genesis.version,
            "state_format": genesis.state_format,
            "name": genesis.name,
            "time": genesis.time,
            "salt": hex::encode(genesis.salt),
            "demo": genesis.demo,
            "epoch_blocks": genesis.epoch_blocks,
            "modules": modules,
        },
        "hex": hex::encode(bytes),
        "hash": Hash(genesis.chain().0),
        "id": genesis.chain(),
    })]
}

fn ids() -> Vec<Value> {
    let short = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff];
    let root = key(1).public();
    let vector =
        |kind: &str, bytes: &[u8], text: String| json!({ "name": kind, "hex": hex::encode(bytes), "text": text });
    vec![
        vector("call", &[0x11; 32], CallId([0x11; 32]).to_string()),
        vector("chain", &[0x22; 32], ChainId([0x22; 32]).to_string()),
        vector("identity", &short, IdentityId(short).to_string()),
        vector("note", &short, NoteId(short).to_string()),
        vector("organization", &short, OrgId(short).to_string()),
        vector("proposal", &short, ProposalId(short).to_string()),
        vector("transaction", &[0x33; 32], TxId([0x33; 32]).to_string()),
        vector("unit", &[0x44; 32], UnitId([0x44; 32]).to_string()),
        vector("Ed25519 key of the seed 0101…01", &encode(&root)[1..], root.to_string()),
        vector("organization of that root key", &OrgId::from_root(&root).0, OrgId::from_root(&root).to_string()),
    ]
}

fn messages() -> Vec<Value> {
    let (chain, payload) = (ChainId([0xc4; 32]), Hash([0x99; 32]));
    let vector = |(epoch, view, parent_view): (u64, u64, u64)| {
        let message = finalize_message(&chain, epoch, view, parent_view, &payload);
        json!({
            "name": format!("epoch {epoch}, view {view}"),
            "value": { "chain": chain, "epoch": epoch, "view": view, "parent_view": parent_view, "payload": payload },
            "hex": hex::encode(&message),
            "hash": Hash::sha256(&[&message]),
        })
    };
    [(0, 1, 0), (1, 127, 126), (2, 128, 127), (16_384, 2_097_152, 2_097_151), (u64::MAX, u64::MAX, 0)]
        .into_iter()
        .map(vector)
        .collect()
}
