//! What the execution of a block yields.

use epione_kernel::Overlay;
use epione_types::{Entry, Hash, TxId, UnixMs};

/// What the execution of a block yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Rows written, with those of the ledger itself.
    pub writes: Overlay,
    /// Events in order; the first has position `event_size − entries.len()`.
    pub entries: Vec<Entry>,
    /// Per transaction its identifier and codes.
    pub txs: Vec<TxOutcome>,
    /// Tree hash over all events of the chain.
    pub event_root: Hash,
    /// Number of events of the chain.
    pub event_size: u64,
    /// When the next piece of scheduled work falls due.
    pub next_due: Option<UnixMs>,
}

/// The outcome of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxOutcome {
    /// The transaction.
    pub id: TxId,
    /// Per call 0 for success, else `module << 16 | reject number`.
    pub codes: Vec<u32>,
}

/// Why the ledger itself, rather than a module, refuses a call. Module 0; numbers are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum SystemReject {
    /// The organization is suspended and the call is not open to it.
    Suspended = 1,
    /// The call writes more rows or emits more events than one call may.
    TooMuch = 2,
}

/// All rejects of the ledger itself, with name and text.
pub const SYSTEM_REJECTS: [(SystemReject, &str, &str); 2] = [
    (
        SystemReject::Suspended,
        "suspended",
        "the organization is suspended; this call opens again when it is reinstated",
    ),
    (SystemReject::TooMuch, "too-much", "the call writes more than one call may; split it"),
];

impl SystemReject {
    /// The code as it stands in results.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::Suspended => 1,
            Self::TooMuch => 2,
        }
    }
}
