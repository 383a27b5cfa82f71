//! Receipts of real nodes: got, verified without any node, and refused when a bit of them is another one.

use crate::{
    consortium::{Consortium, EPIONE, Load, Pen, Told},
    members::{decide, org, until},
};
use epione_modules::network::{Change, ExclusionReason, Role};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Exit code, standard output and error of a command that meets no node unless `node` names one.
fn run(args: &[&str], paths: &[&Path], node: Option<String>) -> (Option<i32>, String, String) {
    let mut command = Command::new(EPIONE);
    command.args(args).args(paths).env("EPIONE_NODE", node.unwrap_or_else(|| "http://127.0.0.1:1".to_owned()));
    let done = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.code(), text(done.stdout), text(done.stderr))
}

fn genesis(consortium: &Consortium) -> PathBuf {
    consortium.dir().join("genesis.json")
}

/// The receipt of a transaction or event, from the node `at`.
fn get(consortium: &Consortium, at: usize, id: &str, file: &Path) -> Value {
    let args = ["receipt", "get", "--json", id, "--out"];
    let (code, told, error) = run(&args, &[file], Some(consortium.nodes[at].api.url("")));
    assert_eq!(code, Some(0), "{error}");
    serde_json::from_str(&told).unwrap()
}

fn verify(receipt: &Path, genesis: &Path) -> (Option<i32>, String, String) {
    run(&["receipt", "verify", "--json", "--genesis"], &[genesis, receipt], None)
}

fn proved(receipt: &Path, genesis: &Path) -> Value {
    let (code, proved, error) = verify(receipt, genesis);
    assert_eq!(code, Some(0), "{error}");
    serde_json::from_str(&proved).unwrap()
}

/// Bits of every part of the receipt, each flipped; and the receipt cut and prolonged.
fn assert_damage_is_found(receipt: &Path, genesis: &Path, dir: &Path) {
    let bytes = fs::read(receipt).unwrap();
    let damaged = dir.join("damaged.receipt");
    let step = bytes.len() / 23;
    let mut others: Vec<Vec<u8>> = (0..bytes.len())
        .step_by(step)
        .map(|at| {
            let mut other = bytes.clone();
            other[at] ^= 1 << (at % 8);
            other
        })
        .collect();
    others.push(bytes[..bytes.len() - 1].to_vec());
    others.push([&bytes[..], &[0]].concat());
    for other in others {
        fs::write(&damaged, other).unwrap();
        let (code, said, error) = verify(&damaged, genesis);
        assert!(
            code == Some(1) && said.is_empty() && error.contains("proves nothing (fault "),
            "{code:?} {said} {error}"
        );
    }
}

/// What the example in Python says; none where it cannot run.
#[expect(clippy::print_stdout, reason = "who runs the tests must hear what was not tested")]
fn by_python(receipt: &Path, genesis: &Path) -> Option<(bool, String)> {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/verify_receipt.py");
    let named = std::env::var_os("EPIONE_PYTHON");
    let python = named.clone().unwrap_or_else(|| "python3".into());
    match Command::new(&python).args(["-c", "import cryptography"]).output() {
        Ok(done) if done.status.success() => {}
        _ if named.is_some() => panic!("{python:?} is no Python with the package `cryptography`"),
        _ => {
            println!("passed over: the example in Python needs python3 with the package `cryptography`");
            return None;
        }
    }
    let done = Command::new(&python).arg(example).args([receipt, genesis]).output().unwrap();
    let (said, error) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
    Some((done.status.success(), said + &error))
}

#[test]
fn receipts_of_real_nodes_verify_without_them() {
    let mut consortium = Consortium::start();
    let first: Told = consortium.nodes[0].api.submit_final(&consortium.pen(0, 0).entry());
    let load = Load::begin(&consortium, 7);
    consortium.until("clients are told of transactions", |_| (load.told() >= 200).then_some(()));
    let told = load.end();
    consortium.settle();
    let dir = tempfile::tempdir().unwrap();
    let genesis = genesis(&consortium);
    let file = |name: &str| dir.path().join(name);

    // Of an old block and of the last one, from every node.
    let last = told.last().unwrap();
    for (at, told) in [(0, &first), (1, &first), (2, last), (3, last)] {
        let receipt = file(&format!("{at}.receipt"));
        let got = get(&consortium, at, &told.id.to_string(), &receipt);
        assert!(got["bytes"].as_u64().unwrap() <= 2_000, "{got}");
        let proved = proved(&receipt, &genesis);
        assert_eq!(proved["origin"]["tx"]["id"], told.id.to_string());
        assert_eq!(proved["codes"], serde_json::json!(told.codes));
        assert!(proved["height"].as_u64().unwrap() >= told.height, "{proved}");
        assert_eq!(proved["voters"].as_array().map(Vec::len), Some(3));
        let block = consortium.nodes[at].api.json(&format!("/v1/blocks/{}", proved["height"]));
        assert_eq!(proved["block"], block["hash"]);
    }
    // Of an event of the genesis, which only a position names.
    let receipt = file("genesis.receipt");
    get(&consortium, 3, "0", &receipt);
    assert_eq!(proved(&receipt, &genesis)["event"]["event"], "admitted");

    // Without any node.
    let receipt = file("0.receipt");
    for node in &mut consortium.nodes {
        node.stop();
    }
    let (code, words, _) = run(&["receipt", "verify", "--genesis"], &[&genesis, &receipt], None);
    assert!(
        code == Some(0)
            && words.contains("is final: call 1 succeeded, call 2 was refused")
            && words.contains("Assumption: "),
        "{words}"
    );
    assert_damage_is_found(&receipt, &genesis, dir.path());
    if let Some((verified, said)) = by_python(&receipt, &genesis) {
        assert!(verified && said.contains("\"changes\": 0") && said.contains("assumed: "), "{said}");
        let (verified, said) = by_python(&file("damaged.receipt"), &genesis).unwrap();
        assert!(!verified && said.contains("the receipt proves nothing"), "{said}");
    }
    let other = Consortium::found();
    let (code, _, error) = verify(&receipt, &self::genesis(&other));
    assert!(code == Some(1) && error.contains("fault 6"), "{error}");
    // A node makes its tree again from the log.
    let tree = consortium.nodes[0].data().join("ledger");
    for entry in fs::read_dir(tree).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with("ledger-tree") {
            fs::remove_dir_all(entry.path()).unwrap();
        }
    }
    consortium.start_all();
    let again = file("again.receipt");
    get(&consortium, 0, &first.id.to_string(), &again);
    proved(&again, &genesis);
    consortium.assert_quiet(&[]);
}

