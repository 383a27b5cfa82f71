//! For tests, here and in other crates: a passkey in software.

use crate::{Assertion, Bytes, Hash, Passkey, PublicKey, Signature, challenge};
use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::hazmat::PrehashSigner as _};
use std::fmt;

/// An authenticator and a browser in one, with one passkey. It signs whatever it is asked to: for tests only.
#[derive(Clone)]
pub struct SoftPasskey {
    secret: SigningKey,
    domain: String,
}

impl SoftPasskey {
    /// The flags of an assertion by a user who was present and verified.
    pub const FLAGS: u8 = 0x05;

    /// The passkey with this secret scalar for the relying party `domain`. None if the scalar is zero, or not below the
    /// order of the curve.
    #[must_use]
    pub fn new(secret: &[u8; 32], domain: &str) -> Option<Self> {
        Some(Self { secret: SigningKey::from_slice(secret).ok()?, domain: domain.to_owned() })
    }

    /// The public key with its relying party.
    #[must_use]
    pub fn passkey(&self) -> Passkey {
        let mut point = [0; 33];
        let bytes = self.secret.verifying_key().to_sec1_point(true);
        point.iter_mut().zip(bytes.as_bytes()).for_each(|(to, from)| *to = *from);
        Passkey { point, rp: Hash::sha256(&[self.domain.as_bytes()]) }
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey::Es256(self.passkey())
    }

    /// Signs `message`, from the site `https://` and its domain.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        let client_data = client_data(&challenge(message), &format!("https://{}", self.domain));
        Signature::WebAuthn(self.assert(&self.authenticator_data(Self::FLAGS), client_data.as_bytes()))
    }

    /// Authenticator data of 37 bytes with these flags and a counter of zero.
    #[must_use]
    pub fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        [&self.passkey().rp.0[..], &[flags], &[0; 4]].concat()
    }

    /// Signs these bytes, whatever they are; what is beyond the limits is cut.
    #[must_use]
    pub fn assert(&self, authenticator_data: &[u8], client_data: &[u8]) -> Assertion {
        let signed = Hash::sha256(&[authenticator_data, &Hash::sha256(&[client_data]).0]);
        let signature: Option<EcdsaSignature> = self.secret.sign_prehash(&signed.0).ok();
        let bytes = signature.map_or([0; 64], |signature| signature.normalize_s().to_bytes().into());
        Assertion {
            key: self.passkey(),
            authenticator_data: cut(authenticator_data),
            client_data: cut(client_data),
            bytes,
        }
    }
}

/// Client data as browsers write them.
#[must_use]
pub fn client_data(challenge: &str, origin: &str) -> String {
    format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#)
}

fn cut<const MAX: usize>(bytes: &[u8]) -> Bytes<MAX> {
    Bytes::new(bytes.iter().copied().take(MAX).collect()).unwrap_or_default()
}

impl fmt::Debug for SoftPasskey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SoftPasskey([private])")
    }
}
