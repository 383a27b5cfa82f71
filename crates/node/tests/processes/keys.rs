//! A vote key that is replaced on the ledger while the committee keeps the one before.

use crate::consortium::{Consortium, EPIONE, epione};
use std::{fs, process::Command};

#[test]
fn a_node_keeps_the_vote_key_that_it_was_begun_with() {
    let mut consortium = Consortium::start();
    let keys = consortium.nodes[0].folder.join("keys");
    let (vote, new) = (keys.join("vote.key"), keys.join("vote-2.key"));
    let rotated = Command::new(EPIONE)
        .args(["key", "rotate", "--purpose", "vote", "--no-passphrase", "--node", &consortium.nodes[1].api.url("")])
        .arg("--key")
        .arg(keys.join("root.key"))
        .arg("--out")
        .arg(&new)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&rotated.stdout).into_owned();
    assert!(rotated.status.success(), "{told}{}", String::from_utf8_lossy(&rotated.stderr));
    assert!(told.contains("votes only after the committee changes"), "{told}");

    // Whoever puts the new file into the configuration all the same is told so.
    consortium.nodes[0].stop();
    let config = consortium.nodes[0].config();
    let present = fs::read_to_string(&config).unwrap();
    fs::write(&config, present.replace("keys/vote.key", "keys/vote-2.key")).unwrap();
    let (code, error) = epione(&["node", "--config"], &[&config]);
    assert_eq!(code, Some(1), "{error}");
    assert!(error.contains("put the former key file back") && !error.contains("panicked"), "{error}");
    assert!(error.contains("follows without voting"), "{error}");

    // With the former one the node votes again: with another node away the others do not suffice.
    fs::write(&config, present).unwrap();
    consortium.start_all();
    consortium.nodes[3].stop();
    let told = consortium.nodes[0].api.submit_final(&consortium.pen(1, 0).entry());
    assert_eq!(told.codes[0], 0);
    consortium.start_all();
    consortium.assert_agreement(&[told]);
    consortium.assert_quiet(&[]);
    assert!(vote.exists());
}
