//! Keyed tags and commitments: what stands on the ledger in place of a label, a token or a text.
//!
//! Without the key they say nothing, and once the key is destroyed nobody can find out any more what they stood for.

use crate::{
    kdf::hmac,
    secret::{LinkToken, Salt, SubjectKey},
};
use epione_types::{Hash, Text, domain, encode, hash};

/// Longest category or class, in bytes.
pub const LABEL_BYTES_MAX: usize = 64;

/// A category (of care) or class (of confidentiality) as the custodian writes it.
pub type Label = Text<LABEL_BYTES_MAX>;

/// The tag of a label: equal for equal labels of one subject at one custodian, unrelated for every other key.
///
/// The first 16 bytes of `HMAC-SHA-256(key, "epione/label-tag/1" ‖ u32 length ‖ category ‖ u32 length ‖ class)`.
///
/// # Source
/// RFC 2104; truncation: NIST SP 800-107 §5.3.
#[must_use]
pub fn label_tag(key: &SubjectKey, category: &Label, class: &Label) -> [u8; 16] {
    Hash(hmac(key.expose(), &[domain::LABEL_TAG, &encode(category), &encode(class)])).truncated()
}

/// The commitment to a link token: `SHA-256("epione/link-token/1" ‖ token)`. A token is random, so it needs no salt.
#[must_use]
pub fn link_commitment(token: &LinkToken) -> Hash {
    hash(domain::LINK_TOKEN, &[token.expose()])
}

/// What a text is for that is committed to and told to few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Evidence of the relationship of requester and patient, told to who challenges the request.
    Evidence,
    /// Justification of an emergency access, told to who reviews it.
    Justification,
    /// What a custodian is asked to find, told to that custodian.
    Query,
}

/// The commitment to `text` under `salt`: `HMAC-SHA-256(salt, domain ‖ text)`, with another domain for each subject.
///
/// # Source
/// RFC 2104.
#[must_use]
pub fn commitment(salt: &Salt, subject: Subject, text: &[u8]) -> Hash {
    let domain = match subject {
        Subject::Evidence => domain::EVIDENCE,
        Subject::Justification => domain::JUSTIFICATION,
        Subject::Query => domain::QUERY,
    };
    Hash(hmac(salt.expose(), &[domain, text]))
}
