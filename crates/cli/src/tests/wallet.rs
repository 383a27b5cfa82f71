//! Wallets: derived keys, backup codes, and what is signed for a custodian.

use super::exchange::{CHAIN, Exchange, body, shown};
use crate::{
    keys::{CodeError, KeyFile, KeyInfo, Purpose, Wallet},
    secret::SecretSource,
};
use epione_modules::identity::{IdentityKey, IdentityKind, KeyRole, registration_message};
use epione_types::{ChainId, IdentityId, OrgId, Signature, SignerId, SigningKey, SubjectId};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt as _, path::Path};

const ORG: OrgId = OrgId([4; 16]);
const HOLDER: IdentityId = IdentityId([5; 16]);
const SUBJECT: SubjectId = SubjectId([3; 16]);

fn wallet(seed: u8) -> Wallet {
    let key = SigningKey::from_seed([seed; 32]);
    Wallet::of_file(KeyFile { purpose: Purpose::Wallet, signer: None, chain: None, key }).unwrap()
}

#[test]
fn every_custodian_chain_and_number_has_another_key() {
    let mut keys = BTreeSet::new();
    for seed in [1, 2] {
        for (chain, org, number) in [(1, 1, 0), (2, 1, 0), (1, 2, 0), (1, 1, 1), (1, 1, 256)] {
            keys.insert(wallet(seed).key(&ChainId([chain; 32]), &OrgId([org; 16]), number).public().to_string());
        }
        keys.insert(wallet(seed).file().key.public().to_string());
    }
    assert_eq!(keys.len(), 12);
    // Written down: a wallet must find its keys again with every later release.
    let key = wallet(1).key(&ChainId([2; 32]), &OrgId([3; 16]), 4);
    assert_eq!(hex::encode(key.seed()), SEED);
}

/// SHA-256 of `13`, "epione/wallet-key/1", 32 times `01`, 32 times `02`, 16 times `03`, `04000000`; by `sha256sum`.
const SEED: &str = "3129520c7e00e4520a71748bf75884706fe4c5ee9945dad28ef5619ce2c3ffef";

#[test]
fn a_backup_code_restores_the_wallet() {
    let code = wallet(7).code();
    assert_eq!(code.len(), 65);
    assert!(code.starts_with("wallet1"));
    let restored = |text: &str| Wallet::of_code(text).map(|wallet| wallet.file().key.seed());
    assert_eq!(restored(&code), Ok([7; 32]));
    assert_eq!(restored(&code.to_uppercase()), Ok([7; 32]));
    let groups: Vec<&str> = (0..13).map(|at| &code[at * 5..at * 5 + 5]).collect();
    assert_eq!(restored(&format!(" {}\n", groups.join(" "))), Ok([7; 32]));
    // Each single character that is mistyped, each that is left out, and each pair that is exchanged is found.
    for at in 0..code.len() {
        for other in ["q", "p", "1"].into_iter().filter(|other| &code[at..=at] != *other) {
            assert!(restored(&format!("{}{other}{}", &code[..at], &code[at + 1..])).is_err(), "{at} {other}");
        }
        assert!(restored(&format!("{}{}", &code[..at], &code[at + 1..])).is_err(), "{at}");
    }
    assert_eq!(restored(&IdentityId([1; 16]).to_string()), Err(CodeError::Prefix));
    assert_eq!(restored(""), Err(CodeError::Checksum));
    assert_eq!(format!("{:?}", wallet(7)), "Wallet([private])");
}

