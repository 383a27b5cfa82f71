//! Nodes whose vote logs do not contain all that their keys have signed.

use crate::consortium::{Consortium, Load};
use std::{fs, path::Path, process::Command};

/// Copies a directory with all that is in it.
fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

fn voting(consortium: &Consortium, at: usize, voting: &str) {
    let what = format!("node {at} {voting}");
    consortium.until(&what, |consortium| (consortium.nodes[at].api.status()?["voting"] == voting).then_some(()));
}

/// Every node votes, and others have seen it.
fn voted(consortium: &Consortium, seed: u64) {
    for at in 0..consortium.nodes.len() {
        voting(consortium, at, "votes");
    }
    let load = Load::begin(consortium, seed);
    consortium.until("much became final", |_| (load.told() > 100).then_some(()));
    let told = load.end();
    consortium.assert_agreement(&told);
}

/// The node follows, says why it does not vote, and the others go on.
fn forgot(mut consortium: Consortium, seed: u64) -> Consortium {
    consortium.nodes[0].start();
    voting(&consortium, 0, "forgot");
    let log = consortium.nodes[0].log();
    assert!(log.contains("this node does not vote") && log.contains("epione key rotate --purpose vote"), "{log}");
    let told = Load::on(&consortium, &[0, 1], seed);
    consortium.until("the others go on", |_| (told.told() > 20).then_some(()));
    consortium.assert_agreement(&told.end());
    consortium.assert_quiet(&[]);
    consortium
}

#[test]
fn a_vote_log_from_a_backup_is_not_gone_on_with() {
    let mut consortium = Consortium::start();
    voted(&consortium, 1);
    consortium.nodes[0].stop();
    let (data, backup) = (consortium.nodes[0].data(), consortium.dir().join("backup"));
    copy(&data, &backup);
    // An up-to-date log is no reason not to vote.
    consortium.start_all();
    voted(&consortium, 2);
    consortium.nodes[0].stop();
    fs::remove_dir_all(&data).unwrap();
    copy(&backup, &data);
    drop(forgot(consortium, 3));
}

#[test]
fn a_lost_vote_log_is_no_fresh_start() {
    let mut consortium = Consortium::start();
    voted(&consortium, 4);
    consortium.nodes[0].kill();
    let mut removed = 0;
    for entry in fs::read_dir(consortium.nodes[0].data().join("ledger")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("ledger-votes-") {
            fs::remove_dir_all(&path).unwrap();
            removed += 1;
        }
    }
    assert_eq!(removed, 1);
    let mut consortium = forgot(consortium, 5);
    // When all start again, nobody remembers its votes: it does.
    for node in &mut consortium.nodes {
        node.stop();
    }
    consortium.start_all();
    voting(&consortium, 1, "votes");
    voting(&consortium, 0, "forgot");
}

#[test]
fn a_lost_disk_is_no_fresh_start() {
    let mut consortium = Consortium::start();
    voted(&consortium, 6);
    consortium.nodes[0].kill();
    fs::remove_dir_all(consortium.nodes[0].data()).unwrap();
    drop(forgot(consortium, 7));
}
