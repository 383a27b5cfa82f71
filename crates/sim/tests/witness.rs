//! The witness itself finds who contradicts itself, and who takes a forged block.

use commonware_consensus::{
    simplex::{
        scheme::ed25519::Scheme,
        types::{Finalize, Notarize, Nullify, Proposal, Vote},
    },
    types::{Epoch, Round, View},
};
use commonware_cryptography::sha256::Digest;
use epione_sim::{
    forger::Forgery,
    replica::Replica,
    witness::{VOTES, Witness, envelope},
    world::{self, Founder},
};
use epione_types::Hash;

const NODES: u32 = 4;

fn scheme(founder: Founder) -> Scheme {
    let namespace = world::namespace(&world::genesis(NODES, 5_000, u64::MAX).chain());
    Scheme::signer(&namespace, world::voters(NODES), founder.vote()).unwrap()
}

fn proposal(view: u64, block: u8) -> Proposal<Digest> {
    Proposal::new(Round::new(Epoch::zero(), View::new(view)), View::new(view - 1), Digest::from([block; 32]))
}

fn notarize(view: u64, block: u8) -> Vote<Scheme, Digest> {
    Vote::Notarize(Notarize::sign(&scheme(Founder(1)), proposal(view, block)).unwrap())
}

fn finalize(view: u64, block: u8) -> Vote<Scheme, Digest> {
    Vote::Finalize(Finalize::sign(&scheme(Founder(1)), proposal(view, block)).unwrap())
}

fn nullify(view: u64) -> Vote<Scheme, Digest> {
    Vote::Nullify(Nullify::sign::<Digest>(&scheme(Founder(1)), proposal(view, 0).round).unwrap())
}

/// A witness of what founder 1 signed, and of a forged block 9.
fn heard(votes: &[Vote<Scheme, Digest>]) -> Witness {
    let witness = Witness::default();
    witness.forged(Hash([9; 32]), Forgery::StateRoot);
    for vote in votes {
        witness.hear(VOTES, &(Founder(1).peer(), envelope(0, vote).into()));
    }
    witness
}

fn check(witness: &Witness, faulty: &[Founder]) -> Result<(), String> {
    let faulty: Vec<_> = faulty.iter().map(|founder| founder.peer()).collect();
    witness.check(&faulty, &Replica::new(world::genesis(NODES, 5_000, u64::MAX)))
}

#[test]
fn an_honest_validator_is_not_suspected() {
    let votes =
        [notarize(1, 1), notarize(1, 1), finalize(1, 1), notarize(2, 2), nullify(2), nullify(3), notarize(4, 9)];
    let witness = heard(&votes);
    assert_eq!(check(&witness, &[]), Ok(()));
    assert_eq!((witness.double_votes(), witness.double_proposals()), (0, 0));
}

#[test]
fn contradictions_are_found() {
    for (votes, expected) in [
        (vec![notarize(1, 1), notarize(1, 2)], "to notarize two blocks"),
        (vec![finalize(1, 1), finalize(1, 2)], "to finalize two blocks"),
        (vec![nullify(1), finalize(1, 1)], "to finalize and to skip"),
        (vec![notarize(1, 2), finalize(1, 1)], "another block than it voted to notarize"),
        (vec![finalize(1, 9)], "a block with a forged StateRoot"),
    ] {
        let witness = heard(&votes);
        let found = check(&witness, &[]).unwrap_err();
        assert!(found.contains(expected), "expected `{expected}`, found `{found}`");
        assert_eq!(check(&witness, &[Founder(1)]), Ok(()), "a faulty one may do this");
    }
}

#[test]
fn a_forgery_counts_once_block_and_vote_are_heard() {
    let witness = heard(&[notarize(1, 9)]);
    assert!(witness.forgeries().is_empty());
    assert_eq!(heard(&[notarize(1, 1), notarize(1, 2)]).double_votes(), 1);
}