#[tokio::test]
async fn a_new_wallet_shows_the_code_that_restores_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let none = Exchange::new(&[]).await;
    let ran = none.run_without_node(&["wallet", "new", "--out", &shown(&path("a.key")), "--no-passphrase"]).await;
    let code = ran.values()[0]["code"].as_str().unwrap().to_owned();
    let (info, _) = KeyInfo::read(&path("a.key")).unwrap();
    assert_eq!((info.purpose, info.signer, info.chain), (Purpose::Wallet, None, None));

    private(&path("code"), &format!("{code}\n"));
    let restore =
        ["wallet", "restore", "--no-passphrase", "--code-file", &shown(&path("code")), "--out", &shown(&path("b.key"))];
    none.run_without_node(&restore).await.values();
    let seed = |name: &str| KeyFile::read(&path(name), &SecretSource::none()).unwrap().key.seed();
    assert_eq!(seed("a.key"), seed("b.key"));

    private(&path("wrong"), &code.replace(&code[20..21], if &code[20..21] == "q" { "p" } else { "q" }));
    let restore = [
        "wallet",
        "restore",
        "--no-passphrase",
        "--code-file",
        &shown(&path("wrong")),
        "--out",
        &shown(&path("c.key")),
    ];
    let failure = none.run_without_node(&restore).await.failure();
    assert!(failure.contains("checksum") && !failure.contains(&code[..12]), "{failure}");
    assert!(!path("c.key").exists());
}

fn private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// An answer to a query.
fn answer(value: Value) -> Value {
    let mut answer = json!({ "height": 1, "time": 1, "source": "state" });
    answer["value"] = value;
    answer
}

/// The arguments that link the wallet in `folder`.
fn link(folder: &Path) -> Vec<String> {
    let (wallet, out) = (shown(&folder.join("wallet.key")), shown(&folder.join("hospital.key")));
    let line = format!(
        "wallet link --wallet {wallet} --custodian {ORG} --evidence passport --identifier urn:mrn=4711 --out {out} --no-passphrase"
    );
    line.split(' ').map(str::to_owned).collect()
}

#[tokio::test]
async fn a_wallet_is_linked_by_a_registration_that_its_key_signs() {
    let folder = tempfile::tempdir().unwrap();
    wallet(7).file().create(&folder.path().join("wallet.key"), &crate::keys::Protection::None).unwrap();
    let node = Exchange::new(&[
        ("GET /v1/identity/find", json!("unknown-identity")),
        ("POST /v1/exchange/subjects", json!({ "subject": SUBJECT, "holder": HOLDER })),
    ])
    .await;
    let line = link(folder.path());
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    let values = node.run(&line).await.values();
    assert_eq!((&values[0]["subject"], &values[0]["holder"]), (&json!(SUBJECT), &json!(HOLDER)));

    let key = wallet(7).key(&CHAIN, &ORG, 0);
    let sent = body(&node.exchanged()[0]);
    assert_eq!(sent["identifiers"], json!([{ "system": "urn:mrn", "value": "4711" }]));
    assert_eq!((&sent["evidence"], &sent["wallet"]["policy"]), (&json!("passport"), &Value::Null));
    let proof: Signature = serde_json::from_value(sent["wallet"]["keys"][0]["proof"].clone()).unwrap();
    let keys = [IdentityKey { key: key.public(), role: KeyRole::Sign }];
    proof.verify(&registration_message(&ORG, IdentityKind::Person, &keys, None)).unwrap();
    assert_eq!(proof.key(), key.public());
    // Secret and code go nowhere.
    let all = sent.to_string();
    assert!(!all.contains(&hex::encode([7; 32])) && !all.contains(wallet(7).code().as_str()), "{all}");

    let (info, _) = KeyInfo::read(&folder.path().join("hospital.key")).unwrap();
    assert_eq!((info.purpose, info.signer), (Purpose::Identity, Some(SignerId::Identity(HOLDER))));
    assert_eq!((info.chain, info.public), (Some(CHAIN), key.public()));
    // A file that is there is not written over, and nothing is asked.
    let failure = node.run(&line).await.failure();
    assert!(failure.contains("hospital.key"), "{failure}");
    assert_eq!(node.exchanged().len(), 1);
}

#[tokio::test]
async fn a_key_that_the_ledger_has_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    wallet(7).file().create(&folder.path().join("wallet.key"), &crate::keys::Protection::None).unwrap();
    let node = Exchange::new(&[
        ("GET /v1/identity/find", answer(json!({ "id": HOLDER, "identity": { "org": ORG } }))),
        (
            "GET /v1/subjects/find",
            answer(json!({ "identity": HOLDER, "tie": { "subject": SUBJECT, "is_holder": true } })),
        ),
    ])
    .await;
    let line = link(folder.path());
    let values = node.run(&line.iter().map(String::as_str).collect::<Vec<_>>()).await.values();
    assert_eq!((&values[0]["subject"], &values[0]["holder"]), (&json!(SUBJECT), &json!(HOLDER)));
    assert!(node.exchanged().is_empty() && node.calls().is_empty());
    assert!(folder.path().join("hospital.key").exists());
}

