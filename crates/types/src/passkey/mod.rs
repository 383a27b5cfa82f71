//! Passkeys: P-256 keys in authenticators, which sign by the ceremonies of WebAuthn.
//!
//! # What is signed
//! ```text
//! challenge    = base64url without padding of SHA-256(message)
//! client data  = {"type":"webauthn.get","challenge":CHALLENGE,"origin":"https://…","crossOrigin":false, …}
//! signature    = ECDSA on P-256 with SHA-256 over (authenticator data ‖ SHA-256(client data))
//! ```
//! The message is the same as with other keys: `u8 length of domain ‖ domain ‖ canonical bytes`, so a challenge serves one
//! purpose. The relying party is part of the key, so that verification needs no state.
//!
//! # What is checked
//! Of the verification of an assertion (§7.2), what can be said without a session: everything but the list of allowed
//! credentials, the user handle and the signature counter. The counter is ignored: a ledger would order what
//! authenticators need not count, and keys that are synchronized count nothing. User presence and verification are required.
//!
//! # Source
//! Web Authentication Level 3 §§5.8.1, 6.1, 7.2; ES256: RFC 9053 §2.1; points: SEC 1 §2.3.3; docs/adr/0015-passkeys.md.

mod client_data;
mod json;
mod origin;
mod signature;

pub use signature::{low_s, signature_of_der};

use crate::{
    Bytes, Hash, KeyError,
    limits::{AUTHENTICATOR_DATA_BYTES_MAX, CLIENT_DATA_BYTES_MAX},
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use borsh::{BorshDeserialize, BorshSerialize};
use client_data::ClientData;
use p256::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier as _};

/// The public key of a passkey, with the relying party for which alone its authenticator signs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, BorshSerialize, BorshDeserialize)]
pub struct Passkey {
    /// A point of P-256, compressed: `02` or `03`, and the x coordinate, big-endian.
    pub point: [u8; 33],
    /// SHA-256 of the relying party's identifier, which is a domain name in lower case.
    pub rp: Hash,
}

/// What an authenticator signed with a passkey, and what it signed it over.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Assertion {
    /// The key.
    pub key: Passkey,
    /// What the authenticator says: SHA-256 of the relying party, flags, counter, extensions. At least 37 bytes.
    pub authenticator_data: Bytes<AUTHENTICATOR_DATA_BYTES_MAX>,
    /// What the browser says, in JSON: challenge and origin.
    pub client_data: Bytes<CLIENT_DATA_BYTES_MAX>,
    /// The signature `r ‖ s`, big-endian, with the lower of the two possible `s`.
    pub bytes: [u8; 64],
}

/// Why an assertion is refused, in the order of the checks. What costs most comes last: [`KeyError::NotAKey`] and
/// [`KeyError::Signature`] follow after all of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyFault {
    /// Shorter than 37 bytes, or longer without a flag that says with what.
    #[error("the authenticator data are not 37 bytes, or more where a flag says so")]
    AuthenticatorData,
    /// Signed for another relying party.
    #[error("the authenticator data name another relying party than the key")]
    RelyingParty,
    /// Nobody touched the authenticator.
    #[error("the authenticator does not say that a user was present: flag UP")]
    UserPresence,
    /// The authenticator asked for neither PIN nor fingerprint.
    #[error("the authenticator does not say that it verified the user: ask for userVerification `required`")]
    UserVerification,
    /// Not JSON, a member twice, or one of those needed missing or no string.
    #[error("the client data are not a JSON object with type, challenge and origin, each member once")]
    ClientData,
    /// Of another ceremony.
    #[error("the client data are not of the type `webauthn.get`")]
    Type,
    /// Over another message.
    #[error("the challenge is not the hash of what is to be signed")]
    Challenge,
    /// Asked for by a site within another site.
    #[error("the signature was asked for from within a page of another origin")]
    CrossOrigin,
    /// From another site.
    #[error("the origin is not an HTTPS site of the key's relying party")]
    Origin,
    /// The other of the two possible signatures.
    #[error("the higher of the two possible `s` is used: it must be brought to the lower one")]
    HighS,
}

/// The challenge with which a wallet asks for an assertion over `message`, as it stands in the client data: 43 characters.
#[must_use]
pub fn challenge(message: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(&Hash::sha256(&[message]).0)
}

impl Passkey {
    /// What its text form begins with, before the separator `1`.
    pub const PREFIX: &'static str = "passkey";

