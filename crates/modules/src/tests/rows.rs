//! Lists: events become rows, and queries read them.

use crate::{
    ALL,
    network::{self, Addresses, Network, Role, Status},
    notary,
    tests::fixture::{MemoryRows, founders, genesis, member, org, signer},
};
use epione_kernel::{MemoryState, Numbered, QuerySource, RawEvent, Sources, View, testing::World};
use epione_types::{Hash, ModuleId, NoteId, OrgId, ProposalId, SignerId, UnixMs};
use serde_json::{Value, json};

fn ask(rows: &MemoryRows, module: u16, query: u16, now: UnixMs, fields: Value) -> Value {
    let state = MemoryState::default();
    let sources = Sources { state: View::new(&state), rows, now };
    let module = ALL.iter().find(|known| known.id() == ModuleId(module)).unwrap();
    module.query(&sources, query, fields).unwrap()
}

fn feed<E: Numbered>(rows: &mut MemoryRows, module: u16, events: &[E]) {
    let known = ALL.iter().find(|known| known.id() == ModuleId(module)).unwrap();
    for event in events {
        let raw = RawEvent { module: ModuleId(module), number: event.number(), body: event.body() };
        rows.apply(*known, &raw, UnixMs(1_000));
    }
}

fn column<'a>(answer: &'a Value, list: &str, field: &str) -> Vec<&'a str> {
    answer[list].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap()).collect()
}

#[test]
fn organizations() {
    let mut rows = MemoryRows::default();
    let entered = |name: &str, role| {
        let member = Box::new(member(name, role));
        network::Event::Admitted(network::events::Admitted { org: org(name), member, proposal: None })
    };
    let proposal = ProposalId([1; 16]);
    let addresses =
        Addresses { consensus: Some(network::HostPort::new("a.example:1").unwrap()), api: None, peer: None };
    feed(
        &mut rows,
        1,
        &[
            entered("v1", Role::Validator),
            entered("m1", Role::Member),
            entered("m2", Role::Member),
            network::Event::RoleChanged(network::events::RoleChanged {
                org: org("m2"),
                role: Role::Observer,
                proposal,
            }),
            network::Event::Suspended(network::events::Suspended {
                org: org("m1"),
                reason: network::ExclusionReason::Breach,
                proposal,
            }),
            network::Event::AddressesSet(network::events::AddressesSet { org: org("v1"), addresses }),
        ],
    );
    let list = |fields| ask(&rows, 1, 2, UnixMs(0), fields);
    assert_eq!(column(&list(json!({})), "organizations", "name"), ["v1", "m1", "m2"]);
    assert_eq!(column(&list(json!({"role": "observer"})), "organizations", "name"), ["m2"]);
    assert_eq!(column(&list(json!({"status": "suspended", "kind": "hospital"})), "organizations", "name"), ["m1"]);
    let first = list(json!({"limit": 2}));
    assert_eq!(first["organizations"][0]["consensus"], "a.example:1");
    assert_eq!(first["organizations"][0]["api"], Value::Null);
    let rest = list(json!({"limit": 2, "after": first["next"]}));
    assert_eq!((column(&rest, "organizations", "name"), &rest["next"]), (vec!["m2"], &Value::Null));
}

#[test]
fn proposals() {
    let mut rows = MemoryRows::default();
    let proposed = |byte, deadline, change| {
        let (id, author) = (ProposalId([byte; 16]), OrgId([9; 16]));
        network::Event::Proposed(network::events::Proposed { id, author, change, deadline: UnixMs(deadline) })
    };
    let reinstate = network::Change::Reinstate { org: org("m1") };
    let halt = network::Change::HaltAt { height: 9, release: epione_types::Text::new("2").unwrap(), state_format: 2 };
    let enacted = network::events::ProposalEnacted { proposal: ProposalId([2; 16]), approvals: 3, electorate: 4 };
    feed(
        &mut rows,
        1,
        &[proposed(1, 2_000, reinstate), proposed(2, 2_000, halt), network::Event::ProposalEnacted(enacted)],
    );
    let list = |now, fields| ask(&rows, 1, 4, UnixMs(now), fields);
    let all = list(2_000, json!({}));
    assert_eq!(column(&all, "proposals", "change"), ["reinstate", "halt-at"]);
    assert_eq!(column(&all, "proposals", "status"), ["open", "enacted"]);
    assert_eq!(all["proposals"][0]["subject"], org("m1").to_string());
    assert_eq!(all["proposals"][1]["subject"], Value::Null);
    // Expired by its deadline, before the ledger noted it.
    assert_eq!(column(&list(2_001, json!({"status": "open"})), "proposals", "status"), ["expired"]);
    assert_eq!(column(&list(0, json!({"author": OrgId([8; 16])})), "proposals", "id"), [""; 0]);
}

