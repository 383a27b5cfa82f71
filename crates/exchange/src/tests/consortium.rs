//! Five members: four that care, of whom each holds shares, and a plan that does not.

use super::chain::{Actor, Chain, Node};
use crate::{
    Exchange, PutOrder, Settings,
    catalog::{Catalog, CatalogMatcher},
    exchange::call,
    messages::{Message, Query, Reply},
    ports::{Entropy, Keys, KeysError, PeerError, Peers, Ports},
    testing::MemoryStore,
};
use epione_modules::{
    access::{self, Access},
    identity::{self, Identities, IdentityKey, IdentityKind, KeyRole, ProvenKey, registration_message},
    network::{self, Addresses, Jurisdiction, KemKey, Member, OrganizationKind, Parameters, Role, XWingKey},
};
use epione_types::{
    Call, Hash, IdentityId, List, OrgId, Quarter, RequestId, Signature, SignerId, SigningKey, SubjectId, Text, UnitId,
    UnixMs,
};
use epione_vault::{
    KemPublic, KemSecret, NoRandom, Random,
    tags::Label,
    testing::{MemoryBlobs, SeededRandom},
};
use futures::{executor::block_on, future::BoxFuture};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};
use zeroize::Zeroizing;

pub(super) const NAMES: [&str; 5] = ["north", "south", "east", "west", "plan"];

pub(super) fn key(name: &str, purpose: &str) -> SigningKey {
    SigningKey::from_seed(Hash::sha256(&[name.as_bytes(), b" ", purpose.as_bytes()]).0)
}

pub(super) fn org(name: &str) -> OrgId {
    OrgId::from_root(&key(name, "root").public())
}

pub(super) fn label(text: &str) -> Label {
    Text::new(text).unwrap()
}

#[derive(Debug)]
struct Seeded(Mutex<SeededRandom>);

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandom> {
        self.0.lock().unwrap().fill(bytes)
    }
}

/// The keys of a member; its KEM keys are derived from its name.
#[derive(Debug)]
pub(super) struct NodeKeys {
    name: &'static str,
    pub(super) kem: Mutex<BTreeMap<u32, KemSecret>>,
}

fn kem_of(name: &str, period: u32) -> KemSecret {
    KemSecret::from_seed(&Hash::sha256(&[name.as_bytes(), b" kem ", &period.to_le_bytes()]).0)
}

impl Keys for NodeKeys {
    fn kem(&self, period: u32) -> Result<Option<KemSecret>, KeysError> {
        Ok(self.kem.lock().unwrap().get(&period).cloned())
    }

    fn create_kem(&self, period: u32) -> Result<KemPublic, KeysError> {
        let mut kem = self.kem.lock().unwrap();
        Ok(kem.entry(period).or_insert_with(|| kem_of(self.name, period)).public())
    }

    fn destroy_kem(&self, period: u32) -> Result<(), KeysError> {
        self.kem.lock().unwrap().remove(&period);
        Ok(())
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, KeysError> {
        Ok(key(self.name, "receipt").sign(message))
    }

    fn storage(&self) -> Result<Zeroizing<[u8; 32]>, KeysError> {
        Ok(Zeroizing::new(Hash::sha256(&[self.name.as_bytes(), b" storage"]).0))
    }
}

/// What a liar makes of a reply.
pub(super) type Lie = fn(Reply) -> Reply;

/// The links between the members.
#[derive(Debug, Default)]
pub(super) struct Wires {
    exchanges: Mutex<BTreeMap<OrgId, Exchange>>,
    pub(super) down: Mutex<BTreeSet<OrgId>>,
    pub(super) lies: Mutex<BTreeMap<OrgId, Lie>>,
}

#[derive(Debug)]
struct Link {
    me: OrgId,
    wires: Arc<Wires>,
}

impl Peers for Link {
    fn ask(&self, org: OrgId, message: Message) -> BoxFuture<'_, Result<Reply, PeerError>> {
        Box::pin(async move {
            let down = self.wires.down.lock().unwrap().contains(&org);
            let exchange = self.wires.exchanges.lock().unwrap().get(&org).cloned();
            let Some(exchange) = exchange.filter(|_| !down) else { return Err(PeerError::Unreachable(org)) };
            // What travels are bytes.
            let message = Message::from_bytes(message.name(), &message.to_bytes()).unwrap();
            let mut reply = exchange.serve(self.me, message).await;
            let lie = self.wires.lies.lock().unwrap().get(&org).copied();
            if let Some(lie) = lie {
                reply = lie(reply);
            }
            Ok(Reply::from_bytes(&reply.to_bytes()).unwrap())
        })
    }
}

