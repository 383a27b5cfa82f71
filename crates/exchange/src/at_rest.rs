//! What a node keeps of its own under its storage key: rows that a stolen disk does not tell.
//!
//! # Bytes
//! ```text
//! wrap key  = HMAC-SHA-256(storage, "epione/at-rest/1")
//! index key = HMAC-SHA-256(storage, "epione/at-rest-index/1")
//! row       = u8 version 1 ‖ salt (32) ‖ AES-256-GCM(key = HMAC-SHA-256(wrap key, salt), nonce = 0, aad = u8 table ‖ key of the row; plaintext)
//! ```
//! Each row has a key of its own, drawn with 256 bits, so that no nonce ever meets a key twice. A row does not open in another place.

use crate::{
    error::Error,
    ports::{Entropy, Table},
};
use aes_gcm::{AeadInOut as _, Aes256Gcm, KeyInit as _, Nonce};
use epione_types::domain;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const SALT_BYTES: usize = 32;
const TAG_BYTES: usize = 16;

/// The keys that follow from the storage key. Wiped when dropped, never printed.
#[derive(Clone)]
pub(crate) struct AtRest {
    wrap: Zeroizing<[u8; 32]>,
    index: Zeroizing<[u8; 32]>,
}

impl AtRest {
    pub(crate) fn new(storage: &[u8; 32]) -> Self {
        Self { wrap: hmac(storage, &[domain::AT_REST]), index: hmac(storage, &[domain::AT_REST_INDEX]) }
    }

    /// `plain` as it is stored under `key`.
    ///
    /// # Errors
    /// [`Error::NoRandom`].
    pub(crate) fn wrap(
        &self,
        (table, key): (Table, &[u8]),
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, Error> {
        let mut salt = [0; SALT_BYTES];
        entropy.fill(&mut salt)?;
        let aad = place(table, key);
        let mut sealed = plain.to_vec();
        let tag = self.cipher(&salt).encrypt_inout_detached(&Nonce::default(), &aad, sealed.as_mut_slice().into());
        let Ok(tag) = tag else { epione_kernel::broken("a row is shorter than AES-GCM permits") };
        Ok([&[VERSION][..], &salt, &tag, &sealed].concat())
    }

    /// What is stored under `key`.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub(crate) fn unwrap(&self, (table, key): (Table, &[u8]), row: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let sealed = row.strip_prefix(&[VERSION]).ok_or(Error::Unreadable)?;
        let (salt, sealed) = sealed.split_first_chunk::<SALT_BYTES>().ok_or(Error::Unreadable)?;
        let (tag, sealed) = sealed.split_first_chunk::<TAG_BYTES>().ok_or(Error::Unreadable)?;
        let aad = place(table, key);
        let mut plain = Zeroizing::new(sealed.to_vec());
        let buffer = plain.as_mut_slice().into();
        let opened = self.cipher(salt).decrypt_inout_detached(&Nonce::default(), &aad, buffer, &(*tag).into());
        opened.map_err(|_tag| Error::Unreadable)?;
        Ok(plain)
    }

    /// The key under which something personal is found again: without the storage key nobody can guess what it stands for.
    pub(crate) fn index(&self, parts: &[&[u8]]) -> [u8; 32] {
        *hmac(&self.index, parts)
    }

    fn cipher(&self, salt: &[u8; SALT_BYTES]) -> Aes256Gcm {
        let key = hmac(&self.wrap, &[salt]);
        Aes256Gcm::new((&*key).into())
    }
}

impl fmt::Debug for AtRest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtRest([private])")
    }
}

fn place(table: Table, key: &[u8]) -> Vec<u8> {
    [&[table.number()][..], key].concat()
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key) else {
        epione_kernel::broken("HMAC takes keys of every length")
    };
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}
