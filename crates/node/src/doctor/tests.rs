//! What the doctor finds, and what it advises.

use super::*;
use crate::{
    demo::tests::port,
    genesis::Terms,
    init::{self, Plan},
};
use epione_cli::{
    keys::{KeyFile, Protection},
    secret::{SecretSource, Terminal},
};
use epione_modules::ALL;
use epione_types::Text;
use std::{
    fs::{self, Permissions},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::{Duration, SystemTime},
};

/// A consortium whose nodes do not run, and the configuration of the first.
fn consortium(folder: &Path, base_port: u16) -> PathBuf {
    let terms = Terms { name: Text::new("Test").unwrap(), time: init::now(), demo: true, epoch_blocks: 100 };
    let plan =
        Plan { dir: folder.join("new"), terms, organizations: init::demo(), base_port, protection: Protection::None };
    init::found(ALL, &plan).unwrap();
    plan.dir.join("lakeside-hospital/node.toml")
}

/// What is found of the node with this configuration.
async fn examined(config: PathBuf) -> Vec<Finding> {
    examine(ALL, &DoctorOptions { config, node: None }).await
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
    let findings = examined(consortium(folder.path(), port(40))).await;
    let [key] = about(&findings, "keys.vote")[..] else { panic!("{findings:?}") };
    assert!(key.verdict == Verdict::Warning && key.found.contains("is not encrypted"), "{key:?}");
    for name in ["configuration", "genesis", "vote key", "data_dir", "http.listen", "consensus.listen"]
        .into_iter()
        .chain(["peer.certificates", "peer.listen"])
    {
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
    let findings = examined(path.clone()).await;
    assert_eq!(verdict(&findings, "keys.vote"), Verdict::Problem);
    assert_eq!(verdict(&findings, "configuration"), Verdict::Warning);
    assert_eq!(verdict(&findings, "consensus.listen"), Verdict::Problem);
    assert_eq!(verdict(&findings, "http.listen"), Verdict::Good);

    assert_eq!(verdict(&findings, "peer.certificates"), Verdict::Good);
    let certificates = hospital.join("keys/tls");
    let expired = epione_peer::identity::Validity {
        from: SystemTime::UNIX_EPOCH,
        until: SystemTime::now() - Duration::from_secs(60),
    };
    let made = epione_peer::identity::Made::new("old", expired).unwrap();
    let files = |name: &str| epione_peer::Files {
        certificate: certificates.join(format!("{name}.pem")),
        key: certificates.join(format!("{name}.key")),
    };
    made.create(&files("old")).unwrap();
    let tls = files("1");
    let text = fs::read_to_string(&path).unwrap();
    let named = format!("tls = {{ certificate = {:?}, key = {:?} }}\n\n[peer]\n", tls.certificate, files("old").key);
    let elsewhere =
        text.replace(&format!("listen = \"127.0.0.1:{}\"", port(50)), &format!("listen = \"0.0.0.0:{}\"", port(50)));
    assert!(about(&findings, "http clients").is_empty());
    fs::write(&path, elsewhere.replace("[peer]\n", &named)).unwrap();
    let findings = examined(path.clone()).await;
    let [readers] = about(&findings, "http clients")[..] else { panic!("{findings:?}") };
    assert!(readers.verdict == Verdict::Warning && readers.found.contains("not authenticated"), "{readers:?}");
    let [_, old] = about(&findings, "peer.certificates")[..] else { panic!("{findings:?}") };
    assert!(old.verdict == Verdict::Problem && old.found.contains("has expired"), "{old:?}");
    let [clients] = about(&findings, "http.tls")[..] else { panic!("{findings:?}") };
    assert!(clients.verdict == Verdict::Problem && clients.found.contains("does not belong"), "{clients:?}");
    fs::write(&path, text).unwrap();

    fs::write(hospital.join("../genesis.json"), "{}").unwrap();
    assert_eq!(verdict(&examined(path.clone()).await, "genesis"), Verdict::Problem);
    fs::write(&path, "name = 1").unwrap();
    assert_eq!(verdict(&examined(path.clone()).await, "configuration"), Verdict::Problem);
}

#[tokio::test]
async fn a_node_without_a_vote_is_sound_and_nobody_is_asked_in_clear() {
    let folder = tempfile::tempdir().unwrap();
    let terms = Terms { name: Text::new("Test").unwrap(), time: init::now(), demo: true, epoch_blocks: 100 };
    let mut organizations = init::demo();
    organizations[1].api = Some("http://192.0.2.1:7400".to_owned());
    organizations.push("name=Regulator,kind=regulator,jurisdiction=CH,role=observer".parse().unwrap());
    let plan = Plan {
        dir: folder.path().join("new"),
        terms,
        organizations,
        base_port: port(20),
        protection: Protection::None,
    };
    init::found(ALL, &plan).unwrap();
    let findings = examined(plan.dir.join("regulator/node.toml")).await;
    let [key] = about(&findings, "vote key")[..] else { panic!("{findings:?}") };
    assert!(key.verdict == Verdict::Good && key.found.contains("without a vote"), "{key:?}");
    let [interface] = about(&findings, "interface http://192.0.2.1:7400")[..] else { panic!("{findings:?}") };
    assert!(interface.verdict == Verdict::Warning && interface.found.contains("not encrypted"), "{interface:?}");
}

#[tokio::test]
async fn a_vote_key_that_is_not_of_the_genesis_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = consortium(folder.path(), port(30));
    let key = path.with_file_name("keys").join("vote.key");
    let file = KeyFile::read(&key, &SecretSource::none()).unwrap();
    fs::remove_file(&key).unwrap();
    let other = KeyFile { key: KeyFile::generate(file.purpose).unwrap().key, ..file.clone() };
    other.create(&key, &Protection::None).unwrap();
    let findings = examined(path.clone()).await;
    let [finding] = about(&findings, "vote key")[..] else { panic!("{findings:?}") };
    assert!(finding.verdict == Verdict::Good && finding.found.contains("after the genesis"), "{finding:?}");
    assert!(!finding.found.contains(&file.key.public().to_string()), "{finding:?}");
}

