//! Who votes in which epoch, in whatever order a node learns of it.

use crate::engine::committees::Committees;
use commonware_cryptography::{Signer as _, certificate::Scheme as _, ed25519};
use epione_types::{ChainId, Committee, List, PublicKey, Tenure};

fn committee(members: [u64; 4]) -> Committee {
    let public = |number| {
        let key = ed25519::PrivateKey::from_seed(number).public_key();
        PublicKey::Ed25519(key.as_ref().try_into().unwrap())
    };
    let mut keys: Vec<PublicKey> = members.into_iter().map(public).collect();
    keys.sort_unstable();
    Committee { keys: List::new(keys).unwrap() }
}

/// The number of keys that an epoch's committee has in common with the founders; none if it is not known.
fn known(committees: &Committees, epoch: u64) -> Option<usize> {
    let founders = committees.of(0).unwrap();
    let found = committees.of(epoch)?;
    Some(found.participants().iter().filter(|key| founders.participants().position(key).is_some()).count())
}

#[test]
fn a_border_may_be_announced_before_the_terms_are_read() {
    let (founders, others, back) = (committee([1, 2, 3, 4]), committee([1, 2, 3, 9]), committee([1, 2, 3, 4]));
    let tenures = [(0, &founders), (50, &others), (70, &back)]
        .map(|(since_epoch, committee)| Tenure { since_epoch, committee: committee.clone() });
    // Announced are the epoch after the change, one with the committee of the founders, and what was read knows already.
    for (announced, next, read_until) in
        [(51, &others, 50), (51, &others, 51), (70, &back, 69), (71, &back, 70), (70, &back, 70)]
    {
        let committees = Committees::new(ChainId([1; 32]), &founders, None).unwrap();
        committees.seat(announced, next).unwrap();
        // Nobody is taken for who votes in epochs of which nothing is known.
        assert_eq!(known(&committees, announced - 1), None);
        let read = tenures.iter().filter(|tenure| tenure.since_epoch <= read_until).count();
        committees.restore(&tenures[..read], read_until).unwrap();
        for epoch in 0..=announced.max(read_until) {
            let expected = if (50..70).contains(&epoch) { 3 } else { 4 };
            assert_eq!(known(&committees, epoch), Some(expected), "{announced} {read_until} {epoch}");
        }
        assert_eq!(known(&committees, announced.max(read_until) + 1), None);
        // The chain goes on.
        committees.seat(announced + 1, &others).unwrap();
        assert_eq!(known(&committees, announced + 1), Some(3));
    }
}

#[test]
fn a_committee_that_stays_is_kept_once() {
    let (founders, others) = (committee([1, 2, 3, 4]), committee([1, 2, 3, 9]));
    let committees = Committees::new(ChainId([1; 32]), &founders, None).unwrap();
    for epoch in 1..100 {
        committees.seat(epoch, if epoch < 50 { &founders } else { &others }).unwrap();
        assert_eq!(known(&committees, epoch), Some(if epoch < 50 { 4 } else { 3 }));
    }
    assert!(std::sync::Arc::ptr_eq(&committees.of(50).unwrap(), &committees.of(99).unwrap()));
}