    /// Whether the bytes are a key at all.
    ///
    /// # Errors
    /// [`KeyError::NotAKey`].
    pub fn validate(&self) -> Result<(), KeyError> {
        self.verifying().map(|_key| ())
    }

    fn verifying(&self) -> Result<VerifyingKey, KeyError> {
        // The decoder knows further forms of the same point.
        let [2 | 3, ..] = self.point else { return Err(KeyError::NotAKey) };
        VerifyingKey::from_sec1_bytes(&self.point).map_err(|_point| KeyError::NotAKey)
    }

    /// Point and relying party, one after the other.
    #[must_use]
    pub(crate) fn to_bytes(self) -> [u8; 65] {
        let mut bytes = [0; 65];
        let both = self.point.iter().chain(&self.rp.0);
        bytes.iter_mut().zip(both).for_each(|(to, from)| *to = *from);
        bytes
    }

    /// The opposite of [`Passkey::to_bytes`].
    #[must_use]
    pub(crate) fn from_bytes(bytes: &[u8; 65]) -> Self {
        let (mut point, mut rp) = ([0; 33], Hash::default());
        point.iter_mut().chain(&mut rp.0).zip(bytes).for_each(|(to, from)| *to = *from);
        Self { point, rp }
    }
}

/// Flags of authenticator data (§6.1): bit 0 is UP, 2 is UV, 6 is AT, 7 is ED.
mod flag {
    pub(super) const USER_PRESENT: u8 = 0x01;
    pub(super) const USER_VERIFIED: u8 = 0x04;
    pub(super) const MORE_FOLLOWS: u8 = 0xc0;
}

/// Bytes of authenticator data that are always there: hash of the relying party, flags, counter.
const FIXED: usize = 37;

impl Assertion {
    /// Whether this is an assertion of its key over `message`.
    ///
    /// # Errors
    /// [`KeyError::Passkey`], [`KeyError::NotAKey`], [`KeyError::Signature`], in this order.
    pub fn verify(&self, message: &[u8]) -> Result<(), KeyError> {
        self.verify_challenge(&challenge(message))
    }

    pub(crate) fn verify_challenge(&self, challenge: &str) -> Result<(), KeyError> {
        self.check_authenticator().map_err(KeyError::Passkey)?;
        self.check_client(challenge).map_err(KeyError::Passkey)?;
        self.check_signature()
    }

    pub(crate) fn check_signature(&self) -> Result<(), KeyError> {
        let signature = Signature::from_slice(&self.bytes).map_err(|_range| KeyError::Signature)?;
        if signature.normalize_s() != signature {
            return Err(KeyError::Passkey(PasskeyFault::HighS));
        }
        let client_data = Hash::sha256(&[&self.client_data]);
        let signed = Hash::sha256(&[&self.authenticator_data, &client_data.0]);
        self.key.verifying()?.verify_prehash(&signed.0, &signature).map_err(|_wrong| KeyError::Signature)
    }

    fn check_authenticator(&self) -> Result<(), PasskeyFault> {
        let (rp, rest) = self.authenticator_data.split_first_chunk::<32>().ok_or(PasskeyFault::AuthenticatorData)?;
        let flags = *rest.first().ok_or(PasskeyFault::AuthenticatorData)?;
        let more = flags & flag::MORE_FOLLOWS != 0;
        let len = self.authenticator_data.len();
        if len < FIXED || (len > FIXED) != more {
            return Err(PasskeyFault::AuthenticatorData);
        }
        if *rp != self.key.rp.0 {
            return Err(PasskeyFault::RelyingParty);
        }
        if flags & flag::USER_PRESENT == 0 {
            return Err(PasskeyFault::UserPresence);
        }
        if flags & flag::USER_VERIFIED == 0 {
            return Err(PasskeyFault::UserVerification);
        }
        Ok(())
    }

    fn check_client(&self, challenge: &str) -> Result<(), PasskeyFault> {
        let said = ClientData::read(&self.client_data).ok_or(PasskeyFault::ClientData)?;
        if said.kind != "webauthn.get" {
            return Err(PasskeyFault::Type);
        }
        if said.challenge != challenge {
            return Err(PasskeyFault::Challenge);
        }
        if said.is_framed {
            return Err(PasskeyFault::CrossOrigin);
        }
        if !origin::belongs(&said.origin, &self.key.rp) {
            return Err(PasskeyFault::Origin);
        }
        Ok(())
    }
}
