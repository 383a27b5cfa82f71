//! What the doctor finds, and what it advises.

use super::*;
use crate::{
    demo::tests::port,
    genesis::Terms,
    init::{self, Plan},
};
use epione_modules::ALL;
use epione_types::Text;
use std::{
    fs::{self, Permissions},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    time::{Duration, SystemTime},
};

/// A consortium whose nodes do not run, and the configuration of the first.
fn consortium(folder: &Path, base_port: u16) -> PathBuf {
    let terms = Terms { name: Text::new("Test").unwrap(), time: init::now(), demo: true, epoch_blocks: 100 };
    let plan = Plan { dir: folder.join("new"), terms, organizations: init::demo(), base_port };
    init::found(ALL, &plan).unwrap();
    plan.dir.join("lakeside-hospital/node.toml")
}

/// The findings about one thing.
fn about<'f>(findings: &'f [Finding], about: &str) -> Vec<&'f Finding> {
    findings.iter().filter(|finding| finding.about == about).collect()
}

fn verdict(findings: &[Finding], name: &str) -> Verdict {
    about(findings, name).iter().map(|finding| finding.verdict).max().unwrap_or_else(|| panic!("{name}: {findings:?}"))
}

#[tokio::test]
async fn a_sound_node_that_does_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let findings = examine(ALL, &consortium(folder.path(), port(40))).await;
    for name in ["configuration", "keys.vote", "genesis", "vote key", "data_dir", "http.listen", "consensus.listen"] {
        assert_eq!(verdict(&findings, name), Verdict::Good, "{name}: {findings:?}");
    }
    assert_eq!(verdict(&findings, &format!("peer 127.0.0.1:{}", port(43))), Verdict::Warning);
    assert!(about(&findings, &format!("peer 127.0.0.1:{}", port(41))).is_empty(), "a node is no peer of itself");
    assert!(findings.iter().all(|finding| finding.verdict != Verdict::Good || finding.advice.is_none()));
    assert!(findings.iter().all(|finding| finding.verdict == Verdict::Good || finding.advice.is_some()));
}

#[tokio::test]
async fn what_is_wrong_is_told_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let path = consortium(folder.path(), port(50));
    let hospital = path.parent().unwrap();
    fs::set_permissions(hospital.join("keys/vote.key"), Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
    let _taken = TcpListener::bind(("127.0.0.1", port(51))).unwrap();
    let findings = examine(ALL, &path).await;
    assert_eq!(verdict(&findings, "keys.vote"), Verdict::Problem);
    assert_eq!(verdict(&findings, "configuration"), Verdict::Warning);
    assert_eq!(verdict(&findings, "consensus.listen"), Verdict::Problem);
    assert_eq!(verdict(&findings, "http.listen"), Verdict::Good);

    fs::write(hospital.join("../genesis.json"), "{}").unwrap();
    assert_eq!(verdict(&examine(ALL, &path).await, "genesis"), Verdict::Problem);
    fs::write(&path, "name = 1").unwrap();
    assert_eq!(verdict(&examine(ALL, &path).await, "configuration"), Verdict::Problem);
}

#[test]
fn clocks_are_compared_to_the_second() {
    let theirs = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let verdict = |ms: i64| {
        let distance = Duration::from_millis(ms.unsigned_abs());
        let ours = if ms < 0 { theirs - distance } else { theirs + distance };
        peers::clock("a peer", theirs, ours).verdict
    };
    for ms in [-2_000, -500, 0, 999, 3_500] {
        assert_eq!(verdict(ms), Verdict::Good, "{ms}");
    }
    for ms in [-60_000, -2_001, 3_501, 60_000] {
        assert_eq!(verdict(ms), Verdict::Problem, "{ms}");
    }
}
