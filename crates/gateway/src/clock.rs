//! The only place of the gateway that reads a clock.

use epione_types::UnixMs;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Time of day.
pub(crate) fn now() -> UnixMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMs(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// A moment to measure durations from; never goes backwards.
pub(crate) fn instant() -> Instant {
    Instant::now()
}