#[test]
fn receipts_outlast_the_validators_that_signed() {
    let mut consortium = Consortium::found_with_observer(&["--epoch-blocks", "8"]);
    consortium.start_all();
    let mut voters: Vec<Pen> = (0..4).map(|at| consortium.pen(at, 1)).collect();
    let regulator = consortium.pen(4, 1);
    until(&consortium, 4, "follows");
    let first = consortium.nodes[0].api.submit_final(&consortium.pen(0, 0).entry());
    // One enters, another is suspended: two changes of who signs.
    decide(&consortium, Change::ChangeRole { org: org(&regulator), role: Role::Validator }, &mut voters);
    until(&consortium, 4, "votes");
    voters.extend([regulator, consortium.pen_of_pharmacy(1)]);
    let suspended = org(&voters.remove(1));
    let reason = ExclusionReason::Breach;
    decide(&consortium, Change::Suspend { org: suspended, reason }, &mut voters);
    until(&consortium, 1, "follows");
    let last = consortium.nodes[0].api.submit_final(&consortium.pen(0, 3).entry());

    let dir = tempfile::tempdir().unwrap();
    let (genesis, file) = (genesis(&consortium), |name: &str| dir.path().join(name));
    for (at, told, changes) in [(0, &first, 0), (4, &first, 0), (1, &last, 2), (3, &last, 2)] {
        let receipt = file(&format!("{at}.receipt"));
        get(&consortium, at, &told.id.to_string(), &receipt);
        let proved = proved(&receipt, &genesis);
        assert_eq!(proved["codes"], serde_json::json!(told.codes));
        assert_eq!(proved["changes"].as_array().map(Vec::len), Some(changes), "{proved}");
    }
    let (with, without) =
        (fs::metadata(file("3.receipt")).unwrap().len(), fs::metadata(file("0.receipt")).unwrap().len());
    assert!(with - without <= 2 * 700, "{with} and {without} bytes");
    assert_damage_is_found(&file("3.receipt"), &genesis, dir.path());
    if let Some((verified, said)) = by_python(&file("3.receipt"), &genesis) {
        assert!(verified && said.contains("\"changes\": 2"), "{said}");
    }
    // A node that restarts finds the changes again.
    consortium.nodes[3].stop();
    consortium.start_all();
    get(&consortium, 3, &last.id.to_string(), &file("again.receipt"));
    proved(&file("again.receipt"), &genesis);
    consortium.assert_quiet(&[]);
}

#[test]
fn what_cannot_be_got_is_said() {
    let consortium = Consortium::start();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none.receipt");
    let url = || Some(consortium.nodes[0].api.url(""));
    let get = |id: &str| run(&["receipt", "get", id, "--out"], &[&path], url());
    let unknown = epione_types::TxId([4; 32]).to_string();
    for (id, expected, part) in [
        (unknown.as_str(), 4, "no transaction"),
        ("1000000", 4, "no final event"),
        ("tx1no", 2, "neither the position"),
    ] {
        let (code, _, error) = get(id);
        assert!(code == Some(expected) && error.contains(part), "{code:?} {error}");
    }
    assert!(!path.exists());
    assert_eq!(get("0").0, Some(0));
    let (code, _, error) = get("0");
    assert!(code == Some(1) && error.contains("exists"), "{error}");
    let (code, _, error) = verify(&dir.path().join("nothing"), &genesis(&consortium));
    assert!(code == Some(1) && error.contains("nothing: "), "{error}");

    // The proofs about the tree as a whole.
    consortium.settle();
    let size = consortium.nodes[0].api.status().unwrap()["event_size"].as_u64().unwrap();
    let proof = consortium.nodes[0].api.json(&format!("/v1/tree/consistency?from=3&to={size}"));
    let hashes: Vec<epione_types::Hash> = serde_json::from_value(proof["path"].clone()).unwrap();
    assert!(!hashes.is_empty());
    let more = consortium.nodes[0].api.get(&format!("/v1/tree/consistency?from=3&to={}", size + 1_000)).unwrap();
    assert_eq!(more.status, 404);
}
