//! Links between organizations, as the ledger of running nodes lets them be.

use crate::consortium::{Consortium, EPIONE};
use epione_kernel::Numbered;
use epione_modules::network;
use epione_peer::{
    About, Client, ClientLimits, Hello, Identities, Identity, LinkError, Registry, Standing, Status, Target,
    load_folder,
};
use epione_types::{Bytes, Call, ChainId, Hash, ModuleId, OrgId, ProposalId, SignerId};
use std::{fs, path::Path, process::Command, sync::Arc};

/// Nodes with ports for links; the laboratory is the one that asks here.
const NODES: u16 = 4;
const LABORATORY: usize = 2;

/// What the test believes of the ledger: the keys that the nodes had when they were founded.
#[derive(Debug)]
struct Founded(Vec<(OrgId, Hash)>);

impl Registry for Founded {
    fn by_key(&self, key: &Hash) -> Option<Standing> {
        let found = self.0.iter().find(|(_, known)| known == key);
        found.map(|(org, _)| Standing { org: *org, status: Status::Active })
    }

    fn key_of(&self, org: &OrgId) -> Option<Hash> {
        self.0.iter().find(|(known, _)| known == org).map(|(_, key)| *key)
    }
}

/// Organizations and certificates of a consortium, from its files.
struct Links {
    chain: ChainId,
    orgs: Vec<OrgId>,
    founded: Arc<Founded>,
    ports: u16,
}

impl Links {
    fn of(consortium: &Consortium) -> Self {
        let org = |at: u16| match consortium.pen(usize::from(at), 0).signer {
            SignerId::Organization(org) => org,
            SignerId::Identity(_) => panic!("an organization"),
        };
        let orgs: Vec<OrgId> = (0..NODES).map(org).collect();
        let key = |folder: &Path| load_folder(&folder.join("keys/tls")).unwrap()[0].key();
        let keys = orgs.iter().zip(&consortium.nodes).map(|(org, node)| (*org, key(&node.folder)));
        let founded = Arc::new(Founded(keys.collect()));
        let ports = consortium.nodes[0].api.address.port() + 2 * NODES;
        Self { chain: consortium.pen(0, 0).chain, orgs, founded, ports }
    }

    /// What node `at` says to the laboratory when it shows this certificate.
    fn hello(&self, at: usize, shown: &Identity) -> Result<Hello, LinkError> {
        self.asking(LABORATORY, at, shown)
    }

    /// What node `at` says to `from`, which knows the keys of the beginning, when it shows this certificate.
    fn asking(&self, from: usize, at: usize, shown: &Identity) -> Result<Hello, LinkError> {
        let about = About { org: self.orgs[from], chain: self.chain, version: "test" };
        let identities = Arc::new(Identities::new(vec![shown.clone()]));
        let registry: Arc<dyn Registry> = Arc::<Founded>::clone(&self.founded);
        let client = Client::new(about, identities, registry, ClientLimits::standard());
        let port = self.ports + u16::try_from(at).unwrap();
        let target = Target { org: self.orgs[at], address: format!("127.0.0.1:{port}") };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(client.hello(&target))
    }
}

fn call(of: &network::Call) -> Call {
    Call { module: ModuleId(1), call: of.number(), body: Bytes::new(of.body()).unwrap() }
}

/// The others vote to suspend the laboratory.
fn suspend(consortium: &Consortium, org: OrgId) {
    let reason = network::ExclusionReason::Compromised;
    let change = network::Change::Suspend { org, reason };
    let propose = consortium.pen(0, 7).tx(vec![call(&network::Call::Propose(network::Propose { change }))]);
    assert_eq!(consortium.nodes[0].api.submit_final(&propose).codes, [0]);
    let vote = network::Vote { proposal: ProposalId(propose.tx.call_id(0).short()), approve: true };
    let mut pens = [0, 1, 3].map(|at| consortium.pen(at, 8)).to_vec();
    pens.push(consortium.pen_of_pharmacy(8));
    for mut pen in pens {
        let vote = pen.tx(vec![call(&network::Call::Vote(vote.clone()))]);
        assert_eq!(consortium.nodes[0].api.submit_final(&vote).codes, [0]);
    }
}

