//! Nothing secret is shown to others: not in the list of processes, not in logs, not in what a crash leaves behind.

use crate::consortium::{Consortium, EPIONE, private};
use epione_cli::{
    keys::KeyFile,
    secret::{SecretSource, Terminal},
};
use std::{
    fs,
    io::{self, Write as _},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Command, Output},
};

const PASSPHRASE: &str = "what-nobody-may-find-anywhere";

fn epione(args: &[&str], paths: &[(&str, &Path)]) -> Output {
    let mut command = Command::new(EPIONE);
    command.args(args);
    for (name, path) in paths {
        command.arg(name).arg(path);
    }
    command.output().unwrap()
}

/// What a process shows to others: its arguments, its environment, and what it wrote.
fn shown(pid: u32) -> String {
    let read = |name: &str| fs::read(format!("/proc/{pid}/{name}")).unwrap();
    let (arguments, environment) = (read("cmdline"), read("environ"));
    assert!(!arguments.is_empty() && !environment.is_empty());
    String::from_utf8_lossy(&[arguments, environment].concat()).into_owned()
}

/// The secrets of a key file, as they would be printed.
fn secrets(path: &Path, passphrase: &Path) -> Vec<String> {
    let source = SecretSource::new(Some(passphrase.to_owned()), Terminal::NotAsked);
    let seed = KeyFile::read(path, &source).unwrap().key.seed();
    vec![PASSPHRASE.to_owned(), hex::encode(seed), format!("{seed:?}"), format!("{:?}", PASSPHRASE.as_bytes())]
}

#[test]
fn an_encrypted_consortium_runs_and_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let passphrase = folder.path().join("passphrase");
    private(&passphrase, PASSPHRASE);
    let mut consortium = Consortium::found_encrypted(&passphrase);
    consortium.start_all();
    let node = consortium.nodes[0].api.url("");
    let keys = consortium.nodes[0].folder.join("keys");
    let mut secret = secrets(&keys.join("vote.key"), &passphrase);
    secret.extend(secrets(&keys.join("operations.key"), &passphrase));

    let commitment = "ab".repeat(32);
    let call = ["call", "notary", "commit", "--kind", "report", "--commitment", &commitment, "--wait", "--node", &node];
    let operations = keys.join("operations.key");
    let done = epione(&call, &[("--key", &operations), ("--passphrase-file", &passphrase)]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let show = epione(&["key", "show"], &[("--json", &operations)]);
    let wrong = folder.path().join("wrong");
    private(&wrong, "another-passphrase");
    let refused = epione(&call, &[("--key", &operations), ("--passphrase-file", &wrong)]);
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("the passphrase is wrong") && !told.contains("another-passphrase"), "{told}");

    let mut seen: Vec<String> = consortium.nodes.iter().map(|node| shown(node.pid()) + &node.log()).collect();
    for output in [done, show, refused] {
        seen.push(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned());
    }
    for secret in &secret {
        assert!(seen.iter().all(|text| !text.contains(secret)), "`{secret}` is shown");
    }
    // A passphrase of the configuration that is wrong keeps the node from starting.
    consortium.nodes[0].stop();
    private(&passphrase, "another-passphrase");
    consortium.nodes[0].start();
    assert_eq!(consortium.nodes[0].ended().code(), Some(1));
    assert!(consortium.nodes[0].log().contains("the passphrase is wrong"));
}

#[test]
fn a_service_has_its_passphrase_as_a_credential() {
    let folder = tempfile::tempdir().unwrap();
    let passphrase = folder.path().join("vote-passphrase");
    private(&passphrase, PASSPHRASE);
    let mut consortium = Consortium::found_encrypted(&passphrase);
    for node in &consortium.nodes {
        crate::consortium::replace(&node.config(), "\npassphrase_file = ", "\n# passphrase_file = ");
    }
    for node in &mut consortium.nodes {
        let mut command = node.command();
        command.env("CREDENTIALS_DIRECTORY", folder.path());
        node.start_as(command);
    }
    consortium.start_all();
    consortium.assert_quiet(&[PASSPHRASE]);
}

#[test]
fn a_crash_leaves_no_memory_behind() {
    // Whether this machine dumps core at all: what a process does that forbids nothing.
    let folder = tempfile::tempdir().unwrap();
    let mut control = Command::new("sh");
    control.args(["-c", "ulimit -c unlimited; kill -ABRT $$"]).current_dir(folder.path());
    let does_dump = control.status().unwrap().core_dumped();
    let mut consortium = Consortium::start();
    let limits = fs::read_to_string(format!("/proc/{}/limits", consortium.nodes[0].pid())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "{core}");
    consortium.nodes[0].stop();
    // The process takes back what its parent allows.
    let command = consortium.nodes[0].limited("ulimit -c unlimited");
    consortium.nodes[0].start_as(command);
    consortium.start_all();
    let status = consortium.nodes[0].crash();
    assert_eq!(status.signal(), Some(6));
    assert!(!status.core_dumped(), "the node dumped core");
    let _ = writeln!(io::stderr(), "a process that forbids nothing dumps core on this machine: {does_dump}");
}
