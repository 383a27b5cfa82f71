//! Members come and go, and replace their vote keys, while the chain goes on.

use crate::consortium::{Consortium, EPIONE, Load, Pen, replace};
use epione_kernel::Numbered as _;
use epione_modules::network::{self, Change, ExclusionReason, Role};
use epione_types::{Bytes, Call, ModuleId, OrgId, ProposalId, SignerId};
use std::process::Command;

/// Blocks per epoch: few, so that committees change soon.
const EPOCH: &str = "8";

/// What a node writes when the ledger has it talk to others than before.
const PEERS_CHANGED: &str = "the members' nodes have changed";

/// Registers a new vote key of the organization with node `at` by way of node `by`; it is in `name`.
fn rotate_vote_key(consortium: &Consortium, at: usize, by: usize, name: &str) {
    let keys = consortium.nodes[at].folder.join("keys");
    let rotated = Command::new(EPIONE)
        .args(["key", "rotate", "--purpose", "vote", "--no-passphrase", "--node", &consortium.nodes[by].api.url("")])
        .arg("--key")
        .arg(keys.join("root.key"))
        .arg("--out")
        .arg(keys.join(name))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&rotated.stdout).into_owned();
    assert!(rotated.status.success(), "{told}{}", String::from_utf8_lossy(&rotated.stderr));
    assert!(told.contains("takes its seat with the next epoch"), "{told}");
}

fn call(of: &network::Call) -> Call {
    Call { module: ModuleId(1), call: of.number(), body: Bytes::new(of.body()).unwrap() }
}

/// The voters decide on a change, each with an approval.
pub(crate) fn decide(consortium: &Consortium, change: Change, voters: &mut [Pen]) {
    let api = &consortium.nodes[0].api;
    let propose = voters[0].tx(vec![call(&network::Call::Propose(network::Propose { change }))]);
    assert_eq!(api.submit_final(&propose).codes, [0]);
    let vote = network::Vote { proposal: ProposalId(propose.tx.call_id(0).short()), approve: true };
    for voter in voters {
        let vote = voter.tx(vec![call(&network::Call::Vote(vote.clone()))]);
        assert_eq!(api.submit_final(&vote).codes, [0]);
    }
}

pub(crate) fn org(pen: &Pen) -> OrgId {
    match pen.signer {
        SignerId::Organization(org) => org,
        SignerId::Identity(identity) => panic!("{identity} is no organization"),
    }
}

/// Waits until a node says of itself that it votes, or how else it stands.
pub(crate) fn until(consortium: &Consortium, at: usize, voting: &str) {
    let what = format!("node {at} {voting}");
    consortium.until(&what, |consortium| (consortium.nodes[at].api.status()?["voting"] == voting).then_some(()));
}

#[test]
fn validators_enter_are_suspended_return_and_leave_while_one_is_down() {
    let mut consortium = Consortium::found_with_observer(&["--epoch-blocks", EPOCH]);
    consortium.start_all();
    until(&consortium, 0, "votes");
    until(&consortium, 4, "follows");
    let pens: Vec<Pen> = (0..5).map(|at| consortium.pen(at, 1)).collect();
    let [hospital, clinic, laboratory, patients, regulator] = pens.try_into().ok().unwrap();
    let (mut laboratory, mut regulator, mut pharmacy) = (laboratory, regulator, consortium.pen_of_pharmacy(1));
    let mut voters = [hospital, clinic, patients, pharmacy.clone()];
    let load = Load::on(&consortium, &[0], 9);

    let of_regulator = org(&regulator);
    decide(&consortium, Change::ChangeRole { org: of_regulator, role: Role::Validator }, &mut voters);
    until(&consortium, 4, "votes");
    // One of five may be down; the new one is needed.
    consortium.nodes[3].kill();
    let before = load.told();
    consortium.until("the chain goes on with the fifth", |_| (load.told() > before + 20).then_some(()));

    pharmacy = voters[3].clone();
    let reason = ExclusionReason::Compromised;
    let mut voters = [&voters[..3], &[pharmacy, regulator.clone()]].concat();
    decide(&consortium, Change::Suspend { org: org(&laboratory), reason }, &mut voters);
    until(&consortium, 2, "follows");
    let refused =
        laboratory.tx(vec![call(&network::Call::Vote(network::Vote { proposal: ProposalId([0; 16]), approve: true }))]);
    assert_ne!(consortium.nodes[0].api.submit_final(&refused).codes, [0]);
    decide(&consortium, Change::Reinstate { org: org(&laboratory) }, &mut voters[..4]);
    until(&consortium, 2, "votes");

    // It was down for epochs, and walks from committee to committee.
    consortium.start_all();
    until(&consortium, 3, "votes");
    let told = load.end();

    let mut root = Pen::of(&consortium.nodes[1].folder.join("keys/root.key"), 0);
    let leaves = root.tx(vec![call(&network::Call::Leave(network::Leave {}))]);
    assert_eq!(consortium.nodes[0].api.submit_final(&leaves).codes, [0]);
    until(&consortium, 1, "follows");
    // There must remain four.
    regulator = voters[4].clone();
    let mut root = Pen::of(&consortium.nodes[4].folder.join("keys/root.key"), 0);
    let stays = root.tx(vec![call(&network::Call::Leave(network::Leave {}))]);
    assert_ne!(consortium.nodes[0].api.submit_final(&stays).codes, [0]);
    consortium.nodes.remove(1);
    let entry = consortium.nodes[0].api.submit_final(&regulator.entry());
    consortium.assert_agreement(&[&told[..], &[entry]].concat());
    consortium.assert_quiet(&[]);
}

