//! Every fault, each by an archive that is wrong in one thing.

use super::{PER_SEGMENT, good};
use crate::{
    Anchor, At, Round,
    archive::{
        Content, Damage, Fault, Manifest, Record, Segment,
        testing::{InMemory, Invented},
    },
    testing::Validators,
};
use epione_types::{
    Block, ChainId, Committee, Entry, Hash, Header, KeyError, List, ModuleId, Origin, PublicKey, Tx, TxFault, UnixMs,
};
use std::collections::BTreeSet;

/// What is wrong with the archive in which one record is changed and everything is signed again; the changed one is
/// named.
fn altered(at: usize, change: impl FnOnce(&mut Record)) -> Damage {
    let (chain, mut records, archive) = good();
    change(&mut records[at]);
    chain.seal(&mut records);
    let damage = InMemory::of(&records, PER_SEGMENT).verify(&chain.anchor()).unwrap_err();
    assert_eq!(damage.file, archive.manifest.segments[at / PER_SEGMENT].name(), "{damage}");
    assert_eq!(damage.height, Some(u64::try_from(at).unwrap() + 1), "{damage}");
    damage
}

/// The same, of a header.
fn reheaded(at: usize, change: impl FnOnce(&mut Header)) -> Damage {
    altered(at, |record| change(&mut record.block.header))
}

/// The same, of the transactions of the first block; its header names them.
fn retold(change: impl FnOnce(&mut Tx)) -> Damage {
    altered(0, |record| {
        let mut txs = record.block.txs.to_vec();
        change(&mut txs[1].tx);
        record.block.header.tx_root = Block::tx_root(&txs);
        record.block.txs = List::new(txs).unwrap();
    })
}

/// The same, of the events of the fourth block, which has one of scheduled work and four of two transactions.
fn told(change: impl FnOnce(&mut Vec<Entry>)) -> Damage {
    altered(3, |record| {
        let mut events = record.events.to_vec();
        change(&mut events);
        record.events = List::new(events).unwrap();
    })
}

fn numbers(damage: &[Damage]) -> Vec<u8> {
    damage.iter().map(Damage::number).collect()
}

fn manifest_faults() -> Vec<Damage> {
    let (_, _, archive) = good();
    let parse = |manifest: Manifest| Manifest::parse(manifest.text().as_bytes()).unwrap_err();
    let with = |change: &dyn Fn(&mut Manifest)| {
        let mut manifest = archive.manifest.clone();
        change(&mut manifest);
        parse(manifest)
    };
    let text = archive.manifest.text();
    let signed = |text: String| format!("{text}sum {}\n", Hash::sha256(&[text.as_bytes()]));
    let body = text.rsplit_once("sum ").unwrap().0;
    let faults = vec![
        archive.manifest.check_names([].into_iter()).unwrap_err(),
        archive.manifest.check_names(["other"].into_iter()).unwrap_err(),
        Manifest::parse(b"").unwrap_err(),
        Manifest::parse(b"epione archive 2\n").unwrap_err(),
        Manifest::parse(&vec![b'e'; Manifest::BYTES_MAX + 1]).unwrap_err(),
        Manifest::parse(&text.as_bytes()[..text.len() - 1]).unwrap_err(),
        Manifest::parse(body.as_bytes()).unwrap_err(),
        Manifest::parse(&[body.as_bytes(), &[0xff]].concat()).unwrap_err(),
        Manifest::parse(text.replace("events ", "events 0").as_bytes()).unwrap_err(),
        Manifest::parse(signed(body.replace("events ", "events 0")).as_bytes()).unwrap_err(),
        Manifest::parse(signed(body.replace("events ", "event ")).as_bytes()).unwrap_err(),
        Manifest::parse(signed(format!("{body}file ../blocks 1 2\n")).as_bytes()).unwrap_err(),
        with(&|manifest| manifest.segments.truncate(2)),
        with(&|manifest| manifest.segments.clear()),
        with(&|manifest| manifest.segments = manifest.segments[1..].to_vec()),
        with(&|manifest| manifest.segments.swap(0, 1)),
        with(&|manifest| manifest.segments[1].first = 4),
        with(&|manifest| manifest.segments[1].last = 4),
        with(&|manifest| manifest.height = u64::MAX),
        with(&|manifest| (manifest.segments[2].last, manifest.height) = (u64::MAX, u64::MAX)),
    ];
    assert_eq!(numbers(&faults), [1, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5]);
    assert!(faults[2..].iter().all(|damage| damage.file == "manifest"));
    faults
}

