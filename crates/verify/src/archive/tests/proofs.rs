//! What archives prove.

use super::good;
use crate::{
    archive::{
        Batch, Fault, Manifest, Record,
        testing::{InMemory, Invented},
    },
    testing::Validators,
};
use epione_types::{Signature, SignedTx, encode, testing::SoftPasskey};

#[test]
fn an_archive_proves_a_history_and_says_so() {
    let (chain, records, archive) = good();
    let proved = archive.verify(&chain.anchor()).unwrap();
    assert_eq!((proved.height, proved.txs, proved.certificates), (11, 14, 5));
    assert_eq!(proved.events, records.last().unwrap().block.header.event_size);
    assert_eq!(proved.changes.iter().map(|change| change.height).collect::<Vec<_>>(), [7]);
    let words = proved.words().join("\n");
    for part in [
        "Blocks 1 to 11 of chain1",
        "are whole, up to 2027-01-15T08:00:11Z of block time.",
        "14 transactions stand in them",
        "Blocks with a certificate of their own: 5; ",
        "After block 7 (2027-01-15T08:00:07Z) other validators took office, 4 in all.",
        "Block 11 was certified by 3 of 4 validators: edk1",
        "keys of former validators, back to the founders",
        "Not checked: ",
    ] {
        assert!(words.contains(part), "{part}\n{words}");
    }
    let unchanged = Invented { validators: vec![Validators::of(1..=4)], ..Invented::short() };
    let proved = InMemory::of(&unchanged.records(), 20).verify(&unchanged.anchor()).unwrap();
    // That no change took place, an archive cannot show.
    let words = proved.words().join("\n");
    assert!(words.contains("keys of former validators, back to the founders"), "{words}");
}

#[test]
fn every_length_and_division_proves() {
    for blocks in 1..=20 {
        let chain = Invented { blocks, ..Invented::short() };
        let records = chain.records();
        for per_segment in [1, 3, 100] {
            let proved = InMemory::of(&records, per_segment).verify(&chain.anchor()).unwrap();
            assert_eq!((proved.height, proved.changes.len()), (blocks, usize::from(blocks >= 7)));
        }
    }
}

/// Votes of a later round than the header's, as the last block of an epoch may have.
#[test]
fn the_last_block_of_an_epoch_may_be_proposed_again() {
    let (chain, mut records, _) = good();
    let header = &records[6].block.header;
    let round = crate::Round { view: header.view + 5, parent_view: header.view };
    records[6].certificate.as_mut().unwrap().round = Some(round);
    chain.seal(&mut records);
    assert!(InMemory::of(&records, 4).verify(&chain.anchor()).is_ok());
}

#[test]
fn a_manifest_is_read_as_it_is_written() {
    let (_, _, archive) = good();
    let text = archive.manifest.text();
    assert_eq!(Manifest::parse(text.as_bytes()), Ok(archive.manifest.clone()));
    assert!(text.starts_with("epione archive 1\nchain chain1"), "{text}");
    assert!(text.contains("\nfile blocks-0000000009-0000000011.epione "), "{text}");
    let names = ["genesis.json", "blocks-0000000001-0000000004.epione", "blocks-0000000005-0000000008.epione"];
    let named = |names: &[&'static str]| {
        archive.manifest.check_names(names.iter().copied()).map_err(|damage| (damage.file, damage.fault))
    };
    let last = "blocks-0000000009-0000000011.epione";
    assert_eq!(named(&names), Err((last.to_owned(), Fault::Missing)));
    assert_eq!(named(&[&names[..], &[last]].concat()), Ok(()));
    assert_eq!(named(&[&names[..], &[last, last]].concat()), Err((last.to_owned(), Fault::Unexpected)));
    assert_eq!(named(&[&names[..], &["notes.txt"]].concat()), Err(("notes.txt".to_owned(), Fault::Unexpected)));
}

/// A transaction of the load that archives are measured with has the size of a notary entry.
#[test]
fn transactions_are_as_long_as_those_of_the_notary() {
    let records = Invented { txs: 100, ..Invented::short() }.records();
    let sizes: Vec<usize> = records[0].block.txs.iter().map(|tx| encode(tx).len()).collect();
    assert_eq!((records[0].block.txs.len(), sizes.iter().min()), (100, Some(&226)));
}

/// A batch finds whatever single verification finds, and nothing else.
#[test]
fn a_batch_names_the_first_wrong_signature() {
    let records = Invented { blocks: 1, txs: 100, ..Invented::short() }.records();
    let mut txs: Vec<SignedTx> = records[0].block.txs.to_vec();
    let check = |txs: &[SignedTx]| {
        let mut batch = Batch::default();
        txs.iter().enumerate().for_each(|(index, tx)| batch.add((7, index), tx));
        assert!(!batch.is_full());
        batch.check()
    };
    assert_eq!(check(&txs), Ok(()));
    assert_eq!(check(&[]), Ok(()));
    let Signature::Ed25519 { bytes, .. } = &mut txs[60].signature else { panic!("another kind") };
    bytes[2] ^= 1;
    txs[41].tx.nonce.seq += 1;
    assert_eq!(check(&txs), Err((7, 41)));
    assert_eq!(check(&txs[42..]), Err((7, 18)));
}

/// Passkeys are checked beside the batch; the first of all that are wrong is named.
#[test]
fn passkeys_are_checked_beside_the_batch() {
    let records = Invented { blocks: 1, txs: 100, ..Invented::short() }.records();
    let mut txs: Vec<SignedTx> = records[0].block.txs.to_vec();
    let passkey = SoftPasskey::new(&[9; 32], "wallet.example.org").unwrap();
    for at in [20, 50, 80] {
        txs[at].signature = passkey.sign(&txs[at].tx.signing_bytes());
    }
    let check = |txs: &[SignedTx]| {
        let mut batch = Batch::default();
        txs.iter().enumerate().for_each(|(index, tx)| batch.add((7, index), tx));
        batch.check()
    };
    assert_eq!(check(&txs), Ok(()));
    txs[80].tx.nonce.seq += 1;
    assert_eq!(check(&txs), Err((7, 80)));
    txs[60].tx.nonce.seq += 1;
    assert_eq!(check(&txs), Err((7, 60)));
    txs[50].tx.nonce.seq += 1;
    assert_eq!(check(&txs), Err((7, 50)));
    // One wrong passkey is enough to look at once, and is not told again.
    let mut batch = Batch::default();
    batch.add((7, 50), &txs[50]);
    assert_eq!((batch.is_full(), batch.check()), (true, Err((7, 50))));
    assert_eq!((batch.is_full(), batch.check()), (false, Ok(())));
}

#[test]
fn a_record_that_is_too_long_is_not_written() {
    let (_, mut records, _) = good();
    let mut segment = Vec::new();
    assert_eq!(records[0].append(&mut segment), Some(()));
    let written = segment.len();
    let mut event = records[0].events[0].clone();
    event.body = epione_types::Bytes::new(vec![0; 8_192]).unwrap();
    let events = vec![event; 40_000];
    records[0] = Record { events: epione_types::List::new(events).unwrap(), ..records[0].clone() };
    assert_eq!((records[0].append(&mut segment), segment.len()), (None, written));
}
