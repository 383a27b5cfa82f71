//! Identifiers: newtypes whose text form has a prefix and a checksum.
//!
//! The text form is bech32m (BIP-350): `org1…`, `tx1…`. A mistyped character is found, and an identifier of one kind is
//! never taken for another.

use crate::hash::{Hash, domain, hash};
use bech32::{Bech32m, Hrp, primitives::decode::CheckedHrpstring};
use borsh::{BorshDeserialize, BorshSerialize};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, fmt, str::FromStr};

/// Why a text is not an identifier of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A mistyped character, or no bech32m at all.
    #[error("`{0}` is not an identifier: a character is wrong or missing")]
    Checksum(String),
    /// An identifier of another kind.
    #[error("expected an identifier that begins with `{expected}1`, found `{found}1`")]
    Prefix {
        /// The prefix of the expected kind.
        expected: &'static str,
        /// The prefix that was found.
        found: String,
    },
    /// The right prefix but not the right number of bytes.
    #[error("an identifier of {expected} bytes was expected, {found} were found")]
    Length {
        /// Bytes of this kind.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
}

pub(crate) fn parse<const N: usize>(text: &str, expected: &'static str) -> Result<[u8; N], IdError> {
    let (hrp, bytes) = decode_text(text)?;
    if hrp.as_str() != expected {
        return Err(IdError::Prefix { expected, found: hrp.as_str().to_owned() });
    }
    let found = bytes.len();
    bytes.try_into().map_err(|_bytes| IdError::Length { expected: N, found })
}

fn decode_text(text: &str) -> Result<(Hrp, Vec<u8>), IdError> {
    let wrong = || IdError::Checksum(text.chars().take(100).collect());
    let checked = CheckedHrpstring::new::<Bech32m>(text).map_err(|_checksum| wrong())?;
    let (hrp, bytes) = (checked.hrp(), checked.byte_iter().collect::<Vec<u8>>());
    // One text per identifier: neither capitals nor other padding bits.
    match bech32::encode_lower::<Bech32m>(hrp, &bytes) {
        Ok(canonical) if canonical == text => Ok((hrp, bytes)),
        _ => Err(wrong()),
    }
}

pub(crate) fn print(f: &mut fmt::Formatter<'_>, prefix: &str, bytes: &[u8]) -> fmt::Result {
    let hrp = Hrp::parse(prefix).map_err(|_prefix| fmt::Error)?;
    bech32::encode_to_fmt::<Bech32m, _>(f, hrp, bytes).map_err(|_length| fmt::Error)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($bytes:literal) = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize)]
        pub struct $name(pub [u8; $bytes]);

        impl $name {
            /// What its text form begins with, before the separator `1`.
            pub const PREFIX: &'static str = $prefix;
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                print(f, Self::PREFIX, &self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse(text, Self::PREFIX).map(Self)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as Deserialize>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": concat!("^", $prefix, "1[02-9ac-hj-np-z]+$") })
            }
        }
    )*};
}

// Alphabetical.
ids! {
    /// One call of one transaction: hash of the transaction's identifier and the call's position.
    CallId(32) = "call";
    /// One chain: hash of its genesis.
    ChainId(32) = "chain";
    /// A person, practitioner, service or device in the module `identity`.
    IdentityId(16) = "id";
    /// An entry of the module `notary`.
    NoteId(16) = "note";
    /// A member organization in the module `network`.
    OrgId(16) = "org";
    /// A proposal of the module `network`.
    ProposalId(16) = "prop";
    /// One transaction: hash of its unsigned canonical bytes.
    TxId(32) = "tx";
    /// A unit of disclosure: what one entry discloses. Random.
    UnitId(32) = "unit";
}

impl TxId {
    /// The identifier of the call at position `index`: `SHA-256(domain ‖ tx id ‖ u16 index)`.
    #[must_use]
    pub fn call(&self, index: u16) -> CallId {
        CallId(hash(domain::CALL_ID, &[&self.0, &index.to_le_bytes()]).0)
    }
}

impl CallId {
    /// Sixteen bytes for the identifier of what this call creates.
    #[must_use]
    pub fn short(&self) -> [u8; 16] {
        Hash(self.0).truncated()
    }
}

impl OrgId {
    /// The identifier of the organization whose first root key is `root`.
    #[must_use]
    pub fn from_root(root: &crate::PublicKey) -> Self {
        Self(hash(domain::ORG, &[&crate::encode(root)]).truncated())
    }
}

/// Who signs a transaction and owns its nonce lanes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum SignerId {
    /// A member organization, by its operations or root key.
    Organization(OrgId),
    /// A person, practitioner, service or device.
    Identity(IdentityId),
}

impl fmt::Display for SignerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization(id) => id.fmt(f),
            Self::Identity(id) => id.fmt(f),
        }
    }
}

impl fmt::Debug for SignerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SignerId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let (hrp, _) = decode_text(text)?;
        match hrp.as_str() {
            OrgId::PREFIX => text.parse().map(Self::Organization),
            _ => text.parse().map(Self::Identity),
        }
    }
}

impl Serialize for SignerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SignerId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <String as Deserialize>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for SignerId {
    fn schema_name() -> Cow<'static, str> {
        "SignerId".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(org|id)1[02-9ac-hj-np-z]+$" })
    }
}