fn file_faults() -> Vec<Damage> {
    let (chain, records, archive) = good();
    let with = |change: &dyn Fn(&mut Vec<u8>), keep_sum: bool| {
        let mut other = archive.clone();
        change(&mut other.segments[1]);
        if !keep_sum {
            other.manifest.segments[1].content = Content::of(&other.segments[1]);
        }
        let damage = other.verify(&chain.anchor()).unwrap_err();
        assert_eq!(damage.file, "blocks-0000000005-0000000008.epione");
        damage
    };
    let at = 8 + 4 + borsh::to_vec(&records[4]).unwrap().len();
    let mut other = archive.clone();
    other.manifest.segments[1].content.sha256 = Hash::default();
    let mut longer = archive.clone();
    longer.manifest.segments[1].content.bytes += 1;
    let mut renamed = archive.clone();
    renamed.manifest.segments[1].last = 9;
    let faults = vec![
        longer.verify(&chain.anchor()).unwrap_err(),
        other.verify(&chain.anchor()).unwrap_err(),
        with(&|bytes| bytes[0] ^= 1, true),
        with(&|bytes| bytes.truncate(7), false),
        with(&|bytes| bytes[7] = 2, false),
        with(&|bytes| bytes.truncate(bytes.len() - 1), true),
        with(&|bytes| bytes.truncate(at + 3), false),
        with(&|bytes| bytes[at + 4] ^= 1, false),
        with(&|bytes| bytes.truncate(at), false),
        with(&|bytes| bytes.truncate(8), true),
        renamed.verify(&chain.anchor()).unwrap_err(),
    ];
    assert_eq!(numbers(&faults), [6, 7, 10, 10, 11, 12, 12, 16, 15, 6, 15]);
    assert_eq!(faults[6].fault, Fault::Torn(u64::try_from(at).unwrap()));
    assert_eq!((faults[5].height, faults[6].height), (Some(8), Some(6)));
    assert_eq!(faults[8].fault, Fault::End { found: 5, expected: 8 });
    let malformed = with(&|bytes| bytes[at - 1] ^= 0x80, true);
    [faults, vec![malformed]].concat()
}

fn anchor_faults() -> Vec<Damage> {
    let (chain, _, archive) = good();
    let known = chain.anchor();
    let empty = Anchor { committee: Committee { keys: List::default() }, ..known };
    let endless = Anchor { epoch_blocks: 0, ..known.clone() };
    let other = Anchor { chain: ChainId([1; 32]), ..known };
    let faults: Vec<Damage> = [empty, endless, other].iter().map(|known| archive.verify(known).unwrap_err()).collect();
    assert_eq!(numbers(&faults), [8, 8, 9]);
    assert_eq!((faults[0].file.as_str(), faults[2].file.as_str()), ("genesis.json", "manifest"));
    faults
}

