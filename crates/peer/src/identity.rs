//! A certificate with its private key: as files, made, and read.

use crate::{Refusal, Side, pins};
use epione_types::Hash;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject as _},
    sign::CertifiedKey,
};
use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use zeroize::Zeroizing;

const FILE_BYTES_MAX: usize = 256 * 1024;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// A new certificate is valid from a little earlier on, for clocks that lag.
const EARLIER: Duration = Duration::from_secs(60 * 60);

/// Where a certificate and its private key stand, both in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The certificate; after it those of its issuers, if it has any.
    pub certificate: PathBuf,
    /// The private key; readable by its owner only.
    pub key: PathBuf,
}

/// A certificate with its private key.
#[derive(Clone)]
pub struct Identity {
    certified: Arc<CertifiedKey>,
    key: Hash,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("key", &self.key).finish_non_exhaustive()
    }
}

/// A certificate and its private key as they are written to files.
pub struct Made {
    certificate: String,
    private: Zeroizing<String>,
    key: Hash,
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").field("key", &self.key).finish_non_exhaustive()
    }
}

/// When a new certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// From when on.
    pub from: SystemTime,
    /// Until when.
    pub until: SystemTime,
}

/// Why a certificate and its key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file cannot be opened, read or written.
    #[error("{path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file of this name exists.
    #[error("{0} exists already; a key is never overwritten: choose another name")]
    Exists(PathBuf),
    /// Others than the owner of the file may read or change it.
    #[error(
        "private key {path} has mode {mode:04o}: others may use it; run `chmod 600 {path}` and, if others had access, \
         replace the key"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// What a file holds is not what it should.
    #[error("{path}: {what}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong; never what stands in it.
        what: String,
    },
    /// Certificate and key are not of one pair.
    #[error("the private key in {key} does not belong to the certificate in {certificate}")]
    Mismatch {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// A folder has more certificates than anybody needs.
    #[error("{folder} has more than {max} certificates: remove those that are not needed any more")]
    TooMany {
        /// The folder.
        folder: PathBuf,
        /// Most.
        max: usize,
    },
    /// None can be made.
    #[error("no certificate can be made: {0}")]
    Make(String),
}

impl Validity {
    /// From now on, for so many days.
    #[must_use]
    pub fn days(days: u32) -> Self {
        let now = SystemTime::now();
        Self { from: now - EARLIER, until: now + DAY * days }
    }
}

impl Made {
    /// A self-signed certificate for links between organizations, with a new private key: ECDSA on P-256 with SHA-256. The
    /// name in it is for those who read it and means nothing.
    ///
    /// # Errors
    /// [`IdentityError::Make`].
    pub fn new(name: &str, validity: Validity) -> Result<Self, IdentityError> {
        let failed = |error: rcgen::Error| IdentityError::Make(error.to_string());
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(failed)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name.chars().take(64).collect::<String>());
        (params.not_before, params.not_after) = (validity.from.into(), validity.until.into());
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.self_signed(&key).map_err(failed)?;
        let hash = pins::key_of(certificate.der()).map_err(|refusal| IdentityError::Make(refusal.to_string()))?;
        Ok(Self { certificate: certificate.pem(), private: Zeroizing::new(key.serialize_pem()), key: hash })
    }

    /// SHA-256 of the `SubjectPublicKeyInfo`: what is registered on the ledger.
    #[must_use]
    pub fn key(&self) -> Hash {
        self.key
    }

    /// Writes both to new files, the private key so that only its owner may read it; it comes first.
    ///
    /// # Errors
    /// [`IdentityError`] if there is such a file, or it cannot be written.
    pub fn create(&self, files: &Files) -> Result<(), IdentityError> {
        if files.certificate.exists() {
            return Err(IdentityError::Exists(files.certificate.clone()));
        }
        create(&files.key, 0o600, self.private.as_bytes())?;
        create(&files.certificate, 0o644, self.certificate.as_bytes())
    }

    /// The certificate and key as they are used.
    ///
    /// # Errors
    /// [`IdentityError::Make`], which says that something in this program is wrong.
    pub fn identity(&self) -> Result<Identity, IdentityError> {
        let wrong = |what: String| IdentityError::Make(what);
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes());
        let private =
            PrivateKeyDer::from_pem_slice(self.private.as_bytes()).map_err(|error| wrong(error.to_string()))?;
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        let certified = CertifiedKey::from_der(vec![certificate], private, crate::tls::provider());
        Ok(Identity { certified: Arc::new(certified.map_err(|error| wrong(error.to_string()))?), key: self.key })
    }
}

