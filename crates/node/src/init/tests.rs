//! A consortium on disk: complete, private where it must be, and accepted by the genesis it was founded with.

use super::*;
use crate::{config::Config, start};
use epione_cli::{
    keys::{KeyFile, Purpose},
    secret::SecretSource,
};
use epione_modules::ALL;
use epione_types::{SignerId, Text};
use std::os::unix::fs::PermissionsExt as _;

fn terms(demo: bool) -> Terms {
    Terms { name: Text::new("Test").unwrap(), time: UnixMs(1_800_000_000_000), demo, epoch_blocks: 100 }
}

fn plan(dir: &Path) -> Plan {
    Plan {
        dir: dir.join("new"),
        terms: terms(true),
        organizations: demo(),
        base_port: 7400,
        protection: Protection::None,
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn refusal(plan: &Plan) -> String {
    format!("{:#}", found(ALL, plan).unwrap_err())
}

#[test]
fn a_consortium_is_complete_and_its_keys_are_private() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(folder.path());
    let (checked, founded) = found(ALL, &plan).unwrap();
    assert_eq!(founded.len(), 5);
    for organization in &founded {
        let keys = organization.folder.join("keys");
        assert_eq!(mode(&keys), 0o700);
        let expected: &[Purpose] = if organization.has_node {
            &[Purpose::Root, Purpose::Operations, Purpose::Vote]
        } else {
            &[Purpose::Root, Purpose::Operations]
        };
        let tls = keys.join("tls");
        let count = expected.len() + usize::from(organization.has_node);
        assert_eq!((fs::read_dir(&keys).unwrap().count(), tls.exists()), (count, organization.has_node));
        if organization.has_node {
            assert_eq!((mode(&tls), mode(&tls.join("1.key"))), (0o700, 0o600));
            let [identity] = &epione_peer::load_folder(&tls).unwrap()[..] else { panic!("one certificate") };
            assert_eq!(identity.examine(std::time::Duration::ZERO), Ok(()));
            let members = genesis::members(&checked);
            let registered = |member: &&Value| member.pointer("/keys/tls") == Some(&json!(identity.key()));
            assert_eq!(members.iter().filter(registered).count(), 1);
        }
        for purpose in expected {
            let path = keys.join(format!("{purpose}.key"));
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            let file = KeyFile::read(&path, &SecretSource::none()).unwrap();
            assert_eq!((file.purpose, file.chain), (*purpose, Some(checked.file.chain)));
            assert_eq!(file.signer, Some(SignerId::Organization(organization.id)));
        }
    }
    assert_eq!(founded[3].folder, plan.dir.join("patient-association"));
    assert!(!founded[4].folder.join("node.toml").exists());
}

#[test]
fn every_node_can_start_with_what_was_founded() {
    let folder = tempfile::tempdir().unwrap();
    let (checked, founded) = found(ALL, &plan(folder.path())).unwrap();
    let (mut ports, mut links) = (Vec::new(), Vec::new());
    for organization in founded.iter().filter(|organization| organization.has_node) {
        let config = Config::load(&organization.folder.join("node.toml")).unwrap();
        ports.extend([config.http.listen.port(), config.consensus.listen.port()]);
        links.push(config.peer.listen.unwrap().port());
        let settings = start::settings(&config).unwrap();
        assert_eq!(settings.engine.genesis.chain(), checked.file.chain);
        assert!(settings.engine.founders.keys.contains(&settings.key.public()));
        assert_eq!((settings.engine.founders.keys.len(), settings.peers.len()), (4, 4));
    }
    assert_eq!(ports, (7400..7408).collect::<Vec<_>>());
    assert_eq!(links, (7408..7412).collect::<Vec<_>>());
}

#[test]
fn a_member_without_a_vote_has_a_node_that_follows() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = plan(folder.path());
    plan.organizations.push("name=Regulator,kind=regulator,jurisdiction=CH,role=observer".parse().unwrap());
    let (checked, founded) = found(ALL, &plan).unwrap();
    assert_eq!(founded.iter().map(|one| one.has_node).collect::<Vec<_>>(), [true, true, true, true, false, true]);
    let settings = |at: usize| start::settings(&Config::load(&founded[at].folder.join("node.toml")).unwrap()).unwrap();
    let regulator = settings(5);
    assert_eq!((regulator.http_listen.port(), regulator.consensus_listen.port()), (7408, 7409));
    assert!(!regulator.engine.founders.keys.contains(&regulator.key.public()));
    // The others know it without anybody naming it to them.
    for at in [0, 3, 5] {
        let peers = settings(at).peers;
        assert_eq!(peers.len(), 5);
        assert!(peers.iter().any(|peer| peer.key == regulator.key.public() && peer.address.port() == 7409));
    }
    let again = super::founded(&plan.dir, &checked).unwrap();
    assert!(again[5].has_node && !again[4].has_node);
}

