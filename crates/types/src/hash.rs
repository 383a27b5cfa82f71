//! SHA-256 with domain separation.

use borsh::{BorshDeserialize, BorshSerialize};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};
use std::{borrow::Cow, fmt, str::FromStr};

/// The domains under which Epione hashes and signs. No two purposes share one; none is a prefix of another.
pub mod domain {
    /// Identifier of a chain: hash of its genesis.
    pub const CHAIN: &[u8] = b"epione/chain/1";
    /// Bytes that a transaction's signature covers.
    pub const TX: &[u8] = b"epione/tx/1";
    /// Identifier of a transaction.
    pub const TX_ID: &[u8] = b"epione/txid/1";
    /// Identifier of a call within its transaction.
    pub const CALL_ID: &[u8] = b"epione/call/1";
    /// Blinding of one event.
    pub const EVENT_SALT: &[u8] = b"epione/event-salt/1";
    /// Blinding of the events of scheduled work.
    pub const DUE_SALT: &[u8] = b"epione/due-salt/1";
    /// Hash of a committee of validators.
    pub const COMMITTEE: &[u8] = b"epione/committee/1";
    /// Identifier of an organization: hash of its first root key.
    pub const ORG: &[u8] = b"epione/org/1";
    /// Namespace under which validators sign blocks.
    pub const CONSENSUS: &[u8] = b"epione/consensus/1";
    /// Namespace of the links between validators.
    pub const PEERS: &[u8] = b"epione/peers/1";
    /// Keyed commitment to a notarized document.
    pub const NOTARY: &[u8] = b"epione/notary/1";
    /// Address of a row in the authenticated state.
    pub const ROW: &[u8] = b"epione/row/1";
    /// A new member's consent to its admission, signed by each of its keys.
    pub const ADMISSION: &[u8] = b"epione/admission/1";
    /// Proof that an organization holds the key that it registers.
    pub const ORG_KEY: &[u8] = b"epione/org-key/1";
    /// Consent of each key to the registration of an identity.
    pub const REGISTRATION: &[u8] = b"epione/registration/1";
    /// Proof that an identity holds the key that it registers.
    pub const IDENTITY_KEY: &[u8] = b"epione/identity-key/1";
    /// A recovery key's word in the recovery of an identity.
    pub const RECOVERY: &[u8] = b"epione/recovery/1";
    /// What a key file says about its key, signed by that key.
    pub const KEY_FILE: &[u8] = b"epione/key-file/1";
    /// Seed of a patient's key for one custodian, derived from the secret of a wallet.
    pub const WALLET_KEY: &[u8] = b"epione/wallet-key/1";
    /// Key of a unit's ciphertext, derived from its unit key.
    pub const UNIT_STREAM: &[u8] = b"epione/unit-stream/1";
    /// Commitment to a unit key.
    pub const UNIT_KEY: &[u8] = b"epione/unit-key/1";
    /// Commitment to one share of a unit key.
    pub const SHARE: &[u8] = b"epione/share/1";
    /// What an envelope is sealed for.
    pub const ENVELOPE: &[u8] = b"epione/envelope/1";
    /// Salted commitment to one item of a unit.
    pub const ITEM: &[u8] = b"epione/item/1";
    /// Commitment to a manifest.
    pub const MANIFEST: &[u8] = b"epione/manifest/1";
    /// What an author's signature of a manifest covers.
    pub const MANIFEST_SIGNATURE: &[u8] = b"epione/manifest-signature/1";
    /// Seed of a reader's key for one holder and unit, derived from the secret of its session.
    pub const READER_SEED: &[u8] = b"epione/reader-seed/1";
    /// Hash of a reader's key for one holder and unit.
    pub const READER_KEY: &[u8] = b"epione/reader-key/1";
    /// What a released share is sealed for.
    pub const RELEASE: &[u8] = b"epione/release/1";
    /// What a holder's signature of its answer covers.
    pub const ANSWER_SIGNATURE: &[u8] = b"epione/answer-signature/1";
    /// Keyed tag of a label.
    pub const LABEL_TAG: &[u8] = b"epione/label-tag/1";
    /// Commitment to a patient's link token.
    pub const LINK_TOKEN: &[u8] = b"epione/link-token/1";
    /// Keyed commitment to the evidence of a relationship.
    pub const EVIDENCE: &[u8] = b"epione/evidence/1";
    /// Keyed commitment to the justification of an emergency access.
    pub const JUSTIFICATION: &[u8] = b"epione/justification/1";
    /// Keyed commitment to what is searched for.
    pub const QUERY: &[u8] = b"epione/query/1";
    /// That a vault has ciphertext and envelopes of a unit on its disk.
    pub const VAULT_ACK: &[u8] = b"epione/vault-ack/1";
    /// That a vault has all envelopes of a holder that were sealed again.
    pub const RESEAL_ACK: &[u8] = b"epione/reseal-ack/1";
    /// Key under which an exchange keeps rows, derived from its storage key.
    pub const AT_REST: &[u8] = b"epione/at-rest/1";
    /// Key under which an exchange finds personal rows again, derived from its storage key.
    pub const AT_REST_INDEX: &[u8] = b"epione/at-rest-index/1";
    /// What a unit is as to who may open it: envelopes are bound to it.
    pub const UNIT_POLICY: &[u8] = b"epione/unit-policy/1";
}

/// A SHA-256 hash; 64 lower-case hexadecimal digits in text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize)]
pub struct Hash(pub [u8; 32]);

/// SHA-256 over the length-prefixed domain followed by `parts`.
///
/// `SHA-256(u8 length of domain ‖ domain ‖ parts…)`. The parts are not separated: at most one of them may be of variable
/// length, or each must carry its own length.
#[must_use]
pub fn hash(domain: &[u8], parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([u8::try_from(domain.len()).unwrap_or(u8::MAX)]);
    hasher.update(domain);
    for part in parts {
        hasher.update(part);
    }
    Hash(hasher.finalize().into())
}

impl Hash {
    /// Plain SHA-256 over `parts`, for formats of others that fix their own domain (RFC 6962).
    #[must_use]
    pub fn sha256(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// The first 16 bytes.
    #[must_use]
    pub fn truncated(&self) -> [u8; 16] {
        let mut short = [0; 16];
        for (to, from) in short.iter_mut().zip(self.0) {
            *to = from;
        }
        short
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = hex::FromHexError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <String as Deserialize>::deserialize(deserializer)?
            .parse()
            .map_err(|error| D::Error::custom(format!("not a hash of 64 hexadecimal digits: {error}")))
    }
}

impl JsonSchema for Hash {
    fn schema_name() -> Cow<'static, str> {
        "Hash".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
    }
}
