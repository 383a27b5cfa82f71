//! The members agree on a height and go on under a release that keeps the state in another format.

use crate::{
    consortium::{Consortium, EPIONE, Load, Pen, ends},
    members::{decide, until},
};
use epione_modules::network::Change;
use epione_types::Text;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

/// The release that keeps the state in the next format: an example of this package, which differs in that number alone.
pub(crate) fn next_release() -> PathBuf {
    let path = Path::new(EPIONE).parent().unwrap().join("examples/next_format");
    assert!(path.exists(), "{} is missing: cargo build -p epione-node --example next_format", path.display());
    path
}

/// What a node writes that does not start.
fn refuses(program: &Path, config: &Path) -> String {
    let mut command = Command::new(program);
    command.args(["node", "--config"]).arg(config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let ended = ends(&mut child, Duration::from_secs(30));
    if ended.is_none() {
        let _ = child.kill();
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(ended.and_then(|status| status.code()), Some(1), "it should not start");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn run(program: &Path, arguments: &[&str], path: &Path) -> Value {
    let done = Command::new(program).args(arguments).arg(path).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap_or_default()
}

/// Blocks per epoch.
const EPOCH: u64 = 64;

/// Has the members agree on a height a few blocks ahead; that of the last block of its epoch.
fn agree(consortium: &Consortium) -> u64 {
    let mut voters: Vec<Pen> = (0..4).map(|at| consortium.pen(at, 2)).collect();
    let height = consortium.nodes[0].api.height().unwrap() + 40;
    let release = Text::new("0.2.0").unwrap();
    decide(consortium, Change::HaltAt { height, release, state_format: 2 }, &mut voters);
    height - height % EPOCH + EPOCH - 1
}

/// Waits until so many nodes, from the first on, have written their rows.
pub(crate) fn halted(consortium: &Consortium, nodes: &[usize], height: u64) {
    let rows = consortium.until("all nodes have halted and written their rows", |consortium| {
        let halted = |status: Value| status["halted"].clone();
        let all: Option<Vec<Value>> = nodes.iter().map(|at| consortium.nodes[*at].api.status().map(halted)).collect();
        all.filter(|all| all.iter().all(|halted| halted["rows"].is_string()))
    });
    for halted in &rows {
        assert_eq!((&halted["height"], &halted["release"]), (&json!(height), &json!("0.2.0")));
        assert_eq!((&halted["state_format"], &halted["rows"]), (&json!(2), &rows[0]["rows"]));
    }
}

fn install(consortium: &mut Consortium, at: usize) {
    let node = &mut consortium.nodes[at];
    node.stop();
    node.program = next_release();
    node.start();
}

#[test]
fn a_consortium_goes_on_under_a_release_with_another_format_of_the_state() {
    let mut consortium = Consortium::found_with(&["--epoch-blocks", &EPOCH.to_string()]);
    consortium.start_all();
    let load = Load::begin(&consortium, 1);
    consortium.until("much became final", |_| (load.told() > 100).then_some(()));
    // One is away while the others come to the height.
    consortium.nodes[3].kill();
    let height = agree(&consortium);
    halted(&consortium, &[0, 1, 2], height);
    let before: Vec<Value> = consortium.nodes[..3].iter().map(|node| node.api.status().unwrap()).collect();
    assert!(before.iter().all(|status| status["height"] == height && status["state_format"] == 1), "{before:?}");
    assert!(before.iter().all(|status| !status["not_ready"].is_null()), "{before:?}");

    // A restart under the old release changes nothing.
    consortium.nodes[0].stop();
    consortium.nodes[0].start();
    halted(&consortium, &[0], height);
    // One node alone cannot go on. Its passage may be interrupted anywhere.
    install(&mut consortium, 0);
    for ms in [5, 20, 60, 100, 150, 250] {
        consortium.nodes[0].kill();
        consortium.nodes[0].start();
        thread::sleep(Duration::from_millis(ms));
    }
    consortium.until("it has gone over", |consortium| consortium.nodes[0].api.height().filter(|at| *at == height));
    install(&mut consortium, 1);
    install(&mut consortium, 2);
    let told = load.told();
    consortium.until("three of four go on", |_| (load.told() > told + 20).then_some(()));
    // The fourth fetches the last blocks under the old release, writes its rows, and says what is to be done; it answers
    // from the state, too, although it follows no further.
    consortium.nodes[3].start();
    halted(&consortium, &[3], height);
    consortium.until("the fourth says what to do", |consortium| {
        consortium.nodes[3].log().contains("install that release and start it again").then_some(())
    });
    let old = consortium.nodes[3].api.status().unwrap();
    assert_eq!((&old["height"], &old["halted"]["rows"]), (&json!(height), &before[0]["halted"]["rows"]));
    let committee = consortium.nodes[3].api.json("/v1/network/committee");
    assert_eq!((&committee["source"], &committee["height"]), (&json!("state"), &json!(height)));
    install(&mut consortium, 3);
    for at in 0..4 {
        until(&consortium, at, "votes");
    }
    let told = load.end();
    consortium.assert_agreement(&told);
    assert_goes_on(&consortium, height, &before[0]);

    // Under the new format crashes and restarts are what they were.
    let load = Load::begin(&consortium, 2);
    consortium.until("clients are told", |_| (load.told() > 40).then_some(()));
    consortium.nodes.iter_mut().for_each(|node| node.kill());
    consortium.start_all();
    let before = load.told();
    consortium.until("clients are told again", |_| (load.told() > before + 40).then_some(()));
    consortium.assert_agreement(&load.end());
    consortium.assert_quiet(&[]);
    assert_checks(&mut consortium);
}

/// What stands in the first blocks of the new format.
fn assert_goes_on(consortium: &Consortium, height: u64, before: &Value) {
    let api = &consortium.nodes[0].api;
    let header = |height: u64| api.json(&format!("/v1/blocks/{height}"))["header"].clone();
    let (last, first) = (header(height), header(height + 1));
    assert_eq!((&last["state_format"], &first["state_format"]), (&json!(1), &json!(2)));
    assert_eq!(last["state_root"], before["state_root"]);
    let events = api.events(api.status().unwrap()["event_size"].as_u64().unwrap());
    let told: Vec<&str> = events.lines().filter(|line| line.contains("\"event\":\"upgraded\"")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    let told: Value = serde_json::from_str(told[0].strip_prefix("data: ").unwrap()).unwrap();
    let expected = json!({
        "height": height, "old_format": 1, "new_format": 2, "old_root": before["state_root"],
        "rows_root": before["halted"]["rows"],
    });
    assert_eq!((&told["height"], &told["fields"]), (&json!(height + 1), &expected));
    for node in &consortium.nodes {
        let status = node.api.status().unwrap();
        assert_eq!((&status["halted"], &status["not_ready"]), (&Value::Null, &Value::Null));
    }
}

/// An audit and receipts lead through the passage; the old release does not take up what the new one wrote.
fn assert_checks(consortium: &mut Consortium) {
    let node = &consortium.nodes[0];
    let receipt = consortium.dir().join("first.receipt");
    let get = ["receipt", "get", "0", "--node", &node.api.url(""), "--out"];
    run(&node.program, &get, &receipt);
    let genesis = consortium.dir().join("genesis.json");
    let verify = ["receipt", "verify", receipt.to_str().unwrap(), "--json", "--genesis"];
    // The old release verifies what the new one gave, and the other way round.
    assert_eq!(run(Path::new(EPIONE), &verify, &genesis)["position"], 0);
    assert_eq!(run(&node.program, &verify, &genesis)["position"], 0);

    let node = &mut consortium.nodes[0];
    node.stop();
    let audited = run(&node.program, &["audit", "--json", "--config"], &node.config());
    assert_eq!(audited["ok"], true);
    let error = refuses(Path::new(EPIONE), &node.config());
    assert!(error.contains("keeps the state in format 1, the chain in format 2"), "{error}");
    assert_comes_in_by_an_archive(consortium, &genesis);
}

/// A node without data begins from an archive that leads through the passage, and from nothing else.
fn assert_comes_in_by_an_archive(consortium: &mut Consortium, genesis: &Path) {
    let archive = consortium.dir().join("archive");
    let node = &mut consortium.nodes[0];
    let (program, config) = (node.program.clone(), node.config());
    run(&program, &["--json", "export", "--to", archive.to_str().unwrap(), "--config"], &config);
    let verify = ["--json", "verify-archive", archive.to_str().unwrap(), "--genesis"];
    for program in [Path::new(EPIONE), &program] {
        assert_eq!(run(program, &verify, genesis)["ok"], true);
    }
    fs::remove_dir_all(node.data()).unwrap();
    let error = refuses(&program, &config);
    assert!(error.contains("keeps the state in format 2") && error.contains("epione import"), "{error}");
    fs::remove_dir_all(node.data()).unwrap();
    let import = ["import", "--from", archive.to_str().unwrap(), "--config"];
    let old = Command::new(EPIONE).args(import).arg(&config).output().unwrap();
    let told = String::from_utf8_lossy(&old.stderr).into_owned();
    assert!(!old.status.success() && told.contains("keeps the state in format 1"), "{told}");
    assert!(!node.data().exists(), "an import that failed leaves no data directory");
    run(&program, &[&["--json"], &import[..]].concat(), &config);
    assert_eq!(run(&program, &["audit", "--json", "--config"], &config)["ok"], true);
    node.start();
    // Nobody remembers what its key has signed; all else is as on the others.
    until(consortium, 0, "forgot");
    consortium.assert_agreement(&[]);
}
