//! What answers about a node's votes come to.

use crate::engine::{
    committees,
    recall::{Inquiry, Memory, Remembered, Said, Verdict},
};
use commonware_codec::Encode as _;
use commonware_consensus::{
    simplex::{
        scheme::ed25519::Scheme,
        types::{Finalize, Notarize, Nullify, Proposal, Vote},
    },
    types::{Epoch, Round, View},
};
use commonware_cryptography::{Signer as _, ed25519, sha256::Digest};
use commonware_utils::ordered::Set;
use epione_types::ChainId;
use rand::{SeedableRng as _, rngs::StdRng};
use std::collections::{BTreeMap, BTreeSet};

const CHAIN: ChainId = ChainId([3; 32]);
const EPOCH: u64 = 5;
/// The node that asks.
const ME: u64 = 1;

fn key(number: u64) -> ed25519::PrivateKey {
    ed25519::PrivateKey::from_seed(number)
}

fn committee(size: u64) -> Set<ed25519::PublicKey> {
    Set::from_iter_dedup((1..=size).map(|number| key(number).public_key()))
}

fn round(epoch: u64, view: u64) -> Round {
    Round::new(Epoch::new(epoch), View::new(view))
}

type Ballot = Vote<Scheme, Digest>;

/// Each kind of vote of `signer` in a view.
fn votes(signer: u64, epoch: u64, view: u64) -> [Ballot; 3] {
    // In another committee the signer had another place.
    let seats = Set::from_iter_dedup([signer, 90, 91, 92, 93].map(|number| key(number).public_key()));
    let scheme = Scheme::signer(&committees::namespace(&CHAIN), seats, key(signer)).unwrap();
    let proposal = || Proposal::new(round(epoch, view), View::new(view - 1), Digest::from([7; 32]));
    [
        Vote::Notarize(Notarize::sign(&scheme, proposal()).unwrap()),
        Vote::Nullify(Nullify::sign::<Digest>(&scheme, round(epoch, view)).unwrap()),
        Vote::Finalize(Finalize::sign(&scheme, proposal()).unwrap()),
    ]
}

/// A log of an epoch that ends with these votes.
fn log(epoch: u64, view: u64, votes: &[Ballot]) -> BTreeMap<u64, Remembered> {
    let said = votes.iter().map(Said::of).collect();
    BTreeMap::from([(epoch, Remembered { view: View::new(view), votes: said, ..Remembered::nothing() })])
}

/// The verdict after each peer answered with the votes that it saw.
fn after(size: u64, remembered: BTreeMap<u64, Remembered>, answers: &[(u64, Vec<Ballot>)]) -> Verdict {
    let me = (key(ME).public_key(), committees::namespace(&CHAIN));
    let mut inquiry = Inquiry::new(me, (EPOCH, committee(size)), remembered, BTreeSet::new());
    let mut rng = StdRng::seed_from_u64(1);
    let mut verdict = inquiry.verdict();
    for (peer, votes) in answers {
        verdict = inquiry.hear(&mut rng, (key(*peer).public_key(), votes.clone()));
        if matches!(verdict, Verdict::Forgot(_)) {
            break;
        }
    }
    verdict
}

/// Two peers of four answer, the first with `seen`.
fn told(remembered: BTreeMap<u64, Remembered>, seen: &[Ballot]) -> Verdict {
    after(4, remembered, &[(2, seen.to_vec()), (3, Vec::new())])
}

#[test]
fn a_quorum_with_the_node_itself_must_have_answered() {
    let none = |peers: &[u64]| peers.iter().map(|peer| (*peer, Vec::new())).collect::<Vec<_>>();
    for (size, peers, verdict) in [
        (1, &[][..], Verdict::Clear),
        (2, &[], Verdict::Open),
        (2, &[2], Verdict::Clear),
        (4, &[2], Verdict::Open),
        (4, &[2, 3], Verdict::Clear),
        (7, &[2, 3, 4], Verdict::Open),
        (7, &[2, 3, 4, 5], Verdict::Clear),
        // The same again, itself, and one that has no seat do not count.
        (4, &[2, 2, 2], Verdict::Open),
        (4, &[2, ME], Verdict::Open),
        (4, &[2, 90], Verdict::Open),
    ] {
        assert_eq!(after(size, BTreeMap::new(), &none(peers)), verdict, "{size} {peers:?}");
    }
}