#[tokio::test]
async fn the_passphrase_of_the_vote_key_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let path = consortium(folder.path(), port(30));
    let (key, passphrase) = (path.with_file_name("keys/vote.key"), path.with_file_name("keys/vote.passphrase"));
    let write = |text: &str| {
        fs::write(&passphrase, text).unwrap();
        fs::set_permissions(&passphrase, Permissions::from_mode(0o600)).unwrap();
    };
    write("the passphrase of a vote key");
    let source = SecretSource::new(Some(passphrase.clone()), Terminal::NotAsked);
    let file = KeyFile::read(&key, &SecretSource::none()).unwrap();
    file.rewrite(&key, &Protection::Passphrase(source.choose("").unwrap())).unwrap();
    let told = async || {
        let findings = examined(path.clone()).await;
        let [finding] = about(&findings, "keys.vote")[..] else { panic!("{findings:?}") };
        (finding.verdict, finding.found.clone())
    };
    let (verdict, found) = told().await;
    assert!(verdict == Verdict::Warning && found.contains("neither a file nor a credential"), "{found}");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("# passphrase_file", "passphrase_file")).unwrap();
    assert_eq!(told().await.0, Verdict::Good);
    write("another passphrase, alas");
    let (verdict, found) = told().await;
    assert!(verdict == Verdict::Problem && found.contains("the passphrase is wrong"), "{found}");
}

#[tokio::test]
async fn private_addresses_of_peers_must_be_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let path = consortium(folder.path(), port(30));
    let name = "consensus.allow_private_addresses";
    assert!(about(&examined(path.clone()).await, name).is_empty());
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace(&format!("{} = true", &name[10..]), &format!("{} = false", &name[10..]))).unwrap();
    let findings = examined(path.clone()).await;
    let [finding] = about(&findings, name)[..] else { panic!("{findings:?}") };
    let peer = format!("127.0.0.1:{}", port(33));
    assert!(finding.verdict == Verdict::Problem && finding.found.contains(&peer), "{finding:?}");
}

#[test]
fn a_node_that_sees_nobody_has_a_problem() {
    let verdict = |known, connected| peers::connected(epione_cli::client::NodePeers { known, connected }).verdict;
    assert_eq!(verdict(3, 3), Verdict::Good);
    assert_eq!(verdict(0, 0), Verdict::Good);
    assert_eq!(verdict(3, 2), Verdict::Warning);
    assert_eq!(verdict(3, 0), Verdict::Problem);
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
