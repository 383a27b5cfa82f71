//! Every fault, each by a receipt that is wrong in one thing.

use super::{changed, founders, plain, successors};
use crate::{
    Anchor, At, Certificate, Fault, Link, Receipt, Round,
    testing::{self, CHAIN, Tree, Validators, anchor},
    verify,
};
use epione_types::{Bytes, ChainId, Committee, Hash, Header, List, ModuleId, Origin, TreeError, TxId};
use std::collections::BTreeSet;

fn refused(receipt: &Receipt) -> Fault {
    verify(&receipt.to_bytes(), &anchor(&founders())).unwrap_err()
}

/// The plain receipt with something changed in it.
fn altered(change: impl FnOnce(&mut Receipt)) -> Fault {
    let mut receipt = plain();
    change(&mut receipt);
    refused(&receipt)
}

/// The receipt with two changes, one of which is altered.
fn relinked(at: usize, change: impl FnOnce(&mut Link)) -> Fault {
    let mut receipt = changed();
    change(receipt.links.iter_mut().nth(at).unwrap());
    refused(&receipt)
}

fn bytes_faults() -> Vec<Fault> {
    let bytes = plain().to_bytes();
    let known = anchor(&founders());
    let with = |at: usize, byte: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = byte;
        verify(&bytes, &known).unwrap_err()
    };
    let longer = [&bytes[..], &[0]].concat();
    let faults = vec![
        verify(&vec![0; Receipt::BYTES_MAX + 1], &known).unwrap_err(),
        verify(&[], &known).unwrap_err(),
        verify(&bytes[..7], &known).unwrap_err(),
        with(7, 2),
        verify(&longer, &known).unwrap_err(),
        verify(&bytes[..bytes.len() - 1], &known).unwrap_err(),
    ];
    assert_eq!(
        faults[..4],
        [Fault::TooLong { len: Receipt::BYTES_MAX + 1 }, Fault::NoReceipt, Fault::NoReceipt, Fault::Version(2)]
    );
    assert!(faults[4..].iter().all(|fault| matches!(fault, Fault::Malformed(_))));
    faults
}

fn anchor_faults() -> Vec<Fault> {
    let bytes = plain().to_bytes();
    let known = anchor(&founders());
    let empty = Anchor { committee: Committee { keys: List::default() }, ..known };
    let mut keys = known.committee.keys.clone().into_vec();
    keys.reverse();
    let reversed = Anchor { committee: Committee { keys: List::new(keys).unwrap() }, ..known };
    let endless = Anchor { epoch_blocks: 0, ..known.clone() };
    let other = Anchor { chain: ChainId([1; 32]), ..known.clone() };
    let strangers = anchor(&Validators::of(5..=8));
    let faults: Vec<Fault> =
        [empty, reversed, endless, other, strangers].iter().map(|known| verify(&bytes, known).unwrap_err()).collect();
    assert_eq!(faults[..3], [Fault::Anchor, Fault::Anchor, Fault::Anchor]);
    assert_eq!(faults[3], Fault::Chain { found: CHAIN, expected: ChainId([1; 32]) });
    assert!(matches!(faults[4], Fault::Signature { at: At::Block, .. }));
    // Longer epochs put the block into another epoch only if it is not in the first one.
    let other = Anchor { epoch_blocks: 60, ..known };
    assert!(matches!(verify(&bytes, &other), Err(Fault::Signature { .. })));
    faults
}

fn entry_faults() -> Vec<Fault> {
    let call = |receipt: &mut Receipt| receipt.entry.origin = Origin::Call { id: TxId([1; 32]), index: 0 };
    let faults = vec![
        altered(|receipt| receipt.entry.version = 2),
        altered(call),
        altered(|receipt| receipt.entry.module = ModuleId(3)),
        altered(|receipt| receipt.entry.body = Bytes::new(vec![1]).unwrap()),
        altered(|receipt| receipt.entry.salt[0] ^= 1),
    ];
    assert_eq!(faults, [Fault::EntryVersion(2), Fault::Result, Fault::Result, Fault::Result, Fault::Inclusion]);
    faults
}

fn tree_faults() -> Vec<Fault> {
    let faults = vec![
        altered(|receipt| receipt.tree_size = 12),
        altered(|receipt| receipt.stem.event_size = 12),
        altered(|receipt| receipt.position = 11),
        altered(|receipt| receipt.path.push(Hash::default()).unwrap()),
        altered(|receipt| receipt.position = 4),
        altered(|receipt| receipt.stem.event_root = Hash::default()),
    ];
    let size = |tree_size, event_size| Fault::TreeSize { tree_size, event_size };
    assert_eq!(faults[..3], [size(12, 11), size(11, 12), Fault::Path(TreeError::Outside { index: 11, size: 11 })]);
    assert_eq!(faults[3..], [Fault::Path(TreeError::Length), Fault::Inclusion, Fault::Inclusion]);
    faults
}

/// A change of the tree's size together with the header's is found by the signatures.
#[test]
fn a_header_is_believed_only_with_signatures() {
    let tree = Tree::of(12);
    let other = testing::receipt((5, 70), &tree, &founders(), Vec::new()).unwrap();
    let fault = altered(|receipt| {
        receipt.stem = other.stem;
        receipt.tree_size = 12;
        receipt.path = other.path.clone();
    });
    assert!(matches!(fault, Fault::Signature { at: At::Block, .. }));
    let fault = altered(|receipt| receipt.next_committee_hash = Some(Hash::default()));
    assert!(matches!(fault, Fault::Signature { at: At::Block, .. }));
}

