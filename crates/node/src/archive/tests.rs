//! What is refused before anything is read; archives themselves are tested with real processes.

use super::*;
use anyhow::Result;
use epione_cli::{Format, Output};
use epione_modules::ALL;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn refused(run: impl FnOnce(&mut Output) -> Result<()>) -> String {
    let mut out = Output::new(Format::Human, Box::new(std::io::sink()), Box::new(std::io::sink()));
    format!("{:#}", run(&mut out).unwrap_err())
}

/// A consortium whose nodes never ran; the configuration of one, and its data directory.
fn founded(dir: &Path) -> (PathBuf, PathBuf) {
    let plan = crate::init::Plan {
        dir: dir.to_owned(),
        terms: crate::genesis::Terms {
            name: epione_types::Text::new("Test".to_owned()).unwrap(),
            time: epione_types::UnixMs(1_800_000_000_000),
            demo: true,
            epoch_blocks: 100,
        },
        organizations: crate::init::demo(),
        base_port: 7400,
        protection: epione_cli::keys::Protection::None,
    };
    let mut out = Output::new(Format::Human, Box::new(std::io::sink()), Box::new(std::io::sink()));
    crate::init::run(ALL, &plan, &mut out).unwrap();
    (dir.join("lakeside-hospital/node.toml"), dir.join("lakeside-hospital/data"))
}

#[test]
fn an_export_needs_a_history_and_an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (config, data) = founded(&folder.path().join("consortium"));
    let to = folder.path().join("archive");
    let options = ExportOptions { config, to: to.clone() };
    let export = || refused(|out| export(ALL, &options, out));
    assert!(export().contains("the node has never run, there is nothing to export"), "{}", export());
    fs::create_dir_all(data.join("ledger")).unwrap();
    assert!(export().contains("the node keeps no final block"), "{}", export());
    // Nothing was written: it can be tried again.
    assert_eq!(fs::read_dir(&to).unwrap().count(), 0);
    (0..9).for_each(|number| fs::write(to.join(format!("file {number}")), "").unwrap());
    assert!(export().contains("file 0, file 1, file 2, file 3, file 4, …;"), "{}", export());
}

#[test]
fn an_import_needs_an_archive_and_no_data_directory() {
    let folder = tempfile::tempdir().unwrap();
    let (config, data) = founded(&folder.path().join("consortium"));
    let from = folder.path().join("archive");
    let options = ImportOptions { config, from: from.clone() };
    let import = || refused(|out| import(ALL, &options, out));
    assert!(import().ends_with("proves nothing (fault 1): manifest: the file is missing"), "{}", import());
    fs::create_dir_all(&from).unwrap();
    fs::write(from.join("manifest"), "epione archive 7\n").unwrap();
    assert!(import().contains("(fault 3): manifest: "), "{}", import());
    assert!(!data.exists());
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("chain"), "").unwrap();
    assert!(import().contains("data is not empty: there is chain;"), "{}", import());
}

#[test]
fn files_are_written_whole_and_once() {
    let folder = tempfile::tempdir().unwrap();
    files::write(folder.path(), "one", b"1").unwrap();
    files::write(folder.path(), "two", b"22").unwrap();
    assert_eq!(files::names(folder.path()).unwrap(), ["one", "two"]);
    assert_eq!(files::read(folder.path(), "two", 1).unwrap().unwrap(), b"22");
    fs::write(folder.path().join("three.part"), "left by another").unwrap();
    let error = files::write(folder.path(), "three", b"3").unwrap_err();
    assert!(format!("{error:#}").contains("three: "), "{error:#}");
    // A directory where a file should be.
    fs::create_dir(folder.path().join("four")).unwrap();
    assert!(files::read(folder.path(), "four", 9).is_err());
    files::sync_all(folder.path()).unwrap();
}