#[test]
fn a_node_elsewhere_has_an_interface_only_if_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = plan(folder.path());
    plan.organizations[0].consensus = Some("192.0.2.1:7401".parse().unwrap());
    plan.organizations[1].consensus = Some("192.0.2.2:7401".parse().unwrap());
    plan.organizations[1].api = Some("https://clinic.example".to_owned());
    let (checked, _) = found(ALL, &plan).unwrap();
    let api = |at: usize| checked.file.modules["network"]["members"][at]["addresses"]["api"].clone();
    assert_eq!((api(0), api(1)), (Value::Null, json!("https://clinic.example")));
    assert_eq!(api(2), json!("http://127.0.0.1:7404"));
}

#[test]
fn what_was_founded_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(folder.path());
    let (_, before) = found(ALL, &plan).unwrap();
    let checked = GenesisFile::load(ALL, &plan.dir.join(GENESIS)).unwrap();
    let after = super::founded(&plan.dir, &checked).unwrap();
    let facts = |all: &[Founded]| all.iter().map(|one| (one.id, one.folder.clone(), one.has_node)).collect::<Vec<_>>();
    assert_eq!(facts(&before), facts(&after));
    fs::remove_dir_all(plan.dir.join("hillside-clinic")).unwrap();
    let error = super::founded(&plan.dir, &checked).unwrap_err().to_string();
    assert!(error.contains("the folder of `Hillside Clinic` is missing"), "{error}");
}

#[test]
fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(folder.path());
    found(ALL, &plan).unwrap();
    let key = plan.dir.join("lakeside-hospital/keys/root.key");
    let before = fs::read(&key).unwrap();
    assert!(refusal(&plan).contains("genesis.json exists already"));
    fs::remove_file(plan.dir.join(GENESIS)).unwrap();
    assert!(refusal(&plan).contains("lakeside-hospital exists already"));
    assert_eq!(fs::read(&key).unwrap(), before);
}

#[test]
fn a_wrong_plan_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let with = |change: &dyn Fn(&mut Plan)| {
        let mut plan = plan(folder.path());
        change(&mut plan);
        let refusal = refusal(&plan);
        assert!(!plan.dir.exists(), "{refusal}");
        refusal
    };
    let wrong_kind = with(&|plan| plan.organizations[1].kind = "spaceship".to_owned());
    assert!(wrong_kind.contains("organization `Hillside Clinic`") && wrong_kind.contains("spaceship"), "{wrong_kind}");
    let wrong_place = with(&|plan| plan.organizations[0].jurisdiction = "Atlantis".to_owned());
    assert!(wrong_place.contains("organization `Lakeside Hospital`"), "{wrong_place}");
    let too_few = with(&|plan| {
        plan.terms = terms(false);
        plan.organizations.truncate(2);
    });
    assert!(too_few.contains("too-few-validators"), "{too_few}");
    assert!(with(&|plan| plan.organizations.clear()).contains("--org"));
    let same = with(&|plan| plan.organizations[1].name = "lakeside - HOSPITAL".to_owned());
    assert!(same.contains("`lakeside-hospital`"), "{same}");
    assert!(with(&|plan| plan.base_port = 65_530).contains("--base-port"));
}

