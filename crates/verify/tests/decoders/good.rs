//! Good receipts and archives. They are also what fuzzing begins with.

use epione_verify::{
    archive::testing::{InMemory, Invented},
    testing::{Tree, Validators, link, receipt},
};

/// The name of the property with the bytes of a good receipt, manifest or segment.
pub(crate) fn good() -> Vec<(&'static str, Vec<u8>)> {
    let (founders, successors) = (Validators::of(1..=4), Validators::of(2..=8));
    let change = link(0, &founders, &successors).unwrap();
    let plain = receipt((5, 70), &Tree::of(11), &founders, Vec::new()).unwrap();
    let changed = receipt((0, 2_000), &Tree::of(3), &successors, vec![change]).unwrap();
    // The property wants the votes of a committee of four.
    let back = link(1, &successors, &founders).unwrap();
    let links = [changed.links.to_vec(), vec![back]].concat();
    let returned = receipt((2, 2_000), &Tree::of(3), &founders, links).unwrap();
    let archive = InMemory::of(&Invented::short().records(), 20);
    vec![
        ("receipt", plain.to_bytes()),
        ("receipt", returned.to_bytes()),
        ("archive_manifest", archive.manifest.text().into_bytes()),
        ("archive_segment", archive.segments[0].clone()),
    ]
}
