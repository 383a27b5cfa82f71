//! What a custodian answers to a search.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Bytes, Hash, List, Quarter, SubjectId, UnitId, encode};
use epione_vault::{
    Salt,
    tags::{Label, Subject, commitment},
};
use std::fmt;

/// Most units of one answer; the latest are told.
pub const FOUND_MAX: usize = 64;
/// Bytes of every answer, whatever is in it.
pub const LOCATED_BYTES: usize = 16 * 1024;

/// A unit that may be requested.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Found {
    /// The unit.
    pub unit: UnitId,
    /// The pseudonym of the chart at this custodian.
    pub subject: SubjectId,
    /// What it is about.
    pub category: Label,
    /// When the care took place.
    pub care: Quarter,
    /// The size of its contents: [`epione_vault::Bucket`].
    pub bucket: u8,
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Found({}, [private])", self.unit)
    }
}

/// What a custodian answers. "There is no such chart" and "there is nothing that you may know of" are the same answer.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Located {
    /// Opens the commitment to the answer on the ledger.
    pub salt: [u8; 32],
    /// What may be requested.
    pub units: List<Found, FOUND_MAX>,
    /// Whether who asks is to be told [`Located::NOTICE`]: always if it asks in order to treat.
    pub notice: bool,
    /// Fills the answer up to [`LOCATED_BYTES`].
    padding: Bytes<LOCATED_BYTES>,
}

impl Located {
    /// What everybody is told who asks in order to treat.
    pub const NOTICE: &'static str = "Records may be withheld; emergency access is available.";

    /// An answer.
    #[must_use]
    pub fn new(salt: [u8; 32], units: List<Found, FOUND_MAX>, notice: bool) -> Self {
        let mut located = Self { salt, units, notice, padding: Bytes::default() };
        let padding = LOCATED_BYTES.saturating_sub(encode(&located).len());
        located.padding = Bytes::new(vec![0; padding]).unwrap_or_default();
        located
    }

    /// The commitment to it that stands on the ledger.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        commitment(&Salt::from_bytes(self.salt), Subject::Query, &encode(self))
    }
}

impl fmt::Debug for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Located([private])")
    }
}
