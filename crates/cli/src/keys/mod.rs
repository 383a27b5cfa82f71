//! Key files: one private key, its purpose and whose it is.
//!
//! ```text
//! epione-key/1
//! Purpose: operations
//! Signer: org1…
//! Chain: chain1…
//! Public: edk1…
//! Signature: 128 hexadecimal digits
//! -----BEGIN ENCRYPTED PRIVATE KEY-----
//! …
//! -----END ENCRYPTED PRIVATE KEY-----
//! ```
//! The block is PKCS#8 in PEM, as `openssl pkey -in FILE` reads it; `PRIVATE KEY` where the operator chose no passphrase. The
//! lines above it are signed by the key, so that they cannot be changed without it. A key on a token has the line
//! `Token: pkcs11:…` and no block.
//!
//! A file is created with mode 0600 and never over another; a file that group or others may read is not used. The secret
//! is wiped from memory after use and never printed.

mod disk;
mod envelope;
mod error;
mod purpose;
mod statement;
mod wallet;

pub use envelope::Protection;
pub use error::KeyFileError;
pub use purpose::Purpose;
pub use statement::KeyInfo;
pub use wallet::{CodeError, Wallet};

use crate::{
    secret::{Passphrase, SecretSource},
    signer::{Signer, TokenError, TokenKey, TokenUri},
};
use envelope::EnvelopeError;
use epione_types::{ChainId, OrgId, PublicKey, Signature, SignerId, SigningKey};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A private key with its purpose and owner.
#[derive(Clone, Debug)]
pub struct KeyFile {
    /// What the key is for.
    pub purpose: Purpose,
    /// Whose key it is; none if the owner is not registered yet.
    pub signer: Option<SignerId>,
    /// The chain that the owner is registered on; none if the key is not bound to one.
    pub chain: Option<ChainId>,
    /// The key.
    pub key: SigningKey,
}

/// Where the secret of a key lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In the file, encrypted under a passphrase.
    Encrypted,
    /// In the file, as it is.
    Clear,
    /// On a token.
    Token(TokenUri),
}

impl KeyInfo {
    /// What the file in `path` tells without its passphrase or PIN.
    ///
    /// # Errors
    /// [`KeyFileError`] if it cannot be read, if others may read or change it, or if it is not a key file.
    pub fn read(path: &Path) -> Result<(Self, Kept), KeyFileError> {
        let text = disk::read(path)?;
        let (info, token, block) = statement::parse(&text).map_err(|what| KeyFileError::content(path, what))?;
        let kept = match token {
            Some(uri) => Kept::Token(uri),
            None if envelope::is_encrypted(block) => Kept::Encrypted,
            None => Kept::Clear,
        };
        Ok((info, kept))
    }
}

