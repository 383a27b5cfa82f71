//! An organization that the genesis does not know enters while a validator is down, and leaves.

use crate::{
    consortium::{Consortium, EPIONE, Load, Node, epione},
    members::{org, until},
};
use epione_kernel::Numbered as _;
use epione_modules::network;
use epione_types::{Bytes, Call, ModuleId, ProposalId};
use serde_json::Value;
use std::{path::Path, process::Command};

/// Runs the program, which succeeds; the JSON that it writes.
fn done(arguments: &[&str], paths: [&Path; 2]) -> Value {
    let done = Command::new(EPIONE).arg("--json").args(arguments).args([paths[0]]).arg("--key").arg(paths[1]).output();
    let done = done.unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// What an organization makes to enter, in the folder `bayview`; its node is not started.
fn newcomer(consortium: &Consortium) -> Node {
    let folder = consortium.dir().join("bayview");
    let first = consortium.nodes[0].api.address.port() + 12;
    let at = |port: u16| format!("127.0.0.1:{port}");
    let (http, reached, peer) = (at(first), at(first + 1), at(first + 2));
    let organization = ["--name", "Bayview, Clinic", "--kind", "clinic", "--jurisdiction", "CH", "--role", "validator"];
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

#[test]
fn an_organization_that_the_genesis_does_not_know_enters_votes_and_leaves() {
    let mut consortium = Consortium::found_with(&["--epoch-blocks", "8"]);
    consortium.start_all();
    let load = Load::on(&consortium, &[0, 1], 11);
    consortium.until("the chain has some length", |_| (load.told() > 50).then_some(()));
    consortium.nodes[3].kill();
    let mut node = newcomer(&consortium);
    node.start();
    consortium.nodes.push(node);

    let (url, folder) = (consortium.nodes[1].api.url(""), consortium.nodes[4].folder.clone());
    let fields = format!("@{}", folder.join("admission.json").display());
    let key = consortium.nodes[1].folder.join("keys/operations.key");
    let propose = ["call", "network", "propose", "--wait", "--node", &url, "--fields"];
    let proposed = done(&propose, [Path::new(&fields), &key]);
    let id: ProposalId = proposed["events"][0]["fields"]["id"].as_str().unwrap().parse().unwrap();
    let vote = network::Call::Vote(network::Vote { proposal: id, approve: true });
    let vote = Call { module: ModuleId(1), call: vote.number(), body: Bytes::new(vote.body()).unwrap() };
    let mut voters = [consortium.pen(0, 1), consortium.pen(1, 1), consortium.pen(2, 1), consortium.pen_of_pharmacy(1)];
    for voter in &mut voters {
        assert_eq!(consortium.nodes[0].api.submit_final(&voter.tx(vec![vote.clone()])).codes, [0]);
    }
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

    let own = consortium.nodes[4].api.url("");
    let left = done(
        &["call", "network", "leave", "--wait", "--node", &own, "--lane"],
        [Path::new("0"), &folder.join("keys/root.key")],
    );
    assert_eq!(left["events"][0]["fields"]["org"], org(&consortium.pen(4, 2)).to_string(), "{left}");
    until(&consortium, 4, "follows");
    let refused = consortium.nodes[0].api.submit(&consortium.pen(4, 3).entry(), Some(10_000)).unwrap();
    assert_ne!(refused.json["results"][0]["code"], 0, "{}", refused.json);
    consortium.nodes.remove(4).stop();
    let entry = consortium.nodes[0].api.submit_final(&consortium.pen(1, 4).entry());
    consortium.assert_agreement(&[entry]);
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