/// A member with everything of its node.
pub(super) struct Site {
    pub(super) org: OrgId,
    pub(super) operations: Actor,
    pub(super) exchange: Exchange,
    pub(super) node: Arc<Node>,
    pub(super) store: Arc<MemoryStore>,
    pub(super) blobs: Arc<MemoryBlobs>,
    pub(super) keys: Arc<NodeKeys>,
}

/// All of them, with a patient of north and a practitioner of west.
pub(super) struct Consortium {
    pub(super) chain: Chain,
    pub(super) wires: Arc<Wires>,
    pub(super) sites: BTreeMap<&'static str, Site>,
    pub(super) patient: Actor,
    pub(super) doctor: Actor,
    pub(super) subject: SubjectId,
}

fn member(name: &str) -> Member {
    let is_plan = name == "plan";
    let secret = kem_of(name, 0);
    let kem =
        (!is_plan).then(|| KemKey { period: 0, key: XWingKey::new(secret.public().to_bytes().to_vec()).unwrap() });
    Member {
        name: Text::new(name).unwrap(),
        kind: if is_plan { OrganizationKind::Payer } else { OrganizationKind::Hospital },
        jurisdiction: Jurisdiction::new("CH").unwrap(),
        role: if is_plan { Role::Member } else { Role::Validator },
        keys: network::Keys {
            root: key(name, "root").public(),
            operations: key(name, "operations").public(),
            vote: (!is_plan).then(|| key(name, "vote").public()),
            receipt: Some(key(name, "receipt").public()),
            tls: None,
            kem,
        },
        addresses: Addresses::default(),
    }
}

/// Registers an identity of `home`.
pub(super) fn register(chain: &Chain, home: &Actor, (of, name): (OrgId, &str), kind: IdentityKind) -> Actor {
    let signing = key(name, "sign");
    let plain = IdentityKey { key: signing.public(), role: KeyRole::Sign };
    let message = registration_message(&of, kind, &[plain], None);
    let proven = ProvenKey { role: KeyRole::Sign, proof: signing.sign(&message) };
    let register = identity::Register { org: of, kind, keys: List::new(vec![proven]).unwrap(), policy: None };
    let outcome = chain.call(home, call::<Identities>(&identity::Call::Register(register)));
    Actor { id: SignerId::Identity(IdentityId(outcome.call(0).short())), key: signing }
}

pub(super) fn identity_of(actor: &Actor) -> IdentityId {
    match actor.id {
        SignerId::Identity(id) => id,
        SignerId::Organization(_) => panic!("an organization is no identity"),
    }
}

impl Consortium {
    pub(super) fn new() -> Self {
        let members: Vec<Member> = NAMES.iter().map(|name| member(name)).collect();
        let genesis = network::Genesis { parameters: Parameters::default(), members: List::new(members).unwrap() };
        let chain = Chain::new(&genesis);
        let wires = Arc::new(Wires::default());
        let mut sites = BTreeMap::new();
        for name in NAMES {
            let operations = Actor { id: SignerId::Organization(org(name)), key: key(name, "operations") };
            let service = register(&chain, &operations, (org(name), &format!("{name} service")), IdentityKind::Service);
            let site = site(name, &chain, &wires, (operations, service));
            wires.exchanges.lock().unwrap().insert(org(name), site.exchange.clone());
            sites.insert(name, site);
        }
        let home = |name: &str| Actor { id: SignerId::Organization(org(name)), key: key(name, "operations") };
        let patient = register(&chain, &home("north"), (org("north"), "patient"), IdentityKind::Person);
        let doctor = register(&chain, &home("west"), (org("west"), "doctor"), IdentityKind::Practitioner);
        let identifier =
            Query::Identifier { system: Text::new("urn:north").unwrap(), value: Text::new("4711").unwrap() };
        let north = &sites["north"].exchange;
        let subject = block_on(north.enroll(Some(identity_of(&patient)), Hash([1; 32]), &[identifier])).unwrap();
        Self { chain, wires, sites, patient, doctor, subject }
    }

    pub(super) fn exchange(&self, name: &str) -> &Exchange {
        &self.sites[name].exchange
    }

    /// The node of a member starts anew over what it has on disk.
    pub(super) fn restart(&mut self, name: &'static str) {
        let site = self.sites.get_mut(name).unwrap();
        site.store.restart();
        let ports = site.exchange.ports.clone();
        site.exchange = Exchange::new(site.org, ports, site.exchange.settings.clone()).unwrap();
        self.wires.exchanges.lock().unwrap().insert(site.org, site.exchange.clone());
    }