impl KeyFile {
    /// A new key from random bytes of the operating system. The owner of a root key is the organization it founds.
    ///
    /// # Errors
    /// [`KeyFileError::Random`].
    pub fn generate(purpose: Purpose) -> Result<Self, KeyFileError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut_slice()).map_err(KeyFileError::Random)?;
        let key = SigningKey::from_seed(*seed);
        let signer = founder(purpose, &key.public());
        Ok(Self { purpose, signer, chain: None, key })
    }

    /// Reads the key in `path`; its passphrase, if it has one, comes from `source`.
    ///
    /// # Errors
    /// [`KeyFileError`] if it cannot be read, if others may read or change it, if it is not a key file or its key lies on a
    /// token, or if the passphrase is wrong or missing.
    pub fn read(path: &Path, source: &SecretSource) -> Result<Self, KeyFileError> {
        let text = disk::read(path)?;
        let (info, token, block) = statement::parse(&text).map_err(|what| KeyFileError::content(path, what))?;
        if token.is_some() {
            return Err(KeyFileError::content(path, "the key lies on a token, but one in a file is needed here"));
        }
        let passphrase = || find_passphrase(path, &info, source).map_err(Unopened::File);
        let key = envelope::open(block, passphrase).map_err(|unopened| match unopened {
            Unopened::File(error) => error,
            Unopened::Envelope(EnvelopeError::Passphrase) => KeyFileError::Passphrase(path.to_owned()),
            Unopened::Envelope(EnvelopeError::Content(what)) => KeyFileError::content(path, what),
        })?;
        if key.public() != info.public {
            let what = "`Public` does not belong to the private key: the file is damaged";
            return Err(KeyFileError::content(path, what));
        }
        Ok(Self { purpose: info.purpose, signer: info.signer, chain: info.chain, key })
    }

    /// Writes the key to a new file that only its owner may read.
    ///
    /// # Errors
    /// [`KeyFileError`] if there is such a file, or it cannot be written.
    pub fn create(&self, path: &Path, protection: &Protection) -> Result<(), KeyFileError> {
        disk::create(path, &self.text(protection)?)
    }

    /// Writes the key, which was read from `path`, there again with another protection.
    ///
    /// # Errors
    /// [`KeyFileError`] if a file cannot be written; then the one before is still there.
    pub fn rewrite(&self, path: &Path, protection: &Protection) -> Result<(), KeyFileError> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        self.create(&beside, protection).map_err(|error| match error {
            KeyFileError::Exists(beside) => {
                let what =
                    "a change of the passphrase was interrupted and left this file: remove it, the key is in the other";
                KeyFileError::content(&beside, what)
            }
            error => error,
        })?;
        disk::replace(&beside, path)
    }

    fn text(&self, protection: &Protection) -> Result<Zeroizing<String>, KeyFileError> {
        let lines = statement::unsigned(&self.info(), None);
        let signature = self.key.sign(&statement::message(&lines));
        let block = envelope::seal(&self.key, protection).map_err(KeyFileError::Random)?;
        let lines = statement::signed(&lines, &signature);
        let mut text = Zeroizing::new(String::with_capacity(lines.len().saturating_add(block.len())));
        text.push_str(&lines);
        text.push_str(&block);
        Ok(text)
    }
}

impl Signer for KeyFile {
    fn info(&self) -> KeyInfo {
        KeyInfo { purpose: self.purpose, signer: self.signer, chain: self.chain, public: self.key.public() }
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, TokenError> {
        Ok(self.key.sign(message))
    }
}

/// What signs with the key in the file `path`: the key itself, or the token it lies on. The passphrase or PIN comes from
/// `source`.
///
/// # Errors
/// [`KeyFileError`].
pub fn open(path: &Path, source: &SecretSource) -> Result<Box<dyn Signer>, KeyFileError> {
    match KeyInfo::read(path)? {
        (info, Kept::Token(uri)) => {
            let failed = |source| KeyFileError::Token { path: path.to_owned(), source };
            Ok(Box::new(TokenKey::open(info, uri, source).map_err(failed)?))
        }
        (_, Kept::Encrypted | Kept::Clear) => Ok(Box::new(KeyFile::read(path, source)?)),
    }
}

/// Writes a new file for a key on a token: all that stands there is public, and signed by the key.
///
/// # Errors
/// [`KeyFileError`] if there is such a file, it cannot be written, or the token does not sign.
pub fn create_for_token(key: &TokenKey, path: &Path) -> Result<(), KeyFileError> {
    let lines = statement::unsigned(&key.info(), Some(key.uri()));
    let failed = |source| KeyFileError::Token { path: path.to_owned(), source };
    let signature = key.sign(&statement::message(&lines)).map_err(failed)?;
    disk::create(path, &statement::signed(&lines, &signature))
}

/// The organization that a root key founds, if it is one.
pub(crate) fn founder(purpose: Purpose, public: &PublicKey) -> Option<SignerId> {
    (purpose == Purpose::Root).then(|| SignerId::Organization(OrgId::from_root(public)))
}

fn find_passphrase(path: &Path, info: &KeyInfo, source: &SecretSource) -> Result<Passphrase, KeyFileError> {
    let credential = format!("{}-passphrase", info.purpose);
    let prompt = format!("Passphrase of {}", path.display());
    source.find(&credential, &prompt).map_err(|source| KeyFileError::Secret { path: path.to_owned(), source })
}

/// Why a block was not opened: because of it, or because of its passphrase.
enum Unopened {
    File(KeyFileError),
    Envelope(EnvelopeError),
}

impl From<EnvelopeError> for Unopened {
    fn from(error: EnvelopeError) -> Self {
        Self::Envelope(error)
    }
}
