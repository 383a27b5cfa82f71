//! The private keys of the organization that its node uses.

use epione_types::Signature;
use epione_vault::{KemPublic, KemSecret};
use std::fmt;
use zeroize::Zeroizing;

/// The keys cannot be used now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a private key cannot be used: {0}")]
pub struct KeysError(pub String);

/// The private keys of the organization that its node uses. Every method may be called from several threads at once.
pub trait Keys: fmt::Debug + Send + Sync {
    /// The KEM key of a period, if there is one and it was not destroyed.
    ///
    /// # Errors
    /// [`KeysError`].
    fn kem(&self, period: u32) -> Result<Option<KemSecret>, KeysError>;

    /// Makes the KEM key of a period and keeps it durably; gives the public part of the one that there is already.
    ///
    /// # Errors
    /// [`KeysError`].
    fn create_kem(&self, period: u32) -> Result<KemPublic, KeysError>;

    /// Destroys the KEM key of a period for ever. Nothing is wrong if there is none.
    ///
    /// # Errors
    /// [`KeysError`].
    fn destroy_kem(&self, period: u32) -> Result<(), KeysError>;

    /// Signs with the organization's receipt key: manifests, answers, and what a vault acknowledges.
    ///
    /// # Errors
    /// [`KeysError`].
    fn sign(&self, message: &[u8]) -> Result<Signature, KeysError>;

    /// The secret under which the node keeps at rest what others must not read. It stays the same for the life of the store.
    ///
    /// # Errors
    /// [`KeysError`].
    fn storage(&self) -> Result<Zeroizing<[u8; 32]>, KeysError>;
}
