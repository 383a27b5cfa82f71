//! `epione demo` as a user runs it: the story, a second start, the end of the parent.

use serde_json::Value;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// How long a demonstration may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);
/// How long nodes may take to notice that nobody is left.
const NOTICE: Duration = Duration::from_secs(30);

/// The first port of a demonstration: others who run these tests on the same machine will hardly take it.
fn base_port(demonstration: u16) -> u16 {
    10_000 + u16::try_from(std::process::id() % 300).unwrap() * 30 + demonstration * 15
}

fn demo(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_epione"));
    command.arg("demo").arg("--dir").arg(dir).arg("--json").args(arguments);
    command
}

/// The last line of the standard output.
fn report(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = text.lines().last().unwrap_or_else(|| panic!("no report: {}", String::from_utf8_lossy(&output.stderr)));
    serde_json::from_str(last).unwrap()
}

fn assert_told_well(report: &Value, stderr: &[u8]) {
    assert_eq!(report["ok"], true, "{report}\n{}", String::from_utf8_lossy(stderr));
    let steps = report["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 9);
    assert!(steps.iter().all(|step| step["ok"] == true && step["ms"].is_u64() && step["name"].is_string()));
    assert_eq!(report["nodes"].as_array().unwrap().len(), 4);
    assert!(report["txs"].as_array().unwrap().len() >= 15);
    assert!(report["txs"].as_array().unwrap().iter().all(|id| id.as_str().unwrap().starts_with("tx1")));
}

/// Waits until nothing listens at the ports of the nodes.
fn assert_nodes_end(base_port: u16) {
    let begun = Instant::now();
    let listening = |port: &u16| TcpStream::connect(("127.0.0.1", *port)).is_ok();
    while let Some(port) = (base_port..base_port + 12).find(listening) {
        assert!(begun.elapsed() < NOTICE, "something still listens at port {port}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// A demonstration that stays up; its report.
fn staying(dir: &Path, arguments: &[&str]) -> (Child, Value) {
    let mut child = demo(dir, arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (told, report) = mpsc::channel();
    let out = BufReader::new(child.stdout.take().unwrap());
    thread::spawn(move || told.send(out.lines().next()));
    let line = report.recv_timeout(PATIENCE).expect("the story ends in time").expect("a line").unwrap();
    (child, serde_json::from_str(&line).unwrap())
}

#[test]
fn the_story_is_told_twice_in_the_same_place() {
    let folder = tempfile::tempdir().unwrap();
    let base = base_port(0);
    let first = demo(folder.path(), &["--once", "--base-port", &base.to_string()]).output().unwrap();
    assert_told_well(&report(&first), &first.stderr);
    assert!(first.status.success());
    assert_nodes_end(base);

    let second = demo(folder.path(), &["--once"]).output().unwrap();
    let told = report(&second);
    assert_told_well(&told, &second.stderr);
    assert!(second.status.success());
    assert_eq!(told["genesis"], report(&first)["genesis"]);
    assert_nodes_end(base);
}

#[test]
fn nodes_do_not_outlive_the_demonstration() {
    let folder = tempfile::tempdir().unwrap();
    let base = base_port(1);
    let (mut killed, told) = staying(folder.path(), &["--base-port", &base.to_string()]);
    assert_told_well(&told, b"");
    let again = demo(folder.path(), &["--once"]).output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(report(&again)["error"].as_str().unwrap().contains("another `epione demo` runs"));
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_nodes_end(base);

    let (mut asked, told) = staying(folder.path(), &[]);
    assert_told_well(&told, b"");
    let id = rustix::process::Pid::from_raw(i32::try_from(asked.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    assert!(asked.wait().unwrap().success());
    assert_nodes_end(base);
    for folder in ["lakeside-hospital", "patient-association"].map(|name| folder.path().join(name)) {
        let log = fs::read_to_string(folder.join("node.log")).unwrap();
        assert!(!log.contains("panicked"), "{log}");
    }
}

#[test]
fn a_place_that_cannot_be_used_is_told_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let output = demo(&file, &["--once"]).output().unwrap();
    assert_eq!((output.status.code(), &report(&output)["ok"]), (Some(1), &Value::Bool(false)));
    assert!(report(&output)["error"].as_str().unwrap().contains("--dir"));
}
