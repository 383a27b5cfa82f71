//! Rows as slots of fixed size.
//!
//! A row of `n` bytes is `u16 n ‖ bytes`, cut into slots of [`SLOT_BYTES`], the last one padded with zeros. Slot `i` of a
//! row lies under the row's address with `i` in the low six bits of the first byte, which are zero in an address: so the
//! first slot of every row is known by its key, and all rows can be read without knowing what they are called.

use crate::Slot;
use commonware_cryptography::sha256::Digest;
use epione_kernel::RowKey;
use epione_types::{domain, encode, hash};

/// Width of a slot, in bytes (docs/adr/0003).
pub const SLOT_BYTES: usize = 96;

const LEN_BYTES: usize = 2;

/// The bits of the first byte of a slot's key in which its number stands.
const INDEX: u8 = 0x3f;

/// Address of a row: `SHA-256(domain ‖ row key)`, the low six bits of the first byte cleared. The same in every format of the
/// state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address([u8; 32]);

impl Address {
    /// The address of the row with this key.
    #[must_use]
    pub fn of(row: &RowKey) -> Self {
        let mut bytes = hash(domain::ROW, &[&encode(row)]).0;
        bytes[0] &= !INDEX;
        Self(bytes)
    }

    /// The address with these bytes; none if the low six bits of the first one are not zero.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Option<Self> {
        if bytes[0] & INDEX == 0 { Some(Self(bytes)) } else { None }
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key of slot `index` of the row; a row has fewer than 64.
    #[must_use]
    pub fn slot(&self, index: u8) -> Digest {
        let mut key = self.0;
        key[0] |= index & INDEX;
        Digest::from(key)
    }
}

/// The slots of a row.
#[must_use]
pub fn row_slots(row: &[u8]) -> Vec<Slot> {
    let len =
        u16::try_from(row.len()).unwrap_or_else(|_long| epione_kernel::broken("a row is longer than a row may be"));
    let mut bytes = Vec::with_capacity(row.len() + LEN_BYTES + SLOT_BYTES);
    bytes.extend_from_slice(&len.to_le_bytes());
    bytes.extend_from_slice(row);
    bytes.resize(bytes.len().next_multiple_of(SLOT_BYTES), 0);
    bytes.chunks_exact(SLOT_BYTES).map(|chunk| Slot::new(chunk.try_into().unwrap_or([0; SLOT_BYTES]))).collect()
}

/// Number of slots of a row of `len` bytes.
pub(crate) fn slot_count(len: usize) -> usize {
    (len + LEN_BYTES).div_ceil(SLOT_BYTES)
}

/// Length of the row whose first slot this is.
pub(crate) fn row_len(first: &Slot) -> usize {
    let bytes: &[u8] = first.as_ref();
    usize::from(u16::from_le_bytes([bytes[0], bytes[1]]))
}

/// The row in these slots.
pub(crate) fn join(slots: &[Slot]) -> Option<Vec<u8>> {
    let len = row_len(slots.first()?);
    let bytes: Vec<u8> = slots.iter().flat_map(|slot| slot.as_ref().iter().copied()).collect();
    Some(bytes.get(LEN_BYTES..LEN_BYTES + len)?.to_vec())
}
