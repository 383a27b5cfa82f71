//! A patient's wallet: one secret, and from it a key for each custodian.
//!
//! The key for a custodian is the Ed25519 key with the seed
//! `SHA-256(u8 19 ‖ "epione/wallet-key/1" ‖ secret ‖ chain ‖ organization ‖ u32 number)`: 32 bytes of the secret, 32 of the
//! chain, 16 of the organization, and the number little-endian, 0 for the first key and one more for each that takes its
//! place. Who has the secret has all of them again; who has the keys for two custodians cannot tell that they belong together,
//! and learns neither the secret nor another key.
//!
//! The secret lies in a key file like any other. On paper it is the backup code: bech32m (BIP-350) with the prefix `wallet`
//! over its 32 bytes, so that up to four mistyped characters are found.

use super::{KeyFile, KeyFileError, Purpose};
use bech32::{Bech32m, Hrp, primitives::decode::CheckedHrpstring};
use epione_types::{ChainId, OrgId, SigningKey, domain, hash};
use std::fmt;
use zeroize::Zeroizing;

/// What a backup code begins with, before the separator `1`.
const PREFIX: &str = "wallet";
/// Characters of a backup code: prefix, separator, 52 for the secret, 6 for the checksum.
const CODE_CHARS: usize = PREFIX.len() + 1 + 52 + 6;

/// The secret of a wallet; wiped from memory when dropped, never printed but as its backup code.
#[derive(Clone)]
pub struct Wallet(KeyFile);

/// Why a text is not the backup code of a wallet. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// A character is wrong, missing or too many.
    #[error("the checksum of the backup code is wrong: compare it with the paper, character by character")]
    Checksum,
    /// Another kind of text with a checksum.
    #[error("this is not the backup code of a wallet: it begins with `wallet1`")]
    Prefix,
    /// A checksum that is right over another number of bytes.
    #[error("the backup code has another length than one of a wallet: 65 characters")]
    Length,
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wallet([private])")
    }
}

impl Wallet {
    /// A new wallet from random bytes of the operating system.
    ///
    /// # Errors
    /// [`KeyFileError::Random`].
    pub fn generate() -> Result<Self, KeyFileError> {
        Ok(Self(KeyFile::generate(Purpose::Wallet)?))
    }

    /// The wallet in a key file; none if the key there is for something else.
    #[must_use]
    pub fn of_file(file: KeyFile) -> Option<Self> {
        (file.purpose == Purpose::Wallet).then_some(Self(file))
    }

    /// What is written to a file.
    #[must_use]
    pub const fn file(&self) -> &KeyFile {
        &self.0
    }

    /// The wallet with this backup code. Spaces are left out, so that it may be typed in groups.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn of_code(text: &str) -> Result<Self, CodeError> {
        let mut code = Zeroizing::new(String::with_capacity(text.len()));
        code.extend(text.chars().filter(|c| !c.is_whitespace()));
        let checked = CheckedHrpstring::new::<Bech32m>(&code).map_err(|_checksum| CodeError::Checksum)?;
        if !checked.hrp().as_str().eq_ignore_ascii_case(PREFIX) {
            return Err(CodeError::Prefix);
        }
        let mut secret = Zeroizing::new([0; 32]);
        let mut bytes = checked.byte_iter();
        for place in secret.iter_mut() {
            *place = bytes.next().ok_or(CodeError::Length)?;
        }
        if bytes.next().is_some() {
            return Err(CodeError::Length);
        }
        let key = SigningKey::from_seed(*secret);
        Ok(Self(KeyFile { purpose: Purpose::Wallet, signer: None, chain: None, key }))
    }

    /// The backup code.
    #[must_use]
    pub fn code(&self) -> Zeroizing<String> {
        // Room for all at once: a buffer that grows leaves copies of the secret behind.
        let mut code = Zeroizing::new(String::with_capacity(CODE_CHARS));
        let secret = Zeroizing::new(self.0.key.seed());
        // INVARIANT: the prefix is sound, and 32 bytes are short enough.
        if let Ok(prefix) = Hrp::parse(PREFIX) {
            let _ = bech32::encode_lower_to_fmt::<Bech32m, _>(&mut *code, prefix, secret.as_slice());
        }
        code
    }

    /// The key for custodian `org` on `chain`: the first, or one that took its place.
    #[must_use]
    pub fn key(&self, chain: &ChainId, org: &OrgId, number: u32) -> SigningKey {
        let secret = Zeroizing::new(self.0.key.seed());
        let parts: [&[u8]; 4] = [secret.as_slice(), &chain.0, &org.0, &number.to_le_bytes()];
        SigningKey::from_seed(*Zeroizing::new(hash(domain::WALLET_KEY, &parts).0))
    }
}
