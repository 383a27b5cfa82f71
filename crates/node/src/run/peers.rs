//! How many peers are connected. The engine tells it in its metrics only.

/// How a line begins that the engine writes for each peer while it is connected: commonware-p2p 2026.10.0, gauge
/// `connected` of the directory of `authenticated::lookup`.
const CONNECTED: &str = "network_tracker_directory_connected{";

/// The peers that are connected according to the engine's `metrics`.
pub(super) fn connected(metrics: &str) -> u64 {
    let lines = metrics.lines().filter(|line| line.starts_with(CONNECTED)).count();
    u64::try_from(lines).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connected_peer_is_a_line() {
        let metrics = "\
# HELP network_tracker_directory_connected Unix timestamp in milliseconds when each connected peer became active.
# TYPE network_tracker_directory_connected gauge
network_tracker_directory_connected{peer=\"6133\"} 1795202759027
network_tracker_directory_connected{peer=\"5862\"} 1795202759494
network_tracker_directory_tracked 3
# EOF
";
        assert_eq!(connected(metrics), 2);
        assert_eq!(connected("# EOF\n"), 0);
    }
}
