//! Keys and signatures of transactions.
//!
//! A signature names its scheme and its key, so verifying it needs no state; whether the key belongs to the signer is
//! decided in the state it meets.
//!
//! # Source
//! Ed25519 by RFC 8032 under the validation rules of ZIP-215: single and batch verification agree on every input.

use crate::{
    IdError,
    ids::{parse, print},
};
use borsh::{BorshDeserialize, BorshSerialize};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, fmt, str::FromStr};
use zeroize::ZeroizeOnDrop;

/// A key that signs transactions.
///
/// Tag 0 is Ed25519. Tag 1 is reserved for ES256 (WebAuthn passkeys) and refused by the decoder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum PublicKey {
    /// An Ed25519 key, 32 bytes.
    Ed25519([u8; 32]),
}

/// A signature with its scheme and key.
///
/// Tag 0 is Ed25519. Tag 1 is reserved for ES256 (WebAuthn passkeys) and refused by the decoder.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub enum Signature {
    /// Ed25519: key and signature, 32 and 64 bytes.
    Ed25519 {
        /// The key.
        key: [u8; 32],
        /// The signature `R ‖ S`.
        bytes: [u8; 64],
    },
}

/// Why a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are not a point of the curve.
    #[error("is not a valid Ed25519 public key")]
    NotAKey,
    /// The signature is not one of this key over this message.
    #[error("does not verify")]
    Signature,
}

/// A private Ed25519 key; wiped from memory when dropped, never printed.
#[derive(Clone, ZeroizeOnDrop)]
pub struct SigningKey([u8; 32]);

impl PublicKey {
    /// What the text form of an Ed25519 key begins with, before the separator `1`.
    pub const PREFIX: &'static str = "edk";

    /// Whether the bytes are a key at all.
    ///
    /// # Errors
    /// [`KeyError::NotAKey`].
    pub fn validate(&self) -> Result<(), KeyError> {
        let Self::Ed25519(bytes) = self;
        ed25519_zebra::VerificationKey::try_from(*bytes).map(|_key| ()).map_err(|_point| KeyError::NotAKey)
    }

    /// Whether the key is a point of small order, for which anybody can sign. ZIP-215 accepts its signatures, so such a
    /// key is refused where keys are registered.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        let Self::Ed25519(bytes) = self;
        let mut y = *bytes;
        if let Some(last) = y.last_mut() {
            *last &= 0x7f;
        }
        WEAK.contains(&y)
    }
}

/// The `y` coordinates, in every encoding, of the eight points of small order.
const WEAK: [[u8; 32]; 7] = {
    let mut order_1 = [0; 32];
    order_1[0] = 1;
    let mut order_2 = [0xff; 32];
    (order_2[0], order_2[31]) = (0xec, 0x7f);
    let mut order_4_again = order_2;
    order_4_again[0] = 0xed;
    let mut order_1_again = order_2;
    order_1_again[0] = 0xee;
    [order_1, order_2, [0; 32], ORDER_8, ORDER_8_NEGATED, order_4_again, order_1_again]
};
const ORDER_8: [u8; 32] = [
    0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53,
    0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
];
const ORDER_8_NEGATED: [u8; 32] = [
    0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac,
    0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
];

impl Signature {
    /// The key that is said to have signed.
    #[must_use]
    pub const fn key(&self) -> PublicKey {
        let Self::Ed25519 { key, .. } = self;
        PublicKey::Ed25519(*key)
    }

    /// Whether this is a signature of its key over `message`.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn verify(&self, message: &[u8]) -> Result<(), KeyError> {
        let Self::Ed25519 { key, bytes } = self;
        let key = ed25519_zebra::VerificationKey::try_from(*key).map_err(|_point| KeyError::NotAKey)?;
        key.verify(&ed25519_zebra::Signature::from_bytes(bytes), message).map_err(|_signature| KeyError::Signature)
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

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Ed25519(bytes) = self;
        print(f, Self::PREFIX, bytes)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        parse(text, Self::PREFIX).map(Self::Ed25519)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <String as Deserialize>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for PublicKey {
    fn schema_name() -> Cow<'static, str> {
        "PublicKey".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^edk1[02-9ac-hj-np-z]+$" })
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self::Ed25519 { bytes, .. } = self;
        SignatureJson { scheme: "ed25519".to_owned(), key: self.key(), bytes: hex::encode(bytes) }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = SignatureJson::deserialize(deserializer)?;
        if json.scheme != "ed25519" {
            return Err(D::Error::custom(format!("signature scheme `{}` is not `ed25519`", json.scheme)));
        }
        let mut bytes = [0; 64];
        hex::decode_to_slice(&json.bytes, &mut bytes)
            .map_err(|error| D::Error::custom(format!("signature is not 128 hexadecimal digits: {error}")))?;
        let PublicKey::Ed25519(key) = json.key;
        Ok(Self::Ed25519 { key, bytes })
    }
}

impl JsonSchema for Signature {
    fn schema_name() -> Cow<'static, str> {
        "Signature".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        SignatureJson::json_schema(generator)
    }
}

/// A signature with its key.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SignatureJson {
    /// `ed25519`.
    scheme: String,
    /// The key that signed.
    key: PublicKey,
    /// The signature, 128 hexadecimal digits.
    bytes: String,
}
