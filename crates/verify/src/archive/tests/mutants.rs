//! Altered archives, in great numbers.

use super::{PER_SEGMENT, good};
use crate::{
    archive::{
        Content, Manifest,
        testing::{InMemory, Invented},
    },
    testing::{Validators, mutant},
};

/// Altered files of each kind.
const COUNT: usize = 2_000;

/// Whatever is done to a segment, alone or with a manifest that fits, nothing is proved, and the file is named.
#[test]
fn no_altered_segment_proves_anything() {
    let (chain, _, archive) = good();
    let anchor = chain.anchor();
    for (at, bytes) in archive.segments.iter().enumerate() {
        let mutants = (0..).step_by(19).filter_map(|number| Some((number, mutant(bytes, number)?))).take(COUNT);
        for (number, altered) in mutants {
            let mut other = archive.clone();
            other.segments[at] = altered;
            let damage = other.verify(&anchor).expect_err("a mutant is accepted");
            assert_eq!(damage.file, archive.manifest.segments[at].name(), "mutant {number}");
            if number % 5 == 0 {
                // Who alters a file may alter the manifest, too.
                other.manifest.segments[at].content = Content::of(&other.segments[at]);
                let accepted = other.verify(&anchor).is_ok();
                assert!(!accepted, "mutant {number} of segment {at} is accepted with its sum");
            }
        }
    }
}

#[test]
fn no_altered_manifest_is_one() {
    let (_, _, archive) = good();
    let text = archive.manifest.text().into_bytes();
    for (number, altered) in (0..).filter_map(|number| Some((number, mutant(&text, number)?))).take(COUNT * 5) {
        let damage = Manifest::parse(&altered).expect_err("a mutant is accepted");
        assert_eq!(damage.file, "manifest", "mutant {number}");
    }
}

/// Files swapped, records swapped, doubled and left out; with the manifest as it was and with one that fits.
#[test]
fn mixed_up_archives_prove_nothing() {
    let (chain, records, archive) = good();
    let anchor = chain.anchor();
    for (one, other) in [(0, 1), (1, 2), (0, 2)] {
        let mut mixed = archive.clone();
        mixed.segments.swap(one, other);
        let damage = mixed.verify(&anchor).unwrap_err();
        assert_eq!(damage.file, archive.manifest.segments[one].name(), "{damage}");
        let (a, b) = (mixed.manifest.segments[one].content, mixed.manifest.segments[other].content);
        (mixed.manifest.segments[one].content, mixed.manifest.segments[other].content) = (b, a);
        assert_eq!(mixed.verify(&anchor).unwrap_err().number(), 14);
    }
    for one in 0..records.len() {
        for other in 0..one {
            let mut swapped = records.clone();
            swapped.swap(one, other);
            let damage = InMemory::of(&swapped, PER_SEGMENT).verify(&anchor).unwrap_err();
            assert_eq!((damage.number(), damage.height), (14, Some(u64::try_from(other).unwrap() + 1)));
        }
        let mut doubled = records.clone();
        doubled.insert(one, records[one].clone());
        assert_eq!(InMemory::of(&doubled, PER_SEGMENT).verify(&anchor).unwrap_err().number(), 14);
        let mut fewer = records.clone();
        drop(fewer.remove(one));
        let number = InMemory::of(&fewer, PER_SEGMENT).verify(&anchor).unwrap_err().number();
        // Without the last block the one before is the last, and has no certificate.
        assert_eq!(number, if one + 1 == records.len() { 33 } else { 14 });
    }
}

/// The same history with other founders is another chain's.
#[test]
fn an_archive_of_others_proves_nothing() {
    let (chain, ..) = good();
    let others = Invented { validators: vec![Validators::of(5..=8)], ..Invented::short() };
    let damage = InMemory::of(&others.records(), PER_SEGMENT).verify(&chain.anchor()).unwrap_err();
    assert_eq!((damage.number(), damage.height), (20, Some(1)));
}
