//! Key files: never overwritten, never readable by others, never printed, never changed without the key.

use super::{needs, operations};
use crate::{
    keys::{Kept, KeyFile, KeyFileError, KeyInfo, Protection, Purpose},
    secret::{SecretSource, Terminal},
    signer::Signer as _,
};
use epione_types::{ChainId, OrgId, PublicKey, SignerId};
use pkcs8::{LineEnding, SecretDocument};
use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
};

pub(super) const PASSPHRASE: &str = "correct horse battery staple";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A file with this passphrase.
fn passphrase_file(folder: &Path, name: &str, passphrase: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, passphrase).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    path
}

fn source(path: PathBuf) -> SecretSource {
    SecretSource::new(Some(path), Terminal::NotAsked)
}

/// What is told of an error, with its causes.
fn told(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", told(source)),
        None => error.to_string(),
    }
}

/// What refuses the file, with its causes.
fn refusal(path: &Path) -> String {
    told(&KeyFile::read(path, &SecretSource::none()).unwrap_err())
}

/// An operations key in a file, encrypted, and where its passphrase stands.
fn encrypted(folder: &Path) -> (KeyFile, PathBuf, SecretSource) {
    let (key, path) = (operations(), folder.join("a.key"));
    let source = source(passphrase_file(folder, "passphrase", &format!("{PASSPHRASE}\n")));
    key.create(&path, &Protection::Passphrase(source.choose("").unwrap())).unwrap();
    (key, path, source)
}

#[test]
fn a_key_is_read_as_it_was_written() {
    let (folder, purposes) = (folder(), Purpose::ALL);
    for purpose in purposes {
        let path = folder.path().join(purpose.name());
        let written = KeyFile { chain: Some(ChainId([9; 32])), ..KeyFile::generate(purpose).unwrap() };
        written.create(&path, &Protection::None).unwrap();
        let read = KeyFile::read(&path, &SecretSource::none()).unwrap();
        assert_eq!(read.info(), written.info());
        assert_eq!((read.purpose, read.key.seed()), (purpose, written.key.seed()));
        assert_eq!(KeyInfo::read(&path).unwrap(), (written.info(), Kept::Clear));
        assert_eq!(mode(&path), 0o600, "{purpose}");
    }
}

#[test]
fn an_encrypted_key_opens_with_its_passphrase_only() {
    let folder = folder();
    let (key, path, source) = encrypted(folder.path());
    assert_eq!(KeyFile::read(&path, &source).unwrap().key.seed(), key.key.seed());
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), "{text}");
    assert!(!text.contains(&hex::encode(key.key.seed())));
    // What is public is told without it.
    assert_eq!(KeyInfo::read(&path).unwrap(), (key.info(), Kept::Encrypted));
    let wrong = self::source(passphrase_file(folder.path(), "wrong", "incorrect horse battery staple"));
    assert!(matches!(KeyFile::read(&path, &wrong), Err(KeyFileError::Passphrase(_))));
    let missing = refusal(&path);
    assert!(missing.contains("--passphrase-file") && missing.contains("operations-passphrase"), "{missing}");
}

#[test]
fn a_passphrase_is_changed_and_the_key_is_not() {
    let folder = folder();
    let (key, path, source) = encrypted(folder.path());
    let other = self::source(passphrase_file(folder.path(), "other", "another horse, another staple"));
    let before = KeyFile::read(&path, &source).unwrap();
    before.rewrite(&path, &Protection::Passphrase(other.choose("").unwrap())).unwrap();
    assert!(matches!(KeyFile::read(&path, &source), Err(KeyFileError::Passphrase(_))));
    let after = KeyFile::read(&path, &other).unwrap();
    assert_eq!((after.key.seed(), after.info(), mode(&path)), (key.key.seed(), key.info(), 0o600));
    assert!(!folder.path().join("a.key.new").exists());
    // One that cannot be written leaves the file as it is.
    fs::write(folder.path().join("a.key.new"), "").unwrap();
    let error = after.rewrite(&path, &Protection::None).unwrap_err().to_string();
    assert!(error.contains("a.key.new") && error.contains("remove it"), "{error}");
    assert!(KeyFile::read(&path, &other).is_ok());
}

