//! Receipts that prove, receipts that do not, and the golden vectors.

mod faults;
mod mutants;
mod proofs;
mod vectors;

use crate::{
    Receipt,
    testing::{self, Tree, Validators},
};
use epione_types::List;

fn founders() -> Validators {
    Validators::of(1..=4)
}

fn successors() -> Validators {
    Validators::of([1, 2, 3, 9])
}

/// A receipt before any change of the validators.
fn plain() -> Receipt {
    testing::receipt((5, 70), &Tree::of(11), &founders(), Vec::new()).unwrap()
}

/// A receipt after two changes, the second one back to the founders; the first one was voted on in a later view.
fn changed() -> Receipt {
    let mut first = testing::link(0, &founders(), &successors()).unwrap();
    let second = testing::link(4, &successors(), &founders()).unwrap();
    let header = testing::header(999, &founders(), Some(&successors()), tree_of(&first));
    let round = crate::Round { view: 1_100, parent_view: 1_006 };
    let votes = founders().votes(&header, round, 1);
    first.certificate = crate::Certificate::of(&header, round, &founders().committee(), votes).unwrap();
    let mut receipt = testing::receipt((8, 5_000), &Tree::of(9), &founders(), Vec::new()).unwrap();
    receipt.links = List::new(vec![first, second]).unwrap();
    receipt
}

fn tree_of(link: &crate::Link) -> epione_types::TreeHead {
    epione_types::TreeHead { size: link.stem.event_size, root: link.stem.event_root }
}