#[tokio::test]
async fn a_link_that_was_interrupted_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    wallet(7).file().create(&folder.path().join("wallet.key"), &crate::keys::Protection::None).unwrap();
    let node = Exchange::new(&[
        ("GET /v1/identity/find", answer(json!({ "id": HOLDER, "identity": { "org": ORG } }))),
        ("GET /v1/subjects/find", answer(json!({ "identity": HOLDER, "tie": null }))),
        ("POST /v1/exchange/subjects", json!({ "subject": SUBJECT, "holder": HOLDER })),
    ])
    .await;
    let line = link(folder.path());
    let values = node.run(&line.iter().map(String::as_str).collect::<Vec<_>>()).await.values();
    assert_eq!(values[0]["subject"], json!(SUBJECT));
    let sent = body(&node.exchanged()[0]);
    assert_eq!((&sent["holder"], sent.get("wallet")), (&json!(HOLDER), None));
}

#[tokio::test]
async fn the_key_of_an_identity_that_moved_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    wallet(7).file().create(&folder.path().join("wallet.key"), &crate::keys::Protection::None).unwrap();
    let moved = answer(json!({ "id": HOLDER, "identity": { "org": OrgId([9; 16]) } }));
    let tie = answer(json!({ "identity": HOLDER, "tie": null }));
    let node = Exchange::new(&[("GET /v1/identity/find", moved), ("GET /v1/subjects/find", tie)]).await;
    let line = link(folder.path());
    let values = node.run(&line.iter().map(String::as_str).collect::<Vec<_>>()).await.values();
    assert_eq!((&values[0]["holder"], &values[0]["subject"]), (&json!(HOLDER), &Value::Null));
    assert!(folder.path().join("hospital.key").exists() && node.exchanged().is_empty());
}

#[tokio::test]
async fn a_wallet_shows_where_it_is_known_and_what_was_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wallet.key");
    wallet(7).file().create(&path, &crate::keys::Protection::None).unwrap();
    let known = format!("GET /v1/identity/find?key={}", wallet(7).key(&CHAIN, &ORG, 0).public());
    let organizations = json!([{ "id": OrgId([9; 16]), "name": "Clinic" }, { "id": ORG, "name": "Hospital" }]);
    let node = Exchange::new(&[
        (&known, answer(json!({ "id": HOLDER, "identity": { "org": ORG } }))),
        ("GET /v1/identity/find", json!("unknown-identity")),
        ("GET /v1/network/organizations", answer(json!({ "organizations": organizations, "next": null }))),
        (
            "GET /v1/subjects/find",
            answer(json!({ "identity": HOLDER, "tie": { "subject": SUBJECT, "is_holder": true } })),
        ),
        (
            &format!("GET /v1/access/log?limit=100&subject={SUBJECT}&viewer={HOLDER}"),
            answer(json!({ "lines": [{ "granted": true }], "next": 4 })),
        ),
        ("GET /v1/access/log?after=4&", answer(json!({ "lines": [{ "granted": false }], "next": null }))),
    ])
    .await;
    let values = node.run(&["wallet", "show", "--wallet", &shown(&path)]).await.values();
    let expected = json!([{
        "organization": ORG, "name": "Hospital", "number": 0, "identity": HOLDER, "subject": SUBJECT,
        "log": [{ "granted": true }, { "granted": false }],
    }]);
    assert_eq!(values[0]["custodians"], expected);
}

#[tokio::test]
async fn another_key_is_no_wallet() {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyFile::generate(Purpose::Identity).unwrap();
    key.create(&folder.path().join("wallet.key"), &crate::keys::Protection::None).unwrap();
    let node = Exchange::new(&[]).await;
    let line = link(folder.path());
    let failure = node.run(&line.iter().map(String::as_str).collect::<Vec<_>>()).await.failure();
    assert!(failure.contains("key for `identity`, not a wallet"), "{failure}");
}
