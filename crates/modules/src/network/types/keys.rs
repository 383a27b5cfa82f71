//! Keys of an organization, and the statements that prove possession of one.

use crate::network::types::Member;
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Hash, OrgId, PublicKey, Signature, domain, signing_bytes};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, fmt};

/// A public key of X-Wing (X25519 with ML-KEM-768): 1216 bytes, hexadecimal in JSON.
///
/// # Source
/// draft-connolly-cfrg-xwing-kem §5.2: `pk = pk_M ‖ pk_X`, 1184 and 32 bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct XWingKey(pub Box<[u8; XWingKey::BYTES]>);

impl XWingKey {
    /// Bytes of a key.
    pub const BYTES: usize = 1216;
    const DIGITS: usize = 2 * Self::BYTES;

    /// The key with these bytes, if they are as many as a key has.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        Box::try_from(bytes).ok().map(Self)
    }
}

impl fmt::Debug for XWingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "XWingKey({})", Hash::sha256(&[&self.0[..]]))
    }
}

impl Serialize for XWingKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0[..]))
    }
}

impl<'de> Deserialize<'de> for XWingKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as Deserialize>::deserialize(deserializer)?;
        unhex(&text).and_then(Self::new).ok_or_else(|| D::Error::custom("an X-Wing key is 2432 hexadecimal digits"))
    }
}

impl JsonSchema for XWingKey {
    fn schema_name() -> Cow<'static, str> {
        "XWingKey".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "pattern": "^[0-9a-f]+$", "minLength": Self::DIGITS, "maxLength": Self::DIGITS,
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of lower-case hexadecimal digits.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => digit.checked_sub(b'0'),
        b'a'..=b'f' => digit.checked_sub(b'a')?.checked_add(10),
        _ => None,
    };
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

/// The key to which others seal shares for an organization, with its period. "Epoch" is a word of consensus.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KemKey {
    /// The period for which the key is used; each rotation raises it by one.
    pub period: u32,
    /// The key.
    pub key: XWingKey,
}

/// The keys with which an organization enters, separate for each purpose.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// Replaces the other keys; kept offline or in a hardware module.
    pub root: PublicKey,
    /// Signs transactions.
    pub operations: PublicKey,
    /// Votes on blocks, and is the key with which a node shows itself to the others. A validator must have one.
    pub vote: Option<PublicKey>,
    /// Signs receipts and answers to other organizations.
    pub receipt: Option<PublicKey>,
    /// SHA-256 of the public key (`SubjectPublicKeyInfo`) of its TLS certificates.
    pub tls: Option<Hash>,
    /// Others seal shares to it.
    pub kem: Option<KemKey>,
}

impl Keys {
    /// The keys that sign, with their purposes.
    pub fn signing(&self) -> impl Iterator<Item = (Purpose, PublicKey)> {
        let always = [(Purpose::Root, self.root), (Purpose::Operations, self.operations)];
        let vote = self.vote.map(|key| (Purpose::Vote, key));
        let receipt = self.receipt.map(|key| (Purpose::Receipt, key));
        always.into_iter().chain(vote).chain(receipt)
    }
}

/// The keys of an organization as they stand in the state; the KEM key stands in a row of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct OrgKeys {
    /// Replaces the other keys.
    pub root: PublicKey,
    /// Signs transactions.
    pub operations: PublicKey,
    /// Votes on blocks.
    pub vote: Option<PublicKey>,
    /// Takes the place of `vote` at the next border of epochs, and stands in every later committee.
    pub pending_vote: Option<PublicKey>,
    /// Signs receipts and answers to other organizations.
    pub receipt: Option<PublicKey>,
    /// SHA-256 of the public key of its TLS certificates.
    pub tls: Option<Hash>,
}

impl OrgKeys {
    /// The vote key from the next border of epochs on.
    #[must_use]
    pub fn next_vote(&self) -> Option<PublicKey> {
        self.pending_vote.or(self.vote)
    }
}

/// What a key is for. No key serves two purposes, and no two organizations or identities share one.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Purpose {
    /// Replaces the other keys of an organization.
    Root = 0,
    /// Signs an organization's transactions.
    Operations = 1,
    /// Votes on blocks.
    Vote = 2,
    /// Signs receipts.
    Receipt = 3,
    /// TLS.
    Tls = 4,
    /// Others seal shares to it.
    Kem = 5,
    /// A key of an identity.
    Identity = 6,
}

/// A key that takes the place of one of the same purpose.
///
/// A signing key is given as a signature by it over [`rotation_message`], which holds the key: nobody registers a key
/// that he does not hold.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum NewKey {
    /// A new root key. The organization keeps its identifier.
    Root(Signature) = 0,
    /// A new operations key.
    Operations(Signature) = 1,
    /// A new vote key, in force from the next border of epochs.
    Vote(Signature) = 2,
    /// A new receipt key.
    Receipt(Signature) = 3,
    /// SHA-256 of a new TLS public key.
    Tls(Hash) = 4,
    /// A new KEM key, of the next period.
    Kem(KemKey) = 5,
}

impl NewKey {
    /// What the key is for.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        match self {
            Self::Root(_) => Purpose::Root,
            Self::Operations(_) => Purpose::Operations,
            Self::Vote(_) => Purpose::Vote,
            Self::Receipt(_) => Purpose::Receipt,
            Self::Tls(_) => Purpose::Tls,
            Self::Kem(_) => Purpose::Kem,
        }
    }

    /// The signature that proves possession, for signing keys.
    #[must_use]
    pub const fn proof(&self) -> Option<&Signature> {
        match self {
            Self::Root(proof) | Self::Operations(proof) | Self::Vote(proof) | Self::Receipt(proof) => Some(proof),
            Self::Tls(_) | Self::Kem(_) => None,
        }
    }
}

/// Whether a key may be one of an organization: of Ed25519, a point of the curve, and not one for which anybody can sign. A
/// passkey is for persons: nothing that runs by itself can sign with it.
#[must_use]
pub fn is_fit(key: &PublicKey) -> bool {
    key.ed25519().is_some() && key.validate().is_ok() && !key.is_weak()
}

/// The bytes that a new key signs to be registered: organization, purpose and the number of the rotation.
#[must_use]
pub fn rotation_message(org: &OrgId, purpose: Purpose, rotation: u32) -> Vec<u8> {
    signing_bytes(domain::ORG_KEY, &(org, purpose, rotation))
}

/// The bytes that every signing key of a new member signs: the member as it will enter.
#[must_use]
pub fn admission_message(member: &Member) -> Vec<u8> {
    signing_bytes(domain::ADMISSION, member)
}
