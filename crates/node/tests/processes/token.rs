//! Keys on a token: SoftHSM, which does in software what a hardware security module does.

use crate::consortium::{Consortium, EPIONE, needs, private};
use serde_json::Value;
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const PIN: &str = "7316-what-nobody-sees";

/// A token in a folder, and the program with it.
struct Bench {
    folder: tempfile::TempDir,
}

/// What the program said.
struct Told {
    code: Option<i32>,
    text: String,
    json: Value,
}

impl Bench {
    /// A token named `hospital` without keys; none if this machine has no SoftHSM.
    fn new() -> Option<Self> {
        if !needs("SoftHSM (softhsm2)", Path::new(MODULE)) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let tokens = folder.path().join("tokens");
        let config = format!("directories.tokendir = {}\nobjectstore.backend = file\n", tokens.display());
        fs::write(folder.path().join("softhsm2.conf"), config).unwrap();
        private(&folder.path().join("pin"), PIN);
        private(&folder.path().join("wrong"), "1234");
        let bench = Self { folder };
        bench.insert_token();
        Some(bench)
    }

    /// A fresh token in the place of the one before.
    fn insert_token(&self) {
        let _ = fs::remove_dir_all(self.path("tokens"));
        fs::create_dir(self.path("tokens")).unwrap();
        let mut init = self.command("softhsm2-util");
        init.args(["--init-token", "--free", "--label", "hospital", "--so-pin", "12345678", "--pin", PIN]);
        let done = init.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("SOFTHSM2_CONF", self.path("softhsm2.conf"));
        command
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program in the folder of the token; nothing that it shows has the PIN.
    fn epione(&self, arguments: &[&str]) -> Told {
        let done = self.command(EPIONE).arg("--json").args(arguments).current_dir(self.folder.path()).output().unwrap();
        let text = String::from_utf8_lossy(&[&*done.stdout, &done.stderr].concat()).into_owned();
        assert!(!text.contains(PIN) && !text.contains("panicked"), "{arguments:?}: {text}");
        let json = serde_json::from_slice(&done.stdout).unwrap_or_default();
        Told { code: done.status.code(), text, json }
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> Value {
        let told = self.epione(arguments);
        assert_eq!(told.code, Some(0), "{arguments:?}: {}", told.text);
        told.json
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str], code: i32, words: &[&str]) {
        let told = self.epione(arguments);
        assert_eq!(told.code, Some(code), "{arguments:?}: {}", told.text);
        for word in words {
            assert!(told.text.contains(word), "{arguments:?}: `{word}` is not said: {}", told.text);
        }
    }
}

fn uri(object: &str) -> String {
    format!("pkcs11:token=hospital;object={object}?module-path={MODULE}")
}

#[test]
fn keys_on_a_token_take_the_place_of_others_and_sign_transactions() {
    let Some(bench) = Bench::new() else { return };
    let consortium = Consortium::start();
    let node = consortium.nodes[0].api.url("");
    let key = |name: &str| consortium.nodes[0].folder.join("keys").join(name).to_str().unwrap().to_owned();
    let rotate = |purpose: &str, by: &str, out: &str| {
        let uri = uri(purpose);
        let arguments =
            ["key", "rotate", "--node", &node, "--purpose", purpose, "--key", by, "--passphrase-file", "pin"];
        bench.done(&[&arguments[..], &["--pkcs11", &uri, "--new-passphrase-file", "pin", "--out", out]].concat())
    };
    // A key in a file signs for the first, and that for the second: then both are on the token.
    rotate("root", &key("root.key"), "root.key");
    rotate("operations", "root.key", "operations.key");
    let shown = bench.done(&["key", "show", "operations.key"]);
    assert_eq!((&shown["kept"], &shown["purpose"]), (&"on a token".into(), &"operations".into()), "{shown}");
    let text = fs::read_to_string(bench.path("operations.key")).unwrap();
    assert!(
        text.contains("\nToken: pkcs11:token=hospital;object=operations;id=") && !text.contains("PRIVATE"),
        "{text}"
    );

    let commitment = "ab".repeat(32);
    let call = ["call", "notary", "commit", "--kind", "report", "--commitment", &commitment, "--wait", "--node", &node];
    let with = |key: &str, pin: &str| [&call[..], &["--key", key, "--passphrase-file", pin]].concat().join("\n");
    let split = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let run = |key: &str, pin: &str| {
        let arguments = split(&with(key, pin));
        bench.epione(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let told = run("operations.key", "pin");
    assert!(told.code == Some(0) && told.json["status"] == "final", "{}", told.text);
    let told = run(&key("operations.key"), "pin");
    assert!(told.code == Some(1) && told.text.contains("wrong-key"), "{}", told.text);
    let told = run("operations.key", "wrong");
    assert!(told.code == Some(1) && told.text.contains("the PIN of the token `hospital` is wrong"), "{}", told.text);

    // Another token comes, with another key under the same name and identifier.
    bench.insert_token();
    let uri = shown["token"].as_str().unwrap();
    bench.done(&[
        "key",
        "new",
        "--purpose",
        "operations",
        "--pkcs11",
        uri,
        "--passphrase-file",
        "pin",
        "--out",
        "b.key",
    ]);
    let told = run("operations.key", "pin");
    assert!(told.code == Some(1) && told.text.contains("not of the key in the key file"), "{}", told.text);
    consortium.assert_quiet(&[PIN]);
}

#[test]
fn a_token_makes_finds_and_lists_keys() {
    let Some(bench) = Bench::new() else { return };
    let (a, b) = (uri("a"), uri("b"));
    let new = ["key", "new", "--purpose", "operations", "--passphrase-file", "pin", "--pkcs11"];
    let made = bench.done(&[&new[..], &[&a, "--out", "a.key"]].concat());
    bench.refused(&[&new[..], &[&a, "--out", "again.key"]].concat(), 1, &["has a key named `a`", "--existing"]);
    let found = bench.done(&[&new[..], &[&a, "--existing", "--out", "found.key"]].concat());
    assert_eq!((&made["public"], &made["kept"]), (&found["public"], &"on a token".into()));
    bench.refused(&[&new[..], &[&b, "--existing", "--out", "b.key"]].concat(), 1, &["has no Ed25519 key"]);
    assert!(!bench.path("b.key").exists());

    // The PIN may also stand in a file that the URI names.
    let source = format!("{b}&pin-source=file:{}", bench.path("pin").display());
    bench.done(&["key", "new", "--purpose", "root", "--pkcs11", &source, "--out", "b.key"]);
    let all = format!("pkcs11:token=hospital?module-path={MODULE}");
    let listed = bench.done(&["key", "list", &all, "--passphrase-file", "pin"]);
    let mut publics: Vec<&Value> = listed["keys"].as_array().unwrap().iter().map(|key| &key["public"]).collect();
    publics.sort_by_key(|public| public.to_string());
    let shown = bench.done(&["key", "show", "b.key"]);
    let mut expected = vec![&made["public"], &shown["public"]];
    expected.sort_by_key(|public| public.to_string());
    assert_eq!(publics, expected);
}

#[test]
fn what_does_not_work_is_told() {
    let Some(bench) = Bench::new() else { return };
    let a = uri("a");
    let new = ["key", "new", "--purpose", "operations", "--out", "a.key"];
    let with = |uri: &str, pin: &str| [&new[..], &["--pkcs11", uri, "--passphrase-file", pin]].concat().join("\n");
    let refused = |uri: &str, pin: &str, code: i32, words: &[&str]| {
        let arguments = with(uri, pin);
        bench.refused(&arguments.lines().collect::<Vec<_>>(), code, words);
        assert!(!bench.path("a.key").exists());
    };
    refused(&a, "wrong", 1, &["the PIN of the token `hospital` is wrong", "locks itself"]);
    refused(&a, "nothing", 1, &["nothing", "No such file"]);
    refused(&a.replace("=hospital", "=clinic"), "pin", 1, &["`clinic` is not there", "there are `hospital`"]);
    refused(&a.replace("object=a", "id=%01"), "pin", 1, &["add `object`"]);
    refused(&format!("{a}&pin-value=9999"), "pin", 2, &["pin-value", "pin-source"]);
    refused(
        "pkcs11:token=hospital;object=a?module-path=/nowhere/module.so",
        "pin",
        1,
        &["/nowhere/module.so", "installed"],
    );
    // A library runs with all rights of the process: one that others may change is not loaded.
    let (text, exposed) = (bench.path("text.so"), bench.path("exposed.so"));
    fs::write(&text, "no library").unwrap();
    fs::copy(MODULE, &exposed).unwrap();
    fs::set_permissions(&exposed, Permissions::from_mode(0o666)).unwrap();
    refused(&a.replace(MODULE, text.to_str().unwrap()), "pin", 1, &["no PKCS#11 module"]);
    refused(&a.replace(MODULE, exposed.to_str().unwrap()), "pin", 1, &["others may change it"]);
    let vote = ["key", "new", "--purpose", "vote", "--out", "v.key", "--pkcs11", &a, "--passphrase-file", "pin"];
    bench.refused(&vote, 2, &["does not go with a vote key"]);
    let direct = ["call", "notary", "withdraw", "--id", "note1r0evt6yyu7ecwue5g3yrz9mrxvqyr4kc", "--key", &a];
    bench.refused(&direct, 2, &["--existing", "--out FILE"]);

    // The token goes.
    bench.done(&with(&a, "pin").lines().collect::<Vec<_>>());
    fs::remove_dir_all(bench.path("tokens")).unwrap();
    fs::create_dir(bench.path("tokens")).unwrap();
    let list = ["key", "list", &a, "--passphrase-file", "pin"];
    bench.refused(&list, 1, &["`hospital` is not there", "no token is there"]);
}