fn vote_faults() -> Vec<Fault> {
    let own = |receipt: &Receipt| Round { view: receipt.stem.view, parent_view: receipt.stem.parent_view };
    let header = |receipt: &Receipt| -> Header {
        let tree = epione_types::TreeHead { size: receipt.stem.event_size, root: receipt.stem.event_root };
        testing::header(receipt.stem.height, &founders(), None, tree)
    };
    let all = |receipt: &mut Receipt| {
        let votes = founders().votes(&header(receipt), own(receipt), 0);
        receipt.certificate.votes = List::new(votes).unwrap();
    };
    let reorder = |receipt: &mut Receipt, order: [usize; 3]| {
        let votes = receipt.certificate.votes.clone().into_vec();
        receipt.certificate.votes = List::new(order.map(|at| votes[at]).to_vec()).unwrap();
    };
    let faults = vec![
        altered(|receipt| receipt.certificate.round = Some(own(receipt))),
        altered(|receipt| receipt.certificate.votes = List::default()),
        altered(all),
        altered(|receipt| reorder(receipt, [1, 0, 2])),
        altered(|receipt| reorder(receipt, [0, 1, 1])),
        altered(|receipt| receipt.certificate.votes.iter_mut().last().unwrap().validator = 4),
        altered(|receipt| receipt.certificate.votes.iter_mut().last().unwrap().validator = 3),
        altered(|receipt| receipt.certificate.round = Some(Round { view: 1, parent_view: 0 })),
        altered(|receipt| receipt.stem.proposer = 4),
    ];
    let quorum = |found| Fault::Quorum { at: At::Block, found, needed: 3 };
    assert_eq!(faults[..3], [Fault::Round(At::Block), quorum(0), quorum(4)]);
    assert_eq!(faults[3..6], [Fault::Voters(At::Block), Fault::Voters(At::Block), Fault::Voters(At::Block)]);
    assert!(faults[6..8].iter().all(|fault| matches!(fault, Fault::Signature { at: At::Block, .. })));
    assert_eq!(faults[8], Fault::Proposer { at: At::Block, index: 4 });
    faults
}

fn change_faults() -> Vec<Fault> {
    let swapped = {
        let mut receipt = changed();
        let mut links = receipt.links.into_vec();
        links.swap(0, 1);
        receipt.links = List::new(links).unwrap();
        refused(&receipt)
    };
    let reverse = |link: &mut Link| {
        let mut keys = link.committee.keys.clone().into_vec();
        keys.reverse();
        link.committee.keys = List::new(keys).unwrap();
    };
    let faults = vec![
        relinked(0, |link| link.stem.height = 998),
        relinked(1, |link| link.stem.height = 999),
        relinked(0, reverse),
        relinked(0, |link| link.committee.keys = List::default()),
        relinked(0, |link| link.committee = founders().committee()),
        relinked(0, |link| link.committee = Validators::of(5..=8).committee()),
        relinked(0, |link| link.certificate.round = None),
        relinked(1, |link| link.stem.proposer = 99),
        swapped,
    ];
    let first = At::Change(1);
    assert_eq!(faults[..2], [Fault::NotLast { at: first, height: 998 }, Fault::Order(At::Change(2))]);
    assert_eq!(faults[2..5], [Fault::Committee(first), Fault::Committee(first), Fault::NoChange(first)]);
    assert!(faults[5..7].iter().all(|fault| matches!(fault, Fault::Signature { at: At::Change(1), .. })));
    assert_eq!(faults[7], Fault::Proposer { at: At::Change(2), index: 99 });
    assert_eq!(faults[8], Fault::NoChange(first));
    faults
}

/// A header of the founders from before a change is nothing that their successors certified, and the other way round.
#[test]
fn a_block_is_certified_by_those_in_office() {
    let link = testing::link(0, &founders(), &successors()).unwrap();
    let receipt = |height, validators: &Validators, links| {
        testing::receipt((0, height), &Tree::of(1), validators, links).unwrap()
    };
    let known = anchor(&founders());
    let verdict = |receipt: Receipt| verify(&receipt.to_bytes(), &known).map(|proved| proved.height);
    assert_eq!(verdict(receipt(1_000, &successors(), vec![link.clone()])), Ok(1_000));
    assert_eq!(verdict(receipt(999, &successors(), vec![link.clone()])), Err(Fault::Order(At::Block)));
    assert_eq!(verdict(receipt(70, &founders(), vec![link.clone()])), Err(Fault::Order(At::Block)));
    assert!(matches!(verdict(receipt(1_000, &founders(), vec![link])), Err(Fault::Signature { .. })));
    assert!(matches!(verdict(receipt(1_000, &successors(), Vec::new())), Err(Fault::Signature { .. })));
}

#[test]
fn every_fault_is_met_and_has_a_number_of_its_own() {
    let mut faults =
        [bytes_faults(), anchor_faults(), entry_faults(), tree_faults(), vote_faults(), change_faults()].concat();
    faults.push(Fault::Order(At::Block));
    let numbers: BTreeSet<u8> = faults.iter().map(Fault::number).collect();
    assert_eq!(numbers, (1..=20).collect());
    for fault in faults {
        let text = fault.to_string();
        assert!(!text.is_empty() && !text.ends_with('.'), "{text}");
    }
}

#[test]
fn a_certificate_needs_a_quorum_to_be_made() {
    let header = testing::header(70, &founders(), None, Tree::of(1).head());
    let round = Round { view: header.view, parent_view: header.parent_view };
    let made =
        |first| Certificate::of(&header, round, &founders().committee(), founders().votes(&header, round, first));
    assert_eq!(made(0).map(|made| made.votes.len()), Some(3));
    assert_eq!(made(1).map(|made| made.votes[0].validator), Some(1));
    assert_eq!(made(2), None);
}
