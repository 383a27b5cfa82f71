//! Key files: never overwritten, never readable by others, never printed.

use super::operations;
use crate::keys::{KeyFile, KeyFileError, Purpose};
use epione_types::{ChainId, OrgId, SignerId};
use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// What refuses the file, with its causes.
fn refusal(path: &Path) -> String {
    let error = KeyFile::read(path).unwrap_err();
    match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

#[test]
fn a_key_is_read_as_it_was_written() {
    let (folder, purposes) = (folder(), Purpose::ALL);
    for purpose in purposes {
        let path = folder.path().join(purpose.name());
        let written = KeyFile { chain: Some(ChainId([9; 32])), ..KeyFile::generate(purpose).unwrap() };
        written.create(&path).unwrap();
        let read = KeyFile::read(&path).unwrap();
        assert_eq!((read.purpose, read.signer, read.chain), (purpose, written.signer, written.chain));
        assert_eq!(read.key.public(), written.key.public());
        assert_eq!(mode(&path), 0o600, "{purpose}");
    }
}

#[test]
fn a_root_key_names_the_organization_it_founds() {
    let key = KeyFile::generate(Purpose::Root).unwrap();
    assert_eq!(key.signer, Some(SignerId::Organization(OrgId::from_root(&key.key.public()))));
    assert_eq!(KeyFile::generate(Purpose::Operations).unwrap().signer, None);
}

#[test]
fn a_key_is_never_overwritten() {
    let folder = folder();
    let path = folder.path().join("a.key");
    operations().create(&path).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(operations().create(&path), Err(KeyFileError::Exists(_))));
    let elsewhere = folder.path().join("elsewhere");
    symlink(&elsewhere, folder.path().join("b.key")).unwrap();
    assert!(matches!(operations().create(&folder.path().join("b.key")), Err(KeyFileError::Exists(_))));
    assert!(!elsewhere.exists());
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let folder = folder();
    let path = folder.path().join("a.key");
    operations().create(&path).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o610, 0o666] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let refusal = refusal(&path);
        assert!(refusal.contains(&format!("has mode {mode:04o}")) && refusal.contains("chmod 600"), "{refusal}");
    }
    fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    assert!(KeyFile::read(&path).is_ok());
}

#[test]
fn what_is_no_key_file_is_refused_without_showing_it() {
    let folder = folder();
    let path = folder.path().join("a.key");
    operations().create(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let secret = text.split("\"secret\": \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let changes: [(&str, &str, &str); 6] = [
        ("epione-key/1", "epione-key/2", "`format`"),
        ("\"purpose\"", "\"purposes\"", "not a key file"),
        ("operations", "daily", "not a key file"),
        (&secret[..8], "xxxxxxxx", "64 hexadecimal digits"),
        (&secret[..8], if secret.starts_with("00000000") { "11111111" } else { "00000000" }, "`public`"),
        ("}", "} }", "not a key file"),
    ];
    for (from, to, expected) in changes {
        fs::write(&path, text.replace(from, to)).unwrap();
        let refusal = refusal(&path);
        assert!(refusal.contains(expected), "{refusal}");
        assert!(!refusal.contains(&secret[8..]), "the secret is shown: {refusal}");
    }
    fs::write(&path, "x".repeat(100_000)).unwrap();
    assert!(refusal(&path).contains("not a key file"));
    assert!(refusal(folder.path()).contains("not a regular file"));
    assert!(refusal(&folder.path().join("none")).contains("No such file"));
}

#[test]
fn the_secret_is_not_in_what_is_printed() {
    let key = operations();
    let secret = hex::encode(key.key.seed());
    assert!(!format!("{key:?}").contains(&secret));
}
