//! A consortium whose keys are derived from names, and a row store in memory.

use crate::identity::{IdentityKey, IdentityKind, KeyRole, ProvenKey, registration_message};
use crate::network::{Addresses, Genesis, Jurisdiction, Keys, Member, OrganizationKind, Parameters, Role};
use epione_kernel::{
    Cell, Domain, EventAt, Module, RawEvent, Rights, Row, RowOp, RowSource, Rows, RowsError, Select, Signer,
    testing::{World, signing_key},
};
use epione_types::{IdentityId, List, OrgId, Origin, PublicKey, SignerId, Text, UnixMs, encode};
use serde_json::json;
use std::collections::BTreeMap;

/// The key of `name` for `purpose`.
pub(crate) fn key(name: &str, purpose: &str) -> PublicKey {
    signing_key(&format!("{name} {purpose}")).public()
}

/// A member whose keys are derived from its name. Only validators have a vote key.
pub(crate) fn member(name: &str, role: Role) -> Member {
    Member {
        name: Text::new(name).unwrap(),
        kind: OrganizationKind::Hospital,
        jurisdiction: Jurisdiction::new("CH").unwrap(),
        role,
        keys: Keys {
            root: key(name, "root"),
            operations: key(name, "operations"),
            vote: (role == Role::Validator).then(|| key(name, "vote")),
            receipt: None,
            tls: None,
            kem: None,
        },
        addresses: Addresses::default(),
    }
}

pub(crate) fn org(name: &str) -> OrgId {
    OrgId::from_root(&key(name, "root"))
}

/// Validators `v1…`, members `m1…` and observers `o1…`.
pub(crate) fn founders(validators: usize, members: usize, observers: usize) -> Vec<Member> {
    let named = |prefix: &'static str, role: Role, count: usize| {
        (1..=count).map(move |number| member(&format!("{prefix}{number}"), role))
    };
    let validators = named("v", Role::Validator, validators);
    validators.chain(named("m", Role::Member, members)).chain(named("o", Role::Observer, observers)).collect()
}

pub(crate) fn genesis(members: Vec<Member>) -> Genesis {
    Genesis { parameters: Parameters::default(), members: List::new(members).unwrap() }
}

/// The organization called `name` by its operations or root key.
pub(crate) fn signer(name: &str, purpose: &str) -> Signer {
    let rights = Rights { org: org(name), root: false, suspended: false };
    Signer { id: SignerId::Organization(org(name)), key: key(name, purpose), rights }
}

/// A world with the modules that `D` requires, in which the members act by their operations keys.
pub(crate) fn consortium<D: Domain>(genesis: &Genesis, demo: bool) -> World<D> {
    let mut world = World::default();
    world.demo = demo;
    for module in crate::ALL.iter().filter(|module| D::REQUIRES.contains(&module.id())) {
        let begins_with = if module.name() == "network" { encode(genesis) } else { Vec::new() };
        world.require(*module, &begins_with);
    }
    for member in genesis.members.iter() {
        let name = member.name.as_str();
        let by = signer(name, "operations");
        world.actor_with_key(name, by.id, by.rights, by.key);
    }
    world
}

/// Registers an identity of the organization `home`, which acts under `name` by a key of that name. The world has the
/// module `identity` among those that it requires.
pub(crate) fn register<D: Domain>(world: &mut World<D>, home: &str, name: &str, kind: IdentityKind) -> IdentityId {
    let key = IdentityKey { key: signing_key(name).public(), role: KeyRole::Sign };
    let message = registration_message(&org(home), kind, &[key], None);
    let proven = ProvenKey { role: key.role, proof: signing_key(name).sign(&message) };
    let fields = json!({ "org": org(home), "kind": kind, "keys": [proven], "policy": null });
    world.check(&format!("{home} | identity.register | {fields} | ok {name}"));
    let id: IdentityId = world.names[name].parse().unwrap();
    let rights = Rights { org: org(home), root: false, suspended: false };
    world.actor_with_key(name, SignerId::Identity(id), rights, key.key);
    id
}

/// The rows of one module.
#[derive(Default)]
pub(crate) struct MemoryRows {
    tables: BTreeMap<&'static str, Vec<Row>>,
    events: u64,
}

impl MemoryRows {
    /// Applies what `module` makes of an event.
    pub(crate) fn apply(&mut self, module: &dyn Module, event: &RawEvent, time: UnixMs) {
        let mut rows = Rows::default();
        let origin = Origin::Call { id: epione_types::TxId([1; 32]), index: 0 };
        let at = EventAt { position: self.events, height: 1, time, origin };
        module.project(event, &at, &mut rows);
        self.events = self.events.saturating_add(1);
        for op in rows.into_ops() {
            self.change(module, op);
        }
    }

    fn change(&mut self, module: &dyn Module, op: RowOp) {
        let (table, key) = match &op {
            RowOp::Put { table, cells } => (*table, cells.clone()),
            RowOp::Set { table, key, .. } | RowOp::Delete { table, key } => (*table, key.clone()),
        };
        let schema = module.tables().iter().find(|known| known.name == table).unwrap();
        let rows = self.tables.entry(table).or_default();
        let next = rows.last().map_or(1, |row| row.place.saturating_add(1));
        let found = rows.iter().position(|row| row.cells[..schema.key] == key[..schema.key]);
        match (op, found) {
            (RowOp::Put { cells, .. }, Some(at)) => rows[at].cells = cells,
            (RowOp::Put { cells, .. }, None) => {
                assert_eq!(cells.len(), schema.columns.len());
                rows.push(Row { place: next, cells });
            }
            (RowOp::Set { cells, .. }, Some(at)) => {
                for (name, cell) in cells {
                    let column = schema.columns.iter().position(|column| column.name == name).unwrap();
                    rows[at].cells[column] = cell;
                }
            }
            (RowOp::Delete { .. }, Some(at)) => drop(rows.remove(at)),
            (RowOp::Set { .. } | RowOp::Delete { .. }, None) => {}
        }
    }
}

impl RowSource for MemoryRows {
    fn select(&self, module: &'static str, select: &Select) -> Result<Vec<Row>, RowsError> {
        let module = crate::ALL.iter().find(|known| known.name() == module).unwrap();
        let schema = module.tables().iter().find(|known| known.name == select.table).unwrap();
        let has = |row: &&Row, (name, cell): &(&str, Cell)| {
            let column = schema.columns.iter().position(|column| column.name == *name).unwrap();
            row.cells[column] == *cell
        };
        let rows = self.tables.get(select.table).into_iter().flatten();
        let after = rows.filter(|row| select.after.is_none_or(|after| row.place > after));
        let equal = after.filter(|row| select.equals.iter().all(|equal| has(row, equal)));
        Ok(equal.take(usize::try_from(select.limit).unwrap()).cloned().collect())
    }
}
