//! What the ledger knows of this release.

use epione_store::STATE_FORMAT;
use std::sync::OnceLock;

static FORMAT: OnceLock<u16> = OnceLock::new();

/// Says in which format this release keeps the state, if not in [`STATE_FORMAT`]. Once, before anything else; later calls
/// change nothing.
pub(crate) fn keeps(format: u16) {
    FORMAT.get_or_init(|| format);
}

/// The format in which this release keeps the state.
pub(crate) fn state_format() -> u16 {
    *FORMAT.get_or_init(|| STATE_FORMAT)
}
