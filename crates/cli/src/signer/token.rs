//! Keys on tokens: Ed25519 keys that a hardware security module, smart card or its imitation in software makes, keeps and
//! signs with.
//!
//! # Source
//! PKCS#11 3.0: `CKK_EC_EDWARDS`, `CKM_EC_EDWARDS_KEY_PAIR_GEN`, `CKM_EDDSA` without parameters, which is the Ed25519 of
//! RFC 8032.

use super::{
    Signer, TokenUri,
    module::{self, Use, name, told},
};
use crate::{
    keys::{KeyInfo, Purpose, founder},
    secret::{SecretError, SecretSource},
};
use cryptoki::{
    mechanism::{
        Mechanism,
        eddsa::{EddsaParams, EddsaSignatureScheme},
    },
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::Session,
};
use epione_types::{PublicKey, Signature};
use serde::Serialize;
use std::{
    fmt,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

/// `CKA_EC_PARAMS` of Ed25519: the object identifier 1.3.101.112.
const ED25519: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x70];
/// How public keys are wrapped in `CKA_EC_POINT`: as an octet string, a bit string, or not at all.
const POINT_PREFIXES: [&[u8]; 3] = [&[0x04, 0x20], &[0x03, 0x21, 0x00], &[]];
const ID_BYTES: usize = 16;

/// Why a key on a token cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The library that speaks with the token.
    #[error("the PKCS#11 module {path}: {what}")]
    Module {
        /// The library.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// No slot has the token.
    #[error("the token {token} is not there: {others}")]
    Absent {
        /// The token.
        token: String,
        /// What is there instead.
        others: String,
    },
    /// Several tokens or keys have the name.
    #[error("{0}")]
    Ambiguous(String),
    /// No PIN for it is found.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The PIN is wrong.
    #[error("the PIN of the token {0} is wrong; after too many wrong ones the token locks itself")]
    Pin(String),
    /// The token has locked itself.
    #[error("the PIN of the token {0} is locked after too many wrong ones: its security officer unlocks it")]
    PinLocked(String),
    /// It was there, and is gone.
    #[error("the token {0} was removed or reset: nothing was signed")]
    Removed(String),
    /// It cannot do what is needed.
    #[error("the token {0} cannot make or use Ed25519 keys (CKM_EDDSA)")]
    NoEd25519(String),
    /// It has no such key, or has it already.
    #[error("the token {token} {what}")]
    Key {
        /// The token.
        token: String,
        /// What is wrong.
        what: String,
    },
    /// Anything else.
    #[error("the token {token}: {what}")]
    Failed {
        /// The token.
        token: String,
        /// What the library says.
        what: String,
    },
}

/// A key on a token, which is logged in as long as this lives.
pub struct TokenKey {
    /// What is known about the key. Owner and chain stand only in its file: the token knows neither.
    pub info: KeyInfo,
    uri: TokenUri,
    session: Mutex<Session>,
    handle: ObjectHandle,
}

/// A key on a token, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenObject {
    /// Where it is.
    pub uri: TokenUri,
    /// The public key; none if the token does not tell it.
    pub public: Option<PublicKey>,
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey").field("info", &self.info).field("uri", &self.uri).finish_non_exhaustive()
    }
}

impl TokenKey {
    /// The key that a key file describes.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn open(info: KeyInfo, uri: TokenUri, source: &SecretSource) -> Result<Self, TokenError> {
        let session = module::session(&uri, source, &credential(info.purpose), Use::Sign)?;
        let handle = private(&session, &uri)?;
        Ok(Self { info, uri, session: Mutex::new(session), handle })
    }

    /// A key that is on the token already, and for which there is no file yet.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn existing(purpose: Purpose, uri: TokenUri, source: &SecretSource) -> Result<Self, TokenError> {
        let session = module::session(&uri, source, &credential(purpose), Use::Sign)?;
        let handle = private(&session, &uri)?;
        let public = public(&session, &uri)?;
        Ok(Self { info: info(purpose, public), uri, session: Mutex::new(session), handle })
    }

    /// A new key, made by the token, which never hands it out.
    ///
    /// # Errors
    /// [`TokenError`], also if the token has a key of that name.
    pub fn generate(purpose: Purpose, mut uri: TokenUri, source: &SecretSource) -> Result<Self, TokenError> {
        let told = |error| told(error, &uri);
        let Some(label) = uri.object.clone() else {
            return Err(TokenError::Key {
                token: name(&uri),
                what: "needs a name for the new key: add `object`".to_owned(),
            });
        };
        let session = module::session(&uri, source, &credential(purpose), Use::Change)?;
        if !session.find_objects(&template(ObjectClass::PRIVATE_KEY, &uri)).map_err(told)?.is_empty() {
            let what = format!("has a key named `{label}`: choose another name, or use it with --existing");
            return Err(TokenError::Key { token: name(&uri), what });
        }
        let id = match &uri.id {
            Some(id) => id.clone(),
            None => random_id(&uri)?,
        };
        let named = [Attribute::Label(label.into_bytes()), Attribute::Id(id.clone()), Attribute::Token(true)];
        let mut of_public = named.to_vec();
        of_public.extend([Attribute::EcParams(ED25519.to_vec()), Attribute::Verify(true), Attribute::Private(false)]);
        let mut of_private = named.to_vec();
        of_private.extend([Attribute::Private(true), Attribute::Sensitive(true), Attribute::Extractable(false)]);
        of_private.push(Attribute::Sign(true));
        let made = session.generate_key_pair(&Mechanism::EccEdwardsKeyPairGen, &of_public, &of_private);
        let (of_public, handle) = made.map_err(told)?;
        let public = point(&session, of_public, &uri)?;
        uri.id = Some(id);
        Ok(Self { info: info(purpose, public), uri, session: Mutex::new(session), handle })
    }

    /// Where the key is.
    #[must_use]
    pub const fn uri(&self) -> &TokenUri {
        &self.uri
    }
}

