//! What a node keeps goes out as records that prove it, and comes in again elsewhere.

use super::audit::{DAMAGED, Damage, HEIGHT, TXS, config, kept};
use crate::{
    archive::{ArchiveError, Exported, export, import},
    audit::{Audit, Audited, audit},
};
use epione_verify::{
    Anchor,
    archive::{Record, Verified, testing::InMemory},
};
use std::path::Path;

/// What is exported of a chain.
fn exported(damage: Damage) -> Result<(Exported, Vec<Record>), ArchiveError> {
    let folder = tempfile::tempdir().unwrap();
    kept(folder.path(), damage);
    let mut records = Vec::new();
    let exported = export(folder.path(), &config(), &mut |record| {
        records.push(record);
        Ok(())
    })?;
    Ok((exported, records))
}

fn verified(records: &[Record]) -> Verified {
    let config = config();
    let mut archive = InMemory::of(records, 7);
    archive.manifest.chain = config.genesis.chain();
    archive.verify(&Anchor::of(&config.genesis, config.founders)).unwrap()
}

fn imported(directory: &Path, records: &[Record]) -> Result<(), ArchiveError> {
    let mut left = records.chunks(5).map(<[Record]>::to_vec);
    import(directory, &config(), &mut || Ok(left.next()))
}

fn audited(directory: &Path) -> Audited {
    let scratch = tempfile::tempdir().unwrap();
    let what = Audit { directory: directory.to_owned(), scratch: scratch.path().to_owned(), engine: config() };
    audit(&what, &mut |_| Ok(())).unwrap()
}

#[test]
fn a_history_goes_out_and_comes_in_again() {
    let (found, records) = exported(Damage::None).unwrap();
    assert_eq!(found, Exported { height: HEIGHT, left_out: 0 });
    let proved = verified(&records);
    assert_eq!((proved.height, proved.txs, proved.certificates), (HEIGHT, HEIGHT * TXS, HEIGHT));
    let folder = tempfile::tempdir().unwrap();
    imported(folder.path(), &records).unwrap();
    let found = audited(folder.path());
    assert_eq!((found.height, found.certified, found.txs, found.events), (HEIGHT, HEIGHT, proved.txs, proved.events));
    // The node has not run yet: it has no state and no events of its own.
    assert_eq!((found.state_height, found.logged), (0, 0));
    let again = export(folder.path(), &config(), &mut |_| Ok(()));
    assert!(matches!(again, Err(ArchiveError::Uncertified)), "{again:?}");
}

/// An export ends with the last block that is certified and has its events.
#[test]
fn what_is_not_whole_is_left_out() {
    for (damage, height) in [
        (Damage::CertificateLeftOut, HEIGHT),
        (Damage::LastCertificateLeftOut, HEIGHT - 1),
        (Damage::LogTooShort, DAMAGED),
        (Damage::CertificatesLeftOut, 1),
    ] {
        let (found, records) = exported(damage).unwrap();
        assert_eq!(found, Exported { height, left_out: HEIGHT - height }, "{damage:?}");
        assert_eq!(verified(&records).height, height);
    }
    let (found, _) = exported(Damage::BlockLeftOut).unwrap();
    assert_eq!(found, Exported { height: DAMAGED - 1, left_out: 0 });
}

#[test]
fn what_does_not_belong_together_is_named() {
    let of_another = exported(Damage::CertificateOfAnother).unwrap_err();
    assert!(matches!(of_another, ArchiveError::Certificate(DAMAGED)), "{of_another}");
    let folder = tempfile::tempdir().unwrap();
    let nothing = export(folder.path(), &config(), &mut |_| Ok(()));
    assert!(nothing.unwrap_err().to_string().contains("the node keeps no final block"));
    kept(folder.path(), Damage::None);
    let stopped = export(folder.path(), &config(), &mut |record| match record.block.header.height {
        3 => Err("the disk is full".to_owned()),
        _ => Ok(()),
    });
    assert_eq!(stopped.unwrap_err().to_string(), "the disk is full");
}

/// The engine's own check of a certificate comes before the block is kept.
#[test]
fn a_certificate_is_not_taken_in_unseen() {
    let (_, records) = exported(Damage::None).unwrap();
    let with = |change: &dyn Fn(&mut epione_verify::Certificate)| {
        let mut records = records.clone();
        change(records[3].certificate.as_mut().unwrap());
        imported(tempfile::tempdir().unwrap().path(), &records).unwrap_err().to_string()
    };
    let refused = "block 4: the certificate is not one of the committee for this block";
    assert!(with(&|votes| votes.votes.iter_mut().next().unwrap().signature[0] ^= 1).starts_with(refused));
    assert!(with(&|votes| votes.votes.iter_mut().last().unwrap().validator = 9).starts_with(refused));
    assert!(with(&|votes| votes.votes = epione_types::List::default()).starts_with(refused));
    assert!(with(&|votes| votes.round = Some(epione_verify::Round { view: 9, parent_view: 1 })).starts_with(refused));
    let mut broken = records.clone();
    broken[5].block.header.tx_root = epione_types::Hash::default();
    let error = imported(tempfile::tempdir().unwrap().path(), &broken).unwrap_err().to_string();
    assert_eq!(error, "block 6 is none for the engine: the transactions are not those of the header");
}