#[test]
fn identities() {
    use crate::identity::{Event, IdentityKind, events};
    let mut rows = MemoryRows::default();
    let registered = |byte: u8, kind| {
        let (id, org) = (epione_types::IdentityId([byte; 16]), org("m1"));
        Event::Registered(events::Registered { id, org, kind, keys: Default::default(), policy: None })
    };
    let id = |byte: u8| epione_types::IdentityId([byte; 16]);
    feed(
        &mut rows,
        2,
        &[
            registered(1, IdentityKind::Person),
            registered(2, IdentityKind::Device),
            registered(3, IdentityKind::Device),
            Event::Deactivated(events::Deactivated { id: id(1) }),
            Event::Closed(events::Closed { id: id(2) }),
            Event::Transferred(events::Transferred { id: id(3), from: org("m1"), to: org("v1") }),
        ],
    );
    let list = |fields| ask(&rows, 2, 3, UnixMs(0), fields);
    let all = list(json!({}));
    assert_eq!(column(&all, "identities", "status"), ["deactivated", "closed", "active"]);
    assert_eq!(column(&list(json!({"org": org("v1")})), "identities", "id"), [id(3).to_string()]);
    assert_eq!(column(&list(json!({"kind": "device", "status": "closed"})), "identities", "id"), [id(2).to_string()]);
    feed(
        &mut rows,
        2,
        &[Event::RecoveryFinished(events::RecoveryFinished { id: id(1), number: 0, keys: Default::default() })],
    );
    let all = ask(&rows, 2, 3, UnixMs(0), json!({"limit": 1}));
    assert_eq!(column(&all, "identities", "status"), ["active"]);
}

#[test]
fn notes() {
    let mut world = World::<notary::Notary>::default();
    let mut rows = MemoryRows::default();
    let lab = world.org("lab");
    let by = world.actors["lab"];
    let commit = |byte| {
        let commitment = Hash([byte; 32]);
        notary::Call::Commit(notary::Commit { commitment, kind: notary::Kind::Protocol })
    };
    let mut ids = Vec::new();
    for call in [commit(1), commit(2), commit(3)] {
        for event in world.call(&by, call.number(), &call.body()).unwrap() {
            rows.apply(ALL[2], &event, world.now);
            ids.push(epione_types::decode::<(NoteId, SignerId)>(&event.body[..33], 33).unwrap().0);
        }
    }
    let withdraw = notary::Call::Withdraw(notary::Withdraw { id: ids[1] });
    let supersede = notary::Call::Supersede(notary::Supersede { id: ids[2], commitment: Hash([4; 32]) });
    for call in [withdraw, supersede] {
        for event in world.call(&by, call.number(), &call.body()).unwrap() {
            rows.apply(ALL[2], &event, world.now);
        }
    }
    let owner = SignerId::Organization(lab);
    let all = ask(&rows, 3, 2, world.now, json!({"owner": owner}));
    assert_eq!(column(&all, "notes", "status"), ["committed", "withdrawn", "superseded", "committed"]);
    let page = ask(&rows, 3, 2, world.now, json!({"limit": 3}));
    let rest = ask(&rows, 3, 2, world.now, json!({"limit": 3, "after": page["next"]}));
    assert_eq!(column(&rest, "notes", "commitment"), [Hash([4; 32]).to_string()]);
}

#[test]
fn the_agreed_state_answers() {
    let world = World::<Network>::with_genesis(&genesis(founders(4, 1, 0)));
    let rows = MemoryRows::default();
    let sources = Sources { state: View::new(&world.state), rows: &rows, now: world.now };
    let ask = |query, fields| ALL[0].query(&sources, query, fields);
    let organization = ask(1, json!({"id": org("v1")})).unwrap();
    assert_eq!(
        organization["organization"]["keys"]["vote"],
        member("v1", Role::Validator).keys.vote.unwrap().to_string()
    );
    assert_eq!(organization["organization"]["status"], serde_json::to_value(Status::Active).unwrap());
    assert_eq!(ask(5, json!({"height": 5})).unwrap()["parameters"]["heartbeat_ms"], 60_000);
    assert_eq!(ask(6, json!({})).unwrap()["current"]["validators"].as_array().unwrap().len(), 4);
    assert!(ask(1, json!({"id": OrgId([9; 16])})).is_err());
    assert!(ask(3, json!({"id": ProposalId([9; 16])})).is_err());
    assert_eq!(signer("v1", "operations").id, SignerId::Organization(org("v1")));
    for module in ALL {
        for query in &module.surface().queries {
            let tables = module.tables().len();
            assert!(query.source == QuerySource::State || tables > 0);
        }
    }
}