#[test]
fn a_vote_that_the_log_lacks_is_found_and_others_do_not_matter() {
    let forgot = |epoch, view| Verdict::Forgot(round(epoch, view));
    for at in 0..3 {
        let seen = |epoch, view| [votes(ME, epoch, view)[at].clone()];
        for (epoch, view, verdict) in [
            (EPOCH, 10, Verdict::Clear),
            (EPOCH, 9, Verdict::Clear),
            (EPOCH, 11, forgot(EPOCH, 11)),
            (EPOCH + 1, 1, forgot(EPOCH + 1, 1)),
            // What was signed in an epoch that is over can contradict nothing.
            (EPOCH - 1, 1_000, Verdict::Clear),
        ] {
            assert_eq!(told(log(EPOCH, 10, &votes(ME, EPOCH, 10)), &seen(epoch, view)), verdict, "{epoch} {view}");
        }
        // A log of an earlier epoch says nothing about this one.
        let before = log(EPOCH - 1, 50, &votes(ME, EPOCH - 1, 50));
        assert_eq!(told(before, &seen(EPOCH, 1)), forgot(EPOCH, 1));
        assert_eq!(told(BTreeMap::new(), &seen(EPOCH, 1)), forgot(EPOCH, 1));
    }
}

#[test]
fn a_lost_last_vote_of_a_view_is_found() {
    let forgot = Verdict::Forgot(round(EPOCH, 10));
    let [notarize, nullify, finalize] = votes(ME, EPOCH, 10);
    let all = [&notarize, &nullify, &finalize];
    for (at, one) in all.into_iter().enumerate() {
        for (other_at, other) in all.into_iter().enumerate() {
            let verdict = if at == other_at { Verdict::Clear } else { forgot };
            assert_eq!(told(log(EPOCH, 10, std::slice::from_ref(one)), std::slice::from_ref(other)), verdict);
        }
    }
    // The peer saw more than the log has.
    let seen = [notarize.clone(), nullify.clone()];
    assert_eq!(told(log(EPOCH, 10, std::slice::from_ref(&notarize)), &seen), forgot);
    assert_eq!(told(log(EPOCH, 10, &seen), std::slice::from_ref(&notarize)), Verdict::Clear);
    // The same kind of vote, for another block.
    let mut elsewhere = log(EPOCH, 10, &[]);
    elsewhere.get_mut(&EPOCH).unwrap().votes.insert(Said::Notarize(Digest::from([8; 32])));
    assert_eq!(told(elsewhere, &[notarize]), forgot);
}

#[test]
fn what_is_final_in_the_log_is_not_voted_on_again() {
    let over = BTreeMap::from([(EPOCH, Remembered { over: View::new(300), ..Remembered::nothing() })]);
    assert_eq!(told(over.clone(), &votes(ME, EPOCH, 300)), Verdict::Clear);
    assert_eq!(told(over, &votes(ME, EPOCH, 301)), Verdict::Forgot(round(EPOCH, 301)));
}

#[test]
fn a_vote_of_a_later_epoch_is_looked_up_in_its_log() {
    let seen = &votes(ME, EPOCH + 1, 4)[..1];
    assert_eq!(told(log(EPOCH + 1, 4, seen), seen), Verdict::Clear);
    assert_eq!(told(log(EPOCH + 1, 3, seen), seen), Verdict::Forgot(round(EPOCH + 1, 4)));
    assert_eq!(told(log(EPOCH + 2, 4, seen), seen), Verdict::Forgot(round(EPOCH + 1, 4)));
}

#[test]
fn nobody_silences_a_node_by_a_vote_that_it_did_not_sign() {
    for forged in votes(2, EPOCH, 40) {
        let answers = [(2, vec![forged.clone()]), (3, vec![forged])];
        assert_eq!(after(4, BTreeMap::new(), &answers), Verdict::Open);
        let honest = [&answers[..], &[(3, Vec::new()), (4, Vec::new())]].concat();
        assert_eq!(after(4, BTreeMap::new(), &honest), Verdict::Clear);
    }
}

#[test]
fn all_votes_of_the_latest_view_are_remembered() {
    let (memory, peer) = (Memory::default(), key(2).public_key());
    let kinds = || memory.of(&peer).iter().map(Said::of).collect::<Vec<_>>();
    assert!(kinds().is_empty());
    let [notarize, nullify, finalize] = votes(2, EPOCH, 10);
    for vote in [&notarize, &notarize, &finalize, &nullify, &finalize] {
        memory.note(&peer, vote.clone());
    }
    assert_eq!(kinds(), [&notarize, &finalize, &nullify].map(Said::of));
    // Older ones do not matter, a newer one takes the place of all.
    for older in [votes(2, EPOCH, 9), votes(2, EPOCH - 1, 99)].into_iter().flatten() {
        memory.note(&peer, older);
    }
    assert_eq!(kinds().len(), 3);
    let [_, newer, _] = votes(2, EPOCH + 1, 1);
    memory.note(&peer, newer.clone());
    assert_eq!(memory.of(&peer).len(), 1);
    assert_eq!(memory.of(&peer)[0].encode(), newer.encode());
    assert!(memory.of(&key(3).public_key()).is_empty());
}
