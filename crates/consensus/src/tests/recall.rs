//! What answers about a node's votes come to.

use crate::engine::{
    committees,
    recall::{Inquiry, Verdict},
};
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

/// Each kind of vote of `signer` in a view.
fn votes(signer: u64, epoch: u64, view: u64) -> [Vote<Scheme, Digest>; 3] {
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

fn inquiry(size: u64, remembered: Option<Round>) -> Inquiry {
    let me = (key(ME).public_key(), committees::namespace(&CHAIN));
    Inquiry::new(me, (EPOCH, committee(size)), remembered)
}

/// The verdict after each peer answered with a vote, or that it saw none.
fn after(size: u64, remembered: Option<Round>, answers: &[(u64, Option<Vote<Scheme, Digest>>)]) -> Verdict {
    let mut inquiry = inquiry(size, remembered);
    let mut rng = StdRng::seed_from_u64(1);
    let mut verdict = inquiry.verdict();
    for (peer, vote) in answers {
        verdict = inquiry.hear(&mut rng, (key(*peer).public_key(), vote.clone()));
    }
    verdict
}

#[test]
fn a_quorum_with_the_node_itself_must_have_answered() {
    let none = |peers: &[u64]| peers.iter().map(|peer| (*peer, None)).collect::<Vec<_>>();
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
        assert_eq!(after(size, None, &none(peers)), verdict, "{size} {peers:?}");
    }
}

#[test]
fn a_vote_that_the_log_lacks_is_found_and_others_do_not_matter() {
    for at in 0..3 {
        let told = |epoch, view| [(2, Some(votes(ME, epoch, view)[at].clone())), (3, None)];
        let log = Some(round(EPOCH, 10));
        for (epoch, view, verdict) in [
            (EPOCH, 10, Verdict::Clear),
            (EPOCH, 9, Verdict::Clear),
            (EPOCH, 11, Verdict::Forgot(round(EPOCH, 11))),
            (EPOCH + 1, 1, Verdict::Forgot(round(EPOCH + 1, 1))),
            // What was signed in an epoch that is over can contradict nothing.
            (EPOCH - 1, 1_000, Verdict::Clear),
        ] {
            let answers = told(epoch, view);
            let first = after(4, log, &answers[..1]);
            let found = if matches!(first, Verdict::Forgot(_)) { first } else { after(4, log, &answers) };
            assert_eq!(found, verdict, "{epoch} {view}");
        }
        // A log of an earlier epoch says nothing about this one.
        let news = Verdict::Forgot(round(EPOCH, 1));
        assert_eq!(after(4, Some(round(EPOCH - 1, 50)), &told(EPOCH, 1)[..1]), news);
        assert_eq!(after(4, None, &told(EPOCH, 1)[..1]), news);
    }
}

#[test]
fn nobody_silences_a_node_by_a_vote_that_it_did_not_sign() {
    for forged in votes(2, EPOCH, 40) {
        let answers = [(2, Some(forged.clone())), (3, Some(forged))];
        assert_eq!(after(4, None, &answers), Verdict::Open);
        let honest = [&answers[..], &[(3, None), (4, None)]].concat();
        assert_eq!(after(4, None, &honest), Verdict::Clear);
    }
}
