//! X-Wing with a private key that stays expanded.
//!
//! [`hpke::kem::XWing`] keeps the seed of 32 bytes alone and expands it for each message that it opens, which takes as long as opening. A
//! holder opens thousands of envelopes with one key. Encapsulation and public keys are those of `hpke`.
//!
//! # Source
//! draft-connolly-cfrg-xwing-kem §5.2 (expanding), §5.3 (combiner), §5.5 (decapsulation).

use crate::secret::SECRET_BYTES;
use hpke::{
    Deserializable, HpkeError, Kem, Serializable,
    hybrid_array::sizes::U32,
    kem::{SharedSecret, XWing},
    rand_core::CryptoRng,
};
use ml_kem::{FromSeed as _, MlKem768, Seed, kem::Decapsulate as _, ml_kem_768};
use sha3::{Digest as _, Sha3_256};
use shake::{ExtendableOutput as _, Shake256, Update as _, XofReader as _};
use subtle::{Choice, ConstantTimeEq};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

/// The draft's `XWingLabel`.
const LABEL: &[u8; 6] = br"\.//^\";
/// Bytes of the ciphertext of ML-KEM-768; 32 of X25519 follow.
const ML_KEM_BYTES: usize = 1088;

/// X-Wing as HPKE uses it.
pub(crate) struct Expanded;

/// A private key: the seed, and what follows from it. Each part wipes itself when dropped.
#[derive(Clone)]
pub(crate) struct PrivateKey {
    seed: Zeroizing<[u8; SECRET_BYTES]>,
    ml_kem: ml_kem_768::DecapsulationKey,
    x25519: StaticSecret,
    x25519_public: PublicKey,
    public: <XWing as Kem>::PublicKey,
}

impl PrivateKey {
    pub(crate) fn from_seed(seed: &[u8; SECRET_BYTES]) -> Result<Self, HpkeError> {
        let mut expanded = Shake256::default().chain(seed).finalize_xof();
        let (mut ml_kem, mut x25519) = (Zeroizing::new([0; 64]), Zeroizing::new([0; 32]));
        expanded.read(&mut *ml_kem);
        expanded.read(&mut *x25519);
        let ml_kem_seed = Zeroizing::new(Seed::from(*ml_kem));
        let (ml_kem, ml_kem_public) = MlKem768::from_seed(&ml_kem_seed);
        let x25519 = StaticSecret::from(*x25519);
        let x25519_public = PublicKey::from(&x25519);
        let public = [&ml_kem::KeyExport::to_bytes(&ml_kem_public)[..], x25519_public.as_bytes()].concat();
        let public = <XWing as Kem>::PublicKey::from_bytes(&public)?;
        Ok(Self { seed: Zeroizing::new(*seed), ml_kem, x25519, x25519_public, public })
    }

    pub(crate) fn seed(&self) -> Zeroizing<[u8; SECRET_BYTES]> {
        self.seed.clone()
    }

    fn decapsulate(&self, enc: &[u8]) -> Option<Zeroizing<[u8; SECRET_BYTES]>> {
        let (ml_kem, x25519) = enc.split_at_checked(ML_KEM_BYTES)?;
        let x25519: [u8; 32] = x25519.try_into().ok()?;
        let of_ml_kem = Zeroizing::new(self.ml_kem.decapsulate(&ml_kem.try_into().ok()?));
        let of_x25519 = self.x25519.diffie_hellman(&PublicKey::from(x25519));
        let combined = Sha3_256::new()
            .chain_update(*of_ml_kem)
            .chain_update(of_x25519.as_bytes())
            .chain_update(x25519)
            .chain_update(self.x25519_public.as_bytes())
            .chain_update(LABEL);
        Some(Zeroizing::new(combined.finalize().into()))
    }
}

impl Serializable for PrivateKey {
    type OutputSize = U32;

    fn write_exact(&self, bytes: &mut [u8]) {
        for (to, from) in bytes.iter_mut().zip(self.seed.iter()) {
            *to = *from;
        }
    }
}

impl Deserializable for PrivateKey {
    fn from_bytes(seed: &[u8]) -> Result<Self, HpkeError> {
        let found = seed.len();
        let seed = seed.try_into().map_err(|_length| HpkeError::IncorrectInputLength(SECRET_BYTES, found))?;
        Self::from_seed(seed)
    }
}

impl ConstantTimeEq for PrivateKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.seed.ct_eq(&*other.seed)
    }
}

impl Kem for Expanded {
    type PublicKey = <XWing as Kem>::PublicKey;
    type PrivateKey = PrivateKey;
    type EncappedKey = <XWing as Kem>::EncappedKey;
    type NSecret = U32;

    const KEM_ID: u16 = XWing::KEM_ID;

    fn sk_to_pk(secret: &PrivateKey) -> Self::PublicKey {
        secret.public.clone()
    }

    fn derive_keypair(material: &[u8]) -> (PrivateKey, Self::PublicKey) {
        let (secret, public) = XWing::derive_keypair(material);
        match PrivateKey::from_bytes(&Zeroizing::new(secret.to_bytes())) {
            Ok(secret) => (secret, public),
            Err(_length) => crate::broken("a private key of X-Wing is a seed"),
        }
    }

    fn decap(
        secret: &PrivateKey,
        _sender: Option<&Self::PublicKey>,
        enc: &Self::EncappedKey,
    ) -> Result<SharedSecret<Self>, HpkeError> {
        let shared = secret.decapsulate(&enc.to_bytes()).ok_or(HpkeError::DecapError)?;
        Ok(SharedSecret((*shared).into()))
    }

    fn encap_with_rng(
        to: &Self::PublicKey,
        _sender: Option<(&PrivateKey, &Self::PublicKey)>,
        random: &mut impl CryptoRng,
    ) -> Result<(SharedSecret<Self>, Self::EncappedKey), HpkeError> {
        let (shared, enc) = XWing::encap_with_rng(to, None, random)?;
        Ok((SharedSecret(shared.0), enc))
    }
}