fn header_faults() -> Vec<Damage> {
    let stranger = PublicKey::Ed25519([7; 32]);
    let (_, records, _) = good();
    let (time, others) = (records[4].block.header.time, Validators::of([1, 2, 3, 9]).committee());
    let faults = vec![
        reheaded(5, |header| header.version = 2),
        reheaded(5, |header| header.chain = ChainId([1; 32])),
        reheaded(5, |header| header.height += 1),
        reheaded(0, |header| header.height = 0),
        reheaded(5, |header| header.epoch = 1),
        reheaded(5, |header| header.time = time),
        reheaded(5, |header| header.time = UnixMs(0)),
        reheaded(5, |header| header.committee_hash = others.hash()),
        reheaded(5, |header| header.proposer = stranger),
        reheaded(5, |header| header.next_committee_hash = Some(others.hash())),
        reheaded(6, |header| header.next_committee_hash = None),
        reheaded(6, |header| header.next_committee_hash = Some(Hash::default())),
        altered(6, |record| record.successors = None),
        altered(6, |record| record.successors = Some(Committee { keys: List::default() })),
        altered(5, |record| record.successors = Some(others.clone())),
        reheaded(5, |header| header.tx_root = Hash::default()),
    ];
    assert_eq!(numbers(&faults), [16, 9, 14, 14, 17, 19, 19, 20, 21, 22, 22, 23, 23, 23, 23, 24]);
    let (chain, mut records, _) = good();
    records[5].block.header.parent = Hash::default();
    let parent = InMemory::of(&records, PER_SEGMENT).verify(&chain.anchor()).unwrap_err();
    assert_eq!((parent.number(), parent.height), (18, Some(6)));
    [faults, vec![parent]].concat()
}

fn tx_faults() -> Vec<Damage> {
    let faults = vec![
        retold(|tx| tx.version = 2),
        retold(|tx| tx.chain = ChainId([1; 32])),
        retold(|tx| tx.calls = List::default()),
    ];
    let why = |damage: &Damage| {
        let Fault::Tx { index: 1, why } = &damage.fault else { panic!("{damage}") };
        (**why).clone()
    };
    assert!(matches!(why(&faults[0]), TxFault::Version(2)));
    assert!(matches!(why(&faults[1]), TxFault::Chain { .. }));
    assert_eq!(why(&faults[2]), TxFault::NoCalls);
    let signature = altered(2, |record| {
        let mut txs = record.block.txs.to_vec();
        let epione_types::Signature::Ed25519 { bytes, .. } = &mut txs[1].signature else { panic!("another kind") };
        bytes[5] ^= 1;
        record.block.header.tx_root = Block::tx_root(&txs);
        record.block.txs = List::new(txs).unwrap();
    });
    assert_eq!(why(&signature), TxFault::Signature(KeyError::Signature));
    [faults, vec![signature]].concat()
}

/// One of more than a batch in several blocks: the block and the transaction are named.
#[test]
fn a_wrong_signature_is_found_among_many() {
    let chain = Invented { blocks: 23, txs: 100, ..Invented::short() };
    let mut records = chain.records();
    let mut txs = records[21].block.txs.to_vec();
    txs[77].signature = txs[76].signature.clone();
    records[21].block.header.tx_root = Block::tx_root(&txs);
    records[21].block.txs = List::new(txs).unwrap();
    chain.seal(&mut records);
    let damage = InMemory::of(&records, 23).verify(&chain.anchor()).unwrap_err();
    let why = Box::new(TxFault::Signature(KeyError::Signature));
    assert_eq!((damage.height, damage.fault), (Some(22), Fault::Tx { index: 77, why }));
}

fn event_faults() -> Vec<Damage> {
    let faults = vec![
        told(|events| events[1].version = 2),
        told(|events| events[1].module = ModuleId(3)),
        told(|events| events.swap(0, 1)),
        told(|events| events[0].origin = Origin::Genesis),
        told(|events| events[0].origin = Origin::Due { height: 5 }),
        told(|events| events.swap(2, 4)),
        told(|events| drop(events.remove(1))),
        told(|events| events[2].origin = Origin::Call { id: epione_types::TxId([1; 32]), index: 0 }),
        told(|events| {
            if let Origin::Call { index, .. } = &mut events[2].origin {
                *index = 1;
            }
        }),
        told(|events| events.truncate(3)),
        told(|events| drop(events.remove(2))),
        reheaded(3, |header| header.event_size += 1),
        told(|events| events[2].salt[0] ^= 1),
        reheaded(3, |header| header.event_root = Hash::default()),
    ];
    assert_eq!(numbers(&faults), [26, 26, 27, 27, 27, 27, 27, 27, 27, 28, 29, 29, 30, 30]);
    assert_eq!(faults[9].fault, Fault::Results { found: 1, expected: 2 });
    faults
}