#[test]
fn openssl_reads_a_key_file() {
    if !needs("openssl", Path::new("/usr/bin/openssl")) {
        return;
    }
    let folder = folder();
    let (key, path, _) = encrypted(folder.path());
    let clear = folder.path().join("clear.key");
    key.create(&clear, &Protection::None).unwrap();
    let PublicKey::Ed25519(public) = key.key.public() else { panic!("another kind") };
    for (path, passphrase) in [(&path, PASSPHRASE), (&clear, "")] {
        let mut openssl = Command::new("/usr/bin/openssl");
        openssl.args(["pkey", "-pubout", "-outform", "DER", "-passin", &format!("pass:{passphrase}"), "-in"]);
        let done = openssl.arg(path).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(done.stdout[done.stdout.len() - 32..], public);
    }
}

#[test]
fn a_file_that_would_take_all_memory_is_refused_before_a_passphrase_is_asked_for() {
    let folder = folder();
    let (_, path, _) = encrypted(folder.path());
    let text = fs::read_to_string(&path).unwrap();
    let begin = text.find("-----BEGIN").unwrap();
    let (_, block) = SecretDocument::from_pem(&text[begin..]).unwrap();
    // N, r and p of scrypt, in DER.
    let ours: [u8; 10] = [0x02, 0x02, 0x40, 0x00, 0x02, 0x01, 0x08, 0x02, 0x01, 0x05];
    let at = block.as_bytes().windows(ours.len()).position(|bytes| bytes == ours).unwrap();
    let refused = |offset: usize, value: u8| {
        let mut bytes = block.as_bytes().to_vec();
        bytes[at + offset] = value;
        let block = SecretDocument::try_from(bytes.as_slice()).unwrap();
        let block = block.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF).unwrap();
        fs::write(&path, format!("{}{}", &text[..begin], *block)).unwrap();
        refusal(&path)
    };
    assert!(refused(6, 0x7f).contains("more than 128 MiB"));
    assert!(refused(9, 0x7f).contains("some seconds"));
    for (offset, value) in [(3, 1), (6, 0), (9, 0)] {
        assert!(refused(offset, value).contains("cannot have"), "{offset} {value}");
    }
    assert!(refused(5, 0x02).contains("damaged"));
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
    let create = |path: &Path| operations().create(path, &Protection::None);
    create(&path).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(create(&path), Err(KeyFileError::Exists(_))));
    let elsewhere = folder.path().join("elsewhere");
    symlink(&elsewhere, folder.path().join("b.key")).unwrap();
    assert!(matches!(create(&folder.path().join("b.key")), Err(KeyFileError::Exists(_))));
    assert!(!elsewhere.exists());
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let folder = folder();
    let (_, path, source) = encrypted(folder.path());
    let passphrase = folder.path().join("passphrase");
    for mode in [0o640, 0o604, 0o620, 0o610, 0o666] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let refusal = refusal(&path);
        assert!(refusal.contains(&format!("has mode {mode:04o}")) && refusal.contains("chmod 600"), "{refusal}");
    }
    fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    assert!(KeyFile::read(&path, &source).is_ok());
    fs::set_permissions(&passphrase, Permissions::from_mode(0o644)).unwrap();
    let refusal = told(&KeyFile::read(&path, &source).unwrap_err());
    assert!(refusal.contains("has mode 0644") && refusal.contains("passphrase file"), "{refusal}");
}