#[test]
fn nodes_know_each_other_by_the_keys_on_the_ledger_as_they_change() {
    let consortium = Consortium::start();
    let links = Links::of(&consortium);
    let laboratory = &consortium.nodes[LABORATORY];
    let tls = laboratory.folder.join("keys/tls");
    let old = load_folder(&tls).unwrap().remove(0);
    for at in [0, 1, 3] {
        let hello = links.hello(at, &old).unwrap();
        assert_eq!((hello.org, hello.chain), (links.orgs[at], links.chain));
        assert_eq!(hello.caller, Standing { org: links.orgs[LABORATORY], status: Status::Active });
        assert_eq!((hello.group.as_str(), hello.version.as_str()), ("X25519MLKEM768", env!("CARGO_PKG_VERSION")));
    }

    let config = laboratory.config();
    let doctor = Command::new(EPIONE).args(["doctor", "--config"]).arg(&config).output().unwrap();
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(doctor.status.success(), "{said}");
    let hospital = format!("link to Lakeside Hospital at 127.0.0.1:{}: secure by X25519MLKEM768", links.ports);
    assert!(said.contains(&hospital) && said.matches("secure by").count() == 3, "{said}");

    // A new key stands by, then it is in force, and the one before is refused.
    let epione = |arguments: &[&str], paths: [&Path; 2]| {
        let done = Command::new(EPIONE).args(arguments).arg(paths[0]).arg("--key").arg(paths[1]).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let made = Command::new(EPIONE).args(["key", "tls", "--out"]).arg(tls.join("2")).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let new = load_folder(&tls).unwrap().remove(1);
    assert!(String::from_utf8_lossy(&made.stdout).contains(&new.key().to_string()));
    consortium.until("the new certificate stands by", |consortium| {
        consortium.nodes[LABORATORY].log().contains("were read again").then_some(())
    });
    assert!(matches!(links.hello(0, &new), Err(LinkError::Refused { .. })));
    assert!(links.hello(0, &old).is_ok());
    let node = laboratory.api.url("");
    let register = ["key", "register-tls", "--node", &node, "--certificate"];
    epione(&register, [&tls.join("2.pem"), &laboratory.folder.join("keys/operations.key")]);
    consortium.until("the hospital takes the new key", |_| links.hello(0, &new).ok());
    assert!(matches!(links.hello(0, &old), Err(LinkError::Refused { .. })));
    // Who has not seen the block yet asks the laboratory for the key from before, and is shown it.
    let hospital = load_folder(&consortium.nodes[0].folder.join("keys/tls")).unwrap().remove(0);
    let hello = links.asking(0, LABORATORY, &hospital).unwrap();
    assert_eq!((hello.org, hello.caller.org), (links.orgs[LABORATORY], links.orgs[0]));

    // A suspended organization is told so; what is open to it is the routes' matter.
    suspend(&consortium, links.orgs[LABORATORY]);
    consortium.until("the hospital sees the suspension", |_| {
        links.hello(0, &new).ok().filter(|hello| hello.caller.status == Status::Suspended)
    });
    consortium.assert_quiet(&["PRIVATE KEY"]);
}

#[test]
fn a_node_without_the_registered_certificate_says_so() {
    let mut consortium = Consortium::found();
    let node = &mut consortium.nodes[1];
    let tls = node.folder.join("keys/tls");
    for name in ["1.pem", "1.key"] {
        fs::remove_file(tls.join(name)).unwrap();
    }
    let config = node.config();
    let (code, error) = crate::consortium::epione(&["node", "--config"], &[&config]);
    assert!(code == Some(1) && error.contains("`peer.certificates`") && error.contains("epione key tls"), "{error}");
    assert!(Command::new(EPIONE).args(["key", "tls", "--out"]).arg(tls.join("9")).output().unwrap().status.success());
    consortium.start_all();
    consortium.until("the log names the key that is missing", |consortium| {
        consortium.nodes[1].log().contains("is not in `peer.certificates`").then_some(())
    });
}
