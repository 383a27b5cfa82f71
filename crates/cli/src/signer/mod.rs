//! What signs: a key in a file, or one on a token that never leaves it.

mod module;
mod token;
mod uri;

pub use token::{TokenError, TokenKey, TokenObject, list};
pub use uri::TokenUri;

use crate::keys::KeyInfo;
use epione_types::Signature;
use std::fmt;

/// A key that signs, wherever it lies.
pub trait Signer: fmt::Debug + Send + Sync {
    /// What is known about the key.
    fn info(&self) -> KeyInfo;

    /// Signs `message`.
    ///
    /// # Errors
    /// [`TokenError`] if the key lies on a token that does not sign.
    fn sign(&self, message: &[u8]) -> Result<Signature, TokenError>;
}