#[test]
fn what_is_no_passphrase_is_refused() {
    let folder = folder();
    let refused = |text: &str| {
        let source = source(passphrase_file(folder.path(), "p", text));
        let error = source.choose("").unwrap_err().to_string();
        assert!(text.len() < 4 || !error.contains(&text[..4]), "the passphrase is told: {error}");
        error
    };
    assert!(refused("").contains("is empty") && refused("\n").contains("is empty"));
    assert!(refused("eleven char\n").contains("shorter than 12"));
    assert!(refused("two lines of\na passphrase\n").contains("more than one line"));
    assert!(refused(&"x".repeat(1025)).contains("longer than 1024"));
    assert!(refused(&"x".repeat(100_000)).contains("longer than 1024"));
    fs::write(folder.path().join("p"), [0xff; 20]).unwrap();
    assert!(told(&source(folder.path().join("p")).choose("").unwrap_err()).contains("UTF-8"));
    assert!(told(&source(folder.path().into()).choose("").unwrap_err()).contains("no regular file"));
    assert!(told(&source(folder.path().join("none")).choose("").unwrap_err()).contains("No such file"));
    assert!(told(&SecretSource::none().choose("").unwrap_err()).contains("--no-passphrase"));
    let windows = source(passphrase_file(folder.path(), "w", &format!("{PASSPHRASE}\r\n"))).choose("").unwrap();
    assert_eq!(windows.expose(), PASSPHRASE);
    assert_eq!(format!("{windows:?}"), "Passphrase([private])");
}

#[test]
fn what_is_no_key_file_is_refused_without_showing_it() {
    let folder = folder();
    let path = folder.path().join("a.key");
    let key = operations();
    key.create(&path, &Protection::None).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let block = text.lines().rev().nth(1).unwrap().to_owned();
    let changed = "not those that the key signed";
    let other = KeyFile::generate(Purpose::Vote).unwrap().key.public().to_string();
    let (org, public) = (key.signer.unwrap().to_string(), key.key.public().to_string());
    let other_org = SignerId::Organization(OrgId([8; 16])).to_string();
    let changes: [(&str, &str, &str); 10] = [
        ("epione-key/1", "epione-key/2", "not a key file"),
        ("Purpose: operations", "Purpose: daily", "`Purpose`"),
        ("Purpose: operations", "Purpose: vote", changed),
        ("Purpose: operations", "Purpose: operations\nColor: red", changed),
        ("Purpose: operations\n", "", "not a key file"),
        (&org, &other_org, changed),
        (&public, &other, changed),
        ("Signature: ", "Signed: ", "not a key file"),
        (&block, &block[1..], "damaged"),
        ("PRIVATE KEY", "PUBLIC KEY", "no private key"),
    ];
    for (from, to, expected) in changes {
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replace(from, to)).unwrap();
        let refusal = refusal(&path);
        assert!(refusal.contains(expected), "{from}: {refusal}");
        assert!(!refusal.contains(&block[20..]), "the secret is shown: {refusal}");
    }
    fs::write(&path, "x".repeat(100_000)).unwrap();
    assert!(refusal(&path).contains("not a key file"));
    assert!(refusal(folder.path()).contains("not a regular file"));
    assert!(refusal(&folder.path().join("none")).contains("No such file"));
}

#[test]
fn a_damaged_file_never_gives_another_key() {
    let folder = folder();
    let path = folder.path().join("a.key");
    let key = KeyFile { chain: Some(ChainId([9; 32])), ..operations() };
    key.create(&path, &Protection::None).unwrap();
    let bytes = fs::read(&path).unwrap();
    let mut refused = 0;
    for at in 0..bytes.len() {
        for flip in [1, 0x20] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            fs::write(&path, damaged).unwrap();
            match KeyFile::read(&path, &SecretSource::none()) {
                Ok(read) => assert_eq!((read.info(), read.key.seed()), (key.info(), key.key.seed()), "byte {at}"),
                Err(_) => refused += 1,
            }
        }
        fs::write(&path, &bytes[..at]).unwrap();
        assert!(KeyFile::read(&path, &SecretSource::none()).is_err() || at + 1 >= bytes.len(), "cut at {at}");
    }
    assert!(refused > bytes.len(), "only {refused} of {} damages were found", 2 * bytes.len());
}

#[test]
fn the_secret_is_not_in_what_is_printed() {
    let key = operations();
    let secret = hex::encode(key.key.seed());
    assert!(!format!("{key:?}").contains(&secret));
}