impl Identity {
    /// Reads certificate and private key.
    ///
    /// # Errors
    /// [`IdentityError`] with the file and what is wrong with it.
    pub fn load(files: &Files) -> Result<Self, IdentityError> {
        let content = |path: &Path, what: String| IdentityError::Content { path: path.to_owned(), what };
        let text = read(&files.certificate, Exposure::Public)?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        let chain = chain.map_err(|error| content(&files.certificate, format!("it is not PEM: {error}")))?;
        let Some(first) = chain.first() else {
            let what = "there is no `-----BEGIN CERTIFICATE-----` in it".to_owned();
            return Err(content(&files.certificate, what));
        };
        let key = pins::key_of(first).map_err(|refusal| content(&files.certificate, refusal.to_string()))?;
        let text = read(&files.key, Exposure::Private)?;
        // What the parser says could quote the text: it is not told.
        let private = PrivateKeyDer::from_pem_slice(&text).map_err(|_pem| {
            content(&files.key, "there is no private key in PEM in it (without a passphrase)".to_owned())
        })?;
        let certified =
            CertifiedKey::from_der(chain, private, crate::tls::provider()).map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => {
                    IdentityError::Mismatch { certificate: files.certificate.clone(), key: files.key.clone() }
                }
                _ => content(&files.key, "it is no private key of RSA, ECDSA or Ed25519".to_owned()),
            })?;
        Ok(Self { certified: Arc::new(certified), key })
    }

    /// SHA-256 of the `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn key(&self) -> Hash {
        self.key
    }

    /// Whether it may stand on a link between organizations in `ahead` from now.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn examine(&self, ahead: Duration) -> Result<(), Refusal> {
        let now = UnixTime::since_unix_epoch(Duration::from_secs(UnixTime::now().as_secs()).saturating_add(ahead));
        let certificate = self.certified.cert.first().ok_or_else(|| Refusal::Malformed("there is none".to_owned()))?;
        [Side::Server, Side::Client].into_iter().try_for_each(|side| pins::examine(certificate, side, now).map(drop))
    }

    /// Until when its certificate is valid; none if that cannot be read.
    #[must_use]
    pub fn valid_until(&self) -> Option<SystemTime> {
        let until = pins::valid_until(self.certified.cert.first()?)?;
        UNIX_EPOCH.checked_add(Duration::from_secs(until.as_secs()))
    }

    pub(crate) fn certified(&self) -> &Arc<CertifiedKey> {
        &self.certified
    }
}

/// The key of the certificate in `path`, without its private key.
///
/// # Errors
/// [`IdentityError`].
pub fn key_of_file(path: &Path) -> Result<Hash, IdentityError> {
    let content = |what: String| IdentityError::Content { path: path.to_owned(), what };
    let text = read(path, Exposure::Public)?;
    let certificate = CertificateDer::from_pem_slice(&text);
    let certificate = certificate.map_err(|error| content(format!("it is no certificate in PEM: {error}")))?;
    pins::key_of(&certificate).map_err(|refusal| content(refusal.to_string()))
}

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exposure {
    Public,
    Private,
}

fn read(path: &Path, exposure: Exposure) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
    let failed = |source| IdentityError::Io { path: path.to_owned(), source };
    let content = |what: String| IdentityError::Content { path: path.to_owned(), what };
    let file = File::open(path).map_err(failed)?;
    let found = file.metadata().map_err(failed)?;
    if !found.is_file() {
        return Err(content("this is not a regular file".to_owned()));
    }
    let mode = found.mode() & 0o7777;
    if exposure == Exposure::Private && mode & 0o077 != 0 {
        return Err(IdentityError::Exposed { path: path.to_owned(), mode });
    }
    // Room for the whole file at once: a buffer that grows leaves copies of the secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_BYTES_MAX.saturating_add(1)));
    let limit = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX);
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(content(format!("it is longer than {FILE_BYTES_MAX} bytes")));
    }
    Ok(bytes)
}

fn create(path: &Path, mode: u32, bytes: &[u8]) -> Result<(), IdentityError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => IdentityError::Exists(path.to_owned()),
        _ => IdentityError::Io { path: path.to_owned(), source },
    };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
}
