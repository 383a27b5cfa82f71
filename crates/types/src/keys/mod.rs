//! Keys and signatures of transactions.
//!
//! A signature names its scheme and its key, so verifying it needs no state; whether the key belongs to the signer is
//! decided in the state it meets.
//!
//! # Source
//! Ed25519 by RFC 8032 under the validation rules of ZIP-215: single and batch verification agree on every input. Passkeys:
//! [`crate::Passkey`].

mod text;
mod weak;

use crate::{Assertion, Passkey, PasskeyFault};
use borsh::{
    BorshDeserialize, BorshSerialize,
    io::{Error, ErrorKind, Read, Result as IoResult},
};
use std::fmt;
use weak::WEAK;
use zeroize::ZeroizeOnDrop;

/// A key that signs transactions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum PublicKey {
    /// An Ed25519 key, 32 bytes. Tag 0.
    Ed25519([u8; 32]),
    /// A passkey: a P-256 key that an authenticator holds for one relying party. Tag 1. Identities have such keys,
    /// organizations do not.
    Es256(Passkey),
}

/// A signature with its scheme and key.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub enum Signature {
    /// Ed25519: key and signature, 32 and 64 bytes. Tag 0.
    Ed25519 {
        /// The key.
        key: [u8; 32],
        /// The signature `R ‖ S`.
        bytes: [u8; 64],
    },
    /// What an authenticator signed with a passkey. Tag 1.
    WebAuthn(Assertion),
}

/// Why a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are not a point of the curve.
    #[error("is not of a valid public key")]
    NotAKey,
    /// The signature is not one of this key over this message.
    #[error("does not verify")]
    Signature,
    /// What surrounds the signature of a passkey breaks a rule.
    #[error("of the passkey is refused: {0}")]
    Passkey(PasskeyFault),
}

/// A private Ed25519 key; wiped from memory when dropped, never printed.
#[derive(Clone, ZeroizeOnDrop)]
pub struct SigningKey([u8; 32]);

impl PublicKey {
    /// What the text form of an Ed25519 key begins with, before the separator `1`; that of a passkey: [`Passkey::PREFIX`].
    pub const PREFIX: &'static str = "edk";

    /// Whether the bytes are a key at all.
    ///
    /// # Errors
    /// [`KeyError::NotAKey`].
    pub fn validate(&self) -> Result<(), KeyError> {
        match self {
            Self::Ed25519(bytes) => {
                ed25519_zebra::VerificationKey::try_from(*bytes).map(|_key| ()).map_err(|_point| KeyError::NotAKey)
            }
            Self::Es256(passkey) => passkey.validate(),
        }
    }

    /// Whether the key is a point of small order, for which anybody can sign. ZIP-215 accepts its signatures, so such a
    /// key is refused where keys are registered. P-256 has no such points.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        let Self::Ed25519(bytes) = self else { return false };
        let mut y = *bytes;
        if let Some(last) = y.last_mut() {
            *last &= 0x7f;
        }
        WEAK.contains(&y)
    }

    /// The bytes of an Ed25519 key; none if it is another. The keys of organizations are of this kind.
    #[must_use]
    pub const fn ed25519(&self) -> Option<&[u8; 32]> {
        match self {
            Self::Ed25519(bytes) => Some(bytes),
            Self::Es256(_) => None,
        }
    }
}

/// Reads a vote key, for wire forms whose keys are of Ed25519 and nothing else.
pub(crate) fn read_vote_key<R: Read>(reader: &mut R) -> IoResult<PublicKey> {
    let key = PublicKey::deserialize_reader(reader)?;
    match key {
        PublicKey::Ed25519(_) => Ok(key),
        PublicKey::Es256(_) => Err(Error::new(ErrorKind::InvalidData, "a vote key is not one of Ed25519")),
    }
}

impl Signature {
    /// The key that is said to have signed.
    #[must_use]
    pub const fn key(&self) -> PublicKey {
        match self {
            Self::Ed25519 { key, .. } => PublicKey::Ed25519(*key),
            Self::WebAuthn(assertion) => PublicKey::Es256(assertion.key),
        }
    }

    /// Whether this is a signature of its key over `message`.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn verify(&self, message: &[u8]) -> Result<(), KeyError> {
        match self {
            Self::Ed25519 { key, bytes } => {
                let key = ed25519_zebra::VerificationKey::try_from(*key).map_err(|_point| KeyError::NotAKey)?;
                let signature = ed25519_zebra::Signature::from_bytes(bytes);
                key.verify(&signature, message).map_err(|_signature| KeyError::Signature)
            }
            Self::WebAuthn(assertion) => assertion.verify(message),
        }
    }
}

impl SigningKey {
    /// The key with this secret seed (RFC 8032 §5.1.5).
    #[must_use]
    pub const fn from_seed(seed: [u8; 32]) -> Self {
        Self(seed)
    }

    /// The secret seed, to be stored; the caller wipes it.
    #[must_use]
    pub const fn seed(&self) -> [u8; 32] {
        self.0
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let key = ed25519_zebra::SigningKey::from_bytes(&self.0);
        PublicKey::Ed25519(key.verification_key().into())
    }

    /// Signs `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        let key = ed25519_zebra::SigningKey::from_bytes(&self.0);
        Signature::Ed25519 { key: key.verification_key().into(), bytes: key.sign(message).to_bytes() }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([private])")
    }
}
