//! The secret as PKCS#8, encrypted under a passphrase or not, in PEM.
//!
//! # Source
//! RFC 5958 (`OneAsymmetricKey`, as RFC 8410 has it for Ed25519), RFC 8018 (PBES2), RFC 7914 (scrypt), RFC 7468 (PEM).
//! `openssl pkey -in FILE` reads it.

use crate::secret::Passphrase;
use epione_types::SigningKey;
use pkcs8::{
    EncryptedPrivateKeyInfoRef, LineEnding, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument,
    der::asn1::OctetStringRef,
    pkcs5::{
        EncryptionScheme,
        pbes2::{self, Kdf},
        scrypt,
    },
    spki::AlgorithmIdentifierRef,
};
use zeroize::Zeroizing;

/// The label of a block that is encrypted.
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
/// The label of a block that is not.
const CLEAR: &str = "PRIVATE KEY";
/// `id-Ed25519`, RFC 8410.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// A `CurvePrivateKey`: an octet string of 32 bytes.
const SEED_PREFIX: [u8; 2] = [0x04, 0x20];

/// scrypt: 16 MiB of memory, five times over. More memory at once would be refused by `openssl`, whose limit is 32 MiB.
const LOG_N: u8 = 14;
const BLOCK_SIZE: u32 = 8;
const PARALLEL: u32 = 5;
/// Most memory that a file may ask for, in bytes: 128 · N · r.
const MEMORY_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Most work that a file may ask for, in blocks of 128 bytes: N · r · p; about twelve times what our own files take.
const WORK_MAX: u64 = 1 << 23;

/// How a key file keeps its secret.
#[derive(Clone, Debug)]
pub enum Protection {
    /// Encrypted under a passphrase.
    Passphrase(Passphrase),
    /// As it is: whoever reads the file has the key.
    None,
}

/// Why a secret is not found in its block.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum EnvelopeError {
    /// The block is none that a key file has.
    Content(&'static str),
    /// The passphrase is wrong, or the encrypted bytes are damaged.
    Passphrase,
}

impl From<&'static str> for EnvelopeError {
    fn from(what: &'static str) -> Self {
        Self::Content(what)
    }
}

/// Whether the block says that it is encrypted.
pub(super) fn is_encrypted(pem: &str) -> bool {
    pem.starts_with(&format!("-----BEGIN {ENCRYPTED}-----"))
}

/// The block with the secret of `key`.
///
/// # Errors
/// If the operating system gives no random bytes.
pub(super) fn seal(key: &SigningKey, protection: &Protection) -> Result<Zeroizing<String>, getrandom::Error> {
    let mut seed = Zeroizing::new([0; 34]);
    let secret = Zeroizing::new(key.seed());
    seed.iter_mut().zip(SEED_PREFIX.iter().chain(secret.iter())).for_each(|(to, from)| *to = *from);
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    getrandom::fill(&mut salt)?;
    getrandom::fill(&mut iv)?;
    let written = || -> pkcs8::Result<Zeroizing<String>> {
        let algorithm = AlgorithmIdentifierRef { oid: ED25519, parameters: None };
        let info = PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(seed.as_slice())?);
        let (label, document) = match protection {
            Protection::None => (CLEAR, SecretDocument::encode_msg(&info)?),
            Protection::Passphrase(passphrase) => {
                let scrypt = scrypt::Params::new(LOG_N, BLOCK_SIZE, PARALLEL).unwrap_or_default();
                let scheme = pbes2::Parameters::generate_scrypt_aes256cbc(scrypt, &salt, iv)?;
                (ENCRYPTED, info.encrypt_with_params(scheme, passphrase.expose())?)
            }
        };
        Ok(document.to_pem(label, LineEnding::LF)?)
    };
    // INVARIANT: lengths and parameters are fixed, and an encoding of them exists.
    Ok(written().unwrap_or_default())
}

/// The key in a block. `passphrase` is asked for only if the block is one that a passphrase can open.
///
/// # Errors
/// [`EnvelopeError`], or that of `passphrase`.
pub(super) fn open<E: From<EnvelopeError>>(
    pem: &str,
    passphrase: impl FnOnce() -> Result<Passphrase, E>,
) -> Result<SigningKey, E> {
    let broken = |_error| EnvelopeError::Content("the block with the key is damaged");
    let (label, document) = SecretDocument::from_pem(pem).map_err(broken)?;
    match label {
        CLEAR => Ok(key(&document)?),
        ENCRYPTED => {
            let info = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|_error| {
                EnvelopeError::Content("the encrypted block is damaged, or encrypted in another way")
            })?;
            bounded(&info.encryption_algorithm)?;
            let document = info.decrypt(passphrase()?.expose()).map_err(|_error| EnvelopeError::Passphrase)?;
            // A wrong passphrase leaves bytes that are nothing, more rarely something else than a key.
            Ok(key(&document).map_err(|_error| EnvelopeError::Passphrase)?)
        }
        _ => Err(EnvelopeError::Content("the block is no private key").into()),
    }
}

/// The encryption is the one that key files have, and does not take all memory or time.
fn bounded(scheme: &EncryptionScheme) -> Result<(), EnvelopeError> {
    let EncryptionScheme::Pbes2(pbes2::Parameters {
        kdf: Kdf::Scrypt(scrypt),
        encryption: pbes2::EncryptionScheme::Aes256Cbc { .. },
    }) = scheme
    else {
        return Err("the key is not encrypted by PBES2 with scrypt and AES-256-CBC".into());
    };
    let (cost, block) = (scrypt.cost_parameter, u64::from(scrypt.block_size));
    let memory = cost.saturating_mul(block).saturating_mul(128);
    let work = cost.saturating_mul(block).saturating_mul(scrypt.parallelization.into());
    if cost < 2 || !cost.is_power_of_two() || work == 0 {
        return Err("scrypt has parameters that it cannot have".into());
    }
    if memory > MEMORY_BYTES_MAX || work > WORK_MAX {
        return Err(
            "scrypt would take more than 128 MiB, or more than some seconds: this is no file of this program".into()
        );
    }
    Ok(())
}

fn key(document: &SecretDocument) -> Result<SigningKey, EnvelopeError> {
    let alien = "the block holds no Ed25519 key";
    let info: PrivateKeyInfoRef<'_> = document.decode_msg().map_err(|_error: pkcs8::der::Error| alien)?;
    if info.algorithm.oid != ED25519 || info.algorithm.parameters.is_some() {
        return Err(alien.into());
    }
    let seed = info.private_key.as_bytes().strip_prefix(&SEED_PREFIX).ok_or(alien)?;
    let seed = Zeroizing::new(<[u8; 32]>::try_from(seed).map_err(|_length| alien)?);
    Ok(SigningKey::from_seed(*seed))
}
