//! An organization that the genesis does not know enters while a validator is down, and leaves.

use crate::{
    consortium::{Consortium, EPIONE, Load, Node, epione, replace},
    members::{org, replace_vote_key, until},
};
use epione_kernel::Numbered as _;
use epione_modules::network;
use epione_types::{Bytes, Call, ModuleId, ProposalId};
use serde_json::Value;
use std::{path::Path, process::Command, thread, time::Duration};

/// Runs the program, which succeeds; the JSON that it writes.
fn done(arguments: &[&str], paths: [&Path; 2]) -> Value {
    let done = Command::new(EPIONE).arg("--json").args(arguments).args([paths[0]]).arg("--key").arg(paths[1]).output();
    let done = done.unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// What an organization makes to enter with this role, in the folder `bayview`; its node is not started.
fn newcomer(consortium: &Consortium, role: &str) -> Node {
    let folder = consortium.dir().join("bayview");
    let first = consortium.nodes[0].api.address.port() + 12;
    let at = |port: u16| format!("127.0.0.1:{port}");
    let (http, reached, peer) = (at(first), at(first + 1), at(first + 2));
    let organization = ["--name", "Bayview, Clinic", "--kind", "clinic", "--jurisdiction", "CH", "--role", role];
    let node = ["--http", &http, "--consensus", &reached, "--peer", &peer, "--no-passphrase"];
    let made = Command::new(EPIONE)
        .args(["org", "new"])
        .args(organization)
        .args(node)
        .arg("--genesis")
        .arg(consortium.dir().join("genesis.json"))
        .arg("--dir")
        .arg(&folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Node::new(folder, first)
}

/// A member proposes what the newcomer has made, and these members vote for it with the pharmacy.
fn admit(consortium: &Consortium, members: &[usize]) {
    let url = consortium.nodes[1].api.url("");
    let fields = format!("@{}", consortium.dir().join("bayview/admission.json").display());
    let key = consortium.nodes[1].folder.join("keys/operations.key");
    let propose = ["call", "network", "propose", "--wait", "--node", &url, "--fields"];
    let proposed = done(&propose, [Path::new(&fields), &key]);
    let id: ProposalId = proposed["events"][0]["fields"]["id"].as_str().unwrap().parse().unwrap();
    let vote = network::Call::Vote(network::Vote { proposal: id, approve: true });
    let vote = Call { module: ModuleId(1), call: vote.number(), body: Bytes::new(vote.body()).unwrap() };
    let voters = members.iter().map(|at| consortium.pen(*at, 1)).chain([consortium.pen_of_pharmacy(1)]);
    for mut voter in voters {
        assert_eq!(consortium.nodes[0].api.submit_final(&voter.tx(vec![vote.clone()])).codes, [0]);
    }
}

/// Each line of a log is an object with what docs/operate.md says, and it tells of the node's life.
fn assert_structured(log: &str) {
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        let parts = [&line["timestamp"], &line["level"], &line["target"], &line["fields"]["message"]];
        assert!(parts.into_iter().all(is_text), "{line}");
    }
    let says = |message: &str| lines.iter().any(|line| line["fields"]["message"] == message);
    assert!(says("starting") && says("entered an epoch") && says("stopping: SIGTERM") && says("stopped"), "{log}");
}

#[test]
fn an_organization_that_the_genesis_does_not_know_enters_votes_and_leaves() {
    let mut consortium = Consortium::found_with(&["--epoch-blocks", "8"]);
    consortium.start_all();
    let load = Load::on(&consortium, &[0, 1], 11);
    consortium.until("the chain has some length", |_| (load.told() > 50).then_some(()));
    consortium.nodes[3].kill();
    let mut node = newcomer(&consortium, "validator");
    replace(&node.config(), "format = \"text\"", "format = \"json\"");
    node.start();
    consortium.nodes.push(node);

    admit(&consortium, &[0, 1, 2]);
    until(&consortium, 4, "votes");
    // One of five may be down, and is: the chain goes on only with the newcomer.
    let before = load.told();
    consortium.until("the chain goes on with the fifth", |_| (load.told() > before + 50).then_some(()));
    let told = load.end();
    let entry = consortium.nodes[4].api.submit_final(&consortium.pen(4, 1).entry());
    // Who was down meets the newcomer when it comes back, and can be missed less than before.
    consortium.start_all();
    until(&consortium, 3, "votes");
    consortium.nodes[2].stop();
    let with_both = consortium.nodes[3].api.submit_final(&consortium.pen(3, 1).entry());
    consortium.start_all();
    until(&consortium, 2, "votes");
    consortium.assert_agreement(&[&told[..], &[entry, with_both]].concat());

    let (own, folder) = (consortium.nodes[4].api.url(""), consortium.nodes[4].folder.clone());
    let left = done(
        &["call", "network", "leave", "--wait", "--node", &own, "--lane"],
        [Path::new("0"), &folder.join("keys/root.key")],
    );
    assert_eq!(left["events"][0]["fields"]["org"], org(&consortium.pen(4, 2)).to_string(), "{left}");
    until(&consortium, 4, "follows");
    let refused = consortium.nodes[0].api.submit(&consortium.pen(4, 3).entry(), Some(10_000)).unwrap();
    assert_ne!(refused.json["results"][0]["code"], 0, "{}", refused.json);
    let mut gone = consortium.nodes.remove(4);
    gone.stop();
    assert_structured(&gone.log());
    let entry = consortium.nodes[0].api.submit_final(&consortium.pen(1, 4).entry());
    consortium.assert_agreement(&[entry]);
    consortium.assert_quiet(&[]);
}

#[test]
fn who_finds_no_key_of_the_genesis_any_more_enters_by_one_that_is_named() {
    let mut consortium = Consortium::found_with(&["--epoch-blocks", "8"]);
    consortium.start_all();
    for at in 0..4 {
        until(&consortium, at, "votes");
    }
    for at in 0..4 {
        replace_vote_key(&mut consortium, at, (at + 1) % 4);
    }
    let mut node = newcomer(&consortium, "observer");
    node.start();
    consortium.nodes.push(node);
    admit(&consortium, &[0, 1, 2]);
    consortium.until("the newcomer answers", |consortium| consortium.nodes[4].api.status());
    thread::sleep(Duration::from_secs(5));
    assert_eq!(consortium.nodes[4].api.height(), Some(0), "nobody that it knows is there");

    // As another member's node tells them.
    let organizations = consortium.nodes[0].api.json("/v1/network/organizations");
    let id = organizations["value"]["organizations"][0]["id"].as_str().unwrap();
    let path = format!("/v1/network/organization?id={id}");
    let member = consortium.nodes[0].api.json(&path)["value"]["organization"].clone();
    let named = format!(
        "[[consensus.peers]]\nkey = {}\naddress = {}\n\n[http]\n",
        member["keys"]["vote"], member["addresses"]["consensus"]
    );
    consortium.nodes[4].stop();
    replace(&consortium.nodes[4].config(), "[http]\n", &named);
    consortium.start_all();
    // From the ledger it learns of all others.
    consortium.until("it is connected to all", |consortium| {
        (consortium.nodes[4].api.status()?["peers"]["connected"] == 4).then_some(())
    });
    let told = consortium.nodes[4].api.submit_final(&consortium.pen(2, 5).entry());
    consortium.assert_agreement(&[told]);
    consortium.assert_quiet(&[]);
}

#[test]
fn what_cannot_enter_is_told_before_anything_is_written() {
    let consortium = Consortium::found();
    let (genesis, dir) = (consortium.dir().join("genesis.json"), consortium.dir().join("new"));
    let organization = ["--name", "Bayview", "--kind", "clinic", "--jurisdiction", "CH", "--role", "validator"];
    let refused = |change: &[(&str, &str)], options: &[&str], code: i32, words: &[&str]| {
        let mut organization = organization.to_vec();
        for (option, value) in change {
            let at = organization.iter().position(|given| given == option).unwrap();
            organization[at + 1] = value;
        }
        let arguments = [&["org", "new"], &organization[..], options, &["--genesis"]].concat();
        let (found, said) = epione(&arguments, &[&genesis, Path::new("--dir"), &dir]);
        assert_eq!(found, Some(code), "{arguments:?}: {said}");
        for word in words {
            assert!(said.contains(word), "{arguments:?}: `{word}` is not said: {said}");
        }
        assert!(!dir.exists(), "{arguments:?}");
    };
    let node = ["--no-passphrase", "--consensus", "127.0.0.1:7401"];
    refused(&[("--kind", "spaceship")], &node, 1, &["organization `Bayview`", "`spaceship`", "`hospital`"]);
    refused(&[("--role", "boss")], &node, 1, &["organization `Bayview`", "`boss`", "`observer`"]);
    refused(&[("--jurisdiction", "Atlantis")], &node, 1, &["organization `Bayview`"]);
    refused(&[("--name", "")], &node, 1, &["organization ``"]);
    refused(&[], &["--no-passphrase"], 2, &["--consensus IP:PORT is missing"]);
    refused(&[], &["--no-passphrase", "--no-node"], 2, &["a validator has a node"]);
    let reached = ["--no-passphrase", "--no-node", "--peer", "127.0.0.1:7402"];
    refused(&[("--role", "member")], &reached, 2, &["only a node has addresses"]);
    refused(&[], &["--no-passphrase", "--consensus", "ledger.example:7401"], 2, &["--consensus"]);
    let open = [&node[..], &["--http", "0.0.0.0:7400"]].concat();
    refused(&[], &open, 1, &["`http.listen`", "not encrypted"]);
    refused(&[], &[&node[..], &["--api", "not a url"]].concat(), 1, &["organization `Bayview`"]);
    refused(&[], &["--consensus", "127.0.0.1:7401"], 1, &["passphrase"]);
    std::fs::create_dir(&dir).unwrap();
    let arguments = [&["org", "new"], &organization[..], &node, &["--genesis"]].concat();
    let (code, said) = epione(&arguments, &[&genesis, Path::new("--dir"), &dir]);
    assert!(code == Some(1) && said.contains("exists already"), "{said}");
    let (code, said) = epione(&arguments, &[&consortium.nodes[0].config(), Path::new("--dir"), &dir.join("a")]);
    assert!(code == Some(1) && said.contains("genesis"), "{said}");
}