/// Replaces the vote key of node `at` by way of node `by`, and restarts it with the new one, in `keys/vote-2.key`.
pub(crate) fn replace_vote_key(consortium: &mut Consortium, at: usize, by: usize) {
    rotate_vote_key(consortium, at, by, "vote-2.key");

    // The seat is that of the new key now.
    until(consortium, at, "follows");
    consortium.nodes[at].stop();
    replace(&consortium.nodes[at].config(), "keys/vote.key", "keys/vote-2.key");
    consortium.nodes[at].start();
    until(consortium, at, "votes");
}

#[test]
fn a_vote_key_is_replaced_while_the_chain_goes_on() {
    let mut consortium = Consortium::found_with(&["--epoch-blocks", EPOCH]);
    consortium.start_all();
    until(&consortium, 0, "votes");
    let load = Load::on(&consortium, &[1], 4);
    replace_vote_key(&mut consortium, 0, 1);
    // With another node away the others do not suffice without it.
    consortium.nodes[3].stop();
    let told = consortium.nodes[0].api.submit_final(&consortium.pen(2, 3).entry());
    consortium.start_all();
    consortium.assert_agreement(&[&load.end()[..], &[told]].concat());

    // Nobody goes back to the key before: it has no seat.
    consortium.nodes[0].stop();
    replace(&consortium.nodes[0].config(), "keys/vote-2.key", "keys/vote.key");
    consortium.nodes[0].start();
    until(&consortium, 0, "follows");
    consortium.assert_quiet(&[]);
}

#[test]
fn one_leaves_and_another_replaces_its_key_while_one_is_down() {
    // So long that the list of peers changes twice before the border.
    let mut consortium = Consortium::found_with_observer(&["--epoch-blocks", "400"]);
    consortium.start_all();
    until(&consortium, 0, "votes");
    let mut voters: Vec<Pen> = [0, 1, 2, 3].map(|at| consortium.pen(at, 1)).into();
    let of_regulator = org(&consortium.pen(4, 1));
    decide(&consortium, Change::ChangeRole { org: of_regulator, role: Role::Validator }, &mut voters);
    until(&consortium, 4, "votes");
    // From now on all four others are needed until the border.
    consortium.nodes[3].kill();
    let mut root = Pen::of(&consortium.nodes[1].folder.join("keys/root.key"), 0);
    let leaves = root.tx(vec![call(&network::Call::Leave(network::Leave {}))]);
    assert_eq!(consortium.nodes[0].api.submit_final(&leaves).codes, [0]);
    let changes = |consortium: &Consortium, at: usize| consortium.nodes[at].log().matches(PEERS_CHANGED).count();
    for name in ["vote-2.key", "vote-3.key"] {
        let before = [0, 2].map(|at| changes(&consortium, at));
        rotate_vote_key(&consortium, 4, 0, name);
        consortium.until("the others know of the new key", |consortium| {
            [0, 2].into_iter().zip(before).all(|(at, before)| changes(consortium, at) > before).then_some(())
        });
    }
    assert_eq!(consortium.nodes[1].api.status().unwrap()["voting"], "votes", "the epoch is too short");
    until(&consortium, 1, "follows");
    until(&consortium, 4, "follows");

    // The seat is that of the last key; with it there are three of four again.
    consortium.nodes[4].stop();
    replace(&consortium.nodes[4].config(), "keys/vote.key", "keys/vote-3.key");
    consortium.nodes[4].start();
    until(&consortium, 4, "votes");
    let told = consortium.nodes[0].api.submit_final(&consortium.pen(2, 3).entry());
    consortium.start_all();
    until(&consortium, 3, "votes");
    consortium.nodes.remove(1);
    consortium.assert_agreement(&[told]);
    consortium.assert_quiet(&[]);
}
