//! The file of rows and the list of passages: whole, or refused with the reason.

use super::*;
use epione_store::{Address, AddressedRow, ROWS_AT_ONCE};
use epione_types::{ChainId, Text};

fn upgrade() -> Upgrade {
    let (block, old_root) = (Hash([1; 32]), Hash([2; 32]));
    Upgrade { height: 90, block, old_format: 1, new_format: 2, old_root, rows_root: Hash::default() }
}

fn about() -> About {
    About { chain: ChainId([3; 32]), upgrade: upgrade(), release: Text::new("0.2.0").unwrap() }
}

/// So many rows of different lengths, in pages.
fn pages(count: usize) -> Vec<Vec<AddressedRow>> {
    let row = |number: usize| {
        let mut address = [0; 32];
        address[1..9].copy_from_slice(&(number as u64).to_be_bytes());
        (Address::from_bytes(address).unwrap(), vec![7; number % 300])
    };
    (0..count).map(row).collect::<Vec<_>>().chunks(ROWS_AT_ONCE).map(<[_]>::to_vec).collect()
}

fn written(path: &Path, count: usize) -> Upgrade {
    let _gone = fs::remove_file(path);
    let mut file = write(path, about()).unwrap();
    pages(count).into_iter().for_each(|page| file.page(page).unwrap());
    assert!(!path.exists(), "a file that is not complete has another name");
    file.end(path).unwrap()
}

/// All rows, or why not.
fn read(path: &Path) -> Result<(Upgrade, Vec<Vec<AddressedRow>>)> {
    let mut file = RowsFile::open(path)?;
    let (about, mut pages) = (file.about().clone(), Vec::new());
    while let Some(page) = file.next_page()? {
        pages.push(page);
    }
    Ok((about.upgrade, pages))
}

#[test]
fn rows_are_read_as_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows-90.epione");
    for count in [0, 1, ROWS_AT_ONCE, 2 * ROWS_AT_ONCE + 5] {
        let upgrade = written(&path, count);
        assert_eq!(read(&path).unwrap(), (upgrade, pages(count)));
        assert_eq!(RowsFile::open(&path).unwrap().about(), &About { upgrade, ..about() });
    }
}

#[test]
fn a_file_that_was_cut_off_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows-90.epione");
    written(&path, 3);
    let whole = fs::read(&path).unwrap();
    for len in 0..whole.len() {
        fs::write(&path, &whole[..len]).unwrap();
        let error = format!("{:#}", read(&path).unwrap_err());
        assert!(error.contains("rows-90.epione"), "{len}: {error}");
    }
    let mut other = whole;
    other[7] = 2;
    fs::write(&path, &other).unwrap();
    assert!(format!("{:#}", read(&path).unwrap_err()).contains("no file of rows of this version"));
}

fn genesis() -> Genesis {
    Genesis {
        version: Genesis::VERSION,
        state_format: 1,
        name: Text::new("Test").unwrap(),
        time: epione_types::UnixMs(0),
        salt: [0; 16],
        demo: true,
        epoch_blocks: 8,
        modules: epione_types::List::default(),
    }
}

fn era(height: u64, old_format: u16) -> Era {
    let upgrade = Upgrade { height, old_format, new_format: old_format + 1, ..upgrade() };
    Era { upgrade, ops_root: Hash([4; 32]), ops_range: OpsRange { start: 3, end: 9 } }
}

#[test]
fn passages_are_kept_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let none = Eras::new(1, Vec::new());
    assert_eq!(load(folder.path(), &genesis()).unwrap(), none);
    let eras = Eras::new(1, vec![era(90, 1), era(200, 2)]);
    note(folder.path(), &eras).unwrap();
    assert_eq!(load(folder.path(), &genesis()).unwrap(), eras);

    for wrong in [vec![era(90, 2)], vec![era(0, 1)], vec![era(90, 1), era(90, 2)], vec![era(90, 1), era(200, 1)]] {
        note(folder.path(), &Eras::new(1, wrong)).unwrap();
        let error = format!("{:#}", load(folder.path(), &genesis()).unwrap_err());
        assert!(error.contains("upgrades.json") && error.contains("does not follow"), "{error}");
    }
    fs::write(folder.path().join(LIST), r#"{"version": 9, "upgrades": []}"#).unwrap();
    assert!(format!("{:#}", load(folder.path(), &genesis()).unwrap_err()).contains("version 9 is unknown"));
    fs::write(folder.path().join(LIST), "{").unwrap();
    assert!(format!("{:#}", load(folder.path(), &genesis()).unwrap_err()).contains("upgrades.json"));
}
