//! The private keys that the node uses for records, in files that only its owner may read.
//!
//! ```text
//! keys/kem/PERIOD.key    64 hexadecimal digits: the seed of the X-Wing key of a period. Never to be backed up
//! keys/storage.key       64 hexadecimal digits: under it the node keeps at rest what others must not read
//! ```
//! A key of a period is destroyed by overwriting and removing its file; a file system that keeps copies may keep it, so the folder
//! must not lie on one, nor in a backup.

use anyhow::{Context as _, Result, ensure};
use epione_exchange::ports::{Keys, KeysError};
use epione_types::{Signature, SigningKey};
use epione_vault::{KemPublic, KemSecret};
use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Bytes of a file: the digits and a line feed.
const FILE_BYTES: usize = 65;

/// The keys in their files.
#[derive(Debug)]
pub(crate) struct KeyFolder {
    kem: PathBuf,
    receipt: SigningKey,
    storage: Zeroizing<[u8; 32]>,
}

impl KeyFolder {
    /// The keys below these paths.
    ///
    /// # Errors
    /// If one cannot be read, or others may read it.
    pub(crate) fn open(kem: PathBuf, storage: &Path, receipt: SigningKey) -> Result<Self> {
        let storage = read(storage).with_context(|| format!("the key {}", storage.display()))?;
        Ok(Self { kem, receipt, storage })
    }

    fn file(&self, period: u32) -> PathBuf {
        self.kem.join(format!("{period}.key"))
    }
}

/// Makes a secret of 32 bytes in a new file.
///
/// # Errors
/// If there is such a file, or it cannot be written.
pub(crate) fn create(path: &Path) -> Result<Zeroizing<[u8; 32]>> {
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(secret.as_mut_slice()).context("random bytes of the operating system")?;
    let mut text = Zeroizing::new(Vec::with_capacity(FILE_BYTES));
    for byte in secret.iter() {
        let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
        text.extend([digit(byte >> 4), digit(byte & 15)].map(|digit| u8::try_from(digit).unwrap_or(b'0')));
    }
    text.push(b'\n');
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&text)?;
    file.sync_all()?;
    sync_folder(path)?;
    Ok(secret)
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

fn read(path: &Path) -> Result<Zeroizing<[u8; 32]>> {
    let mut file = File::open(path)?;
    ensure!(file.metadata()?.mode() & 0o077 == 0, "others may read or change it: make it the owner's alone (chmod 600)");
    let mut text = Zeroizing::new(Vec::with_capacity(FILE_BYTES));
    (&mut file).take(66).read_to_end(&mut text)?;
    parse(&text).context("is not 64 hexadecimal digits and a line feed")
}

fn parse(text: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let digits = text.strip_suffix(b"\n").filter(|digits| digits.len() == 64)?;
    let mut secret = Zeroizing::new([0; 32]);
    for (byte, pair) in secret.iter_mut().zip(digits.chunks_exact(2)) {
        let value = |digit: &u8| char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        *byte = match pair {
            [high, low] => value(high)? << 4 | value(low)?,
            _ => return None,
        };
    }
    Some(secret)
}

fn failed(what: impl std::fmt::Display) -> KeysError {
    KeysError(what.to_string())
}

impl Keys for KeyFolder {
    fn kem(&self, period: u32) -> Result<Option<KemSecret>, KeysError> {
        let path = self.file(period);
        if !fs::exists(&path).map_err(failed)? {
            return Ok(None);
        }
        let seed = read(&path).map_err(|error| failed(format!("{}: {error:#}", path.display())))?;
        Ok(Some(KemSecret::from_seed(&seed)))
    }

    fn create_kem(&self, period: u32) -> Result<KemPublic, KeysError> {
        if let Some(secret) = self.kem(period)? {
            return Ok(secret.public());
        }
        let path = self.file(period);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.kem).map_err(failed)?;
        let seed = create(&path).map_err(|error| failed(format!("{}: {error:#}", path.display())))?;
        Ok(KemSecret::from_seed(&seed).public())
    }

    fn destroy_kem(&self, period: u32) -> Result<(), KeysError> {
        let path = self.file(period);
        match OpenOptions::new().write(true).open(&path) {
            Ok(mut file) => {
                file.write_all(&[b'0'; FILE_BYTES]).and_then(|()| file.sync_all()).map_err(failed)?;
                fs::remove_file(&path).map_err(failed)?;
                sync_folder(&path).map_err(failed)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed(format!("{}: {error}", path.display()))),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, KeysError> {
        Ok(self.receipt.sign(message))
    }

    fn storage(&self) -> Result<Zeroizing<[u8; 32]>, KeysError> {
        Ok(self.storage.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn keys(folder: &Path) -> KeyFolder {
        let storage = folder.join("storage.key");
        create(&storage).unwrap();
        KeyFolder::open(folder.join("kem"), &storage, SigningKey::from_seed([1; 32])).unwrap()
    }

    #[test]
    fn a_key_of_a_period_is_made_once_and_destroyed_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let keys = keys(folder.path());
        assert!(keys.kem(0).unwrap().is_none());
        let made = keys.create_kem(0).unwrap();
        assert_eq!(keys.create_kem(0).unwrap(), made);
        assert_eq!(keys.kem(0).unwrap().unwrap().public(), made);
        assert_ne!(keys.create_kem(1).unwrap(), made);
        keys.destroy_kem(0).unwrap();
        keys.destroy_kem(0).unwrap();
        assert!(keys.kem(0).unwrap().is_none() && keys.kem(1).unwrap().is_some());
    }

    #[test]
    fn a_key_that_others_may_read_or_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let keys = keys(folder.path());
        keys.create_kem(0).unwrap();
        let path = folder.path().join("kem/0.key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(keys.kem(0).unwrap_err().0.contains("chmod 600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for wrong in ["", "00\n", &format!("{}\n", "0g".repeat(32)), &"0".repeat(65), &format!("{}\n\n", "00".repeat(32))] {
            fs::write(&path, wrong).unwrap();
            assert!(keys.kem(0).unwrap_err().0.contains("64 hexadecimal digits"), "{wrong:?}");
        }
    }
}
