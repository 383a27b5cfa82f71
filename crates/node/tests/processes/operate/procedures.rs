//! What each procedure of the page is for: looked at after its commands.

use super::{
    dashboards,
    page::Procedure,
    stage::{At, OWN, Stage},
};
use crate::{
    consortium::{Consortium, Load, say},
    members::until,
    upgrade::{halted, next_release},
};
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::symlink,
    slice,
    time::{Duration, Instant},
};

/// How long a node may follow without a vote while its vote key is replaced: its start, with room for busy machines.
const WITHOUT_VOTE: Duration = Duration::from_secs(30);
/// What signs for the newcomer on the command line, but for the file.
const WITH: &str = "--passphrase-file bayview.passphrase";

/// The blocks of a procedure, one after the other.
pub(super) struct Steps<'a> {
    page: &'a [Procedure],
    left: slice::Iter<'a, Vec<String>>,
}

impl<'a> Steps<'a> {
    pub(super) fn of(page: &'a [Procedure], blocks: &'a [Vec<String>]) -> Self {
        Self { page, left: blocks.iter() }
    }

    pub(super) fn are_done(&self) -> bool {
        self.left.len() == 0
    }

    fn next(&mut self) -> &'a [String] {
        self.left.next().expect("the procedure has fewer blocks than the test runs")
    }

    /// The only block of another procedure.
    fn of_procedure(&self, title: &str) -> &'a [String] {
        let found = self.page.iter().find(|procedure| procedure.title == title).expect("a procedure of the page");
        &found.blocks[0]
    }
}

impl Stage {
    fn public(&mut self, file: &str) -> Value {
        self.json(&format!("epione --json key show {file}"))["public"].clone()
    }

    /// The newcomer as the ledger has it.
    fn organization(&mut self) -> Value {
        let id = self.json("epione --json key show bayview/keys/root.key")["signer"].clone();
        let path = format!("/v1/network/organization?id={}", id.as_str().unwrap());
        self.consortium.nodes[0].api.json(&path)["value"]["organization"].clone()
    }

    /// Whether the newcomer can enter a document with the key in `file`; what is said.
    fn enters(&self, file: &str, document: u8) -> (bool, String) {
        let commitment = format!("{document:02x}").repeat(32);
        let call =
            format!("epione call notary commit --kind report --commitment {commitment} --key {file} {WITH} --wait");
        let said = self.typed(At::Own, &call);
        (said.code == Some(0), said.text)
    }

    fn votes(&self) {
        until(&self.consortium, OWN, "votes");
    }
}

fn committee(consortium: &Consortium) -> Vec<Value> {
    let committee = consortium.nodes[0].api.json("/v1/network/committee");
    let validators = committee["value"]["current"]["validators"].as_array().unwrap();
    validators.iter().map(|validator| validator["key"].clone()).collect()
}

pub(super) fn install(stage: &mut Stage, steps: &mut Steps<'_>) {
    let block = steps.next();
    stage.run(At::Own, block);
    assert!(stage.path("/etc/systemd/system/epione.service").is_file() && stage.path("/etc/epione/keys/tls").is_dir());
    assert!(stage.done(At::Own, "epione --version").contains(env!("CARGO_PKG_VERSION")));
}

pub(super) fn join(stage: &mut Stage, steps: &mut Steps<'_>) {
    let made = stage.run(At::Own, steps.next());
    assert!(made.contains("vote") && made.contains("encrypted"), "{made}");
    stage.run(At::Own, steps.next());
    stage.consortium.until("the newcomer waits", |consortium| consortium.nodes[OWN].api.status());
    assert_eq!(stage.consortium.nodes[OWN].api.height(), Some(0), "nobody talks to it");

    let sent = stage.consortium.nodes[1].folder.join("bayview");
    fs::create_dir(&sent).unwrap();
    let admission = fs::read_to_string(stage.folder.join("bayview/admission.json")).unwrap();
    assert!(!admission.contains("PRIVATE"));
    fs::write(sent.join("admission.json"), admission).unwrap();
    stage.run(At::Member(1), steps.next());
    let proposed = proposal(&stage.consortium, "admit");
    stage.tell("prop1…", &proposed);
    let block = steps.next();
    for member in 0..4 {
        let shown = stage.run(At::Member(member), &block[..1]);
        assert!(shown.contains("Bayview Clinic"), "{shown}");
        stage.run(At::Member(member), &block[1..]);
    }
    stage.run(At::Own, steps.next());
    stage.votes();
    let vote = stage.public("bayview/keys/vote.key");
    let committee = committee(&stage.consortium);
    assert!(committee.len() == 5 && committee.contains(&vote), "{committee:?}");
}

