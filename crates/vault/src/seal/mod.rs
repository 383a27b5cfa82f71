//! Sealing small messages to the key of one receiver: HPKE in base mode.
//!
//! Suite: KEM X-Wing (`0x647a`: X25519 and ML-KEM-768), HKDF-SHA-256 (`0x0001`), AES-256-GCM (`0x0002`). A sealed message is `enc ‖ ct`: 1120
//! bytes of the KEM, then the message and 16 bytes of tag. It stays secret as long as one of X25519 and ML-KEM-768 holds.
//!
//! Base mode does not say who sealed: manifests and answers are signed.
//!
//! # Source
//! RFC 9180; draft-connolly-cfrg-xwing-kem; the identifier of X-Wing: draft-ietf-hpke-pq. A private key is the seed of 32 bytes.

pub(crate) mod xwing;

use crate::{
    broken,
    random::{NoRandom, Random},
    secret::SECRET_BYTES,
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Bytes, Hash};
use hpke::{
    Deserializable as _, HpkeError, Kem as _, OpModeR, OpModeS, Serializable as _,
    aead::AesGcm256,
    kdf::HkdfSha256,
    rand_core::{TryCryptoRng, TryRng},
    single_shot_open, single_shot_seal_with_rng,
};
use std::{convert::Infallible, fmt};
use xwing::{Expanded, PrivateKey};
use zeroize::Zeroizing;

type Public = <Expanded as hpke::Kem>::PublicKey;
type Encapped = <Expanded as hpke::Kem>::EncappedKey;

/// Bytes of a public key: ML-KEM-768 (1184), then X25519 (32).
pub const KEM_PUBLIC_BYTES: usize = 1216;
/// Bytes that the KEM adds in front of a sealed message.
pub const ENC_BYTES: usize = 1120;
/// Bytes that sealing adds in all.
pub const SEAL_OVERHEAD: usize = ENC_BYTES + 16;
/// Largest message that is sealed, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 1024;
/// Largest sealed message, in bytes.
pub const SEALED_BYTES_MAX: usize = SEAL_OVERHEAD + MESSAGE_BYTES_MAX;

/// Why a message cannot be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The bytes are no public key.
    #[error("these bytes are no X-Wing public key")]
    NotAKey,
    /// The message is above 1 KiB.
    #[error("a message of {0} bytes is above the limit of 1 KiB")]
    TooLong(usize),
    /// Changed, cut off, sealed to another key, or for another purpose.
    #[error("the sealed message does not open: another key or purpose, or changed")]
    DoesNotOpen,
    /// No random bytes.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

/// Who a message is sealed to: the public key of an organization's period, or of a reader.
#[derive(Clone, PartialEq, Eq)]
pub struct KemPublic(Box<Public>);

impl KemPublic {
    /// The key with these bytes.
    ///
    /// # Errors
    /// [`SealError::NotAKey`] if they are not 1216 bytes, or a coefficient of ML-KEM is not reduced.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        Public::from_bytes(bytes).map(|key| Self(Box::new(key))).map_err(|_key| SealError::NotAKey)
    }

    /// The bytes of the key.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; KEM_PUBLIC_BYTES] {
        self.0.to_bytes().into()
    }
}

impl fmt::Debug for KemPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KemPublic({})", Hash::sha256(&[&self.to_bytes()]))
    }
}

impl BorshSerialize for KemPublic {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        writer.write_all(&self.to_bytes())
    }
}

impl BorshDeserialize for KemPublic {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let mut bytes = [0; KEM_PUBLIC_BYTES];
        reader.read_exact(&mut bytes)?;
        Self::from_bytes(&bytes)
            .map_err(|error| borsh::io::Error::new(borsh::io::ErrorKind::InvalidData, error.to_string()))
    }
}

/// The private key; wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct KemSecret(Box<PrivateKey>);

impl KemSecret {
    /// The key with this seed; the caller wipes its own copy.
    #[must_use]
    pub fn from_seed(seed: &[u8; SECRET_BYTES]) -> Self {
        match PrivateKey::from_seed(seed) {
            Ok(key) => Self(Box::new(key)),
            Err(_length) => broken("every seed of 32 bytes is a private key of X-Wing"),
        }
    }

    /// A new key.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn random(random: &mut dyn Random) -> Result<Self, NoRandom> {
        let mut seed = Zeroizing::new([0; SECRET_BYTES]);
        random.fill(&mut *seed)?;
        Ok(Self::from_seed(&seed))
    }

    /// The seed, for storing.
    #[must_use]
    pub fn seed(&self) -> Zeroizing<[u8; SECRET_BYTES]> {
        self.0.seed()
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> KemPublic {
        KemPublic(Box::new(Expanded::sk_to_pk(&self.0)))
    }
}

impl fmt::Debug for KemSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KemSecret([private])")
    }
}

/// A sealed message: `enc ‖ ct`, at most 2160 bytes; hexadecimal in `Debug`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Sealed(pub Bytes<SEALED_BYTES_MAX>);

impl Sealed {
    /// SHA-256 of its bytes: its name in a manifest and in the store.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::sha256(&[&self.0])
    }
}

/// Seals `message` to `to`, for the purpose that `info` and `aad` name.
///
/// # Errors
/// [`SealError::TooLong`], [`SealError::NoRandom`].
pub fn seal(
    to: &KemPublic,
    (info, aad): (&[u8], &[u8]),
    message: &[u8],
    random: &mut dyn Random,
) -> Result<Sealed, SealError> {
    if message.len() > MESSAGE_BYTES_MAX {
        return Err(SealError::TooLong(message.len()));
    }
    let mut drawn = Drawn { random, failed: None };
    let sealed = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, Expanded>(
        &OpModeS::Base,
        &to.0,
        info,
        message,
        aad,
        &mut drawn,
    );
    if let Some(failed) = drawn.failed {
        return Err(failed.into());
    }
    let Ok((enc, ct)) = sealed else { broken("a message of 1 KiB can be sealed to every key") };
    match Bytes::new([&enc.to_bytes()[..], &ct].concat()) {
        Ok(bytes) => Ok(Sealed(bytes)),
        Err(_long) => broken("the limit of sealed messages is that of messages and what sealing adds"),
    }
}

/// The message that was sealed to this key for this purpose.
///
/// # Errors
/// [`SealError::DoesNotOpen`]: it does not say why, so that nobody can ask for it byte by byte.
pub fn open(secret: &KemSecret, (info, aad): (&[u8], &[u8]), sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (enc, ct) = sealed.0.split_at_checked(ENC_BYTES).ok_or(SealError::DoesNotOpen)?;
    let opened = Encapped::from_bytes(enc).and_then(|enc| {
        single_shot_open::<AesGcm256, HkdfSha256, Expanded>(&OpModeR::Base, &secret.0, &enc, info, ct, aad)
    });
    opened.map(Zeroizing::new).map_err(|_why: HpkeError| SealError::DoesNotOpen)
}

/// Our source of random bytes as the one that HPKE wants, which cannot fail: remembers that it did.
struct Drawn<'a> {
    random: &'a mut dyn Random,
    failed: Option<NoRandom>,
}

impl TryRng for Drawn<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        if let Err(failed) = self.random.fill(bytes) {
            self.failed = Some(failed);
        }
        Ok(())
    }
}

impl TryCryptoRng for Drawn<'_> {}