impl Signer for TokenKey {
    fn info(&self) -> KeyInfo {
        self.info
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, TokenError> {
        let mechanism = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = session.sign(&mechanism, self.handle, message).map_err(|error| told(error, &self.uri))?;
        let failed = |what: &str| TokenError::Failed { token: name(&self.uri), what: what.to_owned() };
        let bytes = bytes.try_into().map_err(|_bytes| failed("it signs otherwise than by Ed25519"))?;
        let PublicKey::Ed25519(key) = self.info.public else { return Err(failed("its key is not one of Ed25519")) };
        let signature = Signature::Ed25519 { key, bytes };
        // A token with another key under the same name is found out here, not by the ledger.
        signature.verify(message).map_err(|_fault| failed("what it signs is not of the key in the key file"))?;
        Ok(signature)
    }
}

/// The Ed25519 keys on the token of `uri`, or those of its name.
///
/// # Errors
/// [`TokenError`].
pub fn list(uri: &TokenUri, source: &SecretSource) -> Result<Vec<TokenObject>, TokenError> {
    let told = |error| told(error, uri);
    let session = module::session(uri, source, "pin", Use::Sign)?;
    let mut listed = Vec::new();
    for handle in session.find_objects(&template(ObjectClass::PRIVATE_KEY, uri)).map_err(told)? {
        let mut found = TokenUri { object: None, id: None, ..uri.clone() };
        for attribute in session.get_attributes(handle, &[AttributeType::Label, AttributeType::Id]).map_err(told)? {
            match attribute {
                Attribute::Label(label) => {
                    found.object = String::from_utf8(label).ok().filter(|label| !label.is_empty())
                }
                Attribute::Id(id) => found.id = Some(id).filter(|id| !id.is_empty()),
                _ => {}
            }
        }
        let public = public(&session, &found).ok();
        listed.push(TokenObject { uri: found, public });
    }
    Ok(listed)
}

fn info(purpose: Purpose, public: PublicKey) -> KeyInfo {
    KeyInfo { purpose, signer: founder(purpose, &public), chain: None, public }
}

fn credential(purpose: Purpose) -> String {
    format!("{purpose}-pin")
}

fn random_id(uri: &TokenUri) -> Result<Vec<u8>, TokenError> {
    let mut id = vec![0; ID_BYTES];
    getrandom::fill(&mut id).map_err(|error| TokenError::Failed { token: name(uri), what: error.to_string() })?;
    Ok(id)
}

fn template(class: ObjectClass, uri: &TokenUri) -> Vec<Attribute> {
    let mut template = vec![Attribute::Class(class), Attribute::KeyType(KeyType::EC_EDWARDS), Attribute::Token(true)];
    template.extend(uri.object.iter().map(|label| Attribute::Label(label.clone().into_bytes())));
    template.extend(uri.id.iter().map(|id| Attribute::Id(id.clone())));
    template
}

fn private(session: &Session, uri: &TokenUri) -> Result<ObjectHandle, TokenError> {
    one(session, ObjectClass::PRIVATE_KEY, uri)
}

fn one(session: &Session, class: ObjectClass, uri: &TokenUri) -> Result<ObjectHandle, TokenError> {
    if uri.object.is_none() && uri.id.is_none() {
        let what = "has several keys: name one by `object` (its label) or `id`".to_owned();
        return Err(TokenError::Key { token: name(uri), what });
    }
    let found = session.find_objects(&template(class, uri)).map_err(|error| told(error, uri))?;
    match found[..] {
        [handle] => Ok(handle),
        [] => Err(TokenError::Key { token: name(uri), what: format!("has no Ed25519 key {uri}") }),
        _ => Err(TokenError::Ambiguous(format!("the token {} has several such keys: name one by `id`", name(uri)))),
    }
}

/// The public key that belongs to the private one: the token keeps it under the same name.
fn public(session: &Session, uri: &TokenUri) -> Result<PublicKey, TokenError> {
    point(session, one(session, ObjectClass::PUBLIC_KEY, uri)?, uri)
}

fn point(session: &Session, handle: ObjectHandle, uri: &TokenUri) -> Result<PublicKey, TokenError> {
    let found = session.get_attributes(handle, &[AttributeType::EcPoint]).map_err(|error| told(error, uri))?;
    let key = found.iter().find_map(|attribute| match attribute {
        Attribute::EcPoint(bytes) => unwrapped(bytes),
        _ => None,
    });
    let key = key.filter(|key| key.validate().is_ok() && !key.is_weak());
    key.ok_or_else(|| TokenError::Failed { token: name(uri), what: "its public key is no Ed25519 key".to_owned() })
}

fn unwrapped(bytes: &[u8]) -> Option<PublicKey> {
    let keys = POINT_PREFIXES.iter().filter_map(|prefix| bytes.strip_prefix(*prefix)?.try_into().ok());
    keys.map(PublicKey::Ed25519).next()
}
