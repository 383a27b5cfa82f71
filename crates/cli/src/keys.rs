//! Key files: one private key, its purpose and whose it is.
//!
//! ```json
//! {
//!   "format": "epione-key/1",
//!   "purpose": "operations",
//!   "signer": "org1…",
//!   "chain": "chain1…",
//!   "public": "edk1…",
//!   "secret": "64 hexadecimal digits"
//! }
//! ```
//! A file is created with mode 0600 and never over another; a file that group or others may read is not used. The secret
//! is wiped from memory after use and never printed.

use epione_types::{ChainId, OrgId, PublicKey, SignerId, SigningKey};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    str::FromStr,
};
use zeroize::Zeroizing;

const FORMAT: &str = "epione-key/1";
const FILE_BYTES_MAX: usize = 4096;

/// What a key is for. A key serves one purpose only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Changes the keys of an organization; kept offline.
    Root,
    /// Signs the transactions of an organization.
    Operations,
    /// Signs the votes of a validator on blocks; never a transaction.
    Vote,
    /// Signs receipts; never a transaction.
    Receipt,
    /// Signs the transactions of a person, practitioner, service or device.
    Identity,
}

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

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be opened, read or written.
    #[error("key file {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file of this name exists.
    #[error("key file {0} exists already; a key is never overwritten: choose another name")]
    Exists(PathBuf),
    /// Others than the owner of the file may read or change it.
    #[error(
        "key file {path} has mode {mode:04o}: others may use the key; run `chmod 600 {path}` and, if others had access, rotate the key"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Not a key file.
    #[error("key file {path}: {what}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong; never the secret.
        what: String,
    },
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

/// The file as it stands on disk; borrowed, so that the secret is not copied about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnDisk<'a> {
    #[serde(borrow)]
    format: &'a str,
    purpose: Purpose,
    signer: Option<SignerId>,
    chain: Option<ChainId>,
    public: PublicKey,
    #[serde(borrow)]
    secret: &'a str,
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 5] = [Self::Root, Self::Operations, Self::Vote, Self::Receipt, Self::Identity];

    /// The name of the purpose.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Operations => "operations",
            Self::Vote => "vote",
            Self::Receipt => "receipt",
            Self::Identity => "identity",
        }
    }

    /// Whether such a key may sign transactions.
    #[must_use]
    pub const fn signs_transactions(self) -> bool {
        matches!(self, Self::Root | Self::Operations | Self::Identity)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Purpose {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|purpose| purpose.name() == text);
        found.ok_or_else(|| format!("`{text}` is not the purpose of a key"))
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
        let signer = (purpose == Purpose::Root).then(|| SignerId::Organization(OrgId::from_root(&key.public())));
        Ok(Self { purpose, signer, chain: None, key })
    }

    /// Reads the key in `path`.
    ///
    /// # Errors
    /// [`KeyFileError`] if it cannot be read, if others may read or change it, or if it is not a key file.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let failed = |source| KeyFileError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let found = file.metadata().map_err(failed)?;
        if !found.is_file() {
            return Err(content(path, "this is not a regular file".to_owned()));
        }
        let mode = found.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Exposed { path: path.to_owned(), mode });
        }
        // Room for the whole file at once: a buffer that grows leaves copies of the secret behind.
        let mut text = Zeroizing::new(String::with_capacity(FILE_BYTES_MAX.saturating_add(1)));
        let limit = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX);
        file.take(limit).read_to_string(&mut text).map_err(failed)?;
        Self::parse(&text).map_err(|what| content(path, what))
    }

    /// Writes the key to a new file that only its owner may read.
    ///
    /// # Errors
    /// [`KeyFileError`] if there is such a file, or it cannot be written.
    pub fn create(&self, path: &Path) -> Result<(), KeyFileError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => KeyFileError::Exists(path.to_owned()),
            _ => KeyFileError::Io { path: path.to_owned(), source },
        };
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
        file.write_all(self.text().as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    fn text(&self) -> Zeroizing<String> {
        let optional = |name, value: Option<String>| {
            value.map_or_else(String::new, |value| format!("  \"{name}\": \"{value}\",\n"))
        };
        let seed = Zeroizing::new(self.key.seed());
        let mut digits = Zeroizing::new([0; 64]);
        // INVARIANT: 64 digits hold 32 bytes.
        let _ = hex::encode_to_slice(*seed, digits.as_mut_slice());
        let mut text = Zeroizing::new(String::with_capacity(FILE_BYTES_MAX));
        text.push_str(&format!("{{\n  \"format\": \"{FORMAT}\",\n  \"purpose\": \"{}\",\n", self.purpose));
        text.push_str(&optional("signer", self.signer.map(|signer| signer.to_string())));
        text.push_str(&optional("chain", self.chain.map(|chain| chain.to_string())));
        text.push_str(&format!("  \"public\": \"{}\",\n  \"secret\": \"", self.key.public()));
        text.extend(digits.iter().map(|digit| char::from(*digit)));
        text.push_str("\"\n}\n");
        text
    }

    fn parse(text: &str) -> Result<Self, String> {
        // The message of the parser may quote the text: only its place is told.
        let on_disk: OnDisk<'_> = serde_json::from_str(text).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            format!("this is not a key file of the format `{FORMAT}` (at {place})")
        })?;
        if on_disk.format != FORMAT {
            return Err(format!("`format` is not `{FORMAT}`"));
        }
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(on_disk.secret, seed.as_mut_slice())
            .map_err(|_digits| "`secret` is not 64 hexadecimal digits".to_owned())?;
        let key = SigningKey::from_seed(*seed);
        if key.public() != on_disk.public {
            return Err("`public` does not belong to `secret`: the file is damaged".to_owned());
        }
        Ok(Self { purpose: on_disk.purpose, signer: on_disk.signer, chain: on_disk.chain, key })
    }
}

fn content(path: &Path, what: String) -> KeyFileError {
    KeyFileError::Content { path: path.to_owned(), what }
}
