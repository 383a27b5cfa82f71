//! Configurations, genesis and keys that a node cannot run with: each is told by name before anything is opened.

use crate::consortium::{Consortium, epione, private, replace};
use epione_cli::{
    keys::{KeyFile, Protection},
    secret::{SecretSource, Terminal},
};
use epione_types::ChainId;
use serde_json::{Value, json};
use std::{
    fs::{self, Permissions},
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// A consortium of which no node runs, and a copy of one node's folder to be damaged.
struct Bench {
    consortium: Consortium,
    folder: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let consortium = Consortium::found();
        let folder = consortium.dir().join("damaged");
        Self { consortium, folder }
    }

    /// What `epione node` says after `damage` was done to a fresh copy of the folder of the first node.
    #[track_caller]
    fn refused(&self, what: &str, damage: impl FnOnce(&Path), words: &[&str]) {
        let _ = fs::remove_dir_all(&self.folder);
        fs::create_dir_all(self.folder.join("keys/tls")).unwrap();
        let from = &self.consortium.nodes[0].folder;
        for file in ["node.toml", "keys/vote.key", "keys/operations.key", "keys/tls/1.pem", "keys/tls/1.key"] {
            fs::copy(from.join(file), self.folder.join(file)).unwrap();
        }
        fs::copy(self.consortium.dir().join("genesis.json"), self.folder.join("genesis.json")).unwrap();
        replace(&self.folder.join("node.toml"), "\"../genesis.json\"", "\"genesis.json\"");
        damage(&self.folder);
        let (code, error) = epione(&["node", "--config"], &[&self.folder.join("node.toml")]);
        assert_eq!(code, Some(1), "{what}: {error}");
        assert!(!error.contains("panicked"), "{what}: {error}");
        for word in words {
            assert!(error.contains(word), "{what}: `{word}` is not said: {error}");
        }
        assert!(!error.contains(&secret(&from.join("keys/vote.key"))), "{what}: the secret is told: {error}");
    }
}

/// The line with the secret in a key file that is not encrypted.
fn secret(path: &Path) -> String {
    fs::read_to_string(path).unwrap().lines().rev().nth(1).unwrap().to_owned()
}

/// Damage to the configuration: one text in the place of another.
fn config<'a>(from: &'a str, to: &'a str) -> impl FnOnce(&Path) + 'a {
    move |folder| replace(&folder.join("node.toml"), from, to)
}

/// Damage to a JSON file at a pointer.
fn at<'a>(file: &'a str, pointer: &'a str, value: Value) -> impl FnOnce(&Path) + 'a {
    move |folder| {
        let path = folder.join(file);
        let mut json: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        *json.pointer_mut(pointer).unwrap() = value;
        fs::write(&path, json.to_string()).unwrap();
    }
}

#[test]
fn configurations() {
    let bench = Bench::new();
    let port = bench.consortium.nodes[0].api.address.port();
    let (http, consensus) = (format!("\"127.0.0.1:{port}\""), format!("\"127.0.0.1:{}\"", port + 1));
    let toml = "node.toml";
    bench.refused("no file", |folder| fs::remove_file(folder.join(toml)).unwrap(), &["node.toml", "No such file"]);
    bench.refused("no text", |folder| fs::write(folder.join(toml), [0xff; 9]).unwrap(), &["node.toml", "UTF-8"]);
    bench.refused("no TOML", |folder| fs::write(folder.join(toml), "name = [").unwrap(), &["node.toml", "line 1"]);
    bench.refused("empty", |folder| fs::write(folder.join(toml), "").unwrap(), &["missing field"]);
    let large = |folder: &Path| fs::write(folder.join(toml), "#".repeat(2 << 20)).unwrap();
    bench.refused("too large", large, &["2097152 bytes are no configuration"]);
    bench.refused("an unknown key", config("worker_threads", "worker_thread"), &["worker_thread", "unknown field"]);
    bench.refused("a wrong type", config("worker_threads = 2", "worker_threads = \"2\""), &["worker_threads"]);
    bench.refused("no threads", config("worker_threads = 2", "worker_threads = 0"), &["worker_threads", "nonzero"]);
    bench.refused(
        "a name too long",
        config("\"Lakeside Hospital\"", &format!("{:?}", "x".repeat(65))),
        &["name", "64"],
    );
    bench.refused("HTTP for all", config(&http, "\"0.0.0.0:7400\""), &["`http.listen`", "loopback"]);
    bench.refused("no port", config(&consensus, "\"127.0.0.1:0\""), &["`consensus.listen`", "port 0"]);
    bench.refused("no address", config(&consensus, "\"localhost\""), &["listen", "invalid socket address"]);
    bench.refused("no level", config("level = \"", "level = \"a=b=c,"), &["`log.level`"]);
    bench.refused(
        "a small cache",
        config("page_cache_bytes = 33554432", "page_cache_bytes = 1"),
        &["page_cache_bytes"],
    );
    let (code, error) = epione(&["node"], &[]);
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("--config"), "{error}");
}

