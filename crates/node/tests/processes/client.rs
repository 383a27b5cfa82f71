//! The command line as a client of a running node.

use crate::consortium::{Api, Consortium, EPIONE, Told, commit};
use epione_types::{Hash, TxId};
use serde_json::Value;
use std::process::Command;

/// Exit code and standard output of a client's command.
fn epione(consortium: &Consortium, args: &[&str]) -> (Option<i32>, String) {
    let node = consortium.nodes[0].api.url("");
    let key = consortium.nodes[0].folder.join("keys/operations.key");
    let done = Command::new(EPIONE).args(args).env("EPIONE_NODE", node).env("EPIONE_KEY", key).output().unwrap();
    (done.status.code(), String::from_utf8(done.stdout).unwrap())
}

#[test]
fn what_is_signed_here_is_submitted_elsewhere_and_shown() {
    let consortium = Consortium::start();
    let commitment = "ab".repeat(32);
    let draft = ["call", "notary", "commit", "--kind", "report", "--commitment", &commitment, "--dry-run", "--json"];
    let (code, signed) = epione(&consortium, &draft);
    assert_eq!(code, Some(0));
    // As a shell pipes it, to another node.
    let api = &consortium.nodes[1].api;
    let post = || api.posting("/v1/tx?wait=final", "application/json", signed.clone().into_bytes());
    let answer = Api::send(post()).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.json);
    let told = Told::of(&answer.json).unwrap();
    assert_eq!(Api::send(post()).unwrap().json, answer.json, "sent again it is told as before");
    consortium.until("the first node has it, too", |consortium| consortium.nodes[0].api.tx(told.id));
    let (code, shown) = epione(&consortium, &["tx", "show", &told.id.to_string(), "--json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((code, &shown["status"]), (Some(0), &Value::from("final")));

    // One that waits behind a gap is shown as such.
    let mut ahead = consortium.pen(0, 9).unsigned(vec![commit(Hash([7; 32]))]);
    ahead.nonce.seq += 600;
    let ahead = ahead.sign(&consortium.pen(0, 9).key);
    assert_eq!(consortium.nodes[0].api.submit(&ahead, None).unwrap().status, 202);
    let (code, shown) = epione(&consortium, &["tx", "show", &ahead.tx.id().to_string()]);
    assert!(code == Some(5) && shown.contains("accepted"), "{code:?} {shown}");
    assert_eq!(epione(&consortium, &["tx", "show", &TxId([4; 32]).to_string()]).0, Some(4));
}