#[test]
fn a_node_elsewhere_listens_on_every_address() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = plan(folder.path());
    plan.organizations[0].consensus = Some("192.0.2.1:4000".parse().unwrap());
    found(ALL, &plan).unwrap();
    let config = Config::load(&plan.dir.join("lakeside-hospital/node.toml")).unwrap();
    assert_eq!(config.consensus.listen.to_string(), "0.0.0.0:4000");
    assert_eq!(config.peer.listen.unwrap().to_string(), "0.0.0.0:4001");

    let other = Plan { dir: folder.path().join("other"), ..plan };
    let mut plan = other;
    plan.organizations[0].consensus = Some("[2001:db8::1]:4000".parse().unwrap());
    plan.organizations[0].peer = Some("[2001:db8::1]:5000".parse().unwrap());
    let (checked, _) = found(ALL, &plan).unwrap();
    let config = Config::load(&plan.dir.join("lakeside-hospital/node.toml")).unwrap();
    assert_eq!(config.consensus.listen.to_string(), "[::]:4000");
    assert_eq!(config.peer.listen.unwrap().to_string(), "[::]:5000");
    assert_eq!(genesis::members(&checked)[0].pointer("/addresses/peer"), Some(&json!("[2001:db8::1]:5000")));
}

#[test]
fn private_addresses_are_allowed_if_a_founder_has_one() {
    for (last, allowed) in [
        ("203.0.114.4:7401", false),
        ("192.0.2.4:7401", true),
        ("10.0.0.1:7401", true),
        ("192.168.7.7:7401", true),
        ("100.64.0.1:7401", true),
        ("[fd00::1]:7401", true),
        ("127.0.0.1:7401", true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut plan = plan(folder.path());
        for (at, organization) in (1..).zip(&mut plan.organizations[..3]) {
            organization.consensus = Some(SocketAddr::from(([203, 0, 114, at], 7401)));
        }
        plan.organizations[3].consensus = Some(last.parse().unwrap());
        // Each node connects to each other: what one needs, all need.
        for organization in found(ALL, &plan).unwrap().1.iter().filter(|organization| organization.has_node) {
            let config = Config::load(&organization.folder.join("node.toml")).unwrap();
            assert_eq!(config.consensus.allow_private_addresses, allowed, "{last}");
        }
    }
}

#[test]
fn organizations_are_read_from_the_command_line() {
    let spec: Spec = "name=City Hospital, kind=hospital,jurisdiction=US-CA,role=validator".parse().unwrap();
    assert_eq!((spec.name.as_str(), spec.folder().as_str()), ("City Hospital", "city-hospital"));
    let refused = |text: &str| text.parse::<Spec>().unwrap_err().to_string();
    assert!(refused("name=A").contains("`kind=…`"));
    assert!(refused("name=A,name=B").contains("twice"));
    assert!(refused("name=A,color=red").contains("`color`"));
    assert!(refused("City Hospital").contains("key=value"));
    let full = "kind=hospital,jurisdiction=CH,role=member";
    assert!(refused(&format!("name=???,{full}")).contains("letter or digit"));
    assert!(refused(&format!("name=A,consensus=here,{full}")).contains("IP address"));
    assert!(refused(&format!("name=A,node=maybe,{full}")).contains("`node=maybe`"));
    assert!(refused(&format!("name=A,node=no,api=https://a.example,{full}")).contains("`node=no`"));
    assert!(refused(&format!("name=A,peer=127.0.0.1:7402,{full}")).contains("without `consensus=…`"));
    assert!(refused("name=A,node=no,kind=hospital,jurisdiction=CH,role=validator").contains("a validator has a node"));
    let has_node = |text: &str| text.parse::<Spec>().unwrap().has_node;
    assert!(has_node(&format!("name=A,{full}")) && !has_node(&format!("name=A,node=no,{full}")));
}

/// The member that an entry makes ready, and its folder.
fn entered(folder: &Path, spec: &str) -> (Value, PathBuf) {
    let plan = plan(folder);
    found(ALL, &plan).unwrap();
    let dir = folder.join("entry");
    let entry = Entry {
        genesis: plan.dir.join(GENESIS),
        dir: dir.clone(),
        organization: spec.parse().unwrap(),
        http: "127.0.0.1:7500".parse().unwrap(),
        protection: Protection::None,
    };
    enter(
        ALL,
        &entry,
        &mut Output::new(epione_cli::Format::Json, Box::new(std::io::sink()), Box::new(std::io::sink())),
    )
    .unwrap();
    let admission = fs::read_to_string(dir.join("admission.json")).unwrap();
    assert!(!admission.contains("PRIVATE"));
    let admission: Value = serde_json::from_str(&admission).unwrap();
    // As it is proposed.
    epione_cli::draft::call(ALL, "network", "propose", &admission).unwrap();
    (admission["change"]["admit"].clone(), dir)
}

#[test]
fn who_enters_later_has_all_that_its_node_needs() {
    let folder = tempfile::tempdir().unwrap();
    let spec =
        "name=Bayview,kind=clinic,jurisdiction=CH,role=validator,consensus=203.0.114.5:7401,peer=203.0.114.6:9000";
    let (admit, dir) = entered(folder.path(), spec);
    assert_eq!(admit["member"]["addresses"]["peer"], "203.0.114.6:9000");
    let config = Config::load(&dir.join("node.toml")).unwrap();
    assert_eq!((config.http.listen.port(), config.peer.listen.unwrap().port()), (7500, 9000));
    // The nodes of the genesis are at private addresses.
    assert!(config.consensus.allow_private_addresses);
    let settings = start::settings(&config).unwrap();
    assert_eq!(admit["member"]["keys"]["vote"], json!(settings.key.public()));
    assert_eq!(settings.peers.len(), 4);
    let signers: Vec<&Value> = admit["consents"].as_array().unwrap().iter().map(|consent| &consent["key"]).collect();
    let keys = &admit["member"]["keys"];
    assert_eq!(signers, [&keys["root"], &keys["operations"], &keys["vote"]]);
}

#[test]
fn who_enters_without_a_node_has_keys_only() {
    let folder = tempfile::tempdir().unwrap();
    let (admit, dir) = entered(folder.path(), "name=Bayview,kind=pharmacy,jurisdiction=CH,role=member,node=no");
    assert_eq!(admit["consents"].as_array().unwrap().len(), 2);
    assert!(admit["member"]["keys"]["vote"].is_null() && admit["member"]["addresses"]["consensus"].is_null());
    assert!(!dir.join("node.toml").exists() && dir.join("genesis.json").exists());
}

#[test]
fn a_changed_genesis_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(folder.path());
    found(ALL, &plan).unwrap();
    let path = plan.dir.join(GENESIS);
    let text = fs::read_to_string(&path).unwrap();
    let refused = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        format!("{:#}", GenesisFile::load(ALL, &path).unwrap_err())
    };
    assert!(refused("Hillside Clinic", "Hillside Manor").contains("the file was changed"));
    assert!(refused("\"epoch_blocks\": 100", "\"epoch_blocks\": 0").contains("`epoch_blocks`"));
    assert!(refused("\"version\": 1", "\"version\": 2").contains("`version`"));
    assert!(refused("\"notary\"", "\"alchemy\"").contains("`modules.alchemy`"));
    assert!(refused("\"demo\": true", "\"demo\": \"yes\"").contains("genesis.json"));
    assert!(refused("\"kind\": \"hospital\"", "\"kind\": \"castle\"").contains("`modules.network`"));
    assert!(refused("\"salt\": \"", "\"salt\": \"00").contains("bytes are above"));
}
