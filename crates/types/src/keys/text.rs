//! Keys and signatures as text and in JSON.

use crate::{
    Assertion, Bytes, IdError, Passkey, PublicKey, Signature,
    ids::{parse, prefix, print},
    limits::{AUTHENTICATOR_DATA_BYTES_MAX, CLIENT_DATA_BYTES_MAX},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, fmt, str::FromStr};

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ed25519(bytes) => print(f, Self::PREFIX, bytes),
            Self::Es256(passkey) => print(f, Passkey::PREFIX, &passkey.to_bytes()),
        }
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
        if prefix(text) == Some(Passkey::PREFIX) {
            parse(text, Passkey::PREFIX).map(|bytes| Self::Es256(Passkey::from_bytes(&bytes)))
        } else {
            parse(text, Self::PREFIX).map(Self::Ed25519)
        }
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
        json_schema!({ "type": "string", "pattern": "^(edk|passkey)1[02-9ac-hj-np-z]+$" })
    }
}

/// A signature with its key.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SignatureJson {
    /// `ed25519`, or `webauthn` for one of a passkey.
    scheme: String,
    /// The key that signed.
    key: PublicKey,
    /// The signature, 128 hexadecimal digits: `R ‖ S` of Ed25519, or `r ‖ s` of a passkey with the lower `s`.
    bytes: String,
    /// With `webauthn` only: what the authenticator says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authenticator_data: Option<Bytes<AUTHENTICATOR_DATA_BYTES_MAX>>,
    /// With `webauthn` only: what the browser says of the site, the JSON as bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_data: Option<Bytes<CLIENT_DATA_BYTES_MAX>>,
}

const ED25519: &str = "ed25519";
const WEBAUTHN: &str = "webauthn";

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = |scheme: &str, bytes, authenticator_data, client_data| SignatureJson {
            scheme: scheme.to_owned(),
            key: self.key(),
            bytes: hex::encode(bytes),
            authenticator_data,
            client_data,
        };
        match self {
            Self::Ed25519 { bytes, .. } => json(ED25519, bytes, None, None),
            Self::WebAuthn(Assertion { authenticator_data, client_data, bytes, .. }) => {
                json(WEBAUTHN, bytes, Some(authenticator_data.clone()), Some(client_data.clone()))
            }
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = SignatureJson::deserialize(deserializer)?;
        let mut bytes = [0; 64];
        hex::decode_to_slice(&json.bytes, &mut bytes)
            .map_err(|error| D::Error::custom(format!("signature is not 128 hexadecimal digits: {error}")))?;
        match (json.scheme.as_str(), json.key, json.authenticator_data, json.client_data) {
            (ED25519, PublicKey::Ed25519(key), None, None) => Ok(Self::Ed25519 { key, bytes }),
            (WEBAUTHN, PublicKey::Es256(key), Some(authenticator_data), Some(client_data)) => {
                Ok(Self::WebAuthn(Assertion { key, authenticator_data, client_data, bytes }))
            }
            (ED25519, ..) => {
                Err(D::Error::custom("a signature by `ed25519` has a key `edk1…` and no more than `bytes`"))
            }
            (WEBAUTHN, ..) => Err(D::Error::custom(
                "a signature by `webauthn` has a key `passkey1…`, `bytes`, `authenticator_data` and `client_data`",
            )),
            (other, ..) => {
                Err(D::Error::custom(format!("signature scheme `{other}` is neither `ed25519` nor `webauthn`")))
            }
        }
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