pub(super) fn watch(stage: &mut Stage, steps: &mut Steps<'_>) {
    let said = stage.run(At::Own, steps.next());
    assert!(said.contains("ok       chain: the node follows it") && !said.contains("PROBLEM"), "{said}");
    let (is_done, text) = stage.enters("bayview/keys/operations.key", 1);
    assert!(is_done, "{text}");
    // The same number again: refused.
    let again = "epione call notary commit --kind report --commitment \
                 0202020202020202020202020202020202020202020202020202020202020202 --key bayview/keys/operations.key \
                 --passphrase-file bayview.passphrase --seq 1";
    assert_eq!(stage.typed(At::Own, again).code, Some(1));
    dashboards::ask_for_what_there_is(&stage.consortium.nodes[OWN].api);
}

pub(super) fn back_up(stage: &mut Stage, steps: &mut Steps<'_>) {
    let listed = stage.run(At::Own, steps.next());
    for file in ["node.toml", "genesis.json", "keys/vote.key", "keys/tls/1.key", "vote.passphrase"] {
        assert!(listed.contains(&format!("epione/{file}")), "{file} is not saved: {listed}");
    }
}

/// The proposal of a kind of change, once it is a row.
fn proposal(consortium: &Consortium, change: &str) -> String {
    consortium.until("the proposal is a row", |consortium| {
        let page = consortium.nodes[1].api.json("/v1/network/proposals");
        let found = page["value"]["proposals"].as_array()?.iter().find(|proposal| proposal["change"] == change)?;
        found["id"].as_str().map(str::to_owned)
    })
}

pub(super) fn back_up_ledger(stage: &mut Stage, steps: &mut Steps<'_>) {
    let said = stage.run(At::Own, steps.next());
    assert!(said.contains("Nothing is wrong"), "{said}");
    stage.votes();
}

pub(super) fn restore_ledger(stage: &mut Stage, steps: &mut Steps<'_>) {
    let blocks = steps.next();
    let said = stage.run(At::Own, &blocks[..1]);
    assert_eq!(said, "");
    // What the procedure is for.
    stage.done(At::Own, "rm -r /var/lib/epione");
    let said = stage.run(At::Own, &blocks[1..2]);
    assert!(said.contains("does not vote again"), "{said}");
    stage.run(At::Own, &blocks[2..]);
    stage.run(At::Own, steps.next());
    stage.run(At::Own, steps.next());
    stage.votes();
    let told = stage.consortium.nodes[OWN].api.submit_final(&stage.consortium.pen(0, 6).entry());
    stage.consortium.assert_agreement(&[told]);
}

pub(super) fn rotate_operations(stage: &mut Stage, steps: &mut Steps<'_>) {
    stage.run(At::Own, steps.next());
    let new = stage.public("bayview/keys/operations-2.key");
    assert_eq!(stage.organization()["keys"]["operations"], new);
    let (is_done, text) = stage.enters("bayview/keys/operations.key", 3);
    assert!(!is_done && text.contains("wrong-key"), "{text}");
    let (is_done, text) = stage.enters("bayview/keys/operations-2.key", 4);
    assert!(is_done, "{text}");
}

pub(super) fn rotate_root(stage: &mut Stage, steps: &mut Steps<'_>) {
    stage.run(At::Own, steps.next());
    let new = stage.public("bayview/keys/root-2.key");
    assert_eq!(stage.organization()["keys"]["root"], new);
    let said = stage.typed(At::Own, &format!("epione call network leave --key bayview/keys/root.key {WITH} --wait"));
    assert!(said.code != Some(0) && said.text.contains("wrong-key"), "{}", said.text);
}

pub(super) fn rotate_vote(stage: &mut Stage, steps: &mut Steps<'_>) {
    let load = Load::on(&stage.consortium, &[0, 1], 3);
    let said = stage.run(At::Own, steps.next());
    assert!(said.contains("takes its seat with the next epoch"), "{said}");
    let mut lost = None;
    for command in steps.next() {
        stage.done(At::Own, command);
        if command.contains("follows") {
            lost = Some(Instant::now());
        }
    }
    let without = lost.expect("it waits until the old key has lost its seat").elapsed();
    assert!(without < WITHOUT_VOTE, "the node followed without a vote for {without:?}");
    stage.votes();
    let new = stage.public("bayview/keys/vote-2.key");
    assert!(committee(&stage.consortium).contains(&new));
    let before = load.told();
    // With another one away, the new key is needed.
    stage.consortium.nodes[3].stop();
    stage.consortium.until("the chain goes on with the new key", |_| (load.told() > before + 10).then_some(()));
    load.end();
    stage.consortium.start_all();
    until(&stage.consortium, 3, "votes");
    say(format_args!("without a vote while its key was replaced: {} ms", without.as_millis()));
}

