//! A chain of the real modules.

use super::{
    Chain, key,
    missing::{hints, slowly},
};
use crate::{SystemReject, check_tx};
use epione_kernel::{Dice, KeySet, Numbered};
use epione_modules::{
    ALL,
    identity::{self, Guardian, IdentityKey, IdentityKind, KeyRole, Policy, ProvenKey},
    network::{self, Addresses, Change, ExclusionReason, Jurisdiction, Keys, Member, OrganizationKind, Role},
    notary,
};
use epione_types::{
    Bytes, Call, Hash, IdentityId, List, ModuleId, Nonce, NoteId, OrgId, ProposalId, SignedTx, SignerId, Text, encode,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

const NAMES: [&str; 7] = ["v1", "v2", "v3", "v4", "v5", "v6", "m1"];

fn member(name: &str) -> Member {
    let public = |purpose: &str| key(&format!("{name} {purpose}")).public();
    let validator = name.starts_with('v');
    Member {
        name: Text::new(name).unwrap(),
        kind: OrganizationKind::Hospital,
        jurisdiction: Jurisdiction::new("CH").unwrap(),
        role: if validator { Role::Validator } else { Role::Member },
        keys: Keys {
            root: public("root"),
            operations: public("operations"),
            vote: validator.then(|| public("vote")),
            receipt: None,
            tls: None,
            kem: None,
        },
        addresses: Addresses::default(),
    }
}

fn org(name: &str) -> OrgId {
    member(name).id()
}

/// The real modules, begun: six validators and a member. Recoveries take minutes.
fn begun() -> Chain {
    let members = List::new(NAMES.iter().map(|name| member(name)).collect()).unwrap();
    let parameters = network::Parameters { recovery_delay_ms: 60_000, ..network::Parameters::default() };
    let genesis = network::Genesis { members, parameters };
    let body = |module: &dyn epione_kernel::Module| match module.id() {
        ModuleId(1) => encode(&genesis),
        _ => module.genesis_from_json(serde_json::json!({})).unwrap(),
    };
    let mut chain = Chain::new(ALL, ALL.iter().map(|module| (module.id(), body(*module))).collect());
    chain.block(1, &[]).unwrap();
    chain
}

fn call(module: u16, call: &impl Numbered) -> Call {
    Call { module: ModuleId(module), call: call.number(), body: Bytes::new(call.body()).unwrap() }
}

/// Signs calls by the operations keys of organizations and the first keys of identities, each with its own sequence.
#[derive(Default)]
struct Pen {
    next: BTreeMap<String, u64>,
    identities: BTreeMap<String, IdentityId>,
}

impl Pen {
    fn signer(&self, name: &str) -> SignerId {
        self.identities.get(name).map_or(SignerId::Organization(org(name)), |id| SignerId::Identity(*id))
    }

    fn tx(&mut self, chain: &Chain, name: &str, calls: Vec<Call>) -> SignedTx {
        let signer = self.signer(name);
        let seq = self.next.entry(name.to_owned()).or_insert(0);
        *seq += 1;
        chain.tx(signer, &key(&format!("{name} operations")), Nonce { lane: 0, seq: *seq }, calls)
    }

    /// Registers an identity of v1 under `name`, with guardians.
    fn register(&mut self, chain: &mut Chain, name: &str) {
        let guardians = ["v1", "v2", "m1"].map(|name| Guardian::Signer(SignerId::Organization(org(name))));
        let guardians = List::new(guardians.to_vec()).unwrap();
        let policy = Some(Policy { threshold: 2, guardians, delay_ms: 300_000 });
        let keys = [format!("{name} operations"), format!("{name} other")];
        let plain = keys.clone().map(|name| IdentityKey { key: key(&name).public(), role: KeyRole::Sign });
        let kind = IdentityKind::Practitioner;
        let message = identity::registration_message(&org("v1"), kind, &plain, policy.as_ref());
        let proven = keys.map(|name| ProvenKey { role: KeyRole::Sign, proof: key(&name).sign(&message) });
        let keys = List::new(proven.to_vec()).unwrap();
        let register = identity::Register { org: org("v1"), kind, keys, policy };
        let tx = self.tx(chain, "v1", vec![call(2, &identity::Call::Register(register))]);
        let id = IdentityId(tx.tx.call_id(0).short());
        assert_eq!(chain.block(1_000, &[tx]).unwrap().txs[0].codes, [0]);
        self.identities.insert(name.to_owned(), id);
    }

    fn run(&mut self, chain: &mut Chain, name: &str, one: Call) -> u32 {
        let tx = self.tx(chain, name, vec![one]);
        chain.block(1_000, &[tx]).unwrap().txs[0].codes[0]
    }
}

#[test]
fn a_member_is_suspended_by_vote_and_loses_what_is_closed_to_it() {
    let (mut chain, mut pen) = (begun(), Pen::default());
    let commit = |byte| {
        let commitment = Hash([byte; 32]);
        call(3, &notary::Call::Commit(notary::Commit { commitment, kind: notary::Kind::Protocol }))
    };
    let tx = pen.tx(&chain, "m1", vec![commit(1), commit(2)]);
    let note = NoteId(tx.tx.call_id(1).short());
    assert_eq!(chain.block(1_000, &[tx]).unwrap().txs[0].codes, [0, 0]);

    let change = Change::Suspend { org: org("m1"), reason: ExclusionReason::Misuse };
    let propose = pen.tx(&chain, "v1", vec![call(1, &network::Call::Propose(network::Propose { change }))]);
    let proposal = ProposalId(propose.tx.call_id(0).short());
    let vote = call(1, &network::Call::Vote(network::Vote { proposal, approve: true }));
    // A proposal and the votes on it stand in one block; the fifth of seven decides. The member acts once more before.
    let mut txs = vec![propose, pen.tx(&chain, "m1", vec![vote.clone()])];
    txs.extend(NAMES[..5].iter().map(|name| pen.tx(&chain, name, vec![vote.clone()])));
    txs.push(pen.tx(&chain, "m1", vec![commit(3), call(3, &notary::Call::Withdraw(notary::Withdraw { id: note }))]));
    let outcome = chain.block(1_000, &txs).unwrap();
    let codes: Vec<&[u32]> = outcome.txs.iter().map(|tx| &tx.codes[..]).collect();
    let not_eligible = 1 << 16 | 11;
    let suspended = SystemReject::Suspended.code();
    assert_eq!(codes, [&[0][..], &[not_eligible], &[0], &[0], &[0], &[0], &[0], &[suspended, 0]]);

    let change = Change::Reinstate { org: org("m1") };
    let propose = pen.tx(&chain, "v1", vec![call(1, &network::Call::Propose(network::Propose { change }))]);
    let proposal = ProposalId(propose.tx.call_id(0).short());
    chain.block(1_000, &[propose]).unwrap();
    let vote = call(1, &network::Call::Vote(network::Vote { proposal, approve: true }));
    for name in &NAMES[..5] {
        assert_eq!(pen.run(&mut chain, "m1", commit(4)), suspended);
        assert_eq!(pen.run(&mut chain, name, vote.clone()), 0);
    }
    assert_eq!(pen.run(&mut chain, "m1", commit(4)), 0);
}

#[test]
fn a_replaced_key_signs_nothing_from_the_next_transaction_on() {
    let (mut chain, mut pen) = (begun(), Pen::default());
    let fresh = key("fresh");
    let message = network::rotation_message(&org("m1"), network::Purpose::Operations, 0);
    let new = network::NewKey::Operations(fresh.sign(&message));
    let rotate = call(1, &network::Call::RotateKey(network::RotateKey { org: org("m1"), rotation: 0, key: new }));
    let addresses = call(1, &network::Call::SetAddresses(network::SetAddresses { addresses: Addresses::default() }));
    let rotated = pen.tx(&chain, "m1", vec![rotate, addresses.clone()]);
    let old = pen.tx(&chain, "m1", vec![addresses.clone()]);
    let signer = SignerId::Organization(org("m1"));
    let new = chain.tx(signer, &fresh, Nonce { lane: 0, seq: 2 }, vec![addresses]);
    assert_eq!(chain.outcome(1, &[rotated.clone(), old]).unwrap_err().name(), "wrong-key");
    assert_eq!(chain.outcome(1, std::slice::from_ref(&new)).unwrap_err().name(), "wrong-key");
    let outcome = chain.block(1, &[rotated, new]).unwrap();
    assert_eq!((&*outcome.txs[0].codes, &*outcome.txs[1].codes), (&[0, 0][..], &[0][..]));
}

#[test]
fn a_transaction_has_a_largest_size() {
    let (chain, mut pen) = (begun(), Pen::default());
    let kem = network::KemKey { period: 0, key: network::XWingKey::new(vec![1; 1216]).unwrap() };
    let rotate = network::RotateKey { org: org("m1"), rotation: 0, key: network::NewKey::Kem(kem) };
    let calls = |count| vec![call(1, &network::Call::RotateKey(rotate.clone())); count];
    let (small, large) = (pen.tx(&chain, "m1", calls(50)), pen.tx(&chain, "m1", calls(60)));
    let bytes = large.to_bytes();
    assert!(check_tx(ALL, &chain.id(), small).is_ok());
    assert_eq!(check_tx(ALL, &chain.id(), large).unwrap_err().name(), "malformed");
    assert_eq!(SignedTx::from_bytes(&bytes).unwrap_err().name(), "malformed");
}

#[test]
fn an_identity_signs_and_is_suspended_with_its_organization() {
    let (mut chain, mut pen) = (begun(), Pen::default());
    pen.register(&mut chain, "alice");
    let commitment = Hash([7; 32]);
    let commit = call(3, &notary::Call::Commit(notary::Commit { commitment, kind: notary::Kind::Dataset }));
    assert_eq!(pen.run(&mut chain, "alice", commit.clone()), 0);
    let change = Change::Suspend { org: org("v1"), reason: ExclusionReason::Compromised };
    let propose = pen.tx(&chain, "v2", vec![call(1, &network::Call::Propose(network::Propose { change }))]);
    let proposal = ProposalId(propose.tx.call_id(0).short());
    chain.block(1_000, &[propose]).unwrap();
    let vote = call(1, &network::Call::Vote(network::Vote { proposal, approve: true }));
    for name in ["v2", "v3", "v4", "v5", "m1"] {
        assert_eq!(pen.run(&mut chain, name, vote.clone()), 0);
    }
    assert_eq!(pen.run(&mut chain, "alice", commit), SystemReject::Suspended.code());
    let transfer = call(2, &identity::Call::Transfer(identity::Transfer { to: Some(org("m1")) }));
    assert_eq!(pen.run(&mut chain, "alice", transfer), 0);
    // An identity makes no call of organizations.
    let not_organization = 1 << 16 | 5;
    assert_eq!(pen.run(&mut chain, "alice", call(1, &network::Call::Leave(network::Leave {}))), not_organization);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// Plausible calls of all modules by organizations and identities: laws hold, and loading row by row changes nothing.
    #[test]
    fn random_blocks(seed in any::<u64>()) {
        let (mut chain, mut pen, mut dice) = (begun(), Pen::default(), Dice::new(seed));
        let identities = ["alice", "bob", "carol"];
        identities.iter().for_each(|name| pen.register(&mut chain, name));
        let names: Vec<&str> = NAMES.into_iter().chain(identities).collect();
        let mut codes = Vec::new();
        for _ in 0..20 {
            let mut txs = Vec::new();
            for _ in 0..dice.below(8) {
                let name = dice.pick(&names).copied().unwrap();
                let signer = pen.signer(name);
                let module = ALL[usize::try_from(dice.below(ALL.len() as u64)).unwrap()];
                let Some((number, body)) = module.plausible(&chain.state, &signer, chain.time, &mut dice) else {
                    continue;
                };
                let one = Call { module: module.id(), call: number, body: Bytes::new(body).unwrap() };
                let tx = pen.tx(&chain, name, vec![one]);
                // What a module refuses without looking at the state never stands in a block.
                if chain.checked(std::slice::from_ref(&tx)).is_ok() {
                    txs.push(tx);
                }
            }
            // Who left, was closed or recovered signs nothing any more: such transactions are not offered.
            txs.retain(|tx| chain.outcome(60_000, std::slice::from_ref(tx)).map_err(|fault| fault.name()) != Err("wrong-key"));
            let whole = chain.outcome(60_000, &txs);
            let checked = chain.checked(&txs).unwrap();
            prop_assert_eq!(&slowly(&chain, 60_000, &checked, KeySet::default()).0, &whole);
            prop_assert_eq!(&slowly(&chain, 60_000, &checked, hints(&chain, &txs)).0, &whole);
            let Ok(outcome) = whole else {
                prop_assert_eq!(whole.unwrap_err().name(), "wrong-key");
                continue;
            };
            chain.commit(60_000, &outcome);
            codes.extend(outcome.txs.iter().flat_map(|tx| tx.codes.clone()));
            for module in ALL {
                for law in module.laws() {
                    prop_assert_eq!((law.holds)(&chain.state), Ok(()), "{}", law.id);
                }
            }
        }
        let accepted = codes.iter().filter(|code| **code == 0).count();
        prop_assert!(accepted * 4 > codes.len(), "{accepted} of {} calls were accepted", codes.len());
    }
}
