//! How many files the process may have open: the ledger's files come before the connections of clients.

use epione_gateway::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Asks the system for as many open files as it gives, and `limits` with at most half of them for connections. A node that
/// cannot open its own files ends.
pub(super) fn leave_enough(limits: Limits) -> Limits {
    let found = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: found.maximum, maximum: found.maximum };
    let files = match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => found.maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit on open files cannot be raised");
            found.current
        }
    };
    Limits { connections_max: shared(limits.connections_max, files), ..limits }
}

/// At most half of `files`; none means that there is no limit.
fn shared(connections_max: usize, files: Option<u64>) -> usize {
    let half = files.map_or(usize::MAX, |files| usize::try_from(files / 2).unwrap_or(usize::MAX));
    connections_max.min(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_take_at_most_half_of_the_files() {
        for (files, expected) in [(None, 8_192), (Some(1 << 20), 8_192), (Some(1_024), 512), (Some(1), 0)] {
            assert_eq!(shared(8_192, files), expected, "{files:?}");
        }
    }
}
