//! What is searched for. Told to one custodian, never written on the ledger.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Hash, Text, encode};
use epione_vault::{
    Salt,
    tags::{Subject, commitment},
};
use std::fmt;

/// Longest name of a system of identifiers, in bytes.
pub const SYSTEM_BYTES_MAX: usize = 128;
/// Longest local identifier, in bytes.
pub const VALUE_BYTES_MAX: usize = 128;

/// What is searched for. Numbers are never reused.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Query {
    /// A token that the custodian gave to its patient, and the patient to who asks.
    LinkToken([u8; 32]) = 0,
    /// The patient's number in a system that the custodian knows: one of its own, or of a third party.
    Identifier {
        /// The system, as a URI.
        system: Text<SYSTEM_BYTES_MAX>,
        /// The number.
        value: Text<VALUE_BYTES_MAX>,
    } = 1,
}

impl Query {
    /// The commitment to it that stands on the ledger.
    #[must_use]
    pub fn commitment(&self, salt: &Salt) -> Hash {
        commitment(salt, Subject::Query, &encode(self))
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Query([private])")
    }
}