    /// Everybody reads all events and does all that is due.
    pub(super) fn settle(&self) {
        for _ in 0..8 {
            for site in self.sites.values() {
                while block_on(site.exchange.step()).unwrap() {}
                block_on(site.exchange.work()).unwrap();
            }
        }
    }

    pub(super) fn order<'a>(&self, items: &'a [&'a [u8]]) -> PutOrder<'a> {
        PutOrder {
            subject: self.subject,
            items,
            category: label("laboratory"),
            class: label("normal"),
            encounter: Some(Text::new("visit-1").unwrap()),
            author: None,
            restricted: false,
            locked: false,
            self_paid: false,
            care: Quarter::of(self.chain.clock()),
            retain_until: Quarter::of(self.chain.clock()),
            supersedes: None,
        }
    }

    /// The doctor requests units for treatment.
    pub(super) fn request(&self, units: &[UnitId]) -> RequestId {
        self.request_in(units, None)
    }

    /// The doctor requests units for treatment, or for emergency treatment under an emergency access.
    pub(super) fn request_in(&self, units: &[UnitId], emergency: Option<epione_types::EmergencyId>) -> RequestId {
        use epione_modules::consent::Purpose;
        let west = self.exchange("west");
        let reader = block_on(west.reader(units)).unwrap();
        let request = access::RequestUnits {
            units: List::new(units.to_vec()).unwrap(),
            purpose: if emergency.is_some() { Purpose::Etreat } else { Purpose::Treat },
            consents: List::default(),
            role: None,
            reader,
            evidence: west.prepare_evidence(b"the patient is here").unwrap(),
            law: None,
            emergency,
            locate: None,
            expires_at: UnixMs(self.chain.clock().0 + 3_600_000),
        };
        let outcome = self.chain.call(&self.doctor, access_call(access::Call::RequestUnits(request)));
        RequestId(outcome.call(0).short())
    }

    /// The patient permits west to see everything, for treatment.
    pub(super) fn grant(&self) -> epione_types::ConsentId {
        use epione_modules::consent::{self, Consents, Effect, Provision, Purpose, Recipient};
        let provision = Provision {
            parent: None,
            effect: Effect::Permit,
            recipients: List::new(vec![Recipient::Organization(org("west"))]).unwrap(),
            purposes: List::new(vec![Purpose::Treat]).unwrap(),
            labels: List::default(),
            restricted: false,
            care: None,
            valid: None,
        };
        let grant = consent::Grant {
            subject: self.subject,
            provisions: List::new(vec![provision]).unwrap(),
            form: None,
            lifts: List::default(),
            evidence: Hash([4; 32]),
        };
        let outcome = self.chain.call(&self.patient, call::<Consents>(&consent::Call::Grant(grant)));
        epione_types::ConsentId(outcome.call(0).short())
    }

    pub(super) fn revoke(&self, consent: epione_types::ConsentId) {
        use epione_modules::consent::{self, Consents};
        let revoke = consent::Revoke { consent };
        self.chain.call(&self.patient, call::<Consents>(&consent::Call::Revoke(revoke)));
    }
}

pub(super) fn access_call(of: access::Call) -> Call {
    call::<Access>(&of)
}

fn site(name: &'static str, chain: &Chain, wires: &Arc<Wires>, (operations, service): (Actor, Actor)) -> Site {
    let node =
        Arc::new(Node { chain: chain.clone(), service, cut_off: Mutex::default(), seen_at: Mutex::new(chain.clock()) });
    let (store, blobs) = (Arc::new(MemoryStore::default()), Arc::new(MemoryBlobs::default()));
    let keys = Arc::new(NodeKeys { name, kem: Mutex::default() });
    if name != "plan" {
        keys.create_kem(0).unwrap();
    }
    let entropy: Arc<dyn Entropy> = Arc::new(Seeded(Mutex::new(SeededRandom::new(Hash::sha256(&[name.as_bytes()]).0))));
    let catalog = Catalog::new(store.clone(), Arc::clone(&entropy), &keys.storage().unwrap());
    let ports = Ports {
        ledger: node.clone(),
        peers: Arc::new(Link { me: org(name), wires: Arc::clone(wires) }),
        clock: Arc::new(chain.clone()),
        entropy,
        keys: keys.clone(),
        store: store.clone(),
        blobs: blobs.clone(),
        matcher: Arc::new(CatalogMatcher(catalog)),
    };
    let exchange = Exchange::new(org(name), ports, Settings::default()).unwrap();
    Site { org: org(name), operations, exchange, node, store, blobs, keys }
}