pub(super) fn rotate_tls(stage: &mut Stage, steps: &mut Steps<'_>) {
    stage.run(At::Own, steps.next());
    assert!(stage.consortium.nodes[OWN].log().contains("were read again"), "{}", stage.consortium.report());
    stage.run(At::Own, steps.next());
    let key = epione_peer::load_folder(&stage.path("/etc/epione/keys/tls")).unwrap()[1].key();
    assert_eq!(stage.organization()["keys"]["tls"], key.to_string());
    let said = stage.run(At::Own, steps.next());
    assert_eq!(said.matches("secure by X25519MLKEM768").count(), 4, "{said}");
}

pub(super) fn replace(stage: &mut Stage, steps: &mut Steps<'_>) {
    // It was saved after the last change.
    stage.run(At::Own, steps.of_procedure("Back up the configuration"));
    stage.consortium.nodes[OWN].kill();
    for lost in ["/etc/epione", "/var/lib/epione", "/usr/local/bin/epione", "/etc/systemd/system/epione.service"] {
        stage.done(At::Own, &format!("rm -r {lost}"));
    }
    stage.run(At::Own, steps.of_procedure("Install"));
    stage.run(At::Own, steps.next());
    stage.run(At::Own, steps.next());
    let said = stage.run(At::Own, steps.next());
    assert!(!said.contains("PROBLEM"), "{said}");
    stage.votes();
    let new = stage.public("bayview/keys/vote-3.key");
    assert!(committee(&stage.consortium).contains(&new));
    let told = stage.consortium.nodes[OWN].api.submit_final(&stage.consortium.pen(0, 7).entry());
    stage.consortium.assert_agreement(&[told]);
}

pub(super) fn upgrade(stage: &mut Stage, steps: &mut Steps<'_>) {
    let load = Load::on(&stage.consortium, &[0, 1], 5);
    let said = stage.run(At::Own, steps.next());
    assert!(!said.contains("PROBLEM"), "{said}");
    assert!(load.told() > 0, "the others go on meanwhile");
    let told = load.end();
    stage.votes();
    stage.consortium.assert_agreement(&told);
}

pub(super) fn upgrade_at_a_height(stage: &mut Stage, steps: &mut Steps<'_>) {
    let height = stage.consortium.nodes[0].api.height().unwrap() + 60;
    stage.tell("180000", &height.to_string());
    stage.run(At::Member(1), steps.next());
    let proposed = proposal(&stage.consortium, "halt-at");
    stage.tell("prop2…", &proposed);
    let block = steps.next();
    for member in 0..4 {
        let shown = stage.run(At::Member(member), &block[..1]);
        assert!(shown.contains("0.2.0"), "{shown}");
        stage.run(At::Member(member), &block[1..]);
    }
    // Five of six decide.
    let vote = "epione call network vote --proposal prop2… --approve true --key bayview/keys/operations-2.key";
    stage.done(At::Own, &format!("{vote} {WITH} --wait"));
    let load = Load::on(&stage.consortium, &[0, 1], 6);
    let said = stage.run(At::Own, steps.next());
    assert!(said.contains("0.2.0"), "{said}");
    // Epochs of eight blocks.
    halted(&stage.consortium, &[0, 1, 2, 3, OWN], height - height % 8 + 7);

    let next = next_release();
    for node in stage.consortium.nodes.iter_mut().take(4) {
        node.stop();
        node.program.clone_from(&next);
        node.start();
    }
    fs::remove_file(stage.folder.join("epione")).unwrap();
    symlink(next, stage.folder.join("epione")).unwrap();
    let said = stage.run(At::Own, steps.next());
    assert!(!said.contains("PROBLEM"), "{said}");
    let before = load.told();
    stage.consortium.until("the chain goes on", |_| (load.told() > before + 20).then_some(()));
    stage.consortium.assert_agreement(&load.end());
}

pub(super) fn leave(stage: &mut Stage, steps: &mut Steps<'_>) {
    let call = format!(
        "epione --json call notary commit --kind report --commitment {} --key bayview/keys/operations-2.key {WITH} --wait",
        "05".repeat(32)
    );
    let entered = stage.json(&call);
    stage.tell("tx1…", entered["id"].as_str().unwrap());
    let said = stage.run(At::Own, steps.next());
    assert!(said.contains("network.left"), "{said}");
    stage.run(At::Own, steps.next());
    assert!(!stage.consortium.nodes[OWN].is_running());
    assert_eq!(stage.organization()["status"], "left");
    let vote = stage.public("bayview/keys/vote-3.key");
    let committee = committee(&stage.consortium);
    assert!(committee.len() == 4 && !committee.contains(&vote), "{committee:?}");
    // The receipt holds without any node.
    stage.done(At::Own, "EPIONE_NODE=none epione receipt verify kept.receipt --genesis bayview/genesis.json");
}