#[test]
fn geneses() {
    let bench = Bench::new();
    let file = "genesis.json";
    let write = |bytes: Vec<u8>| move |folder: &Path| fs::write(folder.join(file), bytes).unwrap();
    bench.refused("no file", |folder| fs::remove_file(folder.join(file)).unwrap(), &[file, "No such file"]);
    bench.refused("no text", write(vec![0xff; 99]), &[file, "UTF-8"]);
    bench.refused("cut off", write(b"{\"version\": 1".to_vec()), &[file, "EOF"]);
    bench.refused("another version", at(file, "/version", json!(2)), &[file, "version"]);
    bench.refused("another name", at(file, "/name", json!("Another")), &[file, "chain"]);
    bench.refused("another time", at(file, "/time", json!(1)), &[file, "chain"]);
    bench.refused("no hexadecimal salt", at(file, "/salt", json!("xy")), &[file, "hexadecimal"]);
    bench.refused("a wrong chain", at(file, "/chain", json!("chain1x")), &[file, "chain1x"]);
    bench.refused("a field too many", at(file, "/modules", json!({ "network": {}, "more": {} })), &[file, "more"]);
    bench.refused("no members", at(file, "/modules/network/members", json!([])), &[file, "was changed"]);
    let kind = "/modules/network/members/1/kind";
    bench.refused("a kind that is none", at(file, kind, json!("poem")), &[file, "members[1].kind", "poem"]);
    let key = "/modules/network/members/2/keys/root";
    bench.refused("a key that is none", at(file, key, json!("edk1x")), &[file, "members[2].keys.root"]);
}

#[test]
fn keys() {
    let bench = Bench::new();
    let file = "keys/vote.key";
    let other = bench.consortium.nodes[1].folder.join(file);
    let mode =
        |mode| move |folder: &Path| fs::set_permissions(folder.join(file), Permissions::from_mode(mode)).unwrap();
    bench.refused("no file", |folder| fs::remove_file(folder.join(file)).unwrap(), &["vote.key", "No such file"]);
    bench.refused("others may read it", mode(0o644), &["vote.key", "0644", "chmod 600"]);
    bench.refused("the group may write it", mode(0o620), &["vote.key", "0620", "chmod 600"]);
    let wrong_purpose = config("\"keys/vote.key\"", "\"keys/operations.key\"");
    bench.refused("an operations key", wrong_purpose, &["`keys.vote`", "operations key"]);
    bench.refused("a folder", config("\"keys/vote.key\"", "\"keys\""), &["keys.vote", "not a regular file"]);
    let cut = |folder: &Path| {
        let text = fs::read(folder.join(file)).unwrap();
        fs::write(folder.join(file), &text[..text.len() / 2]).unwrap();
    };
    bench.refused("cut off", cut, &["vote.key", "not a key file"]);
    let change = |from: &'static str, to: &'static str| move |folder: &Path| replace(&folder.join(file), from, to);
    bench.refused("another format", change("epione-key/1", "epione-key/9"), &["vote.key", "not a key file"]);
    bench.refused("another purpose", change("Purpose: vote", "Purpose: root"), &["vote.key", "the key signed"]);
    bench.refused("no block", change("BEGIN PRIVATE KEY", "BEGIN"), &["vote.key", "damaged"]);
    let swapped = |folder: &Path| replace(&folder.join(file), &secret(&folder.join(file)), &secret(&other));
    bench.refused("another secret", swapped, &["vote.key", "damaged"]);
    let bound = |folder: &Path| {
        let key = folder.join(file);
        let read = KeyFile::read(&key, &SecretSource::none()).unwrap();
        fs::remove_file(&key).unwrap();
        KeyFile { chain: Some(ChainId([5; 32])), ..read }.create(&key, &Protection::None).unwrap();
    };
    bench.refused("of another chain", bound, &["`keys.vote`", "another chain"]);
    let encrypted = |folder: &Path| {
        let (key, passphrase) = (folder.join(file), folder.join("passphrase"));
        private(&passphrase, "the passphrase of a vote key");
        let chosen = SecretSource::new(Some(passphrase.clone()), Terminal::NotAsked).choose("").unwrap();
        KeyFile::read(&key, &SecretSource::none()).unwrap().rewrite(&key, &Protection::Passphrase(chosen)).unwrap();
        private(&passphrase, "another passphrase, alas");
        replace(&folder.join("node.toml"), "# passphrase_file = \"keys/vote.", "passphrase_file = \"");
    };
    bench.refused("a wrong passphrase", encrypted, &["`keys.vote`", "the passphrase is wrong"]);
}

#[test]
fn places_that_are_taken() {
    let mut bench = Bench::new();
    let node = bench.consortium.nodes[0].api.address;
    let peers = SocketAddr::new(node.ip(), node.port() + 1);
    for (what, address) in [("cannot serve HTTP on", node), ("cannot listen for peers on", peers)] {
        let taken = TcpListener::bind(address).unwrap();
        bench.refused("a port is taken", |_| {}, &[what, &address.to_string(), "in use"]);
        drop(taken);
    }
    let file = |folder: &Path| fs::write(folder.join("data"), "").unwrap();
    bench.refused("the data directory is a file", file, &["data directory", "damaged/data"]);
    // A second process on the files of a running node.
    bench.consortium.start_all();
    let second = |folder: &Path| {
        let path = folder.join("node.toml");
        replace(&path, &format!("\"{node}\""), &format!("\"127.0.0.1:{}\"", node.port() + 8));
        replace(&path, &format!("\"{peers}\""), &format!("\"127.0.0.1:{}\"", node.port() + 9));
        replace(&path, "data_dir = \"data\"", "data_dir = \"../lakeside-hospital/data\"");
    };
    bench.refused("the data directory is in use", second, &["data directory", "is used by another process"]);
    // The first goes on.
    let told = bench.consortium.nodes[0].api.submit_final(&bench.consortium.pen(0, 0).entry());
    bench.consortium.assert_agreement(&[told]);
    bench.consortium.assert_quiet(&[]);
    // What the node wrote is of no use to a node of another chain.
    bench.consortium.nodes[0].stop();
    let other = Bench::new();
    let data = bench.consortium.nodes[0].data();
    let moved = |folder: &Path| fs::rename(&data, folder.join("data")).unwrap();
    other.refused("the data of another chain", moved, &["data directory", "another chain"]);
}