fn certificate_faults() -> Vec<Damage> {
    let (chain, records, _) = good();
    let verify = |records: &[Record]| InMemory::of(records, PER_SEGMENT).verify(&chain.anchor()).unwrap_err();
    // Without signing again: these are about the votes.
    let with = |at: usize, change: &dyn Fn(&mut crate::Certificate, &Header)| {
        let mut records = records.clone();
        let Record { block, certificate, .. } = &mut records[at];
        change(certificate.as_mut().unwrap(), &block.header);
        verify(&records)
    };
    let again = |at: usize, view: u64| {
        let (chain, mut records, _) = good();
        records[at].certificate.as_mut().unwrap().round = Some(Round { view, parent_view: 1 });
        chain.seal(&mut records);
        verify(&records)
    };
    let (mut without, mut endless) = (records.clone(), records.clone());
    (without[6].certificate, endless[10].certificate) = (None, None);
    let faults = vec![
        with(2, &|votes, header| votes.round = Some(Round { view: header.view, parent_view: header.parent_view })),
        with(2, &|votes, _| votes.votes = List::default()),
        with(2, &|votes, _| votes.votes.iter_mut().next().unwrap().validator = 2),
        with(2, &|votes, _| votes.votes.iter_mut().next().unwrap().signature[3] ^= 1),
        again(2, 9_000),
        again(6, 2),
        verify(&without),
        verify(&endless),
    ];
    assert_eq!(numbers(&faults), [31, 31, 31, 31, 32, 32, 33, 33]);
    let inner = faults[..4].iter().map(|damage| {
        let Fault::Certificate(fault) = &damage.fault else { panic!("{damage}") };
        fault.number()
    });
    let inner: Vec<u8> = inner.collect();
    assert_eq!(inner, [17, 18, 19, 20]);
    assert_eq!(faults[1].fault, Fault::Certificate(crate::Fault::Quorum { at: At::Named, found: 0, needed: 3 }));
    assert!(faults[1].to_string().ends_with("block 3: this block has 0 votes instead of 3"), "{}", faults[1]);
    assert_eq!((faults[6].height, faults[7].height), (Some(7), Some(11)));
    faults
}

fn head_faults() -> Vec<Damage> {
    let (chain, _, archive) = good();
    let with = |change: &dyn Fn(&mut Manifest)| {
        let mut other = archive.clone();
        change(&mut other.manifest);
        other.verify(&chain.anchor()).unwrap_err()
    };
    let faults = vec![
        with(&|manifest| manifest.head = Hash::default()),
        with(&|manifest| manifest.events += 1),
        with(&|manifest| manifest.height += 1),
        with(&|manifest| manifest.segments.clear()),
    ];
    assert_eq!(numbers(&faults), [34, 34, 34, 34]);
    assert!(faults.iter().all(|damage| damage.file == "manifest"));
    faults
}

#[test]
fn every_fault_is_met_and_has_a_number_of_its_own() {
    let malformed = {
        let (chain, _, mut other) = good();
        // A record of one byte.
        other.segments[0].splice(8.., [1, 0, 0, 0, 9]);
        other.verify(&chain.anchor()).unwrap_err()
    };
    assert_eq!((malformed.number(), malformed.height), (13, Some(1)));
    let faults = [
        manifest_faults(),
        file_faults(),
        anchor_faults(),
        header_faults(),
        tx_faults(),
        event_faults(),
        certificate_faults(),
        head_faults(),
        vec![malformed],
    ]
    .concat();
    let found: BTreeSet<u8> = faults.iter().map(Damage::number).collect();
    assert_eq!(found, (1..=34).collect());
    for damage in faults {
        let text = damage.to_string();
        assert!(text.starts_with(&format!("{}: ", damage.file)) && !text.ends_with('.'), "{text}");
    }
}

/// The name of a segment is made of heights, however long.
#[test]
fn names_are_those_of_heights() {
    let content = Content::of(b"");
    let named = |first, last| Segment { first, last, content }.name();
    assert_eq!(named(1, 4096), "blocks-0000000001-0000004096.epione");
    assert_eq!(named(1, u64::MAX), "blocks-0000000001-18446744073709551615.epione");
}
